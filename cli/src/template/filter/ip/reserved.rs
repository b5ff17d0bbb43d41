//! What an address is for, by the registries of special addresses (RFC 6890 and those after it).

use super::network::Network;

/// Networks from which nothing is routed in the Internet.
const NOT_GLOBAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
];

/// Networks inside of these from which something is.
const GLOBAL: &[&str] = &[
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];

fn is_in(address: Network, networks: &[&str]) -> bool {
    networks.iter().filter_map(|network| Network::parse(network)).any(|network| network.contains(address))
}

fn host(network: Network) -> Network {
    Network { prefix: network.bits(), ..network }
}

pub(super) fn is_global(network: Network) -> bool {
    let host = host(network);
    !is_in(host, NOT_GLOBAL) || is_in(host, GLOBAL)
}

pub(super) fn is_loopback(network: Network) -> bool {
    is_in(host(network), &["127.0.0.0/8", "::1/128"])
}

pub(super) fn is_multicast(network: Network) -> bool {
    is_in(host(network), &["224.0.0.0/4", "ff00::/8"])
}

pub(super) fn is_link_local(network: Network) -> bool {
    is_in(host(network), &["169.254.0.0/16", "fe80::/10"])
}

/// Whether an address of its own looks like a mask, which nobody has.
pub(super) fn is_mask(network: Network) -> bool {
    let (bits, address) = (network.bits(), network.address);
    let all = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
    let is_low = |number: u128| number & number.wrapping_add(1) == 0;
    is_low(address) || is_low(!address & all)
}
