//! A plan that was kept in a file (`plan --out`), to be done exactly as it was shown (`apply FILE`), or not at all.
//!
//! It holds no file's content: of what it was made, and of what would be changed inside files, there are digests under a key of
//! the plan's own. What `plan` shows on one line is in it as it was shown, with secrets masked.

mod compare;
mod digest;
mod document;
mod file;

pub use compare::Deviation;
pub use digest::Key;
pub use document::{PlanFile, Planned, PlannedChange, PlannedSide, Request, VERSION};
pub use file::looks_like_one;
