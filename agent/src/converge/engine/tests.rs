//! The path as a whole, on a node in a temporary folder.

use std::fs;

use super::*;
use crate::{
    node::fake::FakeNode,
    state::{File, FileKind, KernelModule, Persist, Presence, Prune, Sysctl},
};

const FORWARD: &str = "/proc/sys/net/ipv4/ip_forward";

/// Runs one step in a session of its own, as the controller's next run does.
fn run(fake: &FakeNode, mode: Mode, tag: Option<&str>, resource: Resource) -> Outcome {
    let step = Step { id: 1, task: "Test".to_owned(), tag: tag.map(str::to_owned), sensitive: false, resource };
    let mut journal = Journal::new(&fake.node.folder, &fake.node.run);
    Engine::new(&fake.node, mode, &mut journal).unwrap().step(&step, &mut |_, _| ())
}

fn apply(fake: &FakeNode, tag: &str, resource: Resource) -> Outcome {
    run(fake, Mode::Apply, Some(tag), resource)
}

fn shown(outcome: &Outcome) -> Vec<String> {
    outcome.changes.iter().map(ToString::to_string).collect()
}

fn file(path: &str, text: &str) -> Resource {
    let kind = FileKind::Content(text.into());
    Resource::File(File::new(path, kind))
}

fn forward(value: &str) -> Resource {
    let key = "net.ipv4.ip_forward".to_owned();
    Resource::Sysctl(Sysctl { key, value: value.to_owned(), accept: vec![], persist: None })
}

fn prune(tag: &str, keep: &[&Resource]) -> Resource {
    let keep = keep.iter().map(|resource| resource.id()).collect();
    Resource::Prune(Prune { tag: tag.to_owned(), keep, drain_seconds: None })
}

#[test]
fn the_second_run_changes_nothing_and_check_mode_changes_nothing_at_all() {
    let fake = FakeNode::new();
    let planned = run(&fake, Mode::Check, Some("t"), file("/motd", "hello\n"));
    assert_eq!(planned.status, Status::WouldChange);
    assert!(!fake.at("/motd").exists() && !fake.node.folder.owned().exists() && !fake.node.folder.journals().exists());
    let done = apply(&fake, "t", file("/motd", "hello\n"));
    assert_eq!((done.status, &done.changes), (Status::Changed, &planned.changes));
    let again = apply(&fake, "t", file("/motd", "hello\n"));
    assert_eq!((again.status, again.changes), (Status::Unchanged, vec![]));
}

#[test]
fn pruning_puts_back_what_was_there_before_the_first_change() {
    let fake = FakeNode::new();
    fake.write("/motd", "before\n");
    for text in ["one\n", "two\n"] {
        apply(&fake, "t", file("/motd", text));
    }
    fake.write("/motd", "changed by hand\n");
    let planned = run(&fake, Mode::Check, None, prune("t", &[]));
    assert_eq!(shown(&planned), ["~ no longer wanted: file /motd: 1 line -> 1 line"]);
    assert_eq!(fake.read("/motd"), "changed by hand\n");
    assert_eq!(run(&fake, Mode::Apply, None, prune("t", &[])).changes, planned.changes);
    assert_eq!(fake.read("/motd"), "before\n");
    assert_eq!(run(&fake, Mode::Apply, None, prune("t", &[])).status, Status::Unchanged);
}

#[test]
fn pruning_goes_backwards_and_keeps_what_is_kept_and_what_others_made() {
    let fake = FakeNode::new();
    fake.write("/foreign", "");
    for path in ["/foreign", "/a", "/b", "/c"] {
        apply(&fake, "t", file(path, ""));
    }
    apply(&fake, "other", file("/d", ""));
    let outcome = run(&fake, Mode::Apply, None, prune("t", &[&file("/b", "")]));
    assert_eq!(shown(&outcome), ["- no longer wanted: file /c: 0 lines", "- no longer wanted: file /a: 0 lines"]);
    let mut left: Vec<_> = fs::read_dir(fake.at("/")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["b", "d", "foreign"]);
}

#[test]
fn what_needs_a_setting_goes_before_it_though_the_setting_is_newer() {
    let fake = FakeNode::new();
    fake.write(FORWARD, "0\n");
    fake.program("modprobe", r#"mkdir -p "$ROOT/sys/module/ipip"; echo live >"$ROOT/sys/module/ipip/initstate""#);
    let ipip = KernelModule { name: "ipip".to_owned(), state: Presence::Present, persist: None };
    for resource in [file("/a", ""), file("/b", ""), forward("1"), Resource::KernelModule(ipip)] {
        assert_eq!(apply(&fake, "t", resource).status, Status::Changed);
    }
    assert_eq!(
        shown(&run(&fake, Mode::Check, None, prune("t", &[]))),
        [
            "- no longer wanted: file /b: 0 lines",
            "- no longer wanted: file /a: 0 lines",
            "~ no longer wanted: sysctl net.ipv4.ip_forward: 1 -> 0",
            "- no longer wanted: module ipip",
        ]
    );
}

#[test]
fn pruning_leaves_a_folder_in_which_others_have_put_something() {
    let fake = FakeNode::new();
    let kind = FileKind::Directory;
    let folder = File::new("/srv", kind);
    apply(&fake, "t", Resource::File(folder));
    fake.write("/srv/data", "precious");
    assert_eq!(run(&fake, Mode::Apply, None, prune("t", &[])).status, Status::Unchanged);
    assert_eq!(fake.read("/srv/data"), "precious");
}

#[test]
fn a_module_in_use_stays_loaded() {
    let fake = FakeNode::new();
    fake.program("modprobe", r#"mkdir -p "$ROOT/sys/module/ipip"; echo live >"$ROOT/sys/module/ipip/initstate""#);
    let module = KernelModule { name: "ipip".to_owned(), state: Presence::Present, persist: None };
    assert_eq!(apply(&fake, "t", Resource::KernelModule(module)).status, Status::Changed);
    fake.write("/sys/module/ipip/refcnt", "1\n");
    assert_eq!(run(&fake, Mode::Apply, None, prune("t", &[])).status, Status::Unchanged);
}

#[test]
fn what_has_gone_with_its_device_or_package_needs_no_taking_back() {
    let fake = FakeNode::new();
    let key = "/proc/sys/net/ipv4/conf/tunl0/rp_filter";
    fake.write(key, "1\n");
    fake.write("/etc/nginx/nginx.conf", "theirs\n");
    for persist in [None, Some(Persist::In("/etc/sysctl.d/lvs.conf".to_owned()))] {
        let (key, value) = ("net.ipv4.conf.tunl0.rp_filter".to_owned(), "0".to_owned());
        apply(&fake, "t", Resource::Sysctl(Sysctl { key, value, accept: vec![], persist }));
    }
    apply(&fake, "t", file("/etc/nginx/nginx.conf", "ours\n"));
    fs::remove_file(fake.at(key)).unwrap();
    fs::remove_dir_all(fake.at("/etc/nginx")).unwrap();
    let outcome = run(&fake, Mode::Apply, None, prune("t", &[]));
    assert_eq!(outcome.failure, None);
    assert_eq!(
        shown(&outcome),
        ["- no longer wanted: sysctl net.ipv4.conf.tunl0.rp_filter in /etc/sysctl.d/lvs.conf: 0"]
    );
    assert_eq!(run(&fake, Mode::Check, None, prune("t", &[])).status, Status::Unchanged);
}

#[test]
fn what_somebody_else_made_is_not_owned() {
    let fake = FakeNode::new();
    fake.write(FORWARD, "1\n");
    apply(&fake, "t", forward("1"));
    run(&fake, Mode::Apply, None, prune("t", &[]));
    assert_eq!(fake.read(FORWARD), "1\n");
}

#[test]
fn what_is_asked_to_go_is_owned_no_longer() {
    let fake = FakeNode::new();
    apply(&fake, "t", file("/motd", "ours\n"));
    let Resource::File(absent) = file("/motd", "") else { unreachable!() };
    apply(&fake, "t", Resource::File(File { kind: FileKind::Absent, ..absent }));
    fake.write("/motd", "made by hand\n");
    run(&fake, Mode::Apply, None, prune("t", &[]));
    assert_eq!(fake.read("/motd"), "made by hand\n");
}

#[test]
fn a_step_that_changed_nothing_before_it_failed_is_not_owned() {
    let fake = FakeNode::new();
    let outcome = apply(&fake, "t", forward("1"));
    assert_eq!((outcome.status, outcome.changes.len()), (Status::Failed, 0));
    let outcome = apply(&fake, "t", file("/not/there", "x"));
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(Ownership::load(&fake.node.folder).unwrap().surplus("t", &[]), []);
}

#[test]
fn a_value_the_kernel_does_not_take_reads_back_different() {
    let fake = FakeNode::new();
    fs::create_dir_all(fake.at("/proc/sys/net/ipv4")).unwrap();
    std::os::unix::fs::symlink("/dev/null", fake.at(FORWARD)).unwrap();
    let outcome = apply(&fake, "t", forward("1"));
    let failure = outcome.failure.unwrap();
    assert_eq!(failure.tried, "bring sysctl net.ipv4.ip_forward to its state");
    assert!(failure.came_back.starts_with("it reads back different:\n~ sysctl"), "{failure:?}");
}

#[test]
fn a_command_that_is_no_change_runs_and_says_so() {
    let fake = FakeNode::new();
    fake.program("note", r#"echo ran >>"$ROOT/notes""#);
    let command = Command { counts_as_change: false, ..Command::new(["note"]) };
    assert_eq!(run(&fake, Mode::Check, None, Resource::Command(command.clone())).status, Status::Unchanged);
    assert!(!fake.at("/notes").exists());
    assert_eq!(apply(&fake, "t", Resource::Command(command)).status, Status::Unchanged);
    assert_eq!(fake.read("/notes"), "ran\n");
}

/// Runs a step of a task with `no_log`.
fn run_in_secret(fake: &FakeNode, resource: Resource) -> Outcome {
    let step = Step { id: 1, task: "Test".to_owned(), tag: None, sensitive: true, resource };
    let mut journal = Journal::new(&fake.node.folder, &fake.node.run);
    Engine::new(&fake.node, Mode::Apply, &mut journal).unwrap().step(&step, &mut |_, _| ())
}

fn journal(fake: &FakeNode) -> String {
    let mut files = fs::read_dir(fake.node.folder.journals()).unwrap();
    fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap()
}

#[test]
fn the_journal_has_nothing_of_a_secret_command_nor_of_why_it_failed() {
    let fake = FakeNode::new();
    let argv = ["sh", "-c", "echo hunter2 >&2; exit 1"].map(str::to_owned).to_vec();
    let command: Command = serde_json::from_value(serde_json::json!({ "argv": argv })).unwrap();
    let outcome = run_in_secret(&fake, Resource::Command(command));
    assert!(outcome.failure.is_some_and(|failure| failure.came_back.contains("hunter2")));
    let journal = journal(&fake);
    assert!(!journal.contains("hunter2"), "{journal}");
    assert_eq!(journal.matches("command (no_log)").count(), 2, "{journal}");
}

#[test]
fn the_journal_says_where_the_former_content_of_a_secret_file_is_kept_and_not_what_it_is() {
    let fake = FakeNode::new();
    fake.write("/key", "hunter2\n");
    let Resource::File(key) = file("/key", "hunter3\n") else { unreachable!() };
    assert_eq!(run_in_secret(&fake, Resource::File(File { sensitive: true, ..key })).status, Status::Changed);
    let journal = journal(&fake);
    assert!(!journal.contains("hunter") && journal.contains("file (no_log)"), "{journal}");
    let begun: serde_json::Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    let undo = &begun["undo"][0]["from_backup"];
    assert_eq!(undo["path"], "/key");
    assert_eq!(fs::read_to_string(undo["backup"].as_str().unwrap()).unwrap(), "hunter2\n");
}

#[test]
fn a_secret_file_that_is_taken_back_is_in_no_journal_though_the_record_can_restore_it() {
    let fake = FakeNode::new();
    fake.write("/key", "hunter2\n");
    let Resource::File(key) = file("/key", "hunter3\n") else { unreachable!() };
    apply(&fake, "t", Resource::File(File { sensitive: true, ..key }));
    assert_eq!(run(&fake, Mode::Apply, None, prune("t", &[])).status, Status::Changed);
    assert_eq!(fake.read("/key"), "hunter2\n");
    assert!(!journal(&fake).contains("hunter"), "{}", journal(&fake));
}

#[test]
fn a_record_that_cannot_be_read_stops_the_batch_before_it_begins() {
    let fake = FakeNode::new();
    fs::write(fake.node.folder.owned(), "nonsense").unwrap();
    let mut journal = Journal::new(&fake.node.folder, "r");
    assert!(Engine::new(&fake.node, Mode::Apply, &mut journal).is_err());
}
