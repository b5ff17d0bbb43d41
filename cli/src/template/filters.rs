//! Filters that Ansible has and Jinja has not, or has otherwise. Jinja's own are the engine's.

use ipnet::IpNet;
use minijinja::{
    Environment, Error, ErrorKind,
    value::{Kwargs, Value, ValueKind},
};

use super::value::to_node;
use crate::{
    source::{Source, Span},
    yaml,
};

/// Every filter, for "did you mean".
pub(super) const KNOWN: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "extract",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "ipaddr",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "mandatory",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "to_json",
    "to_yaml",
    "trim",
    "unique",
    "upper",
];

/// Makes them known to an engine.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("bool", bool);
    environment.add_filter("int", int);
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    environment.add_filter("mandatory", mandatory);
    environment.add_filter("extract", extract);
    environment.add_filter("to_json", to_json);
    environment.add_filter("to_yaml", to_yaml);
    environment.add_filter("ipaddr", ipaddr);
    for name in ["ansible.utils.ipaddr", "ansible.netcommon.ipaddr"] {
        environment.add_filter(name, ipaddr);
    }
}

fn failed(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.into())
}

/// Text as a yes or no, as Ansible reads it: `yes`, `on`, `true`, `t`, `y` and `1` are yes, and everything else is no.
fn bool(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Undefined => Err(ErrorKind::UndefinedError.into()),
        ValueKind::Bool | ValueKind::None => Ok(value),
        _ => {
            let text = value.to_string().to_ascii_lowercase();
            Ok(matches!(text.as_str(), "yes" | "on" | "1" | "true" | "t" | "y" | "1.0").into())
        }
    }
}

/// A whole number, or the default where it is none, as in Jinja2.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn int(value: Value, default: Option<i64>, base: Option<u32>, options: Kwargs) -> Result<i64, Error> {
    let default = default.or(options.get("default")?).unwrap_or(0);
    let base = base.or(options.get("base")?).unwrap_or(10);
    options.assert_all_used()?;
    if !(2..=36).contains(&base) {
        return Err(failed("the base of a number is between 2 and 36"));
    }
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        ValueKind::Bool => i64::from(value.is_true()),
        ValueKind::Number => value.as_i64().or_else(|| truncated(&value.to_string())).unwrap_or(default),
        ValueKind::String => number(value.as_str().unwrap_or_default(), base).unwrap_or(default),
        _ => default,
    })
}

fn number(text: &str, base: u32) -> Option<i64> {
    let text = text.trim();
    let digits = match base {
        16 => text.strip_prefix("0x").unwrap_or(text),
        8 => text.strip_prefix("0o").unwrap_or(text),
        2 => text.strip_prefix("0b").unwrap_or(text),
        _ => text,
    };
    i64::from_str_radix(digits, base).ok().or_else(|| truncated(text))
}

#[expect(clippy::cast_possible_truncation, reason = "cutting off is what it is for, and the cast saturates")]
fn truncated(text: &str) -> Option<i64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.trunc() as i64)
}

/// Another value for what is not defined; with `true`, for what is empty as well.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn default(value: Value, other: Option<Value>, empty: Option<bool>, options: Kwargs) -> Result<Value, Error> {
    let other = other.or(options.get("default_value")?).unwrap_or_else(|| Value::from(""));
    let empty = empty.or(options.get("boolean")?).unwrap_or(false);
    options.assert_all_used()?;
    Ok(if value.is_undefined() || (empty && !value.is_true()) { other } else { value })
}

/// A value that must be defined.
fn mandatory(value: Value, message: Option<String>) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(failed(message.unwrap_or_else(|| "a mandatory variable is not defined".to_owned())));
    }
    Ok(value)
}

/// What stands under a key: `groups.web | map('extract', hostvars, 'rip')`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn extract(key: Value, container: Value, more: Option<Value>) -> Result<Value, Error> {
    let mut value = container.get_item(&key)?;
    let more = match more {
        Some(keys) if keys.kind() == ValueKind::Seq => keys.try_iter()?.collect(),
        Some(key) => vec![key],
        None => Vec::new(),
    };
    for key in more {
        value = value.get_item(&key)?;
    }
    Ok(value)
}

/// The value as JSON on one line.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn to_json(value: Value) -> Result<String, Error> {
    Ok(spaced(&json(&value)?))
}

/// The value as YAML.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn to_yaml(value: Value) -> Result<String, Error> {
    yaml::to_string(&json(&value)?).map_err(|_| failed("the value cannot be written as YAML"))
}

fn json(value: &Value) -> Result<serde_json::Value, Error> {
    Ok(to_node(value, &Span::whole(&Source::new("", "")))?.to_json())
}

/// JSON with a space after each comma and colon, as Python writes it.
fn spaced(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        serde_json::Value::Object(map) => {
            let entry =
                |(key, value): (&String, _)| format!("{}: {}", serde_json::Value::from(key.as_str()), spaced(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A part of an address with a prefix (`192.0.2.1/24`): `address`, `network`, `netmask`, `prefix`, `broadcast`, `net`.
/// Without a part it is the address again where it is one, and else `false`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
fn ipaddr(value: Value, part: Option<String>) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let text = value.to_string();
    let bare = text.parse::<std::net::IpAddr>().map(IpNet::from);
    let Ok(net) = text.parse::<IpNet>().or(bare) else { return Ok(Value::from(false)) };
    Ok(match part.as_deref() {
        None | Some("") => value,
        Some("address") => Value::from(net.addr().to_string()),
        Some("network") => Value::from(net.network().to_string()),
        Some("netmask") => Value::from(net.netmask().to_string()),
        Some("prefix") => Value::from(net.prefix_len()),
        Some("broadcast") => Value::from(net.broadcast().to_string()),
        Some("net") => Value::from(net.trunc().to_string()),
        Some(_) => {
            return Err(failed("`ipaddr` knows address, network, netmask, prefix, broadcast and net"));
        }
    })
}
