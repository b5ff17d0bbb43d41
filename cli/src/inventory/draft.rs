//! The inventory while its sources are read: who is in which group as written, nothing merged yet.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use super::Vars;
use crate::{
    source::{Code, Diagnostic, Source, Span},
    yaml::{Node, Value},
};

/// Groups and hosts in the order in which they were first named.
pub(super) struct Draft {
    pub(super) groups: Vec<DraftGroup>,
    pub(super) hosts: Vec<DraftHost>,
    /// How many more entries, with their variables, hosts may have.
    pub(super) room: usize,
    group_index: HashMap<String, usize>,
    /// The first file that was read.
    pub(super) first: Option<Arc<Source>>,
    host_index: HashMap<String, usize>,
    /// The source that is being read, if it is a file or a program.
    pub(super) source: Option<PathBuf>,
}

pub(super) struct DraftGroup {
    pub(super) name: String,
    /// Where it was first named; the groups that are always there have no place.
    pub(super) span: Option<Span>,
    /// Groups below it, each with the place that says so.
    pub(super) children: Vec<(usize, Option<Span>)>,
    pub(super) hosts: Vec<usize>,
    pub(super) vars: Written,
    /// `ansible_group_priority`.
    pub(super) priority: i64,
    /// The same with its place, where it is not 1.
    pub(super) priority_node: Option<Node>,
}

/// Variables as they are written, of which a later one takes the place of an earlier one.
#[derive(Clone, Default)]
pub(super) struct Written {
    pub(super) vars: Vars,
    /// What later ones took the place of, in the order of reading.
    pub(super) replaced: Vec<(String, Node)>,
}

impl Written {
    pub(super) fn set(&mut self, name: &str, node: &Node) {
        if let Some(earlier) = self.vars.insert(name.to_owned(), node.clone()) {
            self.replaced.push((name.to_owned(), earlier));
        }
    }
}

pub(super) struct DraftHost {
    pub(super) name: String,
    pub(super) span: Span,
    /// Groups that name it.
    pub(super) groups: Vec<usize>,
    pub(super) vars: Written,
    /// The source that named it first: `inventory_file`.
    pub(super) source: Option<PathBuf>,
}

/// Most names and variables of their own that hosts may have together: with a range, a few lines may ask for any number.
pub(super) const MAX_VALUES: usize = 1_000_000;

/// `all`, the first group of every inventory.
pub(super) const ALL: usize = 0;
/// `ungrouped`, the second.
pub(super) const UNGROUPED: usize = 1;

impl Draft {
    pub(super) fn new() -> Self {
        let mut draft = Self {
            groups: Vec::new(),
            hosts: Vec::new(),
            group_index: HashMap::new(),
            host_index: HashMap::new(),
            source: None,
            first: None,
            room: MAX_VALUES,
        };
        draft.add_group("all", None);
        draft.add_group("ungrouped", None);
        draft.groups[ALL].children.push((UNGROUPED, None));
        draft
    }

    /// A group, made if it is new.
    pub(super) fn group(&mut self, name: &str, span: &Span) -> usize {
        match self.group_index.get(name) {
            Some(&group) => {
                self.groups[group].span.get_or_insert_with(|| span.clone());
                group
            }
            None => self.add_group(name, Some(span.clone())),
        }
    }

    /// Takes the room that so many hosts need, each with so many variables.
    pub(super) fn reserve(&mut self, hosts: usize, vars: usize, span: &Span) -> Result<(), Diagnostic> {
        let size = hosts.saturating_mul(1 + vars);
        let Some(room) = self.room.checked_sub(size) else {
            let title = format!("the hosts of the inventory have more than {MAX_VALUES} names and variables together");
            return Err(Diagnostic::new(Code::BadRange, title, span, "with these")
                .hint("is a range longer than it is meant to be?"));
        };
        self.room = room;
        Ok(())
    }

    /// A group, if it is there.
    pub(super) fn find_group(&self, name: &str) -> Option<usize> {
        self.group_index.get(name).copied()
    }

    /// A host, if it is there.
    pub(super) fn find_host(&self, name: &str) -> Option<usize> {
        self.host_index.get(name).copied()
    }

    /// A variable of a group.
    pub(super) fn set_group_var(&mut self, group: usize, name: &str, node: &Node, found: &mut Vec<Diagnostic>) {
        let group = &mut self.groups[group];
        if name != "ansible_group_priority" {
            return group.vars.set(name, node);
        }
        match node.as_int() {
            Ok(priority) => {
                group.priority = priority;
                let node = Node { value: Value::Int(priority), span: node.span.clone() };
                group.priority_node = (priority != 1).then_some(node);
            }
            Err(diagnostic) => found.push(diagnostic.hint("the priority of a group is a whole number")),
        }
    }

    /// A variable of a host. Where a group has the same name, it is the group's, as in Ansible.
    pub(super) fn set_host_var(&mut self, host: usize, name: &str, node: &Node, found: &mut Vec<Diagnostic>) {
        match self.group_index.get(&self.hosts[host].name) {
            Some(&group) => self.set_group_var(group, name, node, found),
            None => self.hosts[host].vars.set(name, node),
        }
    }

    fn add_group(&mut self, name: &str, span: Option<Span>) -> usize {
        let group = self.groups.len();
        self.group_index.insert(name.to_owned(), group);
        self.groups.push(DraftGroup {
            name: name.to_owned(),
            span,
            children: Vec::new(),
            hosts: Vec::new(),
            vars: Written::default(),
            priority: 1,
            priority_node: None,
        });
        group
    }

    pub(super) fn add_child(&mut self, group: usize, child: usize, span: &Span) {
        let children = &mut self.groups[group].children;
        if !children.iter().any(|&(present, _)| present == child) {
            children.push((child, Some(span.clone())));
        }
    }

    /// Puts a host into a group; the host is made if it is new, and only then the port counts, as in Ansible.
    pub(super) fn add_host(&mut self, group: usize, name: String, span: &Span, port: Option<&Node>) -> usize {
        let host = self.host_index.get(&name).copied().unwrap_or_else(|| {
            let host = self.hosts.len();
            self.host_index.insert(name.clone(), host);
            let mut vars = Written::default();
            if let Some(port) = port {
                vars.set("ansible_port", port);
            }
            let source = self.source.clone();
            self.hosts.push(DraftHost { name, span: span.clone(), groups: Vec::new(), vars, source });
            host
        });
        if !self.hosts[host].groups.contains(&group) {
            self.hosts[host].groups.push(group);
            self.groups[group].hosts.push(host);
        }
        host
    }

    /// Names that are both a host and a group. Ansible takes the variables of the one for the other's.
    pub(super) fn name_clashes(&self) -> Vec<Diagnostic> {
        let clash = |host: &DraftHost| {
            let group = &self.groups[*self.group_index.get(&host.name)?];
            let title = format!("`{}` is both a host and a group", host.name);
            let diagnostic = Diagnostic::new(Code::NameClash, title, &host.span, "the host")
                .hint("give one of them another name: a pattern means the host, variables of the host are the group's");
            Some(match &group.span {
                Some(span) => diagnostic.also(span, "the group"),
                None => diagnostic.hint(format!("every inventory has a group `{}`", group.name)),
            })
        };
        self.hosts.iter().filter_map(clash).collect()
    }

    /// Puts every group below `all`, and every host that no other group has into `ungrouped`.
    pub(super) fn complete(&mut self) {
        let mut has_parent = vec![false; self.groups.len()];
        for group in &self.groups {
            for &(child, _) in &group.children {
                has_parent[child] = true;
            }
        }
        for group in (1..self.groups.len()).filter(|&group| !has_parent[group]) {
            self.groups[ALL].children.push((group, None));
        }
        for (index, host) in self.hosts.iter_mut().enumerate() {
            if host.groups.iter().any(|&group| group != ALL && group != UNGROUPED) {
                host.groups.retain(|&group| group != UNGROUPED);
            } else if !host.groups.contains(&UNGROUPED) {
                host.groups.push(UNGROUPED);
                self.groups[UNGROUPED].hosts.push(index);
            }
        }
        let hosts = &self.hosts;
        self.groups[UNGROUPED].hosts.retain(|&host| hosts[host].groups.contains(&UNGROUPED));
    }
}
