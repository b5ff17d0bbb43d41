//! From lines to groups, hosts and variables.

use std::{collections::HashMap, sync::Arc, sync::LazyLock};

use regex::Regex;

use super::{
    line::{Line, is_space},
    literal, words,
};
use crate::{
    inventory::{draft::Draft, draft::UNGROUPED, entry::Entry},
    source::{Diagnostic, Source, Span},
};

/// `[group]`, `[group:children]`, `[group:vars]`, and a comment.
static SECTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$").expect("it is a constant"));

/// A group's name, and a comment.
static GROUP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^([^:\]\s]+)\s*(?:#.*)?$").expect("it is a constant"));

/// What the lines of a section are.
#[derive(Clone, Copy)]
enum Kind {
    Hosts,
    Children,
    Vars,
}

/// A group that is named before it has a section of its own.
struct Pending {
    /// Where it is named, and as what.
    span: Span,
    kind: Kind,
    parents: Vec<(usize, Span)>,
}

/// Adds a file to the draft. What is wrong in it is noted, and the rest is still read.
pub(in crate::inventory) fn read(draft: &mut Draft, found: &mut Vec<Diagnostic>, source: &Arc<Source>) {
    let mut reader =
        Reader { draft, found, pending: HashMap::new(), order: Vec::new(), group: UNGROUPED, kind: Some(Kind::Hosts) };
    for line in Line::all(source) {
        if let Err(diagnostic) = reader.line(&line) {
            reader.found.push(diagnostic);
        }
    }
    reader.finish();
}

struct Reader<'a> {
    draft: &'a mut Draft,
    found: &'a mut Vec<Diagnostic>,
    pending: HashMap<String, Pending>,
    order: Vec<String>,
    group: usize,
    /// `None` after a section that is not understood.
    kind: Option<Kind>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        if let Some(section) = SECTION.captures(line.text) {
            self.kind = None;
            let name = section.get(1).expect("the expression has it");
            self.kind =
                Some(self.section(name.as_str(), section.get(2).map(|kind| kind.as_str()), line, name.range())?);
            return Ok(());
        }
        if line.text.starts_with('[') && line.text.ends_with(']') {
            self.kind = None;
            let hint = "a section is `[group]`, `[group:vars]` or `[group:children]`, without spaces";
            return Err(line.wrong("this is not a section", hint));
        }
        if line.text.starts_with('[') && !line.text.contains(']') {
            self.kind = None;
            return Err(line.wrong("the section is not closed", "write `]` behind it"));
        }
        match self.kind {
            None => Ok(()),
            Some(Kind::Hosts) => self.hosts(line),
            Some(Kind::Vars) => self.var(line),
            Some(Kind::Children) => self.child(line),
        }
    }

    fn section(
        &mut self,
        name: &str,
        kind: Option<&str>,
        line: &Line<'_>,
        at: std::ops::Range<usize>,
    ) -> Result<Kind, Diagnostic> {
        let kind = match kind {
            None | Some("hosts") => Kind::Hosts,
            Some("children") => Kind::Children,
            Some("vars") => Kind::Vars,
            Some(other) => {
                let hint = "after the colon stands `vars` or `children`; hosts need no colon";
                return Err(line.wrong(format!("unknown kind of section `{other}`"), hint));
            }
        };
        let span = line.span(at);
        if self.draft.find_group(name).is_none() && matches!(kind, Kind::Vars) && !self.pending.contains_key(name) {
            self.order.push(name.to_owned());
            self.pending.insert(name.to_owned(), Pending { span: line.whole(), kind, parents: Vec::new() });
        }
        self.group = self.draft.group(name, &span);
        if !matches!(kind, Kind::Vars) && self.pending.contains_key(name) {
            self.declared(name);
        }
        Ok(kind)
    }

    /// The group has a section now: it goes below those that named it, and they below those that named them.
    fn declared(&mut self, name: &str) {
        let mut names = vec![name.to_owned()];
        while let Some(name) = names.pop() {
            let Some(pending) = self.pending.remove(&name) else { continue };
            let Some(child) = self.draft.find_group(&name) else { continue };
            for (parent, span) in pending.parents {
                self.draft.add_child(parent, child, &span);
                let parent = self.draft.groups[parent].name.clone();
                if self.pending.get(&parent).is_some_and(|pending| matches!(pending.kind, Kind::Children)) {
                    names.push(parent);
                }
            }
        }
    }

    fn hosts(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let words = words::split(line.text)
            .map_err(|why| line.wrong(why, "put values with spaces or `#` into quotes, and close them"))?;
        let Some((name, rest)) = words.split_first() else { return Ok(()) };
        let span = line.span(name.range.clone());
        let entry = Entry::read(&name.text, &span)?;
        if name.text.trim().ends_with(':') && entry.port.is_none() {
            let hint = "this looks like YAML, and the file is not; after a host's colon stands its port";
            return Err(line.wrong(format!("`{}` is no host: it ends with a colon", name.text), hint));
        }
        if entry.names.iter().any(|name| name.trim() == "---") {
            return Err(line.wrong("`---` is no host", "this looks like YAML; then the file's name ends with `.yml`"));
        }
        let mut vars = Vec::with_capacity(rest.len());
        for word in rest {
            let span = line.span(word.range.clone());
            let Some((key, text)) = word.text.split_once('=') else {
                let wrong = Diagnostic::new(
                    crate::source::Code::InventorySyntax,
                    format!("`{}` is no variable of a host", word.text),
                    &span,
                    "",
                );
                return Err(wrong
                    .hint("variables follow the host as `name=value`, without spaces around `=`; one line, one host"));
            };
            vars.push((key.to_owned(), literal::value(text, &value_span(line, word, &span))));
        }
        self.draft.reserve(entry.names.len(), vars.len(), &span)?;
        for name in entry.names {
            let host = self.draft.add_host(self.group, name, &span, entry.port.as_ref());
            for (key, node) in &vars {
                self.draft.set_host_var(host, key, node, self.found);
            }
        }
        Ok(())
    }

    fn var(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let Some((key, text)) = line.text.split_once('=') else {
            return Err(
                line.wrong("a variable without a value", "in a section `[group:vars]` each line is `name=value`")
            );
        };
        let value = text.trim_matches(is_space);
        let at = line.text.len() - text.trim_start_matches(is_space).len();
        let node = literal::value(value, &line.span(at..at + value.len()));
        self.draft.set_group_var(self.group, key.trim_matches(is_space), &node, self.found);
        Ok(())
    }

    fn child(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let Some(group) = GROUP.captures(line.text).and_then(|groups| groups.get(1)) else {
            return Err(line.wrong(
                format!("expected the name of a group, found `{}`", line.text),
                "in a section `[group:children]` each line names one group",
            ));
        };
        let (name, span) = (group.as_str(), line.span(group.range()));
        if let Some(child) = self.draft.find_group(name) {
            self.draft.add_child(self.group, child, &span);
            return Ok(());
        }
        if !self.pending.contains_key(name) {
            self.order.push(name.to_owned());
        }
        let new = || Pending { span: span.clone(), kind: Kind::Children, parents: Vec::new() };
        self.pending.entry(name.to_owned()).or_insert_with(new).parents.push((self.group, span.clone()));
        Ok(())
    }

    /// Groups that never got a section.
    fn finish(self) {
        for name in self.order {
            let Some(pending) = self.pending.get(&name) else { continue };
            let title = match pending.kind {
                Kind::Vars => format!("variables for the group `{name}`, which is not there"),
                _ => format!("the group `{name}` is not there"),
            };
            let hint = format!("a section `[{name}]` makes it, be it empty");
            self.found.push(Diagnostic::new(crate::source::Code::InventorySyntax, title, &pending.span, "").hint(hint));
        }
    }
}

/// What stands after the `=`, where the word stands in the file as it is.
fn value_span(line: &Line<'_>, word: &words::Word, whole: &Span) -> Span {
    match line.text[word.range.clone()].find('=') {
        Some(at) => line.span(word.range.start + at + 1..word.range.end),
        None => whole.clone(),
    }
}
