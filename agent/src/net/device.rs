//! A network device as the kernel has it (`RTM_NEWLINK`, `struct ifinfomsg` in `linux/rtnetlink.h`).

use std::fmt::Write as _;

use super::constants::{ARPHRD_ETHER, IFF_UP, IFINFOMSG, IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU};
use crate::netlink::{Attributes, Malformed, Message};

/// A network device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its number in the kernel.
    pub index: u32,
    /// Name.
    pub name: String,
    /// MAC address as `02:00:5e:00:53:01`, where it has one.
    pub mac: Option<String>,
    /// Whether it is Ethernet, and so speaks ARP.
    pub ethernet: bool,
    /// Administratively up.
    pub up: bool,
    /// Maximum transmission unit in bytes.
    pub mtu: u32,
}

impl Device {
    pub(super) fn decode(message: &Message<'_>) -> Result<Self, Malformed> {
        // struct ifinfomsg { u8 family, pad; u16 type; i32 index; u32 flags, change; }
        let header: [u8; IFINFOMSG] = message
            .payload
            .first_chunk()
            .copied()
            .ok_or(Malformed { what: "ifinfomsg", length: message.payload.len() })?;
        let [_, _, t0, t1, i0, i1, i2, i3, f0, f1, f2, f3, ..] = header;
        let mut device = Self {
            index: u32::from_ne_bytes([i0, i1, i2, i3]),
            ethernet: u16::from_ne_bytes([t0, t1]) == ARPHRD_ETHER,
            up: u32::from_ne_bytes([f0, f1, f2, f3]) & IFF_UP != 0,
            ..Self::default()
        };
        for attribute in Attributes::behind(message.payload, IFINFOMSG) {
            let attribute = attribute?;
            match attribute.kind {
                IFLA_IFNAME => device.name = attribute.text(),
                IFLA_MTU => device.mtu = attribute.u32()?,
                // A tunnel has its four-byte IPv4 address here, and lo has zeros: neither is a MAC address.
                IFLA_ADDRESS if attribute.payload.len() == 6 && attribute.payload != [0; 6] => {
                    device.mac = Some(mac(attribute.payload));
                }
                _ => {}
            }
        }
        Ok(device)
    }
}

/// A MAC address as people write it.
pub(super) fn mac(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (place, byte) in bytes.iter().enumerate() {
        let colon = if place == 0 { "" } else { ":" };
        let _ = write!(text, "{colon}{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_address_is_written_as_people_write_it() {
        assert_eq!(mac(&[2, 0, 0x5e, 0, 0x53, 1]), "02:00:5e:00:53:01");
    }

    #[test]
    fn a_message_that_is_too_short_is_an_error() {
        let message = Message { kind: 16, flags: 0, sequence: 1, payload: &[0; 15] };
        assert!(Device::decode(&message).is_err());
    }
}
