//! Which hosts direct a virtual service.

use crate::{
    inventory::Inventory,
    model::read::{Carried, ServiceSpec},
    source::{Code, Diagnostic, did_you_mean},
};

/// The hosts that a service names as its directors.
pub(super) fn named(spec: &ServiceSpec, inventory: &Inventory) -> Result<Vec<String>, Diagnostic> {
    let name = spec.directors.value.as_str();
    if let Some(group) = inventory.group(name) {
        return Ok(group.hosts.clone());
    }
    if let Some(host) = inventory.host(name) {
        return Ok(vec![host.name.clone()]);
    }
    let title = format!("the service {} has no director: there is no group `{name}`", spec.name.value);
    let hosts = inventory.hosts.iter().map(|host| host.name.as_str());
    let hint = match did_you_mean(name, inventory.groups.keys().map(String::as_str).chain(hosts)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add a group `{name}`, or name the group of directors with `directors: …`"),
    };
    Err(Diagnostic::new(Code::NoDirector, title, &spec.directors.span, "").hint(hint))
}

/// The mistake of a service that none of its directors has among its variables.
pub(super) fn none(carried: &Carried, inventory: &Inventory) -> Diagnostic {
    let (spec, group) = (&carried.spec, &carried.spec.directors.value);
    let empty = inventory.group(group).is_some_and(|group| group.hosts.is_empty());
    let (why, hint) = if empty {
        (format!("the group `{group}` has no hosts"), format!("add a host to the group `{group}`"))
    } else {
        (
            format!("no host of `{group}` has it among its variables"),
            format!("move `lvs_services` to the variables of `{group}` or of `all`"),
        )
    };
    let title = format!("the service {} has no director: {why}", spec.name.value);
    Diagnostic::new(Code::NoDirector, title, &spec.directors.span, "").hint(hint)
}
