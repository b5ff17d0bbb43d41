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
    ("interface down, and the clock years ahead", "date -s 2035-01-01; ip link set eth0 down"),
    ("default route to nowhere", "ip route delete 192.168.0.0/24 dev eth0; ip route replace blackhole default"),
    ("sshd stopped", "service ssh stop"),
    ("firewall against port 22", "iptables-legacy -I INPUT -p tcp --dport 22 -m state --state NEW -j DROP"),
    ("firewall against everything", "iptables-legacy -P INPUT DROP"),
    (
        "rules, another table and tunnels",
        "ip tunnel change tun9 mode ipip remote 192.168.0.99; ip link delete gre9; ip route flush table 100; \
         ip rule delete pref 100; ip route add blackhole default table 101; ip rule add pref 50 lookup 101",
    ),
];

/// What a node may be reached by besides: the ends of tunnels, a rule, and a table of its own.
const PATHS: &str = "modprobe -a ipip ip_gre; \
    ip tunnel add tun9 mode ipip local 192.168.0.1 remote 192.168.0.254 ttl 64; ip link set tun9 up; \
    ip link add gre9 type gre local 192.168.0.1 remote 192.168.0.254 key 7 ttl 32; \
    ip address add 198.18.0.1/30 dev gre9; ip link set gre9 up; \
    ip rule add to 198.19.0.0/16 lookup 100 pref 100; ip route add blackhole 198.19.1.0/24 table 100; \
    ip route add 198.19.2.0/24 via 192.168.0.254 table 100";

#[test]
fn no_mistake_costs_the_connection_to_a_node() {
    let lab = Lab::up("lockout", 3);
    let cluster = lab.cluster("examples/dr");
    cluster.apply().ends_with(0);
    for node in ["web1", "lvs"] {
        lab.on(node, "apt-get -qq -o Dpkg::Use-Pty=0 install -y iptables >/dev/null");
    }
    lab.on("web1", PATHS);
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
    a_vip_that_goes_silent_is_taken_back(&lab, &cluster);
    a_vip_that_goes_on_purpose_is_no_objection(&lab);
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

/// The director can be reached all the same, and nobody else can reach what it is there for.
#[track_caller]
fn a_vip_that_goes_silent_is_taken_back(lab: &Lab, cluster: &Cluster<'_>) {
    let seconds = format!("--rollback-seconds={SECONDS}");
    let apply = |script: &str| {
        cluster.command(&["apply", &playbook_on(lab, "lvs", script), "--yes", "--output", "json", &seconds])
    };
    let rule = "iptables-legacy -I INPUT -d 203.0.113.168 -j DROP";
    let look = "iptables-legacy -S; ip -o -4 address show scope global";
    for script in [rule, "ip address delete 203.0.113.168/32 dev eth1"] {
        let before = lab.on("lvs", look);
        let report = Report::of(apply(script));
        report.ends_with(1);
        let (task, failure) = report.failure("lvs");
        assert_eq!(task, Some("The mistake"), "{report}");
        let silent = "the VIP of www, 203.0.113.168:80, answered client before this run and is silent now: timed out\n\
            lvsctl did not confirm it; everything that this run changed on this node was taken back:";
        assert!(failure.came_back.starts_with(silent), "{failure:?}");
        assert!(failure.hint.is_some_and(|hint| hint.contains("--no-vip-probe")), "{report}");
        assert_eq!(report.state("lvs"), "taken_back", "{report}");
        assert_eq!(lab.on("lvs", look), before);
        lab.on("client", "curl --silent --fail --max-time 5 http://203.0.113.168/");
    }
    // Nobody minds it who was told not to.
    let mut meant = apply(rule);
    meant.arg("--no-vip-probe");
    Report::of(meant).ends_with(0);
    lab.on("lvs", "iptables-legacy -F; rm /etc/of-this-run");
}

/// The inventory has another VIP, and then none.
#[track_caller]
fn a_vip_that_goes_on_purpose_is_no_objection(lab: &Lab) {
    let dr =
        std::fs::read_to_string(lvsctl_tests::repository().join("examples/dr/inventory.yml")).expect("the example");
    lab.cluster(lab.file("moved.yml", &dr.replace("203.0.113.168", "203.0.113.170"))).apply().ends_with(0);
    lab.on("client", "curl --silent --fail --max-time 5 http://203.0.113.170/");
    lab.cluster(lab.file("none.yml", "all: { vars: { lvs_services: [] } }\n")).apply().ends_with(0);
}

fn playbook(lab: &Lab, script: &str) -> String {
    playbook_on(lab, "web1", script)
}

fn playbook_on(lab: &Lab, host: &str, script: &str) -> String {
    let text = format!(
        "- hosts: {host}\n  tasks:\n    - name: A file of this run\n      copy:\n        content: \"new\\n\"\n        \
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
        "ip -o address show scope global | sed -E 's/^[0-9]+: | brd [0-9.]*| tentative| nodad//g'; ip -o link | cut -d' ' -f2-5; ip route | sed 's/ proto [a-z]*//'; ip -6 route show default | sed 's, proto [a-z]*,,'; \
         ip rule; ip route show table 100; ip route show table 101 2>/dev/null; ip -d link show tun9; \
         ip -d link show gre9 | sed 's/^[0-9]*: //'; \
         iptables-legacy -S; service ssh status; ls /etc/of-this-run 2>&1 || true",
    )
}

#[track_caller]
fn is_as_before(lab: &Lab, before: &str) {
    assert_eq!(network(lab), before);
    assert!(!lab.on("web1", "ls /var/lib/lvsctl").contains("armed.json"));
}
