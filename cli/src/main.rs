//! The `lvsctl` command.
fn main() {}
