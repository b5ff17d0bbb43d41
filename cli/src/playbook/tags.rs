//! Which tasks of a playbook are asked for, as `--tags` and `--skip-tags` of Ansible choose them.

use std::collections::BTreeSet;

/// The tags that are asked for and those that are not. The default takes everything but `never`.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    only: BTreeSet<String>,
    skip: BTreeSet<String>,
}

impl TagFilter {
    /// `only` empty means all; `tagged`, `untagged` and `all` mean what they mean in Ansible.
    pub fn new(only: impl IntoIterator<Item = String>, skip: impl IntoIterator<Item = String>) -> Self {
        Self { only: only.into_iter().collect(), skip: skip.into_iter().collect() }
    }

    /// Whether a task with these tags runs.
    pub fn takes(&self, tags: &[String]) -> bool {
        let has = |tag: &str| tags.iter().any(|own| own == tag);
        let named = tags.iter().any(|tag| self.only.contains(tag));
        let wanted = if self.only.is_empty() || self.only.contains("all") {
            !has("never") || named
        } else {
            has("always")
                || named
                || (self.only.contains("tagged") && !tags.is_empty() && !has("never"))
                || (self.only.contains("untagged") && tags.is_empty())
        };
        let skipped = tags.iter().any(|tag| self.skip.contains(tag))
            || (self.skip.contains("tagged") && !tags.is_empty())
            || (self.skip.contains("untagged") && tags.is_empty())
            || (self.skip.contains("all") && !has("always"));
        wanted && !skipped
    }

    /// Whether some tasks are left out.
    pub fn is_narrowed(&self) -> bool {
        !self.only.is_empty() || !self.skip.is_empty()
    }

    /// Ansible's `ansible_run_tags`.
    pub fn run_tags(&self) -> Vec<String> {
        if self.only.is_empty() { vec!["all".to_owned()] } else { self.only.iter().cloned().collect() }
    }

    /// Ansible's `ansible_skip_tags`.
    pub fn skip_tags(&self) -> Vec<String> {
        self.skip.iter().cloned().collect()
    }

    /// Tags that were asked for; for a word with a tag that no task has.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.only.iter().chain(&self.skip).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(only: &[&str], skip: &[&str], tags: &[&str]) -> bool {
        let owned = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
        TagFilter::new(owned(only), owned(skip)).takes(&owned(tags))
    }

    #[test]
    fn tags_choose_as_in_ansible() {
        assert!(takes(&[], &[], &[]));
        assert!(takes(&[], &[], &["network"]));
        assert!(!takes(&[], &[], &["never", "network"]));
        assert!(takes(&["network"], &[], &["network"]));
        assert!(takes(&["network"], &[], &["never", "network"]));
        assert!(!takes(&["network"], &[], &["packages"]));
        assert!(takes(&["network"], &[], &["always"]));
        assert!(takes(&["untagged"], &[], &[]));
        assert!(!takes(&["tagged"], &[], &[]));
        assert!(!takes(&[], &["network"], &["network", "always"]));
        assert!(takes(&[], &["all"], &["always"]));
        assert!(!takes(&[], &["all", "always"], &["always"]));
    }
}
