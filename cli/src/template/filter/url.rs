//! Addresses of the Web.

use std::fmt::Write;

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::{
        arguments::{Arguments, failed, items},
        python,
    },
    Registry,
    dictionary::map,
    list::is_list,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("urlsplit", urlsplit), ("urlencode", urlencode), ("urldecode", urldecode)]);
}

/// Text with `%` for what is special; `/` stays where `keep` says so.
fn quoted(text: &str, keep: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || keep.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("text can be written to");
        }
    }
    out
}

fn urlencode(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let query = |text: &Value| Ok::<_, Error>(quoted(&python::text(text)?, "").replace("%20", "+"));
    let pairs: Vec<(Value, Value)> = match value.kind() {
        ValueKind::Map => items(value)?
            .into_iter()
            .map(|key| Ok((key.clone(), value.get_item(&key)?)))
            .collect::<Result<_, Error>>()?,
        _ if is_list(value) => items(value)?
            .iter()
            .map(|pair| Ok((pair.get_item_by_index(0)?, pair.get_item_by_index(1)?)))
            .collect::<Result<_, Error>>()?,
        _ => return Ok(quoted(&python::text(value)?, "/").into()),
    };
    let parts = pairs.iter().map(|(key, value)| Ok(format!("{}={}", query(key)?, query(value)?)));
    Ok(parts.collect::<Result<Vec<_>, Error>>()?.join("&").into())
}

fn urldecode(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?.replace('+', " ");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(code) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            bytes.push(code);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// The parts of an address, as Python's `urlsplit` tells them.
fn urlsplit(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let wanted = arguments.text("query")?.filter(|query| !query.is_empty());
    let text = python::text(value)?;
    let (rest, fragment) = text.split_once('#').unwrap_or((&text, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (protocol, rest) = rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", rest));
    let (netloc, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, host) = netloc.rsplit_once('@').map_or((None, netloc), |(user, host)| (Some(user), host));
    let (username, password) = match user {
        Some(user) => user.split_once(':').map_or((Some(user), None), |(name, password)| (Some(name), Some(password))),
        None => (None, None),
    };
    let (hostname, port) = match host.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((hostname, rest)) => (hostname, rest.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(hostname, port)| (hostname, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Value::from(port.parse::<u16>().map_err(|_| failed("the port is not a number"))?),
        None => Value::from(()),
    };
    let or_none = |part: Option<&str>| part.map_or_else(|| Value::from(()), Value::from);
    let parts: Vec<(&str, Value)> = vec![
        ("fragment", fragment.into()),
        ("hostname", or_none(Some(hostname.to_lowercase()).filter(|name| !name.is_empty()).as_deref())),
        ("netloc", netloc.into()),
        ("password", or_none(password)),
        ("path", path.into()),
        ("port", port),
        ("query", query.into()),
        ("scheme", protocol.to_lowercase().into()),
        ("username", or_none(username)),
    ];
    match wanted {
        Some(wanted) => {
            let found = parts.into_iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value).ok_or_else(|| failed(format!("an address has no `{wanted}`")))
        }
        None => Ok(map(parts.into_iter().map(|(name, part)| (name.into(), part)))),
    }
}
