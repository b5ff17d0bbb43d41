//! What Python does and the engine does not, written so that the engine does it.
//!
//! Ansible's undefined values may be asked for more (`nope.deeper | default('x')`), text is formatted with `%`, and text
//! in an expression has Python's escapes, or none at all. The engine has no place to hook into for these, so that the
//! template's text is changed before it is read: `(nope|lvsctl_chain(3,7)).deeper`. Where each change was made is kept, and
//! mistakes are shown in the text as the user wrote it.

mod edits;
mod expression;
mod literal;
mod region;
mod token;

pub(super) use edits::Rewritten;
pub(super) use expression::{CHAIN, CHAIN_END, PERCENT, original_name};

use std::ops::Range;

use super::syntax::Syntax;
use region::Region;

/// How a template's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// As in Python, in a template's file and in a condition.
    Python,
    /// A backslash is a backslash, in a value of YAML, which had escapes of its own.
    None,
}

/// A whole template.
pub(super) fn template(text: &str, syntax: &Syntax, escapes: Escapes) -> Rewritten {
    let mut edits = edits::newlines(text, &syntax.newline);
    if is_worth_a_look(text) {
        for region in region::regions(text, syntax) {
            let escapes = if region.is_statement { Escapes::Python } else { escapes };
            rewrite(text, &region, escapes, &mut edits);
        }
    }
    Rewritten::new(text, edits)
}

/// An expression without braces.
pub(super) fn expression(text: &str, escapes: Escapes) -> Rewritten {
    let mut edits = Vec::new();
    if is_worth_a_look(text) {
        rewrite(text, &Region { range: 0..text.len(), is_statement: false }, escapes, &mut edits);
    }
    Rewritten::new(text, edits)
}

/// The first character of an expression that no operator has. The engine takes one for the end of the expression, and
/// says nothing: `a == 1 && b` would be `a == 1`.
pub(super) fn foreign(text: &str) -> Option<Range<usize>> {
    const OPERATORS: &str = "+-*/%~.,:|()[]{}<>=";
    let is_foreign = |token: &token::Token| {
        let text = &text[token.range.clone()];
        token.kind == token::Kind::Operator && text.chars().count() == 1 && !OPERATORS.contains(text)
    };
    token::tokens(text, 0..text.len()).into_iter().find(is_foreign).map(|token| token.range)
}

fn is_worth_a_look(text: &str) -> bool {
    text.contains(['\\', '%']) || asks_whether_defined(text)
}

/// Only these make a difference between a value that is not defined and a part of one.
fn asks_whether_defined(text: &str) -> bool {
    ["default", "defined", "d(", "|d", "| d", "mandatory"].iter().any(|word| text.contains(word))
}

fn rewrite(text: &str, region: &Region, escapes: Escapes, edits: &mut Vec<edits::Edit>) {
    let tokens = token::tokens(text, region.range.clone());
    literal::rewrite(text, &tokens, escapes, edits);
    let tokens = if region.is_statement { expression::of_statement(text, &tokens) } else { &tokens };
    expression::rewrite(text, tokens, asks_whether_defined(text), edits);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> String {
        template(text, &Syntax::default(), Escapes::None).text
    }

    #[test]
    fn a_part_of_what_is_not_defined_may_be_asked_for() {
        assert_eq!(
            values("{{ a.b[0] | default(1) }}"),
            "{{ ((a|lvsctl_chain(3,4)).b|lvsctl_chain(3,6))[0]|lvsctl_chain_end | default(1) }}"
        );
        assert_eq!(original_name("((a|lvsctl_chain(3,4)).b|lvsctl_chain(3,6))[0]"), "a.b[0]");
        assert_eq!(values("{{ a.b }} {% raw %}{{ c.d }}{% endraw %}"), "{{ a.b }} {% raw %}{{ c.d }}{% endraw %}");
        assert_eq!(
            values("{% for x in a.b | default([]) %}{{ loop.index }}{% endfor %}"),
            "{% for x in (a|lvsctl_chain(12,13)).b|lvsctl_chain_end | default([]) %}{{ loop.index }}{% endfor %}"
        );
        assert_eq!(
            values("{% set ns.x = f(k=a.b) | d(2) %}"),
            "{% set ns.x = f(k=(a|lvsctl_chain(18,19)).b|lvsctl_chain_end) | d(2) %}"
        );
    }

    #[test]
    fn percent_formats_text_and_binds_as_in_python() {
        assert_eq!(values("{{ '%s' % x ~ 1 }}"), "{{ ('%s' |lvsctl_percent( x)) ~ 1 }}");
        assert_eq!(values("{{ -7 % 3 }}"), "{{ (-7 |lvsctl_percent( 3)) }}");
        assert_eq!(values("{{ 2 * 7 % 3 }}"), "{{ 2 * 7 % 3 }}");
        assert_eq!(values("{{ 'a' % (b, c | x(1)) }}"), "{{ ('a' |lvsctl_percent( (b, c | x(1)))) }}");
    }

    #[test]
    fn escapes_are_those_of_python_or_none() {
        assert_eq!(values(r#"{{ "\1\"" }}{% set x = "\t\d" %}"#), r#"{{ "\\1\\\"" }}{% set x = "\t\\d" %}"#);
        let file = template(r#"{{ "\x41\d\\" }}"#, &Syntax::default(), Escapes::Python);
        assert_eq!(file.text, r#"{{ "A\\d\\" }}"#);
    }

    #[test]
    fn places_are_those_of_the_users_text() {
        let rewritten = template("{{ a.b.cd | default(e) }}", &Syntax::default(), Escapes::None);
        let at = rewritten.text.find("cd").unwrap();
        assert_eq!(rewritten.original(at..at + 2), 7..9);
        let at = rewritten.text.find("e)").unwrap();
        assert_eq!(rewritten.original(at..at + 1), 20..21);
    }
}
