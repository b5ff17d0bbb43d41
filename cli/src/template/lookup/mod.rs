//! Lookups: what a template asks of the controller: `lookup('env', 'HOME')`, `query('file', 'a', 'b')`.
//!
//! As in Ansible, `query` gives a list, and `lookup` gives texts joined with commas, or what there is where it is one.

mod files;
mod first_found;
mod found;
mod lists;
mod pipe;
mod sequence;
mod template;
mod variables;

pub(super) use found::glob;

use minijinja::{
    Environment, Error, State,
    value::{Rest, Value, ValueKind, ValueOrKwargs},
};

use super::{
    Templates,
    arguments::{Arguments, failed},
    marker, moment, omit, python,
};
use crate::source::did_you_mean;

/// What a lookup is given besides its terms.
pub(super) struct Call<'a, 'state, 'environment> {
    state: &'a State<'state, 'environment>,
    templates: &'a Templates,
    arguments: &'a Arguments,
}

type Lookup = fn(&[Value], &Call<'_, '_, '_>) -> Result<Vec<Value>, Error>;

const LOOKUPS: &[(&str, Lookup)] = &[
    ("dict", lists::dict),
    ("env", variables::env),
    ("file", files::file),
    ("fileglob", files::fileglob),
    ("first_found", first_found::first_found),
    ("flattened", lists::flattened),
    ("indexed_items", lists::indexed_items),
    ("items", lists::items_of),
    ("lines", pipe::lines),
    ("list", lists::list),
    ("nested", lists::nested),
    ("pipe", pipe::pipe),
    ("random_choice", lists::random_choice),
    ("sequence", sequence::sequence),
    ("subelements", lists::subelements),
    ("template", template::template),
    ("together", lists::together),
    ("varnames", variables::varnames),
    ("vars", variables::vars),
];

/// Makes lookups and other functions known to an engine.
pub(super) fn add_to(environment: &mut Environment<'static>, templates: &Templates) {
    for (name, wants_list) in [("lookup", false), ("query", true), ("q", true)] {
        let templates = templates.clone();
        environment.add_function(name, move |state: &State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
            look_up(state, &templates, &arguments.into_values(), wants_list)
        });
    }
    environment.add_function("dict", lists::to_dict);
    environment.add_function("now", moment::now);
    environment.add_global("omit", omit::value());
}

fn look_up(state: &State<'_, '_>, templates: &Templates, values: &[Value], wants_list: bool) -> Result<Value, Error> {
    values.iter().try_for_each(marker::check)?;
    let mut arguments = Arguments::new(values)?;
    let name = python::text(&arguments.required("name")?)?;
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(&name);
    let Some((_, lookup)) = LOOKUPS.iter().find(|(known, _)| *known == short) else {
        let hint = did_you_mean(short, LOOKUPS.iter().map(|(known, _)| *known));
        let hint = hint.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        return Err(failed(format!("there is no lookup `{name}`{hint}")));
    };
    let wants_list = wants_list || arguments.named("wantlist")?.is_some_and(|wants| wants.is_true());
    let errors = arguments.named("errors")?.map(|errors| python::text(&errors)).transpose()?;
    let terms = arguments.rest();
    let found = lookup(&terms, &Call { state, templates, arguments: &arguments });
    let found = match (found, errors.as_deref()) {
        (Ok(found), _) => found,
        (Err(_), Some("ignore" | "warn")) if wants_list => Vec::new(),
        (Err(_), Some("ignore" | "warn")) => return Ok(Value::from(())),
        (Err(error), _) => return Err(error),
    };
    arguments.finish()?;
    if wants_list {
        return Ok(found.into());
    }
    match &found[..] {
        [one] => Ok(one.clone()),
        several if several.iter().all(|value| value.kind() == ValueKind::String) => {
            let texts: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            Ok(texts.join(",").into())
        }
        _ => Ok(found.into()),
    }
}
