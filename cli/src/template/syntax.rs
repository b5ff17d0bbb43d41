//! How a template is marked: its delimiters and what becomes of white space, as the line `#jinja2:` changes it.

use std::ops::Range;

use minijinja::syntax::SyntaxConfig;

/// How Ansible begins a line that changes the syntax of a file.
const HEADER: &str = "#jinja2:";

/// Delimiters and white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// Around statements.
    pub(crate) block: (String, String),
    /// Around expressions.
    pub(crate) variable: (String, String),
    /// Around comments.
    pub(crate) comment: (String, String),
    /// The line end behind a statement goes.
    pub(crate) trim_blocks: bool,
    /// So does the space before it in its line.
    pub(crate) lstrip_blocks: bool,
    /// What a line ends with in the result.
    pub(crate) newline: String,
    /// A line end at the end of an included file stays.
    pub(super) keep_trailing_newline: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        let pair = |start: &str, end: &str| (start.to_owned(), end.to_owned());
        Self {
            block: pair("{%", "%}"),
            variable: pair("{{", "}}"),
            comment: pair("{#", "#}"),
            trim_blocks: true,
            lstrip_blocks: false,
            newline: "\n".to_owned(),
            keep_trailing_newline: false,
        }
    }
}

/// A header that cannot be read: what is wrong, and where.
pub(super) struct BadHeader {
    pub(super) why: String,
    pub(super) range: Range<usize>,
}

impl Syntax {
    /// The syntax of a file that is marked so where it says nothing else, and where its template begins.
    pub(super) fn of(&self, text: &str) -> Result<(Self, usize), BadHeader> {
        let mut syntax = self.clone();
        let Some(rest) = text.strip_prefix(HEADER) else { return Ok((syntax, 0)) };
        let whole = 0..text.find('\n').unwrap_or(text.len());
        let Some(end) = rest.find('\n') else {
            return Err(BadHeader { why: format!("a line break is missing after `{HEADER}`"), range: whole });
        };
        for part in rest[..end].split(',') {
            syntax.set(part).map_err(|why| BadHeader { why, range: whole.clone() })?;
        }
        Ok((syntax, HEADER.len() + end + 1))
    }

    fn set(&mut self, part: &str) -> Result<(), String> {
        let Some((key, value)) = part.split_once(':') else { return Err(format!("`{}` has no `:`", part.trim())) };
        let (key, value) = (key.trim(), value.trim());
        let flag = || match value {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(format!("`{key}` is `True` or `False`")),
        };
        let text = || {
            let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
            let inside = quote.and_then(|quote| value[1..].strip_suffix(quote)).filter(|text| !text.is_empty());
            let inside = inside.ok_or_else(|| format!("`{key}` is text in quotes"))?;
            Ok::<_, String>(inside.replace("\\r", "\r").replace("\\n", "\n"))
        };
        match key {
            "trim_blocks" => self.trim_blocks = flag()?,
            "lstrip_blocks" => self.lstrip_blocks = flag()?,
            "keep_trailing_newline" => self.keep_trailing_newline = flag()?,
            "newline_sequence" => self.newline = text()?,
            "variable_start_string" => self.variable.0 = text()?,
            "variable_end_string" => self.variable.1 = text()?,
            "block_start_string" => self.block.0 = text()?,
            "block_end_string" => self.block.1 = text()?,
            "comment_start_string" => self.comment.0 = text()?,
            "comment_end_string" => self.comment.1 = text()?,
            "line_statement_prefix" | "line_comment_prefix" => {
                return Err(format!("`{key}` is not supported"));
            }
            _ => return Err(format!("`{key}` cannot be set there")),
        }
        Ok(())
    }

    /// For the engine. `None` where the delimiters are not told apart.
    pub(super) fn config(&self) -> Option<SyntaxConfig> {
        let pair = |(start, end): &(String, String)| (start.clone(), end.clone());
        let ((block, block_end), (variable, variable_end), (comment, comment_end)) =
            (pair(&self.block), pair(&self.variable), pair(&self.comment));
        let mut builder = SyntaxConfig::builder();
        builder.block_delimiters(block, block_end);
        builder.variable_delimiters(variable, variable_end);
        builder.comment_delimiters(comment, comment_end);
        builder.trim_blocks(self.trim_blocks).lstrip_blocks(self.lstrip_blocks).keep_trailing_newline(true);
        builder.build().ok()
    }
}
