//! The passwords that were given.

use std::{fmt, sync::RwLock};

use super::{envelope::Envelope, error::Error};

/// The passwords that were given, each with its label.
#[derive(Clone, Default)]
pub struct Keyring {
    keys: Vec<(String, Vec<u8>)>,
}

impl Keyring {
    /// Adds a password.
    pub fn add(&mut self, label: &str, password: Vec<u8>) {
        self.keys.push((label.to_owned(), password));
    }

    /// What was encrypted, by the password of its label if there is one, else by the first that fits.
    pub(super) fn open(&self, envelope: &Envelope) -> Result<Vec<u8>, Error> {
        let label = envelope.label.clone();
        if self.keys.is_empty() {
            return Err(Error::NoPassword { label });
        }
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_by_key(|(of, _)| Some(of) != label.as_ref());
        for (_, password) in keys {
            if let Some(text) = envelope.open(password)? {
                return Ok(text);
            }
        }
        Err(Error::WrongPassword { tried: self.keys.len(), label })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(label, _)| label)).finish()
    }
}

static KEYRING: RwLock<Keyring> = RwLock::new(Keyring { keys: Vec::new() });

/// From now on these are the passwords by which encrypted texts are opened.
pub fn unlock_with(keyring: Keyring) {
    *KEYRING.write().unwrap_or_else(std::sync::PoisonError::into_inner) = keyring;
}

pub(super) fn current() -> Keyring {
    KEYRING.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}
