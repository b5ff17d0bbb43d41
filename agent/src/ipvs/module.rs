//! Whether the kernel has IPVS, found out without making it load anything: a question must not change the node.

use std::{fs, path::Path};

use rustix::system::uname;

/// Whether the kernel has IPVS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Module {
    /// It is loaded or built in.
    Loaded,
    /// It can be loaded; as long as it is not, there are no services.
    Loadable,
    /// There is none for this kernel.
    Missing,
}

impl Module {
    /// Looks for the module `ip_vs`.
    pub(super) fn find() -> Self {
        let release = uname();
        let release = release.release().to_string_lossy();
        Self::find_below(Path::new("/sys/module"), &Path::new("/lib/modules").join(&*release))
    }

    fn find_below(loaded: &Path, installed: &Path) -> Self {
        // Without /sys there is no telling, and the kernel must be asked.
        if !loaded.is_dir() || loaded.join("ip_vs").is_dir() {
            return Self::Loaded;
        }
        let is_listed = fs::read_to_string(installed.join("modules.dep"))
            .is_ok_and(|list| list.lines().any(|line| line.split(':').next().is_some_and(is_ip_vs)));
        if is_listed { Self::Loadable } else { Self::Missing }
    }
}

/// `kernel/net/netfilter/ipvs/ip_vs.ko`, packed or not.
fn is_ip_vs(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name == "ip_vs.ko" || name.starts_with("ip_vs.ko."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_loaded_loadable_or_missing() {
        let folder = tempfile::tempdir().unwrap();
        let (loaded, installed) = (folder.path().join("sys"), folder.path().join("lib"));
        assert_eq!(Module::find_below(&loaded, &installed), Module::Loaded, "nobody can tell");
        fs::create_dir_all(&loaded).unwrap();
        fs::create_dir_all(&installed).unwrap();
        assert_eq!(Module::find_below(&loaded, &installed), Module::Missing);
        fs::write(installed.join("modules.dep"), "kernel/a/ip_vs_rr.ko: kernel/a/ip_vs.ko\n").unwrap();
        assert_eq!(Module::find_below(&loaded, &installed), Module::Missing);
        fs::write(installed.join("modules.dep"), "kernel/a/ip_vs.ko.xz: kernel/b/c.ko.xz\n").unwrap();
        assert_eq!(Module::find_below(&loaded, &installed), Module::Loadable);
        fs::create_dir(loaded.join("ip_vs")).unwrap();
        assert_eq!(Module::find_below(&loaded, &installed), Module::Loaded);
    }
}
