//! How long things take, for the benchmarks. They are measured in turn, and medians compared, so that a machine whose
//! speed drifts is unfair to nobody.

use std::{
    fmt, fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long the rounds of one thing took.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Does it once more, and takes the time of it.
    pub fn of<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.add(start.elapsed());
        result
    }

    /// Adds a time that was taken elsewhere.
    pub fn add(&mut self, time: Duration) {
        let place = self.0.partition_point(|other| *other < time);
        self.0.insert(place, time);
    }

    /// The median, in seconds.
    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2].as_secs_f64()
    }
}

/// The median, then the shortest and the longest.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [shortest, .., longest] = self.0.as_slice() else { return write!(f, "{:6.2} s", self.median()) };
        let (shortest, longest) = (shortest.as_secs_f64(), longest.as_secs_f64());
        write!(f, "{:6.2} s ({shortest:.2} to {longest:.2})", self.median())
    }
}

/// The floor of everything that goes over SSH: `ssh HOST true` on each host, so many at the same time.
pub fn ssh_true<'a>(hosts: impl IntoIterator<Item = &'a str>, at_a_time: usize, ssh: impl Fn() -> Command) {
    let mut running: Vec<(&str, Child)> = Vec::new();
    let mut ended = |(host, mut child): (&str, Child)| {
        assert!(child.wait().expect("wait for ssh").success(), "`ssh {host} true` failed");
    };
    for host in hosts {
        while running.len() >= at_a_time {
            match running.iter_mut().position(|(_, child)| child.try_wait().expect("wait for ssh").is_some()) {
                Some(first) => ended(running.swap_remove(first)),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        let child = ssh().args([host, "true"]).stdin(Stdio::null()).spawn().expect("start ssh");
        running.push((host, child));
    }
    running.into_iter().for_each(&mut ended);
}

/// What else this machine has to do: how many processes want to run, in the mean of the last minute.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
