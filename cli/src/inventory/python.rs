//! Values as Python prints them: `ansible-inventory --graph --vars` shows them so.

use crate::{
    python::{float, quoted},
    yaml::{self, Marked, Node, Value},
};

/// As `str` gives it.
pub(super) fn str(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Marked(marked) => text(marked),
        _ => repr(node),
    }
}

/// What is encrypted stays so here.
fn text(marked: &Marked) -> String {
    match marked {
        Marked::Vault(_) => "<encrypted>".to_owned(),
        marked => marked.text().unwrap_or_default().to_owned(),
    }
}

/// As `repr` gives it.
fn repr(node: &Node) -> String {
    match &node.value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::String(text) => quoted(text),
        Value::List(nodes) => format!("[{}]", nodes.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entry = |(key, node): (&yaml::Key, &Node)| format!("{}: {}", repr(&yaml::as_written(key)), repr(node));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Marked(marked) => match &**marked {
            Marked::Time { python, .. } => python.clone(),
            marked => quoted(&text(marked)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn values_are_printed_as_python_does() {
        let printed = |text: &str| str(&yaml::parse(&Source::new("t.yml", text)).unwrap());
        assert_eq!(
            printed("[1, 2.0, yes, ~, it's, 'a\"b', {k: v}, 2026-01-02]"),
            r#"[1, 2.0, True, None, "it's", 'a"b', {'k': 'v'}, datetime.date(2026, 1, 2)]"#
        );
        assert_eq!(printed("text"), "text");
        assert_eq!(printed("1.0e+20"), "1e+20");
        assert_eq!(printed("0.00001"), "1e-05");
    }
}
