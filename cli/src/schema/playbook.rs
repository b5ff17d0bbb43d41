//! The schema of playbooks, and of files of tasks: from the tables of keywords, and from what modules ask for.

use serde_json::{Map, Value as Json, json};

use super::{
    document,
    shape::{choice, flag, mapping, number, one_or_list, template, text},
};
use crate::{
    module::{Argument, ArgumentShape, COLLECTIONS, Kind},
    playbook::vocabulary::{self, Setting},
    session::BecomeMethod,
};

/// What is a module by its place, and no module.
const IMPORTS: [&str; 2] = ["import_tasks", "import_role"];

/// The schema of playbooks, and of files of tasks.
pub fn playbook() -> Json {
    let item = |what: &str| json!({ "$ref": format!("#/$defs/{what}") });
    let mut definitions = Map::new();
    for kind in Kind::ALL {
        definitions.insert(format!("module_{}", kind.name()), module(*kind));
    }
    definitions.insert("play".to_owned(), keywords(vocabulary::PLAY));
    definitions.insert("import".to_owned(), keywords(vocabulary::IMPORT));
    definitions["import"]["patternProperties"] = json!({ "^(ansible\\.builtin\\.)?import_playbook$": text() });
    definitions.insert("block".to_owned(), keywords(vocabulary::BLOCK));
    definitions.insert("role".to_owned(), role());
    definitions.insert("task".to_owned(), task(vocabulary::TASK));
    definitions.insert("handler".to_owned(), task(vocabulary::HANDLER));
    definitions.insert(
        "item".to_owned(),
        json!({ "if": { "required": ["block"] }, "then": item("block"), "else": item("task") }),
    );
    let has_one_of =
        |keys: &[&str]| json!({ "anyOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() });
    let is_play = has_one_of(&["hosts", "tasks", "roles", "pre_tasks", "post_tasks"]);
    let is_import = has_one_of(&["import_playbook", "ansible.builtin.import_playbook"]);
    let entry = json!({
        "if": is_import,
        "then": item("import"),
        "else": { "if": is_play, "then": item("play"), "else": item("item") },
    });
    let mut schema = json!({ "type": ["array", "null"], "items": entry, "$defs": definitions });
    schema["$defs"]["play"]["required"] = json!(["hosts"]);
    document("A playbook of lvsctl", "A playbook, or a file of tasks, as Ansible has them.", schema)
}

/// A mapping of keywords.
fn keywords(known: &[&str]) -> Json {
    mapping(known.iter().map(|keyword| ((*keyword).to_owned(), of_keyword(keyword))))
}

/// What a keyword takes. Of one that is not named here anything can be said.
fn of_keyword(keyword: &str) -> Json {
    let list_of = |what: &str| json!({ "type": ["array", "null"], "items": { "$ref": format!("#/$defs/{what}") } });
    if let Some(setting) = Setting::ALL.iter().find(|(_, name)| *name == keyword).map(|(setting, _)| *setting) {
        return match setting {
            Setting::BecomeMethod => choice(BecomeMethod::ALL.map(BecomeMethod::name)),
            setting if setting.is_flag() => flag(),
            _ => text(),
        };
    }
    match keyword {
        "tasks" | "pre_tasks" | "post_tasks" | "block" | "rescue" | "always" => list_of("item"),
        "handlers" => list_of("handler"),
        "roles" => list_of("role"),
        "name" | "register" | "role" | "import_playbook" => text(),
        "vars" | "args" => json!({ "type": ["object", "null"] }),
        "when" | "until" | "changed_when" | "failed_when" => one_or_list(&json!({ "type": ["string", "boolean"] })),
        "tags" | "notify" | "listen" | "hosts" => one_or_list(&text()),
        "environment" => one_or_list(&json!({ "anyOf": [{ "type": "object" }, template()] })),
        "gather_facts" | "force_handlers" => flag(),
        "strategy" => choice(vocabulary::STRATEGIES.iter().map(|(name, _)| *name)),
        "order" => choice(vocabulary::ORDERS.iter().map(|(name, _)| *name)),
        "serial" => one_or_list(&json!({ "type": ["integer", "string"] })),
        "retries" => number(),
        "loop_control" => mapping(vocabulary::LOOP_CONTROL.iter().map(|key| ((*key).to_owned(), json!({})))),
        "vars_files" => one_or_list(&one_or_list(&text())),
        _ => json!({}),
    }
}

/// A role of a play: its name, or its name with keywords, and with parameters under any other name.
fn role() -> Json {
    let mut with_more = keywords(vocabulary::ROLE);
    with_more["additionalProperties"] = json!(true);
    with_more["anyOf"] = json!([{ "required": ["role"] }, { "required": ["name"] }]);
    json!({ "if": { "type": "object" }, "then": with_more, "else": { "type": "string" } })
}

/// A task: keywords, at most one loop, and exactly one module.
fn task(known: &[&str]) -> Json {
    let mut task = keywords(known);
    let mut properties = task["properties"].take();
    let mut long_names = Map::new();
    let mut modules: Vec<Json> = Vec::new();
    for name in Kind::ALL.iter().map(|kind| kind.name()).chain(IMPORTS) {
        let is_import = IMPORTS.contains(&name);
        let of = if is_import {
            json!({ "type": ["string", "object"] })
        } else {
            json!({ "$ref": format!("#/$defs/module_{name}") })
        };
        properties[name] = of.clone();
        modules.push(json!({ "required": [name] }));
        for collection in COLLECTIONS {
            long_names.insert(format!("^{}$", regex::escape(&format!("{collection}{name}"))), of.clone());
            modules.push(json!({ "required": [format!("{collection}{name}")] }));
        }
    }
    for name in vocabulary::LOOPS.iter().map(|(name, _)| *name) {
        properties[name] = json!({});
    }
    // Another name of `setup`.
    properties["gather_facts"] = json!({ "$ref": "#/$defs/module_setup" });
    modules.push(json!({ "required": ["gather_facts"] }));
    task["properties"] = properties;
    task["patternProperties"] = long_names.into();
    task["oneOf"] = modules.into();
    task
}

/// The arguments of a module: a mapping, or one line.
fn module(kind: Kind) -> Json {
    let arguments = kind.arguments();
    let properties: Map<String, Json> = arguments
        .iter()
        .flat_map(|argument| argument.names.iter().map(|name| ((*name).to_owned(), of_argument(argument))))
        .collect();
    let is_open = kind.takes_any_argument();
    let needed = arguments.iter().filter(|argument| argument.is_required);
    let needed: Vec<Json> = needed
        .map(|argument| json!({ "anyOf": argument.names.iter().map(|name| json!({ "required": [name] })).collect::<Vec<_>>() }))
        .collect();
    let mut object = json!({ "properties": properties, "additionalProperties": is_open });
    if !needed.is_empty() {
        object["allOf"] = needed.into();
    }
    json!({
        "description": kind.about(),
        "type": ["object", "string", "null"],
        "if": { "type": "object" },
        "then": object,
    })
}

fn of_argument(argument: &Argument) -> Json {
    match &argument.shape {
        ArgumentShape::Any => json!({}),
        ArgumentShape::Text => text(),
        ArgumentShape::Flag => flag(),
        ArgumentShape::Path => json!({ "anyOf": [{ "type": "string", "pattern": "^/" }, template()] }),
        ArgumentShape::Choice(words) => choice(words.iter().map(String::as_str)),
    }
}
