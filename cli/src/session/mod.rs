//! A conversation with the agent of one node, over SSH or on this machine.

mod agent_binary;
mod anew;
mod channel;
mod conversation;
mod dialogue;
mod elevate;
mod error;
mod fleet;
mod freshly;
mod local;
mod password;
mod plain_cause;
mod refusal;
mod rights;
#[expect(clippy::module_inception, reason = "the main type of the module, in a file named for it")]
mod session;
mod ssh;
mod ssh_options;
mod target;
mod transport;
mod vocabulary;
mod witness;

pub use agent_binary::{AgentBinary, AgentBinaryError};
pub use error::Error;
pub use fleet::{Fleet, close_all, connect_all};
pub use password::Password;
pub use refusal::Refusal;
pub use rights::{BecomeMethod, Rights, Wish, exe, flags, is_password, keep_passwords_secret, user};
pub use session::{Purpose, Session};
pub use target::{Connection, HostKeys, SshTarget, Target, passed_over};
pub(crate) use vocabulary::variables;
pub use witness::Witness;
