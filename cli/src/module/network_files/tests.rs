//! The files of each format, and what the real tool of that format reads in them.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use lvs_agent::{
    state::{Bytes, File, FileKind, Resource},
    wire::{Facts, Family, NetworkSystem},
};

use crate::module::tests::expand;

/// A director with all that a device can have.
const INVENTORY: &str = "
all:
  vars:
    lvs_services:
      - { name: www, vip: 203.0.113.168, port: 80, forward: dr, real_servers: [{ host: web }] }
      - { name: six, vip: '2001:db8:113::168', port: 80, forward: dr, real_servers: [{ host: web }] }
  children:
    directors:
      hosts:
        lvs:
          lvs_interfaces:
            - device: eth0
              addresses: [192.168.0.254/24, 'fd4c:5653::254/64']
              mtu: 1400
              routes: [{ to: 10.1.0.0/16, via: 192.168.0.250 }, { to: 'fd00:1::/64', via: 'fd4c:5653::250' }]
            - device: eth1
              addresses: [203.0.113.169/24, 203.0.113.170/24, '2001:db8:113::169/64']
              gateway: [203.0.113.1, '2001:db8:113::1']
              mss: 1300
  hosts:
    web: { lvs_interfaces: [{ device: eth0, addresses: [192.168.0.1/24, 'fd4c:5653::1/64'], gateway: [192.168.0.250, 'fd4c:5653::250'] }] }
";

/// The files that a director of this system gets, below a folder.
fn files(system: NetworkSystem) -> tempfile::TempDir {
    let facts = Facts { family: Family::Debian, network_systems: vec![system], ..Facts::default() };
    let root = tempfile::tempdir().unwrap();
    for module in ["lvs_network:", "lvs_director:"] {
        for wanted in expand(INVENTORY, "lvs", &facts, module).unwrap() {
            let Resource::File(File { path, kind: FileKind::Content(Bytes(text)), mode, .. }) = wanted.resource else {
                continue;
            };
            let path = root.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode.unwrap().on(0, false))).unwrap();
        }
    }
    root
}

/// All files below a folder, by path, with their texts.
fn shown(root: &Path) -> String {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        format!("--- /{name}\n{}", fs::read_to_string(path).unwrap())
    };
    files.iter().map(file).collect()
}

/// Folder of the real tools, unpacked by `tools/need formats`, and where their libraries are.
fn tools() -> (PathBuf, String) {
    let need = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/need");
    let output = Command::new(need).arg("formats").output().unwrap();
    let folder = PathBuf::from(String::from_utf8(ok(output)).unwrap().trim());
    let libraries = fs::read_dir(folder.join("usr/lib")).unwrap().map(|entry| entry.unwrap().path());
    let of_machine = libraries.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    let paths: Vec<String> =
        of_machine.flat_map(|path| [path.display().to_string(), format!("{}/systemd", path.display())]).collect();
    (folder, paths.join(":"))
}

fn ok(output: Output) -> Vec<u8> {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    output.stdout
}

/// The lines that begin with one of these words.
fn lines<'a>(text: &'a str, words: &[&str]) -> Vec<&'a str> {
    text.lines().map(str::trim).filter(|line| words.iter().any(|word| line.starts_with(word))).collect()
}

#[test]
fn every_format_has_its_files() {
    for system in [NetworkSystem::Netplan, NetworkSystem::Networkd, NetworkSystem::NetworkManager] {
        insta::assert_snapshot!(format!("{system:?}"), shown(files(system).path()));
    }
}

#[test]
fn netplan_reads_its_files() {
    let (tools, libraries) = tools();
    let root = files(NetworkSystem::Netplan);
    let mut generate = Command::new(tools.join("usr/libexec/netplan/generate"));
    generate.env("LD_LIBRARY_PATH", libraries).arg("--root-dir").arg(root.path());
    ok(generate.output().unwrap());
    let text = fs::read_to_string(root.path().join("run/systemd/network/10-netplan-eth1.network")).unwrap();
    let expected = [
        "Address=203.0.113.169/24",
        "Address=203.0.113.170/24",
        "Address=203.0.113.168/32",
        "Address=2001:db8:113::169/64",
        "Address=2001:db8:113::168/128",
        "Destination=0.0.0.0/0",
        "Gateway=203.0.113.1",
        "Destination=::/0",
        "Gateway=2001:db8:113::1",
    ];
    assert_eq!(lines(&text, &["Address=", "Gateway=", "Destination="]), expected);
    let link = fs::read_to_string(root.path().join("run/systemd/network/10-netplan-eth0.link")).unwrap();
    assert!(link.contains("MTUBytes=1400"), "{link}");
}

#[test]
fn network_manager_reads_its_files() {
    let (tools, libraries) = tools();
    let root = files(NetworkSystem::NetworkManager);
    let read = |device: &str| {
        let name = format!("etc/NetworkManager/system-connections/lvsctl-{device}.nmconnection");
        // Read, changed in what changes nothing, and written by NetworkManager's own library.
        let mut nmcli = Command::new(tools.join("usr/bin/nmcli"));
        nmcli.env("LD_LIBRARY_PATH", &libraries).args([
            "--offline",
            "connection",
            "modify",
            "connection.autoconnect",
            "yes",
        ]);
        nmcli.stdin(fs::File::open(root.path().join(name)).unwrap());
        String::from_utf8(ok(nmcli.output().unwrap())).unwrap()
    };
    let words = ["interface-name=", "mtu=", "address", "route", "method="];
    let expected = [
        "interface-name=eth0",
        "mtu=1400",
        "address1=192.168.0.254/24",
        "method=manual",
        "route1=10.1.0.0/16,192.168.0.250",
        "address1=fd4c:5653::254/64",
        "method=manual",
        "route1=fd00:1::/64,fd4c:5653::250",
    ];
    assert_eq!(lines(&read("eth0"), &words), expected);
    let expected = [
        "interface-name=eth1",
        "address1=203.0.113.169/24,203.0.113.1",
        "address2=203.0.113.170/24",
        "method=manual",
        "address1=2001:db8:113::169/64,2001:db8:113::1",
        "method=manual",
    ];
    assert_eq!(lines(&read("eth1"), &words), expected);
}

#[test]
fn ifupdown_reads_its_files() {
    let (tools, _) = tools();
    let root = files(NetworkSystem::Ifupdown);
    let folder = root.path().join("etc/network");
    let interfaces = folder.join("interfaces");
    fs::write(&interfaces, format!("source-directory {}\n", folder.join("interfaces.d").display())).unwrap();
    let read = |device: &str| {
        let mut ifquery = Command::new(tools.join("sbin/ifquery"));
        ifquery.arg("--interfaces").arg(&interfaces).arg(device);
        String::from_utf8(ok(ifquery.output().unwrap())).unwrap()
    };
    let words = ["address:", "gateway:", "mtu:", "up:"];
    let expected = [
        "address: 192.168.0.254",
        "mtu: 1400",
        "up: ip route replace 10.1.0.0/16 via 192.168.0.250 dev eth0",
        "up: ip route replace fd00:1::/64 via fd4c:5653::250 dev eth0",
        "address: fd4c:5653::254",
    ];
    assert_eq!(lines(&read("eth0"), &words), expected);
    let expected = [
        "address: 203.0.113.169",
        "gateway: 203.0.113.1",
        "up: ip route replace default via 203.0.113.1 dev eth1 advmss 1300",
        "address: 203.0.113.170",
        "address: 2001:db8:113::169",
        "gateway: 2001:db8:113::1",
        "up: ip -6 route replace default via 2001:db8:113::1 dev eth1 advmss 1300",
    ];
    assert_eq!(lines(&read("eth1"), &words), expected);
    assert_eq!(lines(&read("eth1:0"), &words), ["address: 203.0.113.168"]);
}

/// It runs in a network and a mount namespace of its own, and really configures two devices there.
#[test]
fn networkd_configures_devices_by_its_files() {
    let (tools, libraries) = tools();
    let root = files(NetworkSystem::Networkd);
    for folder in ["etc", "etc/systemd", "etc/systemd/network", "etc/systemd/network/10-lvsctl-eth1.network.d"] {
        fs::set_permissions(root.path().join(folder), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = include_str!("tests/networkd.sh");
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--net", "--mount", "sh", "-c", script, "networkd.sh"]);
    let program = tools.join("lib/systemd/systemd-networkd");
    unshare.arg(root.path().join("etc/systemd/network")).arg(program).arg(libraries);
    let text = String::from_utf8(ok(unshare.output().unwrap())).unwrap();
    for expected in [
        "inet 192.168.0.254/24",
        "inet6 fd4c:5653::254/64",
        "mtu 1400",
        "10.1.0.0/16 via 192.168.0.250 dev eth0",
        "fd00:1::/64 via fd4c:5653::250 dev eth0",
        "inet 203.0.113.169/24",
        "inet 203.0.113.170/24",
        "inet 203.0.113.168/32",
        "inet6 2001:db8:113::168/128",
        "default via 203.0.113.1 dev eth1 proto static advmss 1300",
        "default via 2001:db8:113::1 dev eth1 proto static metric 1024 advmss 1300",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn systemd_takes_the_units() {
    let analyze = Path::new("/usr/bin/systemd-analyze");
    if !analyze.exists() {
        eprintln!("SKIPPED: there is no systemd-analyze here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut verify = Command::new(analyze);
    verify.arg("verify");
    for (name, text) in crate::module::boot::UNITS {
        let path = folder.path().join(format!("{name}.service"));
        // The program of a node is not here.
        fs::write(&path, text.replace("=/var/lib/lvsctl/boot/agent", "=/bin/true")).unwrap();
        verify.arg(path);
    }
    let output = verify.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ok(output);
    assert!(!said.contains("lvsctl"), "{said}");
}
