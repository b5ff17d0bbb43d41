//! One place that gives a host variables. The layers of a host, weakest first, say why a variable has its value.

use std::fmt;

use super::Vars;

/// The variables that one place gives.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Which place.
    pub origin: Origin,
    /// Its variables, as written.
    pub vars: Vars,
}

/// A place that gives variables; a later variant wins over an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `vars` of a group in the inventory.
    Group(String),
    /// A file of `group_vars`.
    GroupVars(String),
    /// The host's entry in the inventory.
    Host,
    /// A file of `host_vars`.
    HostVars,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "group `{group}` in the inventory"),
            Self::GroupVars(group) => write!(f, "group_vars of `{group}`"),
            Self::Host => f.write_str("the host's entry in the inventory"),
            Self::HostVars => f.write_str("the host's host_vars"),
        }
    }
}
