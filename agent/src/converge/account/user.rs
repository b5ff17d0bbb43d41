//! Users.

use std::collections::BTreeSet;

use super::{
    database::{GroupEntry, UserEntry, groups, password, user},
    is_account_name, is_field, run,
};
use crate::{
    converge::{Converge, On},
    process::Program,
    state::{Presence, Resource, User},
    wire::{Change, Failure, Side, Stream, Values},
};

/// A user as it is now.
#[derive(Debug)]
pub(crate) struct LiveUser {
    entry: Option<UserEntry>,
    groups: Vec<GroupEntry>,
    password: Option<String>,
    /// Whether there is a home folder where it should be.
    has_home: bool,
}

impl LiveUser {
    /// The groups it is a member of besides its own.
    fn member_of(&self, name: &str) -> BTreeSet<String> {
        let groups = self.groups.iter().filter(|group| group.members.contains(name));
        groups.map(|group| group.name.clone()).collect()
    }

    fn group_name(&self, gid: u32) -> String {
        self.groups.iter().find(|group| group.gid == gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }

    fn gid(&self, group: &str) -> Option<u32> {
        let named = self.groups.iter().find(|known| known.name == group).map(|group| group.gid);
        named.or_else(|| group.parse().ok())
    }
}

impl Converge for On<'_, User> {
    type Live = LiveUser;

    fn query(&self) -> Result<LiveUser, Failure> {
        let User { name, group, groups: further, comment, shell, home, password: hash, .. } = self.resource;
        let wrong =
            |came_back: String| Err(Failure::new(format!("look for the user {}", name.escape_debug()), came_back));
        if !is_account_name(name) {
            return wrong("that is no name of one".to_owned());
        }
        for name in group.iter().chain(further.iter().flatten()) {
            if !is_account_name(name) {
                return wrong(format!("{name:?} is no name of a group"));
            }
        }
        if let Some(field) = [comment, shell, home, hash].into_iter().flatten().find(|field| !is_field(field)) {
            let shown = if hash.as_ref() == Some(field) { "the password" } else { field };
            return wrong(format!("{shown:?} has a colon or a line end in it"));
        }
        let entry = user(&self.node.root, name);
        let home = self.resource.home.as_ref().or(entry.as_ref().map(|entry| &entry.home));
        let has_home = home.is_some_and(|home| self.node.root.resolve(home).is_ok_and(|home| home.is_dir()));
        Ok(LiveUser {
            groups: groups(&self.node.root),
            // Only who asks for it looks at it.
            password: self.resource.password.as_ref().and_then(|_| password(&self.node.root, name)),
            has_home,
            entry,
        })
    }

    fn diff(&self, live: &LiveUser) -> Vec<Change> {
        let User { name, state, .. } = self.resource;
        let subject = format!("user {name}");
        match (state, &live.entry) {
            (Presence::Absent, None) => Vec::new(),
            (Presence::Absent, Some(_)) => vec![Change::remove(subject, Side::Present)],
            (Presence::Present, None) => vec![Change::add(subject, Side::Present)],
            (Presence::Present, Some(entry)) => self.differences(entry, live),
        }
    }

    fn apply(&self, live: &LiveUser, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let User { name, state, remove, .. } = self.resource;
        let argv = match (state, &live.entry) {
            (Presence::Absent, _) => {
                let flag = remove.then(|| "-r".to_owned());
                ["userdel".to_owned()].into_iter().chain(flag).chain([name.clone()]).collect()
            }
            (Presence::Present, None) => self.addition(live),
            (Presence::Present, Some(entry)) => self.modification(entry, live),
        };
        // More than the program and the name of the user.
        if argv.len() > 2 || live.entry.is_none() || *state == Presence::Absent {
            let verb = argv.first().cloned().unwrap_or_default();
            run(&self.node.root, &argv, format!("{verb} {name}"), output)?;
        }
        self.set_password(live)
    }

    fn undo(&self, live: &LiveUser) -> Vec<Resource> {
        let User { name, state, .. } = self.resource;
        let Some(entry) = &live.entry else {
            let absent = User { name: name.clone(), state: Presence::Absent, ..User::default() };
            return if *state == Presence::Absent { Vec::new() } else { vec![Resource::User(absent)] };
        };
        // The password is not among it: its hash would stand in a log.
        vec![Resource::User(User {
            name: name.clone(),
            uid: Some(entry.uid),
            group: Some(live.group_name(entry.gid)),
            groups: Some(live.member_of(name).into_iter().collect()),
            comment: Some(entry.comment.clone()),
            shell: Some(entry.shell.clone()),
            home: Some(entry.home.clone()),
            move_home: self.resource.move_home,
            ..User::default()
        })]
    }

    fn result(&self, _: &LiveUser, live: &LiveUser) -> Values {
        let User { name, state, append, create_home, move_home, system, remove, .. } = self.resource;
        let mut values = Values::new();
        let mut tell = |name: &str, value: serde_json::Value| values.insert(name.to_owned(), value);
        tell("name", name.as_str().into());
        tell("state", if *state == Presence::Present { "present" } else { "absent" }.into());
        match &live.entry {
            None => {
                tell("remove", (*remove).into());
            }
            Some(entry) => {
                tell("uid", entry.uid.into());
                tell("group", entry.gid.into());
                tell("comment", entry.comment.as_str().into());
                tell("home", entry.home.as_str().into());
                tell("shell", entry.shell.as_str().into());
                tell("append", (*append).into());
                tell("create_home", (*create_home).into());
                tell("move_home", (*move_home).into());
                tell("system", (*system).into());
                if let Some(groups) = &self.resource.groups {
                    tell("groups", groups.join(",").into());
                }
                if self.resource.password.is_some() {
                    tell("password", "NOT_LOGGING_PASSWORD".into());
                }
            }
        }
        values
    }
}

impl On<'_, User> {
    fn differences(&self, entry: &UserEntry, live: &LiveUser) -> Vec<Change> {
        let User { name, uid, group, comment, shell, home, create_home, .. } = self.resource;
        let subject = |what: &str| format!("user {name} {what}");
        let text = |what: &str, present: &str, wanted: &Option<String>| {
            let wanted = wanted.as_ref().filter(|wanted| *wanted != present)?;
            Some(Change::set(subject(what), present, wanted.clone()))
        };
        let mut changes: Vec<Change> = [
            uid.filter(|uid| *uid != entry.uid)
                .map(|uid| Change::set(subject("uid"), entry.uid.to_string(), uid.to_string())),
            group
                .as_ref()
                .filter(|group| live.gid(group) != Some(entry.gid))
                .map(|group| Change::set(subject("group"), live.group_name(entry.gid), group.clone())),
            text("comment", &entry.comment, comment),
            text("shell", &entry.shell, shell),
            text("home", &entry.home, home),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(wanted) = self.wanted_groups(live) {
            let words = |groups: &BTreeSet<String>| groups.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            changes.push(Change::set(subject("groups"), words(&live.member_of(name)), words(&wanted)));
        }
        if *create_home && !live.has_home && !self.resource.move_home {
            changes.push(Change::add(subject("home folder"), Side::Present));
        }
        if self.new_password(live).is_some() {
            let hidden = || Side::Hidden { why: "secret".to_owned() };
            changes.push(Change { subject: subject("password"), before: hidden(), after: hidden() });
        }
        changes
    }

    /// The groups it should be a member of, where it is one of others.
    fn wanted_groups(&self, live: &LiveUser) -> Option<BTreeSet<String>> {
        let present = live.member_of(&self.resource.name);
        let mut wanted: BTreeSet<String> = self.resource.groups.as_ref()?.iter().cloned().collect();
        if self.resource.append {
            wanted.extend(present.iter().cloned());
        }
        // Its own group is not one of those it is a member of besides.
        if let Some(entry) = &live.entry {
            let own = live.group_name(entry.gid);
            if !present.contains(&own) {
                wanted.remove(&own);
            }
        }
        (wanted != present).then_some(wanted)
    }

    fn new_password(&self, live: &LiveUser) -> Option<&str> {
        let keeps = self.resource.keep_password && live.entry.is_some();
        let wanted = self.resource.password.as_deref().filter(|_| !keeps)?;
        (live.password.as_deref() != Some(wanted)).then_some(wanted)
    }

    fn addition(&self, live: &LiveUser) -> Vec<String> {
        let User { name, uid, group, groups, comment, shell, home, create_home, system, non_unique, .. } =
            self.resource;
        let mut argv = Argv::new("useradd");
        argv.option("-u", uid.map(|uid| uid.to_string()));
        argv.flag("-o", *non_unique && uid.is_some());
        // A group of the same name that is there already is its own.
        let has_own = live.groups.iter().any(|group| group.name == *name);
        argv.option("-g", group.clone().or_else(|| has_own.then(|| name.clone())));
        argv.option("-G", groups.as_ref().filter(|groups| !groups.is_empty()).map(|groups| groups.join(",")));
        argv.option("-c", comment.clone());
        argv.option("-s", shell.clone());
        argv.option("-d", home.clone());
        argv.flag("-m", *create_home);
        argv.flag("-M", !*create_home);
        argv.flag("-r", *system);
        argv.ending_in(name)
    }

    fn modification(&self, entry: &UserEntry, live: &LiveUser) -> Vec<String> {
        let User { name, uid, group, comment, shell, home, move_home, non_unique, .. } = self.resource;
        let mut argv = Argv::new("usermod");
        let uid = uid.filter(|uid| *uid != entry.uid);
        argv.option("-u", uid.map(|uid| uid.to_string()));
        argv.flag("-o", *non_unique && uid.is_some());
        argv.option("-g", group.clone().filter(|group| live.gid(group) != Some(entry.gid)));
        let groups = self.wanted_groups(live);
        argv.option("-G", groups.map(|groups| groups.into_iter().collect::<Vec<_>>().join(",")));
        argv.option("-c", comment.clone().filter(|comment| *comment != entry.comment));
        argv.option("-s", shell.clone().filter(|shell| *shell != entry.shell));
        let home = home.clone().filter(|home| *home != entry.home);
        argv.flag("-m", *move_home && home.is_some());
        argv.option("-d", home);
        argv.ending_in(name)
    }

    /// Sets the password, which stands on no command line, and makes a home folder that is missing.
    fn set_password(&self, live: &LiveUser) -> Result<(), Failure> {
        let User { name, state, .. } = self.resource;
        if *state == Presence::Absent {
            return Ok(());
        }
        if let Some(hash) = self.new_password(live) {
            Program::new(&self.node.root, ["chpasswd", "-e"])
                .input(format!("{name}:{hash}\n").into_bytes())
                .run(&mut |_, _| ())
                .map_err(|error| error.into_failure(format!("set the password of {name}")))?;
        }
        if self.resource.create_home && live.entry.is_some() && !live.has_home && !self.resource.move_home {
            Program::new(&self.node.root, ["mkhomedir_helper", name.as_str()])
                .run(&mut |_, _| ())
                .map_err(|error| error.into_failure(format!("make the home folder of {name}")))?;
        }
        Ok(())
    }
}

/// A command line with what there is to say.
struct Argv(Vec<String>);

impl Argv {
    fn new(program: &str) -> Self {
        Self(vec![program.to_owned()])
    }

    fn option(&mut self, flag: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.extend([flag.to_owned(), value]);
        }
    }

    fn flag(&mut self, flag: &str, is_set: bool) {
        self.0.extend(is_set.then(|| flag.to_owned()));
    }

    fn ending_in(mut self, name: &str) -> Vec<String> {
        self.0.push(name.to_owned());
        self.0
    }
}
