//! Kernel modules through modprobe(8), and their lines in modules-load.d(5).

use super::{Converge, On, line_file::LineFile};
use crate::{
    facts::kernel_release,
    process::Program,
    state::{KernelModule, Persist, Presence, Resource},
    wire::{Change, Failure, Side, Stream},
};

/// A kernel module as it is now.
#[derive(Debug)]
pub(crate) struct LiveModule {
    presence: Loaded,
    /// The file that loads it at boot, or should not, and whether it does.
    kept: Option<(LineFile, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loaded {
    No,
    Yes,
    BuiltIn,
}

impl Converge for On<'_, KernelModule> {
    type Live = LiveModule;

    fn query(&self) -> Result<LiveModule, Failure> {
        let name = &self.resource.name;
        let is_sound = (1..=64).contains(&name.len())
            && !name.starts_with('-')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if !is_sound {
            return Err(Failure::new("load a kernel module", format!("{name:?} is no name of one")));
        }
        let kept = match &self.resource.persist {
            None => None,
            Some(persist) => {
                let file = LineFile::read(self.node, persist.path())?;
                let is_kept = file.lines().any(|line| self.is_name(line));
                Some((file, is_kept))
            }
        };
        Ok(LiveModule { presence: self.presence(), kept })
    }

    fn diff(&self, live: &LiveModule) -> Vec<Change> {
        let subject = format!("module {}", self.resource.name);
        let mut changes = Vec::new();
        match (self.resource.state, live.presence) {
            (Presence::Present, Loaded::No) => changes.push(Change::add(&subject, Side::Present)),
            (Presence::Absent, Loaded::Yes | Loaded::BuiltIn) => changes.push(Change::remove(&subject, Side::Present)),
            _ => {}
        }
        if let Some((file, is_kept)) = &live.kept {
            let subject = format!("{subject} in {}", file.name);
            match (&self.resource.persist, is_kept) {
                (Some(Persist::In(_)), false) => changes.push(Change::add(subject, Side::Present)),
                (Some(Persist::NotIn(_)), true) => changes.push(Change::remove(subject, Side::Present)),
                _ => {}
            }
        }
        changes
    }

    fn apply(&self, live: &LiveModule, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let name = &self.resource.name;
        match (self.resource.state, live.presence) {
            (Presence::Present, Loaded::No) => self.modprobe(&["--", name], output).map_err(|failure| Failure {
                tried: format!("load the kernel module {name}"),
                hint: Some(self.hint()),
                ..failure
            })?,
            (Presence::Absent, Loaded::Yes) => self.modprobe(&["-r", "--", name], output)?,
            (Presence::Absent, Loaded::BuiltIn) => {
                return Err(Failure::new(format!("unload the kernel module {name}"), "it is built into the kernel"));
            }
            _ => {}
        }
        let about = |line: &str| self.is_name(line);
        match (&self.resource.persist, &live.kept) {
            (Some(Persist::In(_)), Some((file, false))) => file.set(self.node, about, name),
            (Some(Persist::NotIn(_)), Some((file, true))) => file.unset(self.node, about),
            _ => Ok(()),
        }
    }

    fn undo(&self, live: &LiveModule) -> Vec<Resource> {
        let persist = live.kept.as_ref().map(|(file, is_kept)| match is_kept {
            true => Persist::In(file.name.clone()),
            false => Persist::NotIn(file.name.clone()),
        });
        let state = if live.presence == Loaded::No { Presence::Absent } else { Presence::Present };
        vec![Resource::KernelModule(KernelModule { name: self.resource.name.clone(), state, persist })]
    }
}

impl On<'_, KernelModule> {
    /// Whether something uses it, so that it cannot be unloaded.
    pub(super) fn is_in_use(&self) -> bool {
        let refcnt = format!("/sys/module/{}/refcnt", normal(&self.resource.name));
        self.node.root.line(&refcnt).is_some_and(|count| count != "0")
    }

    fn presence(&self) -> Loaded {
        let root = &self.node.root;
        let name = normal(&self.resource.name);
        match root.line(&format!("/sys/module/{name}/initstate")) {
            Some(state) if state == "live" => return Loaded::Yes,
            Some(_) => return Loaded::No,
            // A built-in module with parameters has the folder, too, but no state.
            None if root.path(&format!("/sys/module/{name}")).is_dir() => return Loaded::BuiltIn,
            None => {}
        }
        let built_in = root.path(&format!("/lib/modules/{}/modules.builtin", kernel_release(root)));
        let is_built_in = std::fs::read_to_string(built_in).is_ok_and(|list| {
            list.lines()
                .filter_map(|line| line.rsplit('/').next()?.strip_suffix(".ko"))
                .any(|found| self.is_name(found))
        });
        if is_built_in { Loaded::BuiltIn } else { Loaded::No }
    }

    fn is_name(&self, found: &str) -> bool {
        normal(found) == normal(&self.resource.name)
    }

    fn modprobe(&self, arguments: &[&str], output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        Program::new(&self.node.root, std::iter::once("modprobe").chain(arguments.iter().copied()))
            .deadline(std::time::Duration::from_mins(1))
            .run(output)
            .map_err(|error| error.into_failure(format!("unload the kernel module {}", self.resource.name)))
    }

    fn hint(&self) -> String {
        let name = &self.resource.name;
        let kernel = kernel_release(&self.node.root);
        if normal(name).starts_with("ip_vs") {
            format!(
                "this node's kernel {kernel} has no {name}: it cannot be a director. Boot a kernel with IPVS (the \
                 distribution's full kernel; cloud and container kernels often leave it out)"
            )
        } else {
            format!("see whether the kernel {kernel} has it: `modinfo {name}`")
        }
    }
}

/// The kernel's own spelling: `-` and `_` are one.
fn normal(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        converge::test::{converge, shown},
        node::fake::FakeNode,
    };

    const FILE: &str = "/etc/modules-load.d/lvs.conf";

    fn module(name: &str) -> KernelModule {
        let persist = Some(Persist::In(FILE.to_owned()));
        KernelModule { name: name.to_owned(), state: Presence::Present, persist }
    }

    fn node() -> FakeNode {
        let fake = FakeNode::new();
        fake.write("/proc/sys/kernel/osrelease", "6.1.0\n");
        fake.program(
            "modprobe",
            r#"case "$1" in
            -r) rm -r "$ROOT/sys/module/$(echo "$3" | tr - _)" ;;
            *) mkdir -p "$ROOT/sys/module/$(echo "$2" | tr - _)"; echo live >"$ROOT/sys/module/$(echo "$2" | tr - _)/initstate" ;;
            esac"#,
        );
        fake
    }

    #[test]
    fn a_module_is_loaded_now_and_at_boot_and_can_be_taken_back() {
        let fake = node();
        let resource = module("ip-vs_wrr");
        let on = On { node: &fake.node, resource: &resource };
        let before = on.undo(&on.query().unwrap());
        assert_eq!(
            shown(&converge(&on).unwrap()),
            ["+ module ip-vs_wrr", "+ module ip-vs_wrr in /etc/modules-load.d/lvs.conf"]
        );
        assert_eq!(converge(&On { node: &fake.node, resource: &module("ip_vs_wrr") }).unwrap(), []);
        let [Resource::KernelModule(resource)] = before.as_slice() else { panic!("{before:?}") };
        converge(&On { node: &fake.node, resource }).unwrap();
        assert!(!fake.at(FILE).exists() && !fake.at("/sys/module/ip_vs_wrr").exists());
    }

    #[test]
    fn what_is_built_in_counts_as_loaded_and_cannot_be_unloaded() {
        let fake = node();
        fake.write("/lib/modules/6.1.0/modules.builtin", "kernel/net/ipv4/ip-vs.ko\n");
        let resource = KernelModule { persist: None, ..module("ip_vs") };
        assert_eq!(converge(&On { node: &fake.node, resource: &resource }).unwrap(), []);
        let resource = KernelModule { state: Presence::Absent, ..resource };
        assert_eq!(
            converge(&On { node: &fake.node, resource: &resource }).unwrap_err().came_back,
            "it is built into the kernel"
        );
    }

    #[test]
    fn a_kernel_without_ipvs_is_called_so() {
        let fake = node();
        fake.program("modprobe", "echo 'modprobe: FATAL: Module ip_vs not found' >&2; exit 1");
        let failure = converge(&On { node: &fake.node, resource: &module("ip_vs") }).unwrap_err();
        assert_eq!(failure.tried, "load the kernel module ip_vs");
        assert_eq!(failure.came_back, "exit status 1\nmodprobe: FATAL: Module ip_vs not found");
        assert!(failure.hint.unwrap().contains("cannot be a director"));
    }

    #[test]
    fn a_name_cannot_be_an_option_or_a_path() {
        let fake = node();
        for name in ["", "-r", "../x", "a b"] {
            assert!(On { node: &fake.node, resource: &module(name) }.query().is_err(), "{name:?}");
        }
    }
}
