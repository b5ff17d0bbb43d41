//! `make bench-ipvs`: a table made, left as it is, changed and saved by `lvs-agent ipvs` and by ipvsadm, in one run on
//! one kernel, and beside them the floor: the same messages with next to nothing around (`agent/examples/ipvs_floor.rs`).
//!
//! Every fresh table has a network namespace of its own: real servers that are deleted stay in a list of their namespace
//! for minutes, which makes every new one slow and would spoil the next measurement. All are timed by the node's own
//! shell around the whole program, in turn, so that a machine whose speed drifts slows all of them. What counts are the
//! ratios, of which the median of all rounds is told; a lab's kernel is slow at everything.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use lvsctl_tests::Lab;

/// How often a fresh table is made by each.
const ROUNDS: usize = 3;

/// How often what leaves the table as it is, is done in a round.
const LOOKS: usize = 3;

/// Runs on the node: `measure SERVICES SERVERS ROUNDS LOOKS`. Prints `name number` for every measurement.
const SCRIPT: &str = r#"
set -eu
services=$1 servers=$2 rounds=$3 looks=$4
cd "$(mktemp -d)"
# table WEIGHT: every hundredth service gives its first real server this weight.
table() {
  awk -v s="$services" -v d="$servers" -v w="$1" 'BEGIN {
    for (i = 0; i < s; i++) {
      vip = sprintf("10.%d.%d.%d:80", int(i / 62500), int(i / 250) % 250, i % 250 + 1)
      print "-A -t " vip " -s wrr"
      for (j = 0; j < d; j++)
        print "-a -t " vip " -r 192.168." int(j / 250) "." j % 250 + 1 ":80 -g -w " (j == 0 && i % 100 == 0 ? w : 1)
    }
  }'
}
table 1 > one; table 2 > two
TIMEFORMAT=%R
timed() { name=$1; shift; echo "$name $( { time ip netns exec bench "$@" > out 2> err || { cat err >&2; exit 1; }; } 2>&1 )"; }
agent() {
  timed "$@"
  echo "$1-changes $(sed -n 's/^lvs-agent: \([0-9]*\) change.*/\1/p' err)"
  echo "$1-memory $(sed -n 's/.* \([0-9]*\) MB .*/\1/p' err)"
}
space() {
  ip netns add bench
  ip -n bench link set lo up
  ip -n bench route add 192.168.0.0/16 dev lo
}
# The kernel takes a namespace down in its own time, and does not say when it is through.
gone() { ip netns del bench; sleep 4; }
for round in $(seq "$rounds"); do
  space; timed floor-fresh ipvs_floor fresh "$services" "$servers"; gone
  space; timed floor-single ipvs_floor single "$services" "$servers"; gone
  space; timed ipvsadm-restore ipvsadm -R < one; ip netns exec bench ipvsadm -Sn > saved-by-ipvsadm; gone
  space; agent agent-fresh lvs-agent ipvs restore --quiet one
  for look in $(seq "$looks"); do
    timed ipvsadm-save ipvsadm -Sn
    timed floor-read ipvs_floor read "$services" "$servers"
    agent agent-unchanged lvs-agent ipvs restore --quiet one
    agent agent-one-percent lvs-agent ipvs restore --quiet two
    ip netns exec bench lvs-agent ipvs restore --quiet one 2> err
    timed agent-save lvs-agent ipvs save --format ipvsadm
    cmp saved-by-ipvsadm out
    timed agent-save-json lvs-agent ipvs save saved.json
    agent agent-json lvs-agent ipvs restore --quiet saved.json
  done
  gone
done
"#;

fn main() {
    let lab = Lab::up("bench-ipvs", 1);
    let ssh_config = PathBuf::from(lab.inventory()).with_file_name("ssh_config");
    for program in ["LVSCTL_AGENT", "LVSCTL_FLOOR"] {
        copy(&PathBuf::from(env::var_os(program).expect("run this by `make bench-ipvs`")), &ssh_config);
    }
    lab.on("lvs", "apt-get install -y ipvsadm >/dev/null 2>&1; modprobe ip_vs; modprobe ip_vs_wrr; ipvsadm --version");

    for (services, servers) in [(10_000, 5), (1_000, 100)] {
        let script =
            format!("bash -c '{}' measure {services} {servers} {ROUNDS} {LOOKS}", SCRIPT.replace('\'', r"'\''"));
        Measured::read(&lab.on("lvs", &script)).show(services, servers);
    }
}

fn copy(program: &Path, ssh_config: &Path) {
    let copied = Command::new("scp").arg("-qF").arg(ssh_config).arg(program).arg("lvs:/usr/local/bin/").status();
    assert!(copied.expect("start scp").success(), "{} could not be copied to the node", program.display());
}

/// All numbers of a name, in the order of the rounds.
struct Measured(BTreeMap<String, Vec<f64>>);

impl Measured {
    fn read(text: &str) -> Self {
        let mut measured = BTreeMap::<String, Vec<f64>>::new();
        for line in text.lines() {
            let number = line.split_once(' ').and_then(|(name, number)| Some((name, number.trim().parse().ok()?)));
            let (name, number) = number.unwrap_or_else(|| panic!("the node said: {line}"));
            measured.entry(name.to_owned()).or_default().push(number);
        }
        Self(measured)
    }

    /// How many times as long as `other` something took: the median of the rounds.
    fn ratio(&self, name: &str, other: &str) -> f64 {
        median(self.0[name].iter().zip(&self.0[other]).map(|(one, other)| one / other))
    }

    #[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
    fn show(&self, services: u32, servers: u32) {
        let entries = services * (servers + 1);
        println!(
            "\n{services} services with {servers} real servers each, {entries} entries; medians of {ROUNDS} rounds"
        );
        println!("  {:<36} {:>10} {:>20} {:>24}", "", "seconds", "ipvsadm takes", "the floor takes");
        let restore = [
            ("ipvsadm -R", "ipvsadm-restore"),
            ("floor: the same batches, bare", "floor-fresh"),
            ("the same, a message at a time", "floor-single"),
            ("lvs-agent, fresh", "agent-fresh"),
        ];
        let look = [
            ("ipvsadm -Sn", "ipvsadm-save"),
            ("floor: the bare dump", "floor-read"),
            ("lvs-agent, nothing to change", "agent-unchanged"),
            ("lvs-agent, 1 % to change", "agent-one-percent"),
            ("lvs-agent, save as ipvsadm does", "agent-save"),
            ("lvs-agent, save all as JSON", "agent-save-json"),
            ("lvs-agent, JSON, nothing to change", "agent-json"),
        ];
        let rows = restore.map(|row| (row, "ipvsadm-restore", "floor-fresh"));
        for ((what, name), ipvsadm, floor) in
            rows.into_iter().chain(look.map(|row| (row, "ipvsadm-save", "floor-read")))
        {
            let seconds = median(self.0[name].iter().copied());
            let (times, part) = (self.ratio(ipvsadm, name), self.ratio(floor, name) * 100.0);
            println!("  {what:<36} {seconds:>8.3} s {times:>14.1} times {part:>20.0} %");
        }
        let memory = ["agent-fresh-memory", "agent-unchanged-memory", "agent-json-memory"];
        let memory = memory.iter().flat_map(|name| &self.0[*name]).copied().fold(0.0, f64::max);
        println!("  {:<36} {memory:>8.0} MB", "lvs-agent, most memory");
        for (name, count) in [("fresh", entries), ("unchanged", 0), ("one-percent", services / 100), ("json", 0)] {
            for made in &self.0[&format!("agent-{name}-changes")] {
                assert!((made - f64::from(count)).abs() < 0.5, "{name}: {made} changes were sent instead of {count}");
            }
        }
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
