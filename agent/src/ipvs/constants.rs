//! Numbers of `linux/ip_vs.h`, by their names there.

pub(super) const IPVS_GENL_NAME: &str = "IPVS";
pub(super) const IPVS_GENL_VERSION: u8 = 1;

pub(super) const IPVS_CMD_NEW_SERVICE: u8 = 1;
pub(super) const IPVS_CMD_SET_SERVICE: u8 = 2;
pub(super) const IPVS_CMD_DEL_SERVICE: u8 = 3;
pub(super) const IPVS_CMD_GET_SERVICE: u8 = 4;
pub(super) const IPVS_CMD_NEW_DEST: u8 = 5;
pub(super) const IPVS_CMD_SET_DEST: u8 = 6;
pub(super) const IPVS_CMD_DEL_DEST: u8 = 7;
pub(super) const IPVS_CMD_GET_DEST: u8 = 8;
pub(super) const IPVS_CMD_NEW_DAEMON: u8 = 9;
pub(super) const IPVS_CMD_DEL_DAEMON: u8 = 10;
pub(super) const IPVS_CMD_GET_DAEMON: u8 = 11;
pub(super) const IPVS_CMD_SET_CONFIG: u8 = 12;
pub(super) const IPVS_CMD_GET_CONFIG: u8 = 13;
/// Version and size of the connection table; changes nothing
pub(super) const IPVS_CMD_GET_INFO: u8 = 15;
pub(super) const IPVS_CMD_ZERO: u8 = 16;

pub(super) const IPVS_CMD_ATTR_SERVICE: u16 = 1;
pub(super) const IPVS_CMD_ATTR_DEST: u16 = 2;
pub(super) const IPVS_CMD_ATTR_DAEMON: u16 = 3;
/// Seconds, like the two below; 0 leaves it as it is
pub(super) const IPVS_CMD_ATTR_TIMEOUT_TCP: u16 = 4;
pub(super) const IPVS_CMD_ATTR_TIMEOUT_TCP_FIN: u16 = 5;
pub(super) const IPVS_CMD_ATTR_TIMEOUT_UDP: u16 = 6;

pub(super) const IPVS_DAEMON_ATTR_STATE: u16 = 1;
pub(super) const IPVS_DAEMON_ATTR_MCAST_IFN: u16 = 2;
/// 32 bits
pub(super) const IPVS_DAEMON_ATTR_SYNC_ID: u16 = 3;
/// Linux 4.3, like those below; host order
pub(super) const IPVS_DAEMON_ATTR_SYNC_MAXLEN: u16 = 4;
/// IPv4
pub(super) const IPVS_DAEMON_ATTR_MCAST_GROUP: u16 = 5;
pub(super) const IPVS_DAEMON_ATTR_MCAST_GROUP6: u16 = 6;
/// Host order, unlike every other port here
pub(super) const IPVS_DAEMON_ATTR_MCAST_PORT: u16 = 7;
pub(super) const IPVS_DAEMON_ATTR_MCAST_TTL: u16 = 8;

/// Bits of `IPVS_DAEMON_ATTR_STATE`
pub(super) const IP_VS_STATE_MASTER: u32 = 1;
pub(super) const IP_VS_STATE_BACKUP: u32 = 2;

/// Host order
pub(super) const IPVS_SVC_ATTR_AF: u16 = 1;
/// Host order
pub(super) const IPVS_SVC_ATTR_PROTOCOL: u16 = 2;
/// Always 16 bytes; IPv4 is in the first four
pub(super) const IPVS_SVC_ATTR_ADDR: u16 = 3;
/// Network order
pub(super) const IPVS_SVC_ATTR_PORT: u16 = 4;
pub(super) const IPVS_SVC_ATTR_FWMARK: u16 = 5;
pub(super) const IPVS_SVC_ATTR_SCHED_NAME: u16 = 6;
/// `struct ip_vs_flags { u32 flags; u32 mask; }`
pub(super) const IPVS_SVC_ATTR_FLAGS: u16 = 7;
/// Seconds
pub(super) const IPVS_SVC_ATTR_TIMEOUT: u16 = 8;
/// IPv4: the mask in network order; IPv6: the prefix length in host order
pub(super) const IPVS_SVC_ATTR_NETMASK: u16 = 9;
pub(super) const IPVS_SVC_ATTR_STATS: u16 = 10;
pub(super) const IPVS_SVC_ATTR_PE_NAME: u16 = 11;
/// Linux 4.1
pub(super) const IPVS_SVC_ATTR_STATS64: u16 = 12;

pub(super) const IPVS_DEST_ATTR_ADDR: u16 = 1;
/// Network order
pub(super) const IPVS_DEST_ATTR_PORT: u16 = 2;
pub(super) const IPVS_DEST_ATTR_FWD_METHOD: u16 = 3;
pub(super) const IPVS_DEST_ATTR_WEIGHT: u16 = 4;
pub(super) const IPVS_DEST_ATTR_U_THRESH: u16 = 5;
pub(super) const IPVS_DEST_ATTR_L_THRESH: u16 = 6;
pub(super) const IPVS_DEST_ATTR_ACTIVE_CONNS: u16 = 7;
pub(super) const IPVS_DEST_ATTR_INACT_CONNS: u16 = 8;
pub(super) const IPVS_DEST_ATTR_PERSIST_CONNS: u16 = 9;
pub(super) const IPVS_DEST_ATTR_STATS: u16 = 10;
/// Linux 3.18
pub(super) const IPVS_DEST_ATTR_ADDR_FAMILY: u16 = 11;
/// Linux 4.1
pub(super) const IPVS_DEST_ATTR_STATS64: u16 = 12;
/// Linux 5.3, like the two below
pub(super) const IPVS_DEST_ATTR_TUN_TYPE: u16 = 13;
/// Network order
pub(super) const IPVS_DEST_ATTR_TUN_PORT: u16 = 14;
/// Host order
pub(super) const IPVS_DEST_ATTR_TUN_FLAGS: u16 = 15;

pub(super) const IPVS_STATS_ATTR_CONNS: u16 = 1;
pub(super) const IPVS_STATS_ATTR_INPKTS: u16 = 2;
pub(super) const IPVS_STATS_ATTR_OUTPKTS: u16 = 3;
/// 64 bits in both kinds of counters, like the one below
pub(super) const IPVS_STATS_ATTR_INBYTES: u16 = 4;
pub(super) const IPVS_STATS_ATTR_OUTBYTES: u16 = 5;
pub(super) const IPVS_STATS_ATTR_CPS: u16 = 6;
pub(super) const IPVS_STATS_ATTR_INPPS: u16 = 7;
pub(super) const IPVS_STATS_ATTR_OUTPPS: u16 = 8;
pub(super) const IPVS_STATS_ATTR_INBPS: u16 = 9;
pub(super) const IPVS_STATS_ATTR_OUTBPS: u16 = 10;

pub(super) const IP_VS_SVC_F_PERSISTENT: u32 = 0x1;
/// The kernel's own mark
pub(super) const IP_VS_SVC_F_HASHED: u32 = 0x2;
pub(super) const IP_VS_SVC_F_ONEPACKET: u32 = 0x4;
pub(super) const IP_VS_SVC_F_SCHED1: u32 = 0x8;
pub(super) const IP_VS_SVC_F_SCHED2: u32 = 0x10;
pub(super) const IP_VS_SVC_F_SCHED3: u32 = 0x20;

pub(super) const IP_VS_CONN_F_FWD_MASK: u32 = 7;
pub(super) const IP_VS_CONN_F_MASQ: u32 = 0;
pub(super) const IP_VS_CONN_F_LOCALNODE: u32 = 1;
pub(super) const IP_VS_CONN_F_TUNNEL: u32 = 2;
pub(super) const IP_VS_CONN_F_DROUTE: u32 = 3;

pub(super) const IP_VS_CONN_F_TUNNEL_TYPE_IPIP: u8 = 0;
pub(super) const IP_VS_CONN_F_TUNNEL_TYPE_GUE: u8 = 1;
pub(super) const IP_VS_CONN_F_TUNNEL_TYPE_GRE: u8 = 2;

/// No bit
pub(super) const IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM: u16 = 0;
pub(super) const IP_VS_TUNNEL_ENCAP_FLAG_CSUM: u16 = 1;
pub(super) const IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM: u16 = 2;

pub(super) const AF_INET: u16 = 2;
pub(super) const AF_INET6: u16 = 10;

pub(super) const IPPROTO_TCP: u16 = 6;
pub(super) const IPPROTO_UDP: u16 = 17;
pub(super) const IPPROTO_SCTP: u16 = 132;
