//! Generic netlink (`linux/genetlink.h`): families that are found by name.

use super::{
    Attributes, Batch, Error, Malformed, Socket,
    constants::{CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_CMD_GETFAMILY, GENL_ID_CTRL},
};

/// `sizeof(struct genlmsghdr)`: command, version, and two bytes of nothing.
pub(crate) const GENERIC_HEADER: usize = 4;

/// The number of the family `name`. Asking makes the kernel load the module that has it, where it can.
pub(crate) fn family_id(socket: &mut Socket, name: &str) -> Result<u16, Error> {
    let request = Batch::one(GENL_ID_CTRL, 0, |writer| {
        writer.raw(&[CTRL_CMD_GETFAMILY, 1, 0, 0]);
        writer.text(CTRL_ATTR_FAMILY_NAME, name);
    });
    let mut id = None;
    socket.ask(request, |message| {
        for attribute in Attributes::behind(message.payload, GENERIC_HEADER) {
            let attribute = attribute?;
            if attribute.kind == CTRL_ATTR_FAMILY_ID {
                id = Some(attribute.u16()?);
            }
        }
        Ok(())
    })?;
    id.ok_or_else(|| Malformed { what: "family without a number", length: 0 }.into())
}
