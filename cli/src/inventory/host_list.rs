//! A list of hosts on the command line: `-i web1,web2:2222` or `-i localhost,`.

use super::{
    address,
    draft::{Draft, UNGROUPED},
    entry,
};
use crate::source::{Source, Span};

/// Adds the hosts of a list to the draft. There are no ranges in it: a comma would not be needed then.
pub(super) fn read(draft: &mut Draft, list: &str) {
    let source = Source::new("the command line", list);
    let mut at = 0;
    for part in list.split(',') {
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let text = part.trim();
        let span = Span::new(&source, start..start + text.len());
        let (name, port) = address::split(text).filter(|(name, _)| !name.contains('[')).unwrap_or((text, None));
        if !name.is_empty() && draft.find_host(name).is_none() {
            let port = port.and_then(|port| entry::port_node(port, &span));
            draft.add_host(UNGROUPED, name.to_owned(), &span, port.as_ref());
        }
    }
}
