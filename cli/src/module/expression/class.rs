//! Sets of bytes.

/// A set of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class([bool; 256]);

impl Class {
    pub(super) fn empty() -> Self {
        Self([false; 256])
    }

    pub(super) fn of(holds: impl Fn(u8) -> bool) -> Self {
        let mut class = Self::empty();
        for byte in 0..=255_u8 {
            class.0[usize::from(byte)] = holds(byte);
        }
        class
    }

    pub(super) fn byte(byte: u8) -> Self {
        Self::of(|other| other == byte)
    }

    /// `\d`, `\s`, `\w` and what they are not.
    pub(super) fn named(letter: u8) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            b'd' => Self::of(|byte| byte.is_ascii_digit()),
            b's' => Self::of(|byte| matches!(byte, b' ' | b'\t'..=b'\r')),
            b'w' => Self::of(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() { class.inverted() } else { class })
    }

    pub(super) fn inverted(&self) -> Self {
        Self::of(|byte| !self.has(byte))
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self::of(|byte| self.has(byte) || other.has(byte))
    }

    /// With the other case of each letter.
    pub(super) fn folded(&self) -> Self {
        Self::of(|byte| self.has(byte.to_ascii_lowercase()) || self.has(byte.to_ascii_uppercase()))
    }

    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=255).filter(|byte| self.has(*byte)) {
            match ranges.last_mut() {
                Some((_, last)) if byte > 0 && *last == byte - 1 => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}
