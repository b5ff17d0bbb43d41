//! YAML with places: every value knows where in which file it stands.
//!
//! Reading goes through an event parser instead of serde, since a mistake that shows only later (a VIP that is some
//! host's own address) must still be shown at its line, and serde's values have no lines. Writing is serde's.

mod fields;
mod node;
mod parse;
mod scalar;

pub use fields::Fields;
pub use node::{Key, Map, Node, Value};
pub use parse::{parse, parse_file};
pub(crate) use scalar::is_plain_text;
pub use serde_yaml::to_string;
