//! An address with the network it is in.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// An address with a prefix: `192.0.2.17/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) is_v6: bool,
    pub(super) address: u128,
    pub(super) prefix: u32,
}

impl Network {
    /// `192.0.2.17`, `192.0.2.17/24`, `192.0.2.17/255.255.255.0`, `2001:db8::1/64`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let (is_v6, address) = match address.parse().ok()? {
            IpAddr::V4(address) => (false, u128::from(u32::from(address))),
            IpAddr::V6(address) => (true, u128::from(address)),
        };
        let bits = if is_v6 { 128 } else { 32 };
        let prefix = match prefix {
            None => bits,
            Some(prefix) => prefix.parse().ok().or_else(|| mask(prefix, is_v6))?,
        };
        (prefix <= bits).then_some(Self { is_v6, address, prefix })
    }

    /// An address by its number: of IPv4 where it is small enough.
    pub(super) fn of_number(number: u128, is_v6: bool) -> Self {
        let is_v6 = is_v6 || number > u128::from(u32::MAX);
        Self { is_v6, address: number, prefix: if is_v6 { 128 } else { 32 } }
    }

    pub(super) fn bits(self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// The bits that tell hosts apart.
    pub(super) fn host_mask(self) -> u128 {
        let host_bits = self.bits() - self.prefix;
        if host_bits == 128 { u128::MAX } else { (1 << host_bits) - 1 }
    }

    pub(super) fn first(self) -> u128 {
        self.address & !self.host_mask()
    }

    pub(super) fn last(self) -> u128 {
        self.address | self.host_mask()
    }

    /// How many addresses; `None` for all of IPv6, which is one more than can be counted.
    pub(super) fn size(self) -> Option<u128> {
        self.host_mask().checked_add(1)
    }

    pub(super) fn is_single(self) -> bool {
        self.host_mask() == 0
    }

    /// A network of one or two addresses has none.
    pub(super) fn broadcast(self) -> Option<u128> {
        (!self.is_v6 && self.host_mask() > 1).then(|| self.last())
    }

    /// The addresses that hosts may have.
    pub(super) fn usable(self) -> Option<(u128, u128)> {
        match self.host_mask() {
            0 => None,
            1 => Some((self.first(), self.last())),
            _ => Some((self.first() + 1, self.last() - 1)),
        }
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.is_v6 == other.is_v6 && self.first() <= other.first() && other.last() <= self.last()
    }

    /// An address of this family as text.
    pub(super) fn text(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(address) if !self.is_v6 => Ipv4Addr::from(address).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }

    /// The network without the host.
    pub(super) fn trunc(self) -> Self {
        Self { address: self.first(), ..self }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.text(self.address), self.prefix)
    }
}

/// A netmask, or a hostmask, as a prefix.
fn mask(text: &str, is_v6: bool) -> Option<u32> {
    let mask: Ipv4Addr = text.parse().ok().filter(|_| !is_v6)?;
    let mask = u32::from(mask);
    let (ones, zeros) = (mask.leading_ones(), mask.leading_zeros());
    if mask.checked_shl(ones).unwrap_or(0) == 0 { Some(ones) } else { (mask == u32::MAX >> zeros).then_some(zeros) }
}
