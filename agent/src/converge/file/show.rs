//! What is at a path, as a side of a change.

use super::What;
use crate::{
    node::Attributes,
    wire::{Side, Values},
};

/// Largest text shown in a diff, in bytes.
const MAX_TEXT: usize = 256 << 10;

/// What is at a path, as a side of a change.
pub(super) fn side(what: &What, is_sensitive: bool) -> Side {
    match what {
        What::Nothing => Side::Absent,
        What::Folder { .. } | What::Large | What::Special => Side::Present,
        What::Symlink(target) => link_side(target),
        What::Regular(content) => text_side(content, is_sensitive),
    }
}

/// A symbolic link.
pub(super) fn link_side(target: &str) -> Side {
    Side::Value(format!("link to {target}"))
}

/// The content of a file, where it can and may be shown.
pub(in crate::converge) fn text_side(content: &[u8], is_sensitive: bool) -> Side {
    let hidden = |why: &str| Side::Hidden { why: why.to_owned() };
    match std::str::from_utf8(content) {
        _ if is_sensitive => hidden("secret"),
        Err(_) => hidden("binary"),
        Ok(text) if text.contains('\0') => hidden("binary"),
        Ok(text) if text.len() > MAX_TEXT => hidden("too long"),
        Ok(text) => Side::Text(text.to_owned()),
    }
}

/// Whose something is and who may use it, under Ansible's names.
pub(in crate::converge) fn attributes_into(values: &mut Values, has: Attributes, owner: &str, group: &str, size: u64) {
    values.insert("mode".to_owned(), format!("0{:03o}", has.mode).into());
    values.insert("owner".to_owned(), owner.into());
    values.insert("group".to_owned(), group.into());
    values.insert("uid".to_owned(), has.uid.into());
    values.insert("gid".to_owned(), has.gid.into());
    values.insert("size".to_owned(), size.into());
}

/// Permission bits as chmod(1) takes them.
pub(super) fn mode(mode: u32) -> String {
    format!("{mode:04o}")
}
