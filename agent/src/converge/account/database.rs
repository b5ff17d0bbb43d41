//! `/etc/passwd`, `/etc/group` and `/etc/shadow` as they are now (passwd(5), group(5), shadow(5)).

use std::collections::BTreeSet;

use crate::node::Root;

/// A user as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserEntry {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) comment: String,
    pub(super) home: String,
    pub(super) shell: String,
}

/// A group as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroupEntry {
    pub(super) name: String,
    pub(super) gid: u32,
    pub(super) members: BTreeSet<String>,
}

pub(super) fn user(root: &Root, name: &str) -> Option<UserEntry> {
    let text = read(root, "/etc/passwd");
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, uid, gid, comment, home, shell] = fields[..] else { return None };
        (found == name).then_some(())?;
        Some(UserEntry {
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            comment: comment.to_owned(),
            home: home.to_owned(),
            shell: shell.to_owned(),
        })
    })
}

pub(super) fn groups(root: &Root) -> Vec<GroupEntry> {
    let text = read(root, "/etc/group");
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields[..] else { return None };
        let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
        Some(GroupEntry { name: name.to_owned(), gid: gid.parse().ok()?, members })
    };
    text.lines().filter_map(group).collect()
}

/// The hash of a user's password.
pub(super) fn password(root: &Root, name: &str) -> Option<String> {
    read(root, "/etc/shadow").lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.next().unwrap_or_default().to_owned())
    })
}

fn read(root: &Root, path: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(root.path(path)).unwrap_or_default()).into_owned()
}
