//! What a node keeps to be, after a boot and without a controller, what the last run made it.
//!
//! A run leaves a file of resources for each stage in the agent's folder, and `lvs-agent restore` brings the node to
//! them. They are the resources of the run itself, so that the two cannot differ.

/// The folder below [`NODE_FOLDER`](crate::wire::NODE_FOLDER).
pub const BOOT_FOLDER: &str = "boot";

/// The agent's program in that folder: a symbolic link to the one that the last run spoke to, which understands the files.
pub const BOOT_AGENT: &str = "agent";

/// The file of the node's own devices, addresses and routes.
pub const BOOT_NETWORK: &str = "network.json";

/// The file of what makes it a real server.
pub const BOOT_REAL_SERVER: &str = "real_server.json";

/// The file of what makes it a director.
pub const BOOT_DIRECTOR: &str = "director.json";

/// The files in the order in which they are gone through, each a list of [`Resource`](super::Resource)s.
pub const BOOT_FILES: [&str; 3] = [BOOT_NETWORK, BOOT_REAL_SERVER, BOOT_DIRECTOR];
