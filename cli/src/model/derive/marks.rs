//! The rules that set firewall marks (nft(8)), where lvsctl is asked for them.
//!
//! There is no look at the rules of the kernel. A file below `/run`, which a boot empties as it does the rules, says
//! which text was loaded last; its name has the text's hash, so another text is loaded anew. The text replaces the
//! table as one transaction, and touches no other table.

use std::{fmt::Write, net::IpAddr};

use lvs_agent::state::{Command, File, FileKind, Resource, ServiceKey};
use sha2::{Digest, Sha256};

use super::part::Part;
use crate::model::Service;

/// The folder of such files; Red Hat's own is `/etc/nftables`.
const FOLDER: &str = "/etc/nftables.d";

/// Where the rules are kept.
const FILE: &str = "/etc/nftables.d/lvsctl-marks.nft";

/// What tells that they were loaded; the hash follows.
const LOADED: &str = "/run/lvsctl-marks";

/// Priority -150 (`mangle`) at `prerouting` is before IPVS, which takes packets at `input`.
const HEAD: &str = "# Marks for virtual services, written by lvsctl. Loaded with `nft -f`.
table inet lvsctl_marks
delete table inet lvsctl_marks
table inet lvsctl_marks {
    chain prerouting {
        type filter hook prerouting priority -150; policy accept;
";

/// The file, and the command that loads it unless it was.
pub(super) fn resources(part: &Part) -> Vec<Resource> {
    let rules: String =
        part.directed.iter().filter(|service| service.marks).flat_map(|service| rules(service)).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let text = format!("{HEAD}{rules}    }}\n}}\n");
    let loaded = format!("{LOADED}-{}", hash(&text));
    let root = Some("root".to_owned());
    let folder = File::new(FOLDER, FileKind::Directory);
    let file = File {
        owner: root.clone(),
        group: root,
        mode: Some(0o644.into()),
        ..File::new(FILE, FileKind::Content(text.into()))
    };
    let script = format!("nft -f {FILE} && rm -f {LOADED}-* && : > {loaded}");
    let load = Command { creates: Some(loaded), ..Command::new(["sh", "-c", script.as_str()]) };
    vec![Resource::File(folder), Resource::File(file), Resource::Command(load)]
}

fn rules(service: &Service) -> impl Iterator<Item = String> {
    let mark = if let ServiceKey::Fwmark { mark, .. } = service.key { mark.0 } else { 0 };
    let ports: Vec<String> = service.ports.iter().map(u16::to_string).collect();
    service.addresses().map(move |vip| {
        let family = if matches!(vip, IpAddr::V4(_)) { "ip" } else { "ip6" };
        let mut rule = format!("        {family} daddr {vip} ");
        // Writing to a string cannot fail.
        let _ = match &ports[..] {
            [] => write!(rule, "meta l4proto {}", service.protocol),
            ports => write!(rule, "{} dport {{ {} }}", service.protocol, ports.join(", ")),
        };
        rule + &format!(" meta mark set {mark}\n")
    })
}

fn hash(text: &str) -> String {
    let mut hash = String::new();
    for byte in &Sha256::digest(text)[..8] {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}
