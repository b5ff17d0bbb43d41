//! Templates inside of values: every text with `{{`, `{%` or `{#` in it is one, as in Ansible.

use super::{Context, Engine, engine::Failure, place::Place};
use crate::{
    source::Diagnostic,
    yaml::{Key, Map, Node, Value},
};

/// Whether there is a template in a value.
pub fn has_template(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => is_template(text),
        Value::Marked(marked) => marked.may_be_template() && marked.text().is_ok_and(is_template),
        Value::List(nodes) => nodes.iter().any(has_template),
        Value::Map(map) => map.iter().any(|(key, node)| is_template(&key.name) || has_template(node)),
        _ => false,
    }
}

fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

impl Engine {
    /// Renders every template in a value. A text that is one expression becomes what the expression is: a number stays
    /// a number, a list a list.
    pub fn render_node(&self, node: &Node, context: &Context) -> Result<Node, Diagnostic> {
        self.try_render_node(node, context).map_err(|failure| failure.into_diagnostic(&node.span))
    }

    /// As [`Engine::render_node`]; `None` where it failed for a variable that is already reported.
    pub(crate) fn render_node_once(&self, node: &Node, context: &Context) -> Result<Node, Option<Diagnostic>> {
        self.try_render_node(node, context).map_err(|failure| match failure {
            Failure::Mistake(diagnostic) => Some(*diagnostic),
            Failure::Reported => None,
        })
    }

    fn try_render_node(&self, node: &Node, context: &Context) -> Result<Node, Failure> {
        if !has_template(node) {
            return Ok(node.clone());
        }
        let value = match &node.value {
            Value::String(text) => return self.render_string(node, text, context),
            Value::Marked(marked) => {
                let text = marked.text().map_err(|mistake| Failure::Mistake(Box::new(mistake)))?;
                return self.render_string(node, text, context);
            }
            Value::List(nodes) => {
                Value::List(nodes.iter().map(|node| self.try_render_node(node, context)).collect::<Result<_, _>>()?)
            }
            Value::Map(map) => Value::Map(self.render_map(map, context)?),
            other => other.clone(),
        };
        Ok(Node { value, span: node.span.clone() })
    }

    fn render_map(&self, map: &Map, context: &Context) -> Result<Map, Failure> {
        let mut rendered = Map::default();
        for (key, node) in map.iter() {
            let name = if is_template(&key.name) {
                self.render_text("<key>", &Place { text: &key.name, span: &key.span }, context)?
            } else {
                key.name.clone()
            };
            rendered.insert(Key { name, span: key.span.clone() }, self.try_render_node(node, context)?);
        }
        Ok(rendered)
    }

    fn render_string(&self, node: &Node, text: &str, context: &Context) -> Result<Node, Failure> {
        if let Some(expression) = single_expression(text)
            && self.is_expression(expression)
        {
            return self.evaluate_text(&Place { text: expression, span: &node.span }, context);
        }
        let place = Place { text, span: &node.span };
        let rendered = self.render_text("<value>", &place, context)?;
        Ok(Node { value: Value::String(rendered), span: node.span.clone() })
    }
}

/// What stands between `{{` and `}}` where these are the first and the last characters. Whether it is one expression
/// only the engine can say: `{{ a }}-{{ b }}` looks like it, too.
fn single_expression(text: &str) -> Option<&str> {
    let inner = text.trim_matches(' ').strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    Some(inner.strip_suffix(['-', '+']).unwrap_or(inner))
}
