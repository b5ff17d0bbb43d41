//! Encodings and digests.

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use md5::Md5;
use minijinja::{Error, value::Value};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("b64encode", b64encode), ("b64decode", b64decode), ("hash", hash), ("to_uuid", to_uuid)]);
    registry.add(&[("checksum", sha1), ("sha1", sha1), ("md5", md5)]);
}

fn engine(url_safe: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    GeneralPurpose::new(if url_safe { &URL_SAFE } else { &STANDARD }, config.with_decode_allow_trailing_bits(true))
}

/// The encodings that a file on a node may have.
fn encoding(arguments: &mut Arguments) -> Result<Encoding, Error> {
    Ok(match arguments.text("encoding")?.map(|name| name.to_lowercase().replace('_', "-")).as_deref() {
        None | Some("utf-8" | "utf8" | "ascii") => Encoding::Utf8,
        Some("utf-16-le" | "utf-16le") => Encoding::Utf16,
        Some("latin-1" | "iso-8859-1") => Encoding::Latin1,
        Some(_) => return Err(failed("the encoding is utf-8, utf-16-le or latin-1")),
    })
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16,
    Latin1,
}

fn b64encode(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (encoding, url_safe) = (encoding(arguments)?, arguments.flag("urlsafe")?);
    let text = python::text(value)?;
    let bytes = match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Latin1 => text
            .chars()
            .map(|character| u8::try_from(u32::from(character)))
            .collect::<Result<_, _>>()
            .map_err(|_| failed("the text has characters that latin-1 has not"))?,
    };
    Ok(engine(url_safe).encode(bytes).into())
}

fn b64decode(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (encoding, url_safe) = (encoding(arguments)?, arguments.flag("urlsafe")?);
    let text: String = python::text(value)?.split_whitespace().collect();
    let bytes = engine(url_safe).decode(text).map_err(|_| failed("the text is not base64"))?;
    let text = match encoding {
        Encoding::Utf8 => String::from_utf8(bytes).ok(),
        Encoding::Utf16 => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        Encoding::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
    };
    text.map(Value::from).ok_or_else(|| failed("what is in the base64 is not text"))
}

fn hex(bytes: &[u8]) -> Value {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("text can be written to");
    }
    text.into()
}

fn digest<D: Digest>(value: &Value) -> Result<Value, Error> {
    Ok(hex(&D::digest(python::text(value)?.as_bytes())))
}

fn sha1(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    digest::<Sha1>(value)
}

fn md5(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    digest::<Md5>(value)
}

fn hash(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    match arguments.text("hashtype")?.as_deref() {
        None | Some("sha1") => digest::<Sha1>(value),
        Some("md5") => digest::<Md5>(value),
        Some("sha224") => digest::<Sha224>(value),
        Some("sha256") => digest::<Sha256>(value),
        Some("sha384") => digest::<Sha384>(value),
        Some("sha512") => digest::<Sha512>(value),
        Some(_) => Err(failed("the digest is md5, sha1, sha224, sha256, sha384 or sha512")),
    }
}

/// Ansible's own namespace for names without one.
const NAMESPACE: &str = "361E6D51-FAEC-444A-9079-341386DA8E2E";

/// A UUID of version 5 (RFC 4122, 4.3).
fn to_uuid(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let namespace = arguments.text("namespace")?.unwrap_or_else(|| NAMESPACE.to_owned());
    let digits: String = namespace.chars().filter(|character| *character != '-').collect();
    let namespace = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let namespace = namespace.ok_or_else(|| failed("`namespace` is a UUID"))?;
    let digest = Sha1::new().chain_update(namespace.to_be_bytes()).chain_update(python::text(value)?.as_bytes());
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest.finalize()[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x50;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    let hex = hex(&uuid).to_string();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
}
