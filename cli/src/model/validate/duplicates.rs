//! One director cannot have a service twice, and a VIP can be in one place only.

use std::{collections::HashMap, net::IpAddr};

use super::World;
use crate::{
    model::{Mistakes, Placed, ServiceVip, resolve::Resolved},
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
        for (vip, place) in one.service.vips.iter().zip(&one.spec.key.vips) {
            match vips.get(&vip.address) {
                None => {
                    vips.insert(vip.address, (one, vip, place));
                }
                Some(&first) => in_two_places(first, (one, vip, place), mistakes),
            }
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
    Diagnostic::new(Code::DuplicateService, title, &second.spec.key.span, "the second time")
        .also(&first.spec.key.span, "the first time")
        .hint("a service is known by VIP, port and protocol, or by its firewall mark: change one of them, or put all real servers into one service")
}

fn same_name(first: &Resolved, second: &Resolved) -> Diagnostic {
    let title = format!("two virtual services are named {}", second.service.name);
    Diagnostic::new(Code::DuplicateService, title, &second.spec.name.span, "the second time")
        .also(&first.spec.name.span, "the first time")
        .hint("give each a name of its own")
}

/// A service, one of its VIPs, and where that stands.
type Held<'a> = (&'a Resolved<'a>, &'a ServiceVip, &'a Placed<IpAddr>);

fn in_two_places(first: Held, second: Held, mistakes: &mut Mistakes) {
    let place = |(one, vip, _): Held| (one.service.holder().to_owned(), vip.device.clone());
    let ((host, device), (other_host, other_device)) = (place(first), place(second));
    if (&host, &device) == (&other_host, &other_device) {
        return;
    }
    let span = |(one, _, place): Held| one.spec.vip_device.as_ref().map_or(place.span.clone(), |it| it.span.clone());
    let title = format!("the VIP {} is asked to be in two places", second.1.address);
    mistakes.error(
        Diagnostic::new(Code::VipInTwoPlaces, title, &span(second), format!("on {other_host}, device {other_device}"))
            .also(&span(first), format!("on {host}, device {device}"))
            .hint("all services of one VIP need the same `directors` and the same `vip_device`"),
    );
}
