//! What makes a node itself: a tar that it unpacks over its own copy of the image at its first boot. The node reads it
//! from a second disk, since a kernel's command line, where secrets would be seen by everybody, is no place for keys.

use std::{fmt::Write, os::unix::fs::PermissionsExt, path::Path};

use ipnet::IpNet;
use tokio::process::Command;

use super::{
    Error,
    paths::{self, LabDir},
    ssh, tool,
    topology::{Family, Nic, Node, Topology},
};

/// Makes the seed of a node, and its host key.
pub(super) async fn make(lab: &LabDir, topology: &Topology, node: &Node) -> Result<(), Error> {
    let folder = lab.node(&node.name);
    let seed = folder.join("seed.tar");
    if seed.exists() {
        return Ok(());
    }
    paths::make_private(&folder)?;
    let key = folder.join("ssh_host_ed25519_key");
    ssh::make_key(&key, &node.name).await?;
    let read = |path: &Path| std::fs::read(path).map_err(Error::io("read", path));
    let (private, public) = (read(&key)?, read(&key.with_extension("pub"))?);
    let operator = read(&lab.file(ssh::PUBLIC_KEY))?;

    let work = tempfile::tempdir_in(&folder).map_err(Error::io("write in", &folder))?;
    let root = work.path().join("root");
    let mut files: Vec<(String, u32, Vec<u8>)> = vec![
        ("etc/ssh/ssh_host_ed25519_key".into(), 0o600, private),
        ("etc/ssh/ssh_host_ed25519_key.pub".into(), 0o644, public),
        ("root/.ssh/authorized_keys".into(), 0o600, operator),
        ("etc/hostname".into(), 0o644, format!("{}\n", node.name).into()),
        ("etc/hosts".into(), 0o644, hosts(topology).into()),
        ("var/lib/lab/links".into(), 0o644, links(node).into()),
        ("var/lib/lab/services".into(), 0o644, lines(&node.services).into()),
    ];
    if node.family == Family::Systemd {
        files.extend(node.nics.iter().map(|nic| (networkd_file(nic), 0o644, networkd(nic).into())));
    }
    // The last, since it tells the boot script that the seed was unpacked.
    files.push(("var/lib/lab/network".into(), 0o644, network(node).into()));
    let mut tar = Command::new("tar");
    let packed = work.path().join("seed.tar");
    tar.args(["--create", "--owner=0", "--group=0", "--numeric-owner", "--file"]).arg(&packed).arg("-C").arg(&root);
    for (name, mode, content) in files {
        let path = root.join(&name);
        let parent = path.parent().expect("a file stands in a folder");
        std::fs::create_dir_all(parent).map_err(Error::io("make the folder", parent))?;
        paths::write(&path, content, mode)?;
        // Files only: the folders are the image's, with its modes.
        tar.arg(name);
    }
    tool::run(&mut tar, None, "pack a node's seed").await?;
    // It holds the node's private host key.
    std::fs::set_permissions(&packed, std::fs::Permissions::from_mode(0o600)).map_err(Error::io("write", &packed))?;
    std::fs::rename(&packed, &seed).map_err(Error::io("write", &seed))
}

/// First for `ip -batch`: NICs get their names and come up.
fn links(node: &Node) -> String {
    let mut text = String::new();
    for (index, nic) in node.nics.iter().enumerate() {
        let device = &nic.device;
        writeln!(text, "link set vec{index} name {device}\nlink set {device} up").expect("a string takes all");
    }
    text
}

/// Then their addresses; the first word is the NIC, for the boot script. Nobody else can have an IPv6 address of the lab's,
/// and so it is not looked for (`nodad`), which takes a second.
fn network(node: &Node) -> String {
    let mut text = String::new();
    for nic in &node.nics {
        let device = &nic.device;
        for address in nic.addresses() {
            let option = if matches!(address, IpNet::V4(_)) { "brd +" } else { "nodad" };
            writeln!(text, "{device} addr add {address} {option} dev {device}").expect("a string takes all");
        }
        for gateway in nic.gateways() {
            writeln!(text, "{device} route add default via {gateway} dev {device}").expect("as above");
        }
    }
    text
}

/// Where networkd finds the same addresses. It is the vendor's folder, so that a file of the operator's or lvsctl's, which
/// has a smaller number besides, goes before it.
fn networkd_file(nic: &Nic) -> String {
    format!("usr/lib/systemd/network/80-lab-{}.network", nic.device)
}

fn networkd(nic: &Nic) -> String {
    let mut text = format!("[Match]\nName={}\n\n[Network]\nIPv6AcceptRA=no\n", nic.device);
    for gateway in nic.gateways() {
        writeln!(text, "Gateway={gateway}").expect("a string takes all");
    }
    for address in nic.addresses() {
        writeln!(text, "\n[Address]\nAddress={address}\nDuplicateAddressDetection=none").expect("as above");
    }
    text
}

fn hosts(topology: &Topology) -> String {
    let mut text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n".to_owned();
    for node in &topology.nodes {
        writeln!(text, "{} {}", node.address(), node.name).expect("a string takes all");
    }
    text
}

fn lines(words: &[String]) -> String {
    words.iter().flat_map(|word| [word.as_str(), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn a_node_gets_its_addresses_and_its_gateway() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let lvs = topology.node("lvs").unwrap();
        assert_eq!(
            network(lvs),
            "eth0 addr add 192.168.0.254/24 brd + dev eth0\n\
             eth0 addr add fd4c:5653::254/64 nodad dev eth0\n\
             eth1 addr add 203.0.113.169/24 brd + dev eth1\n\
             eth1 addr add 2001:db8:113::169/64 nodad dev eth1\n\
             eth1 route add default via 203.0.113.1 dev eth1\n\
             eth1 route add default via 2001:db8:113::1 dev eth1\n"
        );
        assert!(links(lvs).ends_with("link set vec1 name eth1\nlink set eth1 up\n"));
        assert_eq!(
            networkd(&lvs.nics[0]),
            "[Match]\nName=eth0\n\n[Network]\nIPv6AcceptRA=no\n\n\
             [Address]\nAddress=192.168.0.254/24\nDuplicateAddressDetection=none\n\n\
             [Address]\nAddress=fd4c:5653::254/64\nDuplicateAddressDetection=none\n"
        );
        assert!(hosts(&topology).contains("\n192.168.0.2 web2\n"));
    }
}
