//! Bringing a resource to its desired state: one path for every kind of it.

/// One kind of resource and how it is brought to its desired state.
///
/// The engine alone walks the path: `query`, `diff` (check mode stops here), journal with `undo`, `apply`, `query`
/// again, and `diff` again, which must be empty.
pub trait Converge {
    /// What is on the node now.
    type Live;

    /// Reads what is on the node now. Changes nothing.
    fn query(&self) -> Result<Self::Live, crate::wire::Failure>;

    /// What differs. Pure.
    fn diff(&self, live: &Self::Live) -> Vec<crate::wire::Change>;

    /// Makes the difference go away. `output` takes the lines of a command as they come.
    fn apply(
        &self,
        live: &Self::Live,
        output: &mut dyn FnMut(crate::wire::Stream, &str),
    ) -> Result<(), crate::wire::Failure>;

    /// The resources that, applied in order, put `live` back. Pure. Empty where there is nothing to take back.
    fn undo(&self, live: &Self::Live) -> Vec<crate::state::Resource>;
}
