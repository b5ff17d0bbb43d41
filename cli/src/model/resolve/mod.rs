//! From names to hosts and addresses.

mod candidates;
mod directors;
mod members;
mod rip;
mod services;
mod vip_device;

pub(crate) use services::{Resolved, services};
