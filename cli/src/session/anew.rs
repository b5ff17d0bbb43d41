//! A conversation with a node in another boot of it, in the place of the one that went with the boot before.

use std::time::Duration;

use lvs_agent::{
    state::{BOOT_AGENT, BOOT_FOLDER},
    wire::NODE_FOLDER,
};

use super::{Connection, Error, Session, SshTarget, freshly::Freshly, ssh};

/// How long what a boot restores may take. It waits for devices, and for the init system that calls it, too.
const RESTORE: Duration = Duration::from_secs(90);

impl Freshly {
    /// What a line of shell prints that must succeed.
    pub(super) async fn run(&self, line: &str, patience: Duration) -> Result<String, Error> {
        let connection = connected(self.reached_by_ssh()?, patience).await?;
        let line = format!("'{}'", line.replace('\'', r"'\''"));
        let (status, stdout, stderr) =
            ssh::run(connection, self.target.rights.as_ref(), &format!("exec /bin/sh -c {line}")).await?;
        match status {
            Some(0) => Ok(stdout),
            status => Err(Error::Asked { line, status, stderr }),
        }
    }

    /// A conversation of the same run, with its lock and in its journal. By then the node is what it is after a boot: the
    /// init system would find the lock taken, and might give up before the run ends. What could not be restored is told.
    pub(super) async fn after_a_boot(&self, patience: Duration) -> Result<(Session, Vec<String>), Error> {
        let target = self.reached_by_ssh()?;
        let agent = format!("{NODE_FOLDER}/{BOOT_FOLDER}/{BOOT_AGENT}");
        let restore = format!("[ ! -x {agent} ] || exec {agent} restore >/dev/null");
        let restored = ssh::run(connected(target, patience).await?, self.target.rights.as_ref(), &restore);
        let restored = tokio::time::timeout(RESTORE, restored).await;
        let (status, _, stderr) =
            restored.map_err(|_| Error::Silent { what: "what a boot restores", waited: RESTORE })??;
        let told = if status == Some(0) { Vec::new() } else { stderr.lines().map(str::to_owned).collect() };
        Ok((Session::open(&self.target, &self.agent, &self.purpose).await?, told))
    }

    fn reached_by_ssh(&self) -> Result<&SshTarget, Error> {
        match &self.target.connection {
            Connection::Ssh(target) => Ok(target),
            Connection::Local { .. } => Err(Error::Itself),
        }
    }
}

async fn connected(target: &SshTarget, patience: Duration) -> Result<std::sync::Arc<openssh::Session>, Error> {
    let waited = Error::Silent { what: "ssh to connect", waited: patience };
    tokio::time::timeout(patience, ssh::connect(target)).await.unwrap_or(Err(waited))
}
