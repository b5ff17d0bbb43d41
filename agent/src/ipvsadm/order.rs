//! The order in which ipvsadm lists services and real servers.
//!
//! ipvsadm compares numbers by the sign of their 32-bit difference, so that 203.0.113.1 comes before 10.0.0.1, and some
//! three addresses have no order at all. There the outcome is that of glibc's merge sort, which is made here, too.

use std::{cmp::Ordering, net::IpAddr};

use crate::state::{RealServer, ServiceKey};

/// How ipvsadm compares two services.
pub(super) fn services(one: &ServiceKey, other: &ServiceKey) -> Ordering {
    let parts = |key: &ServiceKey| match *key {
        ServiceKey::Fwmark { mark, ipv6 } => (mark.0, ipv6, 0, IpAddr::from([0; 4]), 0),
        ServiceKey::Address { protocol, vip, port } => (0, vip.is_ipv6(), protocol as u8 + 1, vip, port),
    };
    let ((mark, family, protocol, vip, port), other) = (parts(one), parts(other));
    by_difference(mark, other.0)
        .then(family.cmp(&other.1))
        .then(protocol.cmp(&other.2))
        .then_with(|| addresses(vip, other.3))
        .then(port.cmp(&other.4))
}

/// How ipvsadm compares two real servers. One of another family than the first is compared by what it has of it.
pub(super) fn servers(one: &RealServer, other: &RealServer) -> Ordering {
    addresses(one.address, other.address).then(one.port.cmp(&other.port))
}

fn addresses(one: IpAddr, other: IpAddr) -> Ordering {
    let words = |address: IpAddr| match address {
        IpAddr::V4(address) => [address.to_bits(), 0, 0, 0],
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [96, 64, 32, 0].map(|shift| u32::try_from(bits >> shift & u128::from(u32::MAX)).unwrap_or(0))
        }
    };
    let count = if one.is_ipv6() { 4 } else { 1 };
    let pairs = words(one).into_iter().zip(words(other)).take(count);
    pairs.fold(Ordering::Equal, |order, (one, other)| order.then_with(|| by_difference(one, other)))
}

fn by_difference(one: u32, other: u32) -> Ordering {
    one.wrapping_sub(other).cast_signed().cmp(&0)
}

/// qsort(3) of glibc: a merge sort from the top that halves downwards. The standard library's sort may panic where an
/// order is none.
pub(super) fn sort<T: Copy>(things: &mut [T], compare: &dyn Fn(T, T) -> Ordering) {
    let count = things.len();
    if count < 2 {
        return;
    }
    let (left, right) = things.split_at_mut(count / 2);
    sort(left, compare);
    sort(right, compare);
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    let mut merged = Vec::with_capacity(count);
    while let Some(next) = match (left.peek(), right.peek()) {
        (Some(one), Some(other)) if compare(*one, *other).is_gt() => right.next(),
        (Some(_), _) => left.next(),
        _ => right.next(),
    } {
        merged.push(next);
    }
    things.copy_from_slice(&merged);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_compared_by_their_difference() {
        let mut addresses: Vec<IpAddr> =
            ["10.0.0.1", "203.0.113.1", "10.0.0.0"].iter().map(|text| text.parse().unwrap()).collect();
        sort(&mut addresses, &super::addresses);
        assert_eq!(
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["203.0.113.1", "10.0.0.0", "10.0.0.1"]
        );
    }

    proptest! {
        #[test]
        fn what_has_an_order_is_in_it(mut numbers in proptest::collection::vec(any::<u16>(), 0..50)) {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sort(&mut numbers, &|one, other| one.cmp(&other));
            prop_assert_eq!(numbers, sorted);
        }
    }
}
