//! How long tasks and hosts took (`--profile`).

use std::{collections::HashMap, fmt::Write, hash::Hash, time::Duration};

use super::{
    Record,
    style::{self, harmless, paint},
};
use crate::vault;

/// Tasks and hosts that are shown; the others are counted.
const MOST: usize = 20;

/// What is summed up of a task or a host.
#[derive(Default)]
struct Sum {
    total: Duration,
    longest: Duration,
    /// The host, or the task, that took longest.
    slowest: String,
    count: usize,
}

/// The tasks and the hosts that took longest, as two tables.
pub fn profile(record: &Record) -> String {
    let ended = record.ended();
    let (mut tasks, mut hosts) = (HashMap::new(), HashMap::new());
    for ended in &ended {
        let (end, took) = (&ended.end, ended.took);
        add(&mut tasks, (end.play.as_str(), end.task.as_str(), end.place.as_str()), &end.host, took);
        add(&mut hosts, end.host.as_str(), &end.task, took);
    }
    let mut text = paint(style::HEADING, format!("The run took {}", seconds(record.took()))) + "\n";
    let name = |(_, task, place): &(&str, &str, &str)| {
        format!("{} {}", harmless(task), paint(style::FAINT, format!("({place})")))
    };
    table(&mut text, "by task, over all hosts", tasks, name);
    table(&mut text, "by host, over all tasks", hosts, |host| (*host).to_owned());
    vault::mask(&text).into_owned()
}

fn add<K: Eq + Hash>(sums: &mut HashMap<K, Sum>, key: K, place: &str, took: Duration) {
    let sum = sums.entry(key).or_default();
    sum.count += 1;
    sum.total += took;
    if took >= sum.longest {
        sum.longest = took;
        place.clone_into(&mut sum.slowest);
    }
}

fn table<K: Ord>(text: &mut String, head: &str, sums: HashMap<K, Sum>, name: impl Fn(&K) -> String) {
    let mut rows: Vec<(K, Sum)> = sums.into_iter().collect();
    rows.sort_by(|(left, one), (right, other)| other.total.cmp(&one.total).then_with(|| left.cmp(right)));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}", paint(style::HEADING, head));
    for (key, sum) in rows.iter().take(MOST) {
        let longest = format!("longest {} ({})", seconds(sum.longest), harmless(&sum.slowest));
        let longest = if sum.count == 1 { String::new() } else { paint(style::FAINT, longest) };
        let _ = writeln!(text, "{:>10}  {}  {longest}", seconds(sum.total), name(key));
    }
    if rows.len() > MOST {
        let rest: Duration = rows[MOST..].iter().map(|(_, sum)| sum.total).sum();
        let _ = writeln!(text, "{:>10}  {} more", seconds(rest), rows.len() - MOST);
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
