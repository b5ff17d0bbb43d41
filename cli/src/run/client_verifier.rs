//! `lvs_verify` over real sessions.

use lvs_agent::wire::Failure;

use super::{Crew, Verdict, Verifier};
use crate::{
    model::{Cluster, Service},
    module::LvsVerify,
    session::Session,
    verify::{DirectorMacs, Others, Question, verify_from_client},
};

/// Verifies every service from one client, by what that client can see.
pub struct ClientVerifier {
    services: Vec<Service>,
    directors: DirectorMacs,
}

impl ClientVerifier {
    /// Takes the directors' MAC addresses from the conversations of a run.
    pub async fn new(cluster: &Cluster, crew: &Crew<Session>) -> Self {
        let mut directors = DirectorMacs::default();
        for director in &cluster.groups().directors {
            if let Some(member) = crew.member(director)
                && let Some(connection) = &member.lock().await.connection
            {
                directors.add(director, &connection.facts().interfaces);
            }
        }
        Self { services: cluster.services.clone(), directors }
    }
}

impl Verifier<Session> for ClientVerifier {
    async fn verify(&self, client: &str, task: &LvsVerify, connection: &mut Session) -> Verdict {
        // An apply may be made while the service is in use.
        let question = Question { requests: task.requests, path: task.path.clone(), others: Others::Unknown };
        let (mut verdict, mut problems) = (Verdict::default(), Vec::new());
        for service in &self.services {
            match verify_from_client(service, client, &question, &self.directors, connection).await {
                Ok(report) if report.problems.is_empty() => verdict.findings.push(report.summary()),
                Ok(report) => {
                    verdict.findings.extend(report.to_string().lines().map(str::to_owned));
                    problems.extend(report.problems.iter().map(|problem| format!("{}: {problem}", report.service)));
                }
                Err(error) => problems.push(format!("{}: {}", service.name, chain(&error))),
            }
        }
        if !problems.is_empty() {
            verdict.failure = Some(Failure {
                tried: format!("verify the cluster from {client}"),
                came_back: problems.join("\n"),
                hint: Some("`lvsctl status` shows the live tables beside the inventory".to_owned()),
            });
        }
        verdict
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("failed to {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
