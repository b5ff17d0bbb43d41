//! The cluster model: from the services of an inventory to what each node must be.
//!
//! A pure function, in four steps: *read* the variables, *resolve* names to hosts and addresses, *validate* what the
//! kernel would accept without a word, and *derive* each node's resources in the order in which they must be applied.
//! All knowledge of LVS stands here, once. `docs/model.md` says where each known pitfall is dealt with.

mod check;
mod cluster;
mod derive;
mod groups;
mod hosts;
mod interface;
mod mistakes;
mod node;
mod placed;
mod read;
mod resolve;
mod service;
mod validate;
pub(crate) mod vocabulary;

pub use check::Check;
pub use cluster::Cluster;
pub use groups::Groups;
pub use interface::{Interface, InterfaceRoute};
pub use node::{Node, Role};
pub use service::{Service, ServiceMember, ServiceVip};

use hosts::Hosts;
use mistakes::Mistakes;
use placed::Placed;
