//! Inventories in INI form: sections of hosts, of variables and of groups below a group.

mod line;
mod literal;
mod reader;
mod words;

pub(super) use reader::read;

/// The words of a line, as of a host's line, each with its place.
pub(super) fn words(line: &str) -> Result<Vec<(String, std::ops::Range<usize>)>, &'static str> {
    Ok(words::split(line)?.into_iter().map(|word| (word.text, word.range)).collect())
}
