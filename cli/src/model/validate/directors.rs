//! Several directors of one service.

use super::World;
use crate::{
    model::Mistakes,
    source::{Code, Diagnostic},
};

/// Says which of several directors holds the VIP: two at once would both answer ARP for it.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    for one in world.services {
        let [holder, others @ ..] = &one.service.directors[..] else { continue };
        if others.is_empty() {
            continue;
        }
        let title =
            format!("{holder} holds the VIP of {}; standing by without it: {}", one.service.name, others.join(", "));
        mistakes.warning(
            Diagnostic::new(Code::NoFailover, title, &one.spec.directors.span, "")
                .hint("the order of the hosts in the inventory decides; nothing moves the VIP by itself"),
        );
    }
}
