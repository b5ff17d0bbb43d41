//! A conversation with the agent of one node.

use std::{sync::Arc, time::Duration};

use lvs_agent::wire::{AgentError, Answer, Batch, Event, Facts, Hello, Lookup, Mode, PROTOCOL, Request, RolledBack};

use super::{
    AgentBinary, Connection, Error, Target, Witness, conversation::Conversation, freshly::Freshly, local,
    plain_cause::explained, ssh, transport::Transport,
};

/// How long an agent may take to say hello.
const HELLO: Duration = Duration::from_secs(30);

/// How long an agent may be silent in the middle of a batch. Its own waits have deadlines that are shorter.
const SILENCE: Duration = Duration::from_mins(30);

/// How long an agent may take to end once it was told to.
const GOODBYE: Duration = Duration::from_secs(10);

/// The shell's exit status for a program that is there and cannot be run.
const CANNOT_RUN: i32 = 126;

/// What a session is opened for, as the hello says it.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Who is at work: `alice@host`.
    pub operator: String,
    /// Names the run.
    pub run: String,
    /// Take the node's lock, to change something.
    pub lock: bool,
    /// Changes that may cut the connection are taken back after so many seconds unless they are confirmed over a fresh
    /// connection; `None` takes nothing back.
    pub guard_seconds: Option<u32>,
    /// Put the agent on a node that does not have it.
    pub pushes: bool,
}

/// A conversation with the agent of one node.
pub struct Session {
    login: Option<String>,
    facts: Box<Facts>,
    rolled_back: Option<Box<RolledBack>>,
    freshly: Freshly,
    conversation: Conversation,
    stderr: super::transport::Tail,
    keeper: super::transport::Keeper,
}

impl Session {
    /// Connects, starts the agent (pushing it if the node does not have it) and hears its hello.
    pub async fn open(target: &Target, agent: &AgentBinary, purpose: &Purpose) -> Result<Self, Error> {
        let freshly = Freshly::new(target, agent, purpose);
        match &target.connection {
            Connection::Local { folder } => {
                if target.rights.is_some() && !rustix::process::geteuid().is_root() {
                    return Err(Error::LocalBecome);
                }
                Self::greet(local::start(agent, folder.as_deref())?, freshly).await.map_err(|(error, _)| error)
            }
            Connection::Ssh(address) => {
                let (connection, rights) = (ssh::connect(address).await?, target.rights.as_ref());
                match Self::greet(ssh::start(&connection, rights, agent).await?, freshly.clone()).await {
                    Ok(session) => Ok(session),
                    // Not there (126, 127), or not an agent: a file that a power cut emptied, say. 255 is ssh's own.
                    Err((Error::Ended { .. }, Some(0..255))) if purpose.pushes => {
                        ssh::push(&connection, rights, agent).await?;
                        let transport = ssh::start(&connection, rights, agent).await?;
                        Self::greet(transport, freshly).await.map_err(|(error, status)| match (error, status) {
                            (Error::Ended { stderr }, Some(CANNOT_RUN)) => Error::CannotRun { stderr },
                            (error, _) => error,
                        })
                    }
                    Err((error, _)) => Err(error),
                }
            }
        }
    }

    /// Says hello. An error comes with the exit status of an agent that ended.
    async fn greet(transport: Transport, freshly: Freshly) -> Result<Self, (Error, Option<i32>)> {
        let purpose = &freshly.purpose;
        let Transport { stdin, stdout, mut stderr, keeper, login } = transport;
        let mut conversation = Conversation::new(stdin, stdout);
        let hello = Request::Hello(Hello {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operator: purpose.operator.clone(),
            run: purpose.run.clone(),
            lock: purpose.lock,
            // There is no connection to this machine that could be lost.
            guard_seconds: purpose.guard_seconds.filter(|_| matches!(freshly.target.connection, Connection::Ssh(_))),
        });
        // A shell that does not find the agent may be gone before it takes the line: that shows in its exit status.
        let sent = conversation.send(&hello).await;
        let heard = conversation.next("the agent's hello", HELLO).await;
        match (sent, heard) {
            (_, Ok(Some(Event::Hello { protocol: PROTOCOL, facts, rolled_back, .. }))) => {
                Ok(Self { login, facts, rolled_back, freshly, conversation, stderr, keeper })
            }
            (_, Ok(Some(Event::Hello { protocol, .. }))) => {
                let refusal = AgentError::Protocol { agent: protocol, controller: PROTOCOL };
                Err((Error::Refused(refusal), None))
            }
            (_, Ok(Some(Event::Fatal(error)))) => Err((Error::Refused(error), None)),
            (_, Ok(Some(event))) => Err((out_of_turn(&event), None)),
            (_, Ok(None)) => {
                let text = stderr.text().await;
                let status = tokio::time::timeout(GOODBYE, keeper.end()).await.ok().and_then(Result::ok).flatten();
                Err((Error::Ended { stderr: text }, status))
            }
            (Err(error), Err(_)) | (Ok(()), Err(error)) => Err((error, None)),
        }
    }

    /// What may have cut the connection is confirmed only if this one has no objection.
    pub fn heed(&mut self, witness: Arc<dyn Witness>) {
        self.freshly.witness = Some(witness);
    }

    /// The user who logged in, and became root; `None` where that was root.
    pub fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }

    /// What the node is.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What an earlier run left unconfirmed and was taken back on the node, where nobody had been told yet.
    pub fn rolled_back(&self) -> Option<&RolledBack> {
        self.rolled_back.as_deref()
    }

    pub(super) fn take_rolled_back(&mut self) -> Option<Box<RolledBack>> {
        self.rolled_back.take()
    }

    /// Has the agent carry out a batch; `on_event` sees every event up to the batch's end. What the agent waits for is
    /// confirmed over a fresh connection.
    pub async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&Event) + Send)) -> Result<(), Error> {
        let may_cut_off = batch.mode == Mode::Apply && batch.steps.iter().any(|step| step.resource.may_cut_off());
        match self.follow(batch, on_event).await {
            Err(lost @ (Error::Ended { .. } | Error::Io(_) | Error::Silent { .. })) if may_cut_off => {
                Err(self.freshly.look_after(lost).await)
            }
            result => result,
        }
    }

    async fn follow(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&Event) + Send)) -> Result<(), Error> {
        let mut confirming = None;
        let first = batch.steps.first().map(|step| step.id);
        self.conversation.send(&Request::Run(batch)).await?;
        if let Some(id) = first {
            on_event(&Event::Started { id });
        }
        loop {
            let mut event = self.next("the next step to end", SILENCE).await?;
            match &mut event {
                Event::Confirm { seconds } => {
                    let (freshly, patience) = (self.freshly.clone(), Duration::from_secs((*seconds).into()));
                    confirming = Some(tokio::spawn(async move { freshly.confirm(patience).await }));
                    continue;
                }
                Event::Ended { outcome, .. } => {
                    outcome.failure = outcome.failure.take().map(explained);
                    if let Some(confirming) = confirming.take() {
                        let answer = confirming.await.expect("confirming neither panics nor is cancelled");
                        if let (Some(failure), Err(error)) = (&mut outcome.failure, answer) {
                            failure.came_back = format!("{}\n{}", told(&error), failure.came_back);
                            if let Error::Objection(_) = &error {
                                failure.hint = error.hint();
                            }
                        }
                    }
                }
                _ => {}
            }
            on_event(&event);
            match event {
                Event::BatchEnded { .. } => return Ok(()),
                Event::Started { .. } | Event::Output { .. } | Event::Ended { .. } => {}
                other => return Err(out_of_turn(&other)),
            }
        }
    }

    /// Asks something that changes nothing.
    pub async fn lookup(&mut self, lookup: Lookup) -> Result<Answer, Error> {
        self.conversation.send(&Request::Lookup(lookup)).await?;
        match self.next("an answer", SILENCE).await? {
            Event::Answer(answer) => answer.map_err(Error::Lookup),
            other => Err(out_of_turn(&other)),
        }
    }

    /// What a line of shell prints, over a fresh connection and without the agent. The line must succeed.
    pub async fn ask(&mut self, line: &str, patience: Duration) -> Result<String, Error> {
        self.freshly.run(line, patience).await
    }

    /// Puts a new conversation in the place of this one, which went with a boot of the node. What the next boot could not
    /// restore is told, in lines.
    pub async fn renew(&mut self, patience: Duration) -> Result<Vec<String>, Error> {
        let (session, told) = self.freshly.after_a_boot(patience).await?;
        let witness = self.freshly.witness.take();
        *self = session;
        self.freshly.witness = witness;
        Ok(told)
    }

    /// Has the agent take its own folder away, and ends.
    pub async fn leave(mut self) -> Result<(), Error> {
        self.conversation.send(&Request::Leave).await?;
        match self.next("the agent's folder to go", SILENCE).await? {
            Event::Left => self.close().await,
            other => Err(out_of_turn(&other)),
        }
    }

    /// Says goodbye: the agent lets go of the lock and ends, and the connection is closed.
    pub async fn close(mut self) -> Result<(), Error> {
        // An agent that is gone already has let go of everything, too.
        let _ = self.conversation.send(&Request::Bye).await;
        drop(self.conversation);
        match tokio::time::timeout(GOODBYE, self.keeper.end()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(source)) => Err(Error::Close { source }),
            Err(_) => Err(Error::Silent { what: "the agent to end", waited: GOODBYE }),
        }
    }

    async fn next(&mut self, what: &'static str, patience: Duration) -> Result<Event, Error> {
        match self.conversation.next(what, patience).await? {
            Some(Event::Fatal(error)) => Err(Error::Refused(error)),
            Some(event) => Ok(event),
            None => Err(Error::Ended { stderr: self.stderr.text().await }),
        }
    }
}

/// Why the fresh connection failed, in a line.
fn told(error: &Error) -> String {
    if let Error::Objection(why) = error {
        return why.clone();
    }
    let failure = error.to_failure();
    let came_back = failure.came_back.lines().last().unwrap_or_default().trim().to_owned();
    format!("a fresh connection failed to {}: {came_back}", failure.tried)
}

fn out_of_turn(event: &Event) -> Error {
    let text = serde_json::to_string(event).unwrap_or_default();
    Error::Garbled { reason: "it was not its turn to say that".to_owned(), start: text.chars().take(80).collect() }
}
