//! The vault's form: a line `$ANSIBLE_VAULT;1.1;AES256` (1.2 with a label), then hexadecimal digits.
//!
//! In them are, again in hexadecimal digits and each on a line, a salt, an HMAC-SHA256 and the text, encrypted by AES-256
//! in counter mode. Both keys and the counter come from the password by PBKDF2-HMAC-SHA256 with 10,000 rounds.

use aes::Aes256;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::error::Error;

/// What every encrypted file begins with.
pub(super) const MAGIC: &str = "$ANSIBLE_VAULT";

const ROUNDS: u32 = 10_000;
const BLOCK: usize = 16;

/// An encrypted text, taken apart.
pub(super) struct Envelope {
    /// The id it was encrypted with; only 1.2 tells.
    pub(super) label: Option<String>,
    salt: Vec<u8>,
    hmac: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Envelope {
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let header = lines.next().unwrap_or_default();
        let label = match header.split(';').map(str::trim).collect::<Vec<_>>()[..] {
            [MAGIC, "1.1", "AES256"] => None,
            [MAGIC, "1.2", "AES256", label] => Some(label.to_owned()),
            [MAGIC, _, "AES256", ..] => return Err(Error::Damaged("its version is neither 1.1 nor 1.2")),
            [MAGIC, _, _, ..] => return Err(Error::Damaged("its cipher is not AES256")),
            _ => return Err(Error::Damaged("it does not begin with `$ANSIBLE_VAULT;1.1;AES256`")),
        };
        let body = hex(&lines.collect::<String>())?;
        let mut parts = body.split(|&byte| byte == b'\n').map(|part| hex(&String::from_utf8_lossy(part)));
        let mut part = || parts.next().unwrap_or(Err(Error::Damaged("a part of it is missing")));
        let (salt, hmac, ciphertext) = (part()?, part()?, part()?);
        if ciphertext.is_empty() || ciphertext.len() % BLOCK != 0 {
            return Err(Error::Damaged("its end is missing"));
        }
        Ok(Self { label, salt, hmac, ciphertext })
    }

    /// What was encrypted; `None` where the password is another.
    pub(super) fn open(&self, password: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut keys = [0; 32 + 32 + BLOCK];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, ROUNDS, &mut keys);
        let (cipher_key, rest) = keys.split_at(32);
        let (hmac_key, counter) = rest.split_at(32);
        let mut hmac = Hmac::<Sha256>::new_from_slice(hmac_key).expect("HMAC takes keys of every length");
        hmac.update(&self.ciphertext);
        if hmac.verify_slice(&self.hmac).is_err() {
            return Ok(None);
        }
        let mut text = self.ciphertext.clone();
        let mut cipher =
            Ctr128BE::<Aes256>::new_from_slices(cipher_key, counter).expect("the lengths are the cipher's");
        cipher.apply_keystream(&mut text);
        // The padding of PKCS #7: as many bytes as each of them says.
        let padding = usize::from(*text.last().expect("it is not empty"));
        if padding == 0 || padding > BLOCK || !text.ends_with(&vec![text[text.len() - 1]; padding]) {
            return Err(Error::Damaged("its padding is wrong"));
        }
        text.truncate(text.len() - padding);
        Ok(Some(text))
    }
}

fn hex(digits: &str) -> Result<Vec<u8>, Error> {
    let digits = digits.trim().as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    digits
        .chunks(2)
        .map(byte)
        .collect::<Option<_>>()
        .ok_or(Error::Damaged("there is something else than hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by `ansible-vault encrypt_string --vault-id prod@…` with the password `let me in`.
    const TEXT: &str = include_str!("testdata.txt");

    #[test]
    fn what_ansible_vault_encrypted_is_opened() {
        let envelope = Envelope::read(TEXT).unwrap();
        assert_eq!(envelope.label.as_deref(), Some("prod"));
        assert_eq!(envelope.open(b"let me in").unwrap().unwrap(), b"s3cret p4ss");
        assert_eq!(envelope.open(b"let me out").unwrap(), None);
    }

    #[test]
    fn a_damaged_text_is_said_to_be_one() {
        let damaged = |text: &str| Envelope::read(text).map(|_| ()).unwrap_err().to_string();
        assert!(damaged("hello").contains("does not begin"));
        assert!(damaged("$ANSIBLE_VAULT;1.0;AES\n00").contains("cipher"));
        assert!(damaged("$ANSIBLE_VAULT;1.3;AES256\n00").contains("version"));
        assert!(damaged("$ANSIBLE_VAULT;1.1;AES256\nxyz").contains("hexadecimal"));
        assert!(damaged("$ANSIBLE_VAULT;1.1;AES256\n").contains("missing"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(\\$ANSIBLE_VAULT;1\\.1;AES256\n)?[0-9a-fé\n]{0,200}") {
            let _ = Envelope::read(&text);
        }
    }
}
