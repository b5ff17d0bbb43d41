//! A lab with the services of an inventory, and what an operator does with it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Lab, Report};

/// A lab with the services of an inventory.
#[derive(Clone, Debug)]
pub struct Cluster<'a> {
    lab: &'a Lab,
    inventories: [PathBuf; 2],
}

impl<'a> Cluster<'a> {
    pub(crate) fn new(lab: &'a Lab, services: &Path) -> Self {
        Self { lab, inventories: [lab.inventory().into(), services.to_owned()] }
    }

    /// The same with another inventory in place of the lab's.
    #[must_use]
    pub fn with_lab_inventory(mut self, inventory: PathBuf) -> Self {
        self.inventories[0] = inventory;
        self
    }

    /// A command on this cluster.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.lab.command(arguments);
        for inventory in &self.inventories {
            command.arg("-i").arg(inventory);
        }
        command
    }

    /// Runs `lvsctl apply`, whatever its exit status.
    pub fn apply(&self) -> Report {
        Report::of(self.command(&["apply", "--yes", "--output", "json"]))
    }

    /// Runs `lvsctl apply` on some hosts only, whatever its exit status.
    pub fn apply_to(&self, limit: &str) -> Report {
        Report::of(self.command(&["apply", "--yes", "--output", "json", "--limit", limit]))
    }

    /// Starts `lvsctl apply`; its report is taken with [`Report::wait`].
    pub fn start_apply(&self) -> std::process::Child {
        let mut command = self.command(&["apply", "--yes", "--output", "json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start lvsctl")
    }

    /// Runs `lvsctl plan`, whatever its exit status.
    pub fn plan(&self) -> Report {
        Report::of(self.command(&["plan", "--output", "json"]))
    }

    /// Fails unless every node is what the inventory says, as `plan` sees it.
    #[track_caller]
    pub fn is_reached(&self) {
        let plan = self.plan();
        plan.ends_with(0);
        assert_eq!(plan.all_changes(), Vec::<String>::new());
    }

    /// Runs `lvsctl verify`, which must find nothing wrong: every connection answered, each real server with the share
    /// that its weight asks for, by what the answers say.
    #[track_caller]
    pub fn verify(&self, requests: u32) {
        let report = Report::of(self.command(&["verify", "--requests", &requests.to_string(), "--output", "json"]));
        report.ends_with(0);
        let services = report.lines()[0]["services"].as_array().expect("a list of services").clone();
        assert!(!services.is_empty(), "{report}");
        for service in services {
            assert_eq!(service["sent"], requests, "{report}");
            assert_eq!(service["answered"], requests, "{report}");
            assert_eq!(service["evidence"], "answers", "{report}");
            assert_eq!(service["problems"], serde_json::json!([]), "{report}");
        }
    }
}
