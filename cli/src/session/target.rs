//! How to reach a host, from its variables.

use std::path::{Path, PathBuf};

use super::{Rights, Wish, ssh_options::SshOptions};
use crate::{
    inventory::Host,
    source::{Code, Diagnostic, Diagnostics, Span},
    yaml::Node,
};

/// How to reach a host.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in the inventory, for messages.
    pub host: String,
    /// By which way.
    pub connection: Connection,
    /// How the user who logs in becomes root, where that is asked for.
    pub rights: Option<Rights>,
}

/// By which way a host is reached (`ansible_connection`).
#[derive(Clone, Debug)]
pub enum Connection {
    /// SSH, by the `ssh` program: the user's configuration, keys, agent and jump hosts hold.
    Ssh(Box<SshTarget>),
    /// The agent is started on this machine.
    Local {
        /// Where it remembers, if not where it always does: one machine can so be several hosts.
        folder: Option<PathBuf>,
    },
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
    /// Lines of a configuration that come before it, from `ansible_ssh_common_args` and its like.
    pub options: Vec<String>,
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
    /// This machine under a name.
    pub fn local(host: &str) -> Self {
        Self { host: host.to_owned(), connection: Connection::Local { folder: None }, rights: None }
    }

    /// Reads the connection variables of a host; `weaker` is what is asked for where they say nothing of becoming root.
    pub fn of(host: &Host, weaker: &Wish) -> Result<Self, Diagnostics> {
        let mut found = Vec::new();
        let get = |name: &str| host.vars.get(name).cloned();
        let wish = Wish::of_variables(&get, weaker, &mut found);
        let connection = connection(host, &get, &mut found);
        Diagnostics::check(found)?;
        Ok(Self { host: host.name.clone(), connection, rights: wish.rights() })
    }
}

/// By which way variables say that a host is reached.
pub(super) fn connection(host: &Host, get: &dyn Fn(&str) -> Option<Node>, found: &mut Vec<Diagnostic>) -> Connection {
    let get = |name: &str| get(name).filter(|node| !node.is_null());
    let mut note = |result: Result<(), Diagnostic>| found.extend(result.err());
    for name in NOT_YET {
        let refused = get(name).filter(|node| !matches!(node.as_bool(), Ok(false)));
        if let Some(node) = refused {
            note(Err(not_yet(name, &node)));
        }
    }
    let mut local = false;
    if let Some(node) = get("ansible_connection") {
        note(is_local(&node).map(|value| local = value));
    }
    if local {
        let folder = get("lvs_agent_folder").and_then(|node| {
            let text = node.to_text();
            note(text.as_ref().map(|_| ()).map_err(Clone::clone));
            text.ok().map(|text| expand(&node, &text))
        });
        return Connection::Local { folder };
    }
    let mut ssh = SshTarget {
        address: host.name.clone(),
        port: None,
        user: None,
        key_file: None,
        config_file: None,
        options: Vec::new(),
        host_keys: HostKeys::default(),
    };
    if let Some(node) = get("ansible_host").or_else(|| get("ansible_ssh_host")) {
        note(node.to_text().and_then(|text| plain_word(&node.span, text)).map(|text| ssh.address = text));
    } else {
        note(plain_word(&host.span, host.name.clone()).map(|_| ()));
    }
    let mut options = SshOptions::default();
    // The earlier line wins in a configuration, and the later argument of Ansible's is meant to add to the earlier.
    for name in ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"] {
        if let Some(node) = get(name) {
            note(options.add(name, &node));
        }
    }
    ssh.host_keys = options.host_keys.unwrap_or_default();
    ssh.config_file = options.config_file.map(PathBuf::from);
    ssh.options = options.lines;
    if let Some(node) = get("ansible_port").or_else(|| get("ansible_ssh_port")) {
        note(node.as_number::<u16>("a port from 1 to 65535").map(|port| ssh.port = Some(port)));
    }
    if let Some(node) = get("ansible_user").or_else(|| get("ansible_ssh_user")) {
        note(node.to_text().and_then(|text| plain_word(&node.span, text)).map(|text| ssh.user = Some(text)));
    }
    if let Some(node) = get("ansible_ssh_private_key_file").or_else(|| get("ansible_private_key_file")) {
        note(node.to_text().map(|text| ssh.key_file = Some(expand(&node, &text))));
    }
    if let Some(node) = get("lvs_ssh_config") {
        note(node.to_text().map(|text| ssh.config_file = Some(expand(&node, &text))));
    }
    if let Some(node) = get("lvs_host_keys") {
        note(host_keys(&node).map(|value| ssh.host_keys = value));
    }
    Connection::Ssh(Box::new(ssh))
}

fn is_local(node: &Node) -> Result<bool, Diagnostic> {
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

/// Variables of Ansible that mean nothing here, said once for all hosts.
pub fn passed_over(hosts: &[Host]) -> Vec<Diagnostic> {
    let name = "ansible_python_interpreter";
    let with: Vec<&Node> = hosts.iter().filter_map(|host| host.vars.get(name)).collect();
    let Some(first) = with.first() else { return Vec::new() };
    let label = match with.len() {
        1 => "for one host".to_owned(),
        count => format!("for {count} hosts"),
    };
    vec![
        Diagnostic::new(Code::IgnoredVariable, format!("`{name}` is passed over"), &first.span, label)
            .hint("nodes need no Python: the agent is a program of its own"),
    ]
}

/// Variables of Ansible that change how a host is reached, and that would be dropped in silence otherwise.
pub(super) const NOT_YET: [&str; 3] = ["ansible_password", "ansible_ssh_pass", "ansible_ssh_executable"];

fn not_yet(name: &str, node: &Node) -> Diagnostic {
    let hint = match name {
        "ansible_password" | "ansible_ssh_pass" => "use a key: passwords are not asked for",
        _ => "put it into ~/.ssh/config, or into a file that `lvs_ssh_config` names (ProxyJump, options)",
    };
    let span = &node.span;
    Diagnostic::new(Code::UnsupportedVariable, format!("`{name}` is not supported yet"), span, "").hint(hint)
}

/// What becomes an argument of `ssh`, and of the commands that hints propose, may neither look like an option nor mean
/// anything to a shell.
fn plain_word(span: &Span, text: String) -> Result<String, Diagnostic> {
    let is_plain = |c: char| c.is_alphanumeric() || "._-:%@[]+\\".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        Ok(text)
    } else {
        let shown = text.escape_debug();
        Err(Diagnostic::new(Code::WrongValue, format!("`{shown}` cannot be passed to ssh"), span, "")
            .hint("a name or an address has letters, digits and `.`, `-`, `_`, `:`, and does not begin with `-`"))
    }
}

/// `~/` is the user's home; a relative path begins at the file that it stands in.
fn expand(node: &Node, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => Path::new(node.span.source().name()).parent().unwrap_or(Path::new("")).join(path),
    }
}
