//! The hosts that failed last time (`--retry FILE`): written down by apply, one a line, for its user alone.

use std::{
    collections::BTreeSet,
    env, fs, io,
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{self, Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::screen;
use crate::{
    inventory::Inventory,
    report::Recap,
    source::{Code, Diagnostic, Diagnostics, Source, did_you_mean},
};

/// The hosts in a file. Every line is a name; a pattern is none.
pub(super) fn read(file: &Path, inventory: &Inventory) -> Result<BTreeSet<String>, Diagnostics> {
    let source = Source::read(file)?;
    let (mut hosts, mut found) = (BTreeSet::new(), Vec::new());
    let names = source.text().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for name in names {
        if inventory.host(name).is_some() {
            hosts.insert(name.to_owned());
            continue;
        }
        let title = format!("{} names a host that the inventory does not have: `{}`", file.display(), shown(name));
        let mistake = Diagnostic::without_place(Code::BadPattern, title);
        let known = inventory.hosts.iter().map(|host| host.name.as_str());
        found.push(match did_you_mean(name, known) {
            Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
            None => mistake.hint("take the line out, or give the inventory of that run"),
        });
        if found.len() > 10 {
            break;
        }
    }
    Diagnostics::check(found)?;
    if hosts.is_empty() {
        let title = format!("{} names no host", file.display());
        return Err(Diagnostic::without_place(Code::BadPattern, title)
            .hint("nothing failed last time, or it is another file: apply says which one it writes")
            .into());
    }
    Ok(hosts)
}

/// Writes down which hosts did not come to the end, or that all did. What was done is done, also where that cannot be.
pub(super) fn write(recap: &Recap, playbook: Option<&Path>, inventory: &[PathBuf]) {
    let Some(file) = place(playbook, inventory) else { return };
    // Who took no part this time has not come to the end since.
    let old = fs::read_to_string(&file).unwrap_or_default();
    let took_part = |name: &str| recap.hosts.iter().any(|host| host.host == name);
    let others = old.lines().filter(|name| !took_part(name));
    let bad = recap.hosts.iter().filter(|host| host.failed > 0 || host.unreachable || !host.is_done());
    let names: Vec<&str> = others.chain(bad.map(|host| host.host.as_str())).collect();
    let result = if names.is_empty() { remove(&file) } else { replace(&file, &names) };
    match result {
        Ok(()) if names.is_empty() => {}
        Ok(()) => screen::say(&format!("for the hosts that did not come to the end: `--retry {}`", file.display())),
        Err(error) => screen::say(&format!("{} could not be written: {error}", file.display())),
    }
}

/// One file for each playbook and inventory, in the user's folder for what programs remember.
fn place(playbook: Option<&Path>, inventory: &[PathBuf]) -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".local/state")))?;
    let name = playbook.and_then(Path::file_stem).map_or("site".into(), |stem| stem.to_string_lossy().into_owned());
    let mut hash = Sha256::new();
    for path in playbook.into_iter().chain(inventory.iter().map(PathBuf::as_path)) {
        hash.update(path::absolute(path).unwrap_or_else(|_| path.to_owned()).as_os_str().as_encoded_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let digest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    Some(state.join("lvsctl/retry").join(format!("{name}-{digest:08x}")))
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn replace(file: &Path, names: &[&str]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // A temporary file is its owner's alone from the beginning.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    for name in names {
        writeln!(new, "{name}")?;
    }
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
