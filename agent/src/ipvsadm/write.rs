//! Writing what `ipvsadm -Sn` of version 1.31 writes, line by line.
//!
//! Two things are better: a mark above 2147483647 is written as what it is, and not as a negative number that ipvsadm
//! would refuse to read; and the third flag of `sh` and `mh`, which no scheduler uses, is not left out.

use std::fmt::{self, Display, Write as _};
use std::net::SocketAddr;

use super::order;
use crate::state::{
    Forwarding, Persistence, Protocol, RealServer, Scheduler, ServiceFlags, ServiceKey, TunnelChecksum, TunnelKind,
    VirtualService,
};

/// The text that makes these services, in ipvsadm's order. Thresholds have no place in it.
pub fn write(services: &[VirtualService]) -> String {
    let mut text = String::new();
    let mut sorted: Vec<&VirtualService> = services.iter().collect();
    order::sort(&mut sorted, &|one, other| order::services(&one.key, &other.key));
    for service in sorted {
        let mut servers: Vec<&RealServer> = service.real_servers.iter().collect();
        order::sort(&mut servers, &|one, other| order::servers(one, other));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", ServiceLine(service));
        for server in servers {
            let _ = writeln!(text, "{}", ServerLine(&service.key, server));
        }
    }
    text
}

struct Name<'a>(&'a ServiceKey);
struct ServiceLine<'a>(&'a VirtualService);
struct ServerLine<'a>(&'a ServiceKey, &'a RealServer);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ServiceKey::Fwmark { mark, ipv6 } => write!(f, "-f {}{}", mark.0, if *ipv6 { " -6" } else { "" }),
            ServiceKey::Address { protocol, vip, port } => {
                let option = match protocol {
                    Protocol::Tcp => "-t",
                    Protocol::Udp => "-u",
                    Protocol::Sctp => "--sctp-service",
                };
                write!(f, "{option} {}", SocketAddr::new(*vip, *port))
            }
        }
    }
}

impl Display for ServiceLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(service) = self;
        write!(f, "-A {} -s {}", Name(&service.key), service.scheduler)?;
        if let Some(Persistence { timeout_seconds, prefix }) = service.persistence {
            write!(f, " -p {timeout_seconds}")?;
            match (service.key.is_ipv6(), prefix) {
                (true, 128) | (false, 32) => {}
                (true, prefix) => write!(f, " -M {prefix}")?,
                (false, prefix) => {
                    let mask = u32::MAX.checked_shl(32u32.saturating_sub(prefix.into())).unwrap_or(0);
                    write!(f, " -M {}", std::net::Ipv4Addr::from(mask))?;
                }
            }
        }
        if let Some(engine) = &service.persistence_engine {
            write!(f, " --pe {engine}")?;
        }
        if service.flags.one_packet {
            f.write_str(" -o")?;
        }
        scheduler_flags(service.scheduler, service.flags, f)
    }
}

/// `-b`, with the names that the flags have for their scheduler.
fn scheduler_flags(scheduler: Scheduler, flags: ServiceFlags, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let names = match scheduler {
        Scheduler::SourceHashing => ["sh-fallback", "sh-port", "flag-3"],
        Scheduler::MaglevHashing => ["mh-fallback", "mh-port", "flag-3"],
        _ => ["flag-1", "flag-2", "flag-3"],
    };
    let mut separator = " -b ";
    for (set, name) in [flags.sched_1, flags.sched_2, flags.sched_3].into_iter().zip(names) {
        if set {
            write!(f, "{separator}{name}")?;
            separator = ",";
        }
    }
    Ok(())
}

impl Display for ServerLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(key, server) = self;
        let method = match server.forwarding {
            Forwarding::Nat => "-m",
            Forwarding::DirectRouting => "-g",
            Forwarding::Tunnel(_) => "-i",
        };
        let address = SocketAddr::new(server.address, server.port);
        write!(f, "-a {} -r {address} {method} -w {}", Name(key), server.weight)?;
        let checksum = |checksum| match checksum {
            TunnelChecksum::None => "--tun-nocsum",
            TunnelChecksum::Checksum => "--tun-csum",
            TunnelChecksum::Remote => "--tun-remcsum",
        };
        match server.forwarding {
            Forwarding::Nat | Forwarding::DirectRouting => Ok(()),
            Forwarding::Tunnel(TunnelKind::Ipip) => f.write_str(" --tun-type ipip"),
            Forwarding::Tunnel(TunnelKind::Gue { port, checksum: kind }) => {
                write!(f, " --tun-type gue --tun-port {port} {}", checksum(kind))
            }
            Forwarding::Tunnel(TunnelKind::Gre { checksum: kind }) => write!(f, " --tun-type gre {}", checksum(kind)),
        }
    }
}
