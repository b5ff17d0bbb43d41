//! Four nodes of a lab, ready for everybody: with Python, a configuration for each who rolls out, and ways to set the
//! nodes back and to look at them.

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use lvsctl_tests::{Lab, lvsctl, repository, ssh_true};

use super::{Rival, Rivals};

const NODES: [&str; 4] = ["lvs", "web1", "web2", "web3"];

/// What rivals need on a node. paramiko knows sshd's only key exchange by its older name.
const PREPARE: &str = "\
set -e
apt-get install -y -qq python3 python3-apt >/dev/null 2>&1
sed -i 's/^KexAlgorithms .*/&,curve25519-sha256@libssh.org/' /etc/ssh/sshd_config.d/lab.conf
old=$(cat /run/sshd.pid)
kill $old
while kill -0 $old 2>/dev/null; do sleep 0.1; done
/usr/sbin/sshd
# It is in the background before it listens on port 22.
until grep -q ':0016 0*:0000 0A' /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done
";

/// Four nodes of a lab.
pub(super) struct Scene {
    lab: Lab,
    playbooks: PathBuf,
    ssh_config: PathBuf,
    ansible_playbook: PathBuf,
    pyinfra: PathBuf,
    inventory: PathBuf,
    for_pyinfra: PathBuf,
    for_ansible: PathBuf,
    for_mitogen: PathBuf,
}

impl Scene {
    /// Boots and prepares the nodes.
    pub(super) fn set(rivals: &Rivals) -> Self {
        let lab = Lab::up("bench-apply", 3);
        let ssh_config = PathBuf::from(lab.inventory()).with_file_name("ssh_config");
        let shown = ssh_config.display();
        let hosts: String = NODES.iter().flat_map(|node| [*node, ": , "]).collect();
        let inventory = lab.file(
            "hosts.yml",
            &format!("all:\n  vars: {{ ansible_ssh_common_args: \"-F {shown}\" }}\n  hosts: {{ {hosts} }}\n"),
        );
        let known_hosts = lab.file("known_hosts", &known_hosts(&ssh_config));
        let for_pyinfra = lab.file(
            "inventory.py",
            &format!(
                "data = {{'ssh_config_file': '{shown}', 'ssh_known_hosts_file': '{}', 'ssh_strict_host_key_checking': \
                 'yes'}}\nhosts = [(name, data) for name in {NODES:?}]\n",
                known_hosts.display()
            ),
        );
        let common = "[defaults]\nforks = 20\ninterpreter_python = /usr/bin/python3\n";
        let for_ansible = lab.file(
            "ansible.cfg",
            &format!(
                "{common}[ssh_connection]\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=60s\n"
            ),
        );
        let strategies = rivals.mitogen_strategies();
        let for_mitogen =
            lab.file("mitogen.cfg", &format!("{common}strategy_plugins = {strategies}\nstrategy = mitogen_linear\n"));
        let scene = Self {
            playbooks: repository().join("tests/bench/apply"),
            ansible_playbook: rivals.ansible_playbook().to_owned(),
            pyinfra: rivals.pyinfra(),
            lab,
            ssh_config,
            inventory,
            for_pyinfra,
            for_ansible,
            for_mitogen,
        };
        scene.on_all(PREPARE);
        scene
    }

    /// Makes the nodes what they were before any roll-out.
    pub(super) fn reset(&self) {
        self.on_all(&fs::read_to_string(self.playbooks.join("reset.sh")).expect("read reset.sh"));
    }

    /// What a roll-out has made of the nodes.
    pub(super) fn state(&self) -> Vec<String> {
        self.on_all(&fs::read_to_string(self.playbooks.join("state.sh")).expect("read state.sh"))
    }

    /// Four parallel `ssh NODE true`.
    pub(super) fn floor(&self) {
        ssh_true(NODES, NODES.len(), || {
            let mut ssh = Command::new("ssh");
            ssh.arg("-F").arg(&self.ssh_config);
            ssh
        });
    }

    /// Rolls the twenty tasks out.
    pub(super) fn roll_out(&self, rival: Rival) {
        let mut command = match rival {
            Rival::Lvsctl => {
                let mut command = Command::new(lvsctl());
                command.args(["apply", "--yes", "-i"]).arg(&self.inventory).arg("playbook.yml");
                command
            }
            Rival::Pyinfra => {
                let mut command = Command::new(&self.pyinfra);
                command.arg("-y").arg(&self.for_pyinfra).arg("deploy.py");
                command
            }
            Rival::Ansible | Rival::Mitogen => {
                let configuration = if rival == Rival::Ansible { &self.for_ansible } else { &self.for_mitogen };
                let mut command = Command::new(&self.ansible_playbook);
                command.env("ANSIBLE_CONFIG", configuration).arg("-i").arg(&self.inventory).arg("playbook.yml");
                command
            }
        };
        let home = self.inventory.parent().expect("a file is in a folder");
        command.current_dir(&self.playbooks).env("HOME", home).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        let output = command.stdin(Stdio::null()).output().expect("start what rolls out");
        assert!(
            output.status.success(),
            "{rival} failed\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Runs a script on all nodes at the same time; gives what each printed.
    fn on_all(&self, script: &str) -> Vec<String> {
        thread::scope(|scope| {
            let running = NODES.map(|node| scope.spawn(|| self.lab.on(node, script)));
            running.into_iter().map(|node| node.join().expect("the script was run")).collect()
        })
    }
}

/// The nodes' keys under their addresses: paramiko knows no `HostKeyAlias`.
fn known_hosts(ssh_config: &std::path::Path) -> String {
    let keys = fs::read_to_string(ssh_config.with_file_name("known_hosts")).expect("read the lab's known_hosts");
    let mut text = String::new();
    for (node, key) in keys.lines().filter_map(|line| line.split_once(' ')) {
        let output = Command::new("ssh").arg("-F").arg(ssh_config).args(["-G", node]).output().expect("start ssh");
        let settings = String::from_utf8_lossy(&output.stdout).into_owned();
        let address = settings.lines().find_map(|line| line.strip_prefix("hostname ")).expect("ssh tells the address");
        writeln!(text, "{address} {key}").expect("writing to a string cannot fail");
    }
    text
}
