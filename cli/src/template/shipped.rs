//! The templates that are part of lvsctl, compiled in.

/// Name and text of each.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    ("ifcfg.j2", include_str!("../../../templates/ifcfg.j2")),
    ("ifroutes.j2", include_str!("../../../templates/ifroutes.j2")),
    ("interfaces.j2", include_str!("../../../templates/interfaces.j2")),
];
