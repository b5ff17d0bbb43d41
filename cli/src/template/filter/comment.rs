//! `comment`: text as a comment of a configuration file.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("comment", comment)]);
}

/// Beginning, decoration and end of each style.
const STYLES: &[(&str, [&str; 3])] = &[
    ("plain", ["", "# ", ""]),
    ("erlang", ["", "% ", ""]),
    ("c", ["", "// ", ""]),
    ("cblock", ["/*", " * ", " */"]),
    ("xml", ["<!--", " - ", "-->"]),
];

fn comment(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let style = arguments.text("style")?.unwrap_or_else(|| "plain".to_owned());
    let Some((_, [beginning, decoration, end])) = STYLES.iter().find(|(name, _)| *name == style) else {
        let names: Vec<_> = STYLES.iter().map(|(name, _)| *name).collect();
        return Err(failed(format!("a comment is one of {}", names.join(", "))));
    };
    let named = |name: &str, default: &str| match arguments.named(name)? {
        Some(value) => python::text(&value),
        None => Ok(default.to_owned()),
    };
    let count = |name: &str| match arguments.named(name)? {
        Some(value) => {
            value.as_usize().filter(|count| *count < 1_000).ok_or_else(|| failed(format!("`{name}` is a number")))
        }
        None => Ok(1),
    };
    let newline = named("newline", "\n")?;
    let (beginning, end) = (named("beginning", beginning)?, named("end", end)?);
    let decoration = named("decoration", decoration)?;
    let prefix = named("prefix", decoration.trim_end())?;
    let postfix = named("postfix", decoration.trim_end())?;
    let (prefix_count, postfix_count) = (count("prefix_count")?, count("postfix_count")?);

    let mut out = String::new();
    if !beginning.is_empty() {
        out.push_str(&(beginning + &newline));
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { newline.clone() } else { prefix + &newline };
        out.push_str(&line.repeat(prefix_count));
    }
    let text = python::text(value)?.replace(&newline, &format!("{newline}{decoration}"));
    let text = format!("{decoration}{text}");
    // No spaces at the end of a line that has only the decoration.
    out.push_str(&text.replace(&format!("{decoration}{newline}"), &format!("{}{newline}", decoration.trim_end())));
    out.push_str(&format!("{newline}{postfix}").repeat(postfix_count));
    if !end.is_empty() {
        out.push_str(&(newline + &end));
    }
    Ok(out.into())
}
