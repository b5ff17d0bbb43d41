//! Counters (`IPVS_STATS_ATTR_*` in `linux/ip_vs.h`): 64 bits wide since Linux 4.1, before that mostly 32.

use super::constants::{
    IPVS_STATS_ATTR_CONNS, IPVS_STATS_ATTR_INBYTES, IPVS_STATS_ATTR_INPKTS, IPVS_STATS_ATTR_OUTBYTES,
    IPVS_STATS_ATTR_OUTPKTS,
};
use crate::{
    netlink::{Attribute, Attributes, Malformed},
    wire::RealServerStats,
};

/// Reads `IPVS_DEST_ATTR_STATS64`.
pub(super) fn decode_wide(attributes: Attributes<'_>, stats: &mut RealServerStats) -> Result<(), Malformed> {
    decode(attributes, stats, Attribute::u64)
}

/// Reads `IPVS_DEST_ATTR_STATS`.
pub(super) fn decode_narrow(attributes: Attributes<'_>, stats: &mut RealServerStats) -> Result<(), Malformed> {
    decode(attributes, stats, |attribute| attribute.u32().map(u64::from))
}

fn decode<'a>(
    attributes: Attributes<'a>,
    stats: &mut RealServerStats,
    number: impl Fn(&Attribute<'a>) -> Result<u64, Malformed>,
) -> Result<(), Malformed> {
    for attribute in attributes {
        let attribute = attribute?;
        match attribute.kind {
            IPVS_STATS_ATTR_CONNS => stats.connections = number(&attribute)?,
            IPVS_STATS_ATTR_INPKTS => stats.packets_in = number(&attribute)?,
            IPVS_STATS_ATTR_OUTPKTS => stats.packets_out = number(&attribute)?,
            IPVS_STATS_ATTR_INBYTES => stats.bytes_in = attribute.u64()?,
            IPVS_STATS_ATTR_OUTBYTES => stats.bytes_out = attribute.u64()?,
            _ => {}
        }
    }
    Ok(())
}
