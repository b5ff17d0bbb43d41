//! Conversations with the kernel's routing part (rtnetlink(7)).

use std::net::Ipv4Addr;

use neli::consts::socket::NlFamily;

use super::{
    Device, LiveAddress, LiveRoute,
    constants::{
        AF_INET, AF_UNSPEC, IFADDRMSG, IFINFOMSG, IFLA_EXT_MASK, RTA_DST, RTEXT_FILTER_SKIP_STATS, RTM_GETADDR,
        RTM_GETLINK, RTM_GETROUTE, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWROUTE, RTMSG,
    },
};
use crate::netlink::{Batch, Error, Malformed, Message, Socket, Writer, constants::NLM_F_DUMP};

/// How often a table that changes while it is read is read again.
const ATTEMPTS: u32 = 10;

/// A conversation with the kernel's routing part.
pub(super) struct Rtnetlink {
    socket: Socket,
}

impl Rtnetlink {
    pub(super) fn open() -> Result<Self, Error> {
        Ok(Self { socket: Socket::open(NlFamily::Route)? })
    }

    /// Every device (same as `ip link`).
    pub(super) fn devices(&mut self) -> Result<Vec<Device>, Error> {
        self.table(
            RTM_GETLINK,
            RTM_NEWLINK,
            |writer| {
                writer.raw(&[0; IFINFOMSG]);
                writer.u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
            },
            |message| Device::decode(message).map(Some),
        )
    }

    /// Every IPv4 and IPv6 address (same as `ip address`).
    pub(super) fn addresses(&mut self) -> Result<Vec<LiveAddress>, Error> {
        self.table(RTM_GETADDR, RTM_NEWADDR, |writer| writer.raw(&[0; IFADDRMSG]), LiveAddress::decode)
    }

    /// The routes of one family in the main table that `wanted` picks (same as `ip route`).
    pub(super) fn routes(&mut self, family: u8, wanted: impl Fn(&LiveRoute) -> bool) -> Result<Vec<LiveRoute>, Error> {
        self.table(
            RTM_GETROUTE,
            RTM_NEWROUTE,
            |writer| writer.raw(&header::<RTMSG>(family)),
            |message| Ok(LiveRoute::decode(message)?.filter(|route| route.is_in_main() && wanted(route))),
        )
    }

    /// The route that a packet to `address` takes (same as `ip route get`).
    pub(super) fn route_to(&mut self, address: Ipv4Addr) -> Result<Option<LiveRoute>, Error> {
        let request = Batch::one(RTM_GETROUTE, 0, |writer| {
            let mut rtmsg = header::<RTMSG>(AF_INET);
            if let Some(prefix) = rtmsg.get_mut(1) {
                *prefix = 32;
            }
            writer.raw(&rtmsg);
            writer.attribute(RTA_DST, &address.octets());
        });
        let mut found = None;
        self.socket.ask(request, |message| {
            if message.kind == RTM_NEWROUTE {
                found = LiveRoute::decode_any(message)?;
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Makes one change.
    pub(super) fn change(&mut self, kind: u16, flags: u16, body: impl FnOnce(&mut Writer)) -> Result<(), Error> {
        self.socket.change(Batch::one(kind, flags, body))
    }

    /// A whole table, read again when it changed meanwhile.
    pub(super) fn table<T>(
        &mut self,
        get: u16,
        new: u16,
        request: impl Fn(&mut Writer),
        decode: impl Fn(&Message<'_>) -> Result<Option<T>, Malformed>,
    ) -> Result<Vec<T>, Error> {
        let mut attempt = 1;
        loop {
            let mut entries = Vec::new();
            let outcome = self.socket.dump(Batch::one(get, NLM_F_DUMP, &request), |message| {
                if message.kind == new {
                    entries.extend(decode(message)?);
                }
                Ok(())
            });
            match outcome {
                Err(Error::Unsteady) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome.map(|()| entries),
            }
        }
    }
}

/// The fixed header of a request: the family, and no other wish.
fn header<const N: usize>(family: u8) -> [u8; N] {
    let mut header = [AF_UNSPEC; N];
    if let Some(first) = header.first_mut() {
        *first = family;
    }
    header
}
