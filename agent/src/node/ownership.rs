//! What lvsctl made on this node, and what was there before: so that it can be taken back, and nothing else is.
//!
//! An entry is written *before* its change is made. A run that dies in between leaves an entry whose undo finds nothing
//! to do, which is harmless; the other way round, what was there before would be lost.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Attributes, Folder, replace};
use crate::{
    state::{Persist, Resource, ResourceId, ServiceKey},
    wire::Failure,
};

/// The ownership record of a node.
#[derive(Debug)]
pub(crate) struct Ownership {
    path: PathBuf,
    record: Record,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// In the order in which they were first made.
    resources: Vec<Owned>,
    /// The virtual services of the IPVS table.
    #[serde(default)]
    services: BTreeSet<ServiceKey>,
}

/// A resource that lvsctl made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owned {
    /// The tag it was last applied with.
    pub(crate) tag: String,
    /// What names it.
    pub(crate) id: ResourceId,
    /// What puts back, applied in order, what was there before the first change.
    pub(crate) undo: Vec<Resource>,
}

impl Ownership {
    /// Reads the record. One that is not there is empty; one that cannot be read is an error, since to go on without it
    /// would mean to forget what is lvsctl's.
    pub(crate) fn load(folder: &Folder) -> Result<Self, Failure> {
        let path = folder.owned();
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("read the ownership record {}", path.display()), error).with_hint(
                "it says what lvsctl made on this node. Restore it from a backup; or move it away, and lvsctl takes \
                 back nothing that it made before",
            )
        };
        let record = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(&error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Record::default(),
            Err(error) => return Err(failed(&error)),
        };
        Ok(Self { path, record })
    }

    /// The virtual services that are lvsctl's.
    pub(crate) fn services(&self) -> &BTreeSet<ServiceKey> {
        &self.record.services
    }

    /// Whether a resource is recorded.
    pub(crate) fn has(&self, id: &ResourceId) -> bool {
        self.record.resources.iter().any(|owned| owned.id == *id)
    }

    /// What was made under a tag and is not to be kept, the newest first.
    pub(crate) fn surplus(&self, tag: &str, keep: &[ResourceId]) -> Vec<Owned> {
        let surplus = |owned: &&Owned| owned.tag == tag && !keep.contains(&owned.id);
        self.record.resources.iter().rev().filter(surplus).cloned().collect()
    }

    /// Records a change that is about to be made. What was there before the *first* change of a resource stays; a later
    /// one adds only what the earlier ones had not touched.
    pub(crate) fn claim(&mut self, tag: &str, id: &ResourceId, undo: &[Resource]) -> Result<(), Failure> {
        self.update(|record| match record.resources.iter_mut().find(|owned| owned.id == *id) {
            Some(owned) => {
                tag.clone_into(&mut owned.tag);
                for resource in undo.iter().rev() {
                    if adds_to(&owned.undo, resource) {
                        // In front: the later change is taken back first.
                        owned.undo.insert(0, resource.clone());
                    }
                }
            }
            None if undo.is_empty() => {}
            None => record.resources.push(Owned { tag: tag.to_owned(), id: id.clone(), undo: undo.to_vec() }),
        })
    }

    /// The tag that last asked for a resource has it.
    pub(crate) fn retag(&mut self, tag: &str, id: &ResourceId) -> Result<(), Failure> {
        self.update(|record| {
            if let Some(owned) = record.resources.iter_mut().find(|owned| owned.id == *id) {
                tag.clone_into(&mut owned.tag);
            }
        })
    }

    /// Drops a resource from the record.
    pub(crate) fn forget(&mut self, id: &ResourceId) -> Result<(), Failure> {
        self.update(|record| record.resources.retain(|owned| owned.id != *id))
    }

    /// Records which virtual services are lvsctl's.
    pub(crate) fn set_services(&mut self, services: BTreeSet<ServiceKey>) -> Result<(), Failure> {
        self.update(|record| record.services = services)
    }

    fn update(&mut self, change: impl FnOnce(&mut Record)) -> Result<(), Failure> {
        let before = self.record.clone();
        change(&mut self.record);
        if self.record == before {
            return Ok(());
        }
        serde_json::to_vec(&self.record)
            .map_err(io::Error::from)
            .and_then(|text| replace(&self.path, &text, Attributes::own(0o600)))
            .map_err(|error| {
                self.record = before;
                Failure::new(format!("write the ownership record {}", self.path.display()), error)
            })
    }
}

/// Whether the undo of a later change takes back something of which the recorded one says nothing: a sysctl that was
/// first set in the running kernel only and later also in a file.
fn adds_to(recorded: &[Resource], later: &Resource) -> bool {
    let covers = |covered: fn(&Resource) -> bool| recorded.iter().any(covered);
    match later {
        Resource::Sysctl(_) | Resource::KernelModule(_) => {
            kept_in(later).is_some_and(|later| !recorded.iter().any(|undo| kept_in(undo) == Some(later)))
        }
        Resource::SystemService(service) => {
            (service.run.is_some() && !covers(|undo| matches!(undo, Resource::SystemService(s) if s.run.is_some())))
                || (service.enabled.is_some()
                    && !covers(|undo| matches!(undo, Resource::SystemService(s) if s.enabled.is_some())))
        }
        Resource::Link(link) => {
            (link.up.is_some() && !covers(|undo| matches!(undo, Resource::Link(l) if l.up.is_some())))
                || (link.mtu.is_some() && !covers(|undo| matches!(undo, Resource::Link(l) if l.mtu.is_some())))
        }
        Resource::Ipvs(table) => {
            (table.sync.is_some() && !covers(|undo| matches!(undo, Resource::Ipvs(t) if t.sync.is_some())))
                || (table.timeouts.is_some()
                    && !covers(|undo| matches!(undo, Resource::Ipvs(t) if t.timeouts.is_some())))
        }
        _ => false,
    }
}

fn kept_in(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::Sysctl(sysctl) => sysctl.persist.as_ref(),
        Resource::KernelModule(module) => module.persist.as_ref(),
        _ => None,
    }
    .map(Persist::path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{node::fake::FakeNode, state::Sysctl};

    fn sysctl(value: &str, persist: Option<Persist>) -> Resource {
        let key = "net.ipv4.ip_forward".to_owned();
        Resource::Sysctl(Sysctl { key, value: value.to_owned(), accept: vec![], persist })
    }

    fn id(text: &str) -> ResourceId {
        ResourceId(text.to_owned())
    }

    #[test]
    fn what_was_there_before_the_first_change_stays_on_record() {
        let fake = FakeNode::new();
        let mut ownership = Ownership::load(&fake.node.folder).unwrap();
        ownership.claim("director", &id("s"), &[sysctl("0", None)]).unwrap();
        ownership.claim("director", &id("s"), &[sysctl("1", None)]).unwrap();
        let ownership = Ownership::load(&fake.node.folder).unwrap();
        assert_eq!(ownership.surplus("director", &[])[0].undo, [sysctl("0", None)]);
    }

    #[test]
    fn a_later_change_adds_what_the_first_did_not_touch() {
        let fake = FakeNode::new();
        let mut ownership = Ownership::load(&fake.node.folder).unwrap();
        let file = Some(Persist::NotIn("/etc/sysctl.d/lvs.conf".to_owned()));
        ownership.claim("director", &id("s"), &[sysctl("0", None)]).unwrap();
        for _ in 0..2 {
            ownership.claim("director", &id("s"), &[sysctl("1", file.clone())]).unwrap();
        }
        assert_eq!(ownership.surplus("director", &[])[0].undo, [sysctl("1", file), sysctl("0", None)]);
    }

    #[test]
    fn the_newest_is_taken_back_first_and_other_tags_are_left_alone() {
        let fake = FakeNode::new();
        let mut ownership = Ownership::load(&fake.node.folder).unwrap();
        for (tag, name) in [("rs", "arp"), ("rs", "vip"), ("director", "forward"), ("rs", "kept")] {
            ownership.claim(tag, &id(name), &[sysctl("0", None)]).unwrap();
        }
        let surplus = ownership.surplus("rs", &[id("kept")]);
        assert_eq!(surplus.iter().map(|owned| owned.id.0.as_str()).collect::<Vec<_>>(), ["vip", "arp"]);
    }

    #[test]
    fn a_corrupt_record_is_never_taken_for_an_empty_one() {
        let fake = FakeNode::new();
        fs::write(fake.node.folder.owned(), "{\"resources\": [").unwrap();
        let failure = Ownership::load(&fake.node.folder).unwrap_err();
        assert!(failure.came_back.contains("EOF"), "{failure:?}");
        assert!(failure.hint.is_some());
    }
}
