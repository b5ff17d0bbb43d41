//! The agent over SSH: one connection, one exec, and a push where the node does not have this very agent yet.

use std::{
    env, fs,
    io::{self, Write},
    num::NonZeroUsize,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Once},
    time::Duration,
};

use lvs_agent::{
    state::{BOOT_AGENT, BOOT_FOLDER},
    wire::NODE_FOLDER,
};
use openssh::{ControlPersist, KnownHosts, SessionBuilder};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    AgentBinary, Error, HostKeys, Rights, SshTarget,
    channel::Channel,
    elevate::{Elevated, elevate, quoted},
    transport::{Tail, Transport},
};

/// How long ssh may take to connect.
const CONNECT: Duration = Duration::from_secs(15);

/// How long the agent's program may take to reach the node.
const PUSH: Duration = Duration::from_mins(2);

/// By which the push says that it is not root who logged in. No shell has a meaning for it.
const NOT_ROOT: i32 = 77;

/// Most that a confirmation says, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// What others left is looked for once: each look is at all the connections that this run itself has by then.
static SWEPT: Once = Once::new();

/// Connects to a host.
pub(super) async fn connect(target: &SshTarget) -> Result<Arc<openssh::Session>, Error> {
    let folder = control_folder()?;
    let mut builder = SessionBuilder::default();
    builder
        .known_hosts_check(match target.host_keys {
            HostKeys::Known => KnownHosts::Strict,
            HostKeys::AcceptNew => KnownHosts::Add,
        })
        .connect_timeout(CONNECT)
        // A dead connection is noticed after three of these.
        .server_alive_interval(Duration::from_secs(10))
        // The master must not outlive a controller that was killed by more than this.
        .control_persist(ControlPersist::IdleFor(NonZeroUsize::new(30).expect("30 is not 0")))
        .control_directory(&folder);
    if let Some(port) = target.port {
        builder.port(port);
    }
    if let Some(user) = &target.user {
        builder.user(user.clone());
    }
    if let Some(file) = &target.key_file {
        builder.keyfile(file);
    }
    if let Some(file) = config_file(target, &folder)? {
        builder.config_file(file);
    }
    let address = target.address.clone();
    // ssh's ConnectTimeout ends with the TCP connection (and does not hold for a proxy command); this one holds for all.
    match tokio::time::timeout(CONNECT * 2, builder.connect_mux(&address)).await {
        Ok(Ok(session)) => Ok(Arc::new(session)),
        Ok(Err(source)) => Err(Error::Connect { address, by_hand: by_hand(target), source }),
        Err(_) => Err(Error::Silent { what: "ssh to connect", waited: CONNECT * 2 }),
    }
}

/// The configuration in place of the user's, if any. Options of the inventory are written into a file of their own, from
/// which the user's or the given one is included: what comes first wins.
fn config_file(target: &SshTarget, folder: &Path) -> Result<Option<PathBuf>, Error> {
    if target.options.is_empty() {
        return Ok(target.config_file.clone());
    }
    let options: String = target.options.iter().flat_map(|line| ["  ", line, "\n"]).collect();
    let included = match &target.config_file {
        Some(file) => {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            format!("  Include \"{}\"\n", file.display())
        }
        // What ssh reads where it is not told otherwise.
        None => "  Include ~/.ssh/config\n  Include /etc/ssh/ssh_config\n".to_owned(),
    };
    let text = format!("Host *\n{options}{included}");
    let path = folder.join(format!("ssh_config-{:x}", Sha256::digest(&text)));
    let written = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path)?;
        Ok(())
    };
    written().map_err(|source| Error::ControlFolder { folder: folder.display().to_string(), source })?;
    Ok(Some(path))
}

/// What a person would type.
fn by_hand(target: &SshTarget) -> String {
    let mut words = vec!["ssh".to_owned()];
    words.extend(target.config_file.iter().map(|file| format!("-F {}", file.display())));
    words.extend(target.port.map(|port| format!("-p {port}")));
    words.extend(target.user.iter().map(|user| format!("-l {user}")));
    words.push(target.address.clone());
    words.join(" ")
}

/// Starts the agent that is on the node under this agent's hash. Whether it is there shows when it ends at once.
pub(super) async fn start(
    session: &Arc<openssh::Session>,
    rights: Option<&Rights>,
    agent: &AgentBinary,
) -> Result<Transport, Error> {
    // No `sh -c`: the login shell that sshd starts replaces itself by the agent, and one fork is saved.
    let command = format!("exec {NODE_FOLDER}/agent/{} serve", agent.sha256());
    let (channel, login) = as_root(session, rights, &command, "the agent").await?;
    let Channel { stdin, stdout, stderr, keeper } = channel;
    Ok(Transport { stdin, stdout, stderr: Tail::follow(stderr), keeper, login })
}

/// Has root carry out a command: who logs in is root, or becomes root. Says who logged in, where that was not root.
async fn as_root(
    session: &Arc<openssh::Session>,
    rights: Option<&Rights>,
    command: &str,
    what: &'static str,
) -> Result<(Channel, Option<String>), Error> {
    match rights {
        None => Ok((Channel::piped(session, command, what).await?, None)),
        Some(rights) => {
            let Elevated { channel, login } = elevate(session, rights, command, what).await?;
            Ok((channel, Some(login).filter(|login| login != "root")))
        }
    }
}

/// Has root run a command over a connection that ends with it: its exit status, what it printed, and the last of what it
/// printed on standard error.
pub(super) async fn run(
    session: Arc<openssh::Session>,
    rights: Option<&Rights>,
    command: &str,
) -> Result<(Option<i32>, String, String), Error> {
    let heard = hear(&session, rights, &format!("{command} </dev/null")).await;
    // What was said counts, however the connection ends.
    if let Ok(session) = Arc::try_unwrap(session) {
        let _ = session.close().await;
    }
    heard
}

async fn hear(
    session: &Arc<openssh::Session>,
    rights: Option<&Rights>,
    command: &str,
) -> Result<(Option<i32>, String, String), Error> {
    let (channel, _) = as_root(session, rights, command, "a command").await?;
    let Channel { stdin, stdout, stderr, keeper } = channel;
    let (mut said, mut errors) = (Vec::new(), Tail::follow(stderr));
    stdout.take(LONGEST_ANSWER).read_to_end(&mut said).await?;
    drop(stdin);
    let status = keeper.end().await.map_err(|source| Error::Start { what: "a command", source })?;
    Ok((status, String::from_utf8_lossy(&said).trim().to_owned(), errors.text().await))
}

/// Puts the agent on the node, under its hash, checked and made ready in one move.
pub(super) async fn push(
    session: &Arc<openssh::Session>,
    rights: Option<&Rights>,
    agent: &AgentBinary,
) -> Result<(), Error> {
    tokio::time::timeout(PUSH, send(session, rights, agent))
        .await
        .unwrap_or(Err(Error::Silent { what: "the agent's program to be taken", waited: PUSH }))
}

async fn send(session: &Arc<openssh::Session>, rights: Option<&Rights>, agent: &AgentBinary) -> Result<(), Error> {
    // Who logs in may have any shell.
    let script = format!("exec /bin/sh -c {}", quoted(&push_script(agent.sha256(), agent.bytes().len())));
    let (channel, _) = as_root(session, rights, &script, "the push of the agent").await?;
    let Channel { mut stdin, stdout, stderr, keeper } = channel;
    let (mut output, mut errors) = (Tail::follow(stdout), Tail::follow(stderr));
    // A script that gives up closes its input; what it said then is the better message.
    let sent = match stdin.write_all(agent.bytes()).await {
        Ok(()) => stdin.shutdown().await,
        Err(error) => Err(error),
    };
    drop(stdin);
    let status = keeper.end().await.ok().flatten();
    match (status, sent) {
        (Some(0), Ok(())) => Ok(()),
        (Some(0), Err(error)) => Err(error.into()),
        (Some(NOT_ROOT), _) => Err(Error::NotRoot { login: output.text().await }),
        // On a terminal what it said is on the one stream.
        (status, _) => Err(Error::Push { status, stderr: [output.text().await, errors.text().await].concat() }),
    }
}

/// Whatever goes wrong, the rest of the input is taken: a channel that breaks in the middle would lose what was said. On a
/// terminal there is no end of it, for which its size is told, too. What goes wrong is said on the one stream that there
/// is on a terminal.
///
/// Nothing of the folder may be anybody's but root's, or somebody could put a program of his own there. Agents of former
/// versions go, but for the last two and the one that a boot calls; which the last are, only a right clock tells. The file
/// is on the disk before it gets its name: after a power cut there must not be an empty one under it.
fn push_script(sha256: &str, size: usize) -> String {
    format!(
        "exec 2>&1; set -e; umask 077; d={NODE_FOLDER}; n=/dev/null/none; \
         trap 's=$?; rm -f $n; [ -t 0 ] || cat >/dev/null; exit $s' EXIT; \
         if [ \"$(id -u)\" != 0 ]; then id -un; exit {NOT_ROOT}; fi; \
         if [ -L $d ]; then echo \"$d is a symbolic link\"; exit 3; fi; \
         mkdir -p $d/agent; chown 0:0 $d $d/agent; chmod 0700 $d $d/agent; cd $d/agent; \
         n=.new.$$; head -c {size} >$n; \
         echo '{sha256}  '$n | sha256sum -c - >/dev/null; \
         chmod 0700 $n; sync $n 2>/dev/null || sync; mv -f $n {sha256}; sync . 2>/dev/null || sync; \
         k=$(readlink ../{BOOT_FOLDER}/{BOOT_AGENT} || :); \
         ls -t | tail -n +4 | while read -r old; do \
         [ \"$PWD/$old\" = \"$k\" ] || [ \"$old\" = {sha256} ] || rm -f -- \"$old\"; done"
    )
}

/// A folder of our own with a short path: a control socket's path may have 107 bytes.
fn control_folder() -> Result<PathBuf, Error> {
    let user = rustix::process::getuid().as_raw();
    let folder = match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir()) {
        Some(runtime) => runtime.join("lvsctl"),
        None => PathBuf::from(format!("/tmp/lvsctl-{user}")),
    };
    let result = fs::DirBuilder::new().mode(0o700).recursive(false).create(&folder);
    let checked = match result {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => own_and_private(&folder, user),
    };
    checked.map_err(|source| Error::ControlFolder { folder: folder.display().to_string(), source })?;
    SWEPT.call_once(|| sweep(&folder));
    Ok(folder)
}

/// Takes away what runs that were killed have left: a folder in which no master has its socket any more. What cannot be
/// read or removed stays, and harms nobody.
fn sweep(folder: &Path) {
    let old = |path: &Path| {
        let age = fs::metadata(path).and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age > CONNECT * 8) && !path.join("master").exists()
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(".ssh-connection");
        if is_ours && old(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn own_and_private(folder: &Path, user: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != user || metadata.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other("it is there, but it is not a folder of yours that nobody else may enter"));
    }
    Ok(())
}
