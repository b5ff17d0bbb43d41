//! Inventories of many shapes, read by Ansible and by lvsctl: the same JSON, the same tree, the same hosts.
//!
//! A case is a folder below `tests/inventories` and needs no Rust. `command` has the options for both, `-i hosts…` where
//! there is none. `patterns` has a pattern of hosts a line, and after a tab a limit: both must name the same hosts in the
//! same order. With `encrypted`, the tree is compared without variables. Where there is `refused`, Ansible cannot read the inventory (it warns and goes on with the rest), and to
//! lvsctl that is a mistake.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use lvsctl_tests::{Ansible, AnsibleCommand, Outcome, run_in};
use serde_json::Value;

/// How many hosts of a case are asked for one by one.
const HOSTS: usize = 3;

/// What both are asked, and how the answers are compared.
struct Question {
    case: String,
    ansible: AnsibleCommand,
    lvsctl: Vec<String>,
    compare: fn(&Outcome, &Outcome) -> Result<(), String>,
}

#[test]
fn every_inventory_is_read_as_ansible_reads_it() {
    let cases = folders();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let ansible = Ansible::install();
    let first: Vec<Question> = cases.iter().flat_map(|case| questions(case)).collect();
    let (mut failures, lists) = ask(&ansible, &first);
    // Which hosts there are is known only now.
    let second: Vec<Question> = cases.iter().flat_map(|case| host_questions(case, &lists)).collect();
    failures.extend(ask(&ansible, &second).0);
    let count = first.len() + second.len();
    assert!(failures.is_empty(), "{} of {count} answers differ:\n\n{}", failures.len(), failures.join("\n\n"));
}

fn questions(case: &Path) -> Vec<Question> {
    if case.join("refused").exists() {
        return vec![question(case, "ansible-inventory", &["--list"], &["inventory", "--list"], is_refused)];
    }
    let inventory = |arguments: &[&str], compare| {
        question(case, "ansible-inventory", arguments, &[&["inventory"], arguments].concat(), compare)
    };
    let mut questions = vec![
        inventory(&["--list"], same_json),
        inventory(&["--list", "--export"], same_json),
        inventory(&["--graph"], same_text),
    ];
    // Ansible decrypts what it shows there.
    if !case.join("encrypted").exists() {
        questions.push(inventory(&["--graph", "--vars"], same_text));
    }
    let patterns = fs::read_to_string(case.join("patterns")).unwrap_or_default();
    for line in patterns.lines().filter(|line| !line.is_empty()) {
        let (pattern, limit) = line.split_once('\t').unwrap_or((line, ""));
        let limit: &[&str] = if limit.is_empty() { &[] } else { &["--limit", limit] };
        let theirs = [&[pattern, "--list-hosts"], limit].concat();
        let ours = [&["inventory", "--list-hosts", pattern], limit].concat();
        questions.push(question(case, "ansible", &theirs, &ours, same_hosts));
    }
    questions
}

/// Some hosts of a case, one by one.
fn host_questions(case: &Path, lists: &[(String, String)]) -> Vec<Question> {
    let name = name(case);
    let Some((_, list)) = lists.iter().find(|(of, _)| *of == name) else { return Vec::new() };
    let list: Value = serde_json::from_str(list).unwrap_or_default();
    let hosts = list["_meta"]["hostvars"].as_object().into_iter().flat_map(|hosts| hosts.keys());
    let question = |host: &String| {
        question(case, "ansible-inventory", &["--host", host], &["inventory", "--host", host], same_json)
    };
    hosts.take(HOSTS).map(question).collect()
}

fn question(
    case: &Path,
    program: &'static str,
    theirs: &[&str],
    ours: &[&str],
    compare: fn(&Outcome, &Outcome) -> Result<(), String>,
) -> Question {
    let options = options(case);
    let with_options = |arguments: &[&str]| {
        arguments.iter().map(|&argument| argument.to_owned()).chain(options.iter().cloned()).collect::<Vec<_>>()
    };
    let ansible = AnsibleCommand { program, folder: case.to_owned(), arguments: with_options(theirs) };
    Question { case: name(case), ansible, lvsctl: with_options(ours), compare }
}

/// Where the answers differ; and what Ansible said to each `--list`.
fn ask(ansible: &Ansible, questions: &[Question]) -> (Vec<String>, Vec<(String, String)>) {
    let commands: Vec<AnsibleCommand> = questions.iter().map(|question| question.ansible.clone()).collect();
    let (mut failures, mut lists) = (Vec::new(), Vec::new());
    for (question, theirs) in questions.iter().zip(ansible.run(&commands)) {
        let arguments: Vec<&str> = question.lvsctl.iter().map(String::as_str).collect();
        let ours = run_in(&question.ansible.folder, &arguments);
        if let Err(difference) = (question.compare)(&theirs, &ours) {
            failures.push(format!("case {}: lvsctl {}\n{difference}", question.case, arguments.join(" ")));
        }
        if question.ansible.arguments[..1] == ["--list"] && !question.ansible.arguments.contains(&"--export".into()) {
            lists.push((question.case.clone(), theirs.stdout));
        }
    }
    (failures, lists)
}

fn same_json(theirs: &Outcome, ours: &Outcome) -> Result<(), String> {
    both_read(theirs, ours)?;
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| format!("{error} in:\n{text}"));
    let (expected, found) = (json(&theirs.stdout)?, json(&ours.stdout)?);
    if expected == found { Ok(()) } else { Err(difference(&pretty(&expected), &pretty(&found))) }
}

fn same_text(theirs: &Outcome, ours: &Outcome) -> Result<(), String> {
    both_read(theirs, ours)?;
    let (expected, found) = (theirs.stdout.trim_end(), ours.stdout.trim_end());
    if expected == found { Ok(()) } else { Err(difference(expected, found)) }
}

fn same_hosts(theirs: &Outcome, ours: &Outcome) -> Result<(), String> {
    both_read(theirs, ours)?;
    let expected: Vec<&str> = theirs.stdout.lines().skip(1).map(str::trim).collect();
    let found: Vec<&str> = ours.stdout.lines().collect();
    if expected == found { Ok(()) } else { Err(format!("Ansible has {expected:?}, lvsctl {found:?}")) }
}

fn both_read(theirs: &Outcome, ours: &Outcome) -> Result<(), String> {
    if theirs.status != 0 || theirs.stderr.contains("Unable to parse") {
        return Err(format!("Ansible does not read it (status {}):\n{}", theirs.status, theirs.stderr));
    }
    if ours.status == 0 { Ok(()) } else { Err(format!("lvsctl ends with {}:\n{}", ours.status, ours.stderr)) }
}

fn is_refused(theirs: &Outcome, ours: &Outcome) -> Result<(), String> {
    if theirs.status == 0 && !theirs.stderr.contains("Unable to parse") {
        return Err(format!("Ansible reads it:\n{}", theirs.stdout));
    }
    if ours.status == 65 && ours.stderr.contains("error[LVS") && ours.stderr.contains("\nhint: ") {
        return Ok(());
    }
    Err(format!("lvsctl ends with {}:\n{}{}", ours.status, ours.stdout, ours.stderr))
}

fn difference(expected: &str, found: &str) -> String {
    similar::TextDiff::from_lines(expected, found).unified_diff().header("Ansible", "lvsctl").to_string()
}

fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

/// With sorted keys: only what differs is shown.
fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                write!(text, "\n{}{key}: ", "  ".repeat(depth)).unwrap();
                write(text, value, depth + 1);
            }
        }
        other => write!(text, "{other}").unwrap(),
    }
}

/// `command`, or the file `hosts`, `hosts.yml`, `hosts.ini`, ….
fn options(case: &Path) -> Vec<String> {
    if let Ok(command) = fs::read_to_string(case.join("command")) {
        return command.split_whitespace().map(str::to_owned).collect();
    }
    let names = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let hosts: Vec<String> = names.filter(|name| name.split('.').next() == Some("hosts")).collect();
    assert_eq!(hosts.len(), 1, "{} has one file `hosts…`, or `command`", case.display());
    vec!["-i".to_owned(), hosts[0].clone()]
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

fn folders() -> Vec<PathBuf> {
    let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventories");
    let mut folders: Vec<PathBuf> = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}
