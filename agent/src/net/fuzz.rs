//! What must hold of a message about devices, addresses and routes, whatever bytes it has.

use super::{Device, LiveAddress, LiveRoute};
use crate::netlink::Message;

/// Reads a message by every decoder.
pub(crate) fn message(message: &Message<'_>) {
    if let Ok(device) = Device::decode(message) {
        assert!(!device.name.contains('\0'), "a name ends at its NUL");
        assert!(device.mac.is_none_or(|mac| mac.len() == 17), "a MAC address has six bytes");
    }
    if let Ok(Some(address)) = LiveAddress::decode(message) {
        assert!(address.address.prefix_len() <= address.address.max_prefix_len());
    }
    if let Ok(Some(route)) = LiveRoute::decode(message) {
        assert_eq!(LiveRoute::decode_any(message), Ok(Some(route)), "an entry of a table is a route");
    }
}
