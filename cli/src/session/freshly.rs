//! A second, fresh connection to a node: the one that was there survives what locks everybody else out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lvs_agent::wire::{AgentError, Confirmation, NODE_FOLDER};

use super::{AgentBinary, Connection, Error, Purpose, Session, Target, Witness, error::Found, ssh};

/// How long after its time a node may need to take everything back and be reached again.
const GRACE: Duration = Duration::from_mins(1);

/// How long lies between one try and the next.
const PAUSE: Duration = Duration::from_secs(1);

/// What a fresh connection needs.
#[derive(Clone)]
pub(super) struct Freshly {
    pub(super) target: Target,
    pub(super) agent: AgentBinary,
    pub(super) purpose: Purpose,
    /// Who may object to what is to be confirmed.
    pub(super) witness: Option<Arc<dyn Witness>>,
}

impl Freshly {
    pub(super) fn new(target: &Target, agent: &AgentBinary, purpose: &Purpose) -> Self {
        Self { target: target.clone(), agent: agent.clone(), purpose: purpose.clone(), witness: None }
    }

    /// Confirms what the agent waits for, or refuses to if there is an objection. It is tried again as long as the agent
    /// waits; afterwards it is too late.
    pub(super) async fn confirm(&self, patience: Duration) -> Result<Confirmation, Error> {
        let until = Instant::now() + patience;
        let objection = match &self.witness {
            // Half of the time is for what is missed to come back, the other for the connection.
            Some(witness) => witness.objection(&self.target.host, patience / 2).await,
            None => None,
        };
        let word = if objection.is_some() { "refuse" } else { "confirm" };
        let said = self.say(word, until, patience).await;
        match objection {
            // Where the node cannot be told so it takes back by itself what nobody confirms.
            Some(why) => Err(Error::Objection(why)),
            None => said,
        }
    }

    async fn say(&self, word: &'static str, until: Instant, patience: Duration) -> Result<Confirmation, Error> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let error = match tokio::time::timeout(left, self.ask(word)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => Error::Silent { what: "a fresh connection", waited: patience },
            };
            if until.saturating_duration_since(Instant::now()) <= PAUSE {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn ask(&self, word: &'static str) -> Result<Confirmation, Error> {
        let Connection::Ssh(target) = &self.target.connection else { return Ok(Confirmation::Nothing) };
        let connection = ssh::connect(target).await?;
        let command = format!("exec {NODE_FOLDER}/agent/{} {word} {}", self.agent.sha256(), self.purpose.run);
        let (_, said, _) = ssh::run(connection, self.target.rights.as_ref(), &command).await?;
        serde_json::from_str(&said).map_err(|error| Error::Garbled {
            reason: error.to_string(),
            start: said.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect(),
        })
    }

    /// After a connection was lost: waits until the node can be reached, and finds out what it took back.
    pub(super) async fn look_after(&self, lost: Error) -> Error {
        let Some(seconds) = self.purpose.guard_seconds else { return lost };
        let patience = Duration::from_secs(seconds.into()) + GRACE;
        let until = Instant::now() + patience;
        let found = loop {
            let left = until.saturating_duration_since(Instant::now());
            // Boxed, since a session that is opened here can be lost as well.
            let opening = Box::pin(Session::open(&self.target, &self.agent, &self.purpose));
            match tokio::time::timeout(left, opening).await {
                Ok(Ok(mut session)) => {
                    let told = session.take_rolled_back();
                    // It was opened to be asked, and has answered.
                    let _ = session.close().await;
                    break told.map_or(Found::Reachable, Found::TakenBack);
                }
                // Somebody else is at work already: so it can be reached.
                Ok(Err(Error::Refused(AgentError::Locked(holder))))
                    if holder.run != self.purpose.run && holder.pid != 0 =>
                {
                    break Found::Reachable;
                }
                Ok(Err(_)) if until.saturating_duration_since(Instant::now()) > PAUSE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(Err(_)) | Err(_) => break Found::Nothing(patience),
            }
        };
        Error::CutOff { lost: Box::new(lost), found }
    }
}
