//! Hardware addresses.

use minijinja::{Error, value::Value};

use super::super::super::{
    arguments::{Arguments, failed},
    python,
};

/// A hardware address, checked and written in one of the ways there are.
pub(super) fn hwaddr(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let wanted = arguments.text("query")?.unwrap_or_default();
    let text = python::text(value)?;
    let digits: String = text.chars().filter(|character| !matches!(character, ':' | '-' | '.')).collect();
    let is_address = digits.len() == 12 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    let number = u64::from_str_radix(&digits, 16).ok().filter(|_| is_address);
    let Some(number) = number else {
        return match wanted.as_str() {
            "" | "bool" => Ok(Value::from(())),
            _ => Err(failed("this is no hardware address")),
        };
    };
    let octets: Vec<u8> = number.to_be_bytes()[2..].to_vec();
    let joined = |by: &str, upper: bool| {
        let octets = octets.iter().map(|octet| if upper { format!("{octet:02X}") } else { format!("{octet:02x}") });
        octets.collect::<Vec<_>>().join(by)
    };
    Ok(match wanted.as_str() {
        "" => value.clone(),
        "bool" => true.into(),
        "int" => number.into(),
        "bare" => joined("", true).into(),
        "linux" => joined(":", false).into(),
        "unix" => octets.iter().map(|octet| format!("{octet:x}")).collect::<Vec<_>>().join(":").into(),
        "eui48" | "win" => joined("-", true).into(),
        "cisco" => {
            let bare = joined("", false);
            [&bare[..4], &bare[4..8], &bare[8..]].join(".").into()
        }
        "pgsql" | "postgresql" | "psql" => {
            let bare = joined("", false);
            [&bare[..6], &bare[6..]].join(":").into()
        }
        _ => return Err(failed("a hardware address is written bare, cisco, eui48, linux, pgsql, unix or win")),
    })
}
