//! `lvsctl run` and `lvsctl shell`: single modules, with what nodes answer as data.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use lvsctl_tests::{Scenario, local_hosts, lvsctl};

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_command_of_the_shell_answers_with_the_hosts_name_in_front() {
    let scenario = local_hosts();
    let outcome =
        scenario.run(&["shell", "few", "-i", "inventory.yml", "--", "echo one | tr o O; echo two; echo no >&2"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert_eq!(sorted(&outcome.stdout), ["a | One", "a | two", "b | One", "b | two"]);
    assert!(outcome.stderr.contains("a | no\n"), "{outcome:#?}");
}

#[test]
fn braces_in_a_command_of_the_shell_are_no_template() {
    let scenario = local_hosts();
    let outcome = scenario.run(&["shell", "a", "-i", "inventory.yml", "--", "echo '{{ number }} {% x %}'"]);
    assert_eq!(outcome.stdout, "a | {{ number }} {% x %}\n", "{outcome:#?}");
}

#[test]
fn what_a_command_prints_comes_while_it_runs() {
    let scenario = local_hosts();
    // The command ends when it is told to, which is when its first line was seen.
    let told = scenario.path("told");
    let command = format!("echo first; while ! test -e {}; do sleep 0.05; done; echo last", told.display());
    let mut child = Command::new(lvsctl())
        .args(["shell", "a", "-i", "inventory.yml", "--", &command])
        .current_dir(scenario.path(""))
        .env("HOME", scenario.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start lvsctl");
    let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("a | first"));
    std::fs::write(told, "").expect("tell it");
    assert_eq!(lines.next().as_deref(), Some("a | last"));
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_command_that_fails_somewhere_is_a_failure() {
    let scenario = local_hosts();
    let outcome = scenario.run(&["run", "all", "-i", "inventory.yml", "-a", "test {{ number }} = 2"]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    let failed = |host: &str| outcome.stderr.contains(&format!("{host}: failed: command"));
    assert!(failed("a") && !failed("b") && failed("c"), "{outcome:#?}");
    // Then there is a recap.
    assert!(outcome.stderr.contains("unreachable"), "{outcome:#?}");
}

#[test]
fn a_module_takes_its_arguments_as_ansible_writes_them() {
    let scenario = local_hosts();
    let run = |arguments: &[&str]| {
        let mut all = vec!["run", "few", "-i", "inventory.yml", "-m"];
        all.extend(arguments);
        let outcome = scenario.run(&all);
        assert_eq!(outcome.status, 0, "{arguments:?}: {outcome:#?}");
        outcome
    };
    run(&["copy", "-a", "dest={{ node }}/motd content='hello {{ number }}' mode=0600"]);
    assert_eq!(std::fs::read_to_string(scenario.path("nodes/b/motd")).expect("it was written"), "hello 2");
    run(&["ansible.builtin.file", "-a", r#"{"path": "{{ node }}/motd", "state": "absent"}"#]);
    assert!(!scenario.path("nodes/a/motd").exists());
    let told = run(&["debug", "-a", "msg='number {{ number }}'"]);
    assert_eq!(sorted(&told.stdout), ["a | number 1", "b | number 2"]);
    // A command is the module where none is named.
    let outcome = scenario.run(&["run", "a", "-i", "inventory.yml", "-a", "echo 'two words'"]);
    assert_eq!(outcome.stdout, "a | two words\n", "{outcome:#?}");
    let facts = run(&["setup"]);
    let (host, facts) = facts.stdout.lines().next().and_then(|line| line.split_once(" | ")).expect("a line");
    assert!(["a", "b"].contains(&host));
    let facts: serde_json::Value = serde_json::from_str(facts).expect("what a module returned is JSON");
    assert!(facts["ansible_facts"]["ansible_kernel"].is_string(), "{facts}");
}

#[test]
fn check_mode_and_differences_are_those_of_apply() {
    let scenario = local_hosts();
    let copy = ["run", "a", "-i", "inventory.yml", "-m", "copy", "-a", "dest={{ node }}/motd content=hello"];
    let outcome = scenario.run(&[&copy[..], &["-C", "-D"]].concat());
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert!(outcome.stderr.contains("would change") && outcome.stderr.contains("+hello"), "{outcome:#?}");
    assert!(!scenario.path("nodes/a/motd").exists());
}

#[test]
fn events_of_a_module_are_json_lines_with_its_result() {
    let scenario = local_hosts();
    let outcome = scenario.run(&["shell", "a", "-i", "inventory.yml", "-o", "json", "--", "echo hi; exit 0"]);
    let events: Vec<serde_json::Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let ended = events.iter().find(|event| event["event"] == "task_ended").expect("the task ended");
    assert_eq!((ended["result"]["rc"].as_i64(), ended["result"]["stdout"].as_str()), (Some(0), Some("hi")), "{ended}");
}

/// Nothing of this contacts a node.
#[track_caller]
fn refused(arguments: &[&str], status: i32, says: &[&str]) {
    let inventory = "all: { vars: { lvs_ssh_config: ssh_config }, hosts: { web1: , web2: }, children: { empty: } }\n";
    let scenario = Scenario::new().file("inventory.yml", inventory);
    let outcome = scenario.run(&[arguments, &["-i", "inventory.yml"]].concat());
    assert_eq!(outcome.status, status, "{arguments:?}: {outcome:#?}");
    for text in says {
        assert!(outcome.stderr.contains(text), "{arguments:?} does not say {text}: {outcome:#?}");
    }
    assert!(outcome.stdout.is_empty() && !scenario.contacted(), "{outcome:#?}");
}

#[test]
fn what_cannot_be_is_refused_before_a_node_is_contacted() {
    refused(&["run", "wbe1", "-a", "true"], 65, &["LVS013", "did you mean `web1`?"]);
    refused(&["run", "empty", "-a", "true"], 65, &["LVS013", "leaves no host", "hint: "]);
    refused(&["run", "", "-a", "true"], 65, &["LVS013", "hint: "]);
    refused(&["run", "web1", "--limit", "web2", "-a", "true"], 65, &["LVS013", "leaves none of the hosts"]);
    refused(&["run", "all", "-m", "comand", "-a", "true"], 65, &["LVS050", "did you mean `command`?"]);
    refused(&["run", "all", "-m", "block", "-a", "[]"], 65, &["LVS050", "unknown module `block`", "hint: "]);
    refused(&["run", "all", "-m", "include_tasks", "-a", "x.yml"], 65, &["LVS050", "without other tasks", "hint: "]);
    refused(&["run", "all", "-m", "copy", "-a", "dst=/x content=y"], 65, &["LVS052", "<command line>", "hint: "]);
    refused(&["run", "all"], 65, &["LVS052", "hint: "]);
    let copy = ["run", "all", "-m", "copy", "-a", "dest=/x content=y"];
    refused(&[&copy[..], &["--become-user", "www"]].concat(), 65, &["LVS056", "as `www`", "hint: "]);
    refused(&["run", "all", "-a", "true", "--become-user=w w"], 65, &["LVS007", "the name of a user"]);
    refused(&["run", "all", "-a", "true", "-b", "--become-method", "pbrun"], 2, &["sudo, doas, su"]);
    refused(&["run", "all", "-a", "true", "-b", "--become-password-file", "none"], 65, &["the password file none"]);
    refused(&["run", "all", "-a", "true", "-e", "ansible_become_method=pbrun"], 65, &["LVS007", "`pbrun`", "hint: "]);
    refused(&["run", "all", "-m", "copy", "-a", "{dest: /x"], 65, &["<command line>"]);
    refused(&["shell", "all"], 2, &["required"]);
}
