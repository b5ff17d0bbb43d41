//! No mistake costs the connection to a node: what cuts it is taken back within its time, the run says so and fails, and
//! nobody needs the console.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use lvsctl_tests::{Cluster, Lab, Report};

/// How long a node waits for a confirmation here; the default is 30 s, and one case uses that.
const SECONDS: u32 = 6;

/// How long after that a node may take to put everything back and be reached: its kernel is a slow one.
const GRACE: Duration = Duration::from_secs(20);

/// What an operator may do to a node by mistake, as one command.
const MISTAKES: &[(&str, &str)] = &[
    ("wrong address", "ip address delete 192.168.0.1/24 dev eth0 && ip address add 192.168.0.77/24 dev eth0"),
    ("wrong prefix", "ip address delete 192.168.0.1/24 dev eth0 && ip address add 192.168.0.1/32 dev eth0"),
    ("interface down", "ip link set eth0 down"),
    ("default route to nowhere", "ip route delete 192.168.0.0/24 dev eth0; ip route replace blackhole default"),
    ("sshd stopped", "service ssh stop"),
    ("firewall against port 22", "iptables-legacy -I INPUT -p tcp --dport 22 -m state --state NEW -j DROP"),
    ("firewall against everything", "iptables-legacy -P INPUT DROP"),
];

#[test]
fn no_mistake_costs_the_connection_to_a_node() {
    let lab = Lab::up("lockout", 3);
    let cluster = lab.cluster("examples/dr");
    cluster.apply().ends_with(0);
    lab.on("web1", "apt-get -qq -o Dpkg::Use-Pty=0 install -y iptables >/dev/null");
    let before = network(&lab);
    for (name, script) in MISTAKES {
        eprintln!("{name}");
        a_mistake_is_taken_back(&lab, script, SECONDS, &before);
    }
    a_mistake_is_taken_back(&lab, "ip link set eth0 down", 30, &before);
    a_wrong_gateway_of_the_inventory_is_taken_back(&lab, &cluster, &before);
    a_killed_controller_is_no_confirmation(&lab, &before);
    a_cable_that_is_pulled_is_no_confirmation(&lab, &before);
    what_is_harmless_stays(&lab);
    cluster.apply().ends_with(0);
    cluster.is_reached();
    cluster.verify(60);
}

/// The playbook changes a file, then makes the mistake.
#[track_caller]
fn a_mistake_is_taken_back(lab: &Lab, script: &str, seconds: u32, before: &str) {
    let begun = Instant::now();
    let report = Report::of(apply(lab, &playbook(lab, script), seconds));
    report.ends_with(1);
    let (task, failure) = report.failure("web1");
    assert_eq!(task, Some("The mistake"), "{report}");
    assert!(failure.came_back.contains("everything that this run changed on this node was taken back"), "{failure:?}");
    assert!(failure.came_back.contains("/etc/of-this-run"), "{failure:?}");
    assert_eq!(report.state("web1"), "taken_back", "{report}");
    let longest = Duration::from_secs(seconds.into()) + GRACE;
    assert!(begun.elapsed() < longest, "{script}: after {} s", begun.elapsed().as_secs());
    is_as_before(lab, before);
}

/// A real mistake in an inventory: a route to the controller's own network through a machine that is not there.
#[track_caller]
fn a_wrong_gateway_of_the_inventory_is_taken_back(lab: &Lab, cluster: &Cluster<'_>, before: &str) {
    let wrong = "all:
  hosts:
    web1:
      lvs_interfaces:
        - device: eth0
          addresses: [192.168.0.1/24]
          gateway: 192.168.0.250
          routes: [{ to: 192.168.0.250/32, via: 192.168.0.99 }]
";
    let seconds = format!("--rollback-seconds={SECONDS}");
    let mut command = cluster.command(&["apply", "--yes", "--output", "json", "--limit", "web1", &seconds]);
    command.arg("-i").arg(lab.file("wrong.yml", wrong));
    let report = Report::of(command);
    report.ends_with(1);
    let (task, failure) = report.failure("web1");
    assert_eq!(task, Some("Network"), "{report}");
    assert!(failure.came_back.contains("everything that this run changed on this node was taken back"), "{failure:?}");
    is_as_before(lab, before);
}

/// Killed while the change is under way: nobody is left to confirm it.
#[track_caller]
fn a_killed_controller_is_no_confirmation(lab: &Lab, before: &str) {
    let mut child = start(apply(lab, &playbook(lab, "ip link set eth0 mtu 1400; sleep 4"), SECONDS));
    until_the_mistake(&mut child);
    Lab::wait_until("the change is made", GRACE, || lab.on("web1", "cat /sys/class/net/eth0/mtu") == "1400\n");
    child.kill().expect("kill our own child");
    child.wait().expect("wait for our own child");
    let longest = Duration::from_secs(u64::from(SECONDS) + 4) + GRACE;
    Lab::wait_until("the node takes it back", longest, || !lab.on("web1", "ls /var/lib/lvsctl").contains("armed.json"));
    is_as_before(lab, before);
}

/// The run learns of it when the cable is back.
#[track_caller]
fn a_cable_that_is_pulled_is_no_confirmation(lab: &Lab, before: &str) {
    let mut child = start(apply(lab, &playbook(lab, "ip link set eth0 mtu 1400; sleep 2"), SECONDS));
    let rest = until_the_mistake(&mut child);
    lab.ok(&["lab", "cut", "web1"]);
    // Nothing can be asked of a node without a cable: its time must be over, and that is a time.
    std::thread::sleep(Duration::from_secs(u64::from(SECONDS) + 5));
    lab.ok(&["lab", "mend", "web1"]);
    let said: Vec<String> = rest.lines().map(|line| line.expect("lvsctl writes text")).collect();
    let status = child.wait().expect("wait for our own child");
    assert_eq!(status.code(), Some(1), "{said:#?}");
    assert!(said.join("\n").contains("was taken back"), "{said:#?}");
    is_as_before(lab, before);
}

/// A change that could have cut the connection, and did not.
#[track_caller]
fn what_is_harmless_stays(lab: &Lab) {
    Report::of(apply(lab, &playbook(lab, "ip link set eth0 mtu 1400"), SECONDS)).ends_with(0);
    assert_eq!(lab.on("web1", "cat /sys/class/net/eth0/mtu /etc/of-this-run"), "1400\nnew\n");
    Report::of(apply(lab, &playbook(lab, "ip link set eth0 mtu 1500"), SECONDS)).ends_with(0);
    lab.on("web1", "rm /etc/of-this-run");
}

fn playbook(lab: &Lab, script: &str) -> String {
    let text = format!(
        "- hosts: web1\n  tasks:\n    - name: A file of this run\n      copy:\n        content: \"new\\n\"\n        \
         dest: /etc/of-this-run\n    - name: The mistake\n      command:\n        argv: [sh, -c, \"{script}\"]\n"
    );
    lab.file("mistake.yml", &text).display().to_string()
}

fn apply(lab: &Lab, playbook: &str, seconds: u32) -> Command {
    let seconds = seconds.to_string();
    lab.command(&[
        "apply",
        playbook,
        "--yes",
        "--output",
        "json",
        "--rollback-seconds",
        &seconds,
        "-i",
        &lab.inventory(),
    ])
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("start lvsctl")
}

/// Reads on until the mistake is being made; what comes later is left to be read.
fn until_the_mistake(child: &mut Child) -> BufReader<std::process::ChildStdout> {
    let mut output = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let mut line = String::new();
    while !(line.contains("task_started") && line.contains("The mistake")) {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("lvsctl writes text"), 0, "it ended before the mistake");
    }
    output
}

/// All by which the node is reached.
fn network(lab: &Lab) -> String {
    lab.on(
        "web1",
        "ip -o address show scope global | sed -E 's/ brd [0-9.]*| tentative| nodad//g'; ip -o link | cut -d' ' -f2-5; ip route | sed 's/ proto [a-z]*//'; ip -6 route show default | sed 's, proto [a-z]*,,'; \
         iptables-legacy -S; service ssh status; ls /etc/of-this-run 2>&1 || true",
    )
}

#[track_caller]
fn is_as_before(lab: &Lab, before: &str) {
    assert_eq!(network(lab), before);
    assert!(!lab.on("web1", "ls /var/lib/lvsctl").contains("armed.json"));
}
