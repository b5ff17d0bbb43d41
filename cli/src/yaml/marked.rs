//! Text with a mark: `!unsafe`, `!vault`, and points in time.

use crate::{source::Diagnostic, vault::Encrypted};

/// Text with a mark.
#[derive(Debug)]
pub enum Marked {
    /// `!unsafe`: text that is no template, whatever is in it.
    Unsafe(String),
    /// `!vault`: text that is decrypted when something asks for it.
    Vault(Encrypted),
    /// A date, or a date with a time.
    Time {
        /// In the form of ISO 8601, as in JSON.
        json: String,
        /// As a template prints it.
        text: String,
        /// As Python writes it in a list.
        python: String,
    },
}

impl Marked {
    /// The text. An encrypted one is decrypted, which needs its password.
    pub fn text(&self) -> Result<&str, Diagnostic> {
        match self {
            Self::Unsafe(text) | Self::Time { text, .. } => Ok(text),
            Self::Vault(encrypted) => encrypted.text(),
        }
    }

    /// Whether templates in it are rendered. An encrypted one that cannot be decrypted has none.
    pub fn may_be_template(&self) -> bool {
        matches!(self, Self::Vault(_))
    }

    /// What it is, for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unsafe(_) => "text",
            Self::Vault(_) => "an encrypted value",
            Self::Time { .. } => "a date",
        }
    }
}
