//! ARP frames on Ethernet (RFC 826): the question who has an address, and the answer.

use std::net::Ipv4Addr;

const ETH_P_ARP: [u8; 2] = 0x0806u16.to_be_bytes();
/// Hardware type 1 (Ethernet), protocol type 0x0800 (IPv4), and the lengths of their addresses.
const ETHERNET_IPV4: [u8; 6] = [0, 1, 8, 0, 6, 4];
const ARPOP_REQUEST: [u8; 2] = [0, 1];
const ARPOP_REPLY: [u8; 2] = [0, 2];
const BROADCAST: Mac = [0xff; 6];

/// Where the ARP packet begins in a frame, and what follows one another in it.
const PACKET: usize = 14;
const SENDER: usize = PACKET + 8;
const LENGTH: usize = PACKET + 28;

/// A MAC address.
pub(super) type Mac = [u8; 6];

/// The question who has `address`, to everybody.
pub(super) fn question(mac: Mac, own: Ipv4Addr, address: Ipv4Addr) -> [u8; LENGTH] {
    let parts: [&[u8]; 10] = [
        &BROADCAST,
        &mac,
        &ETH_P_ARP,
        &ETHERNET_IPV4,
        &ARPOP_REQUEST,
        &mac,
        &own.octets(),
        &[0; 6],
        &address.octets(),
        &[],
    ];
    let mut frame = [0; LENGTH];
    for (place, byte) in frame.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    frame
}

/// Who says in this frame that the address is theirs; `None` if it is not an answer about it.
pub(super) fn answer(frame: &[u8], address: Ipv4Addr) -> Option<Mac> {
    let kind = frame.get(12..PACKET)?;
    let packet = frame.get(PACKET..SENDER)?;
    let (mac, rest) = frame.get(SENDER..LENGTH)?.split_first_chunk()?;
    let is_answer = kind == ETH_P_ARP && packet.starts_with(&ETHERNET_IPV4) && packet.ends_with(&ARPOP_REPLY);
    (is_answer && rest.starts_with(&address.octets())).then_some(*mac)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const VIP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 168);

    fn reply(mac: Mac, address: Ipv4Addr) -> [u8; LENGTH] {
        let mut frame = question(mac, address, Ipv4Addr::LOCALHOST);
        frame[PACKET + 7] = 2;
        frame
    }

    #[test]
    fn a_question_is_what_tcpdump_shows() {
        let frame = question([2, 0, 0, 0, 0, 1], Ipv4Addr::new(203, 0, 113, 1), VIP);
        assert_eq!(frame[..14], [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6]);
        assert_eq!(frame[14..22], [0, 1, 8, 0, 6, 4, 0, 1]);
        assert_eq!(frame[22..], [2, 0, 0, 0, 0, 1, 203, 0, 113, 1, 0, 0, 0, 0, 0, 0, 203, 0, 113, 168]);
    }

    #[test]
    fn only_a_reply_about_the_address_is_an_answer() {
        let mac = [2, 0, 0x5e, 0, 0x53, 1];
        assert_eq!(answer(&reply(mac, VIP), VIP), Some(mac));
        assert_eq!(answer(&reply(mac, Ipv4Addr::LOCALHOST), VIP), None);
        assert_eq!(answer(&question(mac, VIP, VIP), VIP), None);
        assert_eq!(answer(&reply(mac, VIP)[..41], VIP), None);
    }

    proptest! {
        #[test]
        fn no_frame_makes_the_reader_panic(frame in vec(any::<u8>(), 0..80)) {
            let _ = answer(&frame, VIP);
        }
    }
}
