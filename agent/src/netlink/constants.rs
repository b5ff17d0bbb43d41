//! Numbers of `linux/netlink.h` and `linux/genetlink.h`, by their names there.

/// `sizeof(struct nlmsghdr)`
pub(crate) const NLMSG_HDRLEN: usize = 16;
/// `sizeof(struct nlattr)`
pub(crate) const NLA_HDRLEN: usize = 4;
/// `NLMSG_ALIGNTO` and `NLA_ALIGNTO`
pub(crate) const ALIGNTO: usize = 4;

pub(crate) const NLMSG_NOOP: u16 = 1;
pub(crate) const NLMSG_ERROR: u16 = 2;
pub(crate) const NLMSG_DONE: u16 = 3;
pub(crate) const NLMSG_OVERRUN: u16 = 4;

pub(crate) const NLM_F_REQUEST: u16 = 0x01;
pub(crate) const NLM_F_ACK: u16 = 0x04;
pub(crate) const NLM_F_DUMP_INTR: u16 = 0x10;
/// `NLM_F_ROOT | NLM_F_MATCH`
pub(crate) const NLM_F_DUMP: u16 = 0x100 | 0x200;
pub(crate) const NLM_F_REPLACE: u16 = 0x100;
pub(crate) const NLM_F_EXCL: u16 = 0x200;
pub(crate) const NLM_F_CREATE: u16 = 0x400;
/// In an answer of `NLMSG_ERROR`: the request is not echoed behind its header.
pub(crate) const NLM_F_CAPPED: u16 = 0x100;
/// In an answer of `NLMSG_ERROR`: attributes follow.
pub(crate) const NLM_F_ACK_TLVS: u16 = 0x200;

pub(crate) const NLMSGERR_ATTR_MSG: u16 = 1;

pub(crate) const NLA_F_NESTED: u16 = 1 << 15;
/// `~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)`
pub(crate) const NLA_TYPE_MASK: u16 = 0x3fff;

pub(crate) const GENL_ID_CTRL: u16 = 0x10;
pub(crate) const CTRL_CMD_GETFAMILY: u8 = 3;
pub(crate) const CTRL_ATTR_FAMILY_ID: u16 = 1;
pub(crate) const CTRL_ATTR_FAMILY_NAME: u16 = 2;
