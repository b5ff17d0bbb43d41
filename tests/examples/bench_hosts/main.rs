//! `make bench-apply`, second part: what a controller takes, in time and in memory, for 4, 32, 128 and 512 hosts.
//!
//! A host is an sshd of its own with folders of its own, on an address of its own, all in namespaces of this run: nothing
//! of it is on this machine's network, and all of it is gone when the run is. The agents run on the same processors, so
//! that the floor, as many `ssh HOST true` at a time, is measured in turn with everything else.
//!
//! The table is Markdown, as `docs/performance.md` has it; the picture beside it is `target/performance.svg`.

mod controller;
mod hosts;
mod plot;
mod row;

use std::{env, fs, os::unix::process::CommandExt, path::Path, process::Command};

use lvsctl_tests::{Times, load_average, repository};

use controller::Controller;
use hosts::Hosts;
use row::Row;

const HOSTS: [usize; 4] = [4, 32, 128, 512];

/// Hosts at a time: what holds where nothing is said, and as many as there are.
const FORKS: [usize; 2] = [20, 512];

const ROUNDS: usize = 3;

/// Said to itself, inside.
const INSIDE: &str = "--inside";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [INSIDE, sshd] => measure(Path::new(sshd)),
        _ => enter(),
    }
}

/// Becomes the same program in namespaces of its own. All processes of them end with it.
fn enter() {
    let output = Command::new(repository().join("tools/need")).arg("sshd").output().expect("start tools/need");
    let sshd = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success() && !sshd.is_empty(), "tools/need could not bring an sshd");
    let mut unshare = Command::new("unshare");
    if !rustix::process::getuid().is_root() {
        unshare.args(["--map-root-user", "--map-auto"]);
    }
    unshare.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]);
    // The shell is the first process of the namespace: it takes note of the end of every ssh that had gone into the
    // background, which would stay as a zombie otherwise.
    unshare.args(["sh", "-c", "\"$@\"; exit $?", "sh"]);
    unshare.arg(env::current_exe().expect("a program has a path")).args([INSIDE, &sshd]);
    panic!("unshare could not be started: {}", unshare.exec());
}

#[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
fn measure(sshd: &Path) {
    println!("\nload average before: {}", load_average());
    let hosts = Hosts::start(sshd);
    let mut rows = Vec::new();
    println!("{}", Row::HEAD);
    for count in HOSTS {
        let group = format!("g{count}");
        // The agent comes with the first run, and the files with it.
        let first = Controller::apply(&hosts, &group, FORKS[0]);
        for forks in FORKS.into_iter().filter(|forks| *forks == FORKS[0] || count > FORKS[0]) {
            let (mut floor, mut unchanged, mut runs) = (Times::default(), Times::default(), Vec::new());
            for _ in 0..ROUNDS {
                floor.of(|| hosts.ssh_true(count, forks));
                let run = Controller::apply(&hosts, &group, forks);
                unchanged.add(run.time);
                runs.push(run);
            }
            let watched = Controller::watch(&hosts, &group, forks);
            let row = Row::new(count, forks, &first, &floor, &unchanged, &runs, watched);
            println!("{row}");
            rows.push(row);
        }
    }
    println!("{ROUNDS} rounds in turn, ten tasks, unchanged; load average after: {}", load_average());
    let picture = repository().join("target/performance.svg");
    fs::write(&picture, plot::svg(&rows)).expect("write the picture");
}
