//! `reboot`: the node goes down, and the run goes on with it in the boot after that.
//!
//! The agent and its lock go with the old boot. What was changed before is confirmed by then, task by task, so that
//! nothing is armed that the next boot would take back; and the new conversation is of the same run, in whose journal it
//! goes on.

#[cfg(test)]
mod tests;

use std::time::Duration;

use lvs_agent::wire::{Batch, Change, Event as AgentEvent, Failure, Mode, Outcome, Side, Step};

use tokio::time::{Instant, sleep, timeout_at};

use super::{Connection, Verifier, actor::Actor, crew::Line, delivery::gone, done::Done, prepare::Prepared};
use crate::{module::Reboot, report::Event};

/// Between two tries to reach a node that boots: there is no event to wait for.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a try to connect may take where nothing else is said. ssh's own limits are shorter.
const CONNECT: Duration = Duration::from_mins(1);

/// How long a node has for something.
struct Deadline {
    seconds: u64,
    until: Instant,
}

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Reboots a node and waits until it can be worked with again.
    pub(super) async fn reboot(&self, prepared: &Prepared, reboot: &Reboot, target: &str, mode: Mode) -> Done {
        let member = match self.stage.crew.reach(target).await {
            Ok(member) => member,
            Err(failure) => return Done::unreachable(&failure),
        };
        let mut line = member.lock().await;
        let start = Instant::now();
        let done = tokio::select! {
            done = self.go_through(&mut line, prepared, reboot, target, mode) => Some(done),
            () = self.stage.stop.asked() => None,
        };
        let mut done = done.unwrap_or_else(|| {
            // Nobody knows how far the conversation is.
            line.connection = None;
            Done::unreachable(&failed("the run was stopped before the node was back"))
        });
        let seconds = if mode == Mode::Check { 0 } else { start.elapsed().as_secs() };
        done.result.insert("elapsed".to_owned(), seconds.into());
        done.result.insert("rebooted".to_owned(), done.is_changed().into());
        done
    }

    async fn go_through(
        &self,
        line: &mut Line<C>,
        prepared: &Prepared,
        reboot: &Reboot,
        target: &str,
        mode: Mode,
    ) -> Done {
        let Some(connection) = &mut line.connection else { return Done::unreachable(&gone()) };
        if !reboot.is_own_boot && is_own_kernel(&connection.facts().boot_id) {
            return Done::failed(on_this_kernel());
        }
        // Over a fresh connection, as afterwards: one that is open survives what keeps everybody else out.
        let deadline = Deadline::after(reboot.timeout, 0);
        let before = match deadline.within(connection.ask(&reboot.boot, reboot.patience())).await {
            Ok(text) => text,
            Err(failure) => return Done::failed(failure),
        };
        if mode == Mode::Apply {
            sleep(Duration::from_secs(reboot.delay_before)).await;
        }
        let mut done = self.begin_reboot(line, prepared, reboot, mode).await;
        if done.is_failed() || done.is_unreachable || mode == Mode::Check {
            return done;
        }
        self.stage.reports.note(Some(target), format!("rebooting; it has {} s to come back", reboot.timeout));
        sleep(Duration::from_secs(reboot.delay_after)).await;
        let Some(connection) = &mut line.connection else { return Done::unreachable(&gone()) };
        match come_back(connection, reboot, &before).await {
            Ok(told) => {
                self.stage.memory.learn(target, connection.facts());
                for line in told {
                    self.stage.reports.note(Some(target), line);
                }
            }
            Err(failure) => {
                // What is at the other end is of no use, or nothing is.
                line.connection = None;
                done.fail(failure);
            }
        }
        done
    }

    /// Has the node reboot. An answer need not come: the node may be gone before.
    async fn begin_reboot(&self, line: &mut Line<C>, prepared: &Prepared, reboot: &Reboot, mode: Mode) -> Done {
        let Some(connection) = &mut line.connection else { return Done::unreachable(&gone()) };
        let step = Step {
            id: line.next_step,
            task: prepared.name.clone(),
            tag: None,
            sensitive: prepared.no_log,
            environment: prepared.environment.clone(),
            resource: reboot.resource(),
        };
        line.next_step += 1;
        let change = Change::add(step.resource.id().0, Side::Present);
        let (mut is_begun, mut outcome) = (false, None::<Outcome>);
        let mut on_event = |event: &AgentEvent| match event {
            AgentEvent::Started { .. } => is_begun = true,
            AgentEvent::Output { stream, line, .. } if !prepared.no_log => {
                let (host, task) = (self.host.to_string(), prepared.name.clone());
                self.stage.reports.send(&Event::Output { host, task, stream: *stream, line: line.clone() });
            }
            AgentEvent::Ended { outcome: ended, .. } => outcome = Some(ended.clone()),
            _ => {}
        };
        let sent = connection.run(Batch { mode, steps: vec![step] }, &mut on_event).await;
        if let Err(broken) = &sent
            && !is_begun
        {
            line.connection = None;
            return Done::unreachable(&broken.failure);
        }
        let mut done = Done::ok(serde_json::Map::new());
        if let Some(failure) = outcome.and_then(|outcome| outcome.failure) {
            done.fail(failure);
        } else {
            done.changes.push(change);
            done.result.insert("changed".to_owned(), true.into());
        }
        done
    }
}

impl Reboot {
    /// How long a try to connect may take.
    fn patience(&self) -> Duration {
        self.connect_timeout.map_or(CONNECT, Duration::from_secs)
    }
}

/// Waits until the node is in another boot, speaks with it anew, and waits until it passes the test. What could not be
/// restored in that boot is told.
async fn come_back<C: Connection>(connection: &mut C, reboot: &Reboot, before: &str) -> Result<Vec<String>, Failure> {
    let patience = reboot.patience();
    let deadline = Deadline::after(reboot.timeout, reboot.delay_on_node());
    loop {
        let last = match deadline.within(connection.ask(&reboot.boot, patience)).await {
            Ok(now) if !now.is_empty() && now != before => break,
            Ok(_) => failed(format!("it is up, and `{}` says what it said before", reboot.boot)),
            Err(failure) => failure,
        };
        deadline.pause("come back", &last).await?;
    }
    let told = loop {
        match deadline.within(connection.renew(patience)).await {
            Ok(told) => break told,
            Err(last) => deadline.pause("come back", &last).await?,
        }
    };
    let deadline = Deadline::after(reboot.timeout, 0);
    if let Some(test) = &reboot.test {
        while let Err(last) = deadline.within(connection.ask(test, patience)).await {
            deadline.pause(&format!("pass `{test}`"), &last).await?;
        }
    }
    Ok(told)
}

impl Deadline {
    /// So many seconds, after others that do not count.
    fn after(seconds: u64, others: u64) -> Self {
        Self { seconds, until: Instant::now() + Duration::from_secs(seconds.saturating_add(others)) }
    }

    /// What comes of something in this time.
    async fn within<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let ended = timeout_at(self.until, work).await;
        ended
            .unwrap_or_else(|_| Err(Failure { tried: "reach the node".to_owned(), ..failed("no answer came in time") }))
    }

    /// Waits before the next try; once the time is over, with what came back last.
    async fn pause(&self, what: &str, last: &Failure) -> Result<(), Failure> {
        if Instant::now() < self.until {
            sleep(PAUSE).await;
            return Ok(());
        }
        let came_back = if last.came_back.is_empty() { String::new() } else { format!(": {}", last.came_back) };
        Err(Failure {
            tried: format!("see the node {what} within {} s after its reboot", self.seconds),
            came_back: format!("at last lvsctl failed to {}{came_back}", last.tried),
            hint: Some("look at its console; `reboot_timeout` gives it more time".to_owned()),
        })
    }
}

/// Whether a node runs on this machine's own kernel, as a container does.
fn is_own_kernel(boot_id: &str) -> bool {
    let own = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    !boot_id.is_empty() && own.trim() == boot_id
}

fn on_this_kernel() -> Failure {
    Failure {
        hint: Some("reboot it from another machine; a container may name its own `boot_time_command`".to_owned()),
        ..failed("it runs on the kernel of this machine, and lvsctl would go down with it")
    }
}

fn failed(came_back: impl Into<String>) -> Failure {
    Failure { tried: "reboot the node".to_owned(), came_back: came_back.into(), hint: None }
}
