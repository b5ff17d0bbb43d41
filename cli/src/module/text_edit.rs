//! `lineinfile` and `blockinfile`: lines in a file that others write, too.

use lvs_agent::state::{self, BlockEdit, Edit, Find, LineEdit, Place, Resource};

use super::{
    Context, Kind,
    arguments::Arguments,
    expression::{pattern, replacement},
    ownership::Ownership,
};
use crate::yaml::Node;

/// The marks where none are given, and what stands in them for `BEGIN` and `END`.
const MARKER: &str = "# {mark} ANSIBLE MANAGED BLOCK";

/// The arguments of `lineinfile` or `blockinfile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit(state::TextEdit);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Present,
    Absent,
}

impl TextEdit {
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>) -> Self {
        let path = from.path(&["path", "dest", "destfile", "name"]);
        let states = [("present", State::Present), ("absent", State::Absent)];
        let state = from.choice(&["state"], &states).unwrap_or(State::Present);
        let edit = if kind == Kind::Blockinfile { block(from, state) } else { line(from, state) };
        let create = from.flag(&["create"]).unwrap_or(false);
        let backup = from.flag(&["backup"]).unwrap_or(false);
        let validate = from.validate();
        if from.has(&["encoding"]) {
            from.refuse(&["encoding"], "files are edited byte by byte, as UTF-8");
        }
        let Ownership { owner, group, mode } = Ownership::read(from);
        Self(state::TextEdit { path, edit, create, owner, group, mode, backup, validate, sensitive: false })
    }

    pub(super) fn resource(self, context: &Context<'_>) -> Resource {
        Resource::TextEdit(state::TextEdit { sensitive: context.sensitive, ..self.0 })
    }
}

/// Where new lines go.
fn place(from: &mut Arguments<'_>) -> Place {
    from.exclusive(&["insertbefore", "insertafter"]);
    let after = from.optional(&["insertafter"], |node| {
        Ok(match node.to_text()?.as_str() {
            "EOF" => Place::End,
            "BOF" => Place::Start,
            _ => Place::After(pattern(node)?),
        })
    });
    let before = from.optional(&["insertbefore"], |node| {
        Ok(if node.to_text()? == "BOF" { Place::Start } else { Place::Before(pattern(node)?) })
    });
    after.or(before).unwrap_or_default()
}

fn line(from: &mut Arguments<'_>, state: State) -> Edit {
    from.exclusive(&["regexp", "search_string"]);
    from.exclusive(&["backrefs", "search_string"]);
    let (has_line, has_find) =
        (from.has(&["line", "value"]), from.has(&["regexp", "regex"]) | from.has(&["search_string"]));
    let expression = from.optional(&["regexp", "regex"], pattern);
    let text = from.text(&["search_string"]);
    let find = expression.clone().map(Find::Pattern).or_else(|| text.map(Find::Text));
    let backrefs = from.flag(&["backrefs"]).unwrap_or(false);
    let wanted = from.text(&["line", "value"]);
    let replacement = match &expression {
        Some(expression) if backrefs => from.optional(&["line", "value"], |node| replacement(node, expression)),
        _ => None,
    };
    let place = place(from);
    let first = from.flag(&["firstmatch"]).unwrap_or(false);
    match state {
        State::Absent => {
            if !has_line && !has_find {
                from.missing("line");
            }
            Edit::NoLine(find.unwrap_or_else(|| Find::Line(wanted.unwrap_or_default())))
        }
        State::Present => {
            if !has_line {
                from.missing("line");
            }
            if backrefs && !from.has(&["regexp", "regex"]) {
                from.reject("backrefs", "`backrefs` needs a `regexp`", "add `regexp: …`, or remove `backrefs`");
            }
            let line = wanted.unwrap_or_default();
            Edit::Line(Box::new(LineEdit { line, find, replacement, place, first }))
        }
    }
}

fn block(from: &mut Arguments<'_>, state: State) -> Edit {
    let block = from.text(&["block", "content"]).unwrap_or_default();
    let marker = from.optional(&["marker"], Node::to_text).unwrap_or_else(|| MARKER.to_owned());
    let begin = from.text(&["marker_begin"]).unwrap_or_else(|| "BEGIN".to_owned());
    let end = from.text(&["marker_end"]).unwrap_or_else(|| "END".to_owned());
    let (begin, end) = (marker.replace("{mark}", &begin), marker.replace("{mark}", &end));
    if begin == end {
        from.reject(
            "marker",
            "both marks are the same, so that the block would not be found again",
            "write `{mark}` in `marker`: it becomes `marker_begin` and `marker_end`",
        );
    }
    let place = place(from);
    let empty_before = from.flag(&["prepend_newline"]).unwrap_or(false);
    let empty_after = from.flag(&["append_newline"]).unwrap_or(false);
    let block = if state == State::Present { block } else { String::new() };
    Edit::Block(Box::new(BlockEdit { begin, end, block, place, empty_before, empty_after }))
}
