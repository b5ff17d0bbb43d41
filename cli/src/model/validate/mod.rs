//! What the kernel accepts without a word, and what does not go together: found by looking at all hosts and services.

mod directors;
mod doubts;
mod duplicates;
mod links;
mod roles;
mod sync;
mod vip;

use super::{Hosts, Mistakes, resolve::Resolved};
use crate::inventory::Inventory;

/// All that is known when the checks begin.
pub(crate) struct World<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) hosts: &'a Hosts,
    pub(crate) services: &'a [Resolved<'a>],
}

/// Looks for everything.
pub(crate) fn validate(world: &World, mistakes: &mut Mistakes) {
    duplicates::check(world, mistakes);
    vip::check(world, mistakes);
    links::check(world, mistakes);
    roles::check(world, mistakes);
    directors::check(world, mistakes);
    sync::check(world, mistakes);
    doubts::check(world, mistakes);
}
