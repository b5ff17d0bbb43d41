//! `make bench-ipvs`: a table made, left as it is, changed and saved by `lvs-agent ipvs` and by ipvsadm, in one run on
//! one kernel.
//!
//! Each of the two has a network namespace of its own: real servers that are deleted stay in a list of their namespace
//! for minutes, which makes every new one slow and would spoil the second measurement. Both are timed by the node's own
//! shell around the whole program. What counts are the ratios; a lab's kernel is slow at everything.

use std::{collections::BTreeMap, env, process::Command};

use lvsctl_tests::Lab;

/// How often what can be repeated is; the quickest counts, since whatever else the machine does only adds.
const ROUNDS: usize = 5;

/// Runs on the node: `measure SERVICES SERVERS`. Prints `name seconds` for every measurement.
const SCRIPT: &str = r#"
set -eu
services=$1 servers=$2 rounds=$3
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
space() {
  ip netns add "$1"
  ip -n "$1" link set lo up
  ip -n "$1" route add 192.168.0.0/16 dev lo
}
table 1 > one; table 2 > two
space by-ipvsadm; space by-agent
cat > timed <<'END'
TIMEFORMAT=%R
timed() { name=$1; shift; echo "$name $( { time "$@" > out 2> err || { cat err >&2; exit 1; }; } 2>&1 )"; }
changes() { echo "$1-changes $(sed -n 's/^lvs-agent: \([0-9]*\) change.*/\1/p' err)"; }
END
cat > ipvsadm.sh <<'END'
. ./timed
restore() { ipvsadm -R < one; }
timed ipvsadm-restore restore
for i in $(seq "$1"); do timed ipvsadm-save ipvsadm -Sn; done
mv out saved-by-ipvsadm
END
cat > fresh.sh <<'END'
. ./timed
timed agent-fresh lvs-agent ipvs restore --quiet one
changes agent-fresh
echo "agent-fresh-memory $(sed -n 's/.* \([0-9]*\) MB .*/\1/p' err)"
END
cat > agent.sh <<'END'
. ./timed
for i in $(seq "$1"); do
  timed agent-unchanged lvs-agent ipvs restore --quiet one
  changes agent-unchanged
  echo "agent-unchanged-memory $(sed -n 's/.* \([0-9]*\) MB .*/\1/p' err)"
  timed agent-one-percent lvs-agent ipvs restore --quiet two
  changes agent-one-percent
  lvs-agent ipvs restore one > /dev/null 2>&1
  timed agent-save lvs-agent ipvs save --format ipvsadm
  cmp saved-by-ipvsadm out
  timed agent-save-json lvs-agent ipvs save saved.json
  timed agent-json lvs-agent ipvs restore --quiet saved.json
  changes agent-json
done
END
ip netns exec by-ipvsadm bash -eu ipvsadm.sh "$rounds"
ip netns del by-ipvsadm
# The kernel takes a namespace down in its own time.
sleep 5
for i in $(seq 3); do
  space "fresh-$i"
  ip netns exec "fresh-$i" bash -eu fresh.sh
  ip netns del "fresh-$i"
  sleep 3
done
ip netns exec by-agent bash -eu fresh.sh
ip netns exec by-agent bash -eu agent.sh "$rounds"
ip netns del by-agent
sleep 5
"#;

#[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
fn main() {
    let lab = Lab::up("bench-ipvs", 1);
    let inventory = lab.inventory();
    let ssh_config = std::path::Path::new(&inventory).with_file_name("ssh_config");
    let copied = Command::new("scp").arg("-qF").arg(&ssh_config).arg(agent()).arg("lvs:/usr/local/bin/").status();
    assert!(copied.expect("start scp").success(), "the agent could not be copied to the node");
    lab.on("lvs", "apt-get install -y ipvsadm >/dev/null 2>&1; modprobe ip_vs; modprobe ip_vs_wrr; ipvsadm --version");

    for (services, servers) in [(10_000, 5), (1_000, 100)] {
        let script = format!("bash -c '{}' measure {services} {servers} {ROUNDS}", SCRIPT.replace('\'', r"'\''"));
        let quickest = quickest(&lab.on("lvs", &script));
        let entries = services * (servers + 1);
        println!("\n{services} services with {servers} real servers each, {entries} entries; quickest of {ROUNDS}");
        let row = |what: &str, name: &str, against: &str| {
            let (seconds, reference) = (quickest[name], quickest[against]);
            println!("  {what:<34} {seconds:8.3} s   {:6.1} times as fast as {against}", reference / seconds);
        };
        println!("  {:<34} {:8.3} s", "ipvsadm -R", quickest["ipvsadm-restore"]);
        println!("  {:<34} {:8.3} s", "ipvsadm -Sn", quickest["ipvsadm-save"]);
        row("lvs-agent, fresh", "agent-fresh", "ipvsadm-restore");
        row("lvs-agent, nothing to change", "agent-unchanged", "ipvsadm-save");
        row("lvs-agent, 1 % to change", "agent-one-percent", "ipvsadm-save");
        row("lvs-agent, save as ipvsadm does", "agent-save", "ipvsadm-save");
        row("lvs-agent, save all as JSON", "agent-save-json", "ipvsadm-save");
        row("lvs-agent, JSON, nothing to change", "agent-json", "ipvsadm-save");
        let memory = quickest["agent-fresh-memory"].max(quickest["agent-unchanged-memory"]);
        println!("  {:<34} {memory:5.0} MB", "lvs-agent, most memory");
        for (name, count) in [("fresh", entries), ("unchanged", 0), ("one-percent", services / 100), ("json", 0)] {
            let made = quickest[&format!("agent-{name}-changes")];
            assert!((made - f64::from(count)).abs() < 0.5, "{name}: {made} changes were sent instead of {count}");
        }
    }
}

/// The agent for nodes: `LVSCTL_AGENT`.
fn agent() -> std::path::PathBuf {
    env::var_os("LVSCTL_AGENT").expect("run this by `make bench-ipvs`, which builds the agent").into()
}

/// The least number for each name.
fn quickest(text: &str) -> BTreeMap<String, f64> {
    let mut quickest = BTreeMap::new();
    for line in text.lines() {
        let number = line.split_once(' ').and_then(|(name, number)| Some((name, number.trim().parse::<f64>().ok()?)));
        let (name, number) = number.unwrap_or_else(|| panic!("the node said: {line}"));
        let least = quickest.entry(name.to_owned()).or_insert(number);
        *least = least.min(number);
    }
    quickest
}
