//! What playbooks do, compared with ansible-core: every folder of `tests/playbooks` is carried out by both, on fresh
//! hosts. The recap must be equal, and so must every file that is there afterwards.
//!
//! A host is this machine under another name (`ansible_connection: local`) with a folder of its own. A case needs no Rust:
//! `playbook.yml`, what it includes, and perhaps `arguments` for the command line and an `inventory.yml` of its own.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Mutex,
    thread,
};

use lvsctl_tests::{lvsctl, repository};

/// ok, changed, unreachable, failed, skipped, rescued, ignored.
type Counts = [u64; 7];

/// What came of a playbook: the counters of each host, and each file with its mode and content.
#[derive(Debug, Default, PartialEq, Eq)]
struct Result {
    recap: BTreeMap<String, Counts>,
    files: BTreeMap<String, (u32, String)>,
}

#[test]
fn playbooks_do_what_they_do_by_ansible() {
    let ansible = ansible();
    let folder = repository().join("tests/playbooks");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 80, "only {} cases were found", cases.len());
    if let Ok(only) = std::env::var("LVSCTL_CASE") {
        cases.retain(|case| case.file_name().is_some_and(|name| name.to_string_lossy().contains(&only)));
    }
    let (waiting, wrong) = (Mutex::new(cases), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(case) = waiting.lock().unwrap().pop() else { break };
                    if let Some(difference) = compare(&case, &ansible) {
                        wrong.lock().unwrap().push(difference);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(case: &Path, ansible: &Path) -> Option<String> {
    let (theirs, said) = by_ansible(case, ansible);
    let (ours, told) = by_lvsctl(case);
    if theirs == ours {
        return None;
    }
    let mut text = format!("== {}\n", case.file_name()?.to_string_lossy());
    if theirs.recap != ours.recap {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  by Ansible: {:?}\n  by lvsctl:  {:?}", theirs.recap, ours.recap);
    }
    for name in theirs.files.keys().chain(ours.files.keys()) {
        let (left, right) = (theirs.files.get(name), ours.files.get(name));
        if left != right {
            let _ = writeln!(text, "  {name}\n    by Ansible: {left:?}\n    by lvsctl:  {right:?}");
        }
    }
    Some(format!("{text}--- Ansible said\n{said}\n--- lvsctl said\n{told}\n"))
}

/// Fresh hosts, and the inventory that names them.
fn scene(case: &Path) -> (tempfile::TempDir, PathBuf, Vec<String>) {
    let root = tempfile::tempdir().unwrap();
    for host in ["a", "b", "c"] {
        fs::create_dir_all(root.path().join("nodes").join(host)).unwrap();
    }
    let own = case.join("inventory.yml");
    let written = if own.is_file() { own } else { case.with_file_name("inventory.yml") };
    let text = fs::read_to_string(written).unwrap().replace("@ROOT@", root.path().to_str().unwrap());
    let inventory = root.path().join("inventory.yml");
    fs::write(&inventory, text).unwrap();
    let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    (root, inventory, arguments.split_whitespace().map(str::to_owned).collect())
}

fn run(command: &mut Command, home: &Path) -> Output {
    let command = command.env("HOME", home).env("NO_COLOR", "1").env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).output().unwrap()
}

fn by_ansible(case: &Path, ansible: &Path) -> (Result, String) {
    let (root, inventory, arguments) = scene(case);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(ansible.join("bin/ansible-playbook"));
    let output = run(command.arg("-i").arg(inventory).arg(case.join("playbook.yml")).args(arguments), home.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let recap = said.lines().filter_map(counts_of_line).collect();
    let said = said + &String::from_utf8_lossy(&output.stderr);
    (Result { recap, files: files(root.path()) }, said)
}

/// `a : ok=11 changed=4 unreachable=0 failed=0 skipped=1 rescued=1 ignored=1`
fn counts_of_line(line: &str) -> Option<(String, Counts)> {
    let (host, rest) = line.split_once(" : ok=")?;
    let numbers = format!("ok={rest}");
    let numbers = numbers.split_whitespace().filter_map(|word| word.split_once('=')?.1.parse().ok());
    Some((host.trim().to_owned(), numbers.collect::<Vec<u64>>().try_into().ok()?))
}

fn by_lvsctl(case: &Path) -> (Result, String) {
    let (root, inventory, arguments) = scene(case);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(lvsctl());
    let command = command.args(["apply", "--yes", "--output", "json", "-i"]).arg(inventory);
    let output = run(command.arg(case.join("playbook.yml")).args(arguments), home.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut recap = BTreeMap::new();
    let last = said.lines().last().and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    for host in last.iter().filter_map(|last| last["hosts"].as_array()).flatten() {
        let number = |name: &str| host[name].as_u64().unwrap_or_else(|| u64::from(host[name] == true));
        let counts = ["ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored"].map(number);
        // Ansible does not name hosts that did nothing.
        if counts != [0; 7] {
            recap.insert(host["host"].as_str().unwrap().to_owned(), counts);
        }
    }
    (Result { recap, files: files(root.path()) }, said + &String::from_utf8_lossy(&output.stderr))
}

/// Every file with its mode and its content; the run's own folder has another name in each run.
fn files(root: &Path) -> BTreeMap<String, (u32, String)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if name.starts_with("agent-") || name == "inventory.yml" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).replace(root.to_str().unwrap(), "ROOT");
            let mode = path.metadata().unwrap().permissions().mode() & 0o7777;
            found.insert(name, (mode, text));
        }
    }
    found
}

/// The virtual environment with ansible-core.
fn ansible() -> PathBuf {
    let output = Command::new(repository().join("tools/need")).arg("ansible").output().expect("start tools/need");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ansible-core cannot be installed:\n{said}");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim_end())
}
