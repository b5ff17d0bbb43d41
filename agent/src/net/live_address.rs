//! An address as the kernel has it (`RTM_NEWADDR`, `struct ifaddrmsg` in `linux/if_addr.h`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::constants::{AF_INET, AF_INET6, IFA_ADDRESS, IFA_LABEL, IFA_LOCAL, IFADDRMSG};
use crate::netlink::{Attributes, Malformed, Message};

/// An address on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveAddress {
    /// Number of the device.
    pub device: u32,
    /// Address with the prefix length of its network.
    pub address: IpNet,
    /// Label; IPv4 only. The device's name where none was given.
    pub label: Option<String>,
}

impl LiveAddress {
    /// `None` for an address of another family.
    pub(super) fn decode(message: &Message<'_>) -> Result<Option<Self>, Malformed> {
        // struct ifaddrmsg { u8 family, prefixlen, flags, scope; u32 index; }
        let Some([family, prefix, _, _, index @ ..]) = message.payload.first_chunk::<IFADDRMSG>() else {
            return Err(Malformed { what: "ifaddrmsg", length: message.payload.len() });
        };
        if !matches!(*family, AF_INET | AF_INET6) {
            return Ok(None);
        }
        let (mut local, mut address, mut label) = (None::<IpAddr>, None, None);
        for attribute in Attributes::behind(message.payload, IFADDRMSG) {
            let attribute = attribute?;
            match attribute.kind {
                IFA_LOCAL => local = Some(attribute.address()?),
                IFA_ADDRESS => address = Some(attribute.address()?),
                IFA_LABEL => label = Some(attribute.text()),
                _ => {}
            }
        }
        // On a point-to-point link IFA_ADDRESS is the peer's; IPv6 gives IFA_LOCAL there only.
        let own = local.or(address).ok_or(Malformed { what: "address message without address", length: 0 })?;
        let address =
            IpNet::new(own, *prefix).map_err(|_| Malformed { what: "prefix length", length: usize::from(*prefix) })?;
        Ok(Some(Self { device: u32::from_ne_bytes(*index), address, label }))
    }
}
