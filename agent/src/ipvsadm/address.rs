//! Addresses with ports, as ipvsadm(8) writes them: `203.0.113.168:80`, `[2001:db8::a8]:80`, and without a port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};

use super::mistake::{Wrong, wrong};

/// Reads an address with or without a port.
pub(super) fn address(text: &str) -> Result<(IpAddr, Option<u16>), Wrong> {
    // By far the most.
    if let Ok(address) = text.parse::<SocketAddrV4>() {
        return Ok((IpAddr::V4(*address.ip()), Some(address.port())));
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok((address.into(), None));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(|| wrong(format!("`{text}` has no `]`")))?;
        let address = address.parse::<Ipv6Addr>().map_err(|_| wrong(format!("`{address}` is no IPv6 address")))?;
        return match (rest, rest.strip_prefix(':')) {
            ("", _) => Ok((address.into(), None)),
            (_, Some(name)) => Ok((address.into(), Some(port(name)?))),
            _ => Err(wrong(format!("`{rest}` behind the address is no port"))),
        };
    }
    let (host, name) = match text.split_once(':') {
        Some((host, name)) => (host, Some(name)),
        None => (text, None),
    };
    let address = host.parse::<Ipv4Addr>().map_err(|_| {
        wrong(format!("`{host}` is no address")).hint("host names are not looked up: save the table with `ipvsadm -Sn`")
    })?;
    Ok((address.into(), name.map(port).transpose()?))
}

/// Names that `ipvsadm -S` without `-n` writes for ports of common services (services(5)).
const NAMES: &[(&str, u16)] = &[
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("tftp", 69),
    ("http", 80),
    ("pop3", 110),
    ("ntp", 123),
    ("imap2", 143),
    ("imap", 143),
    ("snmp", 161),
    ("ldap", 389),
    ("https", 443),
    ("syslog", 514),
    ("submission", 587),
    ("ldaps", 636),
    ("imaps", 993),
    ("pop3s", 995),
    ("radius", 1812),
    ("mysql", 3306),
    ("sip", 5060),
    ("sip-tls", 5061),
    ("postgresql", 5432),
    ("http-alt", 8080),
];

fn port(text: &str) -> Result<u16, Wrong> {
    let named = || NAMES.iter().find(|(name, _)| *name == text).map(|(_, port)| *port);
    text.parse().ok().or_else(named).ok_or_else(|| {
        wrong(format!("`{text}` is no port"))
            .hint("a port is a number from 0 to 65535: save the table with `ipvsadm -Sn`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_with_or_without_a_port() {
        let read = |text| address(text).map(|(address, port)| (address.to_string(), port)).unwrap();
        assert_eq!(read("203.0.113.168:80"), ("203.0.113.168".to_owned(), Some(80)));
        assert_eq!(read("203.0.113.168:http"), ("203.0.113.168".to_owned(), Some(80)));
        assert_eq!(read("203.0.113.168"), ("203.0.113.168".to_owned(), None));
        assert_eq!(read("[2001:db8::a8]:0"), ("2001:db8::a8".to_owned(), Some(0)));
        assert_eq!(read("2001:db8::a8"), ("2001:db8::a8".to_owned(), None));
        for text in ["", "80", "www:80", "[::1", "[::1]80", "1.2.3.4:", "1.2.3.4:70000", "1.2.3.4:-1", "1.2.3:80"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
