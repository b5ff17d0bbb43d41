//! Many hosts on one machine: an sshd for each, on an address of its own, with a mount namespace in which the agent's
//! folder and the folder that the playbook works on are its own.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    ops::Range,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use lvsctl_tests::{repository, ssh_true};

use super::HOSTS;

const PORT: u16 = 2222;

/// How long the servers may take to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// `$1` is our folder. Nothing of this machine is changed: each of these lies over it in our mount namespace only.
const GROUND: &str = r#"
set -e
ip link set lo up
mount -t tmpfs -o mode=0755 bench /run
mkdir -p /run/sshd
mount -t tmpfs -o mode=0755 bench "$1"
cd "$1"
mkdir -m 0700 home run
# Root logs in with a shell that reads no file, and sshd has its user.
{ grep -v -e ^root: -e ^sshd: /etc/passwd; echo "root:x:0:0::$1/home:/bin/sh"; echo 'sshd:x:65534:65534::/run/sshd:/bin/false'; } >passwd
mount --bind passwd /etc/passwd
ssh-keygen -q -t ed25519 -N '' -f key
ssh-keygen -q -t ed25519 -N '' -f host_key
cp key.pub authorized_keys
"#;

/// Becomes the sshd of one host: `$1` is our folder, `$2` the program, `$3` the address.
const HOST: &str = r#"
set -e
mount -t tmpfs -o mode=0755 bench /srv
mount -t tmpfs -o mode=0755 bench /var/lib
exec "$2" -D -f "$1/sshd_config" -o "ListenAddress=$3"
"#;

/// Many hosts on one machine.
pub(super) struct Hosts {
    folder: PathBuf,
    names: Vec<String>,
    servers: Vec<Child>,
}

impl Hosts {
    /// Starts them. They end with this value, and at the latest with the PID namespace.
    pub(super) fn start(unpacked: &Path) -> Self {
        let count = HOSTS.iter().sum();
        let folder = PathBuf::from("/tmp/lvsctl-bench-hosts");
        // Only a mount point; what is in it goes with the namespace.
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => panic!("{}: {error}", folder.display()),
            _ => {}
        }
        succeed(Command::new("sh").args(["-c", GROUND, "ground"]).arg(&folder));
        let mut hosts =
            Self { folder, names: (1..=count).map(|number| format!("h{number}")).collect(), servers: Vec::new() };
        hosts.write_files();
        for number in 1..=count {
            let mut host = Command::new("unshare");
            host.args(["--mount", "--propagation", "private", "sh", "-c", HOST, "host"]).arg(&hosts.folder);
            host.arg(unpacked.join("root/usr/sbin/sshd")).arg(address(number).to_string());
            host.env("LD_LIBRARY_PATH", libraries(unpacked)).stdin(Stdio::null());
            hosts.servers.push(host.spawn().expect("start unshare"));
        }
        let end = Instant::now() + PATIENCE;
        for number in 1..=count {
            while TcpStream::connect(SocketAddr::from((address(number), PORT))).is_err() {
                assert!(Instant::now() < end, "no sshd listens on {}", address(number));
                thread::sleep(Duration::from_millis(20));
            }
        }
        hosts
    }

    /// The inventory: group `g4` has four hosts, `g32` 32 others, and so on.
    pub(super) fn inventory(&self) -> PathBuf {
        self.folder.join("hosts.yml")
    }

    /// Sets what a controller needs of its surroundings.
    pub(super) fn prepare<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(repository().join("tests/bench/hosts"))
            .env("HOME", self.folder.join("home"))
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
    }

    /// `ssh HOST true` on the hosts of the group of that size, so many at a time.
    pub(super) fn ssh_true(&self, count: usize, at_a_time: usize) {
        let names = self.names[group(count)].iter().map(String::as_str);
        ssh_true(names, at_a_time, || {
            let mut ssh = Command::new("ssh");
            ssh.arg("-F").arg(self.folder.join("ssh_config"));
            ssh
        });
    }

    fn write_files(&self) {
        let folder = self.folder.display();
        let host_key = fs::read_to_string(self.folder.join("host_key.pub")).expect("read the host key");
        let (mut known, mut config) = (String::new(), String::new());
        let mut inventory =
            format!("all:\n  vars: {{ ansible_ssh_common_args: \"-F {folder}/ssh_config\" }}\n  children:\n");
        for (index, name) in self.names.iter().enumerate() {
            writeln!(known, "{name} {}", host_key.trim()).expect(TAKES_ALL);
            writeln!(config, "Host {name}\n  HostName {}\n  HostKeyAlias {name}", address(index + 1)).expect(TAKES_ALL);
        }
        for count in HOSTS {
            let Range { start, end } = group(count);
            writeln!(inventory, "    g{count}: {{ hosts: {{ 'h[{}:{end}]': }} }}", start + 1).expect(TAKES_ALL);
        }
        write!(
            config,
            "Host *\n  Port {PORT}\n  User root\n  IdentityFile {folder}/key\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  \
             HostKeyAlgorithms ssh-ed25519\n  PreferredAuthentications publickey\n  UpdateHostKeys no\n"
        )
        .expect(TAKES_ALL);
        let server = format!(
            "Port {PORT}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\nPidFile none\n\
             KexAlgorithms curve25519-sha256\nUsePAM no\nUseDNS no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nStrictModes no\nPrintMotd no\n\
             LogLevel ERROR\n"
        );
        for (name, text) in
            [("known_hosts", known), ("ssh_config", config), ("hosts.yml", inventory), ("sshd_config", server)]
        {
            fs::write(self.folder.join(name), text).expect("write a file of the hosts");
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // One that cannot be ended here ends with the namespace.
            let _ = server.kill().and_then(|()| server.wait());
        }
    }
}

const TAKES_ALL: &str = "a string takes all";

fn address(number: usize) -> Ipv4Addr {
    let number = u8::try_from(number / 250).and_then(|high| Ok((high, u8::try_from(number % 250)?)));
    let (high, low) = number.expect("there are fewer hosts than addresses");
    Ipv4Addr::new(127, 1, high, low + 1)
}

/// The hosts of the group of that size: what one group has seen is new to the next.
fn group(count: usize) -> Range<usize> {
    let start = HOSTS.iter().take_while(|size| **size != count).sum();
    start..start + count
}

/// The folders of the unpacked packages that have libraries.
fn libraries(unpacked: &Path) -> String {
    let entries = fs::read_dir(unpacked.join("root/usr/lib")).expect("read what was unpacked");
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path().display().to_string()));
    folders.collect::<Vec<_>>().join(":")
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("start a program");
    assert!(output.status.success(), "{command:?} failed\n{}", String::from_utf8_lossy(&output.stderr));
}
