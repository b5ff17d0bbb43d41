//! A conversation with the agent of one node, over SSH or on this machine.

mod agent_binary;
mod anew;
mod conversation;
mod error;
mod fleet;
mod freshly;
mod local;
#[expect(clippy::module_inception, reason = "the main type of the module, in a file named for it")]
mod session;
mod ssh;
mod ssh_options;
mod target;
mod transport;

pub use agent_binary::{AgentBinary, AgentBinaryError};
pub use error::Error;
pub use fleet::{Fleet, close_all, connect_all};
pub use session::{Purpose, Session};
pub use target::{Connection, HostKeys, SshTarget, Target, passed_over};
