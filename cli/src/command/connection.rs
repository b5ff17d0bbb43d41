//! Sessions as a run uses them, and verification as a task of a playbook.

use std::{fmt::Write, sync::Arc};

use lvs_agent::wire::{Answer, Batch, Event, Facts, Failure, Lookup};

use crate::{
    model::Cluster,
    module::LvsVerify,
    run::{Connection, Verdict, Verifier},
    session::{self, Session},
    verify::{DirectorMacs, Question, verify_from_client},
};

impl Connection for Session {
    fn facts(&self) -> &Facts {
        Self::facts(self)
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&Event) + Send)) -> Result<(), Failure> {
        Self::run(self, batch, on_event).await.map_err(|error| failure(&error))
    }

    async fn lookup(&mut self, lookup: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        match Self::lookup(self, lookup).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(session::Error::Lookup(failure)) => Ok(Err(failure)),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// An error of a session, for a report.
pub(super) fn failure(error: &session::Error) -> Failure {
    let mut causes = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let separator = if causes.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = write!(causes, "{separator}{next}");
        cause = next.source();
    }
    let text = error.to_string();
    let (tried, came_back) = match text.split_once(": ") {
        Some((tried, rest)) if causes.is_empty() => (tried.to_owned(), rest.to_owned()),
        _ => (text, causes),
    };
    Failure { tried, came_back, hint: error.hint() }
}

/// Carries out `lvs_verify` by what the client sees.
pub(super) struct ClientVerifier {
    pub(super) cluster: Arc<Cluster>,
    pub(super) directors: DirectorMacs,
}

impl Verifier<Session> for ClientVerifier {
    async fn verify(&self, client: &str, task: &LvsVerify, connection: &mut Session) -> Verdict {
        let question = Question { requests: task.requests, path: task.path.clone() };
        let mut verdict = Verdict::default();
        for service in &self.cluster.services {
            match verify_from_client(service, client, &question, &self.directors, connection).await {
                Ok(report) => {
                    verdict.findings.push(report.summary());
                    if !report.problems.is_empty() {
                        verdict.failure.get_or_insert_with(|| Failure {
                            tried: format!("verify the service {}", report.service),
                            came_back: report.problems.join("\n"),
                            hint: Some("`lvsctl verify` and `lvsctl status` show more".to_owned()),
                        });
                    }
                }
                Err(error) => {
                    let failure = failure(&error.source);
                    verdict.failure = Some(Failure { tried: error.what.to_owned(), ..failure });
                    break;
                }
            }
        }
        verdict
    }
}
