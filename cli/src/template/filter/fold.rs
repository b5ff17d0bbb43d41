//! Text in lines of some width.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("center", center), ("indent", indent), ("truncate", truncate), ("wordwrap", wordwrap)]);
}

fn width(number: Option<i64>, default: usize) -> Result<usize, Error> {
    let width = number.map_or(Ok(default), usize::try_from).ok().filter(|width| *width <= 100_000);
    width.ok_or_else(|| failed("that is no width"))
}

/// Python puts the odd space to the left where the width is odd.
pub(in crate::template) fn centred(text: &str, width: usize, fill: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let left = missing / 2 + (missing & width & 1);
    let pad = |count| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", pad(left), pad(missing - left))
}

fn center(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let width = width(arguments.int("width")?, 80)?;
    Ok(centred(&python::text(value)?, width, ' ').into())
}

/// Lines after the first one are indented; empty ones and the first one where that is asked for.
fn indent(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let by = match arguments.value("width")? {
        Some(text) if text.as_str().is_some() => text.as_str().unwrap_or_default().to_owned(),
        number => " ".repeat(width(number.and_then(|number| number.as_i64()), 4)?),
    };
    let (first, blank) = (arguments.flag("first")?, arguments.flag("blank")?);
    let text = python::text(value)?;
    let line = |(index, line): (usize, &str)| match index {
        0 if !first => line.to_owned(),
        0 => format!("{by}{line}"),
        _ if line.is_empty() && !blank => String::new(),
        _ => format!("{by}{line}"),
    };
    Ok(text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n").into())
}

fn truncate(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let length = width(arguments.int("length")?, 255)?;
    let cut_words = arguments.flag("killwords")?;
    let end = arguments.text("end")?.unwrap_or_else(|| "...".to_owned());
    let leeway = width(arguments.int("leeway")?, 5)?;
    let text: Vec<char> = python::text(value)?.chars().collect();
    if text.len() <= length + leeway {
        return Ok(text.iter().collect::<String>().into());
    }
    let kept: String = text.iter().take(length.saturating_sub(end.chars().count())).collect();
    let kept = if cut_words { &kept } else { kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept) };
    Ok(format!("{kept}{end}").into())
}

fn wordwrap(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let width = width(arguments.int("width")?, 79)?.max(1);
    let cut_long = arguments.value("break_long_words")?.is_none_or(|cut| cut.is_true());
    let separator = arguments.text("wrapstring")?.unwrap_or_else(|| "\n".to_owned());
    let mut lines: Vec<String> = Vec::new();
    for line in python::text(value)?.lines() {
        let mut current = String::new();
        for word in line.split(' ') {
            let mut word = word.to_owned();
            while cut_long && word.chars().count() > width {
                if !current.is_empty() {
                    lines.push(std::mem::take(&mut current));
                }
                let at = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
                lines.push(word[..at].to_owned());
                word.drain(..at);
            }
            let is_full = current.chars().count() + 1 + word.chars().count() > width;
            if current.is_empty() {
                current = word;
            } else if is_full {
                lines.push(std::mem::replace(&mut current, word));
            } else {
                current = format!("{current} {word}");
            }
        }
        lines.push(current);
    }
    Ok(lines.join(&separator).into())
}
