//! What systemd-networkd is about to do, where it configures a node's devices.
//!
//! Where somebody else gives a device an address that networkd is just going to give it, networkd (252) fails at its own
//! ("Failed to configure address: Numerical result out of range") and leaves the device half-way. So a boot lets it end
//! first.

use std::fs;

use crate::{converge::Converge, node::Root, state::Resource};

/// Whether a resource is not there yet, and networkd at work on its device.
pub(crate) fn may_bring(root: &Root, resource: &Resource) -> bool {
    match resource {
        Resource::Address(address) => is_at_work(root, &address.device) && differs(address),
        Resource::Route(route) => route.device.as_ref().is_some_and(|name| is_at_work(root, name)) && differs(route),
        _ => false,
    }
}

fn differs<R: Converge>(resource: &R) -> bool {
    resource.query().is_ok_and(|live| !resource.diff(&live).is_empty())
}

/// There is a file for each device that networkd knows, from before systemd takes it for started; networkctl(1) reads
/// the same one.
fn is_at_work(root: &Root, device: &str) -> bool {
    let Some(index) = root.line(&format!("/sys/class/net/{device}/ifindex")) else { return false };
    let path = root.path(&format!("/run/systemd/netif/links/{index}"));
    let text = fs::read_to_string(path).unwrap_or_default();
    let state = text.lines().find_map(|line| line.strip_prefix("ADMIN_STATE=")).unwrap_or_default();
    matches!(state, "pending" | "initialized" | "configuring")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    #[test]
    fn a_device_is_worked_on_until_it_is_configured() {
        let fake = FakeNode::new();
        let is_at_work = || is_at_work(&fake.node.root, "eth0");
        assert!(!is_at_work());
        fake.write("/sys/class/net/eth0/ifindex", "2\n");
        assert!(!is_at_work(), "there is no networkd");
        for (state, expected) in [("pending", true), ("configuring", true), ("configured", false), ("unmanaged", false)]
        {
            fake.write(
                "/run/systemd/netif/links/2",
                &format!("# Do not parse.\nADMIN_STATE={state}\nOPER_STATE=off\n"),
            );
            assert_eq!(is_at_work(), expected, "{state}");
        }
    }
}
