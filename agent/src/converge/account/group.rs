//! Groups.

use super::{database::groups, is_account_name, run};
use crate::{
    converge::{Converge, On},
    state::{Group, Presence, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};

impl Converge for On<'_, Group> {
    /// Its number, if it is there.
    type Live = Option<u32>;

    fn query(&self) -> Result<Option<u32>, Failure> {
        let name = &self.resource.name;
        if !is_account_name(name) {
            return Err(Failure::new("look for a group", format!("{name:?} is no name of one")));
        }
        Ok(groups(&self.node.root).into_iter().find(|group| group.name == *name).map(|group| group.gid))
    }

    fn diff(&self, live: &Option<u32>) -> Vec<Change> {
        let Group { name, state, gid, .. } = self.resource;
        let subject = format!("group {name}");
        match (state, live, gid) {
            (Presence::Absent, Some(_), _) => vec![Change::remove(subject, Side::Present)],
            (Presence::Present, None, Some(gid)) => vec![Change::add(subject, Side::Value(format!("gid {gid}")))],
            (Presence::Present, None, None) => vec![Change::add(subject, Side::Present)],
            (Presence::Present, Some(present), Some(gid)) if present != gid => {
                vec![Change::set(format!("{subject} gid"), present.to_string(), gid.to_string())]
            }
            _ => Vec::new(),
        }
    }

    fn apply(&self, live: &Option<u32>, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let Group { name, state, gid, system, non_unique } = self.resource;
        let verb = match (state, live) {
            (Presence::Absent, _) => "groupdel",
            (Presence::Present, None) => "groupadd",
            (Presence::Present, Some(_)) => "groupmod",
        };
        let mut argv = vec![verb.to_owned()];
        if *state == Presence::Present {
            if let Some(gid) = gid {
                argv.extend(["-g".to_owned(), gid.to_string()]);
                argv.extend(non_unique.then(|| "-o".to_owned()));
            }
            argv.extend((*system && live.is_none()).then(|| "-r".to_owned()));
        }
        argv.push(name.clone());
        run(&self.node.root, &argv, format!("{verb} {name}"), output)
    }

    fn undo(&self, live: &Option<u32>) -> Vec<Resource> {
        let state = if live.is_some() { Presence::Present } else { Presence::Absent };
        if state == Presence::Absent && self.resource.state == Presence::Absent {
            return Vec::new();
        }
        vec![Resource::Group(Group { name: self.resource.name.clone(), state, gid: *live, ..Group::default() })]
    }

    fn result(&self, _: &Option<u32>, live: &Option<u32>) -> Values {
        let Group { name, state, system, .. } = self.resource;
        let state = if *state == Presence::Present { "present" } else { "absent" };
        let mut values = Values::new();
        values.insert("name".to_owned(), name.as_str().into());
        values.insert("state".to_owned(), state.into());
        values.insert("system".to_owned(), (*system).into());
        values.extend(live.map(|gid| ("gid".to_owned(), gid.into())));
        values
    }
}
