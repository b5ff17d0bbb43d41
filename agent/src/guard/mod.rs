//! No lock-out: changes that may cut the connection are taken back unless the controller confirms them.
//!
//! Before the first such change the agent writes down what the network is like ([`Snapshot`]), arms the run ([`Armed`])
//! and starts a *guardian*: a process of its own, in its own session, that holds the node's lock with it. When the change
//! is made the agent waits for the guardian to end. The controller connects afresh, not through the connection that it
//! has, since an open connection survives what would lock everybody else out, and confirms; then the guardian ends and
//! the run goes on. If nobody confirms in time, because the node cannot be reached, the controller was killed or the
//! network was cut, the guardian takes back everything that the run did on this node ([`roll_back`]).
//!
//! A guardian that dies too, in a power cut, leaves the record of what is armed, and the next session resolves it first.

mod armed;
mod firewall;
mod guardian;
mod handle;
mod roll_back;
mod snapshot;
mod socket;

pub(crate) use armed::Armed;
pub use guardian::guard;
pub(crate) use handle::Guard;
pub(crate) use roll_back::{last_rolled_back, resolve, told};
use snapshot::Snapshot;
pub(crate) use socket::give_up;
pub use socket::{CONFIRM, REFUSE, answer};
