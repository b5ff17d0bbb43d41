//! What controller and agent say to each other: JSON lines over standard input and output.
//!
//! The controller sends [`Request`]s, the agent answers with [`Event`]s. Both begin with a hello that carries
//! [`PROTOCOL`]; a side that hears another number says so and ends.

mod change;
mod connection;
mod event;
mod facts;
mod lookup;
mod machine_facts;
mod past_run;
mod request;
mod rolled_back;
mod table;

pub use change::{Change, Side};
pub use connection::{Connection, ConnectionFilter, ServerName};
pub use event::{AgentError, Event, Failure, LockHolder, Outcome, Status, Stream, Values};
pub use facts::{Facts, Family, InitSystem, InterfaceFacts, NetworkSystem, PackageManager};
pub use lookup::{Answer, ArpAnswer, Lookup, ProbeResult};
pub use machine_facts::{MachineFacts, RouteFacts};
pub use past_run::{PastRun, is_run_name};
pub use request::{Batch, Hello, Mode, Request, Step};
pub use rolled_back::{Confirmation, RolledBack};
pub use table::{LiveRealServer, LiveService, LiveTable, RealServerStats, Traffic};

/// Version of the protocol. Raised with every change that an older side would not understand.
pub const PROTOCOL: u32 = 4;

/// Longest line either side accepts, in bytes; longer ones end the conversation.
pub const MAX_LINE: usize = 64 << 20;

/// The agent's folder on a node, root's and mode 0700.
pub const NODE_FOLDER: &str = "/var/lib/lvsctl";
