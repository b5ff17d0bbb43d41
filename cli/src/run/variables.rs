//! The variables of one host in one task, in Ansible's order of precedence.
//!
//! A variable is rendered when something asks for it, with all the others: one of the inventory may use one of the play,
//! a fact, or a task's result. What a task set, and what a node told, is a value: nothing in it is a template, whatever
//! it looks like.

use std::{
    collections::{BTreeSet, HashMap},
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use minijinja::value::Value;

use crate::{
    inventory::Vars,
    source::{Code, Diagnostic, Diagnostics},
    template::{Context, Engine, Names, Reported, has_template, to_value},
    yaml::Node,
};

/// How many variables may wait for each other. The program's stack must hold them all.
const MAX_DEPTH: usize = 40;

/// Variables from one place.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    /// As written: templates in them are rendered when they are asked for.
    Written(Arc<Vars>),
    /// Values.
    Known(Arc<Vars>),
    /// Names that are looked up.
    Names(Arc<dyn Names>),
}

/// The variables of one host in one task.
pub(super) struct Variables {
    engine: Engine,
    /// The strongest first.
    layers: Vec<Layer>,
    /// Names whose values only a run can tell; asking for one is noted.
    unknown: Arc<BTreeSet<String>>,
    asked_for_unknown: AtomicBool,
    rendered: Mutex<HashMap<String, Option<Node>>>,
    /// Variables that are being rendered, each for the one before it.
    waiting: Mutex<Vec<String>>,
    found: Mutex<Vec<Diagnostic>>,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

impl Variables {
    /// Variables of these places, the strongest first.
    pub(super) fn new(engine: &Engine, layers: Vec<Layer>, unknown: Arc<BTreeSet<String>>) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            layers,
            unknown,
            asked_for_unknown: AtomicBool::new(false),
            rendered: Mutex::default(),
            waiting: Mutex::default(),
            found: Mutex::default(),
        })
    }

    /// These with others over them.
    pub(super) fn under(&self, layers: Vec<Layer>) -> Arc<Self> {
        let layers = layers.into_iter().chain(self.layers.iter().cloned()).collect();
        Self::new(&self.engine, layers, Arc::clone(&self.unknown))
    }

    /// As names for templates.
    pub(super) fn context(self: &Arc<Self>) -> Context {
        Context::lazy(Arc::clone(self) as Arc<dyn Names>)
    }

    /// Whether something was asked for that only a run can tell.
    pub(super) fn asked_for_unknown(&self) -> bool {
        self.asked_for_unknown.load(Ordering::Relaxed)
    }

    /// A mistake of a template with those of the variables that it uses, which are its causes.
    pub(super) fn explain(&self, mistake: Diagnostic) -> Diagnostics {
        let found = mem::take(&mut *lock(&self.found));
        Diagnostics::check(found).err().unwrap_or_else(|| mistake.into())
    }

    /// A variable with its place, once its template is rendered; `None` where nothing defines it, or it cannot be rendered.
    pub(super) fn node(self: &Arc<Self>, name: &str) -> Option<Node> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Known(vars) => vars.get(name).cloned(),
            Layer::Written(vars) => vars.get(name).and_then(|node| self.render(name, node)),
            Layer::Names(_) => None,
        })
    }

    fn render(self: &Arc<Self>, name: &str, node: &Node) -> Option<Node> {
        if let Some(known) = lock(&self.rendered).get(name) {
            return known.clone();
        }
        if !has_template(node) {
            lock(&self.rendered).insert(name.to_owned(), Some(node.clone()));
            return Some(node.clone());
        }
        if let Some(mistake) = self.circle(name, node) {
            lock(&self.found).push(mistake);
            return None;
        }
        lock(&self.waiting).push(name.to_owned());
        let rendered = self.engine.render_node_once(node, &self.context());
        lock(&self.waiting).pop();
        let rendered = rendered.map_err(|mistake| lock(&self.found).extend(mistake)).ok();
        lock(&self.rendered).insert(name.to_owned(), rendered.clone());
        rendered
    }

    fn circle(&self, name: &str, node: &Node) -> Option<Diagnostic> {
        let waiting = lock(&self.waiting);
        if let Some(start) = waiting.iter().position(|waits| waits == name) {
            let path: Vec<String> =
                waiting[start..].iter().map(String::as_str).chain([name]).map(|name| format!("`{name}`")).collect();
            let title = format!("the variable `{name}` refers to itself: {}", path.join(" > "));
            let mistake = Diagnostic::new(Code::VariableCycle, title, &node.span, "");
            return Some(mistake.hint("give one of them another name, or a value of its own"));
        }
        (waiting.len() >= MAX_DEPTH).then(|| {
            let title = format!("more than {MAX_DEPTH} variables wait for each other");
            Diagnostic::new(Code::TemplateFailed, title, &node.span, "")
        })
    }
}

impl Names for Variables {
    fn get(self: Arc<Self>, name: &str) -> Option<Value> {
        if self.unknown.contains(name) {
            self.asked_for_unknown.store(true, Ordering::Relaxed);
            return Some(Value::from(Reported.into_error()));
        }
        for layer in &self.layers {
            let value = match layer {
                Layer::Known(vars) => vars.get(name).map(to_value),
                Layer::Written(vars) => vars.get(name).map(|node| {
                    let rendered = self.render(name, node);
                    rendered.map_or_else(|| Value::from(Reported.into_error()), |node| to_value(&node))
                }),
                Layer::Names(names) => Arc::clone(names).get(name),
            };
            if value.is_some() {
                return value;
            }
        }
        // Where facts are not known yet, every name of Ansible's may be one.
        if self.unknown.contains("ansible_facts") && name.starts_with("ansible_") {
            self.asked_for_unknown.store(true, Ordering::Relaxed);
            return Some(Value::from(Reported.into_error()));
        }
        None
    }

    fn all(&self) -> Vec<String> {
        let mut names = Vec::new();
        for layer in &self.layers {
            match layer {
                Layer::Known(vars) | Layer::Written(vars) => names.extend(vars.keys().cloned()),
                Layer::Names(layer) => names.extend(layer.all()),
            }
        }
        names
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
