//! Where images are kept. An image never changes, since disks lie over it; a refreshed one gets a name of its own, and the
//! old one goes when no lab has it any more.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    build::build,
    recipe::{Recipe, Target},
    sources::Sources,
};
use crate::lab::{
    Error,
    lock::Lock,
    paths::{self, LabDir},
    progress::Progress,
    require,
    state::State,
    topology::Family,
    uml,
};

/// How long to wait for another process that builds the same image.
const PATIENCE: Duration = Duration::from_mins(15);

/// How long an image of another recipe is kept that no lab lies over.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The folder of images.
#[derive(Debug)]
struct Store {
    folder: PathBuf,
}

/// The image of a family's recipe as it is now, built if need be; with `refresh`, built in any case.
pub(crate) async fn current(family: Family, progress: &Progress, refresh: bool) -> Result<PathBuf, Error> {
    let store = Store { folder: paths::cache()?.join("images") };
    let sources = Sources::of_this_machine().await?;
    let (modules, kernel) =
        uml::modules().ok_or_else(|| Error::Missing(vec!["the kernel's modules (package user-mode-linux)".into()]))?;
    let target = Target { suite: &sources.suite, architecture: &sources.architecture, kernel: &kernel };
    let recipe = Recipe::of(family);
    let key = recipe.key(&target);
    if let Some(image) = store.newest(&key).filter(|_| !refresh) {
        return Ok(image);
    }

    require::to_build()?;
    let _lock = Lock::take(&store.folder.join("lock"), "the base image", PATIENCE).await?;
    // Another process may have built it while this one waited.
    if let Some(image) = store.newest(&key).filter(|_| !refresh) {
        return Ok(image);
    }
    store.prune(&key);
    let built = build(&store.folder, recipe, &sources, &modules, &kernel, progress).await?;
    let stamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let image = store.folder.join(format!("{key}-{stamp}.ext4"));
    fs::rename(&built, &image).map_err(Error::io("write", &image))?;
    store.prune(&key);
    Ok(image)
}

impl Store {
    /// The newest image of a recipe.
    fn newest(&self, key: &str) -> Option<PathBuf> {
        self.images()
            .into_iter()
            .filter(|(name, _)| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('-')))
            .max()
            .map(|(_, path)| path)
    }

    fn images(&self) -> Vec<(String, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
        named.filter(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "ext4")).collect()
    }

    /// Removes images that no lab lies over: older ones of this recipe, and those of other recipes after a while, since
    /// several versions of lvsctl may be in use.
    fn prune(&self, key: &str) {
        let (newest, used) = (self.newest(key), used());
        for (name, path) in self.images() {
            let superseded = name.starts_with(key) || age(&path) > KEPT;
            if superseded && Some(&path) != newest.as_ref() && !used.contains(&path) {
                // It only takes room.
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn age(path: &Path) -> Duration {
    let made = fs::metadata(path).and_then(|metadata| metadata.modified());
    made.ok().and_then(|made| made.elapsed().ok()).unwrap_or_default()
}

fn used() -> Vec<PathBuf> {
    let labs = paths::labs().and_then(|labs| fs::read_dir(&labs).map_err(Error::io("read", labs)));
    let states =
        labs.into_iter().flatten().flatten().map(|entry: fs::DirEntry| State::load(&LabDir::at(&entry.path())));
    states.filter_map(|state| state.ok()?).flat_map(|state| state.images.into_values()).collect()
}
