//! Looking whether a person wrote what lvsctl is about to write.

use std::{fs, path::Path};

use crate::{
    node::{Node, Ownership},
    state::{ResourceId, Unclaimed},
    wire::Failure,
};

/// Longest file that is looked into.
const MAX_FILE: u64 = 1 << 20;

/// Fails if somebody else claims it, naming file and line.
pub(super) fn unclaimed(node: &Node, ownership: &Ownership, wanted: &Unclaimed) -> Result<(), Failure> {
    let Unclaimed { path, heading, places, claims } = wanted;
    if !ownership.has(&ResourceId(format!("file {path}")))
        && text(&node.root.resolve(path)?).is_some_and(|text| text.lines().next() != Some(heading))
    {
        return Err(taken(path, format!("{path}:1: it is there, and lvsctl has not written it")));
    }
    for place in places {
        for file in files(node, place)? {
            let Some(text) = text(&node.root.resolve(&file)?) else { continue };
            if file == *path || text.lines().next() == Some(heading) {
                continue;
            }
            let is_claim = |line: &str| {
                claims.iter().any(|claim| {
                    line.strip_prefix(claim.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                })
            };
            if let Some(number) = text.lines().position(|line| is_claim(&plain(line))) {
                let line: String = text.lines().nth(number).unwrap_or_default().trim().chars().take(80).collect();
                let line = line.replace(char::is_control, " ");
                return Err(taken(path, format!("{file}:{}: `{line}` configures it already", number + 1)));
            }
        }
    }
    Ok(())
}

fn taken(path: &str, came_back: String) -> Failure {
    Failure::new(format!("write {path}"), came_back).with_hint(
        "what a person wrote stays. Take it out there, or have lvsctl write its own in spite of it \
         (lvs_network_takeover: true), or none (lvs_network_files: false)",
    )
}

/// The files of a place, as the node names them.
fn files(node: &Node, place: &str) -> Result<Vec<String>, Failure> {
    let Some((folder, ending)) = place.split_once("/*") else { return Ok(vec![place.to_owned()]) };
    let entries = fs::read_dir(node.root.resolve(folder)?).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending) && !name.starts_with('.')).collect();
    names.sort();
    Ok(names.into_iter().map(|name| format!("{folder}/{name}")).collect())
}

/// What is no file, or none of text, is not what somebody configured a network by.
fn text(path: &Path) -> Option<String> {
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX_FILE)?;
    fs::read_to_string(path).ok()
}

fn plain(line: &str) -> String {
    let words = line.replace(['"', '\''], "");
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace(" = ", "=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    const HEADING: &str = "# Written by lvsctl.";

    fn look(fake: &FakeNode) -> Result<(), String> {
        let wanted = Unclaimed {
            path: "/etc/network/interfaces.d/lvsctl-eth0".to_owned(),
            heading: HEADING.to_owned(),
            places: vec!["/etc/network/interfaces".to_owned(), "/etc/network/interfaces.d/*".to_owned()],
            claims: vec!["iface eth0".to_owned(), "DEVICE=eth0".to_owned()],
        };
        let ownership = Ownership::load(&fake.node.folder).unwrap();
        unclaimed(&fake.node, &ownership, &wanted).map_err(|failure| failure.came_back)
    }

    #[test]
    fn what_lvsctl_wrote_and_what_is_about_others_is_no_claim() {
        let fake = FakeNode::new();
        look(&fake).unwrap();
        fake.write("/etc/network/interfaces", "# iface eth0\niface eth01 inet dhcp\nsource interfaces.d/*\n");
        fake.write("/etc/network/interfaces.d/lvsctl-eth0", &format!("{HEADING}\niface eth0 inet static\n"));
        fake.write("/etc/network/interfaces.d/lvsctl-eth0-0", &format!("{HEADING}\niface eth0 inet static\n"));
        look(&fake).unwrap();
    }

    #[test]
    fn what_a_person_wrote_is_told_by_file_and_line() {
        let fake = FakeNode::new();
        fake.write("/etc/network/interfaces", "auto eth0\n  iface  eth0 inet dhcp\n");
        let told = "/etc/network/interfaces:2: `iface  eth0 inet dhcp` configures it already";
        assert_eq!(look(&fake), Err(told.to_owned()));
        fake.write("/etc/network/interfaces", "");
        fake.write("/etc/network/interfaces.d/own", "DEVICE = \"eth0\"\n");
        assert!(look(&fake).unwrap_err().starts_with("/etc/network/interfaces.d/own:1: "));
        fake.write("/etc/network/interfaces.d/lvsctl-eth0", "iface eth0\n");
        assert!(look(&fake).unwrap_err().starts_with("/etc/network/interfaces.d/lvsctl-eth0:1: it is there"));
    }
}
