//! YAML with places: every value knows where in which file it stands.
//!
//! Reading goes through an event parser instead of serde, since a mistake that shows only later (a VIP that is some
//! host's own address) must still be shown at its line, and serde's values have no lines.

mod fields;
mod json;
mod marked;
mod node;
mod parse;
mod scalar;
mod timestamp;
mod write;

pub use fields::Fields;
pub(crate) use fields::keys_asked_for;
pub use json::parse_json;
pub use marked::Marked;
pub use node::{Key, Map, Node, Value};
pub use parse::{parse, parse_file, parse_leniently};
pub(crate) use scalar::{as_written, is_plain_text, is_text};
pub use write::to_string;
