//! The templates that are part of lvsctl, compiled in.

/// Name and text of each.
pub(super) const SHIPPED: &[(&str, &str)] = &[];
