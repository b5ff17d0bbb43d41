//! Packages by the real package managers of both families of lab nodes, and ipvsadm compiled from upstream's archive.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use lvsctl_tests::{Lab, Report, repository};
use serde_json::{Value, json};

/// One node of each family, and another Debian node.
fn lab(name: &str) -> Lab {
    let lab = Lab::down(name);
    lab.ok(&["lab", "up", "--nodes", "2", "--family", "lvs=rpm"]);
    lab
}

/// A playbook with these tasks for a host.
fn text(host: &str, tasks: &str) -> String {
    format!("- hosts: {host}\n  gather_facts: false\n  tasks:\n    - {tasks}\n")
}

/// Runs a playbook with these tasks for a host.
fn play(lab: &Lab, host: &str, tasks: &str) -> Report {
    let playbook = lab.file("play.yml", &text(host, tasks));
    Report::of(apply(lab, &playbook))
}

fn apply(lab: &Lab, playbook: &std::path::Path) -> Command {
    let mut command = lab.command(&["apply", "--yes", "--output", "json", "-i", &lab.inventory()]);
    command.arg(playbook);
    command
}

#[track_caller]
fn makes(lab: &Lab, host: &str, tasks: &str, changes: &[&str]) {
    let report = play(lab, host, tasks);
    report.ends_with(0);
    assert_eq!(report.changes(host), changes, "{report}");
    play(lab, host, tasks).changed_nothing();
}

/// A file of a node's, here.
fn taken(lab: &Lab, node: &str, path: &str) -> PathBuf {
    let output = lab.run(&["lab", "exec", node, "--", "cat", path]);
    assert!(output.status.success(), "{path} of {node}");
    let file = lab.file(path.rsplit('/').next().expect("a path has a last part"), "");
    fs::write(&file, output.stdout).expect("write a file of the test");
    file
}

fn said(report: &Report) -> String {
    report.events("output").filter_map(|event| event["line"].as_str()).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn dnf_and_apt_install_what_is_wanted_and_say_why_not() {
    let lab = lab("packages");
    several_packages_in_one_transaction(&lab);
    configuration_stays_when_a_package_is_upgraded(&lab);
    what_no_repository_has_is_named(&lab);
    files_of_the_controllers_need_no_repository(&lab);
    a_lock_is_waited_for_and_its_holder_named(&lab);
    zypper_does_the_same(&lab);
    facts_are_told_under_ansibles_names(&lab);
}

#[track_caller]
fn several_packages_in_one_transaction(lab: &Lab) {
    let transactions = || lab.on("lvs", "dnf -q history list 2>/dev/null | grep -c '|' || :");
    assert_eq!(lab.on("lvs", "command -v apt-get || echo none"), "none\n");
    makes(lab, "lvs", "package: { name: ['ipvsadm=1.31-1', make] }", &["+ package ipvsadm: 1.31-1", "+ package make"]);
    // The head of the table, and one transaction.
    assert_eq!(transactions(), "2\n");
    assert_eq!(
        lab.on("lvs", "rpm -q ipvsadm libnl3 | cut -d- -f1,2,3"),
        "ipvsadm-1.31-1.x86_64\nlibnl3-3.7.0-1.x86_64\n"
    );
    assert!(lab.on("lvs", "ipvsadm --version").contains("v1.31"));
    makes(
        lab,
        "web1",
        "package: { name: ['hello=2.10*', conntrack] }",
        &["+ package hello: 2.10*", "+ package conntrack"],
    );
}

#[track_caller]
fn configuration_stays_when_a_package_is_upgraded(lab: &Lab) {
    lab.on("lvs", "echo '# mine' >>/etc/sysconfig/ipvsadm-config");
    makes(lab, "lvs", "dnf: { name: ipvsadm, state: latest }", &["~ package ipvsadm: 1.31-1 -> newer"]);
    assert!(lab.on("lvs", "cat /etc/sysconfig/ipvsadm-config").ends_with("# mine\n"));
    makes(lab, "lvs", "dnf: { name: ipvsadm=1.31-1 }", &["~ package ipvsadm: 1.31-2 -> 1.31-1"]);
}

#[track_caller]
fn what_no_repository_has_is_named(lab: &Lab) {
    let (_, failure) = play(lab, "lvs", "package: { name: [make, nosuch] }").failure("lvs");
    assert!(failure.came_back.contains("nosuch"), "{failure:?}");
    assert!(failure.hint.as_deref().unwrap_or_default().contains("no repository of the node has it"), "{failure:?}");
    let (_, failure) = play(lab, "web1", "package: { name: hello=9.9-9 }").failure("web1");
    assert!(failure.came_back.contains("Version '9.9-9' for 'hello' was not found"), "{failure:?}");
}

#[track_caller]
fn files_of_the_controllers_need_no_repository(lab: &Lab) {
    let rpm = taken(lab, "lvs", "/srv/rpm/ipvsadm-1.31-2.x86_64.rpm");
    let deb = lab.on("web1", "ls /srv/apt/wrk_*.deb");
    let deb = taken(lab, "web1", deb.trim());
    lab.on("lvs", "mv /srv/rpm /srv/rpm.away");
    let task = format!("package: {{ files: ['{}'] }}", rpm.display());
    let report = play(lab, "lvs", &task);
    report.ends_with(0);
    assert!(report.changes("lvs").contains(&"~ package ipvsadm: 1.31-1 -> 1.31-2".to_owned()), "{report}");
    play(lab, "lvs", &task).changed_nothing();
    lab.on("lvs", "mv /srv/rpm.away /srv/rpm");
    let task = format!("package: {{ files: ['{}'] }}", deb.display());
    play(lab, "web1", &task).ends_with(0);
    play(lab, "web1", &task).changed_nothing();
    assert!(lab.on("web1", "command -v wrk").contains("/usr/bin/wrk"));
}

#[track_caller]
fn a_lock_is_waited_for_and_its_holder_named(lab: &Lab) {
    // As dnf and apt hold theirs.
    lab.on("lvs", "sleep 1000 >/dev/null 2>&1 & echo $! >/var/lib/dnf/rpmdb_lock.pid");
    let lock = "use Fcntl; open F, '>>/var/lib/dpkg/lock-frontend'; \
                $lock = pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; \
                $| = 1; print qq(held\n); sleep 1000";
    lab.put("web1", "/root/lock.pl", lock);
    lab.on(
        "web1",
        "perl /root/lock.pl >/root/held 2>&1 & echo $! >/root/pid; until grep -q held /root/held; do :; done",
    );
    for (host, package, holder) in [("lvs", "pkgconf", "sleep (process "), ("web1", "iptables", "perl (process ")] {
        let (_, failure) = play(lab, host, &format!("package: {{ name: {package}, lock_timeout: 1 }}")).failure(host);
        assert_eq!(failure.tried, "get hold of the package manager");
        assert!(failure.came_back.starts_with(holder), "{failure:?}");
    }
    for (host, package, pid) in [("lvs", "pkgconf", "/var/lib/dnf/rpmdb_lock.pid"), ("web1", "iptables", "/root/pid")] {
        // The holder ends once the run says that it waits for it.
        let playbook = lab.file("play.yml", &text(host, &format!("package: {{ name: {package} }}")));
        let mut child =
            apply(lab, &playbook).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start lvsctl");
        let mut lines =
            BufReader::new(child.stdout.take().expect("it is a pipe")).lines().map(|line| line.expect("text"));
        let waiting = lines.find(|line| line.contains("waiting for ")).expect("it says that it waits");
        lab.on(host, &format!("kill $(cat {pid})"));
        let rest: Vec<String> = lines.collect();
        let output = child.wait_with_output().expect("wait for lvsctl");
        assert!(output.status.success(), "{waiting}\n{}", rest.join("\n"));
    }
}

/// Where there is no dnf, zypper is the node's package manager.
#[track_caller]
fn zypper_does_the_same(lab: &Lab) {
    lab.on("lvs", "mv /usr/bin/dnf /root/dnf; rm /usr/bin/yum; mkdir -p /etc/zypp/repos.d");
    let repository = "[lab]\nname=lab\nenabled=1\nautorefresh=0\nbaseurl=file:///srv/rpm\ngpgcheck=0\ntype=rpm-md\n";
    lab.put("lvs", "/etc/zypp/repos.d/lab.repo", repository);
    makes(lab, "lvs", "package: { name: ipvsadm=1.31-1 }", &["~ package ipvsadm: 1.31-2 -> 1.31-1"]);
    makes(lab, "lvs", "package: { name: ipvsadm, state: latest }", &["~ package ipvsadm: 1.31-1 -> newer"]);
    let (_, failure) = play(lab, "lvs", "package: { name: nosuch }").failure("lvs");
    assert!(failure.hint.as_deref().unwrap_or_default().contains("no repository of the node has it"), "{failure:?}");
    makes(lab, "lvs", "package: { name: ipvsadm, state: absent }", &["- package ipvsadm"]);
    lab.on("lvs", "mv /root/dnf /usr/bin/dnf; ln -s dnf /usr/bin/yum");
}

#[track_caller]
fn facts_are_told_under_ansibles_names(lab: &Lab) {
    let text = lab.ok(&["facts", "lvs:web1", "--output", "json", "-i", &lab.inventory()]);
    let hosts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let of = |index: usize, name: &str| hosts[index]["ansible_facts"][name].clone();
    assert_eq!((&hosts[0]["host"], &hosts[1]["host"]), (&json!("lvs"), &json!("web1")), "{text}");
    assert_eq!((of(0, "os_family"), of(1, "os_family")), (json!("RedHat"), json!("Debian")));
    assert_eq!((of(0, "pkg_mgr"), of(1, "pkg_mgr")), (json!("dnf"), json!("apt")));
    assert_eq!(of(0, "default_ipv4")["address"], "203.0.113.169");
    assert_eq!(of(0, "default_ipv6")["gateway"], "2001:db8:113::1");
    assert!(of(1, "lvs_modules").as_array().is_some_and(|names| names.contains(&json!("ip_vs_mh"))), "{text}");
    assert_eq!(of(1, "lvs_sysctls")["net.ipv4.conf.all.arp_ignore"], "0");
    let shown = lab.ok(&["facts", "web1", "-i", &lab.inventory()]);
    assert!(shown.starts_with("web1\n  system     Debian 12 (Debian)\n"), "{shown}");
    assert!(shown.contains("\n  route      default via 192.168.0.250 dev eth0\n"), "{shown}");
}

#[test]
fn ipvsadm_is_built_handed_over_upgraded_and_removed() {
    let lab = lab("build");
    let archives = Archives::of(&lab);
    what_is_wrong_changes_nothing(&lab, &archives);
    a_build_is_upgraded_and_removed(&lab, &archives);
    what_one_node_has_built_is_handed_to_its_like(&lab, &archives);
}

/// Upstream's archive, and others made of it.
struct Archives {
    upstream: PathBuf,
    /// 1.31 that calls itself 1.26, since 1.26 itself is not to be had.
    older: PathBuf,
    broken: PathBuf,
}

impl Archives {
    fn of(lab: &Lab) -> Self {
        let upstream = taken(lab, "lvs", "/srv/src/ipvsadm-1.31.tar.gz");
        let folder = upstream.parent().expect("a file stands in a folder");
        let sh = |script: &str| {
            let done = Command::new("sh").args(["-ec", script]).current_dir(folder).status().expect("start sh");
            assert!(done.success(), "{script}");
        };
        sh("mkdir made; tar -xf ipvsadm-1.31.tar.gz -C made
            echo 1.26 >made/ipvsadm-1.31/VERSION; tar -czf ipvsadm-1.26.tar.gz -C made ipvsadm-1.31
            echo '#error it cannot be compiled' >>made/ipvsadm-1.31/ipvsadm.c; tar -czf broken.tar.gz -C made ipvsadm-1.31");
        Self { older: folder.join("ipvsadm-1.26.tar.gz"), broken: folder.join("broken.tar.gz"), upstream }
    }
}

fn sha256(file: &PathBuf) -> String {
    let output = Command::new("sha256sum").arg(file).output().expect("start sha256sum");
    String::from_utf8_lossy(&output.stdout).chars().take(64).collect()
}

fn spec(version: &str, archive: &PathBuf) -> Value {
    json!({ "source": "build", "version": version, "archive": archive, "sha256": sha256(archive) })
}

/// The shipped playbook, for other hosts than directors.
fn build(lab: &Lab, hosts: &str, spec: &Value) -> Report {
    let shipped = fs::read_to_string(repository().join("playbooks/ipvsadm.yml")).expect("it is shipped");
    let playbook = lab.file("ipvsadm.yml", &shipped.replace("lvs_directors", hosts));
    let mut command = apply(lab, &playbook);
    command.arg("-e").arg(json!({ "lvs_ipvsadm": spec }).to_string());
    Report::of(command)
}

#[track_caller]
fn what_is_wrong_changes_nothing(lab: &Lab, archives: &Archives) {
    let mut wrong = spec("1.31", &archives.upstream);
    wrong["sha256"] = "0".repeat(64).into();
    let report = build(lab, "lvs", &wrong);
    assert!(report.to_string().contains("and not the one that is asked for"), "{report}");
    let (_, failure) = build(lab, "lvs", &spec("1.31", &archives.broken)).failure("lvs");
    assert!(failure.came_back.contains("#error it cannot be compiled"), "{failure:?}");
    lab.on("lvs", "mv /usr/bin/gcc /root/gcc");
    let (_, failure) = build(lab, "lvs", &spec("1.31", &archives.upstream)).failure("lvs");
    assert!(failure.came_back.contains("there is no gcc on this node"), "{failure:?}");
    lab.on("lvs", "mv /root/gcc /usr/bin/gcc");
    assert_eq!(
        lab.on("lvs", "ls -A /usr/local/sbin /var/lib/lvsctl/built /var/tmp 2>/dev/null || :"),
        "/usr/local/sbin:\n\n/var/tmp:\n"
    );
}

#[track_caller]
fn a_build_is_upgraded_and_removed(lab: &Lab, archives: &Archives) {
    let older = build(lab, "lvs", &spec("1.26", &archives.older));
    older.ends_with(0);
    assert!(said(&older).contains("gcc -Wall"), "{older}");
    assert!(lab.on("lvs", "/usr/local/sbin/ipvsadm --version").contains("v1.26"));
    build(lab, "lvs", &spec("1.26", &archives.older)).changed_nothing();

    let mut newer = spec("1.31", &archives.upstream);
    newer["prefix"] = "/opt/lvs".into();
    let upgrade = build(lab, "lvs", &newer);
    upgrade.ends_with(0);
    assert_eq!(upgrade.changes("lvs").len(), 1, "{upgrade}");
    assert!(lab.on("lvs", "/opt/lvs/sbin/ipvsadm --version").contains("v1.31"));
    assert_eq!(lab.on("lvs", "ls -A /usr/local/sbin"), "");
    assert!(lab.on("lvs", "cat /var/lib/lvsctl/built/ipvsadm").starts_with("version 1.31\nsha256 "));

    let removed = build(lab, "lvs", &json!({ "source": "package" }));
    removed.ends_with(0);
    assert_eq!(lab.on("lvs", "find /opt/lvs /var/lib/lvsctl/built -type f -o -type l"), "");
    build(lab, "lvs", &json!({ "source": "package" })).changed_nothing();
}

#[track_caller]
fn what_one_node_has_built_is_handed_to_its_like(lab: &Lab, archives: &Archives) {
    let mut wanted = spec("1.31", &archives.upstream);
    wanted["build_on"] = "web1".into();
    let report = build(lab, "web", &wanted);
    report.ends_with(0);
    for node in ["web1", "web2"] {
        assert!(lab.on(node, "/usr/local/sbin/ipvsadm --version").contains("v1.31"));
    }
    assert_eq!(lab.on("web2", "command -v gcc || echo none"), "none\n");
    build(lab, "web", &wanted).changed_nothing();
    // Another family cannot run it.
    let report = build(lab, "web1:lvs", &wanted);
    assert!(report.to_string().contains("ipvsadm was built on debian 12"), "{report}");
}
