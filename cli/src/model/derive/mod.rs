//! From services to each node's resources, in the order in which they must be applied.

mod director;
mod gateway;
mod interfaces;
mod marks;
mod network;
mod node;
mod part;
mod real_server;
mod segment;
mod settings;
mod tunnel;
mod vip;

pub(super) use gateway::nat_gateway;
pub(super) use node::nodes;
