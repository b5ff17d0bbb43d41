//! Which of a real server's addresses its directors send to.

use std::net::IpAddr;

use lvs_agent::state::Forwarding;

use super::candidates::Candidate;
use crate::{
    model::{
        Placed,
        read::{HostSpec, ServiceSpec},
    },
    source::{Code, Diagnostic, Span},
};

/// In this order: the entry's `address`; the host's `lvs_rip`; its address in the service's `real_network`; its address
/// on a link that it shares with the directors; its first address of the VIP's family; for a tunnel, its first address.
pub(super) fn of(
    candidate: &Candidate,
    spec: &ServiceSpec,
    host: &HostSpec,
    directors: &[&HostSpec],
) -> Result<IpAddr, Diagnostic> {
    let place = &candidate.place().span;
    let tunnel = matches!(spec.forward.value, Forwarding::Tunnel(_));
    let ipv6 = spec.key.key.is_ipv6();
    let given = candidate.pick(|entry| &entry.address);
    let of_family = host.rips.iter().find(|rip| rip.value.is_ipv6() == ipv6);
    let given = given.or(of_family).or_else(|| host.rips.first().filter(|_| tunnel));
    let address = match given {
        Some(given) if tunnel => given.value,
        Some(given) => own(given, host)?,
        None => found(place, spec, host, directors)?,
    };
    check_family(address, place, spec, host, tunnel)?;
    Ok(address)
}

/// A packet to an address that the host does not have is lost; a tunnel's end can be behind a translation.
fn own(given: &Placed<IpAddr>, host: &HostSpec) -> Result<IpAddr, Diagnostic> {
    if host.interfaces.is_empty() || host.addresses().any(|address| address.value.addr() == given.value) {
        return Ok(given.value);
    }
    let title = format!("{} is not an address of {}", given.value, host.name);
    let addresses: Vec<_> = host.addresses().map(|address| address.value.addr().to_string()).collect();
    Err(Diagnostic::new(Code::NoRealServerAddress, title, &given.span, "")
        .also(&host.span, "this host")
        .hint(format!("its `lvs_interfaces` have {}", addresses.join(", "))))
}

fn found(place: &Span, spec: &ServiceSpec, host: &HostSpec, directors: &[&HostSpec]) -> Result<IpAddr, Diagnostic> {
    let all = || host.addresses().map(|address| address.value.addr());
    if let Some(network) = &spec.real_network {
        return all().find(|address| network.value.contains(address)).ok_or_else(|| {
            let title = format!("{} has no address in {}", host.name, network.value);
            Diagnostic::new(Code::NoRealServerAddress, title, place, "this real server")
                .also(&network.span, "the network to look in")
                .hint(format!("add the address to `lvs_interfaces` of {}, or set its `lvs_rip`", host.name))
        });
    }
    let ipv6 = spec.key.key.is_ipv6();
    let fitting = || all().filter(|address| address.is_ipv6() == ipv6);
    let shared = |address: &IpAddr| directors.iter().filter(|director| director.towards(*address).is_some()).count();
    let tunnel = matches!(spec.forward.value, Forwarding::Tunnel(_));
    fitting()
        .find(|address| shared(address) == directors.len())
        .or_else(|| fitting().find(|address| shared(address) > 0))
        .or_else(|| fitting().next())
        .or_else(|| all().next().filter(|_| tunnel))
        .ok_or_else(|| {
            let family = if ipv6 { "IPv6" } else { "IPv4" };
            let title = format!("{} has no {family} address to send to", host.name);
            Diagnostic::new(Code::NoRealServerAddress, title, place, "this real server")
                .also(&host.span, "this host")
                .hint(format!("give {} `lvs_interfaces` with addresses, or set its `lvs_rip`", host.name))
        })
}

/// The kernel mixes families for tunnels only (`ip_vs_genl_set_cmd`), and what a real server gets in an IPv6 tunnel's
/// fallback device must be IPv6 (`ip6_fb_tnl_dev_init`).
fn check_family(
    address: IpAddr,
    place: &Span,
    spec: &ServiceSpec,
    host: &HostSpec,
    tunnel: bool,
) -> Result<(), Diagnostic> {
    let ipv6 = spec.key.key.is_ipv6();
    if address.is_ipv6() == ipv6 || tunnel && ipv6 {
        return Ok(());
    }
    let title = format!("{} cannot be sent on to {address} of {}", spec.key.what(), host.name);
    let hint = if tunnel {
        "an IPv4 service cannot be tunnelled through IPv6; give the real server an IPv4 address"
    } else {
        "VIP and real servers must both be IPv4 or both IPv6; only `forward: tun` carries IPv6 through IPv4"
    };
    Err(Diagnostic::new(Code::MixedFamilies, title, place, "this real server")
        .also(&spec.key.span, "the service")
        .hint(hint))
}
