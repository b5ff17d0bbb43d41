//! `template`: a file with content from a template.

use lvs_agent::state::{self, FileKind, Resource};

use super::{Context, arguments::Arguments, ownership::Ownership};
use crate::{
    source::{Diagnostics, Span},
    yaml::Node,
};

/// The arguments of `template`.
#[derive(Clone, Debug)]
pub struct Template {
    src: String,
    place: Option<Span>,
    dest: String,
    ownership: Ownership,
}

impl Template {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let place = from.get(&["src"]).map(|node| node.span.clone());
        let src = from.required(&["src"], Node::to_text);
        let dest = into_folder(from.path(&["dest"]), &src);
        from.always("backup", "what was there before is always kept");
        Self { src, place, dest, ownership: Ownership::read(from) }
    }

    pub(super) fn resource(self, context: &Context<'_>) -> Result<Resource, Diagnostics> {
        let text = context.scope.template(&self.src, self.place.as_ref(), &[])?;
        let Ownership { owner, group, mode } = self.ownership;
        let kind = FileKind::Content(text.into());
        Ok(Resource::File(state::File { path: self.dest, kind, owner, group, mode, sensitive: context.sensitive }))
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        (&self.src, &self.dest, &self.ownership) == (&other.src, &other.dest, &other.ownership)
    }
}

impl Eq for Template {}

/// A destination that ends in `/` is a folder: the file keeps its name.
pub(super) fn into_folder(dest: String, src: &str) -> String {
    match (dest.ends_with('/'), src.rsplit('/').next()) {
        (true, Some(name)) => dest + name,
        _ => dest,
    }
}
