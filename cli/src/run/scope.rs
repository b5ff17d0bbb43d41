//! The variables of one host in one task, as modules ask for them.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value as Json;

use super::{
    magic::OMIT,
    memory::value_node,
    variables::{Layer, Variables},
};
use crate::{
    inventory::Vars,
    module::Scope,
    playbook::folder_of,
    source::{Diagnostics, Source, Span},
    template::{Context, Engine, Syntax, has_template},
    yaml::{Map, Node, Value},
};

/// The variables of one host in one task. Copies are cheap.
#[derive(Clone, Debug)]
pub(super) struct TaskScope {
    pub(super) engine: Engine,
    pub(super) variables: Arc<Variables>,
    /// Folders of the role and of the playbook.
    pub(super) folders: Arc<[PathBuf]>,
}

impl TaskScope {
    fn context(&self) -> Context {
        self.variables.context()
    }

    /// The same with more variables over all others: the item of a loop, a result.
    pub(super) fn with(&self, vars: Vars) -> Self {
        let variables = self.variables.under(vec![Layer::Known(Arc::new(vars))]);
        Self { variables, ..self.clone() }
    }

    /// The same with one more variable over all others.
    pub(super) fn with_value(&self, name: &str, value: Json) -> Self {
        self.with(Vars::from([(name.to_owned(), value_node(value))]))
    }

    /// The value of an expression without braces.
    pub(super) fn evaluate(&self, expression: &Node) -> Result<Node, Diagnostics> {
        self.engine.evaluate(expression, &self.context()).map_err(|mistake| self.variables.explain(mistake))
    }

    /// Whether all conditions hold; the first that does not, otherwise.
    pub(super) fn all_hold(&self, conditions: &[Node]) -> Result<Option<Node>, Diagnostics> {
        for condition in conditions {
            if !self.holds(condition)? {
                return Ok(Some(condition.clone()));
            }
        }
        Ok(None)
    }

    /// Text with its templates rendered; as it is where one fails.
    pub(super) fn text_or_raw(&self, text: &str, span: &Span) -> String {
        let node = Node { value: Value::String(text.to_owned()), span: span.clone() };
        if !has_template(&node) {
            return text.to_owned();
        }
        self.engine
            .render_node(&node, &self.context())
            .ok()
            .and_then(|node| node.to_text().ok())
            .unwrap_or_else(|| text.to_owned())
    }

    /// `true` or `false`, as it stands or as a template.
    pub(super) fn flag(&self, node: Option<&Node>) -> Result<Option<bool>, Diagnostics> {
        match node {
            None => Ok(None),
            Some(node) => Ok(Some(self.render(node)?.as_bool()?)),
        }
    }
}

impl Scope for TaskScope {
    fn render(&self, node: &Node) -> Result<Node, Diagnostics> {
        let rendered = self.engine.render_node(node, &self.context());
        Ok(without_omitted(rendered.map_err(|mistake| self.variables.explain(mistake))?))
    }

    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics> {
        self.engine.holds(condition, &self.context()).map_err(|mistake| self.variables.explain(mistake))
    }

    fn template(
        &self,
        name: &str,
        syntax: &Syntax,
        place: Option<&Span>,
        more: &[(&str, Json)],
    ) -> Result<String, Diagnostics> {
        let source = self.find(name, place)?;
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), value_node(value.clone()))).collect();
        let scope = self.with(more);
        scope
            .engine
            .marked(syntax.clone())
            .render(&source, &scope.context())
            .map_err(|mistake| scope.variables.explain(mistake))
    }

    fn folders(&self) -> &[PathBuf] {
        &self.folders
    }
}

impl TaskScope {
    /// A template in `templates/` of the role, beside the playbook, beside the playbook itself, or where the engine looks.
    fn find(&self, name: &str, place: Option<&Span>) -> Result<Arc<Source>, Diagnostics> {
        // Templates of modules' own are lvsctl's; a playbook's file of that name is not meant.
        let beside = place.and_then(|place| folder_of(place.source())).map(std::path::Path::to_owned);
        let folders = self.folders.iter().cloned().chain(beside).filter(|_| place.is_some());
        for path in folders.flat_map(|folder| [folder.join("templates").join(name), folder.join(name)]) {
            if path.is_file() {
                return Ok(Source::read(&path)?);
            }
        }
        self.engine.templates().find(name).map_err(|mistake| match place {
            Some(place) => mistake.also(place, "asked for here").into(),
            None => mistake.into(),
        })
    }
}

/// Without what is set to `omit`.
fn without_omitted(node: Node) -> Node {
    let is_omitted = |node: &Node| matches!(&node.value, Value::String(text) if text == OMIT);
    let holds_omitted = |map: &Map| map.iter().any(|(_, node)| is_omitted(node));
    let value = match node.value {
        Value::Map(map) if holds_omitted(&map) => {
            let kept = map.iter().filter(|(_, node)| !is_omitted(node));
            Value::Map(kept.map(|(key, node)| (key.clone(), node.clone())).collect())
        }
        Value::List(nodes) if nodes.iter().any(is_omitted) => {
            Value::List(nodes.iter().filter(|node| !is_omitted(node)).cloned().collect())
        }
        value => value,
    };
    Node { value, span: node.span }
}
