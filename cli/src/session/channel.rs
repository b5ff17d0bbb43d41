//! A command on a node with its streams, over the one connection: with pipes, or on a terminal.
//!
//! On a terminal the two outputs are one stream. ssh's master makes the terminal as ours is, and we have none, so the
//! command itself says how it is to be. When the controller goes, whatever way, its socket to the master closes, the
//! master closes the channel, and the node hangs the terminal up: nothing stays behind.

use std::{
    borrow::Cow,
    io,
    os::fd::{AsRawFd, OwnedFd},
    sync::Arc,
};

use openssh::Stdio;
use openssh_mux_client::{Connection, NonZeroByteVec, Session};
use tokio::{
    io::{AsyncRead, AsyncWrite, empty},
    net::unix::pipe,
};

use super::{Error, transport::Keeper};

/// A command on a node with its streams.
pub(super) struct Channel {
    pub(super) stdin: Box<dyn AsyncWrite + Send + Unpin>,
    pub(super) stdout: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) stderr: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) keeper: Keeper,
}

impl Channel {
    /// A command with pipes. Nothing is put between it and the login shell that sshd starts.
    pub(super) async fn piped(
        session: &Arc<openssh::Session>,
        command: &str,
        what: &'static str,
    ) -> Result<Self, Error> {
        let mut child = Arc::clone(session)
            .arc_raw_command(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .await
            .map_err(|source| Error::Start { what, source })?;
        let taken = "it was asked for as a pipe";
        Ok(Self {
            stdin: Box::new(child.stdin().take().expect(taken)),
            stdout: Box::new(child.stdout().take().expect(taken)),
            stderr: Box::new(child.stderr().take().expect(taken)),
            keeper: Keeper::Ssh { child, session: Arc::clone(session) },
        })
    }

    /// A command on a terminal.
    pub(super) async fn on_terminal(
        session: &Arc<openssh::Session>,
        command: &str,
        what: &'static str,
    ) -> Result<Self, Error> {
        let (stdin, ours_in) = io::pipe()?;
        let (ours_out, stdout) = io::pipe()?;
        let null = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
        let no_zero = |text: &str| NonZeroByteVec::from_bytes_remove_nul(text.as_bytes().to_vec());
        let asked = Session::builder()
            .tty(true)
            // Nothing that is started there is to draw on it.
            .term(Cow::Owned(no_zero("dumb")))
            .cmd(Cow::Owned(no_zero(command)))
            .build();
        let failed = |error: openssh_mux_client::Error| Error::Start { what, source: error.into() };
        let connection = Connection::connect(session.control_socket()).await.map_err(failed)?;
        let streams = [stdin.as_raw_fd(), stdout.as_raw_fd(), null.as_raw_fd()];
        let established = connection.open_new_session(&asked, &streams).await.map_err(failed)?;
        Ok(Self {
            stdin: Box::new(pipe::Sender::from_owned_fd(OwnedFd::from(ours_in))?),
            stdout: Box::new(pipe::Receiver::from_owned_fd(OwnedFd::from(ours_out))?),
            stderr: Box::new(empty()),
            keeper: Keeper::Terminal { established, session: Arc::clone(session) },
        })
    }
}
