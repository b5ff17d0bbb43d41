//! `template`: a file with content from a template.

use lvs_agent::state::{self, FileKind, Handling, Resource};

use super::{Context, Wanted, arguments::Arguments, copy::handling, ownership::Ownership};
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
    handling: Handling,
}

impl Template {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let place = from.get(&["src"]).map(|node| node.span.clone());
        let src: String = from.required(&["src"], Node::to_text);
        let dest = from.path(&["dest"]);
        let mut handling = handling(from, Some(&src));
        handling.replace = true;
        from.refuse(
            &[
                "block_end_string",
                "block_start_string",
                "comment_end_string",
                "comment_start_string",
                "lstrip_blocks",
                "newline_sequence",
                "output_encoding",
                "trim_blocks",
                "variable_end_string",
                "variable_start_string",
            ],
            "templates are read with Ansible's defaults; set `trim_blocks` and `lstrip_blocks` in the first line of the \
             template with `#jinja2:`",
        );
        Self { src, place, dest, ownership: Ownership::read(from), handling }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Wanted, Diagnostics> {
        let text = context.scope.template(&self.src, self.place.as_ref(), &[])?;
        let Ownership { owner, group, mode } = self.ownership;
        let (sensitive, handling) = (context.sensitive, self.handling);
        let file = state::File::new(self.dest, FileKind::Content(text.into()));
        let wanted = Wanted::plain(Resource::File(state::File { owner, group, mode, sensitive, handling, ..file }));
        Ok(wanted.returning([("src", self.src.into())]))
    }
}
