//! A virtual service as the kernel has it (`IPVS_CMD_ATTR_SERVICE` in `linux/ip_vs.h`), with whatever it may hold.

use std::{fmt, net::Ipv4Addr};

use super::{
    Key,
    constants::{
        AF_INET, IP_VS_SVC_F_HASHED, IP_VS_SVC_F_ONEPACKET, IP_VS_SVC_F_PERSISTENT, IP_VS_SVC_F_SCHED1,
        IP_VS_SVC_F_SCHED2, IP_VS_SVC_F_SCHED3, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_ADDR, IPVS_SVC_ATTR_AF,
        IPVS_SVC_ATTR_FLAGS, IPVS_SVC_ATTR_FWMARK, IPVS_SVC_ATTR_NETMASK, IPVS_SVC_ATTR_PE_NAME, IPVS_SVC_ATTR_PORT,
        IPVS_SVC_ATTR_PROTOCOL, IPVS_SVC_ATTR_SCHED_NAME, IPVS_SVC_ATTR_STATS, IPVS_SVC_ATTR_STATS64,
        IPVS_SVC_ATTR_TIMEOUT,
    },
    counters,
    key::union_address,
};
use crate::{
    netlink::{Attributes, Malformed, Writer},
    wire::Traffic,
};

/// A virtual service, without its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What names it.
    pub key: Key,
    /// Name of the scheduler.
    pub scheduler: String,
    /// Flags (`IP_VS_SVC_F_*`), without the kernel's own.
    pub flags: u32,
    /// Persistence: seconds; 0 where it is off.
    pub timeout: u32,
    /// Persistence: how many bits of a client's address count; all where it is off.
    pub netmask: Netmask,
    /// Name of the persistence engine.
    pub engine: Option<String>,
}

/// Which bits of a client's address count for persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netmask {
    /// IPv4: a mask, which the kernel takes even with holes.
    V4(Ipv4Addr),
    /// IPv6: a prefix length.
    V6(u32),
}

impl Service {
    /// Two services are compared by what they do: what persistence would need is not kept while it is off.
    pub(super) fn normal(mut self) -> Self {
        self.flags &= !IP_VS_SVC_F_HASHED;
        if !self.is_persistent() {
            self.timeout = 0;
            self.netmask = Netmask::all(&self.key);
        }
        self
    }

    pub(super) const fn is_persistent(&self) -> bool {
        self.flags & IP_VS_SVC_F_PERSISTENT != 0
    }

    /// Writes the attribute `IPVS_CMD_ATTR_SERVICE` in full.
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.nest(IPVS_CMD_ATTR_SERVICE, |writer| {
            self.key.encode(writer);
            writer.text(IPVS_SVC_ATTR_SCHED_NAME, &self.scheduler);
            // All bits count, so that a flag that is no longer wanted goes.
            writer.two_u32(IPVS_SVC_ATTR_FLAGS, self.flags, u32::MAX);
            writer.u32(IPVS_SVC_ATTR_TIMEOUT, self.timeout);
            match self.netmask {
                Netmask::V4(mask) => writer.attribute(IPVS_SVC_ATTR_NETMASK, &mask.octets()),
                Netmask::V6(prefix) => writer.u32(IPVS_SVC_ATTR_NETMASK, prefix),
            }
            // Left out, it is taken away.
            if let Some(engine) = &self.engine {
                writer.text(IPVS_SVC_ATTR_PE_NAME, engine);
            }
        });
    }

    /// Reads what is in an attribute `IPVS_CMD_ATTR_SERVICE`.
    pub(super) fn decode(attributes: Attributes<'_>) -> Result<(Self, Traffic), Malformed> {
        let (mut narrow, mut wide) = (None, None);
        let (mut family, mut protocol, mut address, mut port, mut mark) = (None, 0, None, 0, 0);
        let (mut scheduler, mut flags, mut timeout, mut netmask, mut engine) = (String::new(), 0, 0, None, None);
        for attribute in attributes {
            let attribute = attribute?;
            match attribute.kind {
                IPVS_SVC_ATTR_AF => family = Some(attribute.u16()?),
                IPVS_SVC_ATTR_PROTOCOL => protocol = attribute.u16()?,
                IPVS_SVC_ATTR_ADDR => address = Some(attribute),
                IPVS_SVC_ATTR_PORT => port = attribute.be16()?,
                IPVS_SVC_ATTR_FWMARK => mark = attribute.u32()?,
                IPVS_SVC_ATTR_SCHED_NAME => scheduler = attribute.text(),
                IPVS_SVC_ATTR_FLAGS => flags = attribute.two_u32()?.0,
                IPVS_SVC_ATTR_TIMEOUT => timeout = attribute.u32()?,
                IPVS_SVC_ATTR_NETMASK => netmask = Some(attribute),
                IPVS_SVC_ATTR_PE_NAME => engine = Some(attribute.text()).filter(|engine| !engine.is_empty()),
                IPVS_SVC_ATTR_STATS => narrow = Some(attribute),
                IPVS_SVC_ATTR_STATS64 => wide = Some(attribute),
                _ => {}
            }
        }
        let family = family.ok_or(Malformed { what: "service without address family", length: 0 })?;
        let key = match (mark, address) {
            (0, Some(address)) => Key::Address { protocol, vip: union_address(&address, family)?, port },
            (0, None) => return Err(Malformed { what: "service without address", length: 0 }),
            (mark, _) => Key::Mark { mark, ipv6: family != AF_INET },
        };
        let netmask = match netmask {
            None => Netmask::all(&key),
            Some(attribute) if key.is_ipv6() => Netmask::V6(attribute.u32()?),
            Some(attribute) => Netmask::V4(attribute.ipv4()?),
        };
        let traffic = wide.or(narrow).map(|attribute| counters::decode(attribute.nested())).transpose()?;
        let service = Self { key, scheduler, flags, timeout, netmask, engine }.normal();
        Ok((service, traffic.unwrap_or_default()))
    }
}

impl Netmask {
    /// Every bit counts.
    pub(super) const fn all(key: &Key) -> Self {
        if key.is_ipv6() { Self::V6(128) } else { Self::V4(Ipv4Addr::BROADCAST) }
    }

    /// As a prefix length; `None` for a mask with holes.
    pub(super) fn prefix(self) -> Option<u8> {
        match self {
            Self::V6(prefix) => u8::try_from(prefix).ok(),
            Self::V4(mask) => ipnet::ipv4_mask_to_prefix(mask).ok(),
        }
    }
}

impl fmt::Display for Service {
    /// What it is, without its name: `wrr`, `wlc persistent 300 s`, `sh flag-1 flag-2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.scheduler.is_empty() { "no scheduler" } else { &self.scheduler })?;
        if self.is_persistent() {
            write!(f, " persistent {} s", self.timeout)?;
            match self.netmask {
                netmask if netmask == Netmask::all(&self.key) => {}
                Netmask::V6(prefix) => write!(f, " per /{prefix}")?,
                Netmask::V4(mask) => match self.netmask.prefix() {
                    Some(prefix) => write!(f, " per /{prefix}")?,
                    None => write!(f, " per mask {mask}")?,
                },
            }
        }
        if let Some(engine) = &self.engine {
            write!(f, " by {engine}")?;
        }
        let names = [
            (IP_VS_SVC_F_ONEPACKET, "one-packet"),
            (IP_VS_SVC_F_SCHED1, "flag-1"),
            (IP_VS_SVC_F_SCHED2, "flag-2"),
            (IP_VS_SVC_F_SCHED3, "flag-3"),
        ];
        for (flag, name) in names {
            if self.flags & flag != 0 {
                write!(f, " {name}")?;
            }
        }
        let known = names.iter().fold(IP_VS_SVC_F_PERSISTENT, |known, (flag, _)| known | flag);
        match self.flags & !known {
            0 => Ok(()),
            others => write!(f, " flags {others:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;
    use crate::{
        ipvs::model::any_services,
        netlink::{Attribute, Malformed},
        state::VirtualService,
    };

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Result<Service, Malformed> {
        let Attribute { kind, payload } = Attributes::new(bytes).next().unwrap()?;
        assert_eq!(kind, IPVS_CMD_ATTR_SERVICE);
        Service::decode(Attributes::new(payload)).map(|(service, _)| service)
    }

    fn any_service() -> impl Strategy<Value = Service> {
        let address = (any::<u16>(), any::<std::net::IpAddr>(), any::<u16>())
            .prop_map(|(protocol, vip, port)| Key::Address { protocol, vip, port });
        let mark = (1u32.., any::<bool>()).prop_map(|(mark, ipv6)| Key::Mark { mark, ipv6 });
        let name = "[a-z]{1,15}";
        (prop_oneof![address, mark], name, any::<u32>(), any::<u32>(), any::<u32>(), option::of(name)).prop_map(
            |(key, scheduler, flags, timeout, netmask, engine)| {
                let netmask = if key.is_ipv6() { Netmask::V6(netmask) } else { Netmask::V4(netmask.into()) };
                Service { key, scheduler, flags, timeout, netmask, engine }.normal()
            },
        )
    }

    #[test]
    fn the_kernels_own_mark_and_the_netmask_of_no_persistence_are_no_difference() {
        let service = crate::ipvs::model::service(80);
        let live = Service {
            flags: IP_VS_SVC_F_HASHED,
            timeout: 300,
            netmask: Netmask::V4(Ipv4Addr::UNSPECIFIED),
            ..service.clone()
        };
        assert_eq!(live.normal(), service);
    }

    #[test]
    fn a_service_is_shown_with_what_is_not_ordinary_about_it() {
        let service = crate::ipvs::model::service(80);
        assert_eq!(service.to_string(), "wrr");
        let odd = Service {
            scheduler: "sh".to_owned(),
            flags: IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2 | 0x100,
            timeout: 300,
            netmask: Netmask::V4(Ipv4Addr::new(255, 255, 255, 0)),
            engine: Some("sip".to_owned()),
            ..service
        };
        assert_eq!(odd.to_string(), "sh persistent 300 s per /24 by sip flag-2 flags 0x100");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(service in any_service()) {
            prop_assert_eq!(read(&written(|writer| service.encode(writer))), Ok(service));
        }

        #[test]
        fn what_has_words_comes_back_in_the_same_words(services in any_services()) {
            for service in services {
                let bare = VirtualService { real_servers: Vec::new(), ..service };
                prop_assert_eq!(Service::from(&bare).words(), Some(bare));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Service::decode(Attributes::new(&bytes));
        }
    }
}
