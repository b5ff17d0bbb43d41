//! Carrying out a playbook on many hosts.
//!
//! Each host goes through a play by itself ([`actor`]); a [`gate`] keeps the hosts of a batch in step (`strategy:
//! linear`), or lets each go at its own pace (`free`), where tasks of which none depends on another's result go to the
//! node in one message. All hosts end a play before the next begins. Who goes on after which failure is [`course`], and
//! `docs/playbooks.md` has it as a table.

mod actor;
mod aftermath;
mod as_user;
mod batches;
mod client_verifier;
mod cluster_site;
mod connection;
mod course;
mod crew;
mod decide;
mod delivery;
mod done;
pub(crate) mod facts;
mod gate;
mod loop_items;
mod magic;
mod memory;
mod message;
mod meta;
mod options;
mod perform;
mod prepare;
mod read_line;
mod readiness;
mod reboot;
mod rehearsal;
mod rights;
#[expect(clippy::module_inception, reason = "the main type of the module, in a file named for it")]
mod run;
#[cfg(test)]
mod scene;
mod scope;
mod scopes;
mod sessions;
mod stage;
mod start;
mod step;
mod stop;
mod table_guard;
mod tally;
mod telling;
#[cfg(test)]
mod tests;
mod tracker;
mod tries;
mod variables;
mod vip_witness;

pub use client_verifier::ClientVerifier;
pub use cluster_site::ClusterSite;
pub use connection::{Broken, Connection, Verdict, Verifier};
pub use crew::{Crew, Dial};
pub use options::Options;
pub use read_line::read_line;
pub use rights::Wishes;
pub use run::Run;
pub use sessions::{close, connect, connect_to_look, leave};
pub use step::{Answer, Step};
pub use stop::Stop;
pub use vip_witness::VipWitness;
