//! Texts that were decrypted, and so are never printed.
//!
//! They are known by what they are and not by where they came from: a password that went through a template into a line
//! of a configuration file is found in that file's difference, and in what a command prints about it.

use std::{borrow::Cow, collections::BTreeSet, sync::PoisonError, sync::RwLock};

use crate::yaml::{Node, Value};

/// What stands in the place of a secret.
const MASK: &str = "********";

/// Shorter texts are not looked for: `yes` or `80` stand in every output for themselves.
const SHORTEST: usize = 4;

static SECRETS: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

/// From now on this text is not printed, nor is any line of it.
pub fn keep_text_secret(text: &str) {
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    let texts = [text].into_iter().chain(text.lines());
    secrets.extend(texts.map(str::trim).filter(|text| text.chars().count() >= SHORTEST).map(str::to_owned));
}

/// From now on no text in this value is printed.
pub fn keep_secret(node: &Node) {
    match &node.value {
        Value::String(text) => keep_text_secret(text),
        Value::List(nodes) => nodes.iter().for_each(keep_secret),
        Value::Map(map) => map.iter().for_each(|(_, node)| keep_secret(node)),
        Value::Marked(marked) => {
            if !marked.may_be_template()
                && let Ok(text) = marked.text()
            {
                keep_text_secret(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

/// A text to be printed, without the secrets in it, also where they are written as JSON.
pub fn mask(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = Cow::Borrowed(text);
    // The longer ones first: one secret may be a part of another.
    let mut longest_first: Vec<&String> = secrets.iter().collect();
    longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in longest_first {
        let json = serde_json::Value::from(secret.as_str()).to_string();
        for form in [secret.as_str(), &json[1..json.len() - 1]] {
            if masked.contains(form) {
                masked = Cow::Owned(masked.replace(form, MASK));
            }
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decrypted_is_masked_wherever_it_stands() {
        keep_text_secret("first line \"of a key\"\nsecond line of a key\n");
        keep_text_secret("no");
        assert_eq!(mask("a: second line of a key, no"), "a: ********, no");
        assert_eq!(mask(r#"{"a": "first line \"of a key\"\nsecond line of a key"}"#), r#"{"a": "********"}"#);
        assert_eq!(mask("nothing here"), "nothing here");
    }
}
