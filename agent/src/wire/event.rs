//! What the agent answers.

use serde::{Deserialize, Serialize};

use super::{Answer, Change, Facts, RolledBack};

/// One line from the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The first line, once the lock is held where it was asked for.
    Hello {
        /// [`super::PROTOCOL`] of the agent.
        protocol: u32,
        /// Version of the agent.
        version: String,
        /// What the node is.
        facts: Box<Facts>,
        /// The last run that was taken back on this node, where nobody has been told yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rolled_back: Option<Box<RolledBack>>,
    },
    /// A step begins that is not the first of its batch: that one begins when the batch is there.
    Started {
        /// The step's number.
        id: u64,
    },
    /// A line that a command of the step printed, or what the agent says while a step goes on.
    Output {
        /// The step's number.
        id: u64,
        /// Where it was printed.
        stream: Stream,
        /// The line, without its end; what is not UTF-8 is replaced.
        line: String,
    },
    /// A change that may cut the connection ([`Resource::may_cut_off`](crate::state::Resource::may_cut_off)) is made,
    /// and the agent waits to be confirmed over a fresh connection, by `lvs-agent confirm RUN`. If it is not, everything
    /// of this run is taken back.
    Confirm {
        /// How long it waits.
        seconds: u32,
    },
    /// A step has ended.
    Ended {
        /// The step's number.
        id: u64,
        /// How.
        outcome: Outcome,
    },
    /// The batch has ended: the steps from the first failure on were not begun.
    BatchEnded {
        /// How many steps were not begun.
        skipped: usize,
    },
    /// The answer to a look-up.
    Answer(Result<Answer, Failure>),
    /// The agent has taken its own folder away; the last line.
    Left,
    /// The agent cannot go on; the last line.
    Fatal(AgentError),
}

/// Where a command printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// In one word.
    pub status: Status,
    /// What differed; in check mode what would be done, otherwise what was done.
    pub changes: Vec<Change>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What the module returns besides, under Ansible's names: a command's `rc` and `stdout`, also when it failed.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub result: Values,
}

/// What a module returns, by name.
pub type Values = serde_json::Map<String, serde_json::Value>;

/// How a step ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was as it should be.
    Unchanged,
    /// It was changed, read back and found right.
    Changed,
    /// Check mode: it would be changed.
    WouldChange,
    /// It could not be brought to the desired state.
    Failed,
    /// It may have cut the connection, nobody confirmed it, and everything of this run was taken back on this node.
    TakenBack,
}

/// Why something failed, for a person: what was tried, what came back, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was tried, to follow "failed to": `install ipvsadm`.
    pub tried: String,
    /// What came back: the error with its causes, or a command's exit status and the last lines of its stderr.
    pub came_back: String,
    /// What the reader might do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// Why a task with `no_log` failed: a command's arguments, and what it printed, would be in it.
    pub fn no_log() -> Self {
        Self {
            tried: "carry out the task".to_owned(),
            came_back: "(no_log)".to_owned(),
            hint: Some("take `no_log` away to see it".to_owned()),
        }
    }
}

/// Why the agent cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentError {
    /// Another operator holds the lock.
    Locked(LockHolder),
    /// The controller speaks another protocol.
    Protocol {
        /// The agent's [`super::PROTOCOL`].
        agent: u32,
        /// The controller's.
        controller: u32,
    },
    /// Anything else.
    Other(Failure),
}

/// Who holds a node's lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// `alice@host`.
    pub operator: String,
    /// The run.
    pub run: String,
    /// How long the node was up when it was taken, in seconds: its clock may be wrong, or be set meanwhile.
    pub since: u64,
    /// For how long it is held, in seconds, when it is told.
    #[serde(default)]
    pub held_seconds: u64,
    /// Process id of the agent on the node.
    pub pid: u32,
}
