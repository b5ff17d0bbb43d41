//! `first_found`: the first file that is there.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{super::arguments::items, Call, failed, python};

/// Terms are names, lists of names, and mappings with `files`, `paths` and `skip`.
pub(super) fn first_found(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut search = Search { names: Vec::new(), skip: false };
    let list = |value: Option<Value>| value.map_or_else(|| Ok(Vec::new()), |value| texts(&value));
    let (files, paths) = (list(call.arguments.named("files")?)?, list(call.arguments.named("paths")?)?);
    search.skip = call.arguments.named("skip")?.is_some_and(|skip| skip.is_true());
    search.add_files(&files, &paths);
    for term in terms {
        search.add(term, &paths)?;
    }
    match search.names.iter().find_map(|name| call.find("", name).ok()) {
        Some(path) => Ok(vec![path.to_string_lossy().into_owned().into()]),
        None if search.skip => Ok(Vec::new()),
        None => Err(failed(format!("none of these files is there: {}", search.names.join(", ")))),
    }
}

struct Search {
    names: Vec<String>,
    skip: bool,
}

impl Search {
    fn add(&mut self, term: &Value, paths: &[String]) -> Result<(), Error> {
        match term.kind() {
            ValueKind::Map => {
                let get = |key: &str| term.get_attr(key).ok().filter(|value| !value.is_undefined());
                let list = |key: &str| get(key).map_or_else(|| Ok(Vec::new()), |value| texts(&value));
                self.skip |= get("skip").is_some_and(|skip| skip.is_true());
                self.add_files(&list("files")?, &list("paths")?);
            }
            ValueKind::String => self.add_files(&texts(term)?, paths),
            _ => {
                for term in items(term)? {
                    self.add(&term, paths)?;
                }
            }
        }
        Ok(())
    }

    fn add_files(&mut self, files: &[String], paths: &[String]) {
        if paths.is_empty() {
            self.names.extend_from_slice(files);
        }
        for path in paths {
            self.names.extend(files.iter().map(|file| format!("{path}/{file}")));
        }
    }
}

/// A list of texts, or texts with commas between them.
fn texts(value: &Value) -> Result<Vec<String>, Error> {
    let list = if value.as_str().is_some() { vec![value.clone()] } else { items(value)? };
    let mut texts = Vec::new();
    for item in list {
        texts.extend(python::text(&item)?.split([',', ';']).map(str::to_owned));
    }
    Ok(texts)
}
