//! The items that a task goes through.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::scope::TaskScope;
use crate::{
    inventory::Vars,
    module::Scope,
    playbook::{Loop, LoopKind, folder_of},
    source::{Code, Diagnostic, Diagnostics},
    yaml::{Key, Map, Node, Value},
};

/// Most items of a loop: a sequence may be written that has no end in sight.
const MOST: usize = 1_000_000;

/// The items of a loop, for one host.
pub(super) fn items(looping: &Loop, scope: &TaskScope) -> Result<Vec<Node>, Diagnostics> {
    // `with_items: name` and `with_dict: name` without braces are the variable of that name no more, but text.
    let value = scope.render(&looping.value)?;
    let items = match looping.kind {
        LoopKind::List => list(&value)?,
        LoopKind::Items => flat(value.as_list_or_one(), 1),
        LoopKind::Flattened => flat(value.as_list_or_one(), usize::MAX),
        LoopKind::Dict => entries(&value)?,
        LoopKind::Sequence => sequence(&value)?,
        LoopKind::Nested => nested(value.as_list_or_one()),
        LoopKind::Together => together(value.as_list_or_one()),
        LoopKind::Subelements => subelements(&value)?,
        LoopKind::IndexedItems => {
            let items = flat(value.as_list_or_one(), 1);
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| pair(&value, value.with_json(json!(index)), item))
                .collect()
        }
        LoopKind::Fileglob => files(&value, scope)?,
    };
    Ok(items)
}

/// The variables of an item: itself, its place, and `ansible_loop`.
pub(super) fn variables(looping: &Loop, items: &[Node], index: usize) -> Vars {
    let item = &items[index];
    let mut vars = Vars::from([
        (looping.variable.clone(), item.clone()),
        ("ansible_loop_var".to_owned(), item.with_json(looping.variable.as_str().into())),
    ]);
    if let Some(name) = &looping.index {
        vars.insert(name.clone(), item.with_json(json!(index)));
        vars.insert("ansible_index_var".to_owned(), item.with_json(name.as_str().into()));
    }
    if looping.extended {
        let mut extended = json!({
            "index": index + 1,
            "index0": index,
            "first": index == 0,
            "last": index + 1 == items.len(),
            "length": items.len(),
            "revindex": items.len() - index,
            "revindex0": items.len() - index - 1,
        });
        if looping.all_items {
            extended["allitems"] = items.iter().map(Node::to_json).collect::<Vec<_>>().into();
        }
        if let Some(next) = items.get(index + 1) {
            extended["nextitem"] = next.to_json();
        }
        if index > 0 {
            extended["previtem"] = items[index - 1].to_json();
        }
        vars.insert("ansible_loop".to_owned(), item.with_json(extended));
    }
    vars
}

fn list(value: &Node) -> Result<Vec<Node>, Diagnostic> {
    match &value.value {
        Value::List(nodes) => Ok(nodes.to_vec()),
        other => {
            let title = format!("a loop goes through a list, and this is {}", other.kind());
            let hint = match other {
                Value::Map(_) => "write `… | dict2items`: an item then has `key` and `value`",
                Value::String(_) => "put it into brackets, or into `{{ … }}` if it names a variable",
                _ => "put it into brackets",
            };
            Err(Diagnostic::new(Code::BadLoop, title, &value.span, "").hint(hint))
        }
    }
}

fn flat(nodes: &[Node], depth: usize) -> Vec<Node> {
    let mut items = Vec::new();
    for node in nodes {
        match &node.value {
            Value::List(inner) if depth > 0 => items.extend(flat(inner, depth - 1)),
            _ => items.push(node.clone()),
        }
    }
    items
}

fn entries(value: &Node) -> Result<Vec<Node>, Diagnostic> {
    let mut items = Vec::new();
    for node in value.as_list_or_one() {
        let map = node.as_map().map_err(|_| {
            let title = format!("`with_dict` goes through a mapping, and this is {}", node.value.kind());
            Diagnostic::new(Code::BadLoop, title, &node.span, "")
        })?;
        for (key, value) in map.iter() {
            let key_of = |name: &str| Key { name: name.to_owned(), span: key.span.clone() };
            let name = Node { value: Value::String(key.name.clone()), span: key.span.clone() };
            let entry: Map = [(key_of("key"), name), (key_of("value"), value.clone())].into_iter().collect();
            items.push(Node { value: Value::Map(entry), span: node.span.clone() });
        }
    }
    Ok(items)
}

/// `start=1 end=5 stride=2 format=web%02d`, `count=3`, `1-5/2:web%02d`.
fn sequence(value: &Node) -> Result<Vec<Node>, Diagnostic> {
    let mut items = Vec::new();
    for node in value.as_list_or_one() {
        let wrong = |title: String| {
            Diagnostic::new(Code::BadLoop, title, &node.span, "").hint("write `start=1 end=5 stride=2`")
        };
        let text = node.to_text()?;
        let (mut start, mut end, mut stride, mut count, mut format) = (1i64, None, 1i64, None, "%d".to_owned());
        let number = |text: &str| {
            let (digits, base) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
            i64::from_str_radix(digits, base).map_err(|_| wrong(format!("`{text}` is no number")))
        };
        if text.contains('=') {
            for word in text.split_whitespace() {
                match word.split_once('=') {
                    Some(("start", text)) => start = number(text)?,
                    Some(("end", text)) => end = Some(number(text)?),
                    Some(("stride", text)) => stride = number(text)?,
                    Some(("count", text)) => count = Some(number(text)?),
                    Some(("format", text)) => text.clone_into(&mut format),
                    _ => return Err(wrong(format!("`{word}` is no part of a sequence"))),
                }
            }
        } else {
            let (range, shape) = text.split_once(':').unwrap_or((&text, "%d"));
            let (range, step) = range.split_once('/').unwrap_or((range, "1"));
            let (from, to) = range.split_once('-').unwrap_or(("1", range));
            (start, end, stride) = (number(from.trim())?, Some(number(to.trim())?), number(step.trim())?);
            shape.clone_into(&mut format);
        }
        let end = match (end, count) {
            (Some(end), None) => end,
            (None, Some(0)) => continue,
            (None, Some(count)) => start + (count - 1) * stride,
            _ => return Err(wrong("a sequence has `end` or `count`".to_owned())),
        };
        let mut number = start;
        while stride != 0 && (if stride > 0 { number <= end } else { number >= end }) {
            if items.len() >= MOST {
                return Err(wrong(format!("a loop has at most {MOST} items")));
            }
            items.push(node.with_json(formatted(&format, number).into()));
            number += stride;
        }
    }
    Ok(items)
}

/// A number in a text as printf(3) writes it: `%d`, `%02d`, `%x`.
fn formatted(format: &str, number: i64) -> String {
    let Some((before, rest)) = format.split_once('%') else { return format.to_owned() };
    let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (width, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let digits = match rest[end..].chars().next() {
        Some('x') => format!("{number:x}"),
        Some('X') => format!("{number:X}"),
        Some('o') => format!("{number:o}"),
        _ => number.to_string(),
    };
    let places = width.trim_start_matches('0').parse().unwrap_or(0usize);
    let padded = if width.starts_with('0') { format!("{digits:0>places$}") } else { format!("{digits:>places$}") };
    format!("{before}{padded}{after}")
}

fn nested(lists: &[Node]) -> Vec<Node> {
    let Some(first) = lists.first() else { return Vec::new() };
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for list in lists {
        let choices = list.as_list_or_one();
        rows = rows
            .into_iter()
            .flat_map(|row| choices.iter().map(move |choice| [row.clone(), vec![choice.clone()]].concat()))
            .collect();
    }
    let whole = |row: Vec<Node>| Node { value: Value::List(flat(&row, 1).into()), span: first.span.clone() };
    rows.into_iter().map(whole).collect()
}

fn together(lists: &[Node]) -> Vec<Node> {
    let longest = lists.iter().map(|list| list.as_list_or_one().len()).max().unwrap_or(0);
    let row = |index: usize| {
        let nodes = lists.iter().map(|list| list.as_list_or_one().get(index).cloned());
        nodes.zip(lists).map(|(node, list)| node.unwrap_or_else(|| list.with_json(Json::Null))).collect()
    };
    let nodes = |index: usize| Node { value: Value::List(row(index)), span: lists[0].span.clone() };
    (0..longest).map(nodes).collect()
}

fn pair(place: &Node, left: Node, right: Node) -> Node {
    Node { value: Value::List([left, right].into()), span: place.span.clone() }
}

fn subelements(value: &Node) -> Result<Vec<Node>, Diagnostic> {
    let wrong = |title: &str| {
        Diagnostic::new(Code::BadLoop, title, &value.span, "").hint("write a list, and the key of the list inside")
    };
    let [list, key, more @ ..] = value.as_list()? else {
        return Err(wrong("`with_subelements` takes a list and a key"));
    };
    let key = key.to_text()?;
    let skips_missing = match more.first().map(Node::as_map).transpose()?.and_then(|more| more.get("skip_missing")) {
        Some(node) => node.as_bool()?,
        None => false,
    };
    let mut items = Vec::new();
    for entry in list.as_list()? {
        let mut inner = Some(entry);
        for part in key.split('.') {
            inner = inner.and_then(|node| node.as_map().ok()?.get(part));
        }
        if inner.is_none() && skips_missing {
            continue;
        }
        let inner = inner.ok_or_else(|| wrong("an entry has no such key"))?;
        items.extend(inner.as_list()?.iter().map(|item| pair(value, entry.clone(), item.clone())));
    }
    Ok(items)
}

/// Files of the controller's that a pattern means: beside the playbook, in its `files`, or absolute.
fn files(value: &Node, scope: &TaskScope) -> Result<Vec<Node>, Diagnostics> {
    let mut items = Vec::new();
    for node in value.as_list_or_one() {
        let pattern = node.to_text()?;
        let pattern = Path::new(&pattern);
        let name = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = pattern.parent().unwrap_or(Path::new(""));
        let beside = folder_of(node.span.source()).unwrap_or(Path::new("")).to_owned();
        let folders = scope.folders().iter().cloned().chain([beside]).flat_map(|folder| [folder.join("files"), folder]);
        for folder in folders.map(|folder| folder.join(parent)) {
            let entries =
                std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
            let mut found: Vec<_> = entries
                .filter(|path| {
                    path.is_file() && path.file_name().is_some_and(|file| is_match(&name, &file.to_string_lossy()))
                })
                .collect();
            found.sort();
            if !found.is_empty() {
                let shown =
                    |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
                items.extend(found.iter().map(|path| node.with_json(shown(path).into())));
                break;
            }
        }
    }
    Ok(items)
}

/// Whether a name fits a pattern with `*` and `?`.
fn is_match(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| is_match(rest, &name[at..]))
        }
        (Some('?'), Some(first)) => is_match(&pattern[1..], &name[first.len_utf8()..]),
        (Some(wanted), Some(first)) if wanted == first => {
            is_match(&pattern[wanted.len_utf8()..], &name[first.len_utf8()..])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    fn node(text: &str) -> Node {
        yaml::parse(&Source::new("test.yml", text)).unwrap()
    }

    fn shown(items: &[Node]) -> String {
        items.iter().map(|item| item.to_json().to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_in_lists_are_put_in_their_place_one_level_deep() {
        assert_eq!(shown(&flat(node("[a, [b, [c]]]").as_list().unwrap(), 1)), r#""a" "b" ["c"]"#);
    }

    #[test]
    fn a_sequence_is_written_in_two_ways() {
        assert_eq!(
            shown(&sequence(&node("start=1 end=5 stride=2 format=web%02d")).unwrap()),
            r#""web01" "web03" "web05""#
        );
        assert_eq!(shown(&sequence(&node("'4-8/2:n%d'")).unwrap()), r#""n4" "n6" "n8""#);
        assert_eq!(shown(&sequence(&node("count=2")).unwrap()), r#""1" "2""#);
        assert!(sequence(&node("start=1")).is_err());
    }

    #[test]
    fn lists_are_crossed_and_zipped() {
        let lists = node("[[a, b], [1, 2]]");
        assert_eq!(shown(&nested(lists.as_list().unwrap())), r#"["a",1] ["a",2] ["b",1] ["b",2]"#);
        let lists = node("[[a, b], [1]]");
        assert_eq!(shown(&together(lists.as_list().unwrap())), r#"["a",1] ["b",null]"#);
    }

    #[test]
    fn names_fit_patterns() {
        assert!(is_match("*.conf", "a.conf") && is_match("a?", "ab") && !is_match("*.conf", "a.cfg"));
    }
}
