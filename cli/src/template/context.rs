//! The names that a template may use.

use std::{collections::HashMap, fmt, sync::Arc};

use minijinja::{
    State,
    value::{Enumerator, Object, Serde, Value},
};

use super::value::to_value;
use crate::yaml::Node;

/// The names that a template may use. Copies are cheap; names are laid over others without touching them.
#[derive(Clone, Debug, Default)]
pub struct Context(Arc<Layer>);

/// Names that are looked up when a template asks for them.
pub(crate) trait Names: fmt::Debug + Send + Sync {
    /// The value of a name, if it is known.
    fn get(self: Arc<Self>, name: &str) -> Option<Value>;

    /// All names that are known.
    fn all(&self) -> Vec<String>;
}

#[derive(Debug, Default)]
struct Layer {
    own: HashMap<String, Value>,
    lazy: Option<Arc<dyn Names>>,
    below: Option<Context>,
}

impl Context {
    /// Names that are looked up when a template asks for them.
    pub(crate) fn lazy(names: Arc<dyn Names>) -> Self {
        Self(Arc::new(Layer { lazy: Some(names), ..Layer::default() }))
    }

    /// Lays names over these.
    #[must_use]
    pub fn with_vars<'a>(&self, vars: impl IntoIterator<Item = (&'a String, &'a Node)>) -> Self {
        self.over(vars.into_iter().map(|(name, node)| (name.clone(), to_value(node))).collect())
    }

    /// Lays one name over these.
    #[must_use]
    pub fn with_node(&self, name: &str, node: &Node) -> Self {
        self.over(HashMap::from([(name.to_owned(), to_value(node))]))
    }

    /// Lays one name over these: facts, a task's result, the item of a loop.
    #[must_use]
    pub fn with_json(&self, name: &str, value: &serde_json::Value) -> Self {
        self.over(HashMap::from([(name.to_owned(), Value::from(Serde(value)))]))
    }

    /// Lays values over these, as a template has them.
    pub(super) fn with_values(&self, values: HashMap<String, Value>) -> Self {
        self.over(values)
    }

    fn over(&self, own: HashMap<String, Value>) -> Self {
        Self(Arc::new(Layer { own, lazy: None, below: Some(self.clone()) }))
    }

    /// All names that a template may use.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.own.keys().cloned().collect();
        names.extend(self.0.lazy.iter().flat_map(|lazy| lazy.all()));
        names.extend(self.0.below.iter().flat_map(Self::names));
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let layer = &self.0;
        layer
            .own
            .get(name)
            .cloned()
            .or_else(|| Arc::clone(layer.lazy.as_ref()?).get(name))
            .or_else(|| layer.below.as_ref()?.get(name))
    }

    /// As the root of a template.
    pub(super) fn root(&self) -> Value {
        Value::from_object(Root(self.clone()))
    }
}

/// The name under which a lookup finds the whole context.
const ROOT: &str = "lvsctl_context";

/// The context of a template that is being rendered.
pub(super) fn of(state: &State<'_, '_>) -> Context {
    let root = state.lookup(ROOT);
    root.and_then(|root| root.downcast_object_ref::<Root>().map(|root| root.0.clone())).unwrap_or_default()
}

#[derive(Debug)]
struct Root(Context);

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if name == ROOT { Some(Value::from_dyn_object(Arc::clone(self))) } else { self.0.get(name) }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.names().into_iter().map(Value::from).collect())
    }
}
