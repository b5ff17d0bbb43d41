//! A template's mistake, told with its place and without the values of variables, which may be secret.

use std::{error::Error, fmt, ops::Range};

use minijinja::ErrorKind;

use super::{
    Context,
    engine::PRINTED,
    filter,
    marker::Undefined,
    place::Place,
    rewrite::{CHAIN_END, original_name},
    test,
};
use crate::source::{Code, Diagnostic, Span, did_you_mean};

/// What failed is a variable that the template uses, and that is already reported.
#[derive(Debug)]
pub(crate) struct Reported;

impl Reported {
    /// As an error of a template.
    pub(crate) fn into_error(self) -> minijinja::Error {
        minijinja::Error::new(ErrorKind::InvalidOperation, "a variable cannot be rendered").with_source(self)
    }

    /// A mistake in another template, that is looked up.
    pub(super) fn in_another(diagnostic: Diagnostic) -> minijinja::Error {
        minijinja::Error::new(ErrorKind::InvalidOperation, "a template that is looked up fails")
            .with_source(InAnother(Box::new(diagnostic)))
    }

    /// Whether this is why a template failed.
    pub(super) fn is_cause(error: &minijinja::Error) -> bool {
        chain(error).any(<dyn Error>::is::<Self>)
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already reported")
    }
}

impl Error for Reported {}

/// The mistake in a template that was looked up.
#[derive(Debug)]
pub(super) struct InAnother(pub(super) Box<Diagnostic>);

impl fmt::Display for InAnother {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.title())
    }
}

impl Error for InAnother {}

/// The mistake in a template that was looked up, if that is why this one failed.
pub(super) fn in_another(error: &minijinja::Error) -> Option<&Diagnostic> {
    chain(error).find_map(<dyn Error>::downcast_ref::<InAnother>).map(|another| &*another.0)
}

fn chain(error: &minijinja::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&error| error.source())
}

/// The error of the innermost template: of the included one, not of the `include`.
pub(super) fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<minijinja::Error>())
        .filter(|cause| cause.line().is_some())
        .last()
        .unwrap_or(error)
}

/// Tells an error of the template at a place.
pub(super) fn tell(error: &minijinja::Error, place: &Place<'_>, context: &Context) -> Diagnostic {
    let part = match error.range() {
        Some(range) if error.name() == Some(PRINTED) => {
            place.rewritten.original(range.start.saturating_sub(2)..range.end.saturating_sub(2))
        }
        Some(range) => place.rewritten.original(range),
        None => error.line().map_or(0..place.text.len(), |line| place.line(line)),
    };
    let (at, from) = (place.locate(part.clone()), part.start);
    let kind = error.kind().to_string();
    let detail = error.detail().unwrap_or(&kind);
    if let Some(name) = undefined_name(error) {
        let name = &original_name(name);
        // The engine points at the filter that was given nothing; the name stands before it.
        let line = error.line().map(|line| place.line(line));
        let at = place.locate_name(name, part).or_else(|| place.locate_name(name, line?)).unwrap_or(at);
        return not_defined(name, &at, context);
    }
    let plain = |code, title: &str| Diagnostic::new(code, title, &at, "");
    match error.kind() {
        ErrorKind::UndefinedError => plain(Code::UndefinedVariable, "a value is not defined")
            .hint("give it a value, or use the `default` filter: `… | default(0)`"),
        ErrorKind::SyntaxError | ErrorKind::BadEscape | ErrorKind::InvalidDelimiter => {
            Diagnostic::new(Code::TemplateSyntax, Code::TemplateSyntax.title(), &at, detail)
                .hint(syntax_hint(place, from))
        }
        ErrorKind::UnknownFilter => {
            let diagnostic = plain(Code::TemplateSyntax, detail);
            match did_you_mean(word(error.detail()), filter::names()) {
                Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                None => diagnostic.hint("the guide lists the filters that lvsctl has"),
            }
        }
        ErrorKind::UnknownTest => {
            let diagnostic = plain(Code::TemplateSyntax, detail);
            match did_you_mean(word(error.detail()), test::names()) {
                Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                None => diagnostic.hint("the guide lists the tests that lvsctl has"),
            }
        }
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            plain(Code::TemplateSyntax, detail).hint("the guide lists the functions and methods that lvsctl has")
        }
        ErrorKind::TemplateNotFound => plain(Code::TemplateNotFound, detail),
        ErrorKind::OutOfFuel => plain(Code::TemplateFailed, "the template does too much work")
            .hint("look for a loop over a loop; what a template does is limited"),
        // These two print the operands, which may be secret.
        ErrorKind::InvalidOperation if detail.starts_with("unable to calculate") => {
            plain(Code::TemplateFailed, "the calculation has no result")
        }
        ErrorKind::InvalidOperation if detail.contains("unsupported types") => {
            plain(Code::TemplateFailed, &format!("the template failed: {detail}"))
                .hint("`~` joins values as text; the filters `int`, `float` and `string` make one of the other")
        }
        _ => plain(Code::TemplateFailed, &format!("the template failed: {detail}")),
    }
}

/// A character that no expression has.
pub(super) fn unexpected(place: &Place<'_>, range: Range<usize>) -> Diagnostic {
    let (title, hint) = (Code::TemplateSyntax.title(), syntax_hint(place, range.start));
    Diagnostic::new(Code::TemplateSyntax, title, &place.locate(range), "unexpected character").hint(hint)
}

/// What was probably meant, by what stands where the engine stopped.
fn syntax_hint(place: &Place<'_>, from: usize) -> &'static str {
    let rest = place.text.get(from..).unwrap_or_default();
    let before = place.text.get(..from).unwrap_or_default();
    match rest.chars().next() {
        _ if place.is_expression && place.text.contains("{{") => {
            "an expression stands here without braces around its variables"
        }
        Some('=') => "`==` compares two values",
        Some('&') => "write `and`",
        Some('|') if before.ends_with('|') || rest.starts_with("||") => "write `or`",
        Some('!') => "write `not`, or `!=` for values that differ",
        _ if place.is_expression => "look at its quotes and brackets",
        _ => "an expression stands between `{{` and `}}`, a statement between `{%` and `%}`",
    }
}

/// A value that is not defined, by its name.
pub(super) fn not_defined(name: &str, at: &Span, context: &Context) -> Diagnostic {
    let root = name.split(['.', '[']).next().unwrap_or(name);
    let title = format!("`{name}` is not defined");
    Diagnostic::new(Code::UndefinedVariable, title, at, "").hint(undefined_hint(name, root, context))
}

/// Whether an error is about a value that is not defined, and does not say which.
pub(super) fn is_of_nameless_undefined(error: &minijinja::Error) -> bool {
    let error = innermost(error);
    match error.kind() {
        ErrorKind::UndefinedError => undefined_name(error).is_none_or(|name| name.contains(CHAIN_END)),
        ErrorKind::InvalidOperation => error.detail().is_some_and(|detail| detail.contains("undefined")),
        _ => false,
    }
}

/// The value that is not defined, where it was asked for more.
pub(super) fn undefined_part(error: &minijinja::Error) -> Option<&Undefined> {
    chain(error).find_map(<dyn Error>::downcast_ref)
}

/// The expression that was not defined: `name`, `services.www`, `web[0]`.
fn undefined_name(error: &minijinja::Error) -> Option<&str> {
    let (before, _) = error.detail()?.rsplit_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, name)| name)
}

/// `filter foo is unknown`: foo.
fn word(detail: Option<&str>) -> &str {
    detail.and_then(|detail| detail.split_whitespace().nth(1)).unwrap_or("?").trim_matches(['`', '"'])
}

fn undefined_hint(name: &str, root: &str, context: &Context) -> String {
    if let Some((parent, key)) = name.rsplit_once('.')
        && let Some(keys) = keys(parent, context)
    {
        let known: Vec<&str> = keys.iter().map(String::as_str).collect();
        return match did_you_mean(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{parent}.{meant}`?"),
            None if known.is_empty() => format!("`{parent}` is empty"),
            None => format!("`{parent}` has {}", known.join(", ")),
        };
    }
    let names = context.names();
    match did_you_mean(root, names.iter().map(String::as_str)) {
        Some(meant) if meant != root => format!("did you mean `{meant}`?"),
        _ if root.starts_with("ansible_") => {
            format!(
                "facts of a node are known only once it was asked; give a value for the time before: `{name} | default(…)`"
            )
        }
        _ if root != name => format!("where it may be missing, use `{name} | default(…)`"),
        _ => format!("define it for this host or its groups, or use `{name} | default(…)`"),
    }
}

/// The keys of a mapping that a path of names leads to.
fn keys(path: &str, context: &Context) -> Option<Vec<String>> {
    let mut parts = path.split('.');
    let root = context.get(parts.next()?)?;
    let value = parts.try_fold(root, |value, part| value.get_attr(part).ok())?;
    let is_map = value.kind() == minijinja::value::ValueKind::Map;
    is_map.then(|| value.try_iter().ok()).flatten().map(|keys| keys.map(|key| key.to_string()).collect())
}
