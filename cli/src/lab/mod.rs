//! A cluster on this machine, for the first try, for learning, and for the tests: `lvsctl lab`.
//!
//! Nodes are real Linux kernels ([`uml`]) on private networks ([`namespace`]). To the rest of lvsctl they are hosts like
//! any other, reached by ssh through the files that [`ssh`] and [`inventory`] write.

pub mod args;
mod commands;
mod driver;
mod error;
mod image;
mod inventory;
mod lock;
mod namespace;
mod paths;
mod power;
mod process;
mod progress;
mod relay;
mod require;
mod run;
mod seed;
mod ssh;
mod state;
mod status;
mod tool;
mod topology;
mod uml;
mod up;

pub use error::Error;
pub use run::run;
