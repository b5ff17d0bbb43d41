//! What of the network no resource has words for, kept in the kernel's own words so that it can be told the same again, as
//! `ip rule save` and `ip route save` do: policy rules, routes of other tables, with several next hops or of another type
//! than unicast, and devices that are made, with a tunnel's ends or a VLAN's number.

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{
    LiveRoute,
    constants::{
        AF_INET, AF_INET6, AF_UNSPEC, FIB_RULE_HDR, FIB_RULE_INVERT, FRA_PRIORITY, IFINFOMSG, IFLA_IFNAME,
        IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINK, IFLA_LINKINFO, RT_TABLE_LOCAL, RTA_CACHEINFO, RTM_DELROUTE,
        RTM_DELRULE, RTM_F_CLONED, RTM_GETLINK, RTM_GETROUTE, RTM_GETRULE, RTM_NEWLINK, RTM_NEWROUTE, RTM_NEWRULE,
        RTMSG, RTN_ANYCAST, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTNH_F_ONLINK, RTPROT_KERNEL,
    },
    failure,
    rtnetlink::Rtnetlink,
};
use crate::{
    netlink::{
        Attributes, Error, Malformed, Message, Writer,
        constants::{NLM_F_CREATE, NLM_F_REPLACE},
    },
    state::Bytes,
    wire::Failure,
};

/// Kinds of devices that are made with words that do not change by themselves.
const KINDS: [&str; 9] = ["dummy", "gre", "gretap", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "sit", "vlan"];

/// What no resource has words for: of each the message that makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Others {
    devices: Vec<Bytes>,
    routes: Vec<Bytes>,
    rules: Vec<Bytes>,
}

/// What puts one kind of it back.
#[derive(Debug)]
pub(crate) struct Restore {
    kind: &'static Kind,
    /// What is there now and was not.
    new: Vec<Bytes>,
    /// What was there and is not now.
    lost: Vec<Bytes>,
}

#[derive(Debug)]
struct Kind {
    name: &'static str,
    make: (u16, u16),
    remove: Option<u16>,
}

/// A device that was not there is left alone.
const DEVICES: Kind = Kind { name: "tunnels and other devices", make: (RTM_NEWLINK, NLM_F_CREATE), remove: None };
const ROUTES: Kind = Kind {
    name: "routes of other tables",
    make: (RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE),
    remove: Some(RTM_DELROUTE),
};
const RULES: Kind = Kind { name: "policy rules", make: (RTM_NEWRULE, NLM_F_CREATE), remove: Some(RTM_DELRULE) };

impl Others {
    pub(crate) fn read() -> Result<Self, Failure> {
        let read = || {
            let mut kernel = Rtnetlink::open()?;
            let mut any = |get, new, length, keep: fn(&Message<'_>) -> Result<Option<Bytes>, Malformed>| {
                let found = kernel.table(get, new, |writer| writer.raw(&[AF_UNSPEC; IFINFOMSG][..length]), keep);
                match found {
                    // A kernel without rules.
                    Err(error) if error.is(Errno::OPNOTSUPP) => Ok(Vec::new()),
                    found => found,
                }
            };
            Ok(Self {
                devices: any(RTM_GETLINK, RTM_NEWLINK, IFINFOMSG, device)?,
                routes: any(RTM_GETROUTE, RTM_NEWROUTE, RTMSG, route)?,
                rules: any(RTM_GETRULE, RTM_NEWRULE, FIB_RULE_HDR, rule)?,
            })
        };
        read().map_err(|error: Error| failure::plain("read rules, routes and tunnels", &error))
    }

    /// What makes `now` what this was. Pure.
    pub(crate) fn difference(&self, now: &Self) -> Vec<Restore> {
        let kinds = [
            (&DEVICES, &self.devices, &now.devices),
            (&ROUTES, &self.routes, &now.routes),
            (&RULES, &self.rules, &now.rules),
        ];
        let mut restores = Vec::new();
        for (kind, before, now) in kinds {
            let without = |all: &[Bytes], others: &[Bytes]| -> Vec<Bytes> {
                all.iter().filter(|one| !others.contains(one)).cloned().collect()
            };
            let new = if kind.remove.is_some() { without(now, before) } else { Vec::new() };
            let lost = without(before, now);
            if !new.is_empty() || !lost.is_empty() {
                restores.push(Restore { kind, new, lost });
            }
        }
        restores
    }
}

impl Restore {
    /// What it is, for people.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.name
    }

    /// Whether it must come before what is on a device.
    pub(crate) fn is_of_devices(&self) -> bool {
        self.kind.name == DEVICES.name
    }

    /// Puts it back. What cannot be put back does not keep the rest from it.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let failed = |error: &Error| failure::plain(format!("put {} back", self.kind.name), error);
        let mut kernel = Rtnetlink::open().map_err(|error| failed(&error))?;
        let remove = self.kind.remove.map(|remove| (remove, 0));
        let changes = self.new.iter().filter_map(|one| Some((remove?, one)));
        let changes = changes.chain(self.lost.iter().map(|one| (self.kind.make, one)));
        let mut first = None;
        for ((message, flags), one) in changes {
            if let Err(error) = kernel.change(message, flags, |writer| writer.raw(&one.0)) {
                first.get_or_insert(error);
            }
        }
        first.map_or(Ok(()), |error| Err(failed(&error)))
    }
}

/// A policy rule of IPv4 or IPv6. One without a number is told that it has the number 0: the kernel would give it another.
fn rule(message: &Message<'_>) -> Result<Option<Bytes>, Malformed> {
    // struct fib_rule_hdr { u8 family, dst_len, src_len, tos, table, res1, res2, action; u32 flags; }
    let header = header::<FIB_RULE_HDR>(message)?;
    let [AF_INET | AF_INET6, ..] = header else { return Ok(None) };
    let mut writer = Writer::default();
    writer.raw(&with_flags(header, FIB_RULE_INVERT));
    let mut has_priority = false;
    for attribute in Attributes::behind(message.payload, FIB_RULE_HDR) {
        let attribute = attribute?;
        has_priority |= attribute.kind == FRA_PRIORITY;
        writer.attribute(attribute.kind, attribute.payload);
    }
    if !has_priority {
        writer.u32(FRA_PRIORITY, 0);
    }
    Ok(Some(Bytes(writer.into_bytes())))
}

/// A route that is not one of the main table to one next hop: those are resources. What the kernel makes for itself is
/// left out.
fn route(message: &Message<'_>) -> Result<Option<Bytes>, Malformed> {
    let header = header::<RTMSG>(message)?;
    let [_, _, from, tos, _, protocol, _, kind, flags @ ..] = header;
    let is_own = protocol == RTPROT_KERNEL
        || matches!(kind, RTN_LOCAL | RTN_BROADCAST | RTN_ANYCAST | RTN_MULTICAST)
        || u32::from_ne_bytes(flags) & RTM_F_CLONED != 0;
    let is_other = LiveRoute::decode_any(message)?.is_some_and(|route| {
        route.table != RT_TABLE_LOCAL && (!route.is_in_main() || route.special || from != 0 || tos != 0)
    });
    if is_own || !is_other {
        return Ok(None);
    }
    let mut writer = Writer::default();
    writer.raw(&with_flags(header, RTNH_F_ONLINK));
    for attribute in Attributes::behind(message.payload, RTMSG) {
        let attribute = attribute?;
        // How old it is, and the like.
        if attribute.kind != RTA_CACHEINFO {
            writer.attribute(attribute.kind, attribute.payload);
        }
    }
    Ok(Some(Bytes(writer.into_bytes())))
}

/// A device of one of [`KINDS`], with its name and what makes it what it is.
fn device(message: &Message<'_>) -> Result<Option<Bytes>, Malformed> {
    let _ = header::<IFINFOMSG>(message)?;
    let (mut name, mut below, mut kind, mut data) = (None, None, None, None);
    for attribute in Attributes::behind(message.payload, IFINFOMSG) {
        let attribute = attribute?;
        match attribute.kind {
            IFLA_IFNAME => name = Some(attribute),
            IFLA_LINK => below = Some(attribute),
            IFLA_LINKINFO => {
                for attribute in attribute.nested() {
                    let attribute = attribute?;
                    match attribute.kind {
                        IFLA_INFO_KIND => kind = Some(attribute),
                        IFLA_INFO_DATA => data = Some(attribute),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let Some((name, kind)) = name.zip(kind).filter(|(_, kind)| KINDS.contains(&kind.text().as_str())) else {
        return Ok(None);
    };
    let mut writer = Writer::default();
    writer.raw(&[0; IFINFOMSG]);
    writer.attribute(name.kind, name.payload);
    if let Some(below) = below.filter(|_| kind.text() == "vlan") {
        writer.attribute(below.kind, below.payload);
    }
    writer.nest(IFLA_LINKINFO, |writer| {
        for part in [Some(kind), data].into_iter().flatten() {
            writer.attribute(part.kind, part.payload);
        }
    });
    Ok(Some(Bytes(writer.into_bytes())))
}

fn header<const N: usize>(message: &Message<'_>) -> Result<[u8; N], Malformed> {
    let malformed = Malformed { what: "header", length: message.payload.len() };
    message.payload.first_chunk().copied().ok_or(malformed)
}

/// A header of twelve bytes, the last four of which are flags, with only these.
fn with_flags(mut header: [u8; 12], kept: u32) -> [u8; 12] {
    if let Some(flags) = header.last_chunk_mut() {
        *flags = (u32::from_ne_bytes(*flags) & kept).to_ne_bytes();
    }
    header
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn others(rules: &[&str], devices: &[&str]) -> Others {
        let all = |texts: &[&str]| texts.iter().map(|&text| text.into()).collect();
        Others { rules: all(rules), devices: all(devices), routes: Vec::new() }
    }

    #[test]
    fn nothing_differs_from_itself_and_a_new_device_is_left_alone() {
        let before = others(&["a", "b"], &["tun0"]);
        assert!(before.difference(&before.clone()).is_empty());
        assert!(before.difference(&others(&["a", "b"], &["tun0", "tun1"])).is_empty());
    }

    #[test]
    fn what_is_new_goes_and_what_was_lost_comes_back() {
        let restores = others(&["a", "b"], &["tun0"]).difference(&others(&["a", "c"], &["tun0 elsewhere"]));
        let shown: Vec<_> = restores.iter().map(|one| (one.name(), one.new.len(), one.lost.len())).collect();
        assert_eq!(shown, [("tunnels and other devices", 0, 1), ("policy rules", 1, 1)]);
    }

    #[test]
    fn a_rule_without_a_number_keeps_the_number_0() {
        let header = [AF_INET, 0, 0, 0, 255, 0, 0, 1, 3, 0, 0, 0];
        let message = Message { kind: RTM_NEWRULE, flags: 0, sequence: 1, payload: &header };
        let Bytes(kept) = rule(&message).unwrap().unwrap();
        assert_eq!(kept[..12], [AF_INET, 0, 0, 0, 255, 0, 0, 1, 2, 0, 0, 0]);
        let attributes: Vec<_> = Attributes::new(&kept[12..]).flatten().map(|one| (one.kind, one.u32())).collect();
        assert_eq!(attributes, [(FRA_PRIORITY, Ok(0))]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(payload in proptest::collection::vec(any::<u8>(), 0..100)) {
            for read in [rule, route, device] {
                let _ = read(&Message { kind: 0, flags: 0, sequence: 0, payload: &payload });
            }
        }
    }
}
