//! Edits on a node in a temporary folder. What Ansible itself makes of the odd cases is compared elsewhere.

use super::*;
use crate::{
    converge::test::{converge, shown},
    node::fake::FakeNode,
    state::{BlockEdit, Find, LineEdit, Place},
};

fn text_edit(edit: Edit) -> TextEdit {
    TextEdit {
        path: "/etc/hosts".to_owned(),
        edit,
        create: false,
        owner: None,
        group: None,
        mode: None,
        backup: false,
        validate: None,
        sensitive: false,
    }
}

fn line(text: &str, find: Option<Find>) -> TextEdit {
    let line = text.to_owned();
    text_edit(Edit::Line(Box::new(LineEdit { line, find, replacement: None, place: Place::End, first: false })))
}

fn block(text: &str) -> TextEdit {
    let (begin, end) = ("# BEGIN".to_owned(), "# END".to_owned());
    let block = text.to_owned();
    let edit = BlockEdit { begin, end, block, place: Place::End, empty_before: false, empty_after: false };
    text_edit(Edit::Block(Box::new(edit)))
}

fn apply(fake: &FakeNode, edit: &TextEdit) -> Result<Vec<String>, Failure> {
    converge(&Editing::new(&fake.node, edit)).map(|changes| shown(&changes))
}

#[test]
fn a_line_takes_the_place_of_the_last_that_is_found_and_stays() {
    let fake = FakeNode::new();
    fake.write("/etc/hosts", "a 1\nb\na 2");
    let edit = line("a 3", Some(Find::Text("a ".to_owned())));
    assert_eq!(apply(&fake, &edit).unwrap().len(), 1);
    assert_eq!(fake.read("/etc/hosts"), "a 1\nb\na 3\n");
    assert!(apply(&fake, &edit).unwrap().is_empty());
}

#[test]
fn what_was_there_is_put_back() {
    let fake = FakeNode::new();
    fake.write("/etc/hosts", "a\nno end");
    let edit = line("b", None);
    let on = Editing::new(&fake.node, &edit);
    let before = on.undo(&on.query().unwrap());
    converge(&on).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\nno end\nb\n");
    for resource in before {
        let Resource::File(resource) = resource else { panic!("{resource:?}") };
        converge(&On { node: &fake.node, resource: &resource }).unwrap();
    }
    assert_eq!(fake.read("/etc/hosts"), "a\nno end");
}

#[test]
fn a_block_comes_changes_and_goes() {
    let fake = FakeNode::new();
    fake.write("/etc/hosts", "a\n");
    apply(&fake, &block("one\ntwo")).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\n# BEGIN\none\ntwo\n# END\n");
    assert!(apply(&fake, &block("one\ntwo\n")).unwrap().is_empty());
    apply(&fake, &block("three")).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\n# BEGIN\nthree\n# END\n");
    apply(&fake, &block("")).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\n");
}

#[test]
fn a_file_is_made_only_where_that_is_asked_for() {
    let fake = FakeNode::new();
    let edit = line("a", None);
    assert!(apply(&fake, &edit).unwrap_err().hint.unwrap().contains("create"));
    let absent = text_edit(Edit::NoLine(Find::Line("a".to_owned())));
    assert!(apply(&fake, &absent).unwrap().is_empty() && !fake.at("/etc").exists());
    apply(&fake, &TextEdit { create: true, ..edit }).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\n");
    assert_eq!(apply(&fake, &absent).unwrap().len(), 1);
    assert_eq!(fake.read("/etc/hosts"), "");
}

#[test]
fn a_link_is_followed_and_stays_a_link() {
    let fake = FakeNode::new();
    fake.write("/etc/real", "a\n");
    std::os::unix::fs::symlink("real", fake.at("/etc/hosts")).unwrap();
    apply(&fake, &line("b", None)).unwrap();
    assert_eq!(fake.read("/etc/real"), "a\nb\n");
    assert!(fake.at("/etc/hosts").is_symlink());
}

#[test]
fn what_validate_refuses_is_not_written() {
    let fake = FakeNode::new();
    fake.write("/etc/hosts", "a\n");
    let argv = |script: &str| Some(["sh", "-c", script, "sh", "%s"].map(str::to_owned).to_vec());
    let edit = TextEdit { validate: argv("grep -q x $1"), ..line("b", None) };
    assert_eq!(apply(&fake, &edit).unwrap_err().tried, "validate the new /etc/hosts");
    assert_eq!(fake.read("/etc/hosts"), "a\n");
    apply(&fake, &TextEdit { validate: argv("grep -q b $1"), ..edit }).unwrap();
    assert_eq!(fake.read("/etc/hosts"), "a\nb\n");
}

#[test]
fn the_result_says_what_was_done_in_ansibles_words() {
    let fake = FakeNode::new();
    fake.write("/etc/hosts", "a\na\n");
    let edit = TextEdit { backup: true, ..text_edit(Edit::NoLine(Find::Line("a".to_owned()))) };
    let on = Editing::new(&fake.node, &edit);
    let found = on.query().unwrap();
    on.apply(&found, &mut |_, _| ()).unwrap();
    let values = on.result(&found, &on.query().unwrap());
    assert_eq!((&values["msg"], &values["found"]), (&"2 line(s) removed".into(), &2.into()));
    assert_eq!(fake.read(values["backup"].as_str().unwrap()), "a\na\n");
}
