//! `history`, `rollback` and `teardown`, and an apply that takes itself back everywhere when it fails on one host.

use std::fs;

use lvsctl_tests::{Scenario, local_hosts};

const FILE: &str = "
- hosts: all
  gather_facts: false
  tasks:
    - name: A folder
      file: { path: '{{ node }}/made', state: directory }
    - name: A file in it
      copy: { dest: '{{ node }}/made/file', content: \"{{ text }}\\n\" }
    - name: A file that was there
      copy: { dest: '{{ node }}/old', content: \"{{ text }}\\n\" }
    - name: What may go wrong
      command: 'false'
      when: fails | default('') == inventory_hostname
";

fn scene() -> Scenario {
    local_hosts().file("site.yml", FILE).file("nodes/a/old", "before\n").file("nodes/b/old", "before\n")
}

#[track_caller]
fn apply(scene: &Scenario, text: &str, more: &[&str]) -> lvsctl_tests::Outcome {
    let text = format!("text={text}");
    let arguments = ["apply", "site.yml", "--yes", "-i", "inventory.yml", "-e", &text];
    scene.run(&[&arguments, more].concat())
}

/// What is in the files of both hosts.
fn files(scene: &Scenario) -> [String; 4] {
    ["nodes/a/made/file", "nodes/a/old", "nodes/b/made/file", "nodes/b/old"].map(|file| {
        fs::read_to_string(scene.path(file)).map_or_else(|_| "gone".to_owned(), |text| text.trim().to_owned())
    })
}

/// The names of the runs, the oldest first.
#[track_caller]
fn history(scene: &Scenario) -> Vec<serde_json::Value> {
    let outcome = scene.run(&["history", "-i", "inventory.yml", "--output", "json"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("a run is a line of JSON")).collect()
}

#[test]
fn runs_are_told_and_taken_back_the_newest_first() {
    let scene = scene();
    for text in ["one", "two", "three"] {
        let outcome = apply(&scene, text, &[]);
        assert_eq!(outcome.status, 0, "{outcome:#?}");
    }
    let runs = history(&scene);
    let changes: Vec<u64> = runs.iter().filter_map(|run| run["hosts"]["a"]["changes"].as_u64()).collect();
    assert_eq!(changes, [3, 2, 2], "{runs:#?}");
    assert!(runs.iter().all(|run| run["operator"].as_str().is_some_and(|operator| operator.contains('@'))));

    let check = scene.run(&["rollback", "-i", "inventory.yml", "--check"]);
    assert_eq!(check.status, 0, "{check:#?}");
    assert!(check.stderr.contains("would change") && check.stderr.contains("taken back: file"), "{check:#?}");
    assert_eq!(files(&scene), ["three"; 4]);

    let back = scene.run(&["rollback", "-i", "inventory.yml", "--yes"]);
    assert_eq!(back.status, 0, "{back:#?}");
    assert_eq!(files(&scene), ["two"; 4]);
    let first = runs[0]["run"].as_str().expect("a run has a name");
    let back = scene.run(&["rollback", "-i", "inventory.yml", "--yes", "--to", first]);
    assert_eq!(back.status, 0, "{back:#?}");
    assert_eq!(files(&scene), ["one"; 4]);
    let back = scene.run(&["rollback", "-i", "inventory.yml", "--yes"]);
    assert_eq!(back.status, 0, "{back:#?}");
    assert_eq!(files(&scene), ["gone", "before", "gone", "before"]);
    assert!(!scene.path("nodes/a/made").exists());
    let back = scene.run(&["rollback", "-i", "inventory.yml", "--yes"]);
    assert!(back.status == 0 && back.stderr.contains("there is no run to take back"), "{back:#?}");
    let back = scene.run(&["rollback", "-i", "inventory.yml", "--yes", "--to", "nobody"]);
    assert!(back.status == 65 && back.stderr.contains("no node remembers a run `nobody`"), "{back:#?}");
}

#[test]
fn a_run_that_fails_on_one_host_is_taken_back_on_all_if_that_is_asked_for() {
    let scene = scene();
    assert_eq!(apply(&scene, "one", &[]).status, 0);
    let failed = apply(&scene, "two", &["-e", "fails=b", "--rollback", "cluster"]);
    assert_eq!(failed.status, 1, "{failed:#?}");
    assert!(failed.stderr.contains("the cluster is as it was before this run"), "{failed:#?}");
    assert_eq!(files(&scene), ["one"; 4]);
    let failed = apply(&scene, "three", &["-e", "fails=b"]);
    assert_eq!((failed.status, files(&scene)), (1, ["three"; 4].map(str::to_owned)));
}

#[test]
fn a_teardown_puts_back_what_was_there_and_leaves_nothing() {
    let scene = scene();
    for text in ["one", "two"] {
        assert_eq!(apply(&scene, text, &[]).status, 0);
    }
    let down = scene.run(&["teardown", "-i", "inventory.yml", "--yes"]);
    assert_eq!(down.status, 0, "{down:#?}");
    assert_eq!(files(&scene), ["gone", "before", "gone", "before"]);
    assert!(!scene.path("nodes/a/made").exists());
    assert_eq!(history(&scene), Vec::<serde_json::Value>::new());
}
