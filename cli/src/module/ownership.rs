//! Owner, group and mode of a file, which several modules take.

use lvs_agent::state::Mode;

use super::arguments::Arguments;
use crate::{
    source::Diagnostic,
    yaml::{Node, Value},
};

/// Owner, group and mode of a file; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ownership {
    pub(super) owner: Option<String>,
    pub(super) group: Option<String>,
    pub(super) mode: Option<Mode>,
}

impl Ownership {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let mode = from.optional(&["mode"], mode);
        Self::with_mode(from, mode)
    }

    /// The same where the mode has been read.
    pub(super) fn with_mode(from: &mut Arguments<'_>, mode: Option<Mode>) -> Self {
        from.refuse(
            &["attributes", "attr", "selevel", "serole", "setype", "seuser"],
            "lvsctl sets owner, group and mode; use `command` with chattr or chcon",
        );
        if from.flag(&["unsafe_writes"]) == Some(true) {
            from.reject("unsafe_writes", "`unsafe_writes: true` is not possible", "files are replaced atomically");
        }
        Self { owner: from.text(&["owner"]), group: from.text(&["group"]), mode }
    }
}

/// Permission bits: `0644`, `"0644"`, `"644"`, `u=rw,g=r`. The number 644 is decimal in YAML and surely not what was
/// meant.
pub(super) fn mode(node: &Node) -> Result<Mode, Diagnostic> {
    let hint = "write it as \"0644\" or \"u=rw,g=r,o=r\"";
    let bits = match &node.value {
        Value::Int(number) => {
            let written = node.span.text();
            if *number != 0 && written.starts_with(|c: char| ('1'..='9').contains(&c)) {
                let title = format!("the mode {written} is a decimal number: as permissions it is {number:04o}");
                return Err(node.wrong_value(title).hint(format!("write it as \"0{written}\"")));
            }
            u32::try_from(*number).ok()
        }
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            u32::from_str_radix(text.trim_start_matches("0o"), 8).ok()
        }
        Value::String(text) => {
            let symbolic = text.parse().map(Mode::Symbolic);
            return symbolic.map_err(|_| node.wrong_value("not a mode in octal digits or letters").hint(hint));
        }
        _ => return Err(node.wrong_type("a mode").hint(hint)),
    };
    bits.filter(|bits| *bits <= 0o7777)
        .map(Mode::Bits)
        .ok_or_else(|| node.wrong_value("not a mode in octal digits").hint(hint))
}
