//! Ctrl-C: what is under way is ended and told; a second one leaves at once, and the next run repairs.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use lvsctl_tests::{Scenario, local_hosts, lvsctl};

const DEADLINE: Duration = Duration::from_mins(1);

fn scene(seconds: u32) -> Scenario {
    local_hosts().file(
        "site.yml",
        &format!(
            "
- hosts: a
  gather_facts: false
  tasks:
    - name: Take some time
      command: {{ argv: [sh, -c, 'touch begun; sleep {seconds}; touch ended'], chdir: '{{{{ node }}}}', creates: '{{{{ node }}}}/ended' }}
    - name: Come later
      command: {{ cmd: touch later, chdir: '{{{{ node }}}}', creates: '{{{{ node }}}}/later' }}
"
        ),
    )
}

fn command(scenario: &Scenario, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(scenario.path(""))
        .env("HOME", scenario.path(""))
        .env("XDG_STATE_HOME", scenario.path(".state"));
    command.env("NO_COLOR", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(scenario: &Scenario) -> Child {
    let mut command = command(scenario, lvsctl());
    command.args(["apply", "--yes", "-i", "inventory.yml", "site.yml"]).stdin(Stdio::null()).spawn().unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "{what} did not come");
        thread::sleep(Duration::from_millis(20));
    }
}

fn until_there(path: &Path) {
    until(&path.display().to_string(), || path.exists());
}

fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn told(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_under_way_is_ended_and_told() {
    let scenario = scene(2);
    let child = start(&scenario);
    until_there(&scenario.path("nodes/a/begun"));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = told(&output);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("stopping: every node ends"), "{stderr}");
    assert!(scenario.path("nodes/a/ended").exists(), "what was under way was cut off");
    assert!(!scenario.path("nodes/a/later").exists(), "the next task was begun");
    assert!(stdout.contains("half-way: stopped before `Come later`"), "{stdout}");
}

#[test]
fn a_second_one_leaves_at_once_and_the_next_run_repairs() {
    let scenario = scene(5);
    let mut child = start(&scenario);
    until_there(&scenario.path("nodes/a/begun"));
    interrupt(&child);
    let (mut said, mut stderr) = (String::new(), child.stderr.take().unwrap());
    until("the word that it stops", || {
        let mut byte = [0];
        if stderr.read(&mut byte).unwrap() == 1 {
            said.push(char::from(byte[0]));
        }
        said.contains("leaves at once")
    });
    let second = Instant::now();
    interrupt(&child);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(second.elapsed() < Duration::from_secs(3), "it took {:?}", second.elapsed());
    assert!(!scenario.path("nodes/a/later").exists());
    // The agent ends its step and lets go of the lock; until then the next run is told who has it.
    let arguments = ["apply", "--yes", "-i", "inventory.yml", "site.yml"];
    until("the next run", || {
        let outcome = scenario.run(&arguments);
        assert!(outcome.status == 0 || outcome.stderr.contains("lock"), "{outcome:#?}");
        outcome.status == 0
    });
    assert!(scenario.path("nodes/a/ended").exists() && scenario.path("nodes/a/later").exists());
    let outcome = scenario.run(&["plan", "-i", "inventory.yml", "site.yml"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
}

#[test]
fn ctrl_c_at_the_question_leaves_at_once() {
    let scenario = scene(1);
    let line = format!("{} apply -i inventory.yml site.yml", lvsctl().display());
    let mut child = command(&scenario, "script")
        .args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut said, mut stdout) = (String::new(), child.stdout.take().unwrap());
    until("the question", || {
        let mut bytes = [0; 64];
        let read = stdout.read(&mut bytes).unwrap();
        said += &String::from_utf8_lossy(&bytes[..read]);
        said.contains("Make these changes?")
    });
    let asked = Instant::now();
    child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    stdout.read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    assert!(said.contains("nothing was changed") && !said.contains("stopping:"), "{said}");
    assert!(!scenario.path("nodes/a/begun").exists());
    // Nobody holds the node's lock.
    assert_eq!(scenario.run(&["apply", "--yes", "-i", "inventory.yml", "site.yml"]).status, 0);
    assert!(fs::exists(scenario.path("nodes/a/later")).unwrap());
}
