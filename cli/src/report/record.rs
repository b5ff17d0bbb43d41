//! What came of a run, kept: for the profile, for build servers, and for the file of a plan.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Event, Reporter, TaskEnd};

/// How a task ended on a host, and how long it took there.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended.
    pub end: TaskEnd,
    /// From its beginning; waiting for other hosts is not part of it.
    pub took: Duration,
}

/// What came of a run. Copies are of the same.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    ended: Vec<Ended>,
    /// When each host began with what it is at.
    begun: HashMap<String, Instant>,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Record {
    /// Every task on every host, in the order in which they ended.
    pub fn ended(&self) -> Vec<Ended> {
        self.lock().ended.clone()
    }

    /// How long the run took.
    pub fn took(&self) -> Duration {
        let state = self.lock();
        state.first.zip(state.last).map(|(first, last)| last - first).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: &Event, now: Instant) {
        let mut state = self.lock();
        match event {
            Event::RunStarted { .. } => *state = State { first: Some(now), last: Some(now), ..State::default() },
            // The items of a loop begin one by one, and end together.
            Event::TaskStarted { host, .. } => {
                state.begun.entry(host.clone()).or_insert(now);
            }
            Event::TaskEnded(end) => {
                // What has nothing to do on a node does not begin.
                let begun = state.begun.remove(&end.host).unwrap_or(now);
                state.ended.push(Ended { end: end.clone(), took: now - begun });
            }
            Event::Recap(_) => state.last = Some(now),
            _ => {}
        }
    }
}

impl Reporter for Record {
    fn event(&mut self, event: &Event) {
        self.hear(event, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use lvs_agent::wire::Mode;

    use super::*;

    #[test]
    fn a_task_takes_from_its_first_item_to_its_end() {
        let (record, start) = (Record::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let begun = Event::TaskStarted { host: "a".to_owned(), task: "t".to_owned() };
        let ended = Event::TaskEnded(TaskEnd { host: "a".to_owned(), ..TaskEnd::default() });
        record.hear(&Event::RunStarted { mode: Mode::Apply, hosts: Vec::new() }, at(0));
        record.hear(&begun, at(1));
        record.hear(&begun, at(2));
        record.hear(&ended, at(4));
        record.hear(&ended, at(5));
        let took: Vec<u64> = record.ended().iter().map(|ended| ended.took.as_secs()).collect();
        assert_eq!(took, [3, 0]);
    }
}
