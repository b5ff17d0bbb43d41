//! `loop` and the older `with_…`: what a task goes through.

use super::read;
use crate::{
    source::{Code, Diagnostic, did_you_mean},
    yaml::{Map, Node},
};

/// What a task goes through, and how.
#[derive(Clone, Debug)]
pub struct Loop {
    /// How the value becomes items.
    pub kind: LoopKind,
    /// The value, not yet rendered.
    pub value: Node,
    /// The variable that holds the item: `item`, unless told otherwise.
    pub variable: String,
    /// The variable that holds the item's place, from 0.
    pub index: Option<String>,
    /// What is shown of an item.
    pub label: Option<Node>,
    /// Seconds between items.
    pub pause: Option<Node>,
    /// Whether `ansible_loop` is wanted.
    pub extended: bool,
    /// Whether it has all items, too.
    pub all_items: bool,
    /// Conditions that end it.
    pub break_when: Vec<Node>,
}

/// How a value becomes items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `loop` and `with_list`: the items of a list.
    List,
    /// `with_items`: lists in the list are put in their place, one level deep.
    Items,
    /// `with_flattened`: lists in lists are put in their place, however deep.
    Flattened,
    /// `with_dict`: `key` and `value` of each entry.
    Dict,
    /// `with_sequence`: numbers.
    Sequence,
    /// `with_nested`, `with_cartesian`: each with each.
    Nested,
    /// `with_together`: the first of each, the second of each, …
    Together,
    /// `with_subelements`: each entry with each item of a list inside it.
    Subelements,
    /// `with_indexed_items`: the place and the item.
    IndexedItems,
    /// `with_fileglob`: files of the controller's.
    Fileglob,
}

/// The keywords that begin a loop.
pub(crate) const KEYWORDS: &[(&str, LoopKind)] = &[
    ("loop", LoopKind::List),
    ("with_list", LoopKind::List),
    ("with_items", LoopKind::Items),
    ("with_flattened", LoopKind::Flattened),
    ("with_dict", LoopKind::Dict),
    ("with_sequence", LoopKind::Sequence),
    ("with_nested", LoopKind::Nested),
    ("with_cartesian", LoopKind::Nested),
    ("with_together", LoopKind::Together),
    ("with_subelements", LoopKind::Subelements),
    ("with_indexed_items", LoopKind::IndexedItems),
    ("with_fileglob", LoopKind::Fileglob),
];

/// What `loop_control` takes.
pub(crate) const CONTROL: &[&str] =
    &["loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"];

impl Loop {
    /// Whether a key begins a loop.
    pub(super) fn is_keyword(name: &str) -> bool {
        KEYWORDS.iter().any(|(known, _)| *known == name)
    }

    /// The loop of a task, if it has one.
    pub(super) fn read(map: &Map, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut loops = KEYWORDS.iter().filter_map(|(name, kind)| Some((map.entry(name)?, *kind)));
        let ((key, value), kind) = loops.next()?;
        if let Some(((second, _), _)) = loops.next() {
            found.push(
                Diagnostic::new(Code::UnknownKeyword, "a second loop in one task", &second.span, "")
                    .also(&key.span, "the first one")
                    .hint("put the tasks into a file and loop over `include_tasks`"),
            );
        }
        let mut read = Self {
            kind,
            value: value.clone(),
            variable: "item".to_owned(),
            index: None,
            label: None,
            pause: None,
            extended: false,
            all_items: true,
            break_when: Vec::new(),
        };
        match read::get(map, "loop_control").map(Node::as_map) {
            None => {}
            Some(Err(error)) => found.push(error),
            Some(Ok(control)) => read.control(control, found),
        }
        Some(read)
    }

    fn control(&mut self, control: &Map, found: &mut Vec<Diagnostic>) {
        for (key, _) in control.iter().filter(|(key, _)| !CONTROL.contains(&key.name.as_str())) {
            let title = format!("unknown key `{}` in `loop_control`", key.name);
            let hint = match did_you_mean(&key.name, CONTROL.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known keys: {}", CONTROL.join(", ")),
            };
            found.push(Diagnostic::new(Code::UnknownKeyword, title, &key.span, "").hint(hint));
        }
        if let Some(variable) = read::text(control, "loop_var", found) {
            self.variable = variable;
        }
        self.index = read::text(control, "index_var", found);
        self.label = read::get(control, "label").cloned();
        self.pause = read::get(control, "pause").cloned();
        self.extended = read::flag(control, "extended", found).unwrap_or(false);
        self.all_items = read::flag(control, "extended_allitems", found).unwrap_or(true);
        self.break_when = read::list(control, "break_when").to_vec();
    }
}
