//! Where a run begins, for whom, and how much is told: `--start-at-task`, `--step`, `--retry`, `-v`, `--profile`, `--junit`.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use lvsctl_tests::{Outcome, Scenario, local_hosts};

const PLAYBOOK: &str = "
- name: First play
  hosts: few
  gather_facts: false
  tasks:
    - { name: one, command: { cmd: touch one, chdir: '{{ node }}', creates: '{{ node }}/one' }, tags: [always] }
    - name: a block
      block:
        - { name: two, command: { cmd: touch two, chdir: '{{ node }}', creates: '{{ node }}/two' } }
        - { name: three, command: { cmd: touch three, chdir: '{{ node }}', creates: '{{ node }}/three' } }
- name: Second play
  hosts: few
  gather_facts: false
  tasks:
    - { name: four, command: { cmd: touch four, chdir: '{{ node }}', creates: '{{ node }}/four' } }
    - { name: never, command: 'false', when: number > 9 }
";

fn scene() -> Scenario {
    local_hosts().file("site.yml", PLAYBOOK)
}

fn apply(scenario: &Scenario, more: &[&str]) -> Outcome {
    scenario.run(&[&["apply", "--yes", "-i", "inventory.yml", "site.yml"], more].concat())
}

fn made(scenario: &Scenario, host: &str) -> String {
    let there = |name: &&str| scenario.path(&format!("nodes/{host}/{name}")).exists();
    ["one", "two", "three", "four"].into_iter().filter(there).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_run_begins_with_the_task_that_is_named() {
    for (name, expected) in
        [("three", "three four"), ("t*ree", "three four"), ("two", "two three four"), ("four", "four")]
    {
        let scenario = scene();
        let outcome = apply(&scenario, &["--start-at-task", name]);
        assert_eq!((outcome.status, made(&scenario, "a")), (0, expected.to_owned()), "{name}: {outcome:#?}");
    }
    let outcome = scene().run(&["plan", "-i", "inventory.yml", "site.yml", "--list-tasks", "--start-at-task", "three"]);
    assert!(outcome.stdout.contains("three") && !outcome.stdout.contains("one"), "{outcome:#?}");
}

#[test]
fn a_task_that_no_playbook_has_is_a_mistake() {
    let scenario = scene();
    for (name, says) in [("thre", "did you mean `three`?"), ("something else", "--list-tasks"), ("", "--list-tasks")] {
        let outcome = apply(&scenario, &["--start-at-task", name]);
        assert_eq!(outcome.status, 65, "{name}: {outcome:#?}");
        assert!(outcome.stderr.contains("LVS059") && outcome.stderr.contains(says), "{name}: {outcome:#?}");
    }
    assert_eq!(made(&scenario, "a"), "");
}

#[test]
fn steps_need_somebody_to_ask() {
    let scenario = scene();
    let outcome = apply(&scenario, &["--step"]);
    assert_eq!(outcome.status, 2, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("nobody is there to be asked") && outcome.stderr.contains("hint: "),
        "{outcome:#?}"
    );
    assert_eq!(made(&scenario, "a"), "");
}

/// Types `answers` at a terminal of its own (`script`).
fn at_a_terminal(scenario: &Scenario, arguments: &str, answers: &str) -> (i32, String) {
    let command = format!("{} {arguments}", lvsctl_tests::lvsctl().display());
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--flush", "--command", &command, "/dev/null"])
        .current_dir(scenario.path(""))
        .env("HOME", scenario.path(""))
        .env("XDG_STATE_HOME", scenario.path(".state"))
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn each_step_is_asked_about_once_for_all_hosts() {
    let scenario = scene();
    let (status, said) = at_a_terminal(&scenario, "apply --step -i inventory.yml site.yml", "y\nn\nc\n");
    assert_eq!(
        (status, made(&scenario, "a"), made(&scenario, "b")),
        (0, "one three four".into(), "one three four".into()),
        "{said}"
    );
    assert_eq!(said.matches("Carry out").count(), 3, "{said}");
}

#[test]
fn hosts_that_failed_are_written_down_for_the_next_time() {
    let failing = "\n    - { name: last, command: 'test -e {{ node }}/ready' }\n";
    let scenario = local_hosts().file("site.yml", &(PLAYBOOK.trim_end().to_owned() + failing));
    fs::write(scenario.path("nodes/a/ready"), "").unwrap();
    let outcome = apply(&scenario, &[]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    let file = outcome.stderr.lines().find_map(|line| line.split_once("--retry ")).unwrap().1;
    let file = file.trim_end_matches('`').to_owned();
    assert_eq!(fs::read_to_string(&file).unwrap(), "b\n");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let folder = std::path::Path::new(&file).parent().unwrap();
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);

    fs::write(scenario.path("nodes/b/ready"), "").unwrap();
    let outcome = apply(&scenario, &["--retry", &file]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains("\nb ") && !outcome.stdout.contains("\na "), "{outcome:#?}");
    // Nothing failed last time.
    assert!(!std::path::Path::new(&file).exists());
    let outcome = apply(&scenario, &["--retry", &file]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
}

#[test]
fn a_file_of_hosts_has_names_of_the_inventory() {
    let scenario = scene()
        .file("typo", "bb\n")
        .file("none", "# nobody\n\n")
        .file("pattern", "all\n")
        .file("binary", "a\u{1b}[2J\n");
    for (file, says) in [
        ("typo", "did you mean `b`?"),
        ("none", "names no host"),
        ("pattern", "`all`"),
        ("binary", "`a[2J`"),
        ("gone", "read"),
    ] {
        let outcome = apply(&scenario, &["--retry", file]);
        assert_eq!(outcome.status, 65, "{file}: {outcome:#?}");
        assert!(outcome.stderr.contains(says) && outcome.stderr.contains("hint: "), "{file}: {outcome:#?}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:#?}");
    }
    let outcome = apply(&scenario.file("one", "a\n"), &["--retry", "one", "--limit", "b"]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
    assert!(outcome.stderr.contains("leaves none of the hosts"), "{outcome:#?}");
}

#[test]
fn more_is_said_with_each_v() {
    let scenario = scene();
    assert_eq!(apply(&scenario, &[]).status, 0);
    let said = |more: &[&str]| apply(&scenario, more).stderr;
    let (quiet, fine, steps, results) = (said(&[]), said(&["-v"]), said(&["-vv"]), said(&["-vvv"]));
    assert!(!quiet.contains("one"), "{quiet}");
    assert!(fine.contains("a: ok: one\n") && fine.contains("a: skipped: never: `number > 9` does not hold"), "{fine}");
    assert!(!fine.contains("begins"), "{fine}");
    assert!(
        steps.contains("a: connected") && steps.contains("a: begins: one") && steps.contains("(site.yml:6)"),
        "{steps}"
    );
    assert!(!steps.contains("\"changed\""), "{steps}");
    assert!(results.contains("\"changed\": false"), "{results}");
    let hidden =
        local_hosts().file("site.yml", "- hosts: a\n  tasks: [{ name: x, command: echo rosebud, no_log: true }]\n");
    let outcome = apply(&hidden, &["-vvv"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert!(!outcome.stderr.contains("rosebud"), "{outcome:#?}");
}

#[test]
fn a_profile_tells_what_took_how_long() {
    let scenario = local_hosts().file(
        "site.yml",
        "- { hosts: few, tasks: [{ name: slow, command: sleep 0.3 }, { name: fast, command: 'true' }] }\n",
    );
    let outcome = apply(&scenario, &["--profile"]);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let tasks =
        lines.iter().position(|line| *line == "by task, over all hosts").unwrap_or_else(|| panic!("{outcome:#?}"));
    assert!(lines[tasks + 1].contains("slow (site.yml:1)"), "{outcome:#?}");
    let seconds: f64 = lines[tasks + 1].split_whitespace().next().unwrap().parse().unwrap();
    assert!((0.6..60.0).contains(&seconds), "{outcome:#?}");
    assert!(lines.contains(&"by host, over all tasks"), "{outcome:#?}");
}

#[test]
fn a_build_server_gets_a_test_case_for_each_host_and_task() {
    let playbook = "
- hosts: few
  gather_facts: false
  tasks:
    - { name: 'a <b> & \"c\"', command: 'printf \"x\\ny\"' }
    - { name: left out, command: 'true', when: false }
    - name: fails
      command: sh -c 'echo \"]]></failure>\" >&2; exit 4'
      when: number == 2
";
    let scenario = local_hosts().file("site.yml", playbook);
    let outcome = apply(&scenario, &["--junit", "results.xml"]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    let check = "
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
for suite in root: print(suite.get('name'), suite.get('tests'), suite.get('failures'), suite.get('errors'), suite.get('skipped'))
for case in root.iter('testcase'):
    if case.find('failure') is not None: print(case.get('name'), ']]>' in case.find('failure').text)
print(root[0][0].get('name'))
";
    let printed = apply(&scenario, &["--output", "junit"]).stdout;
    let without_times = |text: &str| {
        let parts = text.split(" time=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
        parts.skip(1).collect::<String>()
    };
    let written = std::fs::read_to_string(scenario.path("results.xml")).unwrap();
    assert_eq!(without_times(&printed), without_times(&written), "{printed}");
    assert!(printed.starts_with("<?xml"), "{printed}");
    let output = Command::new("python3").args(["-c", check]).arg(scenario.path("results.xml")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, "a 3 0 0 2\nb 3 1 0 1\nfails True\na <b> & \"c\"\n");
    let refused = scenario.run(&["facts", "-i", "inventory.yml", "--output", "junit"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""), "{refused:#?}");
}

#[test]
fn data_that_a_full_disk_does_not_take_is_told_and_the_work_is_done() {
    for (command, status_else) in [
        (&["plan", "site.yml"][..], 2),
        (&["plan", "site.yml", "--output", "json"], 2),
        (&["run", "few", "-m", "ping"], 0),
        (&["apply", "site.yml", "--yes"], 0),
        (&["apply", "site.yml", "--yes", "--output", "json"], 0),
    ] {
        let scenario = scene();
        let run = |stdout: Stdio| {
            let mut lvsctl = Command::new(lvsctl_tests::lvsctl());
            lvsctl.args(command).args(["-i", "inventory.yml"]).current_dir(scenario.path(""));
            lvsctl.env("HOME", scenario.path("")).env_remove("XDG_STATE_HOME").env_remove("LVSCTL_INVENTORY");
            lvsctl.stdout(stdout).stderr(Stdio::piped()).output().unwrap()
        };
        let full = run(fs::File::options().write(true).open("/dev/full").unwrap().into());
        let told = String::from_utf8_lossy(&full.stderr).into_owned();
        assert_eq!(full.status.code(), Some(1), "{command:?}: {told}");
        assert!(told.contains("failed to write to standard output"), "{command:?}: {told}");
        assert_eq!(made(&scenario, "a") == "one two three four", command[0] == "apply", "{command:?}: {told}");
        // A reader that has gone has got what it wanted.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = run(writer.into());
        assert_eq!(closed.status.code(), Some(status_else), "{command:?}: {}", String::from_utf8_lossy(&closed.stderr));
    }
}
