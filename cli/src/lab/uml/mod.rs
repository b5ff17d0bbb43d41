//! User Mode Linux: a Linux kernel that is an ordinary program.

mod console;
mod control;
mod kernel;
mod xstate;

pub(super) use console::Console;
pub(super) use kernel::{KERNEL, Uml, modules};
pub(super) use xstate::{is_needed as needs_compiler, prepare as prepare_registers};
