//! How lvsctl, ssh and people reach the nodes: an `ssh_config` with one block for each node. Host keys were made before
//! the node was, so that they are known from the first connection on.

use std::{ffi::OsString, fmt::Write, fs, path::Path};

use tokio::process::Command;

use super::{
    Error,
    paths::{self, LabDir},
    tool,
    topology::Topology,
};

/// The key that opens every node, and the half that a node knows.
pub(super) const PRIVATE_KEY: &str = "id_ed25519";
pub(super) const PUBLIC_KEY: &str = "id_ed25519.pub";
/// The configuration, for `ssh -F`.
pub(super) const CONFIG: &str = "ssh_config";
/// The nodes' host keys.
pub(super) const KNOWN_HOSTS: &str = "known_hosts";

/// Makes a key pair, unless it is there.
pub(super) async fn make_key(path: &Path, comment: &str) -> Result<(), Error> {
    if path.exists() && path.with_extension("pub").exists() {
        return Ok(());
    }
    // ssh-keygen would ask before it writes over half a pair.
    let _ = fs::remove_file(path);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(path);
    tool::run(&mut command, None, "make an SSH key").await.map(drop)
}

/// Writes the `ssh_config` and the `known_hosts` of a lab.
pub(super) fn write(lab: &LabDir, topology: &Topology) -> Result<(), Error> {
    let mut known = String::new();
    for node in &topology.nodes {
        let path = lab.node(&node.name).join("ssh_host_ed25519_key.pub");
        let key = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        writeln!(known, "{} {}", node.name, key.trim()).expect("a string takes all");
    }
    paths::write(&lab.file(KNOWN_HOSTS), known, 0o600)?;
    let own = std::env::current_exe().map_err(Error::io("find", "lvsctl itself"))?;
    paths::write(&lab.file(CONFIG), config(lab, topology, &own), 0o600)
}

/// An `ssh` that reads the lab's configuration only.
pub(super) fn command(lab: &LabDir, more: &[&str], node: &str, words: &[OsString]) -> std::process::Command {
    let mut command = std::process::Command::new("ssh");
    command.arg("-F").arg(lab.file(CONFIG)).args(more).arg(node);
    if !words.is_empty() {
        command.arg("--").args(words);
    }
    command
}

/// The text of the `ssh_config`; `own` is the path of lvsctl, which connects through the namespace.
fn config(lab: &LabDir, topology: &Topology, own: &Path) -> String {
    let relay = |word: &Path| quote_shell(&word.to_string_lossy()).replace('%', "%%");
    let mut text = "# Written by `lvsctl lab up`, and written anew by the next one.\n".to_owned();
    for node in &topology.nodes {
        writeln!(text, "\nHost {}", node.name).expect("a string takes all");
        for (key, value) in [
            ("HostName", node.address().to_string()),
            ("HostKeyAlias", node.name.clone()),
            ("User", "root".to_owned()),
            ("IdentityFile", quote(&lab.file(PRIVATE_KEY))),
            ("IdentitiesOnly", "yes".to_owned()),
            ("UserKnownHostsFile", quote(&lab.file(KNOWN_HOSTS))),
            ("GlobalKnownHostsFile", "/dev/null".to_owned()),
            ("StrictHostKeyChecking", "yes".to_owned()),
            ("UpdateHostKeys", "no".to_owned()),
            ("HostKeyAlgorithms", "ssh-ed25519".to_owned()),
            ("PreferredAuthentications", "publickey".to_owned()),
            ("ConnectTimeout", "10".to_owned()),
            // A node whose plug was pulled says nothing any more.
            ("ServerAliveInterval", "5".to_owned()),
            ("ServerAliveCountMax", "4".to_owned()),
            ("ProxyCommand", format!("{} lab relay --via {} %h %p", relay(own), relay(lab.path()))),
        ] {
            writeln!(text, "    {key} {value}").expect("as above");
        }
    }
    text
}

/// A file name for `ssh_config(5)`: quoted for its parser, and with `%` doubled, which would begin a token.
fn quote(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('%', "%%"))
}

/// A word for the shell: in single quotes, unless it is plain.
pub(super) fn quote_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn every_node_has_a_block_and_its_host_key_is_checked() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let lab = LabDir::at(Path::new("/state/my lab"));
        let text = config(&lab, &topology, Path::new("/opt/it's/lvsctl"));
        assert_eq!(text.matches("\nHost ").count(), 5);
        assert!(text.contains("\nHost web1\n    HostName 192.168.0.1\n"), "{text}");
        assert_eq!(text.matches("StrictHostKeyChecking yes").count(), 5);
        assert!(text.contains(r#"IdentityFile "/state/my lab/id_ed25519""#), "{text}");
        let relay = r"ProxyCommand '/opt/it'\''s/lvsctl' lab relay --via '/state/my lab' %h %p";
        assert!(text.contains(relay), "{text}");
    }

    #[test]
    fn a_word_stays_one_word_for_the_shell() {
        assert_eq!(quote_shell("net.ipv4.ip_forward=1"), "net.ipv4.ip_forward=1");
        assert_eq!(quote_shell("a b"), "'a b'");
        assert_eq!(quote_shell("it's"), r"'it'\''s'");
        assert_eq!(quote_shell(""), "''");
    }
}
