//! Between values with places and values of templates.
//!
//! Lists and mappings are handed to a template as they are, not copied: a loop over a thousand real servers in a
//! variable of a thousand hosts costs what it reads.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, Value as Jinja, ValueKind};

use super::{marker, omit, python};
use crate::{
    source::Span,
    yaml::{Key, Map, Node, Value},
};

/// A node as a value of a template.
pub(crate) fn to_value(node: &Node) -> Jinja {
    match &node.value {
        Value::Null => Jinja::from(()),
        Value::Bool(value) => Jinja::from(*value),
        Value::Int(value) => Jinja::from(*value),
        Value::Float(value) => Jinja::from(*value),
        Value::String(value) if omit::is_placeholder(value) => omit::value(),
        Value::String(value) => Jinja::from(value.as_str()),
        Value::List(nodes) => Jinja::from_object(NodeList(Arc::clone(nodes))),
        Value::Map(map) => Jinja::from_object(NodeMap(map.clone())),
        Value::Marked(marked) => match marked.text() {
            Ok(text) => Jinja::from(text),
            Err(mistake) => {
                Jinja::from(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, mistake.title().to_owned()))
            }
        },
    }
}

/// JSON as a value of a template.
pub(super) fn from_json(json: &serde_json::Value) -> Jinja {
    Jinja::from(Serde(json))
}

/// A template's result as a node at the template's place. What came from a variable as it is keeps the places inside.
pub(super) fn to_node(value: &Jinja, span: &Span) -> Result<Node, minijinja::Error> {
    marker::check(value)?;
    if omit::is(value) {
        return Ok(omit::node(span));
    }
    let value = match value.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(number) if value.is_integer() => Value::Int(number),
            _ => Value::Float(f64::try_from(value.clone())?),
        },
        ValueKind::Seq | ValueKind::Iterable => match value.downcast_object_ref::<NodeList>() {
            Some(list) => Value::List(Arc::clone(&list.0)),
            None => Value::List(
                value
                    .try_iter()?
                    .filter(|item| !omit::is(item))
                    .map(|item| to_node(&item, span))
                    .collect::<Result<_, _>>()?,
            ),
        },
        ValueKind::Map => match value.downcast_object_ref::<NodeMap>() {
            Some(map) => Value::Map(map.0.clone()),
            None => Value::Map(to_map(value, span)?),
        },
        ValueKind::Invalid => return Err(error_of(value)),
        _ => Value::String(value.to_string()),
    };
    Ok(Node { value, span: span.clone() })
}

/// The error that an invalid value stands for.
pub(super) fn error_of(value: &Jinja) -> minijinja::Error {
    value.try_iter().err().unwrap_or_else(|| minijinja::ErrorKind::InvalidOperation.into())
}

fn to_map(value: &Jinja, span: &Span) -> Result<Map, minijinja::Error> {
    let mut map = Map::default();
    for key in value.try_iter()? {
        let item = value.get_item(&key)?;
        if !omit::is(&item) {
            map.insert(Key { name: python::text(&key)?, span: span.clone() }, to_node(&item, span)?);
        }
    }
    Ok(map)
}

#[derive(Debug)]
struct NodeList(Arc<[Node]>);

impl Object for NodeList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.get(key.as_usize()?).map(to_value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

#[derive(Debug)]
struct NodeMap(Map);

impl Object for NodeMap {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.get(key.as_str()?).map(to_value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(key, _)| Jinja::from(key.name.as_str())).collect())
    }
}
