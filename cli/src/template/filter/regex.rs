//! Regular expressions.

use fancy_regex::Captures;
use minijinja::{
    Error,
    value::{Tuple, Value},
};

use super::{
    super::{
        arguments::{Arguments, failed},
        pattern::{Flags, compile, gave_up},
        python,
    },
    Registry,
};

/// Most matches that are taken of one text.
const MAX: usize = 1_000_000;

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("regex_replace", replace), ("regex_search", search), ("regex_findall", findall)]);
    registry.add(&[("regex_escape", escape)]);
}

/// Every match as Python finds them: an empty one may follow another at once, but not an empty one.
fn matches<'t>(regex: &fancy_regex::Regex, text: &'t str, most: usize) -> Result<Vec<Captures<'t>>, Error> {
    let (mut found, mut at, mut last_empty): (Vec<Captures<'t>>, usize, Option<usize>) = (Vec::new(), 0, None);
    while found.len() < most && at <= text.len() {
        let Some(captures) = regex.captures_from_pos(text, at).map_err(gave_up)? else { break };
        let range = captures.get(0).map_or(at..at, |whole| whole.range());
        if range.is_empty() && last_empty == Some(range.start) {
            at = range.start + text[range.start..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        last_empty = range.is_empty().then_some(range.start);
        if range.is_empty() {
            at = range.start + text[range.start..].chars().next().map_or(1, char::len_utf8);
        } else {
            at = range.end;
        }
        found.push(captures);
        if found.len() > MAX {
            return Err(failed("there are too many matches"));
        }
    }
    Ok(found)
}

fn replace(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let pattern = arguments.text("pattern")?.unwrap_or_default();
    let replacement = arguments.text("replacement")?.unwrap_or_default();
    let (ignore_case, multiline) = (arguments.flag("ignorecase")?, arguments.flag("multiline")?);
    let count = arguments.int("count")?.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
    let mandatory = arguments.int("mandatory_count")?.unwrap_or(0);
    let regex = compile(&pattern, Flags { ignore_case, multiline })?;
    let parts = parts(&replacement, &regex)?;
    let found = matches(&regex, &text, count.unwrap_or(usize::MAX))?;
    if mandatory != 0 && i64::try_from(found.len()).ok() != Some(mandatory) {
        return Err(failed(format!("the pattern should match {mandatory} times, and matches {} times", found.len())));
    }
    let (mut out, mut at) = (String::new(), 0);
    for captures in &found {
        let range = captures.get(0).map_or(at..at, |whole| whole.range());
        out.push_str(&text[at..range.start]);
        for part in &parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => out.push_str(captures.get(*group).map_or("", |group| group.as_str())),
            }
        }
        at = range.end;
    }
    Ok((out + &text[at..]).into())
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

/// `\1`, `\g<1>`, `\g<name>` and Python's escapes.
fn parts(replacement: &str, regex: &fancy_regex::Regex) -> Result<Vec<Part>, Error> {
    let group =
        |name: &str| group_number(name, regex).ok_or_else(|| failed(format!("the pattern has no group `{name}`")));
    let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), replacement);
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(next) = rest.chars().next() else { return Err(failed("the replacement ends with a backslash")) };
        let name = match next {
            'g' => {
                let name = rest[1..].strip_prefix('<').and_then(|name| name.split_once('>')).map(|(name, _)| name);
                name.ok_or_else(|| failed("`\\g` needs a group: `\\g<1>`"))?
            }
            '1'..='9' => &rest[..rest.bytes().take(2).take_while(u8::is_ascii_digit).count()],
            _ => "",
        };
        if name.is_empty() {
            text.push_str(match next {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                'a' => "\x07",
                'b' => "\x08",
                'f' => "\x0c",
                'v' => "\x0b",
                '\\' => "\\",
                '0' => "\0",
                _ if next.is_ascii_alphabetic() => return Err(failed(format!("`\\{next}` is no escape"))),
                _ => rest.get(..0).map_or("", |_| "\\"),
            });
            if !next.is_ascii_alphanumeric() && next != '\\' {
                text.push(next);
            }
            rest = &rest[next.len_utf8()..];
        } else {
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(Part::Group(group(name)?));
            rest = &rest[name.len() + if next == 'g' { 3 } else { 0 }..];
        }
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn group_number(name: &str, regex: &fancy_regex::Regex) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < regex.captures_len()),
        Err(_) => regex.capture_names().position(|known| known == Some(name)),
    }
}

fn search(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let pattern = python::text(&arguments.required("regex")?)?;
    let groups = arguments.rest().iter().map(python::text).collect::<Result<Vec<_>, _>>()?;
    let regex = compile(&pattern, Flags::named(arguments)?)?;
    let mut numbers = Vec::new();
    for group in &groups {
        let name = group.strip_prefix("\\g<").and_then(|name| name.strip_suffix('>'));
        let name = name.or_else(|| group.strip_prefix('\\').filter(|name| name.parse::<u16>().is_ok()));
        let name = name.ok_or_else(|| failed("a group is asked for as `\\\\1` or `\\\\g<name>`"))?;
        let number = group_number(name, &regex).ok_or_else(|| failed(format!("the pattern has no group `{name}`")))?;
        numbers.push(number);
    }
    let Some(captures) = regex.captures(&text).map_err(gave_up)? else { return Ok(Value::from(())) };
    let group = |number| captures.get(number).map_or_else(|| Value::from(()), |group| Value::from(group.as_str()));
    Ok(if numbers.is_empty() { group(0) } else { numbers.into_iter().map(group).collect::<Vec<_>>().into() })
}

fn findall(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let text = python::text(value)?;
    let pattern = python::text(&arguments.required("regex")?)?;
    let (multiline, ignore_case) = (arguments.flag("multiline")?, arguments.flag("ignorecase")?);
    let regex = compile(&pattern, Flags { ignore_case, multiline })?;
    let group = |captures: &Captures<'_>, number| Value::from(captures.get(number).map_or("", |group| group.as_str()));
    let item = |captures: &Captures<'_>| match regex.captures_len() {
        1 => group(captures, 0),
        2 => group(captures, 1),
        count => Value::from(Tuple::from((1..count).map(|number| group(captures, number)).collect::<Vec<_>>())),
    };
    Ok(matches(&regex, &text, usize::MAX)?.iter().map(item).collect::<Vec<_>>().into())
}

fn escape(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let special = match arguments.text("re_type")?.as_deref() {
        None | Some("python") => "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c",
        Some("posix_basic") => "].[^$*\\",
        Some(_) => return Err(failed("the type is `python` or `posix_basic`")),
    };
    let mut out = String::new();
    for character in python::text(value)?.chars() {
        if special.contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    Ok(out.into())
}
