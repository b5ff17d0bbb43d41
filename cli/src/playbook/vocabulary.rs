//! The words of playbooks, from the tables by which they are read: for schemas.

pub(crate) use super::{
    directives::Setting,
    keyword::{BLOCK, HANDLER, IMPORT, PLAY, ROLE, TASK},
    looping::{CONTROL as LOOP_CONTROL, KEYWORDS as LOOPS},
    play::{ORDERS, STRATEGIES},
};
