//! The user's files, places in them, and mistakes shown with their place.

mod code;
mod diagnostic;
mod inputs;
mod render;
mod source_file;
mod span;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, did_you_mean};
pub use inputs::inputs;
pub(crate) use inputs::{note, note_file};
pub use source_file::{ReadError, Source};
pub use span::Span;
