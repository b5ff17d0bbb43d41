//! Carrying out a playbook on many hosts.
//!
//! Plays come one after another; all hosts end one before the next begins. Within a play every host goes at its own
//! pace, and gets all its tasks in one message: what a run costs is a round trip for each play, and not for each task.
//! `docs/playbooks.md` says which hosts go on after which failure.

mod client_verifier;
mod cluster_site;
mod connection;
mod crew;
mod facts;
mod host_play;
mod prepare;
mod readiness;
#[expect(clippy::module_inception, reason = "the main type of the module, in a file named for it")]
mod run;
#[cfg(test)]
mod scene;
mod sessions;
mod site;
mod stop;
mod tally;
#[cfg(test)]
mod tests;
mod tracker;

pub use client_verifier::ClientVerifier;
pub use cluster_site::ClusterSite;
pub use connection::{Connection, Verdict, Verifier};
pub use crew::Crew;
pub use run::Run;
pub use sessions::{close, connect};
pub use site::Site;
pub use stop::Stop;
