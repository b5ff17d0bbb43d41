//! Kernel parameters through `/proc/sys`, named as sysctl(8) names them, and their lines in sysctl.d(5).

use std::{fs, io, path::PathBuf};

use super::{Converge, On, line_file::LineFile};
use crate::{
    state::{Persist, Resource, Sysctl},
    wire::{Change, Failure, Side, Stream},
};

/// A kernel parameter as it is now.
#[derive(Debug)]
pub(crate) struct LiveSysctl {
    /// The value in the running kernel, if it has the key.
    value: Option<String>,
    /// The file it is kept in, or should not be, with the value there.
    kept: Option<(LineFile, Option<String>)>,
}

impl Converge for On<'_, Sysctl> {
    type Live = LiveSysctl;

    fn query(&self) -> Result<LiveSysctl, Failure> {
        let key = &self.resource.key;
        if self.resource.value.contains(['\n', '\0']) {
            return Err(Failure::new(format!("set the sysctl {key}"), "its value has more than one line"));
        }
        let value = match fs::read(self.path()?) {
            Ok(value) => Some(normal(&String::from_utf8_lossy(&value))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::new(format!("read the sysctl {key}"), error)),
        };
        let kept = match &self.resource.persist {
            None => None,
            Some(persist) => {
                let file = LineFile::read(self.node, persist.path())?;
                let value = file.lines().filter_map(split).rfind(|line| self.is_key(line.0)).map(|line| normal(line.1));
                Some((file, value))
            }
        };
        Ok(LiveSysctl { value, kept })
    }

    fn diff(&self, live: &LiveSysctl) -> Vec<Change> {
        let Sysctl { key, value, .. } = self.resource;
        let mut changes = Vec::new();
        let subject = format!("sysctl {key}");
        match &live.value {
            // A key that the kernel no longer has needs no taking back.
            None if matches!(self.resource.persist, Some(Persist::NotIn(_))) => {}
            None => changes.push(Change::add(subject, Side::Value(normal(value)))),
            Some(present) if !self.accepts(present) => changes.push(Change::set(subject, present, normal(value))),
            Some(_) => {}
        }
        if let Some((file, present)) = &live.kept {
            let subject = format!("sysctl {key} in {}", file.name);
            match (&self.resource.persist, present) {
                (Some(Persist::In(_)), None) => changes.push(Change::add(subject, Side::Value(normal(value)))),
                (Some(Persist::In(_)), Some(present)) if !self.accepts(present) => {
                    changes.push(Change::set(subject, present, normal(value)));
                }
                (Some(Persist::NotIn(_)), Some(present)) => {
                    changes.push(Change::remove(subject, Side::Value(present.clone())));
                }
                _ => {}
            }
        }
        changes
    }

    fn apply(&self, live: &LiveSysctl, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let Sysctl { key, value, .. } = self.resource;
        match &live.value {
            Some(present) if self.accepts(present) => {}
            // Open for writing only: /proc/sys knows neither creating nor truncating.
            Some(_) => fs::OpenOptions::new()
                .write(true)
                .open(self.path()?)
                .and_then(|mut file| io::Write::write_all(&mut file, format!("{value}\n").as_bytes()))
                .map_err(|error| Failure::new(format!("set the sysctl {key} to {value}"), error))?,
            None if matches!(self.resource.persist, Some(Persist::NotIn(_))) => {}
            None => {
                return Err(Failure::new(format!("set the sysctl {key}"), "this kernel has no such key").with_hint(
                    "see that the name is right, and that the kernel module or the network device it belongs to is \
                     there before it is set",
                ));
            }
        }
        let about = |line: &str| split(line).is_some_and(|(found, _)| self.is_key(found));
        match (&self.resource.persist, &live.kept) {
            (Some(Persist::In(_)), Some((file, present))) if !present.as_ref().is_some_and(|v| self.accepts(v)) => {
                file.set(self.node, about, &format!("{key} = {}", normal(value)))
            }
            (Some(Persist::NotIn(_)), Some((file, Some(_)))) => file.unset(self.node, about),
            _ => Ok(()),
        }
    }

    fn undo(&self, live: &LiveSysctl) -> Vec<Resource> {
        let Some(value) = &live.value else { return Vec::new() };
        let put = |value: &str, persist| {
            Resource::Sysctl(Sysctl {
                key: self.resource.key.clone(),
                value: value.to_owned(),
                accept: Vec::new(),
                persist,
            })
        };
        match &live.kept {
            None => vec![put(value, None)],
            Some((file, None)) => vec![put(value, Some(Persist::NotIn(file.name.clone())))],
            Some((file, Some(kept))) if kept == value => vec![put(value, Some(Persist::In(file.name.clone())))],
            // The file said one thing and the kernel another, and so they shall again.
            Some((file, Some(kept))) => vec![put(kept, Some(Persist::In(file.name.clone()))), put(value, None)],
        }
    }
}

impl On<'_, Sysctl> {
    fn path(&self) -> Result<PathBuf, Failure> {
        let key = &self.resource.key;
        let path = path_of(key);
        let is_sound = !key.is_empty()
            && key.len() < 512
            && !key.chars().any(|c| c.is_control() || c.is_whitespace())
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !is_sound {
            return Err(Failure::new("set a sysctl", format!("{key:?} is no name of one")));
        }
        Ok(self.node.root.path(&format!("/proc/sys/{path}")))
    }

    /// Whether the kernel does not have it.
    pub(super) fn is_unknown(&self) -> bool {
        self.path().is_ok_and(|path| !path.exists())
    }

    fn is_key(&self, found: &str) -> bool {
        path_of(found) == path_of(&self.resource.key)
    }

    fn accepts(&self, value: &str) -> bool {
        std::iter::once(&self.resource.value).chain(&self.resource.accept).any(|good| normal(good) == normal(value))
    }
}

/// The path below `/proc/sys`. sysctl(8): the first separator decides, so `net.ipv4.conf.eth0/1.forwarding` is
/// `net/ipv4/conf/eth0.1/forwarding`.
fn path_of(key: &str) -> String {
    if key.find(['.', '/']).is_some_and(|at| key[at..].starts_with('.')) {
        key.chars()
            .map(|c| match c {
                '.' => '/',
                '/' => '.',
                c => c,
            })
            .collect()
    } else {
        key.to_owned()
    }
}

/// Words with one space in between: the kernel prints lists with tabs.
fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `key = value`; sysctl.d(5) lets a `-` before the key ask for errors to be ignored.
fn split(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    Some((key.trim().trim_start_matches('-').trim(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        converge::test::{converge, shown},
        node::fake::FakeNode,
    };

    const LIVE: &str = "/proc/sys/net/ipv4/ip_forward";
    const FILE: &str = "/etc/sysctl.d/90-lvs.conf";

    fn sysctl(key: &str, value: &str) -> Sysctl {
        Sysctl { key: key.to_owned(), value: value.to_owned(), accept: vec![], persist: None }
    }

    fn forward(value: &str) -> Sysctl {
        Sysctl { persist: Some(Persist::In(FILE.to_owned())), ..sysctl("net.ipv4.ip_forward", value) }
    }

    fn undo(fake: &FakeNode, resource: &Sysctl) -> Vec<Resource> {
        let on = On { node: &fake.node, resource };
        on.undo(&on.query().unwrap())
    }

    fn apply_all(fake: &FakeNode, resources: &[Resource]) {
        for resource in resources {
            let Resource::Sysctl(resource) = resource else { panic!("{resource:?}") };
            converge(&On { node: &fake.node, resource }).unwrap();
        }
    }

    #[test]
    fn a_value_is_set_live_and_kept_and_the_second_time_nothing_changes() {
        let fake = FakeNode::new();
        fake.write(LIVE, "0\n");
        let resource = forward("1");
        let on = On { node: &fake.node, resource: &resource };
        assert_eq!(
            shown(&converge(&on).unwrap()),
            ["~ sysctl net.ipv4.ip_forward: 0 -> 1", "+ sysctl net.ipv4.ip_forward in /etc/sysctl.d/90-lvs.conf: 1"]
        );
        assert_eq!(fake.read(LIVE), "1\n");
        assert!(fake.read(FILE).ends_with("\nnet.ipv4.ip_forward = 1\n"));
        assert_eq!(converge(&on).unwrap(), []);
    }

    #[test]
    fn taking_it_back_leaves_no_trace() {
        let fake = FakeNode::new();
        fake.write(LIVE, "0\n");
        let before = undo(&fake, &forward("1"));
        converge(&On { node: &fake.node, resource: &forward("1") }).unwrap();
        apply_all(&fake, &before);
        assert_eq!(fake.read(LIVE), "0\n");
        assert!(!fake.at(FILE).exists());
    }

    #[test]
    fn a_file_that_said_something_else_says_it_again_after_undo() {
        let fake = FakeNode::new();
        fake.write(LIVE, "0\n");
        fake.write(FILE, "net/ipv4/ip_forward=2\nkernel.x = 1\n");
        let before = undo(&fake, &forward("1"));
        converge(&On { node: &fake.node, resource: &forward("1") }).unwrap();
        assert_eq!(fake.read(FILE), "net.ipv4.ip_forward = 1\nkernel.x = 1\n");
        apply_all(&fake, &before);
        assert_eq!(
            (fake.read(LIVE).as_str(), fake.read(FILE).as_str()),
            ("0\n", "net.ipv4.ip_forward = 2\nkernel.x = 1\n")
        );
    }

    #[test]
    fn white_space_and_accepted_values_do_not_differ() {
        let fake = FakeNode::new();
        fake.write("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
        fake.write("/proc/sys/net/ipv4/conf/all/rp_filter", "0\n");
        let list = sysctl("net.ipv4.tcp_rmem", "4096 131072 6291456");
        assert_eq!(converge(&On { node: &fake.node, resource: &list }).unwrap(), []);
        let filter = Sysctl { accept: vec!["0".to_owned()], ..sysctl("net.ipv4.conf.all.rp_filter", "2") };
        assert_eq!(converge(&On { node: &fake.node, resource: &filter }).unwrap(), []);
    }

    #[test]
    fn a_key_the_kernel_does_not_have_is_planned_and_then_fails_with_a_hint() {
        let fake = FakeNode::new();
        let resource = sysctl("net.ipv4.vs.conntrack", "1");
        let on = On { node: &fake.node, resource: &resource };
        assert_eq!(shown(&on.diff(&on.query().unwrap())), ["+ sysctl net.ipv4.vs.conntrack: 1"]);
        let failure = converge(&on).unwrap_err();
        assert!(failure.hint.unwrap().contains("module"));
    }

    #[test]
    fn separators_are_those_of_sysctl() {
        assert_eq!(path_of("net.ipv4.conf.eth0/1.rp_filter"), "net/ipv4/conf/eth0.1/rp_filter");
        assert_eq!(path_of("net/ipv4/conf/eth0.1/rp_filter"), "net/ipv4/conf/eth0.1/rp_filter");
        assert_eq!(path_of("hostname"), "hostname");
    }

    #[test]
    fn a_name_cannot_leave_proc_sys() {
        let fake = FakeNode::new();
        for key in ["", "a.//.b", "../x", "a..b", "/etc/passwd", "a b"] {
            assert!(On { node: &fake.node, resource: &sysctl(key, "1") }.query().is_err(), "{key:?}");
        }
    }
}
