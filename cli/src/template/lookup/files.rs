//! Files on the controller.

use std::{fs::File, io::Read, path::Path};

use minijinja::{Error, value::Value};

use super::{Call, failed, glob, python};

/// Largest file that is read.
const MAX: u64 = 16 << 20;

/// What is in files.
pub(super) fn file(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let flag =
        |name, default| Ok::<_, Error>(call.arguments.named(name)?.map_or(default, |flag: Value| flag.is_true()));
    let (lstrip, rstrip) = (flag("lstrip", false)?, flag("rstrip", true)?);
    let mut contents = Vec::new();
    for term in terms {
        let path = call.find("files", &python::text(term)?)?;
        let text = read(&path)?;
        let text = if lstrip { text.trim_start() } else { &text };
        contents.push(Value::from(if rstrip { text.trim_end() } else { text }));
    }
    Ok(contents)
}

pub(super) fn read(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX + 1).read_to_string(&mut text));
    read.map_err(|error| failed(format!("{} cannot be read: {error}", path.display())))?;
    if text.len() as u64 > MAX {
        return Err(failed(format!("{} is larger than {} MiB", path.display(), MAX >> 20)));
    }
    crate::source::note_file(path, text.as_bytes());
    Ok(text)
}

/// Files whose names match a pattern, in the first folder that has some.
pub(super) fn fileglob(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for term in terms {
        let pattern = python::text(term)?;
        if Path::new(&pattern).is_absolute() {
            found.extend(glob(Path::new(&pattern))?);
            continue;
        }
        for folder in call.folders("files") {
            let files = glob(&folder.join(&pattern))?;
            if !files.is_empty() {
                found.extend(files);
                break;
            }
        }
    }
    Ok(found.into_iter().map(Value::from).collect())
}
