//! The commands on a lab that is there.

use std::{ffi::OsString, os::unix::process::CommandExt, path::PathBuf};

use super::{
    Error,
    driver::Driver,
    lock::Lock,
    namespace::Namespace,
    paths::{LabDir, remove_folder},
    power, process,
    progress::{Progress, say},
    ssh,
    state::State,
    topology::{Nic, Node},
    uml::{Console, Uml, prepare_registers},
    up::TURN,
};

/// A lab that is there.
#[derive(Debug)]
pub(super) struct Lab {
    name: String,
    dir: LabDir,
}

impl Lab {
    /// A lab by its name; whether it is up shows when something is asked of it.
    pub(super) fn named(name: &str) -> Result<Self, Error> {
        Ok(Self { name: name.to_owned(), dir: LabDir::named(name)? })
    }

    /// Its folder.
    pub(super) fn dir(&self) -> &LabDir {
        &self.dir
    }

    /// What is recorded of it.
    pub(super) fn state(&self) -> Result<State, Error> {
        State::load(&self.dir)?.ok_or_else(|| Error::NoLab(self.name.clone()))
    }

    async fn lock(&self) -> Result<Lock, Error> {
        if !self.dir.path().exists() {
            return Err(Error::NoLab(self.name.clone()));
        }
        Lock::take(&self.dir.file("lock"), &format!("the lab `{}`", self.name), TURN).await
    }

    fn namespace(&self, state: &State) -> Result<Namespace, Error> {
        state.holder().map(Namespace::of).ok_or_else(|| Error::NoLab(self.name.clone()))
    }

    /// Ends every process of the lab, then removes its folder. Works on whatever a crash left.
    pub(super) async fn down(&self) -> Result<(), Error> {
        if !self.dir.path().exists() {
            // A folder that was removed by hand leaves its processes.
            if process::kill_marked(self.dir.path()) == 0 {
                say(&format!("the lab `{}` is not up", self.name));
            }
            return Ok(());
        }
        let lock = self.lock().await?;
        // A state that cannot be read hides nothing: processes are found by their mark.
        if let Ok(Some(state)) = State::load(&self.dir) {
            state.kernels.values().for_each(|kernel| kernel.kill());
            if let Some(holder) = state.holder {
                holder.kill();
            }
        }
        process::kill_marked(self.dir.path());
        let removed = remove_folder(self.dir.path());
        drop(lock);
        removed
    }

    /// A command on a node: its exit status.
    pub(super) fn ssh(&self, node: &str, words: &[OsString], interactive: bool) -> Result<i32, Error> {
        let state = self.state()?;
        let node = state.node(node)?;
        if state.kernel(&self.dir, &node.name).is_none() {
            return Err(Error::Off(node.name.clone()));
        }
        let mut command = if interactive {
            ssh::command(&self.dir, &[], &node.name, words)
        } else {
            let quoted: Vec<OsString> =
                words.iter().map(|word| ssh::quote_shell(&word.to_string_lossy()).into()).collect();
            ssh::command(&self.dir, &["-T", "-o", "BatchMode=yes"], &node.name, &quoted)
        };
        Err(Error::Spawn { program: "ssh".into(), source: command.exec() })
    }

    /// Reboots a node in good order and waits until it answers again; boots one that is off.
    pub(super) async fn reboot(&self, name: &str) -> Result<(), Error> {
        let _lock = self.lock().await?;
        let mut state = self.state()?;
        let node = state.node(name)?.clone();
        let namespace = self.namespace(&state)?;
        let driver = Uml::new(self.dir.clone(), state.images.clone(), namespace);
        let line = Progress::new().line(&node.name, node.name.len());
        let (kernel, console) = if let Some(kernel) = state.kernel(&self.dir, &node.name) {
            let console = Console::from_now(self.dir.console(&node.name));
            line.step("rebooting");
            driver.reboot(&node).await?;
            (kernel, console)
        } else {
            line.step("booting");
            prepare_registers().await?;
            let kernel = power::start(&driver, &self.dir, &node).await?;
            state.kernels.insert(node.name.clone(), kernel);
            state.save(&self.dir)?;
            (kernel, Console::whole(self.dir.console(&node.name)))
        };
        let waited = power::wait_until_ready(&self.dir, namespace, &node, kernel, Some(console), &line).await;
        match &waited {
            Ok(()) => line.done("ready"),
            Err(_) => line.failed("did not come up"),
        }
        waited
    }

    /// Pulls the plug of a node.
    pub(super) async fn power_off(&self, name: &str) -> Result<(), Error> {
        let _lock = self.lock().await?;
        let mut state = self.state()?;
        let node = state.node(name)?.clone();
        let namespace = self.namespace(&state)?;
        match state.kernel(&self.dir, &node.name) {
            Some(kernel) => Uml::new(self.dir.clone(), state.images.clone(), namespace).power_off(&node, kernel),
            None => say(&format!("{name} is off already")),
        }
        state.kernels.remove(&node.name);
        state.save(&self.dir)
    }

    /// Pulls a cable, or puts it back: `web1` is all of its NICs, `web1:eth0` is one.
    pub(super) async fn set_cable(&self, what: &str, plugged: bool) -> Result<(), Error> {
        let state = self.state()?;
        let namespace = self.namespace(&state)?;
        let (name, nic) = what.split_once(':').map_or((what, None), |(name, nic)| (name, Some(nic)));
        let node = state.node(name)?;
        for nic in nics(node, nic)? {
            namespace.set_cable(&node.tap(nic), nic, plugged).await?;
        }
        Ok(())
    }

    /// The boot log of a node.
    pub(super) fn console(&self, name: &str) -> Result<String, Error> {
        let state = self.state()?;
        Ok(Console::whole(self.dir.console(&state.node(name)?.name)).text())
    }

    /// Where its inventory is.
    pub(super) fn inventory(&self) -> Result<PathBuf, Error> {
        self.state().map(|_| self.dir.file(super::inventory::FILE))
    }
}

fn nics<'a>(node: &'a Node, wanted: Option<&str>) -> Result<Vec<&'a Nic>, Error> {
    let Some(wanted) = wanted else { return Ok(node.nics.iter().collect()) };
    let found: Vec<&Nic> = node.nics.iter().filter(|nic| nic.device == wanted || nic.network == wanted).collect();
    if found.is_empty() {
        let known = node.nics.iter().map(|nic| nic.device.clone()).collect();
        return Err(Error::NoNic { node: node.name.clone(), nic: wanted.to_owned(), known });
    }
    Ok(found)
}
