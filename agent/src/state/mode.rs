//! Permission bits as chmod(1) takes them, in octal or in letters.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

/// Permission bits: as they should be, or as they follow from what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Mode {
    /// These bits, at most 07777.
    Bits(u32),
    /// `u=rw,g-x,o=`, worked out from the present bits.
    Symbolic(Symbolic),
}

/// `[ugoa]*([-+=][rwxXstugo]*)+`, several with commas in between (chmod(1)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Symbolic(String);

/// Text that is no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no mode such as u=rw,g+r,o-rwx")]
pub struct NotSymbolic(String);

/// Who is meant by a letter: the bits of theirs, and how far those of `o` are to be shifted.
const CLASSES: [(char, u32, u32); 3] = [('u', 0o4700, 6), ('g', 0o2070, 3), ('o', 0o1007, 0)];

/// What the agent runs with.
const UMASK: u32 = 0o022;

impl Mode {
    /// The bits that should be where there are `present` ones.
    pub fn on(&self, present: u32, is_folder: bool) -> u32 {
        match self {
            Self::Bits(bits) => *bits,
            Self::Symbolic(symbolic) => symbolic.on(present, is_folder),
        }
    }
}

impl From<u32> for Mode {
    fn from(bits: u32) -> Self {
        Self::Bits(bits)
    }
}

impl Symbolic {
    fn on(&self, present: u32, is_folder: bool) -> u32 {
        self.0.split(',').fold(present, |mode, clause| apply(clause, mode, is_folder))
    }
}

/// One clause, known to be well-formed. Who is not named is everybody, and then the umask holds what it masks back.
fn apply(clause: &str, mode: u32, is_folder: bool) -> u32 {
    let (who, mut rest) = clause.split_at(clause.find(is_operator).unwrap_or(clause.len()));
    let mut mode = mode;
    while let Some(operator) = rest.chars().next() {
        let end = rest[1..].find(is_operator).map_or(rest.len(), |at| at + 1);
        let letters = &rest[1..end];
        for (class, own, shift) in CLASSES {
            if !(who.is_empty() || who.contains([class, 'a'])) {
                continue;
            }
            let bits = letters.chars().fold(0, |bits, letter| bits | bit(letter, class, shift, mode, is_folder));
            let bits = if who.is_empty() { bits & !UMASK } else { bits };
            mode = match operator {
                '+' => mode | bits,
                '-' => mode & !bits,
                _ => (mode & !own) | bits,
            };
        }
        rest = &rest[end..];
    }
    mode
}

fn bit(letter: char, class: char, shift: u32, mode: u32, is_folder: bool) -> u32 {
    match (letter, class) {
        ('r', _) => 4 << shift,
        ('w', _) => 2 << shift,
        ('x', _) => 1 << shift,
        ('X', _) if is_folder || mode & 0o111 != 0 => 1 << shift,
        ('s', 'u') => 0o4000,
        ('s', 'g') => 0o2000,
        ('t', 'o') => 0o1000,
        ('u', _) => (mode >> 6 & 7) << shift,
        ('g', _) => (mode >> 3 & 7) << shift,
        ('o', _) => (mode & 7) << shift,
        _ => 0,
    }
}

fn is_operator(letter: char) -> bool {
    matches!(letter, '+' | '-' | '=')
}

impl FromStr for Symbolic {
    type Err = NotSymbolic;

    fn from_str(text: &str) -> Result<Self, NotSymbolic> {
        let is_clause = |clause: &str| {
            let who = clause.trim_start_matches(['u', 'g', 'o', 'a']);
            who.starts_with(is_operator)
                && who.chars().all(|letter| is_operator(letter) || "rwxXstugo".contains(letter))
        };
        if text.len() <= 200 && text.split(',').all(is_clause) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotSymbolic(text.chars().filter(|c| !c.is_control()).take(200).collect()))
        }
    }
}

/// By hand: serde's own way for one of several forms keeps what it reads in between, which the agent has no room for.
impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Mode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mode as a number or in letters")
            }

            fn visit_u64<E: Error>(self, bits: u64) -> Result<Mode, E> {
                u32::try_from(bits).map(Mode::Bits).map_err(E::custom)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Mode, E> {
                text.parse().map(Mode::Symbolic).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl From<Symbolic> for String {
    fn from(Symbolic(text): Symbolic) -> Self {
        text
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits(bits) => write!(f, "{bits:04o}"),
            Self::Symbolic(Symbolic(text)) => f.pad(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, present: u32, is_folder: bool) -> u32 {
        Mode::Symbolic(text.parse().unwrap()).on(present, is_folder)
    }

    #[test]
    fn letters_are_worked_out_from_the_present_bits() {
        assert_eq!(on("u=rwX,g=rX,o=", 0o644, false), 0o640);
        assert_eq!(on("u=rwX,g=rX,o=", 0o644, true), 0o750);
        assert_eq!(on("a+x", 0o640, false), 0o751);
        assert_eq!(on("+w", 0o444, false), 0o644);
        assert_eq!(on("g=u,o-rwx", 0o764, false), 0o770);
        assert_eq!(on("u+s,g+s,o+t", 0o755, true), 0o7755);
        assert_eq!(on("u=", 0o4755, false), 0o055);
        assert_eq!(on("u+x-w", 0o600, false), 0o500);
    }

    #[test]
    fn what_is_no_mode_is_refused() {
        for bad in ["", "rw", "u", "z+x", "u+q", "u=rw,", "644", "u=rw g=r"] {
            assert!(bad.parse::<Symbolic>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bits_are_a_number_on_the_wire_and_letters_are_text() {
        assert_eq!(serde_json::to_string(&Mode::Bits(0o644)).unwrap(), "420");
        let letters: Mode = serde_json::from_str("\"g+w\"").unwrap();
        assert_eq!(letters.on(0o644, false), 0o664);
        assert!(serde_json::from_str::<Mode>("\"g+?\"").is_err());
    }
}
