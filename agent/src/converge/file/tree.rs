//! Everything that is in a folder, for a change of owner and mode all the way down.

use std::{fs, io, path::Path};

use crate::{node::Attributes, wire::Failure};

/// Most entries that are looked at: they travel in a diff.
const MAX_ENTRIES: usize = 100_000;

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path as the node names it.
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) is_folder: bool,
    pub(super) is_link: bool,
}

/// What is in a folder and in those below it. Links are not followed.
pub(super) fn walk(path: &Path, name: &str) -> Result<Vec<Entry>, Failure> {
    let mut found = Vec::new();
    collect(path, name, &mut found).map_err(|error| Failure::new(format!("look into {name}"), error))?;
    Ok(found)
}

fn collect(path: &Path, name: &str, found: &mut Vec<Entry>) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if found.len() == MAX_ENTRIES {
            return Err(io::Error::other(format!("there are more than {MAX_ENTRIES} entries in it")));
        }
        let metadata = entry.metadata()?;
        let name = format!("{}/{}", name.trim_end_matches('/'), entry.file_name().to_string_lossy());
        found.push(Entry {
            name: name.clone(),
            attributes: Attributes::of(&metadata),
            is_folder: metadata.is_dir(),
            is_link: metadata.is_symlink(),
        });
        if metadata.is_dir() {
            collect(&entry.path(), &name, found)?;
        }
    }
    Ok(())
}
