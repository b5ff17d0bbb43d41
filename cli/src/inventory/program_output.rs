//! What an inventory program prints: groups as JSON, and `_meta` with the variables of hosts.

use super::{draft::Draft, findings::Findings};
use crate::{
    source::{Code, Diagnostic},
    yaml::{Key, Map, Marked, Node, Value},
};

/// The hosts that a program named, and their variables where it told them.
#[derive(Default)]
pub(super) struct Named {
    pub(super) hosts: Vec<usize>,
    pub(super) vars: Option<Map>,
}

/// Adds what a program printed for `--list` to the draft.
pub(super) fn read(draft: &mut Draft, findings: &mut Findings, output: &Node) -> Named {
    let mut reader = Reader { draft, findings, named: Named::default() };
    match &output.value {
        Value::Map(map) => {
            for (key, node) in map.iter() {
                if let Err(mistake) = reader.entry(key, node) {
                    reader.findings.mistakes.push(mistake);
                }
            }
        }
        _ => reader.findings.mistakes.push(wrong(output, "a mapping of groups")),
    }
    reader.named
}

fn wrong(node: &Node, expected: &str) -> Diagnostic {
    node.wrong_type(expected).hint("a program prints {\"group\": {\"hosts\": [], \"vars\": {}, \"children\": []}}")
}

struct Reader<'a> {
    draft: &'a mut Draft,
    findings: &'a mut Findings,
    named: Named,
}

impl Reader<'_> {
    fn entry(&mut self, key: &Key, node: &Node) -> Result<(), Diagnostic> {
        if key.name != "_meta" {
            return self.group(key, node);
        }
        let meta = node.as_map().map_err(|_| wrong(node, "a mapping for `_meta`"))?;
        if let Some(vars) = meta.get("hostvars").filter(|vars| !vars.is_null()) {
            self.named.vars = Some(vars.as_map().map_err(|_| wrong(vars, "a mapping for `hostvars`"))?.clone());
        }
        Ok(())
    }

    fn group(&mut self, key: &Key, node: &Node) -> Result<(), Diagnostic> {
        let group = self.draft.group(&key.name, &key.span);
        let Value::Map(map) = &node.value else {
            // The oldest form: a list of hosts.
            return self.hosts(group, node);
        };
        if !["hosts", "vars", "children"].iter().any(|section| map.get(section).is_some()) {
            self.alone(group, key, map);
            return Ok(());
        }
        if let Some(hosts) = map.get("hosts") {
            self.hosts(group, hosts)?;
        }
        if let Some(vars) = map.get("vars") {
            let vars = vars.as_map().map_err(|_| wrong(vars, "a mapping of variables"))?;
            for (key, node) in vars.iter() {
                self.draft.set_group_var(group, &key.name, node, &mut self.findings.mistakes);
            }
        }
        if let Some(children) = map.get("children") {
            for child in children.as_list().map_err(|_| wrong(children, "a list of groups"))? {
                let name = child.as_str().map_err(|_| wrong(child, "the name of a group"))?;
                let below = self.draft.group(name, &child.span);
                self.draft.add_child(group, below, &child.span);
            }
        }
        Ok(())
    }

    fn hosts(&mut self, group: usize, hosts: &Node) -> Result<(), Diagnostic> {
        let list = hosts.as_list().map_err(|_| wrong(hosts, "a list of hosts"))?;
        self.draft.reserve(list.len(), 0, &hosts.span)?;
        for host in list {
            let name = host.as_str().map_err(|_| wrong(host, "the name of a host"))?;
            if name.is_empty() {
                return Err(
                    Diagnostic::new(Code::WrongValue, "a host without a name", &host.span, "").hint("give it one")
                );
            }
            let host = self.draft.add_host(group, name.to_owned(), &host.span, None);
            self.named.hosts.push(host);
        }
        Ok(())
    }

    /// A mapping without any of the three is a host of its own and its variables. Text in them is no template.
    fn alone(&mut self, group: usize, key: &Key, vars: &Map) {
        let host = self.draft.add_host(group, key.name.clone(), &key.span, None);
        self.named.hosts.push(host);
        for (key, node) in vars.iter() {
            self.draft.set_group_var(group, &key.name, &without_templates(node), &mut self.findings.mistakes);
        }
    }
}

fn without_templates(node: &Node) -> Node {
    let value = match &node.value {
        Value::String(text) => Value::Marked(Marked::Unsafe(text.clone()).into()),
        Value::List(nodes) => Value::List(nodes.iter().map(without_templates).collect()),
        Value::Map(map) => Value::Map(map.iter().map(|(key, node)| (key.clone(), without_templates(node))).collect()),
        other => other.clone(),
    };
    Node { value, span: node.span.clone() }
}
