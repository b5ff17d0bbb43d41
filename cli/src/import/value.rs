//! Values that keepalived and ldirectord write alike.

use std::net::{IpAddr, Ipv4Addr};

use lvs_agent::state::{
    Persistence, Protocol, RealServer, Scheduler, ServiceFlags, ServiceKey, VirtualService, Weight,
};

/// Largest timeout that all kernels take (`INT_MAX / HZ`).
const MAX_TIMEOUT: u32 = 2_147_483;

/// A service without real servers.
pub(super) fn service(key: ServiceKey, scheduler: Scheduler) -> VirtualService {
    VirtualService {
        key,
        scheduler,
        flags: ServiceFlags::default(),
        persistence: None,
        persistence_engine: None,
        real_servers: Vec::new(),
    }
}

/// A real server of weight 1 without thresholds.
pub(super) fn server(address: IpAddr, port: u16, forwarding: lvs_agent::state::Forwarding) -> RealServer {
    RealServer { address, port, forwarding, weight: Weight::default(), upper_threshold: 0, lower_threshold: 0 }
}

pub(super) fn protocol(text: &str) -> Option<Protocol> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// Sets a flag of the scheduler by its name; whether there is such a name.
pub(super) fn scheduler_flag(flags: &mut ServiceFlags, name: &str) -> bool {
    let flag = match name {
        "flag-1" | "sh-fallback" | "mh-fallback" => &mut flags.sched_1,
        "flag-2" | "sh-port" | "mh-port" => &mut flags.sched_2,
        "flag-3" => &mut flags.sched_3,
        _ => return false,
    };
    *flag = true;
    true
}

/// A dotted mask or a length, for a service of that family.
pub(super) fn prefix(text: &str, ipv6: bool) -> Option<u8> {
    let longest = if ipv6 { 128 } else { 32 };
    let length = match text.parse::<Ipv4Addr>() {
        Ok(mask) if !ipv6 => {
            let ones = mask.to_bits().leading_ones();
            let mask_of = u32::MAX.checked_shl(32 - ones).unwrap_or(0);
            (mask_of == mask.to_bits()).then(|| u8::try_from(ones).ok()).flatten()?
        }
        _ => text.parse().ok()?,
    };
    (1..=longest).contains(&length).then_some(length)
}

pub(super) fn persistence(seconds: u32, prefix: Option<u8>, ipv6: bool) -> Option<Persistence> {
    let prefix = prefix.unwrap_or(if ipv6 { 128 } else { 32 });
    (1..=MAX_TIMEOUT).contains(&seconds).then_some(Persistence { timeout_seconds: seconds, prefix })
}

/// The addresses from the first to one that ends in `last`, or is it, in order; at most 256.
pub(super) fn range(first: IpAddr, last: IpAddr) -> Option<Vec<IpAddr>> {
    const MOST: usize = 256;
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let all = first.to_bits()..=last.to_bits();
            let count = usize::try_from(last.to_bits().checked_sub(first.to_bits())?).ok()?;
            (count < MOST).then(|| all.map(|bits| IpAddr::V4(bits.into())).collect())
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let all = first.to_bits()..=last.to_bits();
            let count = usize::try_from(last.to_bits().checked_sub(first.to_bits())?).ok()?;
            (count < MOST).then(|| all.map(|bits| IpAddr::V6(bits.into())).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_a_length_if_it_is_one() {
        assert_eq!(prefix("255.255.255.0", false), Some(24));
        assert_eq!(prefix("255.255.255.255", false), Some(32));
        assert_eq!(prefix("24", false), Some(24));
        assert_eq!(prefix("64", true), Some(64));
        for (text, ipv6) in [("255.0.255.0", false), ("0.0.0.0", false), ("33", false), ("129", true), ("", true)] {
            assert_eq!(prefix(text, ipv6), None, "{text}");
        }
    }

    #[test]
    fn a_range_has_both_ends_and_a_bound() {
        let range = |first: &str, last: &str| range(first.parse().unwrap(), last.parse().unwrap());
        assert_eq!(range("10.0.0.9", "10.0.0.10").unwrap().len(), 2);
        assert_eq!(range("10.0.0.9", "10.0.0.8"), None);
        assert_eq!(range("10.0.0.0", "10.1.0.0"), None);
        assert_eq!(range("2001:db8::1", "2001:db8::4").unwrap().len(), 4);
        assert_eq!(range("::", "10.0.0.1"), None);
    }
}
