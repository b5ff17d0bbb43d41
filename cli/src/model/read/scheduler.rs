//! `scheduler`: a known name, or `{other: NAME}` for one that only the node's kernel knows.
//!
//! A name that is not known is mostly a slip, and the kernel would find it only in the middle of a roll-out. So another
//! name must be meant.

use lvs_agent::state::Scheduler;

use crate::{
    source::{Code, Diagnostic, did_you_mean},
    yaml::{Fields, Node, Value},
};

/// Reads `scheduler`.
pub(super) fn read(node: &Node) -> Result<Scheduler, Diagnostic> {
    if let Value::Map(_) = node.value {
        let mut fields = Fields::new("scheduler", node)?;
        let other = fields.required("other")?;
        fields.finish()?;
        return Scheduler::named(other.as_str()?).map_err(|error| {
            Diagnostic::new(Code::UnknownScheduler, error.to_string(), &other.span, "")
                .hint("the name that the kernel knows it by: the module is ip_vs_NAME")
        });
    }
    let name = node.as_str()?;
    name.parse().map_err(|error: lvs_agent::state::UnknownScheduler| {
        let names: Vec<_> = Scheduler::ALL.iter().map(Scheduler::name).collect();
        let hint = match did_you_mean(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? All of them: {}", names.join(", ")),
            None => format!("one of {}; `scheduler: {{ other: {name} }}` takes another", names.join(", ")),
        };
        Diagnostic::new(Code::UnknownScheduler, error.to_string(), &node.span, "").hint(hint)
    })
}
