//! Why an encrypted text cannot be decrypted.

use crate::source::{Code, Diagnostic, Span};

/// Why an encrypted text cannot be decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    /// It is not in the vault's form.
    #[error("this encrypted text is damaged: {0}")]
    Damaged(&'static str),
    /// There is no password at all.
    #[error("this is encrypted, and no vault password was given")]
    NoPassword { label: Option<String> },
    /// None of the passwords fits.
    #[error("this is encrypted, and none of the {tried} vault passwords fits")]
    WrongPassword { tried: usize, label: Option<String> },
}

impl Error {
    pub(super) fn into_diagnostic(self, span: &Span) -> Diagnostic {
        let (code, hint) = match &self {
            Self::Damaged(_) => (
                Code::VaultDamaged,
                "it begins with `$ANSIBLE_VAULT;1.1;AES256`, and lines of hexadecimal digits follow".to_owned(),
            ),
            Self::NoPassword { label } | Self::WrongPassword { label, .. } => {
                let id = label.as_deref().unwrap_or("LABEL");
                let hint = match label {
                    None => "give it by --vault-password-file FILE, --ask-vault-pass or ANSIBLE_VAULT_PASSWORD_FILE"
                        .to_owned(),
                    Some(_) => format!("it was encrypted with the id `{id}`: --vault-id {id}@FILE, or {id}@prompt"),
                };
                (Code::VaultPassword, hint)
            }
        };
        Diagnostic::new(code, self.to_string(), span, "").hint(hint)
    }
}
