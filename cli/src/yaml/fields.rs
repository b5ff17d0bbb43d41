//! A mapping of which every key is known.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    source::{Code, Diagnostic, Span, did_you_mean},
    yaml::{Key, Map, Node},
};

/// Reads the keys of a mapping; [`Fields::finish`] says which key is not known.
pub struct Fields<'a> {
    what: &'a str,
    map: &'a Map,
    span: &'a Span,
    known: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    /// `what` names the mapping in messages: `virtual service`.
    pub fn new(what: &'a str, node: &'a Node) -> Result<Self, Diagnostic> {
        let map = node.as_map().map_err(|_| node.wrong_type(&format!("a mapping for the {what}")))?;
        Ok(Self { what, map, span: &node.span, known: Vec::new() })
    }

    /// A key that may be missing or null.
    pub fn optional(&mut self, name: &'a str) -> Option<&'a Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// A key that may be missing or null, with its place.
    pub fn entry(&mut self, name: &'a str) -> Option<(&'a Key, &'a Node)> {
        self.known.push(name);
        note(self.what, name);
        self.map.entry(name).filter(|(_, node)| !node.is_null())
    }

    /// A key that must be there.
    pub fn required(&mut self, name: &'a str) -> Result<&'a Node, Diagnostic> {
        self.optional(name).ok_or_else(|| {
            let place = self.map.iter().next().map_or(self.span, |(key, _)| &key.span);
            Diagnostic::new(Code::MissingKey, format!("the {} has no `{name}`", self.what), place, "in this mapping")
                .hint(format!("add `{name}: …`"))
        })
    }

    /// Every key that was not asked for is a mistake.
    pub fn finish(self) -> Result<(), Diagnostic> {
        match self.map.iter().find(|(key, _)| !self.known.contains(&key.name.as_str())) {
            None => Ok(()),
            Some((key, _)) => Err(unknown_key(key, self.what, &self.known)),
        }
    }
}

thread_local! {
    /// What is asked for while somebody wants to know.
    static ASKED: RefCell<Option<BTreeMap<String, Vec<String>>>> = const { RefCell::new(None) };
}

/// The keys that are asked for while something is read, by what their mappings are called: for schemas.
pub(crate) fn keys_asked_for(read: impl FnOnce()) -> BTreeMap<String, Vec<String>> {
    ASKED.set(Some(BTreeMap::new()));
    read();
    ASKED.take().unwrap_or_default()
}

fn note(what: &str, name: &str) {
    ASKED.with_borrow_mut(|asked| {
        let Some(asked) = asked else { return };
        let names = asked.entry(what.to_owned()).or_default();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    });
}

fn unknown_key(key: &Key, what: &str, known: &[&str]) -> Diagnostic {
    let title = format!("unknown key `{}` in the {what}", key.name);
    let hint = match did_you_mean(&key.name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known keys: {}", known.join(", ")),
    };
    Diagnostic::new(Code::UnknownKey, title, &key.span, "").hint(hint)
}
