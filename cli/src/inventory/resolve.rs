//! Templates inside of variables.
//!
//! A variable may use others of its host, in any order, and those of other hosts through `hostvars`. It is rendered
//! when something first asks for it, and kept; a variable that is asked for while it is being rendered refers to
//! itself. What has no template in it is shared with the inventory as read.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use minijinja::value::Value;

use super::{
    Inventory,
    names::{VarSource, context},
};
use crate::{
    source::{Code, Diagnostic, Diagnostics},
    template::{Engine, Reported, has_template, to_value},
    yaml::Node,
};

/// How many variables may wait for each other. The program's stack must hold them all.
const MAX_DEPTH: usize = 40;

/// Renders every template in the variables of every host. The variables of groups stay as written: what they are
/// depends on the host.
pub fn resolve(inventory: &Inventory, engine: &Engine) -> Result<Inventory, Diagnostics> {
    let resolver = Arc::new(Resolver {
        inventory: inventory.clone(),
        engine: engine.clone(),
        cells: inventory.hosts.iter().map(|_| Mutex::default()).collect(),
        waiting: Mutex::default(),
        templated: Mutex::default(),
        found: Mutex::default(),
    });
    let mut result = inventory.clone();
    for (position, host) in result.hosts.iter_mut().enumerate() {
        for (name, node) in &mut host.vars {
            if let Some(rendered) = resolver.render(position, name) {
                *node = rendered;
            }
        }
    }
    let found = mem::take(&mut *lock(&resolver.found));
    Diagnostics::check(found.into_iter().map(Found::into_diagnostic).collect()).map(|()| result)
}

#[derive(Debug)]
struct Resolver {
    inventory: Inventory,
    engine: Engine,
    /// Variables with templates, for each host.
    cells: Vec<Mutex<HashMap<String, Cell>>>,
    /// Variables that are being rendered, each for the one before it.
    waiting: Mutex<Vec<(usize, String)>>,
    /// Lists and mappings by address, and whether there is a template in them.
    templated: Mutex<HashMap<usize, bool>>,
    found: Mutex<Vec<Found>>,
}

#[derive(Clone, Debug)]
enum Cell {
    Open,
    Done(Node),
    Failed,
}

impl VarSource for Resolver {
    fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    fn var(self: &Arc<Self>, host: usize, name: &str) -> Option<Value> {
        let node = self.inventory.hosts[host].vars.get(name)?;
        if !self.is_templated(node) {
            return Some(to_value(node));
        }
        Some(self.render(host, name).map_or_else(|| Value::from(Reported.into_error()), |node| to_value(&node)))
    }
}

impl Resolver {
    /// The rendered variable; `None` where it failed, which is then noted.
    fn render(self: &Arc<Self>, host: usize, name: &str) -> Option<Node> {
        let node = self.inventory.hosts[host].vars.get(name)?;
        if !self.is_templated(node) {
            return Some(node.clone());
        }
        let known = lock(&self.cells[host]).get(name).cloned();
        match known {
            Some(Cell::Done(node)) => return Some(node),
            Some(Cell::Failed) => return None,
            Some(Cell::Open) => {
                self.note(host, self.cycle(host, name));
                return None;
            }
            None => {}
        }
        if lock(&self.waiting).len() >= MAX_DEPTH {
            let title = format!("more than {MAX_DEPTH} variables wait for each other");
            self.note(host, Diagnostic::new(Code::TemplateFailed, title, &node.span, ""));
            return None;
        }
        lock(&self.cells[host]).insert(name.to_owned(), Cell::Open);
        lock(&self.waiting).push((host, name.to_owned()));
        let rendered = self.engine.render_node_once(node, &context(Arc::clone(self), host));
        lock(&self.waiting).pop();
        let (cell, node) = match rendered {
            Ok(node) => (Cell::Done(node.clone()), Some(node)),
            Err(mistake) => {
                if let Some(diagnostic) = mistake {
                    self.note(host, diagnostic);
                }
                (Cell::Failed, None)
            }
        };
        lock(&self.cells[host]).insert(name.to_owned(), cell);
        node
    }

    fn is_templated(&self, node: &Node) -> bool {
        match node.address() {
            None => has_template(node),
            Some(address) => {
                let known = lock(&self.templated).get(&address).copied();
                known.unwrap_or_else(|| {
                    let templated = has_template(node);
                    lock(&self.templated).insert(address, templated);
                    templated
                })
            }
        }
    }

    /// A variable that is asked for while it is rendered.
    fn cycle(&self, host: usize, name: &str) -> Diagnostic {
        let waiting = lock(&self.waiting);
        let start = waiting.iter().position(|(of, waits)| *of == host && waits == name).unwrap_or_default();
        let members = &waiting[start..];
        let shown = |(of, name): &(usize, String)| {
            if *of == host { format!("`{name}`") } else { format!("`{name}` of {}", self.inventory.hosts[*of].name) }
        };
        let path: Vec<String> = members.iter().chain(members.first()).map(shown).collect();
        let title = format!("the variable `{name}` refers to itself: {}", path.join(" > "));
        let places = members.iter().map(|(of, name)| &self.inventory.hosts[*of].vars[name].span);
        let mut diagnostic: Option<Diagnostic> = None;
        for span in places {
            diagnostic = Some(match diagnostic {
                None => Diagnostic::new(Code::VariableCycle, title.as_str(), span, ""),
                Some(diagnostic) => diagnostic.also(span, "by way of this"),
            });
        }
        diagnostic
            .unwrap_or_else(|| Diagnostic::without_place(Code::VariableCycle, title))
            .hint("give one of them a value of its own")
    }

    /// A mistake in a variable of a group shows in every host of it, and is reported once.
    fn note(&self, host: usize, diagnostic: Diagnostic) {
        let mut found = lock(&self.found);
        let host = &self.inventory.hosts[host].name;
        match found.iter_mut().find(|known| known.is_same(&diagnostic)) {
            Some(known) => {
                if known.hosts.last() != Some(host) {
                    known.hosts.push(host.clone());
                }
            }
            None => found.push(Found { diagnostic, hosts: vec![host.clone()] }),
        }
    }
}

/// A mistake with the hosts that have it.
#[derive(Debug)]
struct Found {
    diagnostic: Diagnostic,
    hosts: Vec<String>,
}

impl Found {
    fn is_same(&self, other: &Diagnostic) -> bool {
        let place = |diagnostic: &Diagnostic| {
            diagnostic.labels().first().map(|(span, _)| (Arc::as_ptr(span.source()), span.range()))
        };
        self.diagnostic.title() == other.title() && place(&self.diagnostic) == place(other)
    }

    fn into_diagnostic(self) -> Diagnostic {
        let label = match &self.hosts[..] {
            [host] => format!("for {host}"),
            [first, second] => format!("for {first} and {second}"),
            [first, rest @ ..] => format!("for {first} and {} other hosts", rest.len()),
            [] => String::new(),
        };
        self.diagnostic.label(label)
    }
}

/// A lock is held for a look-up only, so what a panic elsewhere left behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn read(text: &str) -> Result<Inventory, Diagnostics> {
        resolve(&Inventory::parse(&Source::new("hosts.yml", text)).unwrap(), &Engine::default())
    }

    fn var(inventory: &Inventory, host: &str, name: &str) -> String {
        inventory.host(host).unwrap().vars[name].to_json().to_string()
    }

    fn mistakes(text: &str) -> String {
        read(text).unwrap_err().render(false)
    }

    #[test]
    fn a_variable_may_use_others_in_any_order() {
        let inventory = read(
            "web: { hosts: { 'web[1:2]': }, vars: { a: '{{ b }}', b: '{{ c + 1 }}', c: 1, list: [x, '{{ a }}'] } }",
        )
        .unwrap();
        assert_eq!(var(&inventory, "web1", "a"), "2");
        assert_eq!(var(&inventory, "web2", "list"), r#"["x",2]"#);
    }

    #[test]
    fn magic_variables_are_there() {
        let inventory = read(
            "
all:
  vars:
    me: '{{ inventory_hostname }} {{ inventory_hostname_short }} {{ group_names }} {{ groups.web | length }}'
    peers: \"{{ groups['web'] | reject('equalto', inventory_hostname) | map('extract', hostvars, 'rip') | list }}\"
    first: \"{{ hostvars[groups['web'][0]].rip }}\"
    file: '{{ inventory_file.startswith(inventory_dir) }}'
web: { hosts: { 'web[1:2].lan': { rip: '10.0.0.{{ inventory_hostname_short[3:] }}' } } }
",
        )
        .unwrap();
        assert_eq!(var(&inventory, "web1.lan", "me"), r#""web1.lan web1 ['web'] 2""#);
        assert_eq!(var(&inventory, "web2.lan", "first"), r#""10.0.0.1""#);
        assert_eq!(var(&inventory, "web1.lan", "peers"), r#"["10.0.0.2"]"#);
        assert_eq!(var(&inventory, "web1.lan", "file"), "true");
    }

    #[test]
    fn an_undefined_variable_is_shown_once_at_its_name_for_all_hosts() {
        insta::assert_snapshot!(mistakes("
web:
  hosts:
    web[1:3]:
  vars:
    main_vip: 192.0.2.1
    vip: '{{ main_vpi }}'
    url: http://{{ vip }}/
"), @r"
        error[LVS061]: `main_vpi` is not defined
         --> hosts.yml:7:14
          |
        7 |     vip: '{{ main_vpi }}'
          |              ^^^^^^^^ for web1 and 2 other hosts
          |
        hint: did you mean `main_vip`?
        ");
    }

    #[test]
    fn a_variable_that_refers_to_itself_is_shown_with_its_circle() {
        insta::assert_snapshot!(mistakes("web:\n  hosts:\n    web1:\n  vars:\n    a: '{{ b }}'\n    b: '{{ c }}'\n    c: '{{ a }}'\n    d: '{{ c }}'\n"), @r"
        error[LVS064]: the variable `a` refers to itself: `a` > `b` > `c` > `a`
         --> hosts.yml:5:8
          |
        5 |     a: '{{ b }}'
          |        ^^^^^^^^^ for web1
        6 |     b: '{{ c }}'
          |        --------- by way of this
        7 |     c: '{{ a }}'
          |        --------- by way of this
          |
        hint: give one of them a value of its own
        ");
        insta::assert_snapshot!(mistakes("x: { hosts: { h: { v: '{{ hostvars.i.v }}' }, i: { v: '{{ hostvars.h.v }}' } } }"), @r"
        error[LVS064]: the variable `v` refers to itself: `v` > `v` of i > `v`
         --> hosts.yml:1:23
          |
        1 | x: { hosts: { h: { v: '{{ hostvars.i.v }}' }, i: { v: '{{ hostvars.h.v }}' } } }
          |                       ^^^^^^^^^^^^^^^^^^^^ for h      -------------------- by way of this
          |
        hint: give one of them a value of its own
        ");
    }

    #[test]
    fn facts_are_not_known_yet() {
        insta::assert_snapshot!(mistakes("web:\n  hosts:\n    web1:\n      os: '{{ ansible_facts.os_family }}'\n"), @r"
        error[LVS061]: `ansible_facts` is not defined
         --> hosts.yml:4:15
          |
        4 |       os: '{{ ansible_facts.os_family }}'
          |               ^^^^^^^^^^^^^ for web1
          |
        hint: facts of a node are known only once it was asked; give a value for the time before: `ansible_facts | default(…)`
        ");
    }

    #[test]
    fn a_long_chain_of_variables_ends_in_a_mistake_and_not_in_a_crash() {
        use std::fmt::Write;
        let mut text = String::from("web: { hosts: { h: }, vars: { v200: 1");
        for number in 0..200 {
            write!(text, ", v{number}: '{{{{ v{} }}}}'", number + 1).unwrap();
        }
        let shown = mistakes(&(text + " } }"));
        assert!(shown.contains("variables wait for each other"), "{shown}");
    }
}
