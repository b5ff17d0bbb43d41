//! What templates give, compared with ansible-core: every file of `tests/templates` is rendered by both.
//!
//! A case needs no Rust. It has `vars`, and then `values` (as a variable or an argument of a module is rendered: with its
//! type), `conditions` (as of `when`), `files` (as the template module renders a file), and `errors` (that both refuse;
//! `expected/NAME.txt` has what lvsctl says, written by `LVSCTL_BLESS=1`). A value that is meant to differ is written
//! `{value: …, lvsctl: …, because: …}`.

use std::{fmt::Write, fs, path::PathBuf, process::Command, sync::Arc};

use lvsctl::{
    source::{Diagnostics, Source},
    template::{Context, Engine, Templates},
    yaml::{self, Node},
};
use lvsctl_tests::{Ansible, repository};
use serde_json::{Value, json};

struct Case {
    name: String,
    path: PathBuf,
    node: Node,
}

fn cases() -> Vec<Case> {
    let folder = repository().join("tests/templates");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("read the cases").map(|entry| entry.expect("read the cases").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    paths.sort();
    let case = |path: PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let source = Source::new(&name, fs::read_to_string(&path).expect("read a case"));
        let node = yaml::parse(&source).unwrap_or_else(|error| panic!("{}", Diagnostics::from(error).render(false)));
        Case { name, path, node }
    };
    paths.into_iter().map(case).collect()
}

/// What lvsctl makes of one item; an error is what it says.
struct Ours {
    engine: Engine,
    context: Context,
    name: String,
}

impl Ours {
    fn of(case: &Case) -> Self {
        let folder = case.path.parent().expect("a folder").to_owned();
        let engine = Engine::new(Templates { user_dirs: vec![folder.join("templates"), folder] });
        let map = case.node.as_map().expect("a mapping");
        let vars = map.get("vars").map(|vars| vars.as_map().expect("vars are a mapping").clone()).unwrap_or_default();
        let context = Context::default().with_vars(vars.iter().map(|(key, node)| (&key.name, node)));
        Self { engine, context, name: case.name.clone() }
    }

    fn render(&self, kind: &str, item: &Node) -> Result<Value, String> {
        let result = match kind {
            "value" => self.engine.render_node(item, &self.context).map(|node| node.to_json()),
            "condition" => self.engine.holds(item, &self.context).map(Value::from),
            "file" => {
                let text = item.as_str().expect("a template is text");
                let source: Arc<Source> = Source::new(format!("{}.j2", self.name), text);
                self.engine.render(&source, &self.context).map(Value::from)
            }
            other => panic!("{}: unknown kind {other}", self.name),
        };
        result.map_err(|diagnostic| Diagnostics::from(diagnostic).render(false))
    }
}

fn items<'a>(case: &'a Case, kind: &str) -> &'a [Node] {
    case.node.as_map().expect("a mapping").get(kind).map_or(&[], |items| items.as_list().expect("a list"))
}

#[test]
fn templates_give_what_ansible_core_gives() {
    let cases = cases();
    let folder = repository().join("tests/templates");
    let output = Command::new(Ansible::install().python())
        .arg(folder.join("render.py"))
        .args(cases.iter().map(|case| &case.path))
        .output()
        .expect("start python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Value = serde_json::from_slice(&output.stdout).expect("JSON from render.py");

    let (mut compared, mut wrong) = (0, String::new());
    for case in &cases {
        let ours = Ours::of(case);
        for (kind, list) in [("value", "values"), ("condition", "conditions"), ("file", "files")] {
            for (index, item) in items(case, list).iter().enumerate() {
                compared += 1;
                let theirs = &theirs[&case.name][list][index];
                let map = item.as_map().ok().filter(|map| map.get("because").is_some() && map.get("value").is_some());
                let (item, expected) = match map {
                    Some(map) => (map.get("value").expect("checked"), map.get("lvsctl").expect("lvsctl").to_json()),
                    None => (item, theirs["ok"].clone()),
                };
                let differs = map.is_some() && theirs["ok"] == expected;
                match ours.render(kind, item) {
                    Ok(ours) if ours == expected && !differs && (map.is_some() || theirs.get("ok").is_some()) => {}
                    ours => {
                        let text = item.span.text();
                        let ours = ours.map_or_else(|error| error, |value| value.to_string());
                        writeln!(wrong, "{}: {kind} {text}\n  ansible: {theirs}\n  lvsctl: {ours}", case.name)
                            .expect("text can be written to");
                    }
                }
            }
        }
        compared += items(case, "errors").len();
        errors(case, &ours, &theirs[&case.name]["errors"], &mut wrong);
    }
    println!("{} files, {compared} templates compared", cases.len());
    assert!(wrong.is_empty(), "{wrong}\n{} of {compared} differ", wrong.matches("  ansible: ").count());
}

/// What both refuse; ours with a message that is looked at.
fn errors(case: &Case, ours: &Ours, theirs: &Value, wrong: &mut String) {
    let mut told = String::new();
    for (index, item) in items(case, "errors").iter().enumerate() {
        let (key, item) = item.as_map().expect("value, condition or file").iter().next().expect("one of them");
        let result = ours.render(&key.name, item);
        if theirs[index].get("error").is_none() || result.is_ok() {
            let ours = json!(result.ok());
            writeln!(wrong, "{}: {}\n  ansible: {}\n  lvsctl: {ours}", case.name, item.span.text(), theirs[index])
                .expect("text can be written to");
        } else if let Err(error) = result {
            let folder = repository().join("tests/templates").display().to_string();
            writeln!(
                told,
                "{}",
                error.replace(&folder, "FOLDER").replace(folder.trim_end_matches("/templates"), "ABOVE")
            )
            .expect("text can be written to");
        }
    }
    let path = case.path.with_file_name("expected").join(case.path.with_extension("txt").file_name().expect("a name"));
    if std::env::var_os("LVSCTL_BLESS").is_some() {
        let _ = if told.is_empty() { fs::remove_file(&path) } else { fs::write(&path, &told) };
    } else if fs::read_to_string(&path).unwrap_or_default() != told {
        writeln!(wrong, "{}: the errors are not those of {}:\n{told}", case.name, path.display())
            .expect("text can be written to");
    }
}
