//! An entry for hosts: a name, perhaps with ranges, perhaps with a port.

use super::{address, range};
use crate::{
    source::{Code, Diagnostic, Span},
    yaml::{Node, Value},
};

/// What an entry for hosts stands for.
pub(super) struct Entry {
    pub(super) names: Vec<String>,
    /// `web1:2222` is the host `web1` with this as its `ansible_port`.
    pub(super) port: Option<Node>,
}

impl Entry {
    /// Reads an entry; `span` is where it stands.
    pub(super) fn read(text: &str, span: &Span) -> Result<Self, Diagnostic> {
        let (name, port) = address::split(text).unwrap_or((text, None));
        if name.trim().is_empty() {
            return Err(Diagnostic::new(Code::WrongValue, "a host without a name", span, "")
                .hint("write its name or its address"));
        }
        let names = range::expand(name).map_err(|bad| {
            let title = format!("the host name `{text}` cannot be expanded");
            Diagnostic::new(Code::BadRange, title, &within(text, span, bad.start..bad.end), bad.why)
                .hint("ranges look like this: `web[1:3]`, `web[01:10]`, `web[1:9:2]`, `web[a:c]`")
        })?;
        Ok(Self { names, port: port.and_then(|port| port_node(port, span)) })
    }
}

/// A port as the value of a variable; port 0 is none, as in Ansible.
pub(super) fn port_node(port: u64, span: &Span) -> Option<Node> {
    let port = i64::try_from(port).ok().filter(|&port| port > 0)?;
    Some(Node { value: Value::Int(port), span: span.clone() })
}

/// A part of a text, where it stands in the file as it is; the whole of it where it is quoted with escapes.
fn within(text: &str, span: &Span, part: std::ops::Range<usize>) -> Span {
    match span.text().find(text) {
        Some(offset) => {
            let start = span.range().start + offset;
            Span::new(span.source(), start + part.start..start + part.end)
        }
        None => span.clone(),
    }
}
