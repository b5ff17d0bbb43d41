//! One thing on a node that should be in a certain state.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Address, Archive, Command, Download, File, FileKind, Group, Hostname, IpvsTable, KernelModule, Link, Look, Package,
    PackageLists, Presence, Prune, Revert, Route, Sysctl, SystemService, TextEdit, Unclaimed, Uri, User, WaitFor,
};

/// One thing on a node that should be in a certain state.
///
/// Every resource goes one way: query, diff (check mode stops here), journal, apply, read back, verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A file or folder.
    File(File),
    /// Lines of a file.
    TextEdit(TextEdit),
    /// Software packages.
    Package(Package),
    /// The lists of what packages there are.
    PackageLists(PackageLists),
    /// A service of the init system.
    SystemService(SystemService),
    /// A kernel parameter.
    Sysctl(Sysctl),
    /// A kernel module.
    KernelModule(KernelModule),
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// The name of the node.
    Hostname(Hostname),
    /// A network device.
    Link(Link),
    /// An address on a device.
    Address(Address),
    /// A route.
    Route(Route),
    /// The IPVS table.
    Ipvs(IpvsTable),
    /// A command.
    Command(Command),
    /// Nothing: what is there is looked at.
    Look(Look),
    /// A file from elsewhere.
    Download(Download),
    /// A request whose answer is returned.
    Uri(Uri),
    /// What is in an archive.
    Archive(Archive),
    /// A condition to wait for.
    WaitFor(WaitFor),
    /// Taking back what is no longer wanted.
    Prune(Prune),
    /// Taking back what a run did.
    Revert(Revert),
    /// A file that nobody else claims.
    Unclaimed(Unclaimed),
}

/// What names a resource on a node, for people and for the ownership record: `sysctl net.ipv4.ip_forward`,
/// `address 203.0.113.168/32 dev lo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(pub String);

impl Resource {
    /// What names it on its node.
    pub fn id(&self) -> ResourceId {
        ResourceId(match self {
            Self::File(File { path, kind: FileKind::Directory, .. }) => format!("directory {path}"),
            Self::File(File { path, .. }) => format!("file {path}"),
            Self::TextEdit(edit) => format!("lines {}", edit.path),
            Self::Package(package) => format!("package {}", package.names.join(" ")),
            Self::PackageLists(_) => "package lists".to_owned(),
            Self::SystemService(service) => format!("service {}", service.name),
            Self::Sysctl(sysctl) => format!("sysctl {}", sysctl.key),
            Self::KernelModule(module) => format!("module {}", module.name),
            Self::Link(link) => format!("link {}", link.name),
            Self::Address(address) => format!("address {} dev {}", address.address, address.device),
            Self::Route(route) => match route.metric {
                Some(metric) => format!("route {} metric {metric}", route_destination(route)),
                None => format!("route {}", route_destination(route)),
            },
            Self::Ipvs(_) => "ipvs".to_owned(),
            Self::Command(command) => format!("command {}", command.line()),
            Self::User(user) => format!("user {}", user.name),
            Self::Group(group) => format!("group {}", group.name),
            Self::Hostname(_) => "hostname".to_owned(),
            Self::Look(Look::Ping) => "ping".to_owned(),
            Self::Look(Look::Stat { path, .. }) => format!("look {path}"),
            Self::Look(Look::Slurp { path, .. }) => format!("read {path}"),
            Self::Download(download) => format!("download {}", download.dest),
            Self::Uri(_) => "uri".to_owned(),
            Self::Archive(archive) => format!("archive {}", archive.dest),
            Self::WaitFor(wait) => format!("wait for {}", wait.subject()),
            Self::Prune(prune) => format!("prune {}", prune.tag),
            Self::Revert(revert) => format!("run {}", revert.run),
            Self::Unclaimed(unclaimed) => format!("unclaimed {}", unclaimed.path),
        })
    }

    /// Whether it asks for something to be there (and may so be owned and later pruned).
    pub fn is_wanted(&self) -> bool {
        match self {
            Self::File(file) => file.kind != FileKind::Absent,
            Self::Package(Package { state, .. })
            | Self::User(User { state, .. })
            | Self::Group(Group { state, .. })
            | Self::KernelModule(KernelModule { state, .. })
            | Self::Address(Address { state, .. })
            | Self::Route(Route { state, .. }) => *state == Presence::Present,
            _ => true,
        }
    }
}

impl ResourceId {
    /// The same for a log, where nothing but the kind may be told: `command (no_log)`.
    #[must_use]
    pub fn no_log(&self) -> Self {
        let kind = self.0.split(' ').next().unwrap_or_default();
        Self(format!("{kind} (no_log)"))
    }
}

fn route_destination(route: &Route) -> String {
    match (route.destination.prefix_len(), route.destination) {
        (0, ipnet::IpNet::V4(_)) => "default".to_owned(),
        (0, ipnet::IpNet::V6(_)) => "default ipv6".to_owned(),
        _ => route.destination.to_string(),
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
