//! Arguments on one line, `key=value key="other value"`, as Ansible has them beside mappings.

use crate::{
    source::Diagnostic,
    yaml::{Key, Map, Node, Value},
};

/// A line of `key=value` as a mapping. Spaces inside of quotes and of `{{ … }}` do not part words.
pub(crate) fn mapping(node: &Node, text: &str) -> Result<Map, Diagnostic> {
    let mut map = Map::default();
    for word in words(text) {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| crate::playbook::is_variable(name)) else {
            let title = format!("`{word}` is no argument: write `key=value`");
            return Err(node.wrong_value(title).hint("or write the arguments as a mapping below the module"));
        };
        let value = Node { value: Value::String(unquoted(value)), span: node.span.clone() };
        map.insert(Key { name: name.to_owned(), span: node.span.clone() }, value);
    }
    Ok(map)
}

/// One word in a mapping, for modules that take one thing.
pub(super) fn single(node: &Node, key: &str) -> Map {
    let mut map = Map::default();
    map.insert(Key { name: key.to_owned(), span: node.span.clone() }, node.clone());
    map
}

/// Whether a line begins with `key=`.
pub(super) fn is_mapping(text: &str) -> bool {
    words(text)
        .first()
        .is_some_and(|word| word.split_once('=').is_some_and(|(name, _)| crate::playbook::is_variable(name)))
}

fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut depth) = (Vec::new(), String::new(), None, 0usize);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '{') if matches!(characters.peek(), Some('{' | '%')) => {
                depth += 1;
                word.push(character);
                word.extend(characters.next());
            }
            (None, '}' | '%') if depth > 0 && characters.peek() == Some(&'}') => {
                depth -= 1;
                word.push(character);
                word.extend(characters.next());
            }
            (None, character) if character.is_whitespace() && depth == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (None, '"' | '\'') if depth == 0 => {
                quote = Some(character);
                word.push(character);
            }
            (Some(open), character) => {
                word.push(character);
                if character == '\\' {
                    word.extend(characters.next());
                } else if character == open {
                    quote = None;
                }
            }
            (None, character) => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn unquoted(text: &str) -> String {
    let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_outside_of_quotes_and_braces() {
        assert_eq!(
            words("a=1 b=\"x y\" c={{ d | default('e f') }} g='h'"),
            ["a=1", "b=\"x y\"", "c={{ d | default('e f') }}", "g='h'"]
        );
        assert_eq!(unquoted("\"x y\""), "x y");
        assert!(is_mapping("msg=\"a b\"") && !is_mapping("/etc/a b=c"));
    }
}
