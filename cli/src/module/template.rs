//! `template`: a file with content from a template.

use lvs_agent::state::{self, FileKind, Handling, Resource};

use super::{Context, Wanted, arguments::Arguments, copy::handling, ownership::Ownership};
use crate::{
    source::{Diagnostics, Span},
    template::Syntax,
    yaml::Node,
};

/// The arguments of `template`.
#[derive(Clone, Debug)]
pub struct Template {
    src: String,
    place: Option<Span>,
    dest: String,
    syntax: Syntax,
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
        from.refuse(&["output_encoding"], "files are UTF-8");
        Self { src, place, dest, syntax: syntax(from), ownership: Ownership::read(from), handling }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Wanted, Diagnostics> {
        let text = context.scope.template(&self.src, &self.syntax, self.place.as_ref(), &[])?;
        let Ownership { owner, group, mode } = self.ownership;
        let (sensitive, handling) = (context.sensitive, self.handling);
        let file = state::File::new(self.dest, FileKind::Content(text.into()));
        let wanted = Wanted::plain(Resource::File(state::File { owner, group, mode, sensitive, handling, ..file }));
        Ok(wanted.returning([("src", self.src.into())]))
    }
}

/// How the template is marked, where its first line says nothing else.
fn syntax(from: &mut Arguments<'_>) -> Syntax {
    let mut syntax = Syntax::default();
    let texts = [
        ("block_start_string", &mut syntax.block.0),
        ("block_end_string", &mut syntax.block.1),
        ("variable_start_string", &mut syntax.variable.0),
        ("variable_end_string", &mut syntax.variable.1),
        ("comment_start_string", &mut syntax.comment.0),
        ("comment_end_string", &mut syntax.comment.1),
    ];
    for (name, text) in texts {
        let given = from.optional(&[name], |node| match node.to_text()? {
            text if text.is_empty() => Err(node.wrong_value("nothing marks no place")),
            text => Ok(text),
        });
        *text = given.unwrap_or_else(|| std::mem::take(text));
    }
    syntax.trim_blocks = from.flag(&["trim_blocks"]).unwrap_or(syntax.trim_blocks);
    syntax.lstrip_blocks = from.flag(&["lstrip_blocks"]).unwrap_or(syntax.lstrip_blocks);
    let line_ends = [("\n", "\n"), ("\r", "\r"), ("\r\n", "\r\n"), ("\\n", "\n"), ("\\r", "\r"), ("\\r\\n", "\r\n")];
    if let Some(newline) = from.choice(&["newline_sequence"], &line_ends) {
        newline.clone_into(&mut syntax.newline);
    }
    syntax
}
