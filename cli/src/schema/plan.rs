//! The schema of the file of a plan (`plan --out`).

use serde_json::{Value as Json, json};

use super::document;
use crate::plan_file::VERSION;

/// The schema of the file of a plan.
pub fn plan() -> Json {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let maybe = json!({ "type": ["string", "null"] });
    let object = |properties: Json| {
        let required: Vec<&String> = properties.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
    };
    let digest = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let schema = object(json!({
        "lvsctl_plan": { "const": VERSION },
        "lvsctl": text,
        "by": text,
        "made": { "type": "integer", "minimum": 0 },
        "key": digest,
        "request": object(json!({
            "folder": text, "playbook": maybe, "inventory": texts, "playbook_dir": maybe, "limit": maybe, "retry": maybe,
            "tags": texts, "skip_tags": texts, "start_at_task": maybe, "extra_vars": maybe,
        })),
        "inputs": { "type": "object", "additionalProperties": digest },
        "hosts": { "type": "object", "additionalProperties": { "type": "array", "items": { "$ref": "#/$defs/planned" } } },
    }));
    let mut schema = schema;
    let side = json!({ "$ref": "#/$defs/side" });
    schema["$defs"] = json!({
        "planned": object(json!({
            "task": text, "place": text, "unknown": { "type": "boolean" },
            "changes": { "type": "array", "items": object(json!({ "subject": text, "before": side, "after": side })) },
        })),
        "side": { "oneOf": [
            { "enum": ["absent", "present"] },
            object(json!({ "value": text })),
            object(json!({ "text": object(json!({ "lines": { "type": "integer", "minimum": 0 }, "digest": digest })) })),
            object(json!({ "hidden": text })),
        ] },
    });
    document("A plan of lvsctl", "What `lvsctl plan --out FILE` writes, for `lvsctl apply FILE`.", schema)
}
