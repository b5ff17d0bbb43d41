//! JSON Schemas of what users write and of what lvsctl writes, by which editors and programs complete and check.
//!
//! They are made of the tables and of the readers themselves: keywords of playbooks, arguments of modules and keys of
//! services are those that reading asks for, so that no second list can fall behind. What a schema cannot say (that a
//! real server is a host of the inventory, say) `lvsctl check` says.

mod events;
mod inventory;
mod plan;
mod playbook;
mod shape;

use serde_json::{Value as Json, json};

pub use events::events;
pub use inventory::inventory;
pub use plan::plan;
pub use playbook::playbook;

/// A schema with what all of them have.
fn document(title: &str, description: &str, mut schema: Json) -> Json {
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema["description"] = json!(description);
    schema
}
