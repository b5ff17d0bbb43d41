//! Processors with AMX need a little library in front of the kernel, which is compiled here; `xstate.c` says why.

use std::{fs, path::PathBuf};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::lab::{Error, paths, tool};

const SOURCE: &str = include_str!("xstate.c");

/// Whether this machine's processor has registers that UML does not know.
pub(crate) fn is_needed() -> bool {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    has_amx(&text)
}

/// The library, where one is needed.
pub(super) fn library() -> Result<Option<PathBuf>, Error> {
    if is_needed() { path().map(Some) } else { Ok(None) }
}

/// Compiles the library, where one is needed and is not there yet.
pub(crate) async fn prepare() -> Result<(), Error> {
    let Some(path) = library()? else { return Ok(()) };
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().expect("the library stands in a folder");
    paths::make_private(folder)?;
    let work = tempfile::tempdir_in(folder).map_err(Error::io("write in", folder))?;
    let (source, built) = (work.path().join("xstate.c"), work.path().join("xstate.so"));
    paths::write(&source, SOURCE, 0o600)?;
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&built).arg(&source).arg("-ldl");
    tool::run(&mut compiler, None, "compile a library for processors with AMX").await?;
    fs::rename(&built, &path).map_err(Error::io("write", path))
}

fn path() -> Result<PathBuf, Error> {
    let hash = tool::short_hash(Sha256::new_with_prefix(SOURCE));
    Ok(paths::cache()?.join(format!("uml-xstate-{hash}.so")))
}

fn has_amx(cpuinfo: &str) -> bool {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    flags.split_ascii_whitespace().any(|flag| flag == "amx_tile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amx_is_one_of_the_flags() {
        assert!(has_amx("processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile\n"));
        assert!(!has_amx("processor : 0\nflags\t\t: fpu avx512f\n"));
    }
}
