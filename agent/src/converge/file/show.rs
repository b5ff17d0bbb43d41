//! What is at a path, as a side of a change.

use super::What;
use crate::wire::Side;

/// Largest text shown in a diff, in bytes.
const MAX_TEXT: usize = 256 << 10;

/// What is at a path, as a side of a change.
pub(super) fn side(what: &What, is_sensitive: bool) -> Side {
    match what {
        What::Nothing => Side::Absent,
        What::Folder { .. } => Side::Present,
        What::Symlink(target) => link_side(target),
        What::Regular(content) => text_side(content, is_sensitive),
    }
}

/// A symbolic link.
pub(super) fn link_side(target: &str) -> Side {
    Side::Value(format!("link to {target}"))
}

/// The content of a file, where it can and may be shown.
pub(super) fn text_side(content: &[u8], is_sensitive: bool) -> Side {
    let hidden = |why: &str| Side::Hidden { why: why.to_owned() };
    match std::str::from_utf8(content) {
        _ if is_sensitive => hidden("secret"),
        Err(_) => hidden("binary"),
        Ok(text) if text.contains('\0') => hidden("binary"),
        Ok(text) if text.len() > MAX_TEXT => hidden("too long"),
        Ok(text) => Side::Text(text.to_owned()),
    }
}

/// Permission bits as chmod(1) takes them.
pub(super) fn mode(mode: u32) -> String {
    format!("{mode:04o}")
}
