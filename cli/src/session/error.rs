//! What can go wrong between the controller and one node.

use std::{io, time::Duration};

use lvs_agent::wire::{AgentError, Failure, RolledBack};

use super::{BecomeMethod, Refusal, plain_cause::explained};

/// What can go wrong between the controller and one node. The caller adds the host's name.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder for ssh's control sockets.
    #[error("make the folder for ssh's control sockets, {folder}")]
    ControlFolder {
        /// The folder.
        folder: String,
        /// What came back.
        source: io::Error,
    },
    /// ssh could not connect.
    #[error("connect to {address} with ssh")]
    Connect {
        /// Where to.
        address: String,
        /// What a person would type to try it.
        by_hand: String,
        /// What came back.
        source: openssh::Error,
    },
    /// A command could not be started over the connection.
    #[error("start {what} over ssh")]
    Start {
        /// What was to be started.
        what: &'static str,
        /// What came back.
        source: openssh::Error,
    },
    /// The connection could not be closed in order.
    #[error("close the ssh connection")]
    Close {
        /// What came back.
        source: openssh::Error,
    },
    /// The agent could not be started on this machine.
    #[error("start the agent {program}")]
    StartLocal {
        /// The program.
        program: String,
        /// What came back.
        source: io::Error,
    },
    /// The agent's program could not be put on the node.
    #[error("put the agent on the node: {}", said(*status, stderr))]
    Push {
        /// Exit status of the remote command, if it ended by itself.
        status: Option<i32>,
        /// The last of what it printed.
        stderr: String,
    },
    /// The agent's program is on the node, and cannot be run there.
    #[error("run the agent on the node{}", after(stderr))]
    CannotRun {
        /// The last of what the shell printed.
        stderr: String,
    },
    /// The user who logged in did not become root.
    #[error("become root on the node by {}{}", method.name(), of_user(login))]
    Become {
        /// By which program.
        method: BecomeMethod,
        /// Who logged in, where that was said.
        login: String,
        /// Why not.
        #[source]
        refusal: Refusal,
    },
    /// The user who logged in is not root, and nothing says that he is to become root.
    #[error("work as root: `{login}` logged in, and nothing says that this user is to become root")]
    NotRoot {
        /// Who logged in.
        login: String,
    },
    /// This program is to work as root on its own machine, and is not root.
    #[error("become root on this machine")]
    LocalBecome,
    /// A line of shell did not succeed.
    #[error("run {line}: {}", said(*status, stderr))]
    Asked {
        /// The line.
        line: String,
        /// Exit status, if it ended by itself.
        status: Option<i32>,
        /// The last of what it printed.
        stderr: String,
    },
    /// The node is this machine.
    #[error("reboot the machine that lvsctl runs on")]
    Itself,
    /// The connection broke.
    #[error("talk to the agent: the connection ended{}", after(stderr))]
    Ended {
        /// The last of what the agent printed on standard error.
        stderr: String,
    },
    /// Reading or writing failed.
    #[error("talk to the agent")]
    Io(#[from] io::Error),
    /// Nothing came for too long.
    #[error("talk to the agent: no word from it for {} s while waiting for {what}", waited.as_secs())]
    Silent {
        /// What was waited for.
        what: &'static str,
        /// How long.
        waited: Duration,
    },
    /// A line that is no message.
    #[error("understand the agent: {reason}; the line began with `{start}`")]
    Garbled {
        /// Why.
        reason: String,
        /// Its first characters.
        start: String,
    },
    /// The agent cannot go on.
    #[error("{}", refusal(.0))]
    Refused(AgentError),
    /// The connection was lost while changes were made that may have cut it.
    #[error("{lost}")]
    CutOff {
        /// How it was lost.
        lost: Box<Error>,
        /// What a fresh connection showed.
        found: Found,
    },
    /// It could be confirmed, and must not be.
    #[error("{0}")]
    Objection(String),
    /// A look-up failed.
    #[error("{}: {}", .0.tried, .0.came_back)]
    Lookup(Failure),
}

/// What a fresh connection showed of a node to which the connection was lost.
#[derive(Debug)]
pub enum Found {
    /// It took back what the run did.
    TakenBack(Box<RolledBack>),
    /// It can be reached, and had nothing to take back.
    Reachable,
    /// It could not be reached in this time.
    Nothing(Duration),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TakenBack(told) => {
                f.write_str("the node can be reached again; everything that this run changed on it was taken back:")?;
                told.changes.iter().try_for_each(|change| write!(f, "\n  {change}"))?;
                told.left.iter().try_for_each(|left| write!(f, "\n  {left} was run, and has no inverse"))?;
                told.failures
                    .iter()
                    .try_for_each(|failure| write!(f, "\n  failed to {}: {}", failure.tried, failure.came_back))
            }
            Self::Reachable => f.write_str("the node can be reached over a fresh connection"),
            Self::Nothing(waited) => {
                write!(f, "the node could not be reached over a fresh connection for {} s", waited.as_secs())
            }
        }
    }
}

impl Error {
    /// For a report: what was tried, and the chain of causes as what came back.
    pub fn to_failure(&self) -> Failure {
        if let Self::Refused(AgentError::Other(failure)) | Self::Lookup(failure) = self {
            return explained(failure.clone());
        }
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            // What `openssh` says of its own says no more than we did; and ssh ends lines as terminals do.
            if !matches!(error.downcast_ref(), Some(openssh::Error::Connect(_))) {
                causes.push(error.to_string().replace('\r', ""));
            }
            cause = error.source();
        }
        if let Self::CutOff { found, .. } = self {
            causes.push(found.to_string());
        }
        let failure = Failure { tried: self.to_string(), came_back: causes.join("\n"), hint: self.hint() };
        // The folder is on this machine, and what is plain of causes is about nodes.
        if matches!(self, Self::ControlFolder { .. }) { failure } else { explained(failure) }
    }

    /// Whether the node has taken back everything of the run.
    pub fn is_taken_back(&self) -> bool {
        matches!(self, Self::CutOff { found: Found::TakenBack(_), .. })
    }

    /// What the reader might do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Connect { source, address, by_hand } => return Some(connect_hint(source, address, by_hand)),
            Self::CannotRun { .. } => {
                "is /var/lib mounted `noexec` there (`findmnt -T /var/lib/lvsctl`)? The agent is run from /var/lib/lvsctl"
            }
            Self::Become { method, refusal, .. } => return Some(refusal.hint(*method)),
            Self::NotRoot { .. } => {
                "say --become (-b), or `ansible_become: true` in the inventory; or log in as root (`ansible_user: root`)"
            }
            Self::LocalBecome => "with `ansible_connection: local`, start lvsctl itself as root: `sudo lvsctl …`",
            Self::Push { .. } => {
                "the node needs a POSIX shell with mkdir, cat, sha256sum, chmod and mv, and room in /var/lib"
            }
            Self::Ended { .. } | Self::Silent { .. } => {
                "see whether the node is still up; a second run takes up where this one ended"
            }
            Self::Refused(AgentError::Locked(_)) => {
                "wait for that run to end; the lock goes with the run that holds it"
            }
            Self::Refused(AgentError::Protocol { .. }) => "lvsctl and lvs-agent are of different versions: build both",
            Self::Refused(AgentError::Other(failure)) | Self::Lookup(failure) => return failure.hint.clone(),
            Self::CutOff { found: Found::Nothing(_), .. } => {
                "look at the node from its console; what is not confirmed it takes back by itself"
            }
            Self::CutOff { found: Found::TakenBack(told), .. } if !told.failures.is_empty() => {
                "not everything could be taken back: look at the node"
            }
            Self::Objection(_) => {
                "see what the change does to the traffic; if it is meant, `--no-vip-probe` lets it stay"
            }
            Self::CutOff { .. } => "see what the changes would have done to the way to the node",
            Self::Garbled { .. } => "does the node's shell print something at login, such as an `echo` in .bashrc?",
            Self::ControlFolder { .. } => {
                "see whether there is room here and you may write; XDG_RUNTIME_DIR set to a short path of your own is another place"
            }
            Self::Asked { .. }
            | Self::Itself
            | Self::Start { .. }
            | Self::Close { .. }
            | Self::StartLocal { .. }
            | Self::Io(_) => return None,
        };
        Some(hint.to_owned())
    }
}

fn connect_hint(error: &openssh::Error, address: &str, by_hand: &str) -> String {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    if matches!(error, openssh::Error::Master(error) | openssh::Error::Connect(error) if is_missing(error))
        && text.contains("os error 2")
    {
        "is ssh installed here, and in the PATH? `ssh -V` tells; the package is openssh-client or openssh-clients"
            .to_owned()
    } else if text.contains("bad configuration options") || text.contains("user config file") {
        format!(
            "look at the ssh configuration (`lvs_ssh_config` in the inventory, else ~/.ssh/config): `{by_hand} true`"
        )
    } else if text.contains("host key is known for") {
        format!(
            "nobody has met this host yet. Compare its key with what its console shows (`ssh-keygen -lf \
             /etc/ssh/ssh_host_ed25519_key.pub` there) and take it by `{by_hand}`; or say `lvs_host_keys: accept-new` in \
             the inventory, which takes the key of the first who answers"
        )
    } else if text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") || text.contains("Host key verification failed") {
        format!(
            "the host key is not the known one. If the host was installed anew, remove the old key with `ssh-keygen -R \
             {address}` and add the new one after comparing it; if not, somebody may be in between"
        )
    } else if text.contains("Permission denied") {
        format!("try `{by_hand}` by hand; a key must be accepted without asking for a password")
    } else if text.contains("resolve") {
        "is the name right? `ansible_host` in the inventory may give an address".to_owned()
    } else {
        format!("try `{by_hand} true` by hand, and see whether the host is up")
    }
}

fn refusal(error: &AgentError) -> String {
    match error {
        AgentError::Locked(holder) => format!(
            "take the node's lock: {} has held it for {} (run {}, process {} on the node)",
            holder.operator,
            lasting(holder.held_seconds),
            holder.run,
            holder.pid
        ),
        AgentError::Protocol { agent, controller } => {
            format!("talk to the agent: it speaks protocol {agent}, and this program {controller}")
        }
        AgentError::Other(failure) => format!("{}: {}", failure.tried, failure.came_back),
    }
}

/// For people: `12 s`.
fn lasting(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

fn of_user(login: &str) -> String {
    if login.is_empty() { String::new() } else { format!(" as `{login}`") }
}

fn said(status: Option<i32>, stderr: &str) -> String {
    let status = status.map_or_else(|| "it was killed".to_owned(), |status| format!("exit status {status}"));
    format!("{status}{}", after(stderr))
}

fn after(stderr: &str) -> String {
    let stderr = stderr.trim();
    if stderr.is_empty() { String::new() } else { format!("; it said: {stderr}") }
}
