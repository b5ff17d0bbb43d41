//! Ansible's vault: files and single values that are encrypted, and what is kept from being printed because of that.
//!
//! The passwords, and the texts that were decrypted, are the process's own and not a parameter: a value is decrypted
//! where something first uses it, which may be a template in a task long after it was read, and what must not be
//! printed must be known wherever something is printed.

mod encrypted;
mod envelope;
mod error;
mod file;
mod keyring;
mod password_source;
mod secrets;

pub use encrypted::Encrypted;
pub use file::read;
pub use keyring::{Keyring, unlock_with};
pub use password_source::{PasswordError, PasswordSource};
pub use secrets::{keep_secret, keep_text_secret, mask};
