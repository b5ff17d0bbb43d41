//! Paths, as Python's `os.path` has them: texts, of which most need not be there.

use std::{env, path::Path};

use minijinja::{
    Error,
    value::{Tuple, Value},
};

use super::{
    super::{
        arguments::{Arguments, failed, items},
        python,
    },
    Registry,
    list::is_list,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("basename", basename), ("dirname", dirname), ("splitext", splitext), ("path_join", path_join)]);
    registry.add(&[("normpath", normpath), ("relpath", relpath), ("commonpath", commonpath), ("realpath", realpath)]);
    registry.add(&[("expanduser", expanduser), ("expandvars", expandvars), ("fileglob", fileglob)]);
}

fn basename(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    Ok(python::text(value)?.rsplit('/').next().unwrap_or_default().into())
}

fn dirname(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let head = &text[..text.rfind('/').map_or(0, |at| at + 1)];
    let trimmed = head.trim_end_matches('/');
    Ok(if trimmed.is_empty() { head } else { trimmed }.into())
}

fn splitext(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let name = text.rfind('/').map_or(0, |at| at + 1);
    // Dots at the beginning of a name begin no extension.
    let first = name + text[name..].find(|c| c != '.').unwrap_or(text.len() - name);
    let at = text[first..].rfind('.').map_or(text.len(), |at| first + at);
    Ok(Value::from(Tuple::from([Value::from(&text[..at]), Value::from(&text[at..])])))
}

fn path_join(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let parts = if is_list(value) { items(value)? } else { vec![value.clone()] };
    let mut path = String::new();
    for (index, part) in parts.iter().enumerate() {
        let part = python::text(part)?;
        if index == 0 || part.starts_with('/') {
            path = part;
        } else {
            if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&part);
        }
    }
    Ok(path.into())
}

fn normal(path: &str) -> String {
    let slashes = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part != ".." || (slashes.is_empty() && parts.last().is_none_or(|last| *last == "..")) {
            parts.push(part);
        } else {
            parts.pop();
        }
    }
    let path = format!("{slashes}{}", parts.join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}

fn normpath(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    Ok(normal(&python::text(value)?).into())
}

fn absolute(path: &str) -> Result<String, Error> {
    let here = env::current_dir().map_err(|_| failed("the current folder is gone"))?;
    Ok(normal(&if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", here.display()) }))
}

fn relpath(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let start = arguments.text("start")?.unwrap_or_else(|| ".".to_owned());
    let (path, start) = (absolute(&python::text(value)?)?, absolute(&start)?);
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path, start) = (parts(&path), parts(&start));
    let same = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", start.len() - same);
    let relative = up.chain(path[same..].iter().map(String::as_str)).collect::<Vec<_>>().join("/");
    Ok(if relative.is_empty() { ".".into() } else { relative.into() })
}

fn commonpath(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let paths = items(value)?.iter().map(python::text).collect::<Result<Vec<_>, _>>()?;
    let first = paths.first().ok_or_else(|| failed("there are no paths"))?;
    if paths.iter().any(|path| path.starts_with('/') != first.starts_with('/')) {
        return Err(failed("some of the paths are absolute and some are not"));
    }
    let parts =
        |path: &str| path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect::<Vec<_>>();
    let mut common = parts(first);
    for path in &paths {
        let same = parts(path).iter().zip(&common).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    let root = if first.starts_with('/') { "/" } else { "" };
    Ok(format!("{root}{}", common.join("/")).into())
}

/// With links followed, as far as the path is there.
fn realpath(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let path = absolute(&python::text(value)?)?;
    let mut there = Path::new(&path);
    loop {
        if let Ok(real) = there.canonicalize() {
            let rest = Path::new(&path).strip_prefix(there).unwrap_or(Path::new(""));
            let joined = if rest.as_os_str().is_empty() { real } else { real.join(rest) };
            return Ok(joined.to_string_lossy().into_owned().into());
        }
        match there.parent() {
            Some(parent) => there = parent,
            None => return Ok(path.into()),
        }
    }
}

fn expanduser(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let rest = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    Ok(match (rest, env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{}{rest}", home.trim_end_matches('/')).into(),
        _ => text.into(),
    })
}

/// `$NAME` and `${NAME}` of the controller's environment; unknown ones stay.
fn expandvars(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, length) = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => (&after[..end], end),
        };
        match env::var(name).ok().filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[at..=at + length]),
        }
        rest = &after[length..];
    }
    Ok((out + rest).into())
}

fn fileglob(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let found = crate::template::lookup::glob(Path::new(&python::text(value)?))?;
    Ok(found.into_iter().map(Value::from).collect::<Vec<_>>().into())
}
