//! Power of a node: on, off, and again; and the waiting until it answers.

use std::{
    net::Ipv4Addr,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncReadExt,
    time::{sleep, timeout},
};

use super::{
    Error,
    driver::Driver,
    namespace::Namespace,
    paths::LabDir,
    process::{self, Process},
    progress::Line,
    topology::Node,
    uml::Console,
};

/// A node on a busy machine is given this long to boot.
const BOOT: Duration = Duration::from_secs(90);
/// And this long, once its console says that it is ready, to answer over its first NIC.
const ANSWER: Duration = Duration::from_secs(15);

/// Starts a node. The console begins anew, as a screen does, and keeps the boot before as `console.old`.
pub(super) async fn start(driver: &impl Driver, lab: &LabDir, node: &Node) -> Result<Process, Error> {
    process::kill_node(lab.path(), &node.name);
    let console = lab.console(&node.name);
    // There is none before the first boot.
    let _ = std::fs::rename(&console, console.with_extension("old"));
    driver.start(node).await
}

/// Whether the last boot of a node came to its end.
pub(super) fn is_ready(lab: &LabDir, node: &Node) -> bool {
    Console::whole(lab.console(&node.name)).ready().is_some()
}

/// Waits until a node has booted and answers ssh. `after` is the console from the moment of a reboot on.
pub(super) async fn wait_until_ready(
    lab: &LabDir,
    namespace: Namespace,
    node: &Node,
    kernel: Process,
    after: Option<Console>,
    line: &Line,
) -> Result<(), Error> {
    let console = after.unwrap_or_else(|| Console::whole(lab.console(&node.name)));
    let start = Instant::now();
    while console.ready().is_none() {
        if !kernel.is_alive() {
            return Err(Error::Died { node: node.name.clone(), tail: console.tail() });
        }
        if start.elapsed() > BOOT {
            return Err(Error::TimedOut { what: format!("boot {}", node.name), waited: BOOT, tail: console.tail() });
        }
        sleep(Duration::from_millis(50)).await;
    }
    line.detail("waiting for ssh");
    let what = || format!("reach {} at {}, though it has booted (is its cable cut?)", node.name, node.address());
    let answers = async {
        while !answers(namespace, node.address()).await {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(ANSWER, answers).await.map_err(|_| Error::TimedOut { what: what(), waited: ANSWER, tail: String::new() })
}

/// Whether an ssh server greets at this address.
async fn answers(namespace: Namespace, address: Ipv4Addr) -> bool {
    let Ok(own) = std::env::current_exe() else { return false };
    let mut command = namespace.command(own, false);
    command.args(["lab", "relay", &address.to_string(), "22"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let Ok(mut relay) = command.spawn() else { return false };
    let Some(mut stdout) = relay.stdout.take() else { return false };
    let mut greeting = [0; 4];
    let read = timeout(Duration::from_secs(5), stdout.read_exact(&mut greeting)).await;
    matches!(read, Ok(Ok(_))) && &greeting == b"SSH-"
}
