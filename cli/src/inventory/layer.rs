//! One place that gives a host variables. The layers of a host, weakest first, say why a variable has its value.

use std::fmt;

use super::Vars;
use crate::yaml::Node;

/// The variables that one place gives.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Which place.
    pub origin: Origin,
    /// Its variables, as written.
    pub vars: Vars,
    /// What stood there, too, and had a later value put in its place: a host may be named in several files.
    pub replaced: Vec<(String, Node)>,
}

/// A place that gives variables; a later variant wins over an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `vars` of a group in the inventory.
    Group(String),
    /// A file of `group_vars` beside the inventory.
    GroupVars(String),
    /// A file of `group_vars` beside the playbook.
    PlaybookGroupVars(String),
    /// The host's entry in the inventory.
    Host,
    /// A file of `host_vars` beside the inventory.
    HostVars,
    /// A file of `host_vars` beside the playbook.
    PlaybookHostVars,
    /// `--extra-vars`.
    ExtraVars,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "group `{group}` in the inventory"),
            Self::GroupVars(group) => write!(f, "group_vars of `{group}`"),
            Self::PlaybookGroupVars(group) => write!(f, "group_vars of `{group}` beside the playbook"),
            Self::Host => f.write_str("the host's entry in the inventory"),
            Self::HostVars => f.write_str("the host's host_vars"),
            Self::PlaybookHostVars => f.write_str("the host's host_vars beside the playbook"),
            Self::ExtraVars => f.write_str("the command line (--extra-vars)"),
        }
    }
}
