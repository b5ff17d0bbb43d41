//! An inventory that was imported, applied to a director whose table was emptied, gives the table that was there: one
//! that people made with ipvsadm, that of the real keepalived, and that of the real ldirectord.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use std::{fs, path::PathBuf, process::Output, time::Duration};

use lvsctl_tests::{Cluster, Lab};

/// What people made. web1 and web2 serve by NAT; all real servers are the lab's own and answer on ports 80 and 8080.
const BY_HAND: &str = "\
-A -t 203.0.113.168:80 -s wrr
-a -t 203.0.113.168:80 -r 192.168.0.3:80 -g -w 1
-a -t 203.0.113.168:80 -r 192.168.0.4:80 -g -w 3 -x 2000 -y 1500
-A -t 203.0.113.170:80 -s sh -b sh-fallback,sh-port
-a -t 203.0.113.170:80 -r 192.168.0.1:8080 -m -w 2
-a -t 203.0.113.170:80 -r 192.168.0.2:80 -m -w 0
-A -t 203.0.113.171:80 -s rr -p 600 -M 255.255.255.0
-a -t 203.0.113.171:80 -r 198.51.100.113:80 -i -w 1
-a -t 203.0.113.171:80 -r 198.51.100.114:80 -i -w 1
-A -t 203.0.113.172:0 -s wlc -p 360
-a -t 203.0.113.172:0 -r 192.168.0.4:0 -g -w 1
-A -u 203.0.113.168:53 -s rr -o
-a -u 203.0.113.168:53 -r 192.168.0.3:53 -g -w 1
-A -u 203.0.113.173:5060 -s rr -p 90 --pe sip
-a -u 203.0.113.173:5060 -r 192.168.0.1:5060 -m -w 1
-A --sctp-service 203.0.113.168:9000 -s lc
-a --sctp-service 203.0.113.168:9000 -r 192.168.0.2:9001 -m -w 5
-A -f 7 -s mh -b mh-port
-a -f 7 -r 192.168.0.3:0 -g -w 65535
";

const KEEPALIVED: &str = "\
! Configuration File for keepalived
global_defs {
    router_id LVS_1
    lvs_timeouts tcp 1800 tcpfin 60 udp 45
}

virtual_server_group pair {
    203.0.113.168-169 80
    fwmark 7
}

virtual_server group pair {
    delay_loop 6
    lvs_sched wrr
    lvs_method DR
    protocol TCP
    persistence_timeout 50

    sorry_server 192.168.0.2 80

    real_server 192.168.0.3 80 {
        weight 3
        uthreshold 1000
        lthreshold 800
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 192.168.0.4 80 {
        weight 1
        HTTP_GET {
            url {
                path /
                status_code 200
            }
        }
    }
}

virtual_server 203.0.113.171 80 {
    lb_algo sh
    lb_kind NAT
    protocol TCP
    persistence_timeout 90
    persistence_granularity 255.255.255.0
    sh-port
    sh-fallback
    quorum 1
    real_server 192.168.0.1 8080 {
    }
    real_server 192.168.0.2 80 {
        weight 2
    }
}

virtual_server 203.0.113.172 53 {
    lvs_sched rr
    lvs_method TUN
    ops
    real_server 198.51.100.113 53 {
        weight 10
    }
}

virtual_server fwmark 9 {
    lb_kind TUN type gue port 6080 csum
    persistence_timeout
    real_server 198.51.100.114 {
    }
}
";

const LDIRECTORD: &str = "\
checktimeout=3
checkinterval=1
quiescent=no

virtual=203.0.113.168:80
    real=192.168.0.3->192.168.0.4:80 gate 4
    fallback=127.0.0.1:80 gate
    service=http
    scheduler=wlc
    persistent=600
    netmask=255.255.255.0
    protocol=tcp
    checktype=connect
virtual=203.0.113.170:http
    real=192.168.0.1:8080 masq 2 l:80 u:100
    real=192.168.0.2:http masq
    scheduler=sh
    schedflags=sh-port
    checktype=on
virtual=203.0.113.171:53
    real=198.51.100.113:53 ipip
    scheduler=rr
    ops=yes
    checktype=on
virtual=7
    real=192.168.0.3 gate
    real=192.168.0.4 gate 9
    protocol=fwm
    checktype=on
";

/// A lab whose director has a table that somebody else made.
struct Found {
    lab: Lab,
    table: Vec<String>,
}

impl Found {
    fn new(lab: Lab) -> Self {
        let table = table(&lab);
        Self { lab, table }
    }

    /// Imports `source`; gives the new inventory and what was said.
    fn import(&self, from: &str, source: &str) -> (Cluster<'_>, Output) {
        let file = self.lab.file(&format!("from-{from}.yml"), "");
        fs::remove_file(&file).unwrap();
        let mut import = self.lab.command(&["import", "--from", from, source, "--vip-device", "eth1", "-o"]);
        let output = import.arg(&file).args(["-i", &self.lab.inventory()]).output().unwrap();
        (self.lab.cluster(file), output)
    }

    /// The table was emptied: the inventory brings it back, all of it, and then nothing is left to do.
    #[track_caller]
    fn comes_back(&self, cluster: &Cluster<'_>) {
        assert_eq!(self.lab.on("lvs", "ipvsadm -Sn"), "");
        cluster.apply().ends_with(0);
        assert_eq!(table(&self.lab), self.table);
        cluster.is_reached();
    }
}

/// All that ipvsadm shows of a table but for the connections, in an order of its own.
fn table(lab: &Lab) -> Vec<String> {
    let show = |options: &str| lab.on("lvs", &format!("ipvsadm {options}"));
    let plain = ["-Sn", "-L --timeout", "-L --daemon"].map(show);
    let mut lines: Vec<_> = plain.iter().flat_map(|text| text.lines()).map(|line| line.trim_end().to_owned()).collect();
    for options in ["-Ln --thresholds", "-Ln --tun-info"] {
        let text = show(options);
        let mut service = "";
        // The kernel lists real servers in the order in which they came; here each stands with its service.
        for line in text.lines().skip(3) {
            if let Some(server) = line.strip_prefix("  -> ") {
                let words: Vec<_> = server.split_ascii_whitespace().collect();
                let (known, _connections) = words.split_at(words.len() - 2);
                lines.push(format!("{options}: {service} {}", known.join(" ")));
            } else {
                service = line.trim_end();
            }
        }
    }
    lines.sort();
    lines
}

fn put(lab: &Lab, path: &str, text: &str) -> PathBuf {
    lab.on("lvs", &format!("cat >{path} <<'END'\n{text}END"));
    lab.file(path.rsplit('/').next().unwrap(), text)
}

/// Waits until there are that many real servers.
fn wait_for_servers(lab: &Lab, count: usize) {
    Lab::wait_until("the table is whole", Duration::from_mins(1), || {
        lab.on("lvs", "ipvsadm -Sn").lines().filter(|line| line.starts_with("-a")).count() == count
    });
}

#[track_caller]
fn said(output: &Output, status: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{said}");
    said
}

/// What was told of the lines of a file.
fn told(said: &str, source: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix(&format!("{source}: ")));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_table_that_people_made_comes_back_from_what_ipvsadm_saved_and_from_the_running_director() {
    let lab = Lab::up("import", 4);
    lab.on("lvs", "apt-get install --yes ipvsadm");
    put(&lab, "/root/rules", BY_HAND);
    lab.on("lvs", "ipvsadm -R </root/rules && ipvsadm --set 1200 90 200");
    lab.on("lvs", "ipvsadm --start-daemon master --mcast-interface eth0 --syncid 5");
    let found = Found::new(lab);
    let lab = &found.lab;

    let (cluster, output) = found.import("live", "lvs");
    said(&output, 0);
    let plan = cluster.plan();
    plan.ends_with(2);
    let of_the_table = plan.changes("lvs").into_iter().filter(|change| change.contains("ipvs "));
    assert_eq!(of_the_table.collect::<Vec<_>>(), Vec::<String>::new(), "{plan}");

    // ipvsadm saves no thresholds, timeouts or daemons: those stay behind here.
    let saved = lab.on("lvs", "ipvsadm -Sn");
    lab.on("lvs", "ipvsadm -C && ipvsadm --stop-daemon master && ipvsadm --set 900 120 300");
    found.comes_back(&cluster);

    let file = lab.file("rules.txt", &saved);
    let (cluster, output) = found.import("ipvsadm-save", file.to_str().unwrap());
    said(&output, 0);
    lab.on("lvs", "ipvsadm -C");
    cluster.apply().ends_with(0);
    assert_eq!(sorted(&lab.on("lvs", "ipvsadm -Sn")), sorted(&saved));
    cluster.is_reached();
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn what_the_real_keepalived_made_comes_back_and_what_lvsctl_does_not_do_is_told_by_line() {
    let lab = Lab::up("keepalived", 4);
    lab.on("lvs", "apt-get install --yes ipvsadm keepalived");
    let file = put(&lab, "/root/keepalived.conf", KEEPALIVED);
    lab.on("lvs", "keepalived --check --use-file /root/keepalived.conf");
    wait_for_servers(&lab, 10);
    let found = Found::new(lab);
    let lab = &found.lab;
    lab.on("lvs", "kill $(cat /run/keepalived.pid)");
    Lab::wait_until("keepalived has ended", Duration::from_secs(30), || {
        lab.on("lvs", "cat /run/keepalived.pid 2>/dev/null || :").is_empty()
    });
    lab.on("lvs", "ipvsadm -C; ipvsadm --set 900 120 300");

    let (cluster, output) = found.import("keepalived", file.to_str().unwrap());
    let said = said(&output, 1);
    let expected = [
        "line 3: `router_id LVS_1` of global_defs has no counterpart (not imported)",
        "line 13: `delay_loop 6` has no counterpart (not imported)",
        "line 19: `sorry_server 192.168.0.2 80`: lvsctl does not watch real servers (not imported)",
        "line 25: `TCP_CHECK` of real_server 192.168.0.3 80: lvsctl does not watch real servers (not imported)",
        "line 31: `HTTP_GET` of real_server 192.168.0.4 80: lvsctl does not watch real servers (not imported)",
        "line 48: `quorum 1` has no counterpart (not imported)",
        "line 56: there is no `protocol`, and so it is UDP, as for keepalived",
        "line 12: fwmark 7: add the addresses that the mark 7 is set for, as `vip`",
        "line 65: fwmark 9: add the addresses that the mark 9 is set for, as `vip`",
    ];
    assert_eq!(told(&said, file.to_str().unwrap()), expected, "{said}");
    found.comes_back(&cluster);
}

#[test]
fn what_the_real_ldirectord_made_comes_back_and_what_lvsctl_does_not_do_is_told_by_line() {
    let lab = Lab::up("ldirectord", 4);
    // It is written in Perl, and brings half of CPAN.
    lab.on("lvs", "apt-get install --yes ldirectord");
    let file = put(&lab, "/root/ldirectord.cf", LDIRECTORD);
    lab.on("lvs", "ldirectord /root/ldirectord.cf start");
    wait_for_servers(&lab, 7);
    let found = Found::new(lab);
    let lab = &found.lab;
    lab.on("lvs", "ldirectord /root/ldirectord.cf stop");
    Lab::wait_until("ldirectord has ended", Duration::from_secs(30), || lab.on("lvs", "ipvsadm -Sn").is_empty());

    let (cluster, output) = found.import("ldirectord", file.to_str().unwrap());
    let said = said(&output, 1);
    let expected = [
        "line 1: `checktimeout`: lvsctl does not watch real servers (not imported)",
        "line 2: `checkinterval`: lvsctl does not watch real servers (not imported)",
        "line 3: `quiescent`: lvsctl does not watch real servers (not imported)",
        "line 7: `fallback=127.0.0.1:80 gate`: lvsctl does not watch real servers (not imported)",
        "line 8: `service=http`: lvsctl does not watch real servers (not imported)",
        "line 13: `checktype=connect`: lvsctl does not watch real servers (not imported)",
        "line 19: `checktype=on`: lvsctl does not watch real servers (not imported)",
        "line 24: `checktype=on`: lvsctl does not watch real servers (not imported)",
        "line 29: `checktype=on`: lvsctl does not watch real servers (not imported)",
        "line 25: fwmark 7: add the addresses that the mark 7 is set for, as `vip`",
    ];
    assert_eq!(told(&said, file.to_str().unwrap()), expected, "{said}");
    found.comes_back(&cluster);
}
