//! Services, networks and real servers as a person names them on the command line.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::Error;
use crate::{
    state::{Fwmark, Protocol, ServiceKey},
    wire::ServerName,
};

/// `tcp:203.0.113.168:80`, `udp:[2001:db8::a8]:53`, `fwmark:7`, `fwmark6:7`
pub(super) fn read(text: &str) -> Result<ServiceKey, Error> {
    let wrong = || Error::Usage(format!("`{text}` names no service"));
    let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
    let protocol = match kind {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        "fwmark" | "fwmark6" => {
            let mark = name.parse().ok().filter(|mark| *mark != 0).ok_or_else(wrong)?;
            return Ok(ServiceKey::Fwmark { mark: Fwmark(mark), ipv6: kind == "fwmark6" });
        }
        _ => return Err(wrong()),
    };
    let address: SocketAddr = name.parse().map_err(|_| wrong())?;
    Ok(ServiceKey::Address { protocol, vip: address.ip(), port: address.port() })
}

/// `203.0.113.0/24` or one address
pub(super) fn network(text: &str) -> Result<IpNet, Error> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| one()).map_err(|_| Error::Usage(format!("`{text}` is no network")))
}

/// `192.168.0.1`, `192.168.0.1:80`, `2001:db8::1`, `[2001:db8::1]:80`
pub(super) fn server(text: &str) -> Result<ServerName, Error> {
    let whole = || text.parse::<SocketAddr>().map(|name| ServerName { address: name.ip(), port: Some(name.port()) });
    let alone = text.parse().map(|address| ServerName { address, port: None });
    alone.or_else(|_| whole()).map_err(|_| Error::Usage(format!("`{text}` names no real server")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_in_one_word() {
        let shown = |text| read(text).map(|key| key.to_string()).unwrap();
        assert_eq!(shown("tcp:203.0.113.168:80"), "tcp 203.0.113.168:80");
        assert_eq!(shown("sctp:[2001:db8::a8]:9"), "sctp [2001:db8::a8]:9");
        assert_eq!(shown("fwmark6:7"), "fwmark 7 ipv6");
        for text in ["", "tcp", "tcp:80", "icmp:1.2.3.4:5", "fwmark:0", "tcp:1.2.3.4"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_real_server_is_named_with_or_without_its_port() {
        let name = |text| server(text).map(|name| (name.address.to_string(), name.port)).unwrap();
        assert_eq!(name("192.168.0.1"), ("192.168.0.1".to_owned(), None));
        assert_eq!(name("[2001:db8::1]:80"), ("2001:db8::1".to_owned(), Some(80)));
        assert!(server("web1").is_err());
        assert_eq!(network("203.0.113.9").unwrap().to_string(), "203.0.113.9/32");
    }
}
