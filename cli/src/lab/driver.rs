//! What runs the nodes. There is one driver, User Mode Linux; where the machine's own kernel has IPVS, network
//! namespaces could be another.

use std::future::Future;

use super::{Error, process::Process, topology::Node};

/// Something that runs nodes.
pub(super) trait Driver {
    /// Starts a node's kernel. It is not waited for.
    fn start(&self, node: &Node) -> impl Future<Output = Result<Process, Error>> + Send;

    /// Asks a running node to reboot, as its operator would.
    fn reboot(&self, node: &Node) -> impl Future<Output = Result<(), Error>> + Send;

    /// Pulls the plug.
    fn power_off(&self, node: &Node, kernel: Process);
}
