//! Digests under a key of the plan's own: two plans of the same files have nothing in common that could be looked up.

use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
};

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Rounds for what is short and may be a password: variables of the command line.
const ROUNDS: u32 = 100_000;

/// The key of one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A new one, by chance.
    pub fn new() -> io::Result<Self> {
        let mut bytes = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(hex(&bytes)))
    }

    pub(super) fn of_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The digest of a text or of a file's digest.
    pub(super) fn digest(&self, bytes: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.0.as_bytes()).expect("a key of any length is taken");
        mac.update(bytes);
        hex(&mac.finalize().into_bytes())
    }

    /// The same for what is short and could be guessed.
    pub(super) fn slow_digest(&self, bytes: &[u8]) -> String {
        let mut digest = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(bytes, self.0.as_bytes(), ROUNDS, &mut digest);
        hex(&digest)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
