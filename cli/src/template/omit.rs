//! `omit`: a value that takes the key away under which it stands, or itself out of a list: `mode: "{{ m | default(omit) }}"`.
//!
//! Between templates, where a value is a node, it is text that nobody writes.

use std::{fmt, sync::Arc};

use minijinja::value::{Object, ObjectRepr, Value};

use crate::{
    source::Span,
    yaml::{self, Node},
};

/// The text of a node that is to be left out. U+10FFFE is no character and never will be one.
const PLACEHOLDER: &str = "\u{10FFFE}omit\u{10FFFE}";

#[derive(Debug)]
struct Omit;

impl Object for Omit {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<<Omit>>")
    }
}

/// The value that a template knows as `omit`.
pub(super) fn value() -> Value {
    Value::from_object(Omit)
}

/// Whether a value of a template is `omit`.
pub(super) fn is(value: &Value) -> bool {
    value.downcast_object_ref::<Omit>().is_some()
}

/// `omit` as a node.
pub(super) fn node(span: &Span) -> Node {
    Node { value: yaml::Value::String(PLACEHOLDER.to_owned()), span: span.clone() }
}

pub(super) fn is_placeholder(text: &str) -> bool {
    text == PLACEHOLDER
}

/// Whether a node is to be left out of the mapping or list in which it stands.
pub fn is_omitted(node: &Node) -> bool {
    matches!(&node.value, yaml::Value::String(text) if is_placeholder(text))
}
