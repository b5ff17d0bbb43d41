//! Prepared work on its way to a node, and the conversation that may break meanwhile.

use std::sync::Arc;

use lvs_agent::wire::{self, Batch, Failure, Mode};

use super::{
    Broken, Connection, Verifier,
    actor::Actor,
    done::Done,
    prepare::Prepared,
    stop::PATIENCE,
    tracker::{Heard, Tracker},
};
use crate::report::Event;

/// How work that was sent to a node came out.
pub(super) enum Sent {
    /// Everything was answered, or what failed was the end of it.
    Answered,
    /// The conversation broke, in the middle of a task or between two.
    Lost { broken: Broken, is_under_way: bool },
}

/// The end of a task by the end of the conversation.
pub(super) fn lost(broken: &Broken, is_under_way: bool) -> Done {
    if broken.is_taken_back {
        return Done { is_taken_back: true, ..Done::failed(broken.failure.clone()) };
    }
    let mut done = Done::unreachable(&broken.failure);
    if is_under_way {
        done.result.insert("was_under_way".to_owned(), true.into());
    }
    done
}

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    pub(super) async fn make(&mut self, prepared: Prepared, target: &str, mode: Mode) -> Done {
        let prepared = [prepared];
        let mut ended = None;
        let sent = self
            .send(&prepared, target, mode, &mut |_, _, done| {
                ended = Some(done);
                false
            })
            .await;
        match sent {
            Sent::Lost { broken, is_under_way } => lost(&broken, is_under_way),
            Sent::Answered => ended.unwrap_or_default(),
        }
    }

    /// Sends prepared work to a node and follows it; `on_end` says whether to go on after what has ended.
    pub(super) async fn send(
        &mut self,
        prepared: &[Prepared],
        target: &str,
        mode: Mode,
        on_end: &mut (dyn FnMut(&mut Self, usize, Done) -> bool + Send),
    ) -> Sent {
        let stage = Arc::clone(&self.stage);
        let mut tracker = Tracker::new(mode, prepared, self.tally.has_changes());
        let mut goes_on = true;
        let Some(member) = stage.crew.member(target) else {
            return Sent::Lost { broken: unexpected(gone()), is_under_way: false };
        };
        loop {
            for heard in tracker.settle() {
                goes_on &= self.heard(prepared, heard, on_end);
            }
            if tracker.is_over() || !goes_on {
                return Sent::Answered;
            }
            let mut line = member.lock().await;
            let steps = tracker.batch(line.next_step);
            line.next_step += steps.len() as u64;
            let Some(connection) = &mut line.connection else {
                return Sent::Lost { broken: unexpected(gone()), is_under_way: false };
            };
            let before = tracker.position();
            let mut on_event = |event: &wire::Event| {
                for heard in tracker.hear(event) {
                    goes_on &= self.heard(prepared, heard, on_end);
                }
            };
            let result = tokio::select! {
                result = connection.run(Batch { mode, steps }, &mut on_event) => result,
                () = stage.stop.patience_ends() => Err(unexpected(out_of_patience())),
            };
            match result {
                Err(broken) => {
                    line.connection = None;
                    return Sent::Lost { broken, is_under_way: tracker.is_under_way() };
                }
                // An agent that ends a batch without a word on what is left must not be asked for ever.
                Ok(()) if tracker.position() == before => {
                    let came_back = "the agent ended without a word on it".to_owned();
                    let failure = Failure { tried: "carry out the task".to_owned(), came_back, hint: None };
                    let heard = tracker.fail(failure);
                    self.heard(prepared, heard, on_end);
                    return Sent::Answered;
                }
                Ok(()) => {}
            }
        }
    }

    fn heard(
        &mut self,
        prepared: &[Prepared],
        heard: Heard,
        on_end: &mut (dyn FnMut(&mut Self, usize, Done) -> bool + Send),
    ) -> bool {
        let host = || self.host.to_string();
        match heard {
            Heard::Started(index) => {
                let event = Event::TaskStarted { host: host(), task: prepared[index].name.clone() };
                self.stage.reports.send(&event);
                true
            }
            Heard::Output(index, stream, line) => {
                let task = prepared[index].name.clone();
                self.stage.reports.send(&Event::Output { host: host(), task, stream, line });
                true
            }
            Heard::Ended(index, done) => on_end(self, index, done),
        }
    }
}

fn unexpected(failure: Failure) -> Broken {
    Broken { failure, is_taken_back: false }
}

pub(super) fn gone() -> Failure {
    let came_back = "the connection was lost before".to_owned();
    Failure { tried: "speak with the node".to_owned(), came_back, hint: None }
}

pub(super) fn out_of_patience() -> Failure {
    Failure {
        tried: "wait for the steps that were under way when the run was stopped".to_owned(),
        came_back: format!("they did not end within {} s", PATIENCE.as_secs()),
        hint: Some("a second run takes up where this one ended".to_owned()),
    }
}
