//! Users, groups and the name of the node.

use serde::{Deserialize, Serialize};

use super::Presence;

/// A user in `/etc/passwd`. What is `None` is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of Ansible's, and they are independent")]
pub struct User {
    /// Name.
    pub name: String,
    /// Whether it should be there.
    pub state: Presence,
    /// Number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Primary group by name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Further groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Groups that are not named stay.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Login shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Home folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The home folder of a new user is made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub create_home: bool,
    /// The home folder is moved to where it should be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub move_home: bool,
    /// A new user gets a number of those for the system.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub system: bool,
    /// The hash of the password, as in `/etc/shadow`. It is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The password of a user that is there stays.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_password: bool,
    /// The home folder goes with the user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remove: bool,
    /// The number may be another user's, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub non_unique: bool,
}

/// A group in `/etc/group`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Whether it should be there.
    pub state: Presence,
    /// Number; `None` leaves it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// A new group gets a number of those for the system.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub system: bool,
    /// The number may be another group's, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub non_unique: bool,
}

/// The name of the node, in the running kernel and in `/etc/hostname`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hostname {
    /// The name.
    pub name: String,
}
