//! Counters (`IPVS_STATS_ATTR_*` in `linux/ip_vs.h`): 64 bits wide since Linux 4.1, before that mostly 32.

use super::constants::{
    IPVS_STATS_ATTR_CONNS, IPVS_STATS_ATTR_CPS, IPVS_STATS_ATTR_INBPS, IPVS_STATS_ATTR_INBYTES, IPVS_STATS_ATTR_INPKTS,
    IPVS_STATS_ATTR_INPPS, IPVS_STATS_ATTR_OUTBPS, IPVS_STATS_ATTR_OUTBYTES, IPVS_STATS_ATTR_OUTPKTS,
    IPVS_STATS_ATTR_OUTPPS,
};
use crate::{
    netlink::{Attributes, Malformed},
    wire::Traffic,
};

/// Reads `IPVS_DEST_ATTR_STATS64` or its narrow elder, `IPVS_DEST_ATTR_STATS`: every number says itself how wide it is.
pub(super) fn decode(attributes: Attributes<'_>) -> Result<Traffic, Malformed> {
    let mut traffic = Traffic::default();
    for attribute in attributes {
        let attribute = attribute?;
        let number = match attribute.kind {
            IPVS_STATS_ATTR_CONNS => &mut traffic.connections,
            IPVS_STATS_ATTR_INPKTS => &mut traffic.packets_in,
            IPVS_STATS_ATTR_OUTPKTS => &mut traffic.packets_out,
            IPVS_STATS_ATTR_INBYTES => &mut traffic.bytes_in,
            IPVS_STATS_ATTR_OUTBYTES => &mut traffic.bytes_out,
            IPVS_STATS_ATTR_CPS => &mut traffic.connection_rate,
            IPVS_STATS_ATTR_INPPS => &mut traffic.packet_rate_in,
            IPVS_STATS_ATTR_OUTPPS => &mut traffic.packet_rate_out,
            IPVS_STATS_ATTR_INBPS => &mut traffic.byte_rate_in,
            IPVS_STATS_ATTR_OUTBPS => &mut traffic.byte_rate_out,
            _ => continue,
        };
        *number = if attribute.payload.len() < 8 { attribute.u32()?.into() } else { attribute.u64()? };
    }
    Ok(traffic)
}
