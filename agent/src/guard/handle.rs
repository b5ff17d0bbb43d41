//! What the agent does for a run to be guarded: it arms, tells the guardian how far it is, and waits for its verdict.

use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

use super::{Armed, Snapshot, guardian::Word, last_rolled_back};
use crate::{
    node::{Lock, Node},
    state::Resource,
    wire::{Failure, RolledBack, Status},
};

/// Guards a run: before a change that may cut the connection it makes sure that somebody would take it back.
#[derive(Debug, Default)]
pub(crate) struct Guard<'a>(Option<On<'a>>);

/// A guard that is on.
#[derive(Debug)]
struct On<'a> {
    node: &'a Node,
    lock: &'a Lock,
    operator: &'a str,
    seconds: u32,
    /// What the network was like before the first such change of the run.
    before: Option<Snapshot>,
    guardian: Option<Guardian>,
}

#[derive(Debug)]
struct Guardian {
    child: Child,
    control: ChildStdin,
}

impl<'a> Guard<'a> {
    /// A guard that guards nothing: of a run that takes something back, or of an operator who wants none.
    pub(crate) fn off() -> Self {
        Self(None)
    }

    pub(crate) fn on(node: &'a Node, lock: &'a Lock, operator: &'a str, seconds: u32) -> Self {
        Self(Some(On { node, lock, operator, seconds, before: None, guardian: None }))
    }

    /// How long a confirmation is waited for, where one is needed.
    pub(crate) fn waits_for(&self) -> Option<u32> {
        self.0.as_ref().filter(|on| on.guardian.is_some()).map(|on| on.seconds)
    }

    /// Comes before every change, with the resource that it is of.
    pub(crate) fn before(&mut self, resource: &Resource) -> Result<(), Failure> {
        match &mut self.0 {
            Some(on) if resource.may_cut_off() => on.arm(resource),
            _ => Ok(()),
        }
    }

    /// A step begins.
    pub(crate) fn begin(&mut self) {
        self.tell(Word::Begin);
    }

    /// A step has ended.
    pub(crate) fn end(&mut self) {
        self.tell(Word::End);
    }

    /// Waits until what was changed is confirmed, or taken back.
    pub(crate) fn confirmation(&mut self) -> Result<(), (Status, Failure)> {
        match &mut self.0 {
            Some(on) => on.confirmation(),
            None => Ok(()),
        }
    }

    fn tell(&mut self, word: Word) {
        if let Some(Guardian { control, .. }) = self.0.as_mut().and_then(|on| on.guardian.as_mut()) {
            // A guardian that has gone shows when its verdict is waited for.
            let _ = control.write_all(&[word as u8]);
        }
    }
}

impl On<'_> {
    fn arm(&mut self, resource: &Resource) -> Result<(), Failure> {
        let mut before = match self.before.take() {
            Some(before) => before,
            None => Snapshot::take()?,
        };
        let was = before.firewall.is_some();
        if matches!(resource, Resource::Command(_) | Resource::SystemService(_)) {
            before.look_further(self.node);
        }
        self.before = Some(before.clone());
        if self.guardian.is_some() && was == before.firewall.is_some() {
            return Ok(());
        }
        let (run, operator) = (self.node.run.clone(), self.operator.to_owned());
        Armed { run, operator, seconds: self.seconds, before }.save(&self.node.folder)?;
        if self.guardian.is_none() {
            let started = self.lock.shared(|| Guardian::start(self.node));
            self.guardian = Some(started.map_err(|error| {
                Failure::new("start the process that would take the change back", error)
                    .with_hint("nothing was changed; `--rollback-seconds 0` goes without it")
            })?);
        }
        Ok(())
    }

    fn confirmation(&mut self) -> Result<(), (Status, Failure)> {
        let Some(Guardian { mut child, control }) = self.guardian.take() else { return Ok(()) };
        let status = child.wait();
        // Until then: its end tells the guardian that the agent has gone.
        drop(control);
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(taken_back(last_rolled_back(&self.node.folder))),
        }
    }
}

impl Guardian {
    /// Starts it and waits until it is ready.
    fn start(node: &Node) -> io::Result<Self> {
        let mut child = Command::new("/proc/self/exe")
            .arg("guard")
            .arg(node.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()?;
        let (Some(control), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("its streams are not there"));
        };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        match line.trim_end() {
            "ready" => Ok(Self { child, control }),
            said => {
                child.wait()?;
                Err(io::Error::other(if said.is_empty() { "it ended at once".to_owned() } else { said.to_owned() }))
            }
        }
    }
}

fn taken_back(told: Option<RolledBack>) -> (Status, Failure) {
    let tried = "keep a change that may cut the connection";
    let Some(RolledBack { reason, changes, failures, left, .. }) = told else {
        let failure = Failure::new(tried, "the process that guards it died, and nobody knows what it took back")
            .with_hint("the next run on this node takes back what is left first");
        return (Status::Failed, failure);
    };
    let mut lines = vec![format!("{reason}; everything that this run changed on this node was taken back:")];
    lines.extend(changes.iter().map(|change| format!("  {change}")));
    lines.extend(left.iter().map(|left| format!("  {left} was run, and has no inverse")));
    lines.extend(failures.iter().map(|failure| format!("  failed to {}: {}", failure.tried, failure.came_back)));
    let failure = Failure::new(tried, lines.join("\n")).with_hint(if failures.is_empty() {
        "the node can be reached as before; see what the change would have done to the way to it"
    } else {
        "not everything could be taken back: look at the node"
    });
    (Status::TakenBack, failure)
}
