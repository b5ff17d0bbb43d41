//! Templates inside of values: every text with `{{`, `{%` or `{#` in it is one, as in Ansible.

use super::{
    Context, Engine,
    engine::{Failure, Rendered},
    is_omitted,
    place::Place,
    rewrite::Escapes,
    syntax::Syntax,
    value::to_node,
};
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

pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#") || text.starts_with("#jinja2:")
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
                let nodes = nodes.iter().map(|node| self.try_render_node(node, context));
                Value::List(nodes.filter(|node| !node.as_ref().is_ok_and(is_omitted)).collect::<Result<_, _>>()?)
            }
            Value::Map(map) => Value::Map(self.render_map(map, context)?),
            other => other.clone(),
        };
        Ok(Node { value, span: node.span.clone() })
    }

    fn render_map(&self, map: &Map, context: &Context) -> Result<Map, Failure> {
        let mut rendered = Map::default();
        for (key, node) in map.iter() {
            let node = self.try_render_node(node, context)?;
            if is_omitted(&node) {
                continue;
            }
            let name = if is_template(&key.name) { self.render_key(key, context)? } else { key.name.clone() };
            rendered.insert(Key { name, span: key.span.clone() }, node);
        }
        Ok(rendered)
    }

    fn render_key(&self, key: &Key, context: &Context) -> Result<String, Failure> {
        match self.render_text("<key>", &key.name, &key.span, Escapes::None, context)? {
            Rendered::Text(text) => Ok(text),
            Rendered::Value(value) => Ok(value.to_string()),
            Rendered::Nothing => Ok(String::new()),
        }
    }

    /// A text keeps the line ends at its end; what is no text has none.
    fn render_string(&self, node: &Node, text: &str, context: &Context) -> Result<Node, Failure> {
        let mut rendered = self.render_string_alone(node, text, context)?;
        if let Value::String(result) = &mut rendered.value {
            let missing = line_ends(text).saturating_sub(line_ends(result));
            result.extend(std::iter::repeat_n('\n', missing));
        }
        Ok(rendered)
    }

    fn render_string_alone(&self, node: &Node, text: &str, context: &Context) -> Result<Node, Failure> {
        if let Some(expression) = single_expression(text) {
            let place = Place::expression(expression, &node.span, Escapes::None);
            if self.is_expression(&place) {
                return self.evaluate_text(&place, context);
            }
        }
        let value = match self.render_text("<value>", text, &node.span, Escapes::None, context)? {
            Rendered::Text(text) => Value::String(text),
            Rendered::Nothing => Value::Null,
            Rendered::Value(value) => {
                let place = Place::template(text, &node.span, &Syntax::default(), Escapes::None);
                return to_node(&value, &node.span).map_err(|error| self.tell(&error, &place, context));
            }
        };
        Ok(Node { value, span: node.span.clone() })
    }
}

/// How many line ends there are at the end of a text.
fn line_ends(text: &str) -> usize {
    text.len() - text.trim_end_matches('\n').len()
}

/// What stands between `{{` and `}}` where these are the first and the last characters. Whether it is one expression
/// only the engine can say: `{{ a }}-{{ b }}` looks like it, too.
fn single_expression(text: &str) -> Option<&str> {
    let inner = text.strip_suffix('\n').unwrap_or(text).strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    Some(inner.strip_suffix(['-', '+']).unwrap_or(inner))
}
