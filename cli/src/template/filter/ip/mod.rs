//! Addresses and networks: the filters of the collection `ansible.utils`.

mod hardware;
mod network;
mod query;
mod reserved;
mod subnet;

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, items},
        python,
    },
    Registry,
    list::is_list,
};
use query::{Version, query};

pub(super) fn register(registry: &mut Registry<'_>) {
    for collection in ["ansible.utils", "ansible.netcommon"] {
        registry.add_of(collection, &[("ipaddr", ipaddr), ("ipv4", ipv4), ("ipv6", ipv6), ("ipwrap", ipwrap)]);
        registry.add_of(collection, &[("hwaddr", hardware::hwaddr), ("macaddr", hardware::hwaddr)]);
        subnet::register(registry, collection);
    }
}

fn asked(value: &Value, arguments: &mut Arguments, version: Version) -> Result<Value, Error> {
    let wanted = arguments.value("query")?.unwrap_or_else(|| Value::from(""));
    filtered(value, &python::text(&wanted)?, version)
}

/// Of a list what is an address, and else what is asked of the address or network.
fn filtered(value: &Value, wanted: &str, version: Version) -> Result<Value, Error> {
    if !is_list(value) {
        return query(value, wanted, version);
    }
    let mut found = Vec::new();
    for item in items(value)? {
        let result = filtered(&item, wanted, version)?;
        if result.is_true() {
            found.push(result);
        }
    }
    Ok(found.into())
}

fn ipaddr(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    asked(value, arguments, Version::Any)
}

fn ipv4(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    asked(value, arguments, Version::Four)
}

fn ipv6(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    asked(value, arguments, Version::Six)
}

/// IPv6 addresses in brackets, as they stand before a port; everything else as it is.
fn ipwrap(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let wrap = |value: &Value| {
        let wrapped = query(value, "wrap", Version::Any)?;
        Ok(if wrapped.is_true() { wrapped } else { value.clone() })
    };
    if is_list(value) {
        return items(value)?.iter().map(wrap).collect::<Result<Vec<_>, Error>>().map(Value::from);
    }
    wrap(value)
}
