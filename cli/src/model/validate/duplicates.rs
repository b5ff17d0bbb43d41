//! One director cannot have a service twice, and a VIP can be in one place only.

use std::collections::HashMap;

use super::World;
use crate::{
    model::{Mistakes, resolve::Resolved},
    source::{Code, Diagnostic},
};

/// Looks for services that stand twice and VIPs in two places.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    let (mut keys, mut names, mut vips) = (HashMap::new(), HashMap::new(), HashMap::new());
    for one in world.services {
        for director in &one.service.directors {
            if let Some(first) = keys.insert((director, one.service.key), one) {
                mistakes.error(same_key(first, one));
            } else if let Some(first) = names.insert((director, &one.service.name), one) {
                mistakes.error(same_name(first, one));
            }
        }
        match vips.get(&one.service.vip()) {
            None => {
                vips.insert(one.service.vip(), one);
            }
            Some(&first) => in_two_places(first, one, mistakes),
        }
    }
}

fn same_key(first: &Resolved, second: &Resolved) -> Diagnostic {
    let title = format!(
        "{} and {} are the same virtual service, {}",
        first.service.name, second.service.name, second.service.key
    );
    let title = if first.service.name == second.service.name {
        format!("the service {} stands twice", second.service.name)
    } else {
        title
    };
    Diagnostic::new(Code::DuplicateService, title, &second.spec.vip.span, "the second time")
        .also(&first.spec.vip.span, "the first time")
        .hint("a service is known by VIP, port and protocol: change one of them, or put all real servers into one service")
}

fn same_name(first: &Resolved, second: &Resolved) -> Diagnostic {
    let title = format!("two virtual services are named {}", second.service.name);
    Diagnostic::new(Code::DuplicateService, title, &second.spec.name.span, "the second time")
        .also(&first.spec.name.span, "the first time")
        .hint("give each a name of its own")
}

fn in_two_places(first: &Resolved, second: &Resolved, mistakes: &mut Mistakes) {
    let place = |one: &Resolved| (one.service.holder().to_owned(), one.service.vip_device.clone());
    let ((host, device), (other_host, other_device)) = (place(first), place(second));
    if (&host, &device) == (&other_host, &other_device) {
        return;
    }
    let span = |one: &Resolved| one.spec.vip_device.as_ref().map_or(one.spec.vip.span.clone(), |it| it.span.clone());
    let title = format!("the VIP {} is asked to be in two places", second.spec.vip.value);
    mistakes.error(
        Diagnostic::new(Code::VipInTwoPlaces, title, &span(second), format!("on {other_host}, device {other_device}"))
            .also(&span(first), format!("on {host}, device {device}"))
            .hint("all services of one VIP need the same `directors` and the same `vip_device`"),
    );
}
