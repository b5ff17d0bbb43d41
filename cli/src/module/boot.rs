//! What lets a node be after a boot what the last run made it, without a controller: the resources of each stage in the
//! agent's folder, and what makes the init system call `lvs-agent restore`.
//!
//! They are written at the end of a stage, when it is reached, so that a boot restores what was once whole. The init
//! system's part belongs to the last stage that a node has: one thing has one owner.

use lvs_agent::{
    state::{
        BOOT_AGENT, BOOT_DIRECTOR, BOOT_FOLDER, BOOT_NETWORK, BOOT_REAL_SERVER, Bytes, File, FileKind, IpvsTable,
        KernelModule, Resource, Sysctl,
    },
    wire::{Facts, Family, InitSystem, NODE_FOLDER, NetworkSystem},
};

use super::{Context, Stage, Wanted};
use crate::model::Node;

/// Units of systemd by name.
pub(super) const UNITS: [(&str, &str); 2] = [
    ("lvsctl-early", include_str!("boot/lvsctl-early.service")),
    ("lvsctl-restore", include_str!("boot/lvsctl-restore.service")),
];
const SYSV_EARLY: &str = include_str!("boot/lvsctl-early.init");
const SYSV_RESTORE: &str = include_str!("boot/lvsctl-restore.init");
const OPENRC_EARLY: &str = include_str!("boot/lvsctl-early.openrc");
const OPENRC_RESTORE: &str = include_str!("boot/lvsctl-restore.openrc");

/// `NetworkManager` runs what is in there when it has brought a device up (NetworkManager-dispatcher(8)).
const DISPATCHED: &str = "/etc/NetworkManager/dispatcher.d/90-lvsctl";
const DISPATCHER: &str = include_str!("boot/dispatcher");

/// What a stage leaves for a boot, with its owner. The folder is the agent's own, and no stage's.
pub(super) fn wanted(stage: Stage, context: &Context<'_>) -> Vec<Wanted> {
    let resources = of(stage, context);
    let home = (!resources.is_empty()).then(|| folder(&format!("{NODE_FOLDER}/{BOOT_FOLDER}"), 0o700));
    let owned = resources.into_iter().map(|resource| Wanted::staged(stage, resource));
    home.map(Wanted::plain).into_iter().chain(owned).collect()
}

/// What a stage leaves for a boot; nothing where there is nothing of that stage.
pub(super) fn of(stage: Stage, context: &Context<'_>) -> Vec<Resource> {
    let Context { node, facts, .. } = context;
    let lasting: Vec<Resource> = stage.of(node).iter().filter_map(lasting).collect();
    if lasting.is_empty() || !is_sound(&facts.agent) {
        return Vec::new();
    }
    let mut resources = vec![file(&path(stage), written(&lasting), 0o600)];
    if carrier(node) == Some(stage) {
        resources.push(link(&format!("{NODE_FOLDER}/{BOOT_FOLDER}/{BOOT_AGENT}"), &facts.agent));
        resources.extend(init(facts));
        if facts.network_systems.contains(&NetworkSystem::NetworkManager) {
            resources.push(file(DISPATCHED, DISPATCHER.to_owned(), 0o755));
        }
    }
    resources
}

/// Has what a boot restores follow a table that is not the model's: one that spares real servers which are not ready.
pub(crate) fn follow(all: &mut [Wanted], table: &IpvsTable) {
    let path = path(Stage::Director);
    for wanted in all {
        if let Resource::File(File { path: found, kind: FileKind::Content(Bytes(text)), .. }) = &mut wanted.resource
            && *found == path
            && let Ok(mut resources) = serde_json::from_slice::<Vec<Resource>>(text)
        {
            for resource in &mut resources {
                if let Resource::Ipvs(kept) = resource {
                    kept.clone_from(table);
                }
            }
            *text = written(&resources).into_bytes();
        }
    }
}

/// A resource as a boot needs it, if it does: files are there after a boot, and nobody is waited for. Its line in a file
/// of the system is there, too, so that the running kernel alone is looked at.
fn lasting(resource: &Resource) -> Option<Resource> {
    match resource {
        Resource::Sysctl(sysctl) => Some(Resource::Sysctl(Sysctl { persist: None, ..sysctl.clone() })),
        Resource::KernelModule(module) => {
            Some(Resource::KernelModule(KernelModule { persist: None, ..module.clone() }))
        }
        Resource::Link(_) | Resource::Address(_) | Resource::Route(_) | Resource::Ipvs(_) | Resource::Command(_) => {
            Some(resource.clone())
        }
        _ => None,
    }
}

/// The last stage of a node.
fn carrier(node: &Node) -> Option<Stage> {
    let stages = [Stage::Director, Stage::RealServer, Stage::Network];
    stages.into_iter().find(|stage| stage.of(node).iter().any(|resource| lasting(resource).is_some()))
}

fn path(stage: Stage) -> String {
    let name = match stage {
        Stage::Network => BOOT_NETWORK,
        Stage::RealServer => BOOT_REAL_SERVER,
        Stage::Director => BOOT_DIRECTOR,
    };
    format!("{NODE_FOLDER}/{BOOT_FOLDER}/{name}")
}

/// A line for each, so that a difference is shown by what differs.
fn written(resources: &[Resource]) -> String {
    let line = |resource| serde_json::to_string(resource).expect("resources have text keys only");
    let lines: Vec<String> = resources.iter().map(line).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The node told it.
fn is_sound(agent: &str) -> bool {
    agent.starts_with('/')
        && agent.len() < 1024
        && agent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte))
}

/// What makes the init system call the agent.
fn init(facts: &Facts) -> Vec<Resource> {
    let script = |name: &str, text: &str| file(&format!("/etc/init.d/{name}"), text.to_owned(), 0o755);
    match facts.init {
        InitSystem::Systemd => {
            let mut resources = vec![folder("/etc/systemd/system/multi-user.target.wants", 0o755)];
            for (name, text) in UNITS {
                let unit = format!("/etc/systemd/system/{name}.service");
                let wants = format!("/etc/systemd/system/multi-user.target.wants/{name}.service");
                resources.extend([file(&unit, text.to_owned(), 0o644), link(&wants, &unit)]);
            }
            resources
        }
        InitSystem::Sysv => {
            // Before and after the network: S10 in the Red Hat family, a script of rcS.d elsewhere.
            let links: &[(&str, &str)] = match facts.family {
                Family::RedHat | Family::Suse => &[
                    ("/etc/rc3.d/S09lvsctl-early", "lvsctl-early"),
                    ("/etc/rc5.d/S09lvsctl-early", "lvsctl-early"),
                    ("/etc/rc3.d/S11lvsctl-restore", "lvsctl-restore"),
                    ("/etc/rc5.d/S11lvsctl-restore", "lvsctl-restore"),
                ],
                _ => &[
                    ("/etc/rcS.d/S10lvsctl-early", "lvsctl-early"),
                    ("/etc/rc2.d/S01lvsctl-restore", "lvsctl-restore"),
                    ("/etc/rc3.d/S01lvsctl-restore", "lvsctl-restore"),
                    ("/etc/rc4.d/S01lvsctl-restore", "lvsctl-restore"),
                    ("/etc/rc5.d/S01lvsctl-restore", "lvsctl-restore"),
                ],
            };
            let scripts = [script("lvsctl-early", SYSV_EARLY), script("lvsctl-restore", SYSV_RESTORE)];
            let links = links.iter().map(|(path, name)| link(path, &format!("../init.d/{name}")));
            scripts.into_iter().chain(links).collect()
        }
        InitSystem::Openrc => vec![
            script("lvsctl-early", OPENRC_EARLY),
            script("lvsctl-restore", OPENRC_RESTORE),
            link("/etc/runlevels/boot/lvsctl-early", "/etc/init.d/lvsctl-early"),
            link("/etc/runlevels/default/lvsctl-restore", "/etc/init.d/lvsctl-restore"),
        ],
    }
}

fn file(path: &str, text: String, mode: u32) -> Resource {
    of_root(path, FileKind::Content(text.into()), Some(mode))
}

fn folder(path: &str, mode: u32) -> Resource {
    of_root(path, FileKind::Directory, Some(mode))
}

fn link(path: &str, target: &str) -> Resource {
    of_root(path, FileKind::Symlink(target.to_owned()), None)
}

fn of_root(path: &str, kind: FileKind, mode: Option<u32>) -> Resource {
    let root = Some("root".to_owned());
    let mode = mode.map(Into::into);
    Resource::File(File { owner: root.clone(), group: root, mode, ..File::new(path.to_owned(), kind) })
}
