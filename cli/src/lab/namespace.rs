//! The private network of a lab: one network namespace with a bridge for each network and a tap device for each NIC.
//! The namespace itself is the router between the networks; the machine outside gets no interface and no route.
//!
//! A process that does nothing but sleep keeps the namespace. Without root it is entered together with a user namespace,
//! in which an ordinary user is root over these devices. Kernels take their memory from a tmpfs of the same mount
//! namespace, so that a small /dev/shm does not matter and nothing is left when the namespace goes.

use std::{collections::BTreeSet, fmt::Write, path::Path, process::Stdio, time::Duration};

use ipnet::IpNet;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use super::{
    Error,
    paths::LabDir,
    process::{MARK, Process},
    tool,
    topology::{Nic, Topology},
};

/// Runs inside the new namespace, then turns into the process that keeps it. `$1` is where kernels get their memory.
///
/// The router forwards, accepts the asymmetric ways of direct routing and tunnelling (`rp_filter`), tells nobody of
/// shorter ways (`send_redirects`), and answers ARP only for the address of the network that was asked on.
const KEEPER: &str = "\
set -e
mount -t tmpfs -o mode=0700 lvsctl-lab \"$1\"
cd /proc/sys/net/ipv4
echo 1 >ip_forward
for conf in all default; do
    echo 0 >conf/$conf/rp_filter
    echo 0 >conf/$conf/send_redirects
    echo 0 >conf/$conf/accept_redirects
    echo 1 >conf/$conf/arp_ignore
    echo 2 >conf/$conf/arp_announce
done
if cd /proc/sys/net/ipv6 2>/dev/null; then
    for conf in all default; do
        echo 0 >conf/$conf/disable_ipv6
        echo 0 >conf/$conf/accept_ra
        echo 1 >conf/$conf/forwarding
    done
fi
cd /proc/sys/net/bridge 2>/dev/null && for table in bridge-nf-call-*; do echo 0 >$table 2>/dev/null || :; done
cd /
ip link set lo up
echo kept
exec >/dev/null 2>&1
exec sleep infinity
";

/// The network namespace of a lab.
#[derive(Clone, Copy, Debug)]
pub(super) struct Namespace {
    holder: Process,
}

impl Namespace {
    /// The namespace that a process keeps.
    pub(super) fn of(holder: Process) -> Self {
        Self { holder }
    }

    /// Makes the namespace and the process that keeps it.
    pub(super) async fn create(lab: &LabDir) -> Result<(Self, Process), Error> {
        let what = "make a network namespace";
        let mut command = Command::new("setsid");
        command.arg("unshare");
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--net", "--mount", "--propagation", "slave", "sh", "-c", KEEPER, "lvsctl-lab"]);
        command.arg(lab.memory()).env_clear().env("PATH", tool::path()).env(MARK, lab.path()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let spawned = command.spawn();
        let mut child = spawned.map_err(|source| Error::Spawn { program: "setsid".into(), source })?;
        // setsid and unshare replace themselves, so the child's pid is the keeper's.
        let pid = child.id().expect("the child was not waited for").cast_signed();

        let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let kept = timeout(Duration::from_secs(10), lines.next_line()).await;
        if let Ok(Ok(Some(line))) = &kept
            && line == "kept"
            && let Some(holder) = Process::running(pid)
        {
            return Ok((Self { holder }, holder));
        }
        let _ = child.start_kill();
        let output =
            child.wait_with_output().await.map_err(|source| Error::Spawn { program: "unshare".into(), source })?;
        Err(tool::failed(what, "unshare".into(), output.status, &String::from_utf8_lossy(&output.stderr)))
    }

    /// A command that runs inside. With `memory`, also where the kernels' memory is mounted.
    pub(super) fn command(self, program: impl AsRef<std::ffi::OsStr>, memory: bool) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.holder.pid));
        if !is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        if memory || !is_root() {
            command.arg("--mount");
        }
        command.args(["--net", "--"]).arg(program);
        command
    }

    /// Makes the bridges and tap devices that the topology needs and that are not there.
    pub(super) async fn connect(self, topology: &Topology) -> Result<(), Error> {
        let present = self.links().await?.into_iter().map(|link| link.name).collect();
        // Without IPv6 in this machine's kernel there is none between the networks, only within each.
        let ipv6 = Path::new("/proc/sys/net/ipv6").exists();
        let batch = batch(topology, &present, ipv6);
        if batch.is_empty() {
            return Ok(());
        }
        self.ip_batch(&batch, "connect the lab's networks").await
    }

    /// Pulls the cable of a NIC out of its network, or puts it back.
    ///
    /// The tap device stays up: where a write to it fails, the kernel's vector driver stops that NIC until the next boot.
    pub(super) async fn set_cable(self, tap: &str, nic: &Nic, plugged: bool) -> Result<(), Error> {
        let batch = if plugged { plug(tap, nic) } else { format!("link set {tap} nomaster\n") };
        self.ip_batch(&batch, "change the cable").await
    }

    /// Names of the devices that are plugged into no network. A tap device among them has its cable out.
    pub(super) async fn unplugged(self) -> Result<BTreeSet<String>, Error> {
        Ok(self.links().await?.into_iter().filter(|link| !link.plugged).map(|link| link.name).collect())
    }

    async fn ip_batch(self, batch: &str, what: &str) -> Result<(), Error> {
        let mut command = self.command("ip", false);
        command.args(["-batch", "-"]);
        tool::run(&mut command, Some(batch), what).await.map(drop)
    }

    async fn links(self) -> Result<Vec<Link>, Error> {
        let mut command = self.command("ip", false);
        command.args(["-oneline", "link", "show"]);
        let text = tool::run(&mut command, None, "look at the lab's devices").await?;
        Ok(text.lines().filter_map(Link::parse).collect())
    }
}

/// Whether this process may make namespaces without a user namespace.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What `ip -batch` has to do.
fn batch(topology: &Topology, present: &BTreeSet<String>, ipv6: bool) -> String {
    let mut batch = String::new();
    for network in &topology.networks {
        let name = &network.name;
        if present.contains(name) {
            continue;
        }
        // Without forward_delay a port is open at once; without snooping IPv6 neighbours find each other. A bridge with no
        // MAC address of its own takes a port's, so that a cable that is cut would take the router's along.
        let mac = network.mac();
        writeln!(batch, "link add {name} address {mac} type bridge forward_delay 0 mcast_snooping 0")
            .expect("a string takes all");
        for address in network.routers().into_iter().filter(|address| ipv6 || matches!(address, IpNet::V4(_))) {
            // Nobody else can have it, and looking for others with it (DAD) takes a second.
            let option = if matches!(address, IpNet::V4(_)) { "" } else { " nodad" };
            writeln!(batch, "addr add {address} dev {name}{option}").expect("as above");
        }
        writeln!(batch, "link set {name} up").expect("as above");
    }
    for node in &topology.nodes {
        for nic in &node.nics {
            let tap = node.tap(nic);
            if present.contains(&tap) {
                continue;
            }
            writeln!(batch, "tuntap add dev {tap} mode tap").expect("as above");
            // With an address of its own the namespace would answer on a cable that is cut.
            writeln!(batch, "link set {tap} addrgenmode none").expect("as above");
            batch.push_str(&plug(&tap, nic));
        }
    }
    batch
}

fn plug(tap: &str, nic: &Nic) -> String {
    format!("link set {tap} master {} up\n", nic.network)
}

struct Link {
    name: String,
    plugged: bool,
}

impl Link {
    /// `3: web1.eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel master lan state UP …`
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let name = words.next()?.trim_end_matches(':').split('@').next()?.to_owned();
        Some(Self { name, plugged: words.any(|word| word == "master") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn only_devices_that_are_missing_are_made() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let all = batch(&topology, &BTreeSet::new(), true);
        assert!(all.contains("link add outside address 02:4c:cb:00:71:01 type bridge"), "{all}");
        assert!(
            all.contains("addr add 203.0.113.1/24 dev outside\naddr add 2001:db8:113::1/64 dev outside nodad\n"),
            "{all}"
        );
        assert!(all.contains("link set web2.eth1 master remote up"), "{all}");

        let names = ["lan", "outside", "remote", "lvs.eth0", "lvs.eth1", "web1.eth0", "web1.eth1", "web2.eth0"];
        let rest = ["web2.eth1", "web3.eth0", "client.eth0"];
        let present = names.iter().chain(&rest).map(|name| (*name).to_owned()).collect();
        let missing = batch(&topology, &present, true);
        let made = "tuntap add dev web3.eth1 mode tap
link set web3.eth1 addrgenmode none
link set web3.eth1 master remote up
";
        assert_eq!(missing, made);
    }

    #[test]
    fn a_link_is_plugged_where_it_has_a_master() {
        let text =
            "4: web1.eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel master lan state UP mode DEFAULT";
        let link = Link::parse(text).unwrap();
        assert_eq!((link.name.as_str(), link.plugged), ("web1.eth0", true));
        assert!(!Link::parse(&text.replace("master lan ", "")).unwrap().plugged);
    }
}
