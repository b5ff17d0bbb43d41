//! A host as it is written in an inventory: a name or an address, perhaps with ranges, perhaps with a port.
//!
//! Whether `:22` at the end is a port depends on what stands before it. The rules are those of Ansible's `parse_address`:
//! what is neither a DNS name (with ranges and underscores) nor an address is taken as it stands, port and all.

use std::sync::LazyLock;

use regex::Regex;

/// `name:port` in two parts; `None` where Ansible does not know the name as one.
pub(super) fn split(text: &str) -> Option<(&str, Option<u64>)> {
    let mut found = (text, None);
    if let Some(groups) = BRACKETS.captures(found.0) {
        found = (groups.get(1)?.as_str(), Some(groups[2].parse().ok()?));
    }
    if let Some(groups) = PORT.captures(found.0) {
        found = (groups.get(1)?.as_str(), Some(groups[2].parse().ok()?));
    }
    (V4.is_match(found.0) || V6.is_match(found.0) || NAME.is_match(found.0)).then_some(found)
}

/// Whether it is an address, also in forms that only Ansible takes for one.
pub(super) fn is_address(text: &str) -> bool {
    V4.is_match(text) || V6.is_match(text)
}

static BRACKETS: LazyLock<Regex> = LazyLock::new(|| compile(r"^\[(.+)\]:([0-9]+)$"));
static PORT: LazyLock<Regex> = LazyLock::new(|| compile(r"^((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)$"));

static V4: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|\[[0-9]+:[0-9]+(?::[0-9]+)?\])";
    compile(&format!(r"^(?:{part}\.){{3}}{part}$"))
});

static V6: LazyLock<Regex> = LazyLock::new(|| {
    let p = r"(?:[0-9a-f]{1,4}|\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\])";
    let forms = [
        format!("(?:{p}:){{7}}{p}"),
        format!("(?:{p}:){{1,6}}:"),
        format!("(?:{p}:)(?::{p}){{1,6}}"),
        format!("(?:{p}:){{2}}(?::{p}){{1,5}}"),
        format!("(?:{p}:){{3}}(?::{p}){{1,4}}"),
        format!("(?:{p}:){{4}}(?::{p}){{1,3}}"),
        format!("(?:{p}:){{5}}(?::{p}){{1,2}}"),
        format!("(?:{p}:){{6}}(?::{p})"),
        format!(":(?::{p}){{1,6}}"),
        format!("{p}?::"),
        format!(r"(?:0:){{6}}(?:{p}\.){{3}}{p}"),
        format!(r"::(?:ffff:)?(?:{p}\.){{3}}{p}"),
        format!(r"(?:0:){{5}}ffff:(?:{p}\.){{3}}{p}"),
    ];
    compile(&format!("(?i)^(?:{})$", forms.join("|")))
});

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let range = r"\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]";
    // A label neither begins with `-` nor ends with `-` or `_`.
    let last = format!(r"(?:[\w--_]|{range})");
    let label = format!(r"(?:(?:\w|{range})(?:[\w-]|{range})*{last}|{last})");
    compile(&format!(r"(?i)^{label}(?:\.{label})*$"))
});

fn compile(regex: &str) -> Regex {
    Regex::new(regex).expect("the expression is a constant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_from_a_range_and_from_an_ipv6_address() {
        assert_eq!(split("web1:2222"), Some(("web1", Some(2222))));
        assert_eq!(split("web[1:3]:2222"), Some(("web[1:3]", Some(2222))));
        assert_eq!(split("web[1:3]"), Some(("web[1:3]", None)));
        assert_eq!(split("2001:db8::1"), Some(("2001:db8::1", None)));
        assert_eq!(split("[2001:db8::1]:22"), Some(("2001:db8::1", Some(22))));
        assert_eq!(split("192.0.2.1:22"), Some(("192.0.2.1", Some(22))));
        assert_eq!(split("192.0.2.[1:9]"), Some(("192.0.2.[1:9]", None)));
        assert_eq!(split("under_score-1.lan"), Some(("under_score-1.lan", None)));
        for other in ["web[1:3", "trailing_:22", "-web", "a b", "a..b", "web[:3]", ""] {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
