//! The `lvs-agent` command.
fn main() {}
