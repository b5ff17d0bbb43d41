//! The published schemas: what lvsctl writes fits them, and so do all examples; mistakes do not.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jsonschema::Validator;
use lvsctl_tests::{Scenario, local_hosts, repository};
use serde_json::Value as Json;

fn schema(of: &str) -> Validator {
    let outcome = Scenario::new().run(&["schema", of]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    jsonschema::draft202012::new(&serde_json::from_str(&outcome.stdout).unwrap()).unwrap()
}

fn mistakes(schema: &Validator, value: &Json) -> String {
    let found = schema.iter_errors(value).map(|error| format!("  {}: {error}\n", error.instance_path));
    found.collect::<Vec<_>>().concat()
}

/// YAML as an editor sees it; what lvsctl's own tags mark is as it stands there.
fn read(text: &str) -> Option<Json> {
    fn plain(value: serde_yaml::Value) -> serde_yaml::Value {
        use serde_yaml::Value;
        match value {
            Value::Tagged(tagged) => plain(tagged.value),
            Value::Sequence(items) => Value::Sequence(items.into_iter().map(plain).collect()),
            Value::Mapping(map) => Value::Mapping(
                map.into_iter()
                    .map(|(key, value)| {
                        let key = match key {
                            Value::String(text) => text,
                            other => serde_yaml::to_string(&other).unwrap().trim().to_owned(),
                        };
                        (Value::String(key), plain(value))
                    })
                    .collect(),
            ),
            other => other,
        }
    }
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    value.apply_merge().ok()?;
    serde_json::to_value(plain(value)).ok()
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[track_caller]
fn all_fit(schema: &Validator, files: &[PathBuf], most: usize, is_meant: impl Fn(&Path, &Json) -> bool) {
    let (mut wrong, mut count) = (String::new(), 0);
    for path in files {
        let Some(value) = read(&fs::read_to_string(path).unwrap()) else { continue };
        if is_meant(path, &value) {
            count += 1;
            let found = mistakes(schema, &value);
            if !found.is_empty() {
                wrong.extend([format!("{}\n", path.display()), found]);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= most, "only {count} files were looked at");
}

#[test]
fn all_playbooks_fit() {
    let root = repository();
    let mut files = yaml_files(&root.join("playbooks"));
    files.extend(yaml_files(&root.join("tests/playbooks")));
    // Variables and inventories are mappings.
    all_fit(&schema("playbook"), &files, 60, |_, value| value.is_array());
}

#[test]
fn all_inventories_fit() {
    let root = repository();
    let mut files = yaml_files(&root.join("examples"));
    files.extend(yaml_files(&root.join("tests/cases")));
    let is_good = |path: &Path, _: &Json| {
        path.file_name().is_some_and(|name| name == "inventory.yml")
            && !path.with_file_name("expected").join("error.txt").exists()
    };
    all_fit(&schema("inventory"), &files, 40, is_good);
}

#[track_caller]
fn refused(of: &str, texts: &[&str]) {
    let schema = schema(of);
    for text in texts {
        let value = read(text).unwrap_or_else(|| panic!("{text} is no YAML"));
        assert!(!mistakes(&schema, &value).is_empty(), "{text} fits");
    }
}

#[test]
fn mistakes_in_playbooks_do_not_fit() {
    refused(
        "playbook",
        &[
            "- { hosts: all, taks: [] }",
            "- { tasks: [] }",
            "- { hosts: all, strategy: liner }",
            "- { hosts: all, gather_facts: maybe }",
            "- { hosts: all, tasks: { a: b } }",
            "- { hosts: all, tasks: [{ name: x }] }",
            "- { hosts: all, tasks: [{ comand: ls }] }",
            "- { hosts: all, tasks: [{ command: ls, debug: {} }] }",
            "- { hosts: all, tasks: [{ copy: { dst: /x, content: y } }] }",
            "- { hosts: all, tasks: [{ copy: { content: y } }] }",
            "- { hosts: all, tasks: [{ service: { name: x, state: strated } }] }",
            "- { hosts: all, tasks: [{ ansible.builtin.service: { name: x, state: strated } }] }",
            "- { hosts: all, tasks: [{ template: { src: x, dest: relative } }] }",
            "- { hosts: all, tasks: [{ command: ls, become: 7 }] }",
            "- { hosts: all, tasks: [{ command: ls, loop_control: { lable: x } }] }",
            "- { hosts: all, tasks: [{ block: [{ comand: ls }] }] }",
            "- { hosts: all, handlers: [{ command: ls, listn: x }] }",
            "- { import_playbook: x.yml, hosts: all }",
            "hosts: all",
        ],
    );
}

#[test]
fn mistakes_in_inventories_do_not_fit() {
    refused(
        "inventory",
        &[
            "all: { host: { a: } }",
            "all: { hosts: [a, b] }",
            "plugin: aws_ec2",
            "all: { vars: { lvs_services: { name: x } } }",
            "all: { vars: { lvs_services: [{ vip: 192.0.2.1, prot: 80 }] } }",
            "all: { vars: { lvs_services: [{ vip: 192.0.2.1, forward: ipip }] } }",
            "all: { vars: { lvs_services: [{ vip: 192.0.2.1, scheduler: rrr }] } }",
            "all: { vars: { lvs_services: [{ vip: 192.0.2.1, real_servers: [{ gruop: web }] }] } }",
            "all: { children: { web: { hosts: { a: { lvs_interfaces: [{ devise: eth0 }] } } } } }",
            "all: { vars: { lvs_ipvs_sysctls: { conntrak: 1 } } }",
            "all: { vars: { lvs_timeouts: { tpc: 1 } } }",
            "all: { vars: { lvs_purge: perhaps } }",
        ],
    );
}

#[test]
fn events_are_as_they_are_described() {
    let playbook = "
- name: All sorts of ends
  hosts: all
  tasks:
    - { name: changed, copy: { dest: '{{ node }}/x', content: \"{{ number }}\\n\" } }
    - { name: ok, copy: { dest: '{{ node }}/x', content: \"{{ number }}\\n\" } }
    - { name: skipped, command: 'true', when: number > 9 }
    - { name: said, debug: { msg: hello } }
    - { name: ignored, command: 'sh -c \"echo out; echo err >&2; exit 1\"', ignore_errors: true }
    - { name: no_log, command: echo secret, no_log: true }
    - block: [{ name: rescued, fail: { msg: no } }]
      rescue: [{ name: in rescue, debug: { var: number } }]
    - { name: failed, command: 'false', when: number == 2 }
";

    let gone = "all: { hosts: { gone: { number: 9, ansible_connection: ssh, lvs_ssh_config: ssh_config } } }\n";
    let scenario = local_hosts().file("site.yml", playbook).file("more.yml", gone);
    let (schema, mut seen) = (schema("events"), BTreeSet::new());
    let base = ["-i", "inventory.yml", "-i", "more.yml", "-o", "json", "-vvv"];
    let commands: [&[&str]; 3] =
        [&["plan", "site.yml"], &["apply", "--yes", "site.yml"], &["run", "all", "-m", "setup"]];
    for command in commands {
        let outcome = scenario.run(&[command, &base].concat());
        assert!(!outcome.stdout.is_empty(), "{outcome:#?}");
        for line in outcome.stdout.lines() {
            let event: Json = serde_json::from_str(line).unwrap();
            let found = mistakes(&schema, &event);
            assert!(found.is_empty(), "{line}\n{found}");
            seen.insert(event["event"].as_str().unwrap().to_owned());
        }
    }
    let described = [
        "connecting",
        "host_connected",
        "host_ended",
        "host_started",
        "host_unreachable",
        "output",
        "play_started",
        "recap",
        "run_started",
        "task_ended",
        "task_started",
    ];
    for event in described {
        assert!(seen.contains(event), "{event} was not seen: {seen:?}");
    }
    let guide = fs::read_to_string(repository().join("docs/events.md")).unwrap();
    for event in seen.iter().map(String::as_str).chain(["note"]) {
        assert!(guide.contains(&format!("| `{event}` |")), "docs/events.md does not have {event}");
    }
    for bad in [
        r#"{"event":"host_started","host":"a"}"#,
        r#"{"event":"x"}"#,
        r#"{"event":"note","host":null,"text":"x","more":1}"#,
    ] {
        assert!(!mistakes(&schema, &serde_json::from_str(bad).unwrap()).is_empty(), "{bad} fits");
    }
}

#[test]
fn a_plan_that_is_kept_is_as_it_is_described() {
    let scenario = local_hosts().file(
        "site.yml",
        "- hosts: few\n  tasks:\n    - copy: { dest: '{{ node }}/x', content: x }\n    - { command: echo, no_log: true }\n    - file: { path: '{{ node }}/here', mode: '0600' }\n",
    );
    let outcome = scenario.run(&["plan", "-i", "inventory.yml", "site.yml", "--out", "plan.json"]);
    assert_eq!(outcome.status, 2, "{outcome:#?}");
    let mut plan: Json = serde_json::from_str(&fs::read_to_string(scenario.path("plan.json")).unwrap()).unwrap();
    let schema = schema("plan");
    assert_eq!(mistakes(&schema, &plan), "");
    plan["hosts"]["a"][0]["changes"][0]["after"] = Json::from("x");
    assert!(!mistakes(&schema, &plan).is_empty());
}

#[test]
fn all_schemas_come_at_once_where_none_is_named() {
    let outcome = Scenario::new().run(&["schema"]);
    let all: Json = serde_json::from_str(&outcome.stdout).unwrap();
    let names: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(names, ["inventory", "playbook", "events", "plan"]);
}

#[test]
fn every_command_is_completed_and_has_a_page() {
    let scenario = Scenario::new();
    for shell in ["bash", "zsh", "fish"] {
        let outcome = scenario.run(&["completions", shell]);
        assert!(outcome.status == 0 && outcome.stdout.contains("start-at-task"), "{shell}: {outcome:#?}");
        fs::write(scenario.path(shell), outcome.stdout).unwrap();
    }
    let status = Command::new("bash").arg("-n").arg(scenario.path("bash")).status().unwrap();
    assert!(status.success());
    let outcome = scenario.run(&["man", "pages"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    for page in ["lvsctl.1", "lvsctl-apply.1", "lvsctl-shell.1"] {
        let text = fs::read_to_string(scenario.path(&format!("pages/{page}"))).unwrap();
        assert!(text.contains(".SH NAME") && text.contains("lvsctl"), "{page}: {text}");
    }
}

#[test]
fn the_guide_has_every_option_of_plan_and_apply_and_single_modules() {
    let guide = fs::read_to_string(repository().join("docs/commands.md")).unwrap();
    for command in ["plan", "apply", "run", "shell", "schema", "completions", "man"] {
        let outcome = Scenario::new().run(&[command, "--help"]);
        assert!(guide.contains(&format!("lvsctl {command}")), "docs/commands.md does not have `lvsctl {command}`");
        let words = outcome.stdout.split(|c: char| !(c.is_alphanumeric() || c == '-'));
        for option in words.filter(|word| word.starts_with("--") && word.len() > 2 && *word != "--help") {
            assert!(guide.contains(option), "docs/commands.md does not have {option} of `lvsctl {command}`");
        }
    }
}
