//! What a node has to work with, from /proc and the list of its modules.

use std::{collections::BTreeMap, fs};

use crate::{node::Root, wire::MachineFacts};

/// Most of a list of modules or processors that is read.
const MAX_TEXT: usize = 8 << 20;

/// Modules for IPVS and its tunnels, by the beginning of their names.
const MODULES: &[&str] = &["ip_vs", "ipip", "ip_gre", "ip6_gre", "ip6_tunnel", "sit", "fou", "dummy"];

/// Kernel settings on which LVS depends, below /proc/sys.
const SYSCTLS: &[&str] = &[
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/arp_ignore",
    "net/ipv4/conf/all/arp_announce",
    "net/ipv4/conf/lo/arp_ignore",
    "net/ipv4/conf/lo/arp_announce",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/default/rp_filter",
    "net/ipv4/conf/all/send_redirects",
    "net/ipv6/conf/all/forwarding",
    "net/ipv4/vs/conntrack",
    "net/ipv4/vs/expire_nodest_conn",
    "net/ipv4/vs/expire_quiescent_template",
    "net/ipv4/vs/conn_reuse_mode",
    "net/ipv4/vs/sync_threshold",
];

/// All of it but the routes.
pub(super) fn of(root: &Root, hostname: &str, kernel: &str) -> MachineFacts {
    let cpuinfo = text(root, "/proc/cpuinfo");
    let fields =
        || cpuinfo.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim(), value.trim()));
    let mut processor = BTreeMap::new();
    for (key, value) in fields().filter(|(key, _)| ["vendor_id", "model name", "cpu cores", "siblings"].contains(key)) {
        processor.entry(key.to_owned()).or_insert_with(|| value.chars().take(100).collect());
    }
    let mut sockets: Vec<&str> = Vec::new();
    for (_, socket) in fields().filter(|(key, _)| *key == "physical id") {
        if !sockets.contains(&socket) {
            sockets.push(socket);
        }
    }
    let memory = text(root, "/proc/meminfo");
    let memory =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok());
    let of_kernel = |list: &str| text(root, &format!("/lib/modules/{kernel}/modules.{list}"));
    let lists = of_kernel("dep") + &of_kernel("builtin");
    let modules: Vec<String> = lists.lines().filter_map(module).collect();
    let mut sysctls = BTreeMap::new();
    for path in SYSCTLS {
        if let Some(value) = root.line(&format!("/proc/sys/{path}")) {
            sysctls.insert(path.replace('/', "."), value.replace('\t', " "));
        }
    }
    MachineFacts {
        fqdn: fqdn(&text(root, "/etc/hosts"), hostname),
        processor,
        processors: fields().filter(|(key, _)| *key == "processor").count(),
        sockets: sockets.len(),
        memory_kb: memory.unwrap_or_default(),
        loaded: modules.iter().filter(|name| root.path(&format!("/sys/module/{name}")).is_dir()).cloned().collect(),
        modules,
        sysctls,
        routes: Vec::new(),
    }
}

fn text(root: &Root, path: &str) -> String {
    let mut text = fs::read(root.path(path)).unwrap_or_default();
    text.truncate(MAX_TEXT);
    String::from_utf8_lossy(&text).into_owned()
}

/// The name of a module of ours, from `kernel/net/netfilter/ipvs/ip_vs.ko.xz: …`.
fn module(line: &str) -> Option<String> {
    let name = line.split(':').next()?.rsplit('/').next()?.split(".ko").next()?.replace('-', "_");
    MODULES.iter().any(|module| *module == name || *module == "ip_vs" && name.starts_with("ip_vs_")).then_some(name)
}

/// The name with its domain: its own, or that of its line in hosts(5).
fn fqdn(hosts: &str, hostname: &str) -> String {
    let line = |line: &str| {
        let names: Vec<&str> = line.split('#').next()?.split_whitespace().skip(1).collect();
        let first = names.iter().find(|name| name.contains('.'))?;
        names.contains(&hostname).then(|| (*first).to_owned())
    };
    let found = if hostname.contains('.') { None } else { hosts.lines().find_map(line) };
    found.unwrap_or_else(|| hostname.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    #[test]
    fn what_a_node_has_is_read_from_files() {
        let fake = FakeNode::new();
        let cpu = "vendor_id\t: GenuineIntel\nmodel name\t: Xeon\ncpu cores\t: 2\nsiblings\t: 4\n";
        let cpuinfo: String = (0..8).fold(String::new(), |text, number| {
            text + &format!("processor\t: {number}\n{cpu}physical id\t: {}\n\n", number / 4)
        });
        fake.write("/proc/cpuinfo", &cpuinfo);
        fake.write("/proc/meminfo", "MemTotal:        245120 kB\nMemFree: 1 kB\n");
        fake.write(
            "/lib/modules/6.1/modules.dep",
            "kernel/net/netfilter/ipvs/ip_vs_rr.ko: kernel/net/netfilter/ipvs/ip_vs.ko\n\
             kernel/net/netfilter/ipvs/ip_vs.ko.xz:\nkernel/net/ipv4/ip_tunnel.ko:\n",
        );
        fake.write("/lib/modules/6.1/modules.builtin", "kernel/net/ipv4/ipip.ko\n");
        fake.write("/sys/module/ip_vs/refcnt", "0");
        fake.write("/proc/sys/net/ipv4/ip_forward", "1\n");
        fake.write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.1 lvs.example.org lvs # here\n");
        let machine = of(&fake.node.root, "lvs", "6.1");
        assert_eq!((machine.fqdn.as_str(), machine.processors, machine.sockets), ("lvs.example.org", 8, 2));
        assert_eq!((machine.processor["cpu cores"].as_str(), machine.memory_kb), ("2", 245_120));
        assert_eq!(
            (machine.modules.join(" "), machine.loaded.join(" ")),
            ("ip_vs_rr ip_vs ipip".into(), "ip_vs".into())
        );
        assert_eq!(machine.sysctls, BTreeMap::from([("net.ipv4.ip_forward".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn a_name_that_hosts_does_not_have_stays() {
        assert_eq!(fqdn("127.0.0.1 localhost.localdomain localhost", "web1"), "web1");
        assert_eq!(fqdn("192.0.2.1 other.example.org web1.a", "web1.a"), "web1.a");
    }
}
