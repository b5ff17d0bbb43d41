//! The user's files, places in them, and mistakes shown with their place.

mod code;
mod diagnostic;
mod render;
mod source_file;
mod span;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, did_you_mean};
pub use source_file::{ReadError, Source};
pub use span::Span;
