//! A value from the inventory with its place, so that a check that comes later can still point at it.

use crate::source::Span;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it stands.
    pub(crate) span: Span,
}

impl<T> Placed<T> {
    /// A value with its place.
    pub(crate) fn new(value: T, span: &Span) -> Self {
        Self { value, span: span.clone() }
    }
}
