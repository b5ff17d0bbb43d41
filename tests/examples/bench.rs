//! `make bench`: a no-op apply on four nodes against the floor, four parallel `ssh NODE true`, in one run.
//!
//! The two are timed in turn, so that a machine whose speed drifts slows both. What counts is the ratio of the medians;
//! the aim is at most 1.5.

use std::{path::Path, process::Command};

use lvsctl_tests::{Lab, Times, ssh_true};

const ROUNDS: usize = 11;
const NODES: [&str; 4] = ["lvs", "web1", "web2", "web3"];

#[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
fn main() {
    let lab = Lab::up("bench", 3);
    let inventory = lab.inventory();
    let ssh_config = Path::new(&inventory).with_file_name("ssh_config");
    let apply = ["apply", "--yes", "-i", &inventory, "-i", "examples/dr", "--limit", "lvs:web[1:3]"];
    lab.ok(&apply);
    lab.ok(&apply);

    let ssh = || {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(&ssh_config);
        ssh
    };
    let (mut floor, mut no_op) = (Times::default(), Times::default());
    for _ in 0..ROUNDS {
        floor.of(|| ssh_true(NODES, NODES.len(), ssh));
        no_op.of(|| lab.ok(&apply));
    }
    println!("floor, 4 parallel `ssh NODE true`: {floor}");
    println!("no-op `lvsctl apply` on 4 nodes:   {no_op}");
    let ratio = no_op.median() / floor.median();
    println!("ratio: {ratio:.2} ({ROUNDS} rounds in turn; the aim is at most 1.5)");
}
