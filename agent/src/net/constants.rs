//! Numbers of `linux/rtnetlink.h`, `linux/if_link.h`, `linux/if_addr.h` and `linux/if.h`, by their names there.

pub(super) const RTM_NEWLINK: u16 = 16;
pub(super) const RTM_GETLINK: u16 = 18;
pub(super) const RTM_NEWADDR: u16 = 20;
pub(super) const RTM_DELADDR: u16 = 21;
pub(super) const RTM_GETADDR: u16 = 22;
pub(super) const RTM_NEWROUTE: u16 = 24;
pub(super) const RTM_DELROUTE: u16 = 25;
pub(super) const RTM_GETROUTE: u16 = 26;
pub(super) const RTM_NEWRULE: u16 = 32;
pub(super) const RTM_DELRULE: u16 = 33;
pub(super) const RTM_GETRULE: u16 = 34;

pub(super) const AF_UNSPEC: u8 = 0;
pub(super) const AF_INET: u8 = 2;
pub(super) const AF_INET6: u8 = 10;

/// `sizeof(struct ifinfomsg)`
pub(super) const IFINFOMSG: usize = 16;
/// `sizeof(struct ifaddrmsg)`
pub(super) const IFADDRMSG: usize = 8;
/// `sizeof(struct rtmsg)`
pub(super) const RTMSG: usize = 12;
/// `sizeof(struct fib_rule_hdr)`
pub(super) const FIB_RULE_HDR: usize = 12;

pub(super) const IFF_UP: u32 = 1;
/// `IFNAMSIZ`, with the NUL
pub(super) const IFNAMSIZ: usize = 16;

pub(super) const IFLA_ADDRESS: u16 = 1;
pub(super) const IFLA_IFNAME: u16 = 3;
pub(super) const IFLA_MTU: u16 = 4;
pub(super) const IFLA_LINK: u16 = 5;
pub(super) const IFLA_LINKINFO: u16 = 18;
pub(super) const IFLA_EXT_MASK: u16 = 29;
pub(super) const IFLA_INFO_KIND: u16 = 1;
pub(super) const IFLA_INFO_DATA: u16 = 2;
/// Leaves the counters out of an answer.
pub(super) const RTEXT_FILTER_SKIP_STATS: u32 = 1 << 3;
pub(super) const ARPHRD_ETHER: u16 = 1;

pub(super) const IFA_ADDRESS: u16 = 1;
pub(super) const IFA_LOCAL: u16 = 2;
pub(super) const IFA_LABEL: u16 = 3;

pub(super) const RTA_DST: u16 = 1;
pub(super) const RTA_OIF: u16 = 4;
pub(super) const RTA_GATEWAY: u16 = 5;
pub(super) const RTA_PRIORITY: u16 = 6;
pub(super) const RTA_PREFSRC: u16 = 7;
pub(super) const RTA_METRICS: u16 = 8;
pub(super) const RTA_MULTIPATH: u16 = 9;
pub(super) const RTA_CACHEINFO: u16 = 12;
pub(super) const RTA_TABLE: u16 = 15;
pub(super) const RTA_VIA: u16 = 18;

/// A metric, within `RTA_METRICS`.
pub(super) const RTAX_ADVMSS: u16 = 8;

pub(super) const RT_TABLE_MAIN: u8 = 254;
pub(super) const RT_TABLE_LOCAL: u32 = 255;
pub(super) const RTPROT_UNSPEC: u8 = 0;
pub(super) const RTPROT_KERNEL: u8 = 2;
pub(super) const RTPROT_STATIC: u8 = 4;
pub(super) const RT_SCOPE_UNIVERSE: u8 = 0;
pub(super) const RT_SCOPE_HOST: u8 = 254;
pub(super) const RT_SCOPE_LINK: u8 = 253;
pub(super) const RT_SCOPE_NOWHERE: u8 = 255;
pub(super) const RTN_UNSPEC: u8 = 0;
pub(super) const RTN_UNICAST: u8 = 1;
pub(super) const RTN_LOCAL: u8 = 2;
pub(super) const RTN_BROADCAST: u8 = 3;
pub(super) const RTN_ANYCAST: u8 = 4;
pub(super) const RTN_MULTICAST: u8 = 5;
/// The kernel's own copy for one destination.
pub(super) const RTM_F_CLONED: u32 = 0x200;
/// The next hop is on the link, whatever the routes say; of a route's flags the only one that is not the kernel's own.
pub(super) const RTNH_F_ONLINK: u32 = 4;

/// The number of a rule, the lowest first.
pub(super) const FRA_PRIORITY: u16 = 6;
/// The rule holds for all else; of a rule's flags the only one that is not the kernel's own.
pub(super) const FIB_RULE_INVERT: u32 = 2;
/// `IP6_RT_PRIO_USER`: the metric of an IPv6 route that was given none.
pub(super) const IP6_RT_PRIO_USER: u32 = 1024;
