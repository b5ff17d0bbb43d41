//! The schema of inventories of YAML: groups with hosts, and the variables that lvsctl reads.

use serde_json::{Map, Value as Json, json};

use super::{
    document,
    shape::{choice, flag, mapping, number, one_or_list, template, text},
};
use crate::{
    inventory::SECTIONS,
    model::vocabulary,
    session::{self, BecomeMethod},
};

/// The schema of inventories of YAML. Files below `group_vars` and `host_vars` are its `#/$defs/variables`.
pub fn inventory() -> Json {
    let mut definitions = Map::new();
    for (what, keys) in vocabulary::keys() {
        let keys = keys.into_iter().map(|key| {
            let of = of_key(&what, &key);
            (key, of)
        });
        definitions.insert(name(&what), mapping(keys));
    }
    let variables = vocabulary::variables().chain(session::variables()).map(|variable| {
        let of = of_variable(&variable);
        (variable, of)
    });
    definitions.insert(
        "variables".to_owned(),
        json!({ "type": ["object", "null"], "properties": variables.collect::<Map<_, _>>(), "additionalProperties": true }),
    );
    let variables = json!({ "$ref": "#/$defs/variables" });
    let names = |of: Json| json!({ "anyOf": [{ "type": "object", "additionalProperties": of }, { "type": ["string", "null"] }] });
    let sections = SECTIONS.map(|section| {
        let of = match section {
            "hosts" => names(variables.clone()),
            "children" => names(json!({ "$ref": "#/$defs/group" })),
            _ => variables.clone(),
        };
        (section.to_owned(), of)
    });
    let mut group = mapping(sections);
    group["type"] = json!(["object", "null"]);
    definitions.insert("group".to_owned(), group);
    let schema = json!({
        "type": "object",
        "properties": { "plugin": false },
        "additionalProperties": { "$ref": "#/$defs/group" },
        "$defs": definitions,
    });
    document("An inventory of lvsctl", "Hosts, groups and their variables, as Ansible has them in YAML.", schema)
}

fn name(what: &str) -> String {
    what.replace(' ', "_")
}

fn of_variable(variable: &str) -> Json {
    let list_of = |what: &str| json!({ "anyOf": [{ "type": "array", "items": definition(what) }, { "type": "null" }, template()] });
    match variable {
        "lvs_services" => list_of("virtual service"),
        "lvs_interfaces" => list_of("interface"),
        "lvs_sync" => one_or_list(&definition("sync daemon")),
        "lvs_timeouts" => definition("timeouts"),
        "lvs_ipvs_sysctls" => mapping(vocabulary::sysctls().map(|name| (name.to_owned(), text()))),
        "lvs_purge" | "ansible_become" => flag(),
        "lvs_drain_seconds" | "lvs_conn_tab_bits" | "ansible_port" | "ansible_ssh_port" => number(),
        "lvs_rip" => one_or_list(&text()),
        "ansible_become_method" => choice(BecomeMethod::ALL.map(BecomeMethod::name)),
        "ansible_connection" => choice(["ssh", "smart", "local"]),
        "lvs_host_keys" => choice(["known", "accept-new"]),
        _ => text(),
    }
}

/// What a key takes. Of one that is not named here anything can be said.
fn of_key(what: &str, key: &str) -> Json {
    let list_of = |what: &str| json!({ "anyOf": [{ "type": "array", "items": definition(what) }, template()] });
    let or_mapping =
        |short: Json, what: &str| json!({ "if": { "type": "object" }, "then": definition(what), "else": short });
    match (what, key) {
        ("virtual service", "real_servers") => list_of("real server"),
        ("virtual service", "persistence") => or_mapping(number(), "persistence"),
        ("virtual service", "tunnel") => or_mapping(text(), "tunnel"),
        ("virtual service", "check") => or_mapping(text(), "check"),
        ("virtual service", "scheduler") => or_mapping(choice(vocabulary::schedulers()), "scheduler"),
        ("virtual service", "forward") => choice(vocabulary::forwards()),
        ("virtual service", "protocol") => choice(vocabulary::protocols()),
        ("virtual service", "scheduler_flags") => one_or_list(&choice(vocabulary::scheduler_flags())),
        ("virtual service", "one_packet" | "ipv6") => flag(),
        ("virtual service", "fwmark")
        | ("real server", "weight" | "port" | "upper_threshold" | "lower_threshold")
        | ("interface", "mtu") => number(),
        ("virtual service", "vip" | "port") | ("interface", "addresses" | "gateway") => one_or_list(&text()),
        ("interface", "routes") => one_or_list(&definition("route")),
        ("real server", "host" | "group" | "address") | ("interface", "device") => text(),
        _ => json!({}),
    }
}

fn definition(what: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{}", name(what)) })
}
