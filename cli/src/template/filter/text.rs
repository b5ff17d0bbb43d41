//! Text.

use minijinja::{
    Error, filters,
    value::{Value, ValueKind},
};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry, printf,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.keep("upper", filters::upper);
    registry.keep("lower", filters::lower);
    registry.add(&[("capitalize", capitalize), ("title", title), ("trim", trim), ("replace", replace)]);
    registry.add(&[("string", string), ("split", split), ("quote", quote), ("format", format), ("pprint", pprint)]);
    registry.add(&[("escape", escape), ("e", escape), ("safe", string), ("wordcount", wordcount), ("lines", lines)]);
    registry.add(&[("striptags", striptags)]);
}

fn string(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    python::text(value).map(Value::from)
}

fn capitalize(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Ok((first + &characters.as_str().to_lowercase()).into())
}

/// Words begin after spaces, hyphens and opening brackets, as Jinja2 has it.
fn title(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let (mut text, mut begins) = (String::new(), true);
    for character in python::text(value)?.chars() {
        if begins {
            text.extend(character.to_uppercase());
        } else {
            text.extend(character.to_lowercase());
        }
        begins = character.is_whitespace() || matches!(character, '-' | '(' | '{' | '[' | '<');
    }
    Ok(text.into())
}

fn trim(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    Ok(match arguments.text("chars")? {
        Some(characters) => text.trim_matches(|character| characters.contains(character)).into(),
        None => text.trim().into(),
    })
}

fn replace(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (text, old) = (python::text(value)?, python::text(&arguments.required("old")?)?);
    let new = python::text(&arguments.required("new")?)?;
    Ok(match arguments.int("count")?.map(usize::try_from) {
        Some(Ok(count)) => text.replacen(&old, &new, count),
        _ => text.replace(&old, &new),
    }
    .into())
}

/// Python's `split`: by white space where nothing else is said.
fn split(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let separator = arguments.text("sep")?;
    let most = arguments.int("maxsplit")?.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let parts: Vec<Value> = match separator.as_deref() {
        Some("") => return Err(failed("the text to split at is empty")),
        Some(separator) => text.splitn(most.saturating_add(1), separator).map(Value::from).collect(),
        None => {
            let (mut parts, mut rest) = (Vec::new(), text.trim_start());
            while !rest.is_empty() {
                let end = rest.find(char::is_whitespace).filter(|_| parts.len() < most).unwrap_or(rest.len());
                parts.push(Value::from(if parts.len() < most { &rest[..end] } else { rest }));
                rest = rest[end..].trim_start();
            }
            parts
        }
    };
    Ok(parts.into())
}

/// As one word of a shell.
fn quote(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = if value.is_none() { String::new() } else { python::text(value)? };
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    Ok(if !text.is_empty() && text.chars().all(is_safe) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'")).into()
    })
}

fn format(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let named = arguments.all_named()?;
    let values = arguments.rest();
    let mapping = Value::from_pairs(named.iter().map(|(name, value)| (name.as_str(), value.clone())));
    printf::format(&python::text(value)?, &values, (!named.is_empty()).then_some(&mapping)).map(Value::from)
}

fn pprint(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    python::representation(value).map(Value::from)
}

fn escape(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?.replace('&', "&amp;").replace('>', "&gt;").replace('<', "&lt;");
    Ok(text.replace('\'', "&#39;").replace('"', "&#34;").into())
}

fn wordcount(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    Ok(text.split(|character| !is_word(character)).filter(|word| !word.is_empty()).count().into())
}

fn lines(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let text = if value.kind() == ValueKind::None { String::new() } else { python::text(value)? };
    Ok(text.lines().map(Value::from).collect::<Vec<_>>().into())
}

/// Text without what stands in `<>`, with single spaces.
fn striptags(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let (mut text, mut inside) = (String::new(), false);
    for character in python::text(value)?.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" ").into())
}
