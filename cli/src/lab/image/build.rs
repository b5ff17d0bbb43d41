//! Builds an image: mmdebstrap makes the root as a tar, then mkfs.ext4 makes a file system of it. Root builds it as
//! such; anybody else in a user namespace with the ids that /etc/subuid gives, since files of an image have owners.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use super::{recipe::Recipe, sources::Sources};
use crate::lab::{
    Error,
    namespace::is_root,
    paths::{self, remove_folder},
    progress::{Line, Progress},
    tool,
};

/// A slow mirror is given this long.
const PATIENCE: Duration = Duration::from_mins(30);

/// Turns `rootfs.tar` into `image.ext4`, with room for what nodes install. The kernel fills /dev itself (devtmpfs), and
/// nobody but real root may make device nodes.
const PACK: &str = "\
set -e
mkdir rootfs
tar -xf rootfs.tar -C rootfs --numeric-owner --exclude='./dev/*'
rm rootfs.tar
mkfs.ext4 -q -F -L lvsctl-lab -E lazy_itable_init=1,lazy_journal_init=1 -d rootfs image.ext4 2G
rm -rf rootfs
";

/// Builds an image and returns the file. The caller holds the lock on the folder.
pub(super) async fn build(
    folder: &Path,
    recipe: &Recipe,
    sources: &Sources,
    modules: &Path,
    kernel: &str,
    progress: &Progress,
) -> Result<PathBuf, Error> {
    let line = progress.line("image", 5);
    line.step(&format!("building a {} image with the modules of Linux {kernel}; once, about a minute", sources.suite));
    let work = folder.join("work");
    discard(&work).await?;
    paths::make_private(&work)?;
    let result = steps(&work, recipe, sources, modules, kernel, &line).await;
    match result {
        Ok(()) => {
            let built = folder.join("built.ext4");
            fs::rename(work.join("image.ext4"), &built).map_err(Error::io("write", &built))?;
            discard(&work).await?;
            line.done("built");
            Ok(built)
        }
        Err(error) => {
            line.failed("not built");
            Err(error)
        }
    }
}

async fn steps(
    work: &Path,
    recipe: &Recipe,
    sources: &Sources,
    modules: &Path,
    kernel: &str,
    line: &Line,
) -> Result<(), Error> {
    write_overlay(work, recipe, modules, kernel)?;
    paths::write(&work.join("sources.list"), &sources.list, 0o644)?;
    paths::write(&work.join("apt.conf"), &sources.options, 0o600)?;

    // -h: the modules are a symbolic link until here. Files are named one by one, since a folder would bring its mode.
    let mut tar = Command::new("tar");
    tar.args(["-chf", "overlay.tar", "--owner=0", "--group=0", "--numeric-owner", "-C", "overlay"]);
    tar.args(recipe.files().map(|file| file.path)).arg(format!("usr/lib/modules/{kernel}"));
    run(tar, work, line).await?;

    let mut bootstrap = Command::new("mmdebstrap");
    bootstrap.args(["--variant=minbase", "--skip=cleanup/apt/lists,cleanup/reproducible"]);
    bootstrap.arg(format!("--include={}", recipe.packages().collect::<Vec<_>>().join(",")));
    for path in ["doc/*", "man/*", "locale/*", "info/*"] {
        bootstrap.arg(format!("--dpkgopt=path-exclude=/usr/share/{path}"));
    }
    bootstrap.arg("--aptopt=apt.conf");
    bootstrap.arg("--customize-hook=tar-in overlay.tar /");
    let packages = recipe.repository.join(" ");
    bootstrap.arg(format!("--customize-hook=chroot \"$1\" env LAB_REPOSITORY='{packages}' sh /customize.sh"));
    bootstrap.args([&sources.suite, "rootfs.tar", "sources.list"]);
    run(bootstrap, work, line).await?;

    line.detail("making a file system of it");
    let mut pack = as_owner("sh");
    pack.args(["-c", PACK]);
    run(pack, work, line).await
}

/// The files that are copied into the image, in a folder.
fn write_overlay(work: &Path, recipe: &Recipe, modules: &Path, kernel: &str) -> Result<(), Error> {
    let overlay = work.join("overlay");
    for file in recipe.files() {
        let path = overlay.join(file.path);
        let parent = path.parent().expect("a file stands in a folder");
        fs::create_dir_all(parent).map_err(Error::io("make the folder", parent))?;
        paths::write(&path, file.content, file.mode)?;
    }
    let link = overlay.join("usr/lib/modules").join(kernel);
    let parent = link.parent().expect("a link stands in a folder");
    fs::create_dir_all(parent).map_err(Error::io("make the folder", parent))?;
    symlink(modules, &link).map_err(Error::io("link", &link))
}

/// A command that owns files of all users.
fn as_owner(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--map-auto", program]);
    command
}

/// Removes what an earlier build left that was killed; the files have many owners.
async fn discard(work: &Path) -> Result<(), Error> {
    if work.exists() && !is_root() {
        let mut remove = as_owner("rm");
        remove.arg("-rf").arg(work);
        tool::run(&mut remove, None, "remove what an earlier build left").await?;
    }
    remove_folder(work)
}

/// Runs a step; its output goes to `build.log`, and the last line of it to the display.
async fn run(mut command: Command, work: &Path, line: &Line) -> Result<(), Error> {
    let path = work.join("build.log");
    let program = tool::name(&command);
    let log = File::options().create(true).append(true).open(&path).map_err(Error::io("write", &path))?;
    let errors = log.try_clone().map_err(Error::io("write", &path))?;
    command.current_dir(work).stdin(Stdio::null()).stdout(log).stderr(errors).kill_on_drop(true);
    command.env("PATH", tool::path()).env("LC_ALL", "C.UTF-8");
    let mut child = command.spawn().map_err(|source| Error::Spawn { program: program.clone(), source })?;
    let what = "build the base image";
    let follow = async {
        loop {
            match timeout(Duration::from_millis(300), child.wait()).await {
                Ok(status) => return status,
                Err(_) => line.detail(&last_line(&path)),
            }
        }
    };
    let waited = timeout(PATIENCE, follow).await;
    let text = fs::read_to_string(&path).unwrap_or_default();
    match waited {
        Err(_) => Err(Error::TimedOut { what: what.into(), waited: PATIENCE, tail: tool::tail(&text, 10) }),
        Ok(Err(source)) => Err(Error::Spawn { program, source }),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(tool::failed(what, program, status, &text)),
    }
}

fn last_line(path: &Path) -> String {
    let Ok(file) = File::open(path) else { return String::new() };
    BufReader::new(file).lines().map_while(Result::ok).last().unwrap_or_default()
}
