//! What a person or a program hears of a run: typed events, and those who show them.
//!
//! Data (the plan, the recap, JSON) goes to standard output and talk (progress, failures as they happen) to standard
//! error, so that either can be kept without the other.

mod bars;
mod difference;
mod event;
mod failure;
mod json;
mod lines;
mod open;
mod plan;
mod recap;
mod reporter;
mod style;

pub use bars::Bars;
pub use difference::Detail;
pub use event::{Event, TaskEnd, TaskStatus};
pub use json::Json;
pub use lines::Lines;
pub use open::Form;
pub use plan::Plan;
pub use recap::{HostRecap, HostState, Recap, count};
pub use reporter::{Reporter, Reports};
