//! A real server as the kernel has it (`IPVS_CMD_ATTR_DEST` in `linux/ip_vs.h`), with whatever it may hold.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use super::{
    constants::{
        AF_INET, AF_INET6, IP_VS_CONN_F_DROUTE, IP_VS_CONN_F_FWD_MASK, IP_VS_CONN_F_LOCALNODE, IP_VS_CONN_F_MASQ,
        IP_VS_CONN_F_TUNNEL, IP_VS_CONN_F_TUNNEL_TYPE_GRE, IP_VS_CONN_F_TUNNEL_TYPE_GUE, IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
        IP_VS_TUNNEL_ENCAP_FLAG_CSUM, IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM, IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM,
        IPVS_CMD_ATTR_DEST, IPVS_DEST_ATTR_ACTIVE_CONNS, IPVS_DEST_ATTR_ADDR, IPVS_DEST_ATTR_ADDR_FAMILY,
        IPVS_DEST_ATTR_FWD_METHOD, IPVS_DEST_ATTR_INACT_CONNS, IPVS_DEST_ATTR_L_THRESH, IPVS_DEST_ATTR_PERSIST_CONNS,
        IPVS_DEST_ATTR_PORT, IPVS_DEST_ATTR_STATS, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_TUN_FLAGS,
        IPVS_DEST_ATTR_TUN_PORT, IPVS_DEST_ATTR_TUN_TYPE, IPVS_DEST_ATTR_U_THRESH, IPVS_DEST_ATTR_WEIGHT,
    },
    counters,
    key::{union_address, union_bytes},
    table::Counted,
};
use crate::{
    netlink::{Attributes, Malformed, Writer},
    wire::RealServerStats,
};

/// A real server. Address and port name it within its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// RIP.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
    /// Forwarding method (`IP_VS_CONN_F_MASQ` and its like).
    pub method: u32,
    /// Weight.
    pub weight: i32,
    /// Connections above which no new ones are sent; 0 is no limit.
    pub upper: u32,
    /// Connections below which new ones are sent again.
    pub lower: u32,
    /// The encapsulation, where the method is tunnelling.
    pub tunnel: Tunnel,
}

/// The encapsulation of a tunnel; the default is IP in IP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tunnel {
    /// `IP_VS_CONN_F_TUNNEL_TYPE_*`.
    pub kind: u8,
    /// Port of the encapsulation.
    pub port: u16,
    /// `IP_VS_TUNNEL_ENCAP_FLAG_*`.
    pub flags: u16,
}

/// What names a real server within its service.
pub(super) type ServerName = (IpAddr, u16);

impl Server {
    pub(super) const fn name(&self) -> ServerName {
        (self.address, self.port)
    }

    /// The same server, sent nothing new.
    pub(super) const fn quiesced(self) -> Self {
        Self { weight: 0, ..self }
    }

    fn encode_name(&self, writer: &mut Writer) {
        writer.attribute(IPVS_DEST_ATTR_ADDR, &union_bytes(self.address));
        writer.be16(IPVS_DEST_ATTR_PORT, self.port);
        // Without it the kernel takes the family of the service, and cuts an IPv6 address to its first four bytes.
        writer.u16(IPVS_DEST_ATTR_ADDR_FAMILY, if self.address.is_ipv6() { AF_INET6 } else { AF_INET });
    }

    /// Writes the attribute `IPVS_CMD_ATTR_DEST` with nothing but the name in it.
    pub(super) fn encode_alone(&self, writer: &mut Writer) {
        writer.nest(IPVS_CMD_ATTR_DEST, |writer| self.encode_name(writer));
    }

    /// Writes the attribute `IPVS_CMD_ATTR_DEST` in full.
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.nest(IPVS_CMD_ATTR_DEST, |writer| {
            self.encode_name(writer);
            writer.u32(IPVS_DEST_ATTR_FWD_METHOD, self.method);
            writer.u32(IPVS_DEST_ATTR_WEIGHT, self.weight.cast_unsigned());
            writer.u32(IPVS_DEST_ATTR_U_THRESH, self.upper);
            writer.u32(IPVS_DEST_ATTR_L_THRESH, self.lower);
            // Left out, they are set back to IP in IP.
            if self.tunnel != Tunnel::default() {
                writer.u8(IPVS_DEST_ATTR_TUN_TYPE, self.tunnel.kind);
                writer.be16(IPVS_DEST_ATTR_TUN_PORT, self.tunnel.port);
                writer.u16(IPVS_DEST_ATTR_TUN_FLAGS, self.tunnel.flags);
            }
        });
    }

    /// Reads what is in an attribute `IPVS_CMD_ATTR_DEST` of a service of this family.
    pub(super) fn decode(attributes: Attributes<'_>, service_family: u16) -> Result<Self, Malformed> {
        let mut address = None;
        let mut family = service_family;
        let mut server = Self {
            address: std::net::Ipv4Addr::UNSPECIFIED.into(),
            port: 0,
            method: 0,
            weight: 0,
            upper: 0,
            lower: 0,
            tunnel: Tunnel::default(),
        };
        for attribute in attributes {
            let attribute = attribute?;
            match attribute.kind {
                IPVS_DEST_ATTR_ADDR => address = Some(attribute),
                IPVS_DEST_ATTR_ADDR_FAMILY => family = attribute.u16()?,
                IPVS_DEST_ATTR_PORT => server.port = attribute.be16()?,
                IPVS_DEST_ATTR_FWD_METHOD => server.method = attribute.u32()? & IP_VS_CONN_F_FWD_MASK,
                IPVS_DEST_ATTR_WEIGHT => server.weight = attribute.u32()?.cast_signed(),
                IPVS_DEST_ATTR_U_THRESH => server.upper = attribute.u32()?,
                IPVS_DEST_ATTR_L_THRESH => server.lower = attribute.u32()?,
                IPVS_DEST_ATTR_TUN_TYPE => server.tunnel.kind = attribute.u8()?,
                IPVS_DEST_ATTR_TUN_PORT => server.tunnel.port = attribute.be16()?,
                IPVS_DEST_ATTR_TUN_FLAGS => server.tunnel.flags = attribute.u16()?,
                _ => {}
            }
        }
        let address = address.ok_or(Malformed { what: "real server without address", length: 0 })?;
        server.address = union_address(&address, family)?;
        server.tunnel = match server.method {
            IP_VS_CONN_F_TUNNEL => server.tunnel.normal(),
            _ => Tunnel::default(),
        };
        Ok(server)
    }

    /// The same with its counters.
    pub(super) fn decode_counted(attributes: Attributes<'_>, service_family: u16) -> Result<Counted, Malformed> {
        let mut stats = RealServerStats::default();
        let (mut narrow, mut wide) = (None, None);
        for attribute in attributes.clone() {
            let attribute = attribute?;
            match attribute.kind {
                IPVS_DEST_ATTR_ACTIVE_CONNS => stats.active = attribute.u32()?,
                IPVS_DEST_ATTR_INACT_CONNS => stats.inactive = attribute.u32()?,
                IPVS_DEST_ATTR_PERSIST_CONNS => stats.persistent = attribute.u32()?,
                IPVS_DEST_ATTR_STATS => narrow = Some(attribute),
                IPVS_DEST_ATTR_STATS64 => wide = Some(attribute),
                _ => {}
            }
        }
        if let Some(attribute) = wide.or(narrow) {
            stats.traffic = counters::decode(attribute.nested())?;
        }
        Ok((Self::decode(attributes, service_family)?, stats))
    }
}

impl fmt::Display for Server {
    /// What it is, without its name: `dr weight 1`, `tun gue port 6080 weight 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.method {
            IP_VS_CONN_F_MASQ => f.write_str("nat")?,
            IP_VS_CONN_F_DROUTE => f.write_str("dr")?,
            IP_VS_CONN_F_TUNNEL => write!(f, "tun{}", self.tunnel)?,
            IP_VS_CONN_F_LOCALNODE => f.write_str("local")?,
            other => write!(f, "method {other}")?,
        }
        write!(f, " weight {}", self.weight)?;
        if self.upper != 0 {
            write!(f, " upper {}", self.upper)?;
        }
        if self.lower != 0 {
            write!(f, " lower {}", self.lower)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tunnel {
    /// Nothing for IP in IP, otherwise with a blank before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            IP_VS_CONN_F_TUNNEL_TYPE_IPIP => {}
            IP_VS_CONN_F_TUNNEL_TYPE_GUE => f.write_str(" gue")?,
            IP_VS_CONN_F_TUNNEL_TYPE_GRE => f.write_str(" gre")?,
            other => write!(f, " type {other}")?,
        }
        if self.port != 0 {
            write!(f, " port {}", self.port)?;
        }
        match self.flags {
            IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM => Ok(()),
            IP_VS_TUNNEL_ENCAP_FLAG_CSUM => f.write_str(" csum"),
            IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM => f.write_str(" remcsum"),
            flags => write!(f, " flags {flags:#x}"),
        }
    }
}

/// `192.168.0.1:80`
pub(super) fn shown(server: &Server) -> SocketAddr {
    SocketAddr::new(server.address, server.port)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::ipvs::{constants::IPVS_STATS_ATTR_CONNS, model};

    fn read(bytes: &[u8]) -> Result<Server, Malformed> {
        let attribute = Attributes::new(bytes).next().unwrap()?;
        assert_eq!(attribute.kind, IPVS_CMD_ATTR_DEST);
        Server::decode(attribute.nested(), AF_INET)
    }

    fn any_server() -> impl Strategy<Value = Server> {
        let tunnel = any::<(u8, u16, u16)>().prop_map(|(kind, port, flags)| Tunnel { kind, port, flags });
        let numbers = any::<(u16, i32, u32, u32)>();
        (any::<IpAddr>(), 0u32..8, numbers, tunnel).prop_map(|(address, method, numbers, tunnel)| {
            let (port, weight, upper, lower) = numbers;
            let tunnel = if method == IP_VS_CONN_F_TUNNEL { tunnel.normal() } else { Tunnel::default() };
            Server { address, port, method, weight, upper, lower, tunnel }
        })
    }

    #[test]
    fn the_wide_counters_win_over_the_narrow_ones_in_either_order() {
        for wide_first in [true, false] {
            let mut writer = Writer::default();
            writer.attribute(IPVS_DEST_ATTR_ADDR, &[192, 168, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            let wide = |writer: &mut Writer| {
                let count = (5u64 << 32).to_ne_bytes();
                writer.nest(IPVS_DEST_ATTR_STATS64, |writer| writer.attribute(IPVS_STATS_ATTR_CONNS, &count));
            };
            if wide_first {
                wide(&mut writer);
            }
            writer.nest(IPVS_DEST_ATTR_STATS, |writer| writer.u32(IPVS_STATS_ATTR_CONNS, 7));
            if !wide_first {
                wide(&mut writer);
            }
            // A kernel before 3.18 does not name the family of a real server.
            let (server, stats) = Server::decode_counted(Attributes::new(writer.bytes()), AF_INET).unwrap();
            assert_eq!(server.address, IpAddr::from([192, 168, 0, 1]));
            assert_eq!(stats.traffic.connections, 5 << 32);
        }
    }

    #[test]
    fn a_server_is_shown_with_what_is_not_ordinary_about_it() {
        let server = model::server(1);
        assert_eq!(server.to_string(), "dr weight 1");
        let tunnel = Tunnel { kind: IP_VS_CONN_F_TUNNEL_TYPE_GUE, port: 6080, flags: 3 };
        let odd = Server { method: IP_VS_CONN_F_TUNNEL, tunnel, upper: 100, lower: 80, ..server };
        assert_eq!(odd.to_string(), "tun gue port 6080 flags 0x3 weight 1 upper 100 lower 80");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(server in any_server()) {
            let mut writer = Writer::default();
            server.encode(&mut writer);
            prop_assert_eq!(read(writer.bytes()), Ok(server));
        }

        #[test]
        fn what_has_words_comes_back_in_the_same_words(servers in model::any_real_servers()) {
            for server in servers {
                prop_assert_eq!(Server::from(&server).words(), Some(server));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Server::decode_counted(Attributes::new(&bytes), AF_INET6);
        }
    }
}
