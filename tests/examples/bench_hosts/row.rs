//! What was measured for so many hosts.

use std::fmt;

use lvsctl_tests::Times;

use super::controller::{Children, Controller};

/// What was measured for so many hosts; times are seconds, memory is MB.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) hosts: usize,
    pub(super) forks: usize,
    pub(super) floor: f64,
    pub(super) unchanged: f64,
    pub(super) memory: f64,
    pub(super) ssh_memory: f64,
    first: f64,
    processor: f64,
    ssh: usize,
}

impl Row {
    /// The head of the table, in Markdown.
    pub(super) const HEAD: &str = "\
| hosts | forks | floor | unchanged | × floor | a host | first time | own processor | own memory | ssh processes |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";

    /// From the rounds: medians of times, the most of the memory.
    pub(super) fn new(
        hosts: usize,
        forks: usize,
        first: &Controller,
        floor: &Times,
        unchanged: &Times,
        runs: &[Controller],
        children: Children,
    ) -> Self {
        let mut processor: Vec<f64> = runs.iter().map(|run| run.processor).collect();
        processor.sort_by(f64::total_cmp);
        Self {
            hosts,
            forks,
            floor: floor.median(),
            unchanged: unchanged.median(),
            first: first.time.as_secs_f64(),
            processor: processor[processor.len() / 2],
            memory: megabytes(runs.iter().map(|run| run.memory).max().unwrap_or_default()),
            ssh: children.most,
            ssh_memory: megabytes(children.memory),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hosts, forks, floor, unchanged, first, processor, memory, ssh, ssh_memory } = self;
        #[expect(clippy::cast_precision_loss, reason = "there are not that many hosts")]
        let each = unchanged / *hosts as f64 * 1000.0;
        write!(
            f,
            "| {hosts} | {forks} | {floor:.2} s | {unchanged:.2} s | {:.2} | {each:.1} ms | {first:.1} s | \
             {processor:.2} s | {memory:.1} MB | {ssh}, {ssh_memory:.0} MB |",
            unchanged / floor
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory is not that large")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
