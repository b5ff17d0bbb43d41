//! Files, folders and links on a node in a temporary folder.

use std::{fs, os::unix::fs::MetadataExt};

use super::*;
use crate::{
    converge::test::{converge, shown},
    node::fake::FakeNode,
};

fn file(path: &str, kind: FileKind) -> File {
    File::new(path, kind)
}

fn content(path: &str, text: &str) -> File {
    file(path, FileKind::Content(text.into()))
}

fn apply(fake: &FakeNode, resource: &File) -> Result<Vec<String>, Failure> {
    converge(&On { node: &fake.node, resource }).map(|changes| shown(&changes))
}

fn apply_all(fake: &FakeNode, resources: &[File]) {
    for resource in resources {
        apply(fake, resource).unwrap();
    }
}

fn undo(fake: &FakeNode, resource: &File) -> Vec<File> {
    let on = On { node: &fake.node, resource };
    let undo = on.undo(&on.query().unwrap()).into_iter();
    undo.map(|resource| if let Resource::File(file) = resource { file } else { panic!("{resource:?}") }).collect()
}

fn mode_of(fake: &FakeNode, path: &str) -> u32 {
    fs::symlink_metadata(fake.at(path)).unwrap().mode() & 0o7777
}

#[test]
fn a_new_file_is_made_once() {
    let fake = FakeNode::new();
    let motd = File { mode: Some(0o640.into()), ..content("/motd", "hello\n") };
    assert_eq!(apply(&fake, &motd).unwrap(), ["+ file /motd: 1 line", "+ file /motd mode: 0640"]);
    assert_eq!((fake.read("/motd").as_str(), mode_of(&fake, "/motd")), ("hello\n", 0o640));
    assert!(apply(&fake, &motd).unwrap().is_empty());
}

#[test]
fn a_replaced_file_keeps_owner_and_mode_and_leaves_a_backup() {
    let fake = FakeNode::new();
    fake.write("/motd", "old\n");
    set_attributes("/motd", &fake.at("/motd"), Attributes::own(0o600)).unwrap();
    assert_eq!(apply(&fake, &content("/motd", "new\n")).unwrap(), ["~ file /motd: 1 line -> 1 line"]);
    assert_eq!(mode_of(&fake, "/motd"), 0o600);
    let backup = fake.node.folder.backups("run-1").join("motd~");
    assert_eq!(fs::read_to_string(backup).unwrap(), "old\n");
    assert_eq!(fs::read_dir(fake.at("/")).unwrap().count(), 1, "a temporary file is left");
}

#[test]
fn the_undo_of_a_change_puts_content_and_mode_back() {
    let fake = FakeNode::new();
    fake.write("/motd", "old\n");
    set_attributes("/motd", &fake.at("/motd"), Attributes::own(0o600)).unwrap();
    let new = File { mode: Some(0o644.into()), ..content("/motd", "new\n") };
    let before = undo(&fake, &new);
    apply(&fake, &new).unwrap();
    apply_all(&fake, &before);
    assert_eq!((fake.read("/motd").as_str(), mode_of(&fake, "/motd")), ("old\n", 0o600));
}

#[test]
fn the_undo_of_a_new_file_takes_it_away() {
    let fake = FakeNode::new();
    let before = undo(&fake, &content("/motd", "new\n"));
    apply(&fake, &content("/motd", "new\n")).unwrap();
    apply_all(&fake, &before);
    assert!(!fake.at("/motd").exists());
}

#[test]
fn a_folder_is_made_with_its_parents_and_goes_with_those_it_came_with() {
    let fake = FakeNode::new();
    fs::create_dir(fake.at("/srv")).unwrap();
    let folder = File { mode: Some(0o750.into()), ..file("/srv/a/b", FileKind::Directory) };
    let before = undo(&fake, &folder);
    assert_eq!(apply(&fake, &folder).unwrap(), ["+ directory /srv/a/b", "+ directory /srv/a/b mode: 0750"]);
    assert_eq!((mode_of(&fake, "/srv/a"), mode_of(&fake, "/srv/a/b")), (0o750, 0o750));
    assert_eq!(before.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["/srv/a/b", "/srv/a"]);
    apply_all(&fake, &before);
    assert_eq!(fs::read_dir(fake.at("/srv")).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_not_empty_is_not_removed() {
    let fake = FakeNode::new();
    fake.write("/srv/data", "precious");
    let failure = apply(&fake, &file("/srv", FileKind::Absent)).unwrap_err();
    assert_eq!(failure.came_back, "the folder is not empty");
    assert!(On { node: &fake.node, resource: &file("/srv", FileKind::Absent) }.is_full_folder());
}

#[test]
fn a_link_is_made_changed_and_put_back() {
    let fake = FakeNode::new();
    let link = |target: &str| file("/site", FileKind::Symlink(target.to_owned()));
    assert_eq!(apply(&fake, &link("a")).unwrap(), ["+ file /site: link to a"]);
    let before = undo(&fake, &link("b"));
    assert_eq!(apply(&fake, &link("b")).unwrap(), ["~ file /site: link to a -> link to b"]);
    assert!(apply(&fake, &link("b")).unwrap().is_empty());
    apply_all(&fake, &before);
    assert_eq!(fs::read_link(fake.at("/site")).unwrap(), Path::new("a"));
}

#[test]
fn nothing_of_another_kind_is_replaced() {
    let fake = FakeNode::new();
    fake.write("/folder/x", "");
    fake.write("/file", "");
    std::os::unix::fs::symlink("file", fake.at("/link")).unwrap();
    for (resource, is) in [
        (content("/folder", ""), "a folder"),
        (content("/link", "new"), "a symbolic link"),
        (file("/link", FileKind::Existing), "a symbolic link"),
        (file("/file", FileKind::Directory), "a file"),
        (file("/file", FileKind::Symlink("x".to_owned())), "a file"),
    ] {
        let failure = apply(&fake, &resource).unwrap_err();
        assert!(failure.came_back.starts_with(&format!("it is {is}, and")), "{failure:?}");
        assert!(failure.hint.is_some());
    }
    assert_eq!(fake.read("/file"), "");
}

#[test]
fn a_removed_file_comes_back_with_its_undo() {
    let fake = FakeNode::new();
    fake.write("/motd", "old\n");
    let absent = file("/motd", FileKind::Absent);
    let before = undo(&fake, &absent);
    assert_eq!(apply(&fake, &absent).unwrap(), ["- file /motd: 1 line"]);
    assert!(apply(&fake, &absent).unwrap().is_empty());
    apply_all(&fake, &before);
    assert_eq!(fake.read("/motd"), "old\n");
}

#[test]
fn secrets_and_binaries_are_hidden_but_still_compared() {
    let fake = FakeNode::new();
    fake.write("/key", "old secret");
    let key = File { sensitive: true, ..content("/key", "new secret") };
    let changes = converge(&On { node: &fake.node, resource: &key }).unwrap();
    assert_eq!(shown(&changes), ["~ file /key: (secret) -> (secret)"]);
    assert!(!format!("{changes:?}").contains("old"));
    let binary = file("/blob", FileKind::Content(Bytes(vec![0xff, 0])));
    assert_eq!(apply(&fake, &binary).unwrap(), ["+ file /blob: (binary)"]);
    assert_eq!(apply(&fake, &content("/long", &"x".repeat(300_000))).unwrap(), ["+ file /long: (too long)"]);
}

#[test]
fn a_missing_parent_is_an_error_with_a_hint() {
    let fake = FakeNode::new();
    let failure = apply(&fake, &content("/not/there", "")).unwrap_err();
    assert!(failure.hint.unwrap().contains("state: directory"));
}

#[test]
fn an_owner_is_given_by_name() {
    let fake = FakeNode::new();
    fake.write("/etc/passwd", "root:x:0:0::/:/bin/sh\nwww:x:1234:1235::/:/bin/sh\n");
    fake.write("/etc/group", "root:x:0:\nwww:x:1235:\n");
    let www = Some("www".to_owned());
    let motd = File { owner: www.clone(), group: www, ..content("/motd", "hello\n") };
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give a file away");
        return;
    }
    assert_eq!(apply(&fake, &motd).unwrap()[1..], ["+ file /motd owner: www", "+ file /motd group: www"]);
    let metadata = fs::metadata(fake.at("/motd")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (1234, 1235));
    let root = File { owner: Some("0".to_owned()), kind: FileKind::Existing, group: None, ..motd };
    assert_eq!(apply(&fake, &root).unwrap(), ["~ file /motd owner: www -> 0"]);
}

#[test]
fn an_unknown_owner_is_planned_and_then_fails_with_a_hint() {
    let fake = FakeNode::new();
    let motd = File { owner: Some("nginx".to_owned()), ..content("/motd", "") };
    let on = On { node: &fake.node, resource: &motd };
    assert_eq!(shown(&on.diff(&on.query().unwrap()))[1], "+ file /motd owner: nginx");
    let failure = apply(&fake, &motd).unwrap_err();
    assert_eq!(failure.came_back, "this node has no user nginx");
}

#[test]
fn bad_modes_and_paths_are_refused() {
    let fake = FakeNode::new();
    for bad in [
        File { mode: Some(0o10_000.into()), ..content("/motd", "") },
        content("/", ""),
        content("/motd/", ""),
        content("motd", ""),
        content("/../motd", ""),
    ] {
        apply(&fake, &bad).unwrap_err();
    }
}
