//! A single value that is encrypted: `!vault`.

use std::{fmt, sync::OnceLock};

use super::{
    envelope::Envelope,
    keyring,
    secrets::{self},
};
use crate::source::{Diagnostic, Span};

/// A value that is encrypted. It is decrypted when something first asks for its text.
pub struct Encrypted {
    ciphertext: String,
    span: Span,
    text: OnceLock<String>,
}

impl Encrypted {
    /// The text after `!vault`, as written there.
    pub fn new(ciphertext: String, span: Span) -> Self {
        Self { ciphertext, span, text: OnceLock::new() }
    }

    /// As it stands in the file.
    pub fn ciphertext(&self) -> &str {
        &self.ciphertext
    }

    /// What was encrypted. From now on it is not printed.
    pub fn text(&self) -> Result<&str, Diagnostic> {
        if let Some(text) = self.text.get() {
            return Ok(text);
        }
        let open = || -> Result<String, super::error::Error> {
            let bytes = keyring::current().open(&Envelope::read(&self.ciphertext)?)?;
            String::from_utf8(bytes).map_err(|_| super::error::Error::Damaged("what was encrypted is not text"))
        };
        let text = open().map_err(|error| error.into_diagnostic(&self.span))?;
        secrets::keep_text_secret(&text);
        Ok(self.text.get_or_init(|| text))
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encrypted({})", self.span)
    }
}
