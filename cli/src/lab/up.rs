//! `lvsctl lab up`: whatever is missing is made, whatever runs is left alone.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::Path,
    sync::Arc,
    time::Duration,
};

use tokio::task::JoinSet;

use super::{
    Error, image, inventory,
    lock::Lock,
    namespace::Namespace,
    paths::{self, LabDir},
    power,
    process::{self, Process},
    progress::Progress,
    require, seed, ssh,
    state::State,
    topology::{self, FamilyOf, Topology},
    uml,
};
use crate::source::Source;

/// How long another lvsctl may be at work on the same lab.
pub(super) const TURN: Duration = Duration::from_mins(5);

/// What the lab is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// A topology file instead of the default.
    pub file: Option<&'a Path>,
    /// How many nodes its range has.
    pub nodes: Option<u8>,
    /// Which distributions nodes are like; a later one goes before an earlier one.
    pub families: &'a [FamilyOf],
}

/// Brings a lab up and returns its state.
pub(super) async fn up(lab: &LabDir, name: &str, wish: Wish<'_>) -> Result<State, Error> {
    let asked = topology(wish)?;
    require::to_run()?;
    let _lock = Lock::take(&lab.file("lock"), &format!("the lab `{name}`"), TURN).await?;
    let progress = Progress::new();
    let mut state = match State::load(lab)? {
        Some(state) => grown(state, asked)?,
        None => State {
            topology: match asked {
                Some(asked) => asked,
                None => default(wish)?,
            },
            images: BTreeMap::new(),
            holder: None,
            kernels: BTreeMap::new(),
        },
    };
    for node in &state.topology.nodes {
        if let Entry::Vacant(place) = state.images.entry(node.family) {
            place.insert(image::current(node.family, &progress, false).await?);
        }
    }
    uml::prepare_registers().await?;
    let namespace = hold(lab, &mut state).await?;
    namespace.connect(&state.topology).await?;
    prepare(lab, &state.topology).await?;
    boot(lab, namespace, &mut state, &progress).await?;
    Ok(state)
}

/// The topology that is asked for; `None` where nothing is, so that a lab which is up stays as it is.
fn topology(wish: Wish<'_>) -> Result<Option<Topology>, Error> {
    match wish.file {
        Some(file) => {
            let source = Source::read(file).map_err(|error| Error::Topology(error.into()))?;
            read(&source, wish).map(Some)
        }
        None if wish.nodes.is_some() || !wish.families.is_empty() => default(wish).map(Some),
        None => Ok(None),
    }
}

fn default(wish: Wish<'_>) -> Result<Topology, Error> {
    read(&Source::new("the default topology", topology::DEFAULT), wish)
}

fn read(source: &Arc<Source>, wish: Wish<'_>) -> Result<Topology, Error> {
    let mut topology = topology::read(source, wish.nodes).map_err(Error::Topology)?;
    for family in wish.families {
        family.give(&mut topology)?;
    }
    Ok(topology)
}

/// A lab that is there may get more nodes and networks; what it has stays as it was.
fn grown(mut state: State, asked: Option<Topology>) -> Result<State, Error> {
    let Some(asked) = asked else { return Ok(state) };
    for network in &state.topology.networks {
        if !asked.networks.contains(network) {
            return Err(Error::TopologyChanged(format!("the network `{}` would go or change", network.name)));
        }
    }
    for node in &state.topology.nodes {
        match asked.node(&node.name) {
            Some(same) if same == node => {}
            Some(_) => return Err(Error::TopologyChanged(format!("`{}` would change", node.name))),
            None => return Err(Error::TopologyChanged(format!("`{}` would go", node.name))),
        }
    }
    state.topology = asked;
    Ok(state)
}

/// The lab's namespace, made anew where nothing keeps it. Then no kernel can be of use any more either.
async fn hold(lab: &LabDir, state: &mut State) -> Result<Namespace, Error> {
    paths::make_private(&lab.memory())?;
    if let Some(holder) = state.holder() {
        state.save(lab)?;
        return Ok(Namespace::of(holder));
    }
    process::kill_marked(lab.path());
    state.kernels.clear();
    let (namespace, holder) = Namespace::create(lab).await?;
    state.holder = Some(holder);
    state.save(lab)?;
    Ok(namespace)
}

/// Keys, seeds and the files that others read.
async fn prepare(lab: &LabDir, topology: &Topology) -> Result<(), Error> {
    ssh::make_key(&lab.file(ssh::PRIVATE_KEY), "lvsctl-lab").await?;
    let mut tasks = JoinSet::new();
    let shared = Arc::new(topology.clone());
    for index in 0..topology.nodes.len() {
        let (lab, topology) = (lab.clone(), Arc::clone(&shared));
        tasks.spawn(async move { seed::make(&lab, &topology, &topology.nodes[index]).await });
    }
    while let Some(made) = tasks.join_next().await {
        made.expect("making a seed does not panic")?;
    }
    ssh::write(lab, topology)?;
    inventory::write(lab, topology)
}

/// Boots the nodes that do not run, side by side, and waits until each answers.
async fn boot(lab: &LabDir, namespace: Namespace, state: &mut State, progress: &Progress) -> Result<(), Error> {
    let driver = Arc::new(uml::Uml::new(lab.clone(), state.images.clone(), namespace));
    let width = state.topology.nodes.iter().map(|node| node.name.len()).max().unwrap_or(0);
    let mut booting: JoinSet<Result<(), Error>> = JoinSet::new();
    for node in state.topology.nodes.clone() {
        let running = state.kernel(lab, &node.name);
        let kernel: Process = match running {
            Some(kernel) => kernel,
            None => power::start(&*driver, lab, &node).await?,
        };
        state.kernels.insert(node.name.clone(), kernel);
        if running.is_some() && power::is_ready(lab, &node) {
            continue;
        }
        let (lab, line) = (lab.clone(), progress.line(&node.name, width));
        line.step("booting");
        booting.spawn(async move {
            let waited = power::wait_until_ready(&lab, namespace, &node, kernel, None, &line).await;
            match &waited {
                Ok(()) => line.done("ready"),
                Err(_) => line.failed("did not come up"),
            }
            waited
        });
    }
    state.save(lab)?;
    let mut failed = Vec::new();
    while let Some(result) = booting.join_next().await {
        failed.extend(result.expect("waiting for a node does not panic").err());
    }
    match failed.len() {
        0 => Ok(()),
        1 => Err(failed.remove(0)),
        _ => Err(Error::Nodes { failed, of: state.topology.nodes.len() }),
    }
}
