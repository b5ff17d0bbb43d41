//! `template`: another template, rendered with the same names.

use std::collections::HashMap;

use minijinja::{Error, value::Value};

use super::{
    super::{Engine, arguments::items, context, failure::Reported, watch},
    Call, Templates, failed, python,
};
use crate::source::Source;

/// How deep templates may look templates up.
const MAX_DEPTH: usize = 16;

pub(super) fn template(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut own = HashMap::new();
    if let Some(vars) = call.arguments.named("template_vars")? {
        for name in items(&vars)? {
            own.insert(python::text(&name)?, vars.get_item(&name)?);
        }
    }
    if watch::depth() > MAX_DEPTH {
        return Err(failed("templates look each other up without an end"));
    }
    let context = context::of(call.state).with_values(own);
    let mut rendered = Vec::new();
    for term in terms {
        let name = python::text(term)?;
        let path = call.find("templates", &name)?;
        let source = Source::read(&path).map_err(|_| failed(format!("{} cannot be read", path.display())))?;
        let mut user_dirs = call.templates.user_dirs.clone();
        user_dirs.insert(0, path.parent().unwrap_or(&path).to_owned());
        let engine = Engine::new(Templates { user_dirs });
        rendered.push(engine.render_to_value(&source, &context).map_err(Reported::in_another)?);
    }
    Ok(rendered)
}
