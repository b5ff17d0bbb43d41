//! What a module may ask while it says what it wants of a host.

use std::path::PathBuf;

use lvs_agent::{
    state::{self, Resource},
    wire::{Facts, Mode, Outcome, Status, Values},
};
use serde_json::Value as Json;

use super::Fetch;
use crate::{
    model,
    source::{Diagnostics, Span},
    template::Syntax,
    yaml::Node,
};

/// The variables of one host in one task.
pub trait Scope {
    /// The value with its templates rendered; places stay.
    fn render(&self, node: &Node) -> Result<Node, Diagnostics>;

    /// Whether a condition holds (`when`: an expression without braces).
    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics>;

    /// The text of a template by name, with more variables than the scope's own; `place` is who asks for it.
    fn template(
        &self,
        name: &str,
        syntax: &Syntax,
        place: Option<&Span>,
        more: &[(&str, Json)],
    ) -> Result<String, Diagnostics>;

    /// The folders of the role and of the playbook, in which files and templates are looked for.
    fn folders(&self) -> &[PathBuf];
}

/// A stage of the cluster model: what is made together, and taken back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Devices, addresses and routes of the node itself.
    Network,
    /// What makes it a real server.
    RealServer,
    /// What makes it a director.
    Director,
}

/// Everything a module may ask about a host.
pub struct Context<'a> {
    /// Its variables.
    pub scope: &'a dyn Scope,
    /// What it is.
    pub facts: &'a Facts,
    /// What the cluster model wants of it.
    pub node: &'a model::Node,
    /// The task's arguments are a secret.
    pub sensitive: bool,
    /// Whether a command counts as a change.
    pub counts_as_change: bool,
}

/// Whether a module writes the files that a boot reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootFiles {
    /// No.
    None,
    /// Yes; what a person wrote about the same device is a conflict.
    Beside,
    /// Yes, whatever is there.
    TakeOver,
}

/// A resource that a task wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The stage it is made in, under which it can be taken back.
    pub stage: Option<Stage>,
    /// What should be.
    pub resource: Resource,
    /// What is returned besides what the node returns.
    pub returned: Values,
    /// What the controller does with what the node returns.
    pub fetch: Option<Fetch>,
}

impl Stage {
    /// The ownership tag on the node: the name of the module.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Network => "lvs_network",
            Self::RealServer => "lvs_real_server",
            Self::Director => "lvs_director",
        }
    }

    /// What the cluster model wants of a node in this stage, in the order in which it is to be made.
    pub(super) fn of(self, node: &model::Node) -> &[Resource] {
        match self {
            Self::Network => &node.network,
            Self::RealServer => &node.real_server,
            Self::Director => &node.director,
        }
    }
}

impl Wanted {
    /// A resource that no role owns.
    pub(super) fn plain(resource: Resource) -> Self {
        Self { stage: None, resource, returned: Values::new(), fetch: None }
    }

    /// A resource that is made in a stage.
    pub(super) fn staged(stage: Stage, resource: Resource) -> Self {
        Self { stage: Some(stage), ..Self::plain(resource) }
    }

    /// The same with values of its own to return.
    pub(super) fn returning(self, values: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let returned = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { returned, ..self }
    }

    /// What is made of what came back from the node.
    pub fn conclude(&self, outcome: &mut Outcome, mode: Mode) {
        if let Some(fetch) = &self.fetch
            && outcome.failure.is_none()
        {
            fetch.take(outcome, mode);
        }
        if let (Resource::Uri(_), Some(Json::String(text))) = (&self.resource, outcome.result.get("json")) {
            match serde_json::from_str(text) {
                Ok(json) => outcome.result.insert("json".to_owned(), json),
                // Not what its server calls it.
                Err(_) => outcome.result.shift_remove("json"),
            };
        }
        if let Resource::Command(state::Command { script: Some(_), .. }) = &self.resource {
            skip_script(outcome);
        }
        for (name, value) in &self.returned {
            outcome.result.insert(name.clone(), value.clone());
        }
    }
}

/// As in Ansible, a script whose work is done is skipped; other commands are fine then.
fn skip_script(outcome: &mut Outcome) {
    let printed = outcome.result.get("stdout").and_then(Json::as_str);
    let is_run = outcome.status != Status::Unchanged || outcome.result.contains_key("start");
    if let Some(why) = printed.and_then(|text| text.strip_prefix("skipped, since ")).filter(|_| !is_run) {
        let option = if why.ends_with(" exists") { "creates" } else { "removes" };
        let msg = format!("{why}, matching {option} option");
        outcome.result = Values::from_iter([("skipped".to_owned(), true.into()), ("msg".to_owned(), msg.into())]);
    }
}
