//! `kill -9` of lvsctl in the middle of an apply: the next one converges.

use std::{
    io::{BufRead, BufReader},
    thread,
};

use lvsctl_tests::{Cluster, Lab};
use serde_json::Value;

const NODES: [&str; 4] = ["lvs", "web1", "web2", "client"];

/// Whether an event is the one to kill lvsctl at.
type Moment<'a> = &'a dyn Fn(&Value) -> bool;

#[test]
fn an_apply_that_was_killed_at_any_moment_leaves_nothing_behind_and_the_next_one_converges() {
    let lab = Lab::up("kill", 2);
    let task = |host: &'static str, name: &'static str| {
        move |event: &Value| event["event"] == "task_started" && event["host"] == host && event["task"] == name
    };
    // A roll-out in another method has much to do on every node.
    let rounds: [(&str, &str, Moment<'_>); 5] = [
        ("nat", "while the agent is put on the nodes", &|event| event["event"] == "connecting"),
        ("dr", "while a real server changes", &task("web1", "Real server")),
        ("nat", "while a package is installed", &|event| {
            event["event"] == "output" && event["line"].as_str().is_some_and(|line| line.starts_with("Unpacking"))
        }),
        ("tun", "while the director changes", &task("lvs", "Director")),
        ("dr", "while leftovers are taken back", &task("web2", "Leftovers of real servers")),
    ];
    for (method, when, moment) in rounds {
        let cluster = lab.cluster(lab.file("services.yml", &services(method)));
        make_fresh(&lab);
        kill(&cluster, when, moment);
        thread::scope(|scope| {
            for node in NODES {
                let lab = &lab;
                scope.spawn(move || nothing_is_half_way(lab, node, when));
            }
        });
        cluster.apply().ends_with(0);
        cluster.is_reached();
    }
    lab.cluster(lab.file("services.yml", &services("dr"))).verify(60);
}

fn services(method: &str) -> String {
    let network = if method == "tun" { "198.51.100.0/24" } else { "192.168.0.0/24" };
    format!(
        "all:
  vars:
    lvs_services:
      - name: www
        vip: 203.0.113.168
        port: 80
        scheduler: wrr
        forward: {method}
        real_network: {network}
        real_servers: [{{ group: web }}]
"
    )
}

/// The agent's program and ipvsadm come anew.
fn make_fresh(lab: &Lab) {
    thread::scope(|scope| {
        for node in NODES {
            scope.spawn(move || lab.on(node, "rm -rf /var/lib/lvsctl/agent; dpkg --purge ipvsadm 2>/dev/null"));
        }
    });
}

/// Starts an apply and kills it as soon as it reports the event.
#[track_caller]
fn kill(cluster: &Cluster<'_>, when: &str, moment: Moment<'_>) {
    let mut apply = cluster.start_apply();
    let lines = BufReader::new(apply.stdout.take().expect("it was asked for as a pipe")).lines();
    let mut events = lines.map(|line| serde_json::from_str(&line.expect("it is text")).expect("it is JSON"));
    assert!(events.any(|event: Value| moment(&event)), "there was no moment `{when}`");
    apply.kill().expect("kill lvsctl");
    let status = apply.wait().expect("wait for lvsctl");
    assert_eq!(status.code(), None, "it ended before it was killed {when}");
}

/// The agent ends by itself, and then there is no temporary file, no lock and no half of a file.
#[track_caller]
fn nothing_is_half_way(lab: &Lab, node: &str, when: &str) {
    let found = lab.on(node, LOOK);
    assert_eq!(found, "", "on {node}, killed {when}");
    let owned = lab.on(node, "cat /var/lib/lvsctl/owned.json 2>/dev/null || echo {}");
    assert!(serde_json::from_str::<Value>(&owned).is_ok(), "on {node}, killed {when}: {owned}");
}

/// What an agent has under way when its controller dies, it ends: at most the installation of a package.
const LOOK: &str = "
    for turn in $(seq 150); do
        agents=$(pgrep -af 'agent/[0-9a-f]{64} serve') || break
        sleep 0.2
    done
    [ -z \"$agents\" ] || echo \"it runs after 30 s: $agents\"
    # What may have cut the connection is taken back 30 s after its agent has gone, under the lock.
    [ ! -e /var/lib/lvsctl/lock ] || flock --timeout 60 /var/lib/lvsctl/lock true || echo the lock is held
    find / -xdev '(' -name '.lvsctl-*' -o -path '/var/lib/lvsctl/agent/.new.*' ')'
    for file in /etc/network/interfaces.d/lvsctl-*; do
        [ ! -e $file ] || [ $(tail -c1 $file | wc -l) = 1 ] || echo $file is not whole
    done
";
