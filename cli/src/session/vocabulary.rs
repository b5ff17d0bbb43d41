//! Which variables say how a host is reached: found by reading, so that there is no second list of them.

use std::{cell::RefCell, collections::BTreeSet};

use super::{
    BecomeMethod, Wish,
    target::{NOT_YET, connection},
};
use crate::{
    inventory::{Host, Vars},
    source::{Source, Span},
    yaml::{Node, Value},
};

/// The variables that say how a host is reached, and how somebody becomes root there.
pub(crate) fn variables() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let span = Span::new(&Source::new("", ""), 0..0);
    let (vars, groups, layers) = (Vars::new(), Vec::new(), Vec::new());
    let host = Host { name: "host".to_owned(), span: span.clone(), source: None, groups, vars, layers };
    // On this machine other variables hold than over ssh.
    for way in ["ssh", "local"] {
        let get = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            let value = Value::String(way.to_owned());
            (name == "ansible_connection").then(|| Node { value, span: span.clone() })
        };
        connection(&host, &get, &mut Vec::new());
    }
    for method in BecomeMethod::ALL {
        let get = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        };
        Wish::of_variables(&get, &Wish { method: Some(method), ..Wish::default() }, &mut Vec::new());
    }
    let mut asked = asked.into_inner();
    asked.retain(|name| !NOT_YET.contains(&name.as_str()));
    asked
}
