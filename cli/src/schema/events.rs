//! The schema of `--output json`: each line is one such object.

use serde_json::{Map, Value as Json, json};

use super::document;
use crate::{module::Kind, report::TaskStatus};

/// Every way in which a task ends.
const STATUSES: [TaskStatus; 6] = [
    TaskStatus::Ok,
    TaskStatus::Changed,
    TaskStatus::WouldChange,
    TaskStatus::Failed,
    TaskStatus::Skipped,
    TaskStatus::Unknown,
];

/// The schema of `--output json`.
pub fn events() -> Json {
    let (text, texts, count) = (
        json!({ "type": "string" }),
        json!({ "type": "array", "items": { "type": "string" } }),
        json!({ "type": "integer", "minimum": 0 }),
    );
    let host = || ("host", text.clone(), true);
    let mode = || ("mode", json!({ "enum": ["check", "apply"] }), true);
    let failure = |required| ("failure", json!({ "$ref": "#/$defs/failure" }), required);
    let variants = [
        event("connecting", &[("hosts", texts.clone(), true)]),
        event("run_started", &[mode(), ("hosts", texts.clone(), true)]),
        event("host_connected", &[host()]),
        event("host_unreachable", &[host(), failure(true)]),
        event(
            "play_started",
            &[("play", text.clone(), true), ("place", text.clone(), true), ("hosts", texts.clone(), true)],
        ),
        event("host_started", &[host(), ("tasks", count.clone(), true)]),
        event("task_started", &[host(), ("task", text.clone(), true)]),
        event(
            "output",
            &[
                host(),
                ("task", text.clone(), true),
                ("stream", json!({ "enum": ["stdout", "stderr"] }), true),
                ("line", text.clone(), true),
            ],
        ),
        event("note", &[("host", json!({ "type": ["string", "null"] }), true), ("text", text.clone(), true)]),
        event(
            "task_ended",
            &[
                host(),
                ("play", text.clone(), true),
                ("task", text.clone(), true),
                ("module", json!({ "enum": Kind::ALL }), false),
                ("place", text.clone(), true),
                ("status", json!({ "enum": STATUSES }), true),
                ("changes", json!({ "type": "array", "items": { "$ref": "#/$defs/change" } }), true),
                failure(false),
                ("reason", text.clone(), false),
                ("findings", texts.clone(), false),
                ("result", json!({ "type": "object" }), false),
                ("ignored", json!({ "const": true }), false),
                ("rescued", json!({ "const": true }), false),
            ],
        ),
        event("host_ended", &[host()]),
        event(
            "recap",
            &[
                mode(),
                ("stopped", json!({ "type": "boolean" }), true),
                ("hosts", json!({ "type": "array", "items": { "$ref": "#/$defs/host" } }), true),
            ],
        ),
    ];
    let counters = ["ok", "changed", "failed", "skipped", "rescued", "ignored", "unknown", "changes"];
    let counters = counters.map(|name| (name, count.clone(), true));
    let mut of_host = vec![
        host(),
        ("unreachable", json!({ "type": "boolean" }), true),
        ("state", json!({ "enum": ["done", "untouched", "unsure", "half_way", "taken_back"] }), true),
        ("why", text.clone(), false),
    ];
    of_host.extend(counters);
    let side = |name: &str, of: Json| object(&[(name, of, true)]);
    let schema = json!({
        "oneOf": variants,
        "$defs": {
            "failure": object(&[("tried", text.clone(), true), ("came_back", text.clone(), true), ("hint", text.clone(), false)]),
            "change": object(&[
                ("subject", text.clone(), true),
                ("before", json!({ "$ref": "#/$defs/side" }), true),
                ("after", json!({ "$ref": "#/$defs/side" }), true),
            ]),
            "side": { "oneOf": [
                { "enum": ["absent", "present"] },
                side("value", text.clone()),
                side("text", text.clone()),
                side("hidden", side("why", text.clone())),
            ] },
            "host": object(&of_host),
        },
    });
    document("An event of lvsctl", "One line of `lvsctl plan|apply|run|shell --output json`.", schema)
}

type Property<'a> = (&'a str, Json, bool);

fn event(name: &str, properties: &[Property<'_>]) -> Json {
    let mut all = vec![("event", json!({ "const": name }), true)];
    all.extend(properties.iter().cloned());
    object(&all)
}

/// An object with these keys; whether each must be there. Keys may be added later, so a program must pass over others:
/// the schema does not, by which a test sees what is not described.
fn object(properties: &[Property<'_>]) -> Json {
    let required: Vec<&str> = properties.iter().filter(|(.., required)| *required).map(|(name, ..)| *name).collect();
    let properties: Map<String, Json> =
        properties.iter().map(|(name, schema, _)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
