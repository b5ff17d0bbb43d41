//! One run of lvsctl, with what it took.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use lvsctl_tests::lvsctl;

use super::Hosts;

/// One run of lvsctl, with what it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Controller {
    /// From the start to the end.
    pub(super) time: Duration,
    /// Processor time of itself and of what it waited for, in seconds. ssh goes into the background and is not in it.
    pub(super) processor: f64,
    /// Most memory of its own, in KB.
    pub(super) memory: u64,
}

/// What its ssh processes took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Children {
    /// How many there were at the same time.
    pub(super) most: usize,
    /// Their memory then, in KB; what they share is counted once (`Pss`).
    pub(super) memory: u64,
}

impl Controller {
    /// Rolls out on a group.
    pub(super) fn apply(hosts: &Hosts, group: &str, forks: usize) -> Self {
        let start = Instant::now();
        let output = Self::start(hosts, group, forks).wait_with_output().expect("wait for lvsctl");
        let time = start.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}\n{said}", String::from_utf8_lossy(&output.stdout));
        let numbers: Vec<f64> =
            said.lines().last().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
        let [user, system, memory] = numbers[..] else { panic!("time(1) said: {said}") };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of KB")]
        Self { time, processor: user + system, memory: memory as u64 }
    }

    /// Rolls out once more and looks at its ssh processes meanwhile, which takes time of its own.
    pub(super) fn watch(hosts: &Hosts, group: &str, forks: usize) -> Children {
        let mut child = Self::start(hosts, group, forks);
        // Nobody reads what it prints.
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let drain = [
            stdout.map(|mut stream| thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()))),
            stderr.map(|mut stream| thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()))),
        ];
        let mut children = Children::default();
        while child.try_wait().expect("wait for lvsctl").is_none() {
            let ssh = ssh_processes();
            if ssh.len() > children.most {
                children = Children { most: ssh.len(), memory: ssh.iter().map(|process| shared_memory(process)).sum() };
            }
            thread::sleep(Duration::from_millis(100));
        }
        for reader in drain.into_iter().flatten() {
            reader.join().expect("the reader does not panic").expect("read what lvsctl prints");
        }
        children
    }

    fn start(hosts: &Hosts, group: &str, forks: usize) -> Child {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%U %S %M"]).arg(lvsctl()).args(["apply", "--yes", "--forks", &forks.to_string()]);
        command.args(["--limit", group, "-i"]).arg(hosts.inventory()).arg("playbook.yml");
        hosts.prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start time(1)")
    }
}

/// The `ssh` of our PID namespace, by their folders in /proc.
fn ssh_processes() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir("/proc").expect("read /proc").flatten().map(|entry| entry.path());
    let is_ssh = |path: &std::path::PathBuf| fs::read_to_string(path.join("comm")).is_ok_and(|name| name == "ssh\n");
    entries.filter(is_ssh).collect()
}

/// 0 for one that has ended in the meantime.
fn shared_memory(process: &std::path::Path) -> u64 {
    let text = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
