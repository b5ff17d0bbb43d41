//! What a run remembers of its hosts from one task to the next: facts, results, and what tasks set.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lvs_agent::wire::Facts;
use serde_json::{Map, Value as Json};

use super::facts;
use crate::{
    inventory::Vars,
    source::{Source, Span},
    yaml::{Node, Value},
};

/// What a run remembers of its hosts.
#[derive(Debug, Default)]
pub(super) struct Memory {
    hosts: Mutex<BTreeMap<String, HostMemory>>,
    /// Who logged in where, if that was not root.
    logins: Mutex<BTreeMap<String, String>>,
    /// Hosts that tasks put into groups (`group_by`, `add_host`).
    groups: Mutex<BTreeMap<String, Vec<String>>>,
}

/// What a run remembers of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct HostMemory {
    /// What the node is.
    pub(super) node: Arc<Facts>,
    /// The same under Ansible's names.
    pub(super) facts: Arc<Vars>,
    /// What `include_vars` brought.
    pub(super) included: Arc<Vars>,
    /// What `set_fact` and `register` set.
    pub(super) set: Arc<Vars>,
}

impl Memory {
    /// What is known of a host.
    pub(super) fn of(&self, host: &str) -> HostMemory {
        lock(&self.hosts).get(host).cloned().unwrap_or_default()
    }

    /// A host told what it is.
    pub(super) fn learn(&self, host: &str, node: &Facts) {
        let mut hosts = lock(&self.hosts);
        let memory = hosts.entry(host.to_owned()).or_default();
        memory.node = Arc::new(node.clone());
        memory.facts = Arc::new(of_node(node));
    }

    /// Who logged in to a host, where that was not root.
    pub(super) fn log_in(&self, host: &str, login: Option<&str>) {
        if let Some(login) = login {
            lock(&self.logins).insert(host.to_owned(), login.to_owned());
        }
    }

    /// The user who logged in to a host; `None` is root.
    pub(super) fn login(&self, host: &str) -> Option<String> {
        lock(&self.logins).get(host).cloned()
    }

    /// Facts that a task found out, over those that are known.
    pub(super) fn add_facts(&self, host: &str, found: &Map<String, Json>) {
        let mut hosts = lock(&self.hosts);
        let facts = Arc::make_mut(&mut hosts.entry(host.to_owned()).or_default().facts);
        let mut all = match facts.get("ansible_facts").map(Node::to_json) {
            Some(Json::Object(all)) => all,
            _ => Map::new(),
        };
        for (name, value) in found {
            all.insert(name.strip_prefix("ansible_").unwrap_or(name).to_owned(), value.clone());
            facts.insert(name.clone(), value_node(value.clone()));
        }
        facts.insert("ansible_facts".to_owned(), value_node(Json::Object(all)));
    }

    /// Forgets what a host told.
    pub(super) fn clear_facts(&self, host: &str) {
        if let Some(memory) = lock(&self.hosts).get_mut(host) {
            memory.facts = Arc::default();
        }
    }

    /// Remembers a value.
    pub(super) fn set(&self, host: &str, name: &str, value: Node) {
        Arc::make_mut(&mut lock(&self.hosts).entry(host.to_owned()).or_default().set).insert(name.to_owned(), value);
    }

    /// Remembers the variables of files.
    pub(super) fn include(&self, host: &str, vars: Vars) {
        Arc::make_mut(&mut lock(&self.hosts).entry(host.to_owned()).or_default().included).extend(vars);
    }

    /// Puts a host into a group.
    pub(super) fn join(&self, group: &str, host: &str) {
        let mut groups = lock(&self.groups);
        let members = groups.entry(group.to_owned()).or_default();
        if !members.iter().any(|member| member == host) {
            members.push(host.to_owned());
        }
    }

    /// The groups that tasks made.
    pub(super) fn groups(&self) -> BTreeMap<String, Vec<String>> {
        lock(&self.groups).clone()
    }
}

/// The facts as variables: `ansible_facts`, and each as `ansible_NAME`. Both share what they are lists and mappings of.
fn of_node(node: &Facts) -> Vars {
    let all = value_node(Json::Object(facts::named(node)));
    let mut vars = Vars::new();
    if let Value::Map(facts) = &all.value {
        vars.extend(facts.iter().map(|(key, fact)| (format!("ansible_{}", key.name), fact.clone())));
    }
    vars.insert("ansible_facts".to_owned(), all);
    vars
}

/// A value that stands in no file.
pub(super) fn value_node(value: Json) -> Node {
    thread_local! {
        static NOWHERE: Arc<Source> = Source::new("<run>", "");
    }
    let span = NOWHERE.with(|source| Span::new(source, 0..0));
    Node { value: Value::Null, span }.with_json(value)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
