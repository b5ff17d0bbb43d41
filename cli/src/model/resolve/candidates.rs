//! Entries of `real_servers` spread out to hosts, and what a host takes from which entry.

use crate::{
    inventory::Inventory,
    model::{
        Mistakes, Placed,
        read::{RealServerEntry, ServiceSpec, Who},
    },
    source::{Code, Diagnostic, did_you_mean},
};

/// A host with the entries that are about it, its own first.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) host: &'a str,
    entries: Vec<&'a RealServerEntry>,
}

impl<'a> Candidate<'a> {
    /// A value of the host's own entry, else of its group's.
    pub(super) fn pick<T>(
        &self,
        field: impl Fn(&'a RealServerEntry) -> &'a Option<Placed<T>>,
    ) -> Option<&'a Placed<T>> {
        self.entries.iter().find_map(|entry| field(entry).as_ref())
    }

    /// Where it is named.
    pub(super) fn place(&self) -> &'a Placed<Who> {
        &self.entries[0].who
    }
}

/// The hosts of all entries, each where it is named first. A host of a group that has entries of its own comes with
/// those, and takes from the group's what they leave out.
pub(super) fn candidates<'a>(
    spec: &'a ServiceSpec,
    inventory: &'a Inventory,
    mistakes: &mut Mistakes,
) -> Vec<Candidate<'a>> {
    let entries = &spec.real_servers.value;
    let own = |host: &'a str| entries.iter().filter(move |entry| entry.who.value == Who::Host(host.to_owned()));
    let mut found: Vec<Candidate> = Vec::new();
    for entry in entries {
        let group = match &entry.who.value {
            Who::Host(name) => {
                match inventory.host(name) {
                    None => mistakes.error(unknown_host(&entry.who, name, inventory)),
                    Some(_) if found.iter().any(|candidate| std::ptr::eq(candidate.entries[0], entry)) => {}
                    Some(host) => {
                        let group = entries.iter().find(|group| is_about(group, name, inventory));
                        let entries = std::iter::once(entry).chain(group).collect();
                        found.push(Candidate { host: &host.name, entries });
                    }
                }
                continue;
            }
            Who::Group(name) => inventory.group(name).or_else(|| {
                mistakes.error(unknown_group(&entry.who, name, inventory));
                None
            }),
        };
        for host in group.map_or(&[][..], |group| &group.hosts) {
            if own(host).next().is_none() {
                found.push(Candidate { host, entries: vec![entry] });
            }
            for own in own(host) {
                if !found.iter().any(|candidate| std::ptr::eq(candidate.entries[0], own)) {
                    found.push(Candidate { host, entries: vec![own, entry] });
                }
            }
        }
    }
    found
}

fn is_about(entry: &RealServerEntry, host: &str, inventory: &Inventory) -> bool {
    let Who::Group(name) = &entry.who.value else { return false };
    inventory.group(name).is_some_and(|group| group.hosts.iter().any(|member| member == host))
}

fn unknown_host(who: &Placed<Who>, name: &str, inventory: &Inventory) -> Diagnostic {
    let title = format!("no host `{name}` in the inventory");
    let mistake = Diagnostic::new(Code::UnknownRealServer, title, &who.span, "");
    if inventory.group(name).is_some() {
        return mistake.hint(format!("`{name}` is a group: write `group: {name}`"));
    }
    mistake.hint(match did_you_mean(name, inventory.hosts.iter().map(|host| host.name.as_str())) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add `{name}` to a group's hosts"),
    })
}

fn unknown_group(who: &Placed<Who>, name: &str, inventory: &Inventory) -> Diagnostic {
    let title = format!("no group `{name}` in the inventory");
    let mistake = Diagnostic::new(Code::UnknownRealServer, title, &who.span, "");
    if inventory.host(name).is_some() {
        return mistake.hint(format!("`{name}` is a host: write `host: {name}`"));
    }
    mistake.hint(match did_you_mean(name, inventory.groups.keys().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add a group `{name}` with its hosts"),
    })
}
