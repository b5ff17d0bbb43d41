//! Waiting until the real servers that leave have no active connections, but for those that they do not answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    Key, TableChange,
    busy::Busy,
    half_open::{HalfOpen, PATIENCE},
    kernel::Kernel,
    server::{ServerName, shown},
};
use crate::{netlink::Error, process::Output, wire::Stream};

/// Time between two looks.
const PACE: Duration = Duration::from_millis(200);

/// Shortest time between two lines on who is waited for.
const TALK_PACE: Duration = Duration::from_secs(5);

/// How many real servers a line names.
const NAMED: usize = 5;

/// Waits until those real servers of `changes` that are deleted have no active connections, or `limit` is over; gives
/// those that still have some. Says whom it waits for.
pub(super) fn drain(
    kernel: &mut impl Kernel,
    changes: &[TableChange],
    limit: Duration,
    output: &mut Output<'_>,
) -> Result<Vec<Busy>, Error> {
    let deadline = Instant::now() + limit;
    let mut talk = Talk { deadline, last: None };
    let (mut half_open, mut passed_over) = (HalfOpen::new(Instant::now()), BTreeSet::new());
    let mut leaving: BTreeMap<Key, Vec<ServerName>> = BTreeMap::new();
    for change in changes {
        if let TableChange::DeleteServer(key, server) = change {
            leaving.entry(*key).or_default().push(server.name());
        }
    }
    loop {
        let mut busy = Vec::new();
        // Idle ones are looked at again, too: a persistent client comes back even to a server of weight 0.
        for (key, names) in &leaving {
            for (server, stats) in kernel.servers(key)? {
                if stats.active > 0 && names.contains(&server.name()) {
                    busy.push(Busy { key: *key, server, active: stats.active });
                }
            }
        }
        let now = Instant::now();
        let is_over = now >= deadline;
        if !busy.is_empty() && (is_over || half_open.is_due(now)) {
            let waited = half_open.look(kernel, &busy, now);
            for busy in busy.iter().filter(|busy| !waited.contains(busy)) {
                if passed_over.insert((busy.key, busy.server.name())) {
                    output(Stream::Stdout, &unanswered(busy));
                }
            }
            busy = waited;
        }
        if busy.is_empty() || is_over {
            return Ok(busy);
        }
        if let Some(line) = talk.line(&busy, now) {
            output(Stream::Stdout, &line);
        }
        sleep(PACE.min(deadline.saturating_duration_since(Instant::now())));
    }
}

fn unanswered(busy: &Busy) -> String {
    let server = shown(&busy.server);
    format!(
        "{} -> {server} has not answered those who connect to it for {} s, and is not waited for",
        busy.key,
        PATIENCE.as_secs()
    )
}

/// What is said about a wait: at its beginning, and when the numbers have changed.
struct Talk {
    deadline: Instant,
    /// What was said last, and when.
    last: Option<(Instant, String)>,
}

impl Talk {
    fn line(&mut self, busy: &[Busy], now: Instant) -> Option<String> {
        let connections = |busy: &Busy| {
            let plural = if busy.active == 1 { "" } else { "s" };
            format!("{} -> {} has {} active connection{plural}", busy.key, shown(&busy.server), busy.active)
        };
        let mut words: Vec<String> = busy.iter().take(NAMED).map(connections).collect();
        if busy.len() > NAMED {
            words.push(format!("and {} more", busy.len() - NAMED));
        }
        let words = words.join(", ");
        if self.last.as_ref().is_some_and(|(at, said)| *said == words || now.duration_since(*at) < TALK_PACE) {
            return None;
        }
        let line = format!("{words}; waiting up to {} s", seconds_up(self.deadline.saturating_duration_since(now)));
        self.last = Some((now, words));
        Some(line)
    }
}

fn seconds_up(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipvs::model::{server, service};

    fn busy(number: u8, active: u32) -> Busy {
        Busy { key: service(80).key, server: server(number), active }
    }

    #[test]
    fn a_wait_is_told_at_its_beginning_and_when_the_numbers_change_but_not_all_the_time() {
        let begin = Instant::now();
        let mut talk = Talk { deadline: begin + Duration::from_mins(1), last: None };
        let mut line = |busy: &[Busy], millis| talk.line(busy, begin + Duration::from_millis(millis));
        assert_eq!(
            line(&[busy(2, 1)], 0).unwrap(),
            "tcp 203.0.113.168:80 -> 192.168.0.2:80 has 1 active connection; waiting up to 60 s"
        );
        assert_eq!(line(&[busy(2, 2)], 4_800), None, "too soon");
        assert!(line(&[busy(2, 2)], 5_200).unwrap().ends_with("has 2 active connections; waiting up to 55 s"));
        assert_eq!(line(&[busy(2, 2)], 30_000), None, "nothing new");
        let many: Vec<_> = (1..=7).map(|number| busy(number, 1)).collect();
        assert!(line(&many, 40_000).unwrap().ends_with(", and 2 more; waiting up to 20 s"));
    }
}
