//! The agent on this machine (`ansible_connection: local`).

use std::{path::Path, process::Stdio};

use tokio::process::Command;

use super::{
    AgentBinary, Error,
    transport::{Keeper, Tail, Transport},
};

/// Starts the agent here; it remembers in `folder`, or where it always does.
pub(super) fn start(agent: &AgentBinary, folder: Option<&Path>) -> Result<Transport, Error> {
    let mut child = Command::new(agent.path())
        .arg("serve")
        .args(folder.into_iter().flat_map(|folder| ["--folder".as_ref(), folder.as_os_str()]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A Ctrl-C on the terminal is the controller's to handle: the agent finishes its step.
        .process_group(0)
        .spawn()
        .map_err(|source| Error::StartLocal { program: agent.path().display().to_string(), source })?;
    let taken = "it was asked for as a pipe";
    Ok(Transport {
        stdin: Box::new(child.stdin.take().expect(taken)),
        stdout: Box::new(child.stdout.take().expect(taken)),
        stderr: Tail::follow(child.stderr.take().expect(taken)),
        keeper: Keeper::Local(child),
        login: None,
    })
}
