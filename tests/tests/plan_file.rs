//! `plan --out FILE` and `apply FILE`: exactly what was planned, or nothing.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, PermissionsExt},
};

use lvsctl_tests::{Outcome, Scenario, local_hosts};

const PLAYBOOK: &str = "
- hosts: few
  gather_facts: false
  tasks:
    - name: Write a greeting
      copy: { dest: '{{ node }}/motd', content: \"hello {{ number }}\\n\" }
    - name: Write a secret
      copy: { dest: '{{ node }}/secret', content: \"{{ password | default('open sesame') }}\\n\" }
      no_log: true
    - name: Write a password
      template: { src: password.j2, dest: '{{ node }}/password' }
    - name: Run something
      command: { cmd: touch ran, chdir: '{{ node }}', creates: '{{ node }}/ran' }
";

const VAULT: &str = include_str!("plan_file/vaulted");

fn scene() -> Scenario {
    local_hosts()
        .file("site.yml", PLAYBOOK)
        .file("templates/password.j2", "user = x\npassword = {{ vaulted }}\n")
        .file("group_vars/all.yml", VAULT)
        .file("vault-password", "correct horse\n")
}

const MORE: [&str; 2] = ["--vault-password-file", "vault-password"];

fn plan(scenario: &Scenario) -> Outcome {
    let mut arguments = vec!["plan", "-i", "inventory.yml", "site.yml", "--out", "plan.json"];
    arguments.extend(MORE);
    let outcome = scenario.run(&arguments);
    assert_eq!(outcome.status, 2, "{outcome:#?}");
    outcome
}

fn apply(scenario: &Scenario, more: &[&str]) -> Outcome {
    scenario.run(&[&["apply", "plan.json"], &MORE[..], more].concat())
}

fn text(scenario: &Scenario, name: &str) -> String {
    fs::read_to_string(scenario.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_plan_that_was_kept_is_done_once() {
    let scenario = scene();
    plan(&scenario);
    let outcome = apply(&scenario, &["--check"]);
    assert_eq!(
        (outcome.status, outcome.stdout.as_str()),
        (2, "the plan still holds: 8 changes on 2 hosts\n"),
        "{outcome:#?}"
    );
    assert!(!scenario.path("nodes/a/motd").exists());
    let outcome = apply(&scenario, &[]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert_eq!(text(&scenario, "nodes/b/motd"), "hello 2\n");
    assert_eq!(text(&scenario, "nodes/a/password"), "user = x\npassword = battery staple\n");
    assert!(scenario.path("nodes/a/ran").exists());
    // What it says is done: there is no second time.
    let outcome = apply(&scenario, &[]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    assert!(outcome.stderr.contains("planned:") && outcome.stderr.contains("now:      nothing"), "{outcome:#?}");
}

#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    let scenario = scene();
    let pipe = scenario.path("plan.pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let mut arguments = vec!["plan", "-i", "inventory.yml", "site.yml", "--out", "plan.pipe"];
    arguments.extend(MORE);
    let outcome = scenario.run(&arguments);
    assert_eq!(outcome.status, 2, "{outcome:#?}");
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(reader.join().unwrap().contains("\"lvsctl_plan\""));
    // As root a file would else stand where everybody's device was.
    let mut arguments = vec!["plan", "-i", "inventory.yml", "site.yml", "--out", "/proc/self/fd/1"];
    arguments.extend(MORE);
    let outcome = scenario.run(&arguments);
    assert!(outcome.stdout.contains("\"lvsctl_plan\""), "{outcome:#?}");
}

#[test]
fn the_file_is_its_owners_alone_and_has_no_secret_in_it() {
    let scenario = scene();
    plan(&scenario);
    let mode = fs::metadata(scenario.path("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = text(&scenario, "plan.json");
    for secret in ["sesame", "staple", "correct horse"] {
        assert!(!kept.contains(secret), "{secret} is in it:\n{kept}");
    }
    assert!(kept.contains("nodes/a/motd") && !kept.contains("hello"), "{kept}");
}

#[test]
fn a_node_that_has_moved_is_named_with_what_was_planned_and_what_is_there() {
    let scenario = scene();
    plan(&scenario);
    fs::write(scenario.path("nodes/a/motd"), "somebody was here\n").unwrap();
    let outcome = apply(&scenario, &[]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    let said = outcome.stderr;
    for text in
        ["a: Write a greeting (site.yml:5)", "planned:  + file", "now:      ~ file", "hint: nothing was changed"]
    {
        assert!(said.contains(text), "{text} is missing:\n{said}");
    }
    assert!(!said.contains("\n  b:"), "{said}");
    assert_eq!(text(&scenario, "nodes/a/motd"), "somebody was here\n");
    assert!(!scenario.path("nodes/b/motd").exists(), "b was changed although the plan does not hold");
}

#[test]
fn files_that_are_not_what_the_plan_was_made_of_are_named() {
    let changes: [(&str, &str, &str); 4] = [
        ("site.yml", "# more\n- hosts: few\n  tasks: []\n", "site.yml has changed"),
        ("templates/password.j2", "{{ vaulted }}\n", "password.j2 has changed"),
        ("host_vars/a.yml", "number: 7\n", "a.yml was not there"),
        ("inventory.yml", "", "inventory.yml has changed"),
    ];
    for (name, new, says) in changes {
        let scenario = scene();
        plan(&scenario);
        let new = if new.is_empty() { text(&scenario, name) + "# more\n" } else { new.to_owned() };
        let scenario = scenario.file(name, &new);
        let outcome = apply(&scenario, &[]);
        assert_eq!(outcome.status, 65, "{name}: {outcome:#?}");
        assert!(outcome.stderr.contains("LVS091") && outcome.stderr.contains(says), "{name}: {outcome:#?}");
        assert!(outcome.stderr.contains("hint: "), "{outcome:#?}");
        assert!(!scenario.path("nodes/a/motd").exists());
    }
}

#[test]
fn variables_of_the_command_line_must_be_the_same_and_are_not_in_the_plan() {
    let scenario = scene();
    let vars = ["-e", "password=rosebud"];
    let arguments = [&["plan", "-i", "inventory.yml", "site.yml", "--out", "plan.json"], &vars[..], &MORE[..]].concat();
    assert_eq!(scenario.run(&arguments).status, 2);
    assert!(!text(&scenario, "plan.json").contains("rosebud"));
    for other in [&[][..], &["-e", "password=rose"]] {
        let outcome = apply(&scenario, other);
        assert_eq!(outcome.status, 65, "{outcome:#?}");
        assert!(outcome.stderr.contains("LVS091") && outcome.stderr.contains("-e"), "{outcome:#?}");
    }
    let outcome = apply(&scenario, &vars);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert_eq!(text(&scenario, "nodes/a/secret"), "rosebud\n");
}

#[test]
fn what_the_plan_says_cannot_be_said_again() {
    let scenario = scene();
    plan(&scenario);
    for more in [&["--limit", "a"][..], &["-t", "x"], &["-i", "inventory.yml"], &["--start-at-task", "x"]] {
        let outcome = apply(&scenario, more);
        assert_eq!(outcome.status, 2, "{more:?}: {outcome:#?}");
        assert!(
            outcome.stderr.contains("does not go with a plan") && outcome.stderr.contains("hint: "),
            "{outcome:#?}"
        );
    }
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let scenario = scene();
    plan(&scenario);
    let good = text(&scenario, "plan.json");
    let path = scenario.path("plan.json");
    let deep = format!("{{\"lvsctl_plan\": 1, \"x\": {}", "[".repeat(100_000));
    let bad: [(&str, String); 7] = [
        ("is no plan", "{}".to_owned()),
        ("is no plan", "{\"lvsctl_plan\": -1}".to_owned()),
        ("format 2", good.replacen("\"lvsctl_plan\": 1", "\"lvsctl_plan\": 2", 1)),
        ("damaged", good.replacen("\"by\"", "\"bye\"", 1)),
        ("is no plan", good[..good.len() / 2].to_owned()),
        ("is no plan", deep),
        ("damaged", good.replacen("\"changes\": [", "\"changes\": [7, ", 1)),
    ];
    for (says, text) in bad {
        fs::write(&path, &text).unwrap();
        let outcome = apply(&scenario, &[]);
        let start: String = text.chars().take(60).collect();
        assert_eq!(outcome.status, 65, "{start}: {outcome:#?}");
        assert!(outcome.stderr.contains("LVS090") && outcome.stderr.contains(says), "{start}: {outcome:#?}");
        assert!(outcome.stderr.contains("hint: "), "{outcome:#?}");
    }
    fs::write(&path, good).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
    let outcome = apply(&scenario, &[]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
    assert!(outcome.stderr.contains("by others than its owner"), "{outcome:#?}");
    assert!(!scenario.path("nodes/a/motd").exists());
}

#[test]
fn a_plan_with_a_hole_in_it_is_not_written() {
    let scenario = scene().file(
        "more.yml",
        "all: { hosts: { gone: { number: 9, ansible_connection: ssh, ansible_host: gone.invalid, lvs_ssh_config: ssh_config } } }\n",
    );
    let scenario = scenario.file("site.yml", &PLAYBOOK.replace("hosts: few", "hosts: all"));
    let mut arguments = vec!["plan", "-i", "inventory.yml", "-i", "more.yml", "site.yml", "--out", "plan.json"];
    arguments.extend(MORE);
    let outcome = scenario.run(&arguments);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    assert!(outcome.stderr.contains("plan.json was not written"), "{outcome:#?}");
    assert!(!scenario.path("plan.json").exists());
}
