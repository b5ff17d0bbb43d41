//! Modules compared with ansible-core's own: the same files, the same `changed` on the first and on the second run, the
//! same values returned. The cases are folders below `tests/modules`, and need no Rust:
//!
//! ```yaml
//! module: lineinfile
//! args: { path: ROOT/hosts, line: a }
//! files: { hosts: "b\n", script: { text: "…", mode: "0755" }, link: { link: hosts }, folder/: "" }
//! returns: [msg]
//! ```
//!
//! `ROOT` is a folder of the case's own.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lvs_agent::{
    state::Resource,
    wire::{Batch, Event, Facts, Hello, Mode, Outcome, PROTOCOL, Request, Status, Step},
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Wanted, tests};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    module: String,
    args: Json,
    #[serde(default)]
    files: BTreeMap<String, File>,
    #[serde(default)]
    returns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Text(String),
    Full { text: String, mode: String },
    Link { link: String },
}

/// What one run of a module has come to.
#[derive(Debug, PartialEq)]
struct Run {
    changed: bool,
    failed: bool,
    returned: BTreeMap<String, Json>,
}

/// What is in a folder: kind, mode and content by path.
type Tree = BTreeMap<String, (String, String)>;

impl Case {
    fn lay_out(&self, root: &Path) {
        fs::create_dir_all(root).unwrap();
        fs::set_permissions(root, Permissions::from_mode(0o755)).unwrap();
        for (name, file) in &self.files {
            let path = root.join(name);
            if name.ends_with('/') {
                fs::create_dir_all(&path).unwrap();
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let (text, mode) = match file {
                File::Text(text) => (text, 0o644),
                File::Full { text, mode } => (text, u32::from_str_radix(mode, 8).unwrap()),
                File::Link { link } => {
                    symlink(link, &path).unwrap();
                    continue;
                }
            };
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
    }

    fn args(&self, root: &Path) -> Json {
        serde_json::from_str(&self.args.to_string().replace("ROOT", root.to_str().unwrap())).unwrap()
    }

    fn run(&self, changed: bool, failed: bool, result: &Json, root: &Path) -> Run {
        let value = |name: &String| {
            let text = result.get(name).cloned().unwrap_or_default().to_string();
            (name.clone(), serde_json::from_str(&text.replace(root.to_str().unwrap(), "ROOT")).unwrap())
        };
        Run { changed, failed, returned: self.returns.iter().map(value).collect() }
    }
}

fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let mut name = path.strip_prefix(root).unwrap().display().to_string();
            if name.ends_with('~') {
                // `NAME.PID.DATE@TIME~`
                name = format!("{} (backup)", name.split('.').next().unwrap());
            }
            let content = if metadata.is_symlink() {
                format!("link {}", fs::read_link(&path).unwrap().display())
            } else if metadata.is_dir() {
                folders.push(path);
                "folder".to_owned()
            } else {
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
            };
            let mode = if metadata.is_symlink() { 0 } else { metadata.permissions().mode() & 0o7777 };
            tree.insert(name, (format!("{mode:04o}"), content));
        }
    }
    tree
}

/// What the agent makes of a case, twice.
fn ours(agent: &Path, cases: &BTreeMap<String, Case>, base: &Path) -> BTreeMap<String, (Vec<Run>, Tree)> {
    let mut child = Command::new(agent)
        .args(["serve", "--folder"])
        .arg(base.join("agent"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut say = |request: &Request| writeln!(input, "{}", serde_json::to_string(request).unwrap()).unwrap();
    let mut hear = || serde_json::from_str::<Event>(&output.next().unwrap().unwrap()).unwrap();
    let name = |name: &str| name.to_owned();
    let hello = Hello {
        protocol: PROTOCOL,
        version: name("test"),
        operator: name("test"),
        run: name("test"),
        lock: true,
        guard_seconds: None,
    };
    say(&Request::Hello(hello));
    assert!(matches!(hear(), Event::Hello { .. }));
    let mut id = 0;
    let mut all = BTreeMap::new();
    for (name, case) in cases {
        let root = base.join("ours").join(name);
        case.lay_out(&root);
        let mut runs = Vec::new();
        for _ in 0..2 {
            let module = json!({ &case.module: case.args(&root) }).to_string();
            let wanted = tests::expand(tests::DR, "web1", &Facts::default(), &module)
                .unwrap_or_else(|error| panic!("{name}: {}", error.render(false)));
            let mut merged = (false, false, json!({}));
            for wanted in wanted {
                id += 1;
                let step = step(id, wanted.resource.clone());
                say(&Request::Run(Batch { mode: Mode::Apply, steps: vec![step] }));
                let outcome = loop {
                    match hear() {
                        Event::Ended { outcome, .. } => break outcome,
                        Event::Fatal(error) => panic!("{name}: {error:?}"),
                        _ => {}
                    }
                };
                assert!(matches!(hear(), Event::BatchEnded { .. }));
                merge(&mut merged, &wanted, outcome);
            }
            runs.push(case.run(merged.0, merged.1, &merged.2, &root));
        }
        all.insert(name.clone(), (runs, tree(&root)));
    }
    say(&Request::Bye);
    assert!(child.wait().unwrap().success());
    all
}

fn step(id: u64, resource: Resource) -> Step {
    Step { id, task: "test".to_owned(), tag: None, sensitive: false, environment: BTreeMap::new(), resource }
}

fn merge(merged: &mut (bool, bool, Json), wanted: &Wanted, mut outcome: Outcome) {
    wanted.conclude(&mut outcome, Mode::Apply);
    // Also of a command that failed it counts that it was run.
    merged.0 |= !outcome.changes.is_empty();
    merged.1 |= outcome.status == Status::Failed;
    merged.2.as_object_mut().unwrap().extend(outcome.result);
}

/// What Ansible makes of them, all in one playbook.
fn theirs(ansible: &Path, cases: &BTreeMap<String, Case>, base: &Path) -> BTreeMap<String, (Vec<Run>, Tree)> {
    let mut tasks = Vec::new();
    let mut names = Vec::new();
    for (number, (name, case)) in cases.iter().enumerate() {
        let root = base.join("theirs").join(name);
        case.lay_out(&root);
        for run in 1..=2 {
            let register = format!("r_{number}_{run}");
            tasks.push(json!({ &case.module: case.args(&root), "register": register, "ignore_errors": true }));
            names.push(register);
        }
    }
    let all = format!("{{{{ [{}] | to_json }}}}", names.join(", "));
    let results = base.join("results.json");
    tasks.push(json!({ "copy": { "dest": results, "content": all } }));
    let play = json!([{ "hosts": "localhost", "connection": "local", "gather_facts": false, "tasks": tasks }]);
    fs::write(base.join("play.json"), play.to_string()).unwrap();
    let output = Command::new(ansible)
        .args(["-i", "localhost,", "play.json", "-e"])
        .arg(format!("ansible_python_interpreter={}", ansible.with_file_name("python").display()))
        .env("ANSIBLE_PIPELINING", "1")
        .current_dir(base)
        .env("ANSIBLE_LOCAL_TEMP", base.join("local"))
        .env("ANSIBLE_REMOTE_TEMP", base.join("remote"))
        .env("ANSIBLE_NOCOLOR", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let results: Vec<Json> = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
    let mut results = results.into_iter();
    let mut all = BTreeMap::new();
    for (name, case) in cases {
        let root = base.join("theirs").join(name);
        let runs = (0..2).map(|_| {
            let result = results.next().unwrap();
            let is = |key: &str| result[key] == true;
            case.run(is("changed"), is("failed"), &result, &root)
        });
        all.insert(name.clone(), (runs.collect(), tree(&root)));
    }
    all
}

/// ansible-playbook, where it has been installed to compare with.
fn ansible() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
    let folders = fs::read_dir(cache.join("lvsctl")).ok()?.flatten();
    let programs = folders
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("ansible-"))
        .map(|entry| entry.path().join("bin/ansible-playbook"));
    programs.filter(|program| program.is_file()).max()
}

fn agent() -> Option<PathBuf> {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/lvs-agent");
    Some(std::env::var_os("LVSCTL_AGENT").map_or_else(built, PathBuf::from)).filter(|agent| agent.is_file())
}

#[test]
fn modules_do_what_ansibles_do() {
    let (Some(ansible), Some(agent), Some(_)) = (ansible(), agent(), std::env::var_os("LVSCTL_COMPARE")) else {
        eprintln!(
            "SKIPPED: it takes minutes. It wants LVSCTL_COMPARE=1, ansible-playbook in the cache folder, and the agent"
        );
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules");
    let only = std::env::var("LVSCTL_CASE").ok();
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if only.as_ref().is_none_or(|only| name.contains(only)) {
            let text = fs::read_to_string(path.join("case.yml")).unwrap();
            let case = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            cases.insert(name, case);
        }
    }
    let base = tempfile::tempdir().unwrap();
    let (ours, theirs) = (ours(&agent, &cases, base.path()), theirs(&ansible, &cases, base.path()));
    let different: Vec<String> = ours
        .iter()
        .filter(|(name, ours)| theirs[*name] != **ours)
        .map(|(name, ours)| format!("{name}\n  lvsctl:  {ours:?}\n  ansible: {:?}\n", theirs[name]))
        .collect();
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
}
