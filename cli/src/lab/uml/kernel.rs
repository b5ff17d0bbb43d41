//! Starts kernels: the command line is that of `linux.uml`, explained in the kernel's
//! `Documentation/virt/uml/user_mode_linux_howto_v2.rst`.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

use super::{control, xstate};
use crate::lab::{
    Error,
    driver::Driver,
    namespace::Namespace,
    paths::{self, LabDir},
    process::{self, MARK, Process},
    tool,
    topology::{Family, Node},
};

/// The program, from the package `user-mode-linux`.
pub(crate) const KERNEL: &str = "linux.uml";

/// Starts the kernel, at first and when it reboots.
const STARTER: &str = include_str!("kernel.sh");

/// The modules that belong to the kernel, and their version.
pub(crate) fn modules() -> Option<(PathBuf, String)> {
    let folder = fs::read_dir("/usr/lib/uml/modules").ok()?;
    let mut found: Vec<_> = folder.flatten().filter(|entry| entry.path().join("modules.dep").exists()).collect();
    found.sort_by_key(fs::DirEntry::file_name);
    let newest = found.pop()?;
    Some((newest.path(), newest.file_name().to_string_lossy().into_owned()))
}

/// Runs the nodes of one lab.
#[derive(Clone, Debug)]
pub(crate) struct Uml {
    lab: LabDir,
    images: BTreeMap<Family, PathBuf>,
    namespace: Namespace,
}

impl Uml {
    /// Runs nodes in a namespace, each on the base image of its family.
    pub(crate) fn new(lab: LabDir, images: BTreeMap<Family, PathBuf>, namespace: Namespace) -> Self {
        Self { lab, images, namespace }
    }

    fn socket(&self, node: &Node) -> Result<PathBuf, Error> {
        let path = self.lab.control().join(&node.name).join("mconsole");
        // sockaddr_un.sun_path
        if path.as_os_str().len() > 107 { Err(Error::PathTooLong(path)) } else { Ok(path) }
    }
}

impl Driver for Uml {
    async fn start(&self, node: &Node) -> Result<Process, Error> {
        let image = self.images.get(&node.family).cloned().unwrap_or_default();
        if !image.exists() {
            return Err(Error::NoImage(image));
        }
        let socket = self.socket(node)?;
        let control = socket.parent().expect("the socket stands in the node's folder");
        // A kernel that was killed leaves its folder, and the next one would take it for a kernel that runs.
        let _ = fs::remove_dir_all(control);
        paths::make_private(&self.lab.control())?;

        let path = self.lab.console(&node.name);
        let console = File::options().create(true).append(true).open(&path).map_err(Error::io("write", &path))?;
        let errors = console.try_clone().map_err(Error::io("write", &path))?;

        let program = tool::find(KERNEL).map_err(|source| Error::Spawn { program: KERNEL.into(), source })?;
        let starter = self.lab.node(&node.name).join("kernel");
        paths::write(&starter, STARTER, 0o700)?;
        let mut command = self.namespace.command("setsid", true);
        // It outlives this lvsctl, and what stands in the caller's environment is not its business.
        command.env_clear().env("PATH", tool::path());
        command.env("LVSCTL_LAB_KERNEL", program).arg(starter).args(arguments(&self.lab, &image, node));
        command.env(MARK, self.lab.path()).env("TMPDIR", self.lab.memory()).current_dir("/");
        if let Some(library) = xstate::library()? {
            command.env("LD_PRELOAD", library);
        }
        command.stdin(Stdio::null()).stdout(console).stderr(errors);
        let child = command.spawn().map_err(|source| Error::Spawn { program: "nsenter".into(), source })?;
        // nsenter and setsid replace themselves, so the child's pid is the kernel's.
        let pid = child.id().expect("the child was not waited for").cast_signed();
        tokio::spawn(async move {
            // Takes note of a kernel that ends while lvsctl is still here, so that it does not stay a zombie.
            let mut child = child;
            let _ = child.wait().await;
        });
        Process::running(pid)
            .ok_or_else(|| Error::Died { node: node.name.clone(), tail: super::Console::whole(path).tail() })
    }

    async fn reboot(&self, node: &Node) -> Result<(), Error> {
        let socket = self.socket(node)?;
        let own = self.lab.control().join(format!("{}.reply", node.name));
        // Ctrl-Alt-Del: init shuts the node down in good order and boots it again, in the same process.
        let asked = tokio::task::spawn_blocking(move || {
            control::request(&socket, &own, "cad").map_err(|error| (socket, error))
        });
        match asked.await.expect("a request does not panic") {
            Ok(_) => Ok(()),
            Err((path, source)) => Err(Error::Io { what: "ask for a reboot through", path, source }),
        }
    }

    fn power_off(&self, node: &Node, kernel: Process) {
        kernel.kill();
        process::kill_node(self.lab.path(), &node.name);
        let _ = fs::remove_dir_all(self.lab.control().join(&node.name));
    }
}

/// The kernel's command line.
fn arguments(lab: &LabDir, image: &Path, node: &Node) -> Vec<OsString> {
    let folder = lab.node(&node.name);
    // Copy on write: the node's own disk holds only what differs from the image.
    let disk = concat(&["ubd0=".as_ref(), folder.join("disk.cow").as_ref(), ",".as_ref(), image.as_ref()]);
    let seed = concat(&["ubd1r=".as_ref(), folder.join("seed.tar").as_ref()]);
    let control = concat(&["uml_dir=".as_ref(), lab.control().as_ref()]);
    let mut arguments = vec![format!("mem={}M", node.memory).into(), format!("umid={}", node.name).into()];
    arguments.extend([control, disk, seed]);
    for word in ["root=/dev/ubda", "rw", "con=null", "con0=null,fd:1", "quiet"] {
        arguments.push(word.into());
    }
    arguments.push(concat(&["init=".as_ref(), node.family.init().as_ref()]));
    for (index, nic) in node.nics.iter().enumerate() {
        let (tap, mac) = (node.tap(nic), nic.mac());
        // gro: the tap hands over what another node sent in one piece, up to 64 KiB, so there must be room for it.
        // NAPI takes at most 64 packets in one go; depth is the number of packets in a queue.
        arguments.push(format!("vec{index}:transport=tap,ifname={tap},mac={mac},depth=64,gro=1").into());
    }
    arguments
}

fn concat(parts: &[&std::ffi::OsStr]) -> OsString {
    parts.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn the_command_line_names_disks_and_cables() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let lab = LabDir::at(Path::new("/s/lab"));
        let words = arguments(&lab, Path::new("/c/base.ext4"), topology.node("web2").unwrap());
        let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(&words[..3], ["mem=256M", "umid=web2", "uml_dir=/s/lab/run"]);
        assert!(words.contains(&"ubd0=/s/lab/nodes/web2/disk.cow,/c/base.ext4"));
        assert!(words.contains(&"vec1:transport=tap,ifname=web2.eth1,mac=02:4c:c6:33:64:70,depth=64,gro=1"));
    }
}
