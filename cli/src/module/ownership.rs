//! Owner, group and mode of a file, which several modules take.

use crate::{
    source::Diagnostic,
    yaml::{Node, Value},
};

use super::arguments::Arguments;

/// Owner, group and mode of a file; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ownership {
    pub(super) owner: Option<String>,
    pub(super) group: Option<String>,
    pub(super) mode: Option<u32>,
}

impl Ownership {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        Self { owner: from.text(&["owner"]), group: from.text(&["group"]), mode: from.optional(&["mode"], mode) }
    }
}

/// Permission bits: `0644`, `"0644"`, `"644"`. The number 644 is decimal in YAML and surely not what was meant.
fn mode(node: &Node) -> Result<u32, Diagnostic> {
    let hint = "write it as \"0644\"";
    let mode = match &node.value {
        Value::Int(number) => {
            let written = node.span.text();
            if *number != 0 && written.starts_with(|c: char| ('1'..='9').contains(&c)) {
                let title = format!("the mode {written} is a decimal number: as permissions it is {number:04o}");
                return Err(node.wrong_value(title).hint(format!("write it as \"0{written}\"")));
            }
            u32::try_from(*number).ok()
        }
        Value::String(text) => u32::from_str_radix(text.trim_start_matches("0o"), 8).ok(),
        _ => return Err(node.wrong_type("a mode").hint(hint)),
    };
    mode.filter(|mode| *mode <= 0o7777).ok_or_else(|| node.wrong_value("not a mode in octal digits").hint(hint))
}
