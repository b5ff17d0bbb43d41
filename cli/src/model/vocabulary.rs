//! The variables that the model reads, and the keys in them: for schemas.

pub(crate) use super::read::{forwards, keys, protocols, scheduler_flags, schedulers, sysctls, variables};
