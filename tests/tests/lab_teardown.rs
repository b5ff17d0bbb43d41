//! A full roll-out is torn down: files, addresses, sysctls, services and modules are as they were before, compared as a
//! tree, and no connection is dropped on the way.

use std::{process::Stdio, time::Duration};

use lvsctl_tests::{Download, Lab, Report};

/// What a user's own playbook makes besides: new files, changed ones, one that goes, a sysctl, a service.
const OWN: &str = "
- hosts: all
  tasks:
    - name: A folder
      file: { path: /srv/own, state: directory, mode: '0750' }
    - name: A file in it
      copy: { content: \"new\\n\", dest: /srv/own/new.conf, mode: '0640' }
    - name: A file that was there
      copy: { content: \"changed\\n\", dest: /etc/issue }
    - name: A file that goes
      file: { path: /etc/issue.net, state: absent }
    - name: A setting
      sysctl: { name: net.ipv4.tcp_keepalive_time, value: 600, state: present }
    - name: A module
      modprobe: { name: dummy }
- import_playbook: site.yml
";

/// All of a node that lvsctl has to do with, but for what caches and the package manager's own records keep.
const TREE: &str = "cd /; skip='-path var/lib/dpkg -o -path var/lib/apt -o -path var/lib/systemd -o -path etc/ld.so.cache'; \
    find etc root srv opt usr home var/lib -xdev \\( $skip \\) -prune -o -printf '%p %m %u %g %l %y\\n' | sort; \
    find etc root srv opt var/lib -xdev \\( $skip \\) -prune -o -type f -exec sha256sum {} + | sort";

/// The packages of a node, and which of them somebody asked for.
const PACKAGES: &str = "dpkg-query -W; apt-mark showmanual | sed 's/^/manual /'";

/// The running state: addresses, routes, modules, settings. When ipvsadm goes, its own scripts load `ip_vs` once more and
/// leave what that needs of netfilter.
const RUNNING: &str = "ip -o address show | sed 's/  *valid_lft.*//'; { ip route; ip -6 route; } | sed 's/ proto [a-z]*//'; cut -d' ' -f1 /proc/modules | grep -v '^nf_' | sort; \
    ipvsadm -Sn 2>/dev/null; sysctl -a 2>/dev/null | grep -E '^net[.]ipv[46][.](conf|ip_forward|vs|tcp_keepalive)' | sort";

const NODES: [&str; 5] = ["lvs", "web1", "web2", "web3", "client"];

#[test]
fn a_teardown_leaves_every_node_as_it_was_and_drops_no_connection() {
    let lab = Lab::up("teardown", 3);
    let before: Vec<[String; 3]> = NODES.iter().map(|node| state(&lab, node)).collect();
    let own = lab.file("own.yml", OWN).display().to_string();
    for method in ["nat", "tun", "dr"] {
        let cluster = lab.cluster(format!("examples/{method}"));
        Report::of(cluster.command(&["apply", &own, "--yes", "--output", "json"])).ends_with(0);
        cluster.verify(60);
    }
    let cluster = lab.cluster("examples/dr");
    assert_eq!(lab.on("web1", "cat /etc/issue /srv/own/new.conf"), "changed\nnew\n");

    let planned = Report::of(cluster.command(&["teardown", "--check", "--output", "json"]));
    planned.ends_with(0);
    assert_eq!(lab.on("web1", "cat /etc/issue"), "changed\n", "a check changed something");

    // It must end whole before its director lets go.
    let mut download = Download::start(&lab);
    // It is established, and so there is something to drain.
    download.real_server();
    let mut teardown = cluster.command(&["teardown", "--yes", "--output", "json"]);
    let teardown = teardown.stdout(Stdio::piped()).spawn().expect("start lvsctl");
    let draining = || lab.on("lvs", "ipvsadm -Sn || true").lines().filter(|line| line.ends_with("-w 0")).count() == 3;
    Lab::wait_until("the director drains its real servers", Duration::from_secs(30), draining);
    download.ends_whole();
    let report = Report::wait(teardown);
    report.ends_with(0);
    for host in NODES {
        // A folder that is full and a module that is in use show only when what is in the way has gone.
        let (planned, done) = (planned.changes(host), report.changes(host));
        assert!(!planned.is_empty());
        let more: Vec<&String> = done.iter().filter(|change| !planned.contains(change)).collect();
        assert!(planned.iter().all(|change| done.contains(change)), "{host}: {planned:#?} and {done:#?}");
        let shows_late = |change: &&String| change.contains("module ") || change.contains("directory ");
        assert!(more.iter().all(shows_late), "{host}: {more:#?}");
    }

    for (node, before) in NODES.iter().zip(&before) {
        let after = state(&lab, node);
        for (what, (before, after)) in ["files", "running state", "packages"].iter().zip(before.iter().zip(&after)) {
            assert_eq!(difference(before, after), Vec::<String>::new(), "{what} of {node}");
        }
    }
    // There is nothing left to take back, and the cluster can be rolled out again.
    Report::of(cluster.command(&["teardown", "--yes", "--output", "json"])).changed_nothing();
    cluster.apply().ends_with(0);
    cluster.verify(60);
}

fn state(lab: &Lab, node: &str) -> [String; 3] {
    [TREE, RUNNING, PACKAGES].map(|look| lab.on(node, look))
}

/// Lines of one and not of the other.
fn difference(before: &str, after: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let (before, after) = (lines(before), lines(after));
    let gone = before.difference(&after).map(|line| format!("- {line}"));
    let new = after.difference(&before).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
