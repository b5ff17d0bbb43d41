//! An entry of `hosts`: a name, perhaps with ranges, perhaps with a port.

use std::net::IpAddr;

use super::range;
use crate::{
    source::{Code, Diagnostic, Span},
    yaml::{Key, Node, Value},
};

/// What an entry of `hosts` stands for.
pub(super) struct Entry {
    pub(super) names: Vec<String>,
    /// `web1:2222` is the host `web1` with this as its `ansible_port`.
    pub(super) port: Option<Node>,
}

impl Entry {
    pub(super) fn read(key: &Key) -> Result<Self, Diagnostic> {
        let (name, port) = split_port(&key.name);
        if name.trim().is_empty() {
            return Err(Diagnostic::new(Code::WrongValue, "a host without a name", &key.span, ""));
        }
        let names = range::expand(name).map_err(|bad| {
            let title = format!("the host name `{}` cannot be expanded", key.name);
            Diagnostic::new(Code::BadRange, title, &within(key, bad.start..bad.end), bad.why)
                .hint("ranges look like this: `web[1:3]`, `web[01:10]`, `web[1:9:2]`, `web[a:c]`")
        })?;
        let port = port.map(|port| Node { value: Value::Int(port.into()), span: key.span.clone() });
        Ok(Self { names, port })
    }
}

/// A part of a key, where the key stands in the file as it is; the whole of it where it is quoted with escapes.
fn within(key: &Key, part: std::ops::Range<usize>) -> Span {
    match key.span.text().find(&key.name) {
        Some(offset) => {
            let start = key.span.range().start + offset;
            Span::new(key.span.source(), start + part.start..start + part.end)
        }
        None => key.span.clone(),
    }
}

/// `name:port` and `[address]:port`. A bare IPv6 address has more colons and no port.
fn split_port(text: &str) -> (&str, Option<u16>) {
    let Some((head, port)) = text.rsplit_once(':') else { return (text, None) };
    let Some(port) = port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit())) else {
        return (text, None);
    };
    if let Some(address) = head.strip_prefix('[').and_then(|head| head.strip_suffix(']'))
        && address.parse::<IpAddr>().is_ok()
    {
        return (address, Some(port));
    }
    let mut depth = 0_usize;
    let outside_of_ranges = head.chars().filter(|character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *character == ':' && depth == 0
    });
    if outside_of_ranges.count() > 0 || head.is_empty() || depth > 0 { (text, None) } else { (head, Some(port)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_from_a_range_and_from_an_ipv6_address() {
        assert_eq!(split_port("web1:2222"), ("web1", Some(2222)));
        assert_eq!(split_port("web[1:3]:2222"), ("web[1:3]", Some(2222)));
        assert_eq!(split_port("web[1:3]"), ("web[1:3]", None));
        assert_eq!(split_port("2001:db8::1"), ("2001:db8::1", None));
        assert_eq!(split_port("[2001:db8::1]:22"), ("2001:db8::1", Some(22)));
        assert_eq!(split_port("192.0.2.1:22"), ("192.0.2.1", Some(22)));
        assert_eq!(split_port("web[1:3"), ("web[1:3", None));
    }
}
