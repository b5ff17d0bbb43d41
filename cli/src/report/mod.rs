//! What a person or a program hears of a run: typed events, and those who show them.
//!
//! Data (the plan, the recap, JSON) goes to standard output and talk (progress, failures as they happen) to standard
//! error, so that either can be kept without the other.

mod ad_hoc;
mod bars;
mod data;
mod difference;
mod event;
mod failure;
mod json;
mod junit;
mod lines;
mod open;
mod plan;
mod profile;
mod recap;
mod record;
mod reporter;
mod style;
mod verbosity;

pub use ad_hoc::AdHoc;
pub use bars::Bars;
pub use difference::Detail;
pub use event::{Event, TaskEnd, TaskStatus};
pub use json::Json;
pub use junit::junit;
pub use lines::Lines;
pub use open::Form;
pub use plan::Plan;
pub use profile::profile;
pub use recap::{HostRecap, HostState, Recap, count};
pub use record::{Ended, Record};
pub use reporter::{Reporter, Reports};
pub use style::harmless;
pub use verbosity::Verbosity;
