//! Which distribution this is: os-release(5).

use crate::{node::Root, wire::Family};

/// What os-release(5) says.
#[derive(Debug, Default)]
pub(super) struct OsRelease {
    pub(super) id: String,
    pub(super) version_id: String,
    /// What the distribution is made from.
    id_like: Vec<String>,
}

impl OsRelease {
    pub(super) fn read(root: &Root) -> Self {
        let text = ["/etc/os-release", "/usr/lib/os-release"]
            .into_iter()
            .find_map(|path| std::fs::read_to_string(root.path(path)).ok())
            .unwrap_or_default();
        let mut os = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim().trim_matches(['"', '\'']);
            match key.trim() {
                "ID" => value.clone_into(&mut os.id),
                "VERSION_ID" => value.clone_into(&mut os.version_id),
                "ID_LIKE" => os.id_like = value.split_whitespace().map(str::to_owned).collect(),
                _ => {}
            }
        }
        os
    }

    pub(super) fn family(&self) -> Family {
        std::iter::once(&self.id)
            .chain(&self.id_like)
            .find_map(|id| match id.as_str() {
                "debian" | "ubuntu" => Some(Family::Debian),
                "rhel" | "centos" | "fedora" | "rocky" | "almalinux" => Some(Family::RedHat),
                "suse" | "sles" | "opensuse" => Some(Family::Suse),
                "alpine" => Some(Family::Alpine),
                "arch" => Some(Family::Archlinux),
                _ => None,
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    #[test]
    fn a_derived_distribution_belongs_to_the_family_it_names() {
        let fake = FakeNode::new();
        fake.write("/etc/os-release", "ID=\"ol\"\nID_LIKE=\"fedora\"\nVERSION_ID='9.4'\n");
        let os = OsRelease::read(&fake.node.root);
        assert_eq!((os.id.as_str(), os.version_id.as_str(), os.family()), ("ol", "9.4", Family::RedHat));
    }
}
