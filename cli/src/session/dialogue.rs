//! What sudo, doas and su say until a shell of root's answers: pure.
//!
//! sudo asks with a prompt of ours, so that nothing that a login shell or a banner prints is taken for it; doas and su
//! have prompts of their own, which are told in English (`LC_ALL=C`). The shell that has become root says so in a line
//! with a word that nobody could have known before.

use super::{BecomeMethod, refusal::Refusal};

/// Most that may come before root answers, in bytes: banners, a lecture.
const MOST: usize = 64 * 1024;

/// What our own shells say, at the end of a line, where it is of no use to go on.
const WORDS: [&str; 3] = ["-missing", "-terminal", "-shared"];

/// What is said until somebody is root.
#[derive(Debug)]
pub(super) struct Dialogue {
    method: BecomeMethod,
    has_password: bool,
    word: String,
    is_sent: bool,
    /// How much of each stream the last prompt was seen in.
    answered: [usize; 2],
    said: [Vec<u8>; 2],
}

/// Which stream something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Output,
    Errors,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Go on reading.
    Listen,
    /// Type the password.
    Type,
    /// It is root who answers. What came after that is the beginning of what root says.
    Root { rest: Vec<u8> },
    /// It cannot be done.
    GiveUp(Refusal),
}

impl Dialogue {
    /// `word` is in everything that is ours.
    pub(super) fn new(method: BecomeMethod, has_password: bool, word: &str) -> Self {
        let word = word.to_owned();
        Self { method, has_password, word, is_sent: false, answered: [0; 2], said: [Vec::new(), Vec::new()] }
    }

    /// What sudo asks with.
    pub(super) fn prompt(&self) -> String {
        format!("{}-password:", self.word)
    }

    /// The line by which root answers.
    fn answer(&self) -> String {
        format!("{}-root", self.word)
    }

    /// What the first shell says of who has logged in.
    pub(super) fn login(&self) -> String {
        let mark = format!("{}-login ", self.word);
        let said = String::from_utf8_lossy(&self.said[0]).into_owned();
        let name = said.lines().find_map(|line| line.split(&mark).nth(1)).unwrap_or_default();
        name.chars().filter(|c| !c.is_control()).take(64).collect()
    }

    /// Something was said.
    pub(super) fn hear(&mut self, from: From, bytes: &[u8]) -> Next {
        let which = from as usize;
        self.said[which].extend_from_slice(bytes);
        if from == From::Output
            && let Some(rest) = self.after_answer()
        {
            return Next::Root { rest };
        }
        if self.said[which].len() > MOST {
            return Next::GiveUp(Refusal::Other {
                status: None,
                said: "it says more than anybody would read".to_owned(),
            });
        }
        if !self.is_asked(which) {
            return Next::Listen;
        }
        self.answered[which] = self.said[which].len();
        if self.is_sent {
            // It asks again, or for a new one.
            return Next::GiveUp(Refusal::of(&self.text(), self.method, true).unwrap_or(Refusal::WrongPassword));
        }
        if !self.has_password {
            return Next::GiveUp(Refusal::NoPassword);
        }
        self.is_sent = true;
        Next::Type
    }

    /// It ended, and nobody is root.
    pub(super) fn ended(&self, status: Option<i32>) -> Refusal {
        let text = self.text();
        Refusal::of(&text, self.method, self.is_sent).unwrap_or(Refusal::Other { status, said: text })
    }

    /// Nothing more came.
    pub(super) fn silent(&self) -> Refusal {
        Refusal::of(&self.text(), self.method, self.is_sent).unwrap_or(Refusal::Silent { said: self.text() })
    }

    fn after_answer(&self) -> Option<Vec<u8>> {
        let said = &self.said[From::Output as usize];
        let answer = self.answer();
        let start = said.windows(answer.len()).position(|part| part == answer.as_bytes())? + answer.len();
        let line = said[start..].iter().position(|byte| *byte == b'\n')?;
        Some(said[start + line + 1..].to_vec())
    }

    /// Whether a prompt stands at the end, to which nothing was answered yet.
    fn is_asked(&self, which: usize) -> bool {
        let text = String::from_utf8_lossy(&self.said[which][self.answered[which]..]).into_owned();
        match self.method {
            BecomeMethod::Sudo => text.contains(&self.prompt()),
            BecomeMethod::Doas | BecomeMethod::Su => text.trim_end_matches(' ').to_lowercase().ends_with("password:"),
        }
    }

    /// The last lines, for people: without what is ours, and without prompts.
    fn text(&self) -> String {
        let all: Vec<String> = self.said.iter().map(|said| String::from_utf8_lossy(said).into_owned()).collect();
        let prompt = self.prompt();
        let lines: Vec<String> = all
            .iter()
            .flat_map(|said| said.lines())
            .map(|line| line.replace(&prompt, "").replace(char::is_control, " ").trim().to_owned())
            .filter(|line| !line.is_empty() && !line.to_lowercase().ends_with("password:"))
            .filter(|line| !line.contains(&self.word) || WORDS.iter().any(|word| line.ends_with(word)))
            .collect();
        lines[lines.len().saturating_sub(4)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialogue(method: BecomeMethod, has_password: bool) -> Dialogue {
        Dialogue::new(method, has_password, "lvsctl-1f")
    }

    #[test]
    fn root_answers_after_the_password_whatever_was_said_before() {
        let mut sudo = dialogue(BecomeMethod::Sudo, true);
        assert_eq!(sudo.hear(From::Output, b"Welcome!\nPassword: \nlvsctl-1f-login al"), Next::Listen);
        assert_eq!(sudo.hear(From::Output, b"ice\r\n"), Next::Listen);
        let lecture = b"We trust you have received the usual lecture.\n    #1) Respect the privacy of others.\n";
        assert_eq!(sudo.hear(From::Errors, lecture), Next::Listen);
        assert_eq!(sudo.hear(From::Errors, b"lvsctl-1f-pass"), Next::Listen);
        assert_eq!(sudo.hear(From::Errors, b"word:"), Next::Type);
        assert_eq!(sudo.hear(From::Output, b"lvsctl-1f-ro"), Next::Listen);
        let rest = b"{\"hello\"".to_vec();
        assert_eq!(sudo.hear(From::Output, b"ot\n{\"hello\""), Next::Root { rest });
        assert_eq!(sudo.login(), "alice");
    }

    #[test]
    fn who_needs_no_password_is_not_asked() {
        let mut sudo = dialogue(BecomeMethod::Sudo, false);
        assert_eq!(sudo.hear(From::Output, b"lvsctl-1f-login bob\nlvsctl-1f-root\n"), Next::Root { rest: Vec::new() });
    }

    #[test]
    fn a_second_question_means_that_the_first_answer_was_wrong() {
        for (method, first, second) in [
            (BecomeMethod::Sudo, "lvsctl-1f-password:", "\nSorry, try again.\nlvsctl-1f-password:"),
            (BecomeMethod::Doas, "doas (alice@web1) password: ", "\r\ndoas (alice@web1) password: "),
            (BecomeMethod::Su, "Password: ", "\r\nPassword: "),
        ] {
            let mut asked = dialogue(method, true);
            assert_eq!(asked.hear(From::Output, first.as_bytes()), Next::Type);
            assert_eq!(asked.hear(From::Output, second.as_bytes()), Next::GiveUp(Refusal::WrongPassword));
        }
    }

    #[test]
    fn a_password_that_has_expired_is_no_wrong_one() {
        let mut su = dialogue(BecomeMethod::Su, true);
        assert_eq!(su.hear(From::Output, b"Password: "), Next::Type);
        let asked =
            b"\r\nYou are required to change your password immediately (administrator enforced).\r\nNew password: ";
        assert!(matches!(su.hear(From::Output, asked), Next::GiveUp(Refusal::Expired { .. })));
    }

    #[test]
    fn a_question_without_an_answer_is_given_up_at_once() {
        let mut su = dialogue(BecomeMethod::Su, false);
        assert_eq!(su.hear(From::Output, b"Password: "), Next::GiveUp(Refusal::NoPassword));
    }

    #[test]
    fn what_was_said_is_told_without_what_is_ours() {
        let mut sudo = dialogue(BecomeMethod::Sudo, true);
        sudo.hear(From::Output, b"lvsctl-1f-login eve\n");
        sudo.hear(From::Errors, b"lvsctl-1f-password:");
        sudo.hear(From::Errors, b"sudo: a \x1b[1mplugin\x1b[0m is broken\n");
        let told = Refusal::Other { status: Some(1), said: "sudo: a  [1mplugin [0m is broken".to_owned() };
        assert_eq!(sudo.ended(Some(1)), told);
    }

    #[test]
    fn talk_without_end_is_not_listened_to() {
        let mut sudo = dialogue(BecomeMethod::Sudo, true);
        assert!(matches!(sudo.hear(From::Output, &vec![b'x'; MOST + 1]), Next::GiveUp(Refusal::Other { .. })));
    }
}
