//! The name of the node.

use std::{fs, io::Write};

use crate::{
    converge::{Converge, On},
    node::{Attributes, replace},
    state::{Hostname, Resource},
    wire::{Change, Failure, Stream, Values},
};

const LIVE: &str = "/proc/sys/kernel/hostname";
const FILE: &str = "/etc/hostname";

/// The name as it is now: in the kernel, and in the file.
#[derive(Debug)]
pub(crate) struct LiveHostname {
    running: String,
    kept: Option<String>,
}

impl Converge for On<'_, Hostname> {
    type Live = LiveHostname;

    fn query(&self) -> Result<LiveHostname, Failure> {
        let name = &self.resource.name;
        let is_sound = (1..=64).contains(&name.len())
            && !name.starts_with(['-', '.'])
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        if !is_sound {
            return Err(Failure::new("name the node", format!("{name:?} is no name of a host (hostname(7))")));
        }
        let running = self.node.root.line(LIVE).unwrap_or_default();
        Ok(LiveHostname { running, kept: self.node.root.line(FILE) })
    }

    fn diff(&self, live: &LiveHostname) -> Vec<Change> {
        let name = &self.resource.name;
        let kept = live.kept.clone().unwrap_or_default();
        let change = |subject: &str, present: &str| {
            (present != name).then(|| Change::set(subject.to_owned(), present, name.clone()))
        };
        [change("hostname", &live.running), change("hostname at boot", &kept)].into_iter().flatten().collect()
    }

    fn apply(&self, live: &LiveHostname, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let name = &self.resource.name;
        let failed = |error: std::io::Error| Failure::new(format!("name the node {name}"), error);
        if live.kept.as_ref() != Some(name) {
            if let Some(kept) = &live.kept {
                self.node.folder.back_up(&self.node.run, FILE, format!("{kept}\n").as_bytes())?;
            }
            let path = self.node.root.path(FILE);
            replace(&path, format!("{name}\n").as_bytes(), Attributes::own(0o644)).map_err(failed)?;
        }
        if live.running != *name {
            // The same as sethostname(2).
            let mut file = fs::OpenOptions::new().write(true).open(self.node.root.path(LIVE)).map_err(failed)?;
            file.write_all(format!("{name}\n").as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    fn undo(&self, live: &LiveHostname) -> Vec<Resource> {
        vec![Resource::Hostname(Hostname { name: live.running.clone() })]
    }

    fn result(&self, _: &LiveHostname, _: &LiveHostname) -> Values {
        let name = &self.resource.name;
        let short = name.split('.').next().unwrap_or(name);
        let domain = name.split_once('.').map_or("", |(_, domain)| domain);
        let mut values = Values::new();
        values.insert("name".to_owned(), name.as_str().into());
        values.insert(
            "ansible_facts".to_owned(),
            serde_json::json!({
                "ansible_hostname": short,
                "ansible_nodename": name,
                "ansible_fqdn": name,
                "ansible_domain": domain,
            }),
        );
        values
    }
}
