//! What is seen while one template is rendered: values it prints, and undefined ones it looks into.
//!
//! Asking whether a value is true, or comparing it, cannot fail in the engine; for a value that is not defined it must.
//! It is noted here, and the rendering has failed once it is over. Templates are rendered inside of each other, when one
//! asks for a variable that is a template itself: each has a watch of its own, and the innermost sees.

use std::cell::RefCell;

use minijinja::value::Value;

use super::marker::Undefined;

thread_local! {
    static WATCHES: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The value that was printed, its text, and how many were.
    printed: Option<(Value, String)>,
    count: usize,
    /// The last value that a chain did not find. An error right after it, without a name, is about it.
    pub(super) last: Option<Undefined>,
    /// The first value that is not defined and was looked into all the same.
    pub(super) undefined: Option<Undefined>,
}

impl Seen {
    /// Whether nothing was printed.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The value that a template is, where it printed that and nothing else.
    pub(super) fn only(self, result: &str) -> Option<Value> {
        self.printed.filter(|(_, text)| self.count == 1 && text == result).map(|(value, _)| value)
    }
}

/// Watches while a template is rendered.
pub(super) fn watch<T>(render: impl FnOnce() -> T) -> (T, Seen) {
    WATCHES.with_borrow_mut(|watches| watches.push(Seen::default()));
    let result = render();
    let seen = WATCHES.with_borrow_mut(Vec::pop).unwrap_or_default();
    (result, seen)
}

/// How many templates are being rendered inside of each other.
pub(super) fn depth() -> usize {
    WATCHES.with_borrow(Vec::len)
}

/// A value is printed.
pub(super) fn printed(value: &Value, text: &str) {
    WATCHES.with_borrow_mut(|watches| {
        if let Some(seen) = watches.last_mut() {
            seen.count += 1;
            seen.printed = (seen.count == 1).then(|| (value.clone(), text.to_owned()));
        }
    });
}

/// A chain ends with a value that is not defined, which may be asked whether it is.
pub(super) fn came_to(undefined: &Undefined) {
    WATCHES.with_borrow_mut(|watches| {
        if let Some(seen) = watches.last_mut() {
            seen.last = Some(undefined.clone());
        }
    });
}

/// A value that is not defined is looked into.
pub(super) fn looked_into(undefined: &Undefined) {
    WATCHES.with_borrow_mut(|watches| {
        if let Some(seen) = watches.last_mut() {
            seen.undefined.get_or_insert_with(|| undefined.clone());
        }
    });
}
