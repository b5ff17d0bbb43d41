//! From what is written to what holds: every host with all its variables.
//!
//! The order is Ansible's (`VARIABLE_PRECEDENCE`), the weakest first: `vars` of `all`, `vars` of the other groups,
//! `group_vars/all`, `group_vars` of the other groups, the host's entry, `host_vars`; of files, those beside the inventory
//! come before those beside the playbook. Among groups the deeper wins, then the one with the greater
//! `ansible_group_priority`, then the one that comes later in the alphabet. A value is replaced whole: mappings are not
//! merged. What the command line says wins over all that.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use super::{
    Group, Host, Inventory, Layer, Origin, Vars,
    draft::{ALL, Draft, Written},
    findings::Findings,
    tree::Tree,
    vars_files::VarsFolder,
};
use crate::source::{Code, Diagnostic};

/// Most variables and groups that hosts may have together, once all is merged.
const MAX_VALUES: usize = 5_000_000;

/// A folder that may hold `group_vars` and `host_vars`.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Beside the playbook, and not beside the inventory.
    pub(super) of_playbook: bool,
}

/// Merges a complete draft with the variables in the files of these folders, and with those of the command line.
pub(super) fn merge(
    draft: &Draft,
    tree: &Tree,
    folders: &[Folder],
    extra: &Vars,
    findings: &mut Findings,
) -> Inventory {
    let mut group_vars = open(folders, "group_vars", &mut findings.mistakes);
    let mut host_vars = open(folders, "host_vars", &mut findings.mistakes);
    let from_files: Vec<Vec<Arc<Layer>>> = group_vars
        .iter_mut()
        .map(|(of_playbook, folder)| {
            let origin = if *of_playbook { Origin::PlaybookGroupVars } else { Origin::GroupVars };
            let names = draft.groups.iter().map(|group| &group.name);
            names.map(|name| layer(origin(name.clone()), folder.vars(name, findings))).collect()
        })
        .collect();
    let written: Vec<Arc<Layer>> =
        draft.groups.iter().map(|group| layer(Origin::Group(group.name.clone()), group.vars.clone())).collect();
    let extra = layer(Origin::ExtraVars, Written { vars: extra.clone(), replaced: Vec::new() });
    let mut bases: HashMap<Vec<usize>, (Vars, Vec<Arc<Layer>>)> = HashMap::new();
    let mut hosts = Vec::with_capacity(draft.hosts.len());
    let mut values = 0_usize;
    for host in &draft.hosts {
        let groups = weakest_first(draft, tree, &host.groups);
        let mut names: Vec<String> = groups.iter().map(|&group| draft.groups[group].name.clone()).collect();
        names.sort();
        // Hosts in the same groups share what they have from them.
        let (mut vars, mut layers) = bases
            .entry(groups)
            .or_insert_with_key(|groups| {
                let mut layers = vec![Arc::clone(&written[ALL])];
                layers.extend(groups.iter().map(|&group| Arc::clone(&written[group])));
                layers.extend(from_files.iter().map(|files| Arc::clone(&files[ALL])));
                for files in &from_files {
                    layers.extend(groups.iter().map(|&group| Arc::clone(&files[group])));
                }
                layers.retain(|layer| !layer.vars.is_empty());
                (flatten(&layers), layers)
            })
            .clone();
        let mut own = vec![layer(Origin::Host, host.vars.clone())];
        own.extend(host_vars.iter_mut().map(|(of_playbook, folder)| {
            let origin = if *of_playbook { Origin::PlaybookHostVars } else { Origin::HostVars };
            layer(origin, folder.vars(&host.name, findings))
        }));
        own.push(Arc::clone(&extra));
        own.retain(|layer| !layer.vars.is_empty());
        vars.extend(flatten(&own));
        layers.extend(own);
        values += vars.len() + names.len();
        if values > MAX_VALUES {
            let title = format!("the hosts have more than {MAX_VALUES} variables and groups together");
            findings.mistakes.push(Diagnostic::new(Code::BadRange, title, &host.span, "up to this one"));
            return Inventory::default();
        }
        let (name, span, source) = (host.name.clone(), host.span.clone(), host.source.clone());
        hosts.push(Host { name, span, source, groups: names, vars, layers });
    }
    let groups = (0..draft.groups.len())
        .map(|group| (draft.groups[group].name.clone(), self::group(draft, tree, group, &written, &from_files)))
        .collect::<BTreeMap<_, _>>();
    Inventory { hosts, groups, index: OnceLock::new(), ..Inventory::default() }
}

fn open(folders: &[Folder], name: &str, found: &mut Vec<Diagnostic>) -> Vec<(bool, VarsFolder)> {
    let open = |folder: &Folder| VarsFolder::open(folder.path.join(name), found).map(|vars| (folder.of_playbook, vars));
    folders.iter().filter_map(open).collect()
}

fn layer(origin: Origin, Written { vars, replaced }: Written) -> Arc<Layer> {
    Arc::new(Layer { origin, vars, replaced })
}

fn flatten(layers: &[Arc<Layer>]) -> Vars {
    let mut vars = Vars::new();
    for layer in layers {
        vars.extend(layer.vars.iter().map(|(name, node)| (name.clone(), node.clone())));
    }
    vars
}

/// Every group that a host is in, without `all`, in the order in which their variables are merged.
fn weakest_first(draft: &Draft, tree: &Tree, direct: &[usize]) -> Vec<usize> {
    let mut groups: Vec<usize> =
        direct.iter().flat_map(|&group| tree.ancestors[group].iter().copied().chain([group])).collect();
    groups.sort_by_key(|&group| (tree.depth[group], draft.groups[group].priority, &draft.groups[group].name));
    groups.dedup();
    groups.retain(|&group| group != ALL);
    groups
}

fn group(draft: &Draft, tree: &Tree, group: usize, written: &[Arc<Layer>], from_files: &[Vec<Arc<Layer>>]) -> Group {
    let host_names = |hosts: &[usize]| hosts.iter().map(|&host| draft.hosts[host].name.clone()).collect::<Vec<_>>();
    let mut layers = vec![Arc::clone(&written[group])];
    layers.extend(from_files.iter().map(|files| Arc::clone(&files[group])));
    Group {
        children: draft.groups[group].children.iter().map(|&(child, _)| draft.groups[child].name.clone()).collect(),
        direct_hosts: host_names(&draft.groups[group].hosts),
        hosts: host_names(&all_hosts(draft, group)),
        vars: flatten(&layers),
        layers,
        depth: tree.depth[group],
        position: group,
        priority: draft.groups[group].priority_node.clone(),
    }
}

/// Hosts of a group and of all groups below it, level by level.
fn all_hosts(draft: &Draft, group: usize) -> Vec<usize> {
    let (mut queue, mut seen_groups) = (vec![group], vec![false; draft.groups.len()]);
    let (mut hosts, mut seen_hosts) = (Vec::new(), vec![false; draft.hosts.len()]);
    seen_groups[group] = true;
    let mut next = 0;
    while let Some(&group) = queue.get(next) {
        next += 1;
        hosts.extend(draft.groups[group].hosts.iter().filter(|&&host| !std::mem::replace(&mut seen_hosts[host], true)));
        let children = draft.groups[group].children.iter().map(|&(child, _)| child);
        queue.extend(children.filter(|&child| !std::mem::replace(&mut seen_groups[child], true)));
    }
    hosts
}
