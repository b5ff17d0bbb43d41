//! Bringing a device up or down, setting its MTU, and making it (same as `ip link`).

use rustix::io::Errno;

use super::{
    Device,
    constants::{IFF_UP, IFLA_IFNAME, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_MTU, IFNAMSIZ, RTM_NEWLINK},
    failure,
    rtnetlink::Rtnetlink,
};
use crate::{
    converge::Converge,
    netlink::{
        Error, Writer,
        constants::{NLM_F_CREATE, NLM_F_EXCL},
    },
    state::{Link, LinkKind, Resource},
    wire::{Change, Failure, Side, Stream},
};

/// The node's devices, and among them the one in question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkLive {
    /// All devices.
    pub devices: Vec<Device>,
}

impl Converge for Link {
    type Live = LinkLive;

    fn query(&self) -> Result<LinkLive, Failure> {
        Rtnetlink::open()
            .and_then(|mut kernel| kernel.devices())
            .map(|devices| LinkLive { devices })
            .map_err(|error| failure::plain("read the network devices", &error))
    }

    fn diff(&self, live: &LinkLive) -> Vec<Change> {
        let subject = Resource::Link(self.clone()).id().0;
        let Some(device) = live.find(&self.name) else {
            // Also without a kind: in check mode an earlier step may be about to make the device.
            let wishes = [
                self.kind.map(|kind| kind_name(kind).to_owned()),
                self.up.map(|up| up_or_down(up).to_owned()),
                self.mtu.map(|mtu| format!("mtu {mtu}")),
            ];
            let wishes: Vec<_> = wishes.into_iter().flatten().collect();
            let after = if wishes.is_empty() { Side::Present } else { Side::Value(wishes.join(" ")) };
            return vec![Change::add(subject, after)];
        };
        let mut changes = Vec::new();
        if let Some(mtu) = self.mtu.filter(|mtu| *mtu != device.mtu) {
            changes.push(Change::set(format!("{subject} mtu"), device.mtu.to_string(), mtu.to_string()));
        }
        if let Some(up) = self.up.filter(|up| *up != device.up) {
            changes.push(Change::set(subject, up_or_down(device.up), up_or_down(up)));
        }
        changes
    }

    fn apply(&self, live: &LinkLive, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let tried = format!("set up the device {}", self.name);
        if self.name.is_empty() || self.name.len() >= IFNAMSIZ {
            return Err(Failure {
                tried,
                came_back: format!("`{}` cannot be a device's name", self.name),
                hint: Some("names of devices have 1 to 15 bytes".to_owned()),
            });
        }
        if live.find(&self.name).is_none() && self.kind.is_none() {
            return Err(failure::missing_device(tried, &self.name, &live.devices));
        }
        self.make(live).map_err(|error| {
            let mut failure = failure::plain(tried, &error);
            if error.is(Errno::OPNOTSUPP) {
                failure.hint =
                    Some("this kernel cannot make devices of this kind: is its module installed?".to_owned());
            }
            failure
        })
    }

    /// A device that was made is only brought down again: this resource has no word for taking it away.
    fn undo(&self, live: &LinkLive) -> Vec<Resource> {
        if self.diff(live).is_empty() {
            return Vec::new();
        }
        let before = match live.find(&self.name) {
            Some(device) => Self {
                name: self.name.clone(),
                kind: None,
                up: self.up.map(|_| device.up),
                mtu: self.mtu.map(|_| device.mtu),
            },
            None => Self { name: self.name.clone(), kind: None, up: Some(false), mtu: None },
        };
        vec![Resource::Link(before)]
    }
}

impl Link {
    fn make(&self, live: &LinkLive) -> Result<(), Error> {
        let mut kernel = Rtnetlink::open()?;
        if let (None, Some(kind)) = (live.find(&self.name), self.kind) {
            let made = kernel.change(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, |writer| {
                ifinfomsg(writer, None);
                writer.text(IFLA_IFNAME, &self.name);
                writer.nest(IFLA_LINKINFO, |writer| writer.text(IFLA_INFO_KIND, kind_name(kind)));
            });
            match made {
                // `tunl0` appears by itself when the kernel loads the module for the request.
                Err(error) if error.is(Errno::EXIST) => {}
                made => made?,
            }
        }
        if self.up.is_none() && self.mtu.is_none() {
            return Ok(());
        }
        kernel.change(RTM_NEWLINK, 0, |writer| {
            ifinfomsg(writer, self.up);
            writer.text(IFLA_IFNAME, &self.name);
            if let Some(mtu) = self.mtu {
                writer.u32(IFLA_MTU, mtu);
            }
        })
    }
}

impl LinkLive {
    fn find(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// `struct ifinfomsg { u8 family, pad; u16 type; i32 index; u32 flags, change; }`, with only the flag `IFF_UP`.
fn ifinfomsg(writer: &mut Writer, up: Option<bool>) {
    let (flags, change) = match up {
        Some(true) => (IFF_UP, IFF_UP),
        Some(false) => (0, IFF_UP),
        None => (0, 0),
    };
    writer.raw(&[0; 8]);
    writer.raw(&flags.to_ne_bytes());
    writer.raw(&change.to_ne_bytes());
}

const fn kind_name(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Dummy => "dummy",
        LinkKind::Ipip => "ipip",
    }
}

const fn up_or_down(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunl0() -> Link {
        Link { name: "tunl0".to_owned(), kind: None, up: Some(true), mtu: Some(1480) }
    }

    fn live(up: bool, mtu: u32) -> LinkLive {
        LinkLive { devices: vec![Device { index: 2, name: "tunl0".to_owned(), up, mtu, ..Device::default() }] }
    }

    fn shown(changes: &[Change]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_device_that_is_as_it_should_be_has_no_difference() {
        assert_eq!(tunl0().diff(&live(true, 1480)), []);
        assert_eq!(tunl0().undo(&live(true, 1480)), []);
    }

    #[test]
    fn up_and_mtu_are_two_changes() {
        let changes = tunl0().diff(&live(false, 1500));
        assert_eq!(shown(&changes), ["~ link tunl0 mtu: 1500 -> 1480", "~ link tunl0: down -> up"]);
    }

    #[test]
    fn a_missing_device_is_a_difference_and_no_failure_until_it_is_applied() {
        assert_eq!(shown(&tunl0().diff(&LinkLive::default())), ["+ link tunl0: up mtu 1480"]);
        let failure = tunl0().apply(&LinkLive::default(), &mut |_, _| {}).unwrap_err();
        assert_eq!(failure.came_back, "there is no device tunl0");
        assert!(failure.hint.unwrap().contains("module ipip"));
    }

    #[test]
    fn undo_puts_back_only_what_was_asked_for() {
        let link = Link { mtu: None, ..tunl0() };
        let before = Link { up: Some(false), ..link.clone() };
        assert_eq!(link.undo(&live(false, 1500)), [Resource::Link(before)]);
    }
}
