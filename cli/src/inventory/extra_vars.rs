//! Variables on the command line: `-e name=value`, `-e '{"name": 1}'`, `-e @file.yml`.

use std::path::Path;

use super::{Vars, ini, sources};
use crate::{
    source::{Code, Diagnostic, Diagnostics, Source, Span},
    vault,
    yaml::{Node, Value},
};

/// The variables of all options; later ones win.
pub fn extra_vars(options: &[String]) -> Result<Vars, Diagnostics> {
    let mut vars = Vars::new();
    let mut found = Vec::new();
    for option in options {
        match read(option) {
            Ok(more) => vars.extend(more),
            Err(mistake) => found.push(mistake),
        }
    }
    Diagnostics::check(found).map(|()| vars)
}

fn read(option: &str) -> Result<Vars, Diagnostic> {
    let option = option.trim();
    if let Some(file) = option.strip_prefix('@') {
        return mapping(&sources::document(&vault::read(Path::new(file))?, &mut Vec::new())?);
    }
    let source = Source::new("the command line (--extra-vars)", option);
    if option.starts_with(['{', '[']) {
        return mapping(&sources::document(&source, &mut Vec::new())?);
    }
    let mistake = |what: String| {
        Diagnostic::new(Code::WrongValue, what, &Span::new(&source, 0..option.len()), "")
            .hint("write `-e name=value`, `-e '{\"name\": 1}'` or `-e @file.yml`")
    };
    let words = ini::words(option).map_err(|why| mistake(why.to_owned()))?;
    let var = |(word, range): (String, std::ops::Range<usize>)| {
        let (name, text) = word.split_once('=').ok_or_else(|| mistake(format!("`{word}` is no variable")))?;
        let value = Value::String(text.to_owned());
        Ok((name.to_owned(), Node { value, span: Span::new(&source, range) }))
    };
    words.into_iter().map(var).collect()
}

fn mapping(node: &Node) -> Result<Vars, Diagnostic> {
    match &node.value {
        Value::Null => Ok(Vars::new()),
        Value::Map(map) => Ok(map.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect()),
        _ => Err(node.wrong_type("a mapping of variables").hint("write each variable as `name: value`")),
    }
}
