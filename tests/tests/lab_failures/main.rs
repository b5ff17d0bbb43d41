//! What goes wrong is told: host, task, what was tried, what came back, a hint, a non-zero exit status, and in which
//! state the rest of the cluster is.

mod causes;

use std::{
    fs,
    process::{Child, Stdio},
    time::Duration,
};

use lvsctl_tests::{Cluster, Lab, Report};

const OTHERS: [&str; 3] = ["web1", "web3", "client"];

#[test]
fn every_failure_says_where_what_why_and_what_to_do_and_the_next_apply_takes_up_from_there() {
    let lab = Lab::up("failures", 3);
    let cluster = lab.cluster("examples/dr");
    a_package_that_cannot_be_installed(&lab, &cluster);
    a_kernel_without_ipvs(&lab, &cluster);
    a_node_that_is_off(&lab, &cluster);
    a_wrong_host_key(&lab, &cluster);
    an_agent_that_a_power_cut_emptied(&lab, &cluster);
    causes::every_cause_is_told_as_what_it_is(&lab, &cluster);
    two_operators(&lab, &cluster);
    cluster.apply().ends_with(0);
    cluster.is_reached();
    cluster.verify(60);
}

/// In plain lines, as an operator sees it without a terminal.
#[track_caller]
fn a_package_that_cannot_be_installed(lab: &Lab, cluster: &Cluster<'_>) {
    lab.on("lvs", "mv /srv/apt /srv/apt.away");
    let output = cluster.command(&["apply", "--yes"]).output().expect("start lvsctl");
    lab.on("lvs", "mv /srv/apt.away /srv/apt");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for part in [
        "lvs: failed: ipvsadm, to look with (playbooks/directors.yml:",
        "failed to ",
        "exit status 100\n",
        "E: ",
        "hint: ",
    ] {
        assert!(stderr.contains(part), "`{part}` is missing:\n{stderr}");
    }
    let (_, failure) = stderr.split_once("lvs: failed: ").expect("it was seen above");
    assert!(failure.contains("/srv/apt"), "the last lines of apt-get are missing:\n{failure}");
    assert!(stdout.contains("unsure what was changed: `ipvsadm, to look with` failed"), "{stdout}");
    for web in ["web1", "web2", "web3"] {
        let line = stdout.lines().find(|line| line.starts_with(web)).unwrap_or_default();
        assert!(line.contains(" done, "), "{stdout}");
    }
}

#[track_caller]
fn a_kernel_without_ipvs(lab: &Lab, cluster: &Cluster<'_>) {
    lab.on("lvs", "mv /lib/modules /lib/modules.away");
    let apply = cluster.apply();
    lab.on("lvs", "mv /lib/modules.away /lib/modules");
    apply.ends_with(1);
    let (task, failure) = apply.failure("lvs");
    assert_eq!(task, Some("Director"), "{apply}");
    assert!(failure.came_back.contains("ip_vs") || failure.tried.contains("ip_vs"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("kernel")), "{apply}");
    assert_eq!(apply.state("lvs"), "half_way", "ipvsadm was installed\n{apply}");
    for host in ["web1", "web2", "web3"] {
        assert_eq!(apply.state(host), "done", "{apply}");
    }
}

/// It is off before the director ever sent to it, so that nothing may be sent there now either.
#[track_caller]
fn a_node_that_is_off(lab: &Lab, cluster: &Cluster<'_>) {
    lab.ok(&["lab", "poweroff", "web2"]);
    let apply = cluster.apply();
    apply.ends_with(1);
    let (task, failure) = apply.failure("web2");
    assert_eq!(task, None, "{apply}");
    assert!(failure.tried.contains("connect to web2 with ssh"), "{failure:?}");
    assert!(!failure.came_back.contains('\r'), "{failure:?}");
    assert!(!failure.came_back.is_empty() && failure.hint.is_some_and(|hint| hint.contains("is up")), "{apply}");
    assert_eq!(apply.recap("web2")["unreachable"], true, "{apply}");
    assert_eq!(apply.state("web2"), "untouched", "{apply}");
    for host in ["lvs", "web1", "web3"] {
        assert_eq!(apply.state(host), "done", "{apply}");
    }
    let table = lab.on("lvs", "ipvsadm -Sn");
    assert!(table.contains("-r 192.168.0.1:80") && table.contains("-r 192.168.0.3:80"), "{table}");
    assert!(!table.contains("-r 192.168.0.2:80"), "it sends to a node that is off:\n{table}");

    lab.ok(&["lab", "up"]);
    cluster.apply().ends_with(0);
    cluster.verify(60);
}

#[track_caller]
fn a_wrong_host_key(lab: &Lab, cluster: &Cluster<'_>) {
    let read = |name: &str| fs::read_to_string(lab.folder().join(name)).expect("the lab wrote it");
    let right = read("known_hosts");
    let other = right.lines().find_map(|line| line.strip_prefix("client ")).expect("the client has a key");
    let known: String = right
        .lines()
        .map(|line| if line.starts_with("web2 ") { format!("web2 {other}\n") } else { format!("{line}\n") })
        .collect();
    let known = lab.file("known_hosts", &known);
    let right = lab.folder().join("known_hosts").display().to_string();
    let config = lab.file("ssh_config", &read("ssh_config").replace(&right, &known.display().to_string()));
    let right = lab.folder().join("ssh_config").display().to_string();
    let inventory = lab.file("lab.yml", &read("inventory.yml").replace(&right, &config.display().to_string()));

    let apply = cluster.clone().with_lab_inventory(inventory).apply();
    apply.ends_with(1);
    let (task, failure) = apply.failure("web2");
    assert_eq!(task, None, "{apply}");
    assert!(failure.tried.contains("connect to web2 with ssh"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("host key is not the known one")), "{apply}");
    assert_eq!(apply.state("web2"), "untouched", "{apply}");
    assert_eq!(apply.all_changes(), Vec::<String>::new(), "the others were as they should be");
    for host in OTHERS {
        assert_eq!(apply.state(host), "done", "{apply}");
    }
}

#[track_caller]
fn an_agent_that_a_power_cut_emptied(lab: &Lab, cluster: &Cluster<'_>) {
    lab.on("web1", "for agent in /var/lib/lvsctl/agent/*; do : >$agent; done");
    lab.on("web3", "for agent in /var/lib/lvsctl/agent/*; do echo 'exit 3' >$agent; done");
    cluster.is_reached();
}

/// The first is at work on the director until the test lets it go on.
const FIRST: &str = "
- name: Long work
  hosts: lvs
  tasks:
    - name: Wait for the word
      command: { argv: [sh, -c, 'touch /tmp/at-work; for turn in $(seq 600); do [ ! -e /tmp/go ] || exit 0; sleep 0.1; done; exit 1'] }
";

#[track_caller]
fn two_operators(lab: &Lab, cluster: &Cluster<'_>) {
    // For how long is no matter of the node's clock.
    lab.on("lvs", "date >/run/before; date -s 2019-01-01");
    let first = start_the_first(lab, cluster);
    lab.on("lvs", "date -s \"$(cat /run/before)\"");
    is_told_who_is_at_work(&cluster.apply());
    // A look changes nothing and needs no lock.
    cluster.is_reached();
    lab.on("lvs", "touch /tmp/go");
    let ended = Report::wait(first);
    ended.ends_with(0);
    cluster.apply().ends_with(0);

    // lvsctl dies, its agent is still at work: the node is not free yet. Then the agent dies, too.
    let mut first = start_the_first(lab, cluster);
    first.kill().expect("kill lvsctl");
    first.wait().expect("wait for lvsctl");
    is_told_who_is_at_work(&cluster.apply());
    lab.on("lvs", "pkill -9 -f 'agent/[0-9a-f]{64} serve'");
    cluster.apply().ends_with(0);
    lab.on("lvs", "touch /tmp/go");
}

fn start_the_first(lab: &Lab, cluster: &Cluster<'_>) -> Child {
    lab.on("lvs", "rm -f /tmp/go /tmp/at-work");
    let playbook = lab.file("first.yml", FIRST).display().to_string();
    let mut command = cluster.command(&["apply", &playbook, "--yes", "--output", "json"]);
    command.env_remove("SUDO_USER").env("USER", "alice").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("start lvsctl");
    Lab::wait_until("the first operator is at work", Duration::from_secs(30), || {
        lab.run(&["lab", "exec", "lvs", "--", "test", "-e", "/tmp/at-work"]).status.success()
    });
    child
}

#[track_caller]
fn is_told_who_is_at_work(second: &Report) {
    second.ends_with(1);
    let (_, failure) = second.failure("lvs");
    let is_since = |text: &str| text.contains("take the node's lock: alice@") && text.contains("has held it for ");
    assert!(is_since(&failure.tried), "{failure:?}");
    assert!(failure.tried.contains(" s (run "), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("wait for that run to end")), "{second}");
    assert_eq!(second.state("lvs"), "untouched", "{second}");
    assert_eq!(second.changes("lvs"), Vec::<String>::new());
}
