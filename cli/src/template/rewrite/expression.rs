//! Chains and `%` in an expression.
//!
//! The words are gone through as the grammar has them: operands with what is asked of them (`a.b[c](d) | e is f`), and
//! operators between them.

use super::{
    edits::Edit,
    token::{Kind, Token},
};

/// The filter that lets a value that is not defined be asked for more; it is told where the value stands.
pub(in crate::template) const CHAIN: &str = "lvsctl_chain";

/// The filter after the last part of a chain: the engine's own undefined value again, which it refuses.
pub(in crate::template) const CHAIN_END: &str = "lvsctl_chain_end";

/// The filter that is Python's `%`.
pub(in crate::template) const PERCENT: &str = "lvsctl_percent";

/// Names that the engine knows and that are never asked whether they are defined.
const OWN: &[&str] = &["loop", "self", "super", "caller", "varargs", "kwargs"];

/// Words between operands.
const BETWEEN: &[&str] = &["and", "or", "not", "in", "if", "else", "recursive"];

/// A name in a message, as the user wrote it.
pub(in crate::template) fn original_name(name: &str) -> String {
    let name = &name.replace(&format!("|{CHAIN_END}"), "");
    let call = format!("|{CHAIN}(");
    let mut parts = name.split(&call);
    let first = parts.next().unwrap_or_default();
    let (opened, mut original) = (name.matches(&call).count(), String::new());
    original.push_str(first.strip_prefix(&"(".repeat(opened)).unwrap_or(first));
    for part in parts {
        original.push_str(part.split_once("))").map_or("", |(_, rest)| rest));
    }
    original
}

/// The part of a statement that is an expression, for those that have one and that may be rewritten.
pub(super) fn of_statement<'a>(text: &str, tokens: &'a [Token]) -> &'a [Token] {
    let word = |token: &Token| text[token.range.clone()].to_owned();
    let after =
        |what: &str| tokens.iter().position(|token| word(token) == what).map_or(&[][..], |at| &tokens[at + 1..]);
    match tokens.first().map(word).as_deref() {
        Some("if" | "elif" | "include" | "do" | "print") => &tokens[1..],
        Some("for") => after("in"),
        Some("set" | "with") => after("="),
        _ => &[],
    }
}

/// Rewrites an expression.
pub(super) fn rewrite(text: &str, tokens: &[Token], chains: bool, edits: &mut Vec<Edit>) {
    let mut walk = Walk { text, tokens, at: 0, chains, edits };
    while walk.at < tokens.len() {
        walk.expression();
        // A bracket that was never opened.
        walk.at += 1;
    }
}

struct Walk<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    chains: bool,
    edits: &'a mut Vec<Edit>,
}

impl Walk<'_> {
    fn word(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| &self.text[token.range.clone()])
    }

    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// The place after the last word that was taken.
    fn end(&self) -> usize {
        self.tokens[self.at - 1].range.end
    }

    /// Up to the end or a closing bracket, which is not taken.
    fn expression(&mut self) {
        // Where the operand before began, and whether it is one side of a product.
        let (mut left, mut in_product): (Option<usize>, bool) = (None, false);
        while self.kind().is_some() && !matches!(self.word(), ")" | "]" | "}") {
            let (operator, range) = (self.word().to_owned(), self.tokens[self.at].range.clone());
            let is_operator = self.kind() == Some(Kind::Operator) && !matches!(self.word(), "(" | "[" | "{");
            let is_sign = left.is_none() && matches!(operator.as_str(), "-" | "+");
            if BETWEEN.contains(&operator.as_str()) || (is_operator && !is_sign) {
                self.at += 1;
                match (operator.as_str(), left) {
                    ("**", Some(start)) if self.kind().is_some() => {
                        self.operand(true);
                        left = Some(start);
                    }
                    ("%", Some(start)) if !in_product && self.kind().is_some() => {
                        self.operand(true);
                        self.edits.push(Edit::insert(start, "("));
                        self.edits.push(Edit { old: range, new: format!("|{PERCENT}(") });
                        self.edits.push(Edit::insert(self.end(), "))"));
                        left = Some(start);
                    }
                    (operator, _) => {
                        in_product = matches!(operator, "*" | "/" | "//" | "%");
                        left = None;
                    }
                }
            } else {
                left = Some(range.start);
                self.operand(true);
            }
        }
    }

    /// A value and what is asked of it.
    fn operand(&mut self, filters: bool) {
        while matches!(self.word(), "-" | "+") {
            self.at += 1;
        }
        let Some(first) = self.tokens.get(self.at) else { return };
        let (start, is_name) = (first.range.start, first.kind == Kind::Name && !OWN.contains(&self.word()));
        let is_group = self.word() == "(";
        if !self.bracket() {
            let is_text = self.kind() == Some(Kind::Text);
            self.at += 1;
            while is_text && self.kind() == Some(Kind::Text) {
                self.at += 1;
            }
        }
        // What was found out so far may be undefined.
        let (mut is_open, mut is_chain) = (is_name || is_group, false);
        loop {
            match self.word() {
                "." | "[" => {
                    if self.chains && is_open {
                        self.edits.push(Edit::insert(start, "("));
                        let end = self.end();
                        self.edits.push(Edit::insert(end, &format!("|{CHAIN}({start},{end}))")));
                    }
                    if !self.bracket() {
                        self.at = (self.at + 2).min(self.tokens.len());
                    }
                    is_chain |= self.chains && is_open;
                    is_open = true;
                }
                "(" => {
                    self.bracket();
                }
                _ => break,
            }
        }
        if is_chain && filters {
            self.edits.push(Edit::insert(self.end(), &format!("|{CHAIN_END}")));
        }
        while filters && matches!(self.word(), "|" | "is") {
            self.filter();
        }
    }

    /// `| name(…)`, `is name`, `is not name(…)`, `is name argument`.
    fn filter(&mut self) {
        let is_test = self.word() == "is";
        self.at += 1;
        if is_test && self.word() == "not" {
            self.at += 1;
        }
        self.at += 1;
        while self.word() == "." {
            self.at += 2;
        }
        self.at = self.at.min(self.tokens.len());
        let is_word = self.kind() == Some(Kind::Name) && (BETWEEN.contains(&self.word()) || self.word() == "is");
        let is_bare = match self.kind() {
            Some(Kind::Operator) => matches!(self.word(), "[" | "{" | "-"),
            Some(_) => !is_word,
            None => false,
        };
        if self.word() == "(" {
            self.bracket();
        } else if is_test && is_bare {
            self.operand(false);
        }
    }

    /// Brackets with what is in them, if one is next.
    fn bracket(&mut self) -> bool {
        let is_bracket = self.kind() == Some(Kind::Operator) && matches!(self.word(), "(" | "[" | "{");
        if is_bracket {
            self.at += 1;
            self.expression();
            self.at = (self.at + 1).min(self.tokens.len());
        }
        is_bracket
    }
}
