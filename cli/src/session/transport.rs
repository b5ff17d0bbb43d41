//! A running agent, whatever it is reached by.

use std::sync::{Arc, Mutex};

use openssh_mux_client::{EstablishedSession, SessionStatus};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

/// How much of the agent's standard error is kept for messages, in bytes.
const KEPT: usize = 4096;

/// A running agent: its three streams and what keeps it alive.
pub(super) struct Transport {
    pub stdin: Box<dyn AsyncWrite + Send + Unpin>,
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    pub stderr: Tail,
    pub keeper: Keeper,
    /// The user who logged in, where that is not root.
    pub login: Option<String>,
}

/// What keeps the agent's process and its connection alive, and waits for its end.
pub(super) enum Keeper {
    Ssh { child: openssh::Child<Arc<openssh::Session>>, session: Arc<openssh::Session> },
    Terminal { established: EstablishedSession, session: Arc<openssh::Session> },
    Local(tokio::process::Child),
}

/// The last bytes of a stream, read in the background.
#[derive(Clone)]
pub(super) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    done: tokio::sync::watch::Receiver<bool>,
}

impl Tail {
    pub(super) fn follow(mut stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (finished, done) = tokio::sync::watch::channel(false);
        let target = Arc::clone(&kept);
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                let mut kept = target.lock().expect("nobody panics while holding it");
                kept.extend_from_slice(&buffer[..read]);
                let surplus = kept.len().saturating_sub(KEPT);
                kept.drain(..surplus);
            }
            // Nobody may be listening any more, which is fine.
            let _ = finished.send(true);
        });
        Self { kept, done }
    }

    /// What was kept, once the stream has ended (or a second later, if something holds it open).
    pub(super) async fn text(&mut self) -> String {
        let ended = self.done.wait_for(|done| *done);
        // A stream that stays open only makes the message shorter.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), ended).await;
        String::from_utf8_lossy(&self.kept.lock().expect("nobody panics while holding it")).trim().to_owned()
    }
}

impl Keeper {
    /// The exit status of a remote command.
    pub(super) fn status(
        ended: Result<std::process::ExitStatus, openssh::Error>,
    ) -> Result<Option<i32>, openssh::Error> {
        match ended {
            Ok(status) => Ok(status.code()),
            // The shell's 127, which the crate turns into an error.
            Err(openssh::Error::Remote(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some(127)),
            Err(error) => Err(error),
        }
    }

    /// Waits for the agent's end and closes the connection.
    pub(super) async fn end(self) -> Result<Option<i32>, openssh::Error> {
        match self {
            Self::Local(mut child) => Ok(child.wait().await.ok().and_then(|status| status.code())),
            Self::Ssh { child, session } => {
                let status = Self::status(child.wait().await)?;
                if let Ok(session) = Arc::try_unwrap(session) {
                    session.close().await?;
                }
                Ok(status)
            }
            Self::Terminal { established, session } => {
                let mut ended = established.wait().await;
                // That there is no terminal is said first, and the command's end after it.
                if let Ok(SessionStatus::TtyAllocFail(established)) = ended {
                    ended = established.wait().await;
                }
                let status = match ended {
                    Ok(SessionStatus::Exited { exit_value }) => exit_value.and_then(|value| value.try_into().ok()),
                    Ok(SessionStatus::TtyAllocFail(_)) => None,
                    Err((error, _)) => return Err(error.into()),
                };
                if let Ok(session) = Arc::try_unwrap(session) {
                    session.close().await?;
                }
                Ok(status)
            }
        }
    }
}
