//! How to reach a host, from its variables.

use std::path::PathBuf;

use crate::{
    inventory::Host,
    source::{Code, Diagnostic, Diagnostics},
    yaml::Node,
};

/// How to reach a host.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in the inventory, for messages.
    pub host: String,
    /// By which way.
    pub connection: Connection,
}

/// By which way a host is reached (`ansible_connection`).
#[derive(Clone, Debug)]
pub enum Connection {
    /// SSH, by the `ssh` program: the user's configuration, keys, agent and jump hosts hold.
    Ssh(Box<SshTarget>),
    /// The agent is started on this machine.
    Local,
}

/// What is passed to `ssh` beyond the user's own configuration.
#[derive(Clone, Debug)]
pub struct SshTarget {
    /// `ansible_host`: a name that ssh knows, or an address.
    pub address: String,
    /// `ansible_port`.
    pub port: Option<u16>,
    /// `ansible_user`.
    pub user: Option<String>,
    /// `ansible_ssh_private_key_file`.
    pub key_file: Option<PathBuf>,
    /// `lvs_ssh_config`: an `ssh_config(5)` file used in place of the user's.
    pub config_file: Option<PathBuf>,
    /// `lvs_host_keys`.
    pub host_keys: HostKeys,
}

/// Which host keys are taken (`lvs_host_keys`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostKeys {
    /// Only a key that is in a `known_hosts` file.
    #[default]
    Known,
    /// Also the key of a host that is met for the first time; a changed key is refused.
    AcceptNew,
}

impl Target {
    /// Reads the connection variables of a host.
    pub fn of(host: &Host) -> Result<Self, Diagnostics> {
        let mut found = Vec::new();
        let target = Self::read(host, &mut found);
        Diagnostics::check(found)?;
        Ok(target)
    }

    fn read(host: &Host, found: &mut Vec<Diagnostic>) -> Self {
        let get = |name: &str| host.vars.get(name).filter(|node| !node.is_null());
        let mut note = |result: Result<(), Diagnostic>| found.extend(result.err());
        let mut local = false;
        if let Some(node) = get("ansible_connection") {
            note(connection(node).map(|value| local = value));
        }
        if local {
            return Self { host: host.name.clone(), connection: Connection::Local };
        }
        let mut ssh = SshTarget {
            address: host.name.clone(),
            port: None,
            user: None,
            key_file: None,
            config_file: None,
            host_keys: HostKeys::default(),
        };
        if let Some(node) = get("ansible_host") {
            note(node.to_text().and_then(|text| plain_word(node, text)).map(|text| ssh.address = text));
        }
        if let Some(node) = get("ansible_port") {
            note(node.as_number::<u16>("a port from 1 to 65535").map(|port| ssh.port = Some(port)));
        }
        if let Some(node) = get("ansible_user") {
            note(node.to_text().and_then(|text| plain_word(node, text)).map(|text| ssh.user = Some(text)));
        }
        if let Some(node) = get("ansible_ssh_private_key_file") {
            note(node.to_text().map(|text| ssh.key_file = Some(expand_home(&text))));
        }
        if let Some(node) = get("lvs_ssh_config") {
            note(node.to_text().map(|text| ssh.config_file = Some(expand_home(&text))));
        }
        if let Some(node) = get("lvs_host_keys") {
            note(host_keys(node).map(|value| ssh.host_keys = value));
        }
        Self { host: host.name.clone(), connection: Connection::Ssh(Box::new(ssh)) }
    }
}

fn connection(node: &Node) -> Result<bool, Diagnostic> {
    match node.as_str()? {
        "local" => Ok(true),
        "ssh" | "smart" => Ok(false),
        other => Err(node.wrong_value(format!("unknown connection `{other}`")).hint("use `ssh` or `local`")),
    }
}

fn host_keys(node: &Node) -> Result<HostKeys, Diagnostic> {
    match node.as_str()? {
        "known" => Ok(HostKeys::Known),
        "accept-new" => Ok(HostKeys::AcceptNew),
        other => Err(node
            .wrong_value(format!("unknown treatment of host keys `{other}`"))
            .hint("use `known` (only keys from a known_hosts file) or `accept-new`")),
    }
}

/// A value that becomes an argument of `ssh` may not look like an option.
fn plain_word(node: &Node, text: String) -> Result<String, Diagnostic> {
    let plain =
        !text.is_empty() && !text.starts_with('-') && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if plain {
        Ok(text)
    } else {
        Err(Diagnostic::new(Code::WrongValue, format!("`{text}` cannot be passed to ssh"), &node.span, "")
            .hint("a name or an address has no blanks and does not begin with `-`"))
    }
}

fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
