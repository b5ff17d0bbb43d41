//! `check`: `{path: /health}`, `/health`, or `tcp`.

use crate::{
    model::Check,
    source::Diagnostic,
    yaml::{Fields, Node, Value},
};

/// Reads `check`.
pub(super) fn read(node: &Node) -> Result<Check, Diagnostic> {
    let path = match &node.value {
        Value::String(text) if text == "tcp" => return Ok(Check { path: None }),
        Value::String(_) => node,
        _ => {
            let mut fields = Fields::new("check", node)?;
            let path = fields.required("path")?;
            fields.finish()?;
            path
        }
    };
    let text = path.as_str()?;
    if text.starts_with('/') && !text.contains(char::is_whitespace) {
        return Ok(Check { path: Some(text.to_owned()) });
    }
    Err(path
        .wrong_value(format!("`{text}` is not the path of an HTTP request"))
        .hint("a path begins with `/`; `check: tcp` connects without a request"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    fn check(text: &str) -> Result<Check, Diagnostic> {
        read(&yaml::parse(&Source::new("test.yml", text)).unwrap())
    }

    #[test]
    fn a_check_is_a_path_or_a_connection() {
        assert_eq!(check("/health").unwrap().path.as_deref(), Some("/health"));
        assert_eq!(check("{ path: /health }").unwrap().path.as_deref(), Some("/health"));
        assert_eq!(check("tcp").unwrap().path, None);
        assert!(check("health").is_err());
        assert!(check("/a b").is_err());
    }
}
