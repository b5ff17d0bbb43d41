//! A password that is typed for somebody, to become another user. It is shown nowhere.

use std::{fmt, sync::Arc};

use crate::vault;

/// A password. It goes to the node over the connection's standard input, and is masked wherever something is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Arc<str>);

impl Password {
    /// A password of one line; `None` where it has a control character, which no prompt would take as it is.
    pub fn new(text: &str) -> Option<Self> {
        // Also of a text that is none: it is in a place where a password belongs.
        vault::keep_text_secret(text);
        (!text.is_empty() && !text.contains(char::is_control)).then(|| Self(text.into()))
    }

    /// As it is typed at a prompt.
    pub(super) fn line(&self) -> Vec<u8> {
        [self.0.as_bytes(), b"\n"].concat()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(********)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_and_shown_nowhere() {
        let password = Password::new("käse 'n' $HOME").unwrap();
        assert_eq!(password.line(), "käse 'n' $HOME\n".as_bytes());
        assert_eq!(format!("{password:?}"), "Password(********)");
        assert_eq!(vault::mask("it is käse 'n' $HOME."), "it is ********.");
        assert_eq!((Password::new("two\nlines"), Password::new("")), (None, None));
    }
}
