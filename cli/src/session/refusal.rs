//! Why somebody did not become root: from what sudo, doas and su say (in English, which they are asked for).

use super::BecomeMethod;

/// Why somebody did not become root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The password was refused.
    #[error("the password is wrong")]
    WrongPassword,
    /// A password was asked for, and there is none.
    #[error("a password is asked for, and none is given")]
    NoPassword,
    /// The user may not.
    #[error("the user may not do that: {said}")]
    NotAllowed {
        /// What it said.
        said: String,
    },
    /// The password, or the account, is too old.
    #[error("the password or the account has expired: {said}")]
    Expired {
        /// What it said.
        said: String,
    },
    /// The program is not there.
    #[error("there is no such program on the node")]
    Missing,
    /// It works on a terminal only.
    #[error("it wants a terminal: {said}")]
    NeedsTerminal {
        /// What it said.
        said: String,
    },
    /// The node gives no terminal.
    #[error("it reads passwords from a terminal only, and the node's sshd gives none")]
    NoTerminal,
    /// Somebody could write to the terminal.
    #[error("somebody else on the node has opened the terminal that it needs, and could write to it")]
    Shared,
    /// It asks for something that we do not understand, or does nothing.
    #[error("it neither went on nor asked for a password{}", after(said))]
    Silent {
        /// What it said.
        said: String,
    },
    /// Anything else.
    #[error("{}{}", ended(*status), after(said))]
    Other {
        /// How it ended.
        status: Option<i32>,
        /// What it said.
        said: String,
    },
}

/// What a part of it means; the whole is told with it.
type Meaning = fn(String) -> Refusal;

/// Parts of what they say, and what it means. The first that fits counts.
const SAYINGS: [(&str, Meaning); 24] = [
    ("-shared", |_| Refusal::Shared),
    ("-missing", |_| Refusal::Missing),
    ("-terminal", |_| Refusal::NoTerminal),
    ("is not in the sudoers file", |said| Refusal::NotAllowed { said }),
    ("is not allowed to", |said| Refusal::NotAllowed { said }),
    ("may not run sudo", |said| Refusal::NotAllowed { said }),
    ("Operation not permitted", |said| Refusal::NotAllowed { said }),
    ("Permission denied", |said| Refusal::NotAllowed { said }),
    ("must have a tty", |said| Refusal::NeedsTerminal { said }),
    ("a tty is required", |said| Refusal::NeedsTerminal { said }),
    ("must be run from a terminal", |said| Refusal::NeedsTerminal { said }),
    ("required to change your password", |said| Refusal::Expired { said }),
    ("has expired", |said| Refusal::Expired { said }),
    ("is expired", |said| Refusal::Expired { said }),
    ("account validation failure", |said| Refusal::Expired { said }),
    ("Sorry, try again", |_| Refusal::WrongPassword),
    ("incorrect password attempt", |_| Refusal::WrongPassword),
    ("Authentication fail", |_| Refusal::WrongPassword),
    ("Authorization failed", |_| Refusal::WrongPassword),
    ("incorrect password", |_| Refusal::WrongPassword),
    ("a password is required", |_| Refusal::NoPassword),
    ("no password was provided", |_| Refusal::NoPassword),
    ("Authentication required", |_| Refusal::NoPassword),
    ("Authorization required", |_| Refusal::NoPassword),
];

impl Refusal {
    /// What their words mean, where that is known. A wrong password can only be one that was typed.
    pub(super) fn of(said: &str, method: BecomeMethod, is_typed: bool) -> Option<Self> {
        let (_, refusal) = SAYINGS.iter().find(|(part, _)| said.contains(part))?;
        Some(match refusal(said.to_owned()) {
            Self::WrongPassword if !is_typed => Self::NoPassword,
            // Another program's trouble with a file is not a word on the user.
            Self::NotAllowed { said } if method == BecomeMethod::Sudo && said.contains("Permission denied") => {
                Self::Other { status: None, said }
            }
            refusal => refusal,
        })
    }

    /// What the reader might do.
    pub(super) fn hint(&self, method: BecomeMethod) -> String {
        let whose = if method == BecomeMethod::Su { "root's" } else { "the user's own" };
        let give = "with --ask-become-pass (-K), --become-password-file, or `ansible_become_password` in a vault";
        match self {
            Self::WrongPassword => format!("{} asks for {whose} password; give it {give}", method.name()),
            Self::NoPassword => format!("give {whose} password {give}"),
            Self::NotAllowed { .. } => match method {
                BecomeMethod::Sudo => "let the user run /bin/sh as root in sudoers(5)".to_owned(),
                BecomeMethod::Doas => "let the user become root in doas.conf(5)".to_owned(),
                BecomeMethod::Su => "see who may use su: pam_wheel(8)".to_owned(),
            },
            Self::Expired { .. } => "log in by hand, and set a new password".to_owned(),
            Self::Missing => "install it, say by `ansible_become_method` (sudo, doas, su) what there is, or by \
                 `ansible_become_exe` where it is; or log in as root"
                .to_owned(),
            Self::NeedsTerminal { .. } | Self::NoTerminal => {
                "let sshd give the user a terminal (PermitTTY), or the user become root without a password".to_owned()
            }
            Self::Shared => "see who writes to the terminals of others there, and try again".to_owned(),
            Self::Silent { .. } | Self::Other { .. } => {
                let command = match method {
                    BecomeMethod::Sudo => "sudo true",
                    BecomeMethod::Doas => "doas true",
                    BecomeMethod::Su => "su -c true",
                };
                format!("log in by hand and try `{command}`")
            }
        }
    }
}

fn ended(status: Option<i32>) -> String {
    status.map_or_else(|| "it was given up".to_owned(), |status| format!("it ended with exit status {status}"))
}

fn after(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it said: {said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_say_is_understood() {
        let of = |said: &str, typed| Refusal::of(said, BecomeMethod::Sudo, typed);
        assert_eq!(of("sudo: 1 incorrect password attempt", true), Some(Refusal::WrongPassword));
        assert_eq!(of("sudo: no password was provided", false), Some(Refusal::NoPassword));
        assert!(matches!(
            of("Sorry, user eve is not allowed to execute '/bin/sh' as root on web1.", true),
            Some(Refusal::NotAllowed { .. })
        ));
        assert!(matches!(
            of("sudo: sorry, you must have a tty to run sudo", false),
            Some(Refusal::NeedsTerminal { .. })
        ));
        assert_eq!(of("sudo: unable to resolve host web1", false), None);
        let of = |method, said: &str| Refusal::of(said, method, true);
        assert_eq!(of(BecomeMethod::Su, "su: Authentication failure"), Some(Refusal::WrongPassword));
        assert_eq!(of(BecomeMethod::Doas, "doas: Authentication failed"), Some(Refusal::WrongPassword));
        assert!(matches!(of(BecomeMethod::Doas, "doas: Operation not permitted"), Some(Refusal::NotAllowed { .. })));
    }
}
