//! The rules of the packet filter, as text of the programs that made them, so that they can be put back.
//!
//! Rules of iptables go through iptables-save(8) and iptables-restore(8), those of nft(8) table by table, without the
//! tables that iptables has made through nft: nft shows them, but cannot always read what it shows.

use serde::{Deserialize, Serialize};

use crate::{node::Node, process::Program, wire::Failure};

/// What iptables makes: the programs that save and restore. There are two kinds of rules in a kernel, those of `nf_tables`
/// and those of before, and `iptables` without more is either.
const IPTABLES: [(&str, &str); 4] = [
    ("iptables-save", "iptables-restore"),
    ("ip6tables-save", "ip6tables-restore"),
    ("iptables-legacy-save", "iptables-legacy-restore"),
    ("ip6tables-legacy-save", "ip6tables-legacy-restore"),
];

/// The rules of the packet filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firewall {
    /// What the programs of [`IPTABLES`] save, without comments and counters; `None` where a program is not there.
    iptables: [Option<String>; 4],
    /// Tables of nft by `inet filter`, each with its definition.
    nft: Vec<(String, String)>,
}

/// What puts a rule set back: a program with its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restore {
    argv: Vec<&'static str>,
    input: String,
}

impl Firewall {
    /// Reads the rules. A program that fails has no rules in this kernel: there is nothing to put back, and no reason to
    /// refuse a change.
    pub(super) fn read(node: &Node) -> Self {
        let mut found = Self::default();
        for (rules, (save, _)) in found.iptables.iter_mut().zip(IPTABLES) {
            // One that fails has none yet: a kernel without them may get its module later.
            *rules = has(node, save).then(|| run(node, &[save]).map_or_else(String::new, |saved| plain(&saved)));
        }
        for table in run(node, &["nft", "list", "tables"]).iter().flat_map(|listed| tables(listed)) {
            let argv: Vec<&str> = ["nft", "list", "table"].into_iter().chain(table.split(' ')).collect();
            let definition = run(node, &argv).filter(|definition| !is_of_iptables(definition));
            found.nft.extend(definition.map(|definition| (table, definition)));
        }
        found
    }

    /// What makes `now` what this was. Pure.
    pub(super) fn difference(&self, now: &Self) -> Vec<Restore> {
        let mut restores = Vec::new();
        for ((before, now), (_, restore)) in self.iptables.iter().zip(&now.iptables).zip(IPTABLES) {
            match (before, now) {
                (Some(before), Some(now)) if before != now => {
                    restores.push(Restore { argv: vec![restore], input: format!("{}{before}", emptied(now, before)) });
                }
                _ => {}
            }
        }
        let mut script = String::new();
        for (table, definition) in &now.nft {
            if !self.nft.contains(&(table.clone(), definition.clone())) {
                script.extend(["delete table ", table, "\n"]);
            }
        }
        for (table, definition) in &self.nft {
            if !now.nft.contains(&(table.clone(), definition.clone())) {
                script.push_str(definition);
                script.push('\n');
            }
        }
        if !script.is_empty() {
            restores.push(Restore { argv: vec!["nft", "-f", "-"], input: script });
        }
        restores
    }
}

impl Restore {
    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        format!("firewall rules ({})", self.argv.join(" "))
    }

    pub(super) fn run(&self, node: &Node) -> Result<(), Failure> {
        Program::new(&node.root, self.argv.iter().copied())
            .input(self.input.clone().into_bytes())
            .run(&mut |_, _| ())
            .map_err(|error| error.into_failure("put the firewall's rules back"))
    }
}

/// What a program prints; nothing where it is not there or fails.
fn run(node: &Node, argv: &[&str]) -> Option<String> {
    let is_there = argv.first().is_some_and(|name| has(node, name));
    is_there.then(|| Program::new(&node.root, argv.iter().copied()).read().ok()).flatten()
}

fn has(node: &Node, program: &str) -> bool {
    node.root.program(program).is_some()
}

/// Without comments (they have the time in them) and without the counters of chains.
fn plain(saved: &str) -> String {
    let lines = saved.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.rfind(" [") {
            Some(counters) if line.starts_with(':') => format!("{} [0:0]\n", &line[..counters]),
            _ => format!("{line}\n"),
        })
        .collect()
}

/// The tables of `now` that were not there before, with the chains that every table has, open and without rules:
/// iptables-restore leaves a table alone that it is told nothing of.
fn emptied(now: &str, before: &str) -> String {
    let mut text = String::new();
    for table in now.split_inclusive("COMMIT\n") {
        let name = table.lines().next().unwrap_or_default();
        if name.is_empty() || before.lines().any(|line| line == name) {
            continue;
        }
        text.push_str(name);
        text.push('\n');
        for line in table.lines().filter(|line| line.starts_with(':')) {
            // A chain that somebody made has no policy.
            if let Some((chain, _)) = line.split_once(' ').filter(|(_, policy)| !policy.starts_with('-')) {
                text.extend([chain, " ACCEPT [0:0]\n"]);
            }
        }
        text.push_str("COMMIT\n");
    }
    text
}

/// `table inet filter`, a line each.
fn tables(listed: &str) -> Vec<String> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-. ".contains(&c));
    listed
        .lines()
        .filter_map(|line| line.strip_prefix("table "))
        .filter(|name| is_name(name))
        .map(str::to_owned)
        .collect()
}

fn is_of_iptables(definition: &str) -> bool {
    definition.contains("managed by iptables-nft")
        || definition.contains(" xt target ")
        || definition.contains(" xt match ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";

    fn iptables(rules: &str) -> Firewall {
        Firewall { iptables: [Some(rules.to_owned()), None, None, None], nft: Vec::new() }
    }

    #[test]
    fn counters_and_comments_are_no_difference() {
        let saved = "# Generated on Monday\n*filter\n:INPUT ACCEPT [12:345]\n-A INPUT -p tcp -j DROP\nCOMMIT\n# Done\n";
        assert_eq!(plain(saved), "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\nCOMMIT\n");
    }

    #[test]
    fn a_table_that_was_not_there_is_emptied() {
        let now = "*filter\n:INPUT DROP [0:0]\n:mine - [0:0]\n-A INPUT -j mine\nCOMMIT\n";
        let restores = iptables("").difference(&iptables(now));
        assert_eq!(restores[0].argv, ["iptables-restore"]);
        assert_eq!(restores[0].input, "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
    }

    #[test]
    fn a_table_that_was_there_is_written_as_it_was() {
        let now = OPEN.replace(":INPUT ACCEPT", ":INPUT DROP");
        assert_eq!(iptables(OPEN).difference(&iptables(&now))[0].input, OPEN);
        assert_eq!(iptables(OPEN).difference(&iptables(OPEN)), []);
    }

    #[test]
    fn tables_of_nft_go_and_come_in_one_transaction() {
        let table = |name: &str, text: &str| (name.to_owned(), format!("table {name} {{{text}}}"));
        let before = Firewall { nft: vec![table("inet a", "1"), table("inet b", "1")], ..Firewall::default() };
        let now = Firewall { nft: vec![table("inet a", "2"), table("inet c", "1")], ..Firewall::default() };
        let [Restore { input, .. }] = before.difference(&now).try_into().unwrap();
        assert_eq!(input, "delete table inet a\ndelete table inet c\ntable inet a {1}\ntable inet b {1}\n");
    }
}
