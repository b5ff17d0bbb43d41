//! Which hosts a pattern means.

use std::{collections::HashSet, fs, path::Path};

use super::{
    Host, Inventory, PatternError,
    pattern::{self, Matcher, Role, Subscript, Term},
};
use crate::source::did_you_mean;

impl Inventory {
    /// The hosts that a pattern means, in the order of the pattern's names and of each group, as Ansible orders them.
    /// A name that no host or group has is a mistake, where Ansible warns: a mistyped exclusion would include.
    pub fn select(&self, pattern: &str) -> Result<Vec<&Host>, PatternError> {
        self.evaluate(pattern::parse(pattern)?)
    }

    fn evaluate(&self, terms: Vec<Term>) -> Result<Vec<&Host>, PatternError> {
        let mut selected: Vec<usize> = Vec::new();
        for term in terms {
            let hosts = self.hosts_of(&term)?;
            match term.role {
                Role::Union => {
                    let present: HashSet<usize> = selected.iter().copied().collect();
                    selected.extend(hosts.into_iter().filter(|host| !present.contains(host)));
                }
                Role::Intersection | Role::Exclusion => {
                    let wanted = term.role == Role::Intersection;
                    let hosts: HashSet<usize> = hosts.into_iter().collect();
                    selected.retain(|host| hosts.contains(host) == wanted);
                }
            }
        }
        Ok(selected.into_iter().map(|host| &self.hosts[host]).collect())
    }

    /// The hosts that a pattern means, without those that a limit leaves out. In a limit, `@file` stands for the patterns
    /// in a file, one a line.
    pub fn select_within(&self, pattern: &str, limit: Option<&str>) -> Result<Vec<&Host>, PatternError> {
        let mut selected = self.select(pattern)?;
        if let Some(limit) = limit {
            let limit: HashSet<&str> = self.select_limit(limit)?.into_iter().map(|host| host.name.as_str()).collect();
            selected.retain(|host| limit.contains(host.name.as_str()));
        }
        Ok(selected)
    }

    /// The hosts that a limit means.
    pub fn select_limit(&self, limit: &str) -> Result<Vec<&Host>, PatternError> {
        let mut parts = Vec::new();
        for part in pattern::split(limit) {
            match part.strip_prefix('@') {
                None => parts.push(part.to_owned()),
                Some(file) => parts.extend(lines(part, Path::new(file))?),
            }
        }
        self.evaluate(pattern::read(limit, parts.iter().map(String::as_str))?)
    }

    fn hosts_of(&self, term: &Term) -> Result<Vec<usize>, PatternError> {
        // A host may be named like a pattern (`web[1]` cannot be, `a*` could): its name wins.
        if let Some(host) = self.position(&term.text) {
            return Ok(vec![host]);
        }
        let mut hosts = Vec::new();
        let mut known = false;
        let mut groups = match &term.matcher {
            Matcher::Name(name) => self.groups.get(name).into_iter().collect::<Vec<_>>(),
            // `all` has everybody, in the order that the other groups would only spoil.
            matcher if matcher.matches("all") => self.groups.get("all").into_iter().collect(),
            matcher => self.groups.iter().filter(|(name, _)| matcher.matches(name)).map(|(_, group)| group).collect(),
        };
        groups.sort_by_key(|group| group.position);
        for group in groups {
            known = true;
            hosts.extend(group.hosts.iter().filter_map(|host| self.position(host)));
        }
        match &term.matcher {
            Matcher::Name(name) if !known => hosts.extend(self.position(name)),
            Matcher::Name(_) => {}
            matcher => {
                hosts.extend((0..self.hosts.len()).filter(|&host| matcher.matches(&self.hosts[host].name)));
            }
        }
        let mut seen = HashSet::new();
        hosts.retain(|host| seen.insert(*host));
        let plain = matches!(term.matcher, Matcher::Name(_));
        if hosts.is_empty() && !known && (plain || term.role == Role::Union) {
            return Err(self.unknown(term));
        }
        match term.range {
            Some(range) if !hosts.is_empty() => cut(&hosts, range, term),
            _ => Ok(hosts),
        }
    }

    fn unknown(&self, term: &Term) -> PatternError {
        let names = || self.groups.keys().map(String::as_str).chain(self.hosts.iter().map(|host| host.name.as_str()));
        let (what, hint) = match &term.matcher {
            Matcher::Name(name) => (
                format!("the inventory has no host or group `{name}`"),
                match did_you_mean(name, names()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`lvsctl inventory --graph` shows the hosts and groups there are".to_owned(),
                },
            ),
            _ => (
                format!("no host or group matches `{}`", term.text),
                "`lvsctl inventory --graph` shows the hosts and groups there are".to_owned(),
            ),
        };
        PatternError::new(&term.text, what, hint)
    }
}

/// The patterns in a file.
fn lines(part: &str, file: &Path) -> Result<Vec<String>, PatternError> {
    let text = fs::read_to_string(file).map_err(|error| {
        let what = format!("failed to read {}: {error}", file.display());
        PatternError::new(part, what, "after `@` stands a file with a host, a group or a pattern on each line")
    })?;
    crate::source::note_file(file, text.as_bytes());
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn cut(hosts: &[usize], range: Subscript, term: &Term) -> Result<Vec<usize>, PatternError> {
    let none = || {
        let what = format!("`{}` is beyond the {} hosts that there are", term.text, hosts.len());
        PatternError::new(&term.text, what, "the first host is `[0]`, the last `[-1]`")
    };
    match range {
        Subscript::One(one) => {
            let from_end = usize::try_from(one.unsigned_abs()).unwrap_or(usize::MAX);
            let at = if one < 0 { hosts.len().checked_sub(from_end) } else { Some(from_end) };
            at.and_then(|at| hosts.get(at)).map(|&host| vec![host]).ok_or_else(none)
        }
        Subscript::Range(first, last) => {
            let end = last.map_or(hosts.len(), |last| last.saturating_add(1).min(hosts.len()));
            Ok(hosts.get(first..end).unwrap_or_default().to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostics, Source, Span};

    fn inventory() -> Inventory {
        let text = "
directors: { hosts: { lvs: } }
web: { hosts: { 'web[1:4].lan': } }
prod: { hosts: { lvs: , web1.lan: , web2.lan: } }
empty:
";
        Inventory::parse(&Source::new("hosts.yml", text)).unwrap()
    }

    fn select(pattern: &str) -> String {
        match inventory().select(pattern) {
            Ok(hosts) => hosts.iter().map(|host| host.name.trim_end_matches(".lan")).collect::<Vec<_>>().join(" "),
            Err(error) => Diagnostics::from(error.into_diagnostic(None)).render(false),
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_in_ansible() {
        assert_eq!(select("all"), "lvs web1 web2 web3 web4");
        assert_eq!(select("*"), "lvs web1 web2 web3 web4");
        assert_eq!(select("web"), "web1 web2 web3 web4");
        assert_eq!(select("web3.lan,lvs"), "web3 lvs");
        assert_eq!(select("web:&prod"), "web1 web2");
        assert_eq!(select("!prod"), "web3 web4");
        assert_eq!(select("!web1.lan:web:directors"), "web2 web3 web4 lvs");
        assert_eq!(select("web[0]"), "web1");
        assert_eq!(select("web[-1]"), "web4");
        assert_eq!(select("web[1:2]"), "web2 web3");
        assert_eq!(select("web[2:]"), "web3 web4");
        assert_eq!(select("*2.lan"), "web2");
        assert_eq!(select("~web[13]"), "web1 web3");
        assert_eq!(select("pro?:!*.lan"), "lvs");
        assert_eq!(select("empty"), "");
        assert_eq!(select("web[7:9]"), "");
    }

    #[test]
    fn a_name_that_nobody_has_is_a_mistake_with_the_name_that_was_meant() {
        insta::assert_snapshot!(select("wbe"), @r"
        error[LVS013]: the inventory has no host or group `wbe`
        hint: did you mean `web`?
        ");
        insta::assert_snapshot!(select("all:!drectors"), @r"
        error[LVS013]: the inventory has no host or group `drectors`
        hint: did you mean `directors`?
        ");
        insta::assert_snapshot!(select("web[9]"), @r"
        error[LVS013]: `web[9]` is beyond the 4 hosts that there are
        hint: the first host is `[0]`, the last `[-1]`
        ");
        insta::assert_snapshot!(select("~("), @r"
        error[LVS013]: `~(` is not a pattern
        hint: after `~` stands a regular expression, without look-around and back references
        ");
        insta::assert_snapshot!(select(""), @r"
        error[LVS013]: the pattern is empty
        hint: `all` means every host; a group or a host is meant by its name
        ");
    }

    #[test]
    fn a_mistake_in_a_playbook_is_shown_at_its_name() {
        let source = Source::new("site.yml", "- hosts: web:!drectors\n");
        let error = inventory().select("web:!drectors").unwrap_err();
        let shown = Diagnostics::from(error.into_diagnostic(Some(&Span::new(&source, 9..22)))).render(false);
        insta::assert_snapshot!(shown, @r"
        error[LVS013]: the inventory has no host or group `drectors`
         --> site.yml:1:15
          |
        1 | - hosts: web:!drectors
          |               ^^^^^^^^
          |
        hint: did you mean `directors`?
        ");
    }

    #[test]
    fn a_limit_leaves_out() {
        let inventory = inventory();
        let names =
            |limit| inventory.select_within("prod", limit).unwrap().iter().map(|h| &*h.name).collect::<Vec<_>>();
        assert_eq!(names(None), ["lvs", "web1.lan", "web2.lan"]);
        assert_eq!(names(Some("web")), ["web1.lan", "web2.lan"]);
        assert_eq!(names(Some("empty")), Vec::<&str>::new());
    }
}
