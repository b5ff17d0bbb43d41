//! `make bench`: a no-op apply on four nodes against the floor, four parallel `ssh NODE true`, in one run.
//!
//! The two are timed in turn, so that a machine whose speed drifts slows both. What counts is the ratio of the medians;
//! the aim is at most 1.5.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lvsctl_tests::Lab;

const ROUNDS: usize = 11;
const NODES: [&str; 4] = ["lvs", "web1", "web2", "web3"];

#[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
fn main() {
    let lab = Lab::up("bench", 3);
    let inventory = lab.inventory();
    let ssh_config = std::path::Path::new(&inventory).with_file_name("ssh_config");
    let apply = ["apply", "--yes", "-i", &inventory, "-i", "examples/dr", "--limit", "lvs:web[1:3]"];
    lab.ok(&apply);
    lab.ok(&apply);

    let (mut floors, mut applies) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(timed(|| four_times_ssh_true(&ssh_config)));
        applies.push(timed(|| {
            lab.ok(&apply);
        }));
    }
    let (floor, apply) = (median(&mut floors), median(&mut applies));
    println!("floor, 4 parallel `ssh NODE true`: median {:6.3} s, {}", floor.as_secs_f64(), range(&floors));
    println!("no-op `lvsctl apply` on 4 nodes:   median {:6.3} s, {}", apply.as_secs_f64(), range(&applies));
    println!(
        "ratio: {:.2} ({ROUNDS} rounds in turn; the aim is at most 1.5)",
        apply.as_secs_f64() / floor.as_secs_f64()
    );
}

fn four_times_ssh_true(ssh_config: &std::path::Path) {
    let children = NODES.map(|node| {
        Command::new("ssh")
            .arg("-F")
            .arg(ssh_config)
            .args([node, "true"])
            .stdin(Stdio::null())
            .spawn()
            .expect("start ssh")
    });
    for mut child in children {
        assert!(child.wait().expect("wait for ssh").success(), "ssh NODE true failed");
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn range(sorted: &[Duration]) -> String {
    format!("{:.3} to {:.3} s", sorted[0].as_secs_f64(), sorted[sorted.len() - 1].as_secs_f64())
}
