//! An ordinary user with sudo, doas or su does what root does; without the right, or with a wrong password, it is said
//! clearly and nothing is left behind; and nobody else on the node gets anything out of it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use lvsctl_tests::{Lab, Report};

/// Nobody has it by chance, so that it can be looked for everywhere.
const PASSWORD: &str = "Qu1te-s3cret $HOME 'x'";
const ROOTS: &str = "R00ts-own s3cret";

#[test]
fn an_ordinary_user_does_what_root_does() {
    let lab = Lab::up("rights", 3);
    let people = People::on(&lab);
    without_a_right_nothing_is_left_behind(&people);
    sudo_takes_a_password_from_wherever_it_comes(&people);
    doas_and_su_have_a_terminal(&people);
    a_whole_roll_out_is_confirmed_over_fresh_connections(&people);
    what_cuts_the_connection_is_taken_back(&people);
    tasks_work_as_the_user_that_they_name(&people);
    a_killed_controller_lets_go_of_the_lock(&people);
    nobody_else_gets_anything_out_of_it(&people);
}

/// Who may do what on the nodes of a lab.
struct People<'a> {
    lab: &'a Lab,
    password: PathBuf,
    wrong: PathBuf,
    roots: PathBuf,
}

impl<'a> People<'a> {
    fn on(lab: &'a Lab) -> Self {
        let quoted = PASSWORD.replace('\'', r"'\''");
        let script = format!(
            "for user in alice bob carol dave eve; do
                 useradd -m -s /bin/sh $user; printf '%s:%s\\n' $user '{quoted}' | chpasswd
                 mkdir -m 700 /home/$user/.ssh; cp /root/.ssh/authorized_keys /home/$user/.ssh/
                 chown -R $user: /home/$user/.ssh
             done
             echo 'root:{ROOTS}' | chpasswd"
        );
        on_all(lab, &script);
        let file = |name: &str, text: &str| lab.file(name, &format!("{text}\n"));
        Self { lab, password: file("password", PASSWORD), wrong: file("wrong", "not-it"), roots: file("roots", ROOTS) }
    }

    fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = self.lab.command(arguments);
        command.args(["-i", &self.lab.inventory(), "-e", &format!("ansible_user={user}")]);
        command
    }

    /// Facts of web1, asked by a user: whether they came, and what was said.
    fn facts(&self, user: &str, arguments: &[&str]) -> (bool, String) {
        let output = self.command(user, &["facts", "web1", "--filter", "hostname"]).args(arguments).output();
        let output = output.expect("start lvsctl");
        (output.status.success(), said(&output))
    }

    #[track_caller]
    fn comes(&self, user: &str, arguments: &[&str]) {
        let (came, said) = self.facts(user, arguments);
        assert!(came && said.contains("hostname: web1"), "{user} {arguments:?}\n{said}");
    }

    #[track_caller]
    fn is_refused(&self, user: &str, arguments: &[&str], parts: &[&str]) {
        let (came, said) = self.facts(user, arguments);
        assert!(!came && said.contains("hint: "), "{user} {arguments:?}\n{said}");
        for part in parts {
            assert!(said.contains(part), "{user} {arguments:?} is not told `{part}`\n{said}");
        }
        assert!(!said.contains(PASSWORD) && !said.contains("not-it"), "{said}");
    }
}

/// Side by side.
fn on_all(lab: &Lab, script: &str) {
    std::thread::scope(|scope| {
        for node in ["lvs", "web1", "web2", "web3", "client"] {
            scope.spawn(move || lab.on(node, script));
        }
    });
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of the test is text")
}

#[track_caller]
fn without_a_right_nothing_is_left_behind(people: &People<'_>) {
    let (lab, password, wrong) = (people.lab, text(&people.password), text(&people.wrong));
    people.is_refused("alice", &[], &["`alice` logged in, and nothing says", "--become (-b)"]);
    people.is_refused("alice", &["-b"], &["become root on the node by sudo as `alice`", "no such program"]);
    on_all(
        lab,
        "apt-get -qq -o Dpkg::Use-Pty=0 install -y sudo opendoas >/dev/null
         printf 'alice ALL=(ALL) ALL\nbob ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/people
         printf 'permit carol\npermit nopass dave\n' >/etc/doas.conf
         chmod 0440 /etc/sudoers.d/people; chmod 0400 /etc/doas.conf",
    );
    people.is_refused("alice", &["-b"], &["a password is asked for, and none is given", "--ask-become-pass"]);
    people.is_refused("alice", &["-b", "--become-password-file", wrong], &["the password is wrong", "own password"]);
    people.is_refused("eve", &["-b", "--become-password-file", password], &["eve is not in the sudoers file"]);
    let doas = ["-b", "--become-method", "doas"];
    people.is_refused("carol", &doas, &["by doas as `carol`", "a password is asked for"]);
    people.is_refused("carol", &[&doas[..], &["--become-password-file", wrong]].concat(), &["the password is wrong"]);
    people.is_refused("eve", &[&doas[..], &["--become-password-file", password]].concat(), &["may not do that"]);
    let su = ["-b", "--become-method", "su"];
    people.is_refused("eve", &su, &["by su as `eve`", "a password is asked for", "root's password"]);
    let nowhere = ["-b", "-e", "ansible_become_exe=/nowhere/sudo"];
    people.is_refused("alice", &nowhere, &["no such program", "ansible_become_exe"]);
    lab.on("web1", "chage -d 0 eve; echo 'eve ALL=(ALL) ALL' >/etc/sudoers.d/eve");
    people.is_refused("eve", &["-b", "--become-password-file", password], &["expired"]);
    lab.on("web1", "chage -d 20000 eve; rm /etc/sudoers.d/eve");
    // Who has opened a terminal before others are shut out of it.
    lab.on("web1", "setsid sh -c 'until [ -e /dev/pts/0 ]; do :; done; exec 5>/dev/pts/0; sleep 20' >/dev/null 2>&1 &");
    people.is_refused("eve", &[&su[..], &["--become-password-file", text(&people.roots)]].concat(), &["somebody else"]);
    lab.on("web1", "pkill -x sleep");
    assert_eq!(lab.on("web1", "ls -d /var/lib/lvsctl 2>/dev/null || :; ps -eo args | grep -c '[l]vsctl-' || :"), "0\n");
}

#[track_caller]
fn sudo_takes_a_password_from_wherever_it_comes(people: &People<'_>) {
    let (lab, password) = (people.lab, text(&people.password));
    people.comes("bob", &["-b"]);
    assert_eq!(lab.on("web1", "stat -c '%U %a' /var/lib/lvsctl /var/lib/lvsctl/agent"), "root 700\nroot 700\n");
    people.comes("alice", &["-b", "--become-password-file", password]);
    let program = lab.file("ask", &format!("#!/bin/sh\ncat '{password}'\n"));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("make it a program");
    people.comes("alice", &["-b", "--become-password-file", text(&program)]);
    let vars = serde_json::json!({ "ansible_become": true, "ansible_become_password": PASSWORD });
    let vars = lab.file("vars.json", &vars.to_string());
    people.comes("alice", &["-e", &format!("@{}", vars.display())]);
    // Root needs no sudo, and no password.
    people.comes("root", &["-b", "-e", "ansible_become_exe=/nowhere/sudo"]);
    lab.on("web1", "echo 'Defaults:alice requiretty, use_pty' >/etc/sudoers.d/terminal");
    people.comes("alice", &["-b", "--become-password-file", password]);
    lab.on("web1", "rm /etc/sudoers.d/terminal");
}

#[track_caller]
fn doas_and_su_have_a_terminal(people: &People<'_>) {
    let (lab, password) = (people.lab, text(&people.password));
    people.comes("dave", &["-b", "--become-method", "doas"]);
    let noise = lab.on("web1", "head -c 300000 /dev/urandom >/root/noise; base64 -w0 /root/noise");
    // The agent is pushed through the terminal, too.
    for (user, method, password) in [("carol", "doas", password), ("eve", "su", text(&people.roots))] {
        lab.on("web1", "rm -r /var/lib/lvsctl");
        let arguments = ["-b", "--become-method", method, "--become-password-file", password];
        people.comes(user, &arguments);
        // Whatever is in a line, and however long it is, comes as it is.
        let mut run =
            people.command(user, &["run", "web1", "-m", "slurp", "-a", "src=/root/noise", "--output", "json"]);
        run.args(arguments);
        let report = Report::of(run);
        report.ends_with(0);
        assert_eq!(report.events("task_ended").next().expect("it ended")["result"]["content"], noise.trim());
    }
}

#[track_caller]
fn a_whole_roll_out_is_confirmed_over_fresh_connections(people: &People<'_>) {
    let roll_out = |command: &str, more: &[&str]| {
        let mut run = people.command("alice", &[command, "-i", "examples/dr", "--output", "json", "-b"]);
        run.args(["--become-password-file", text(&people.password)]).args(more);
        Report::of(run)
    };
    let applied = roll_out("apply", &["--yes"]);
    applied.ends_with(0);
    assert!(applied.changes("lvs").iter().any(|change| change.contains("203.0.113.168")), "{applied}");
    assert!(!applied.to_string().contains(PASSWORD));
    let plan = roll_out("plan", &[]);
    plan.ends_with(0);
    assert_eq!(plan.all_changes(), Vec::<String>::new());
    // A command may cut the connection, so each is confirmed: over a terminal, too.
    for (user, method, password) in [("carol", "doas", &people.password), ("eve", "su", &people.roots)] {
        let mut run = people.command(user, &["run", "web1", "-a", "id -un", "-b", "--become-method", method]);
        let output = run.args(["--become-password-file", text(password)]).output().expect("start lvsctl");
        assert!(output.status.success() && said(&output).contains("root"), "{}", said(&output));
    }
}

#[track_caller]
fn what_cuts_the_connection_is_taken_back(people: &People<'_>) {
    let mut run = people.command("eve", &["shell", "web2", "--rollback-seconds", "6", "-b", "--become-method", "su"]);
    run.args(["--become-password-file", text(&people.roots), "--", "ip link set eth0 down"]);
    let output = run.output().expect("start lvsctl");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("taken back"), "{}", said(&output));
    assert!(people.lab.on("web2", "ip -o link show eth0").contains(",UP,"));
}

#[track_caller]
fn tasks_work_as_the_user_that_they_name(people: &People<'_>) {
    let playbook = people.lab.file(
        "users.yml",
        r#"
- hosts: web1
  gather_facts: false
  tasks:
    - shell: echo "$(id -un) $(id -Gn) $HOME $PWD $GREETING $USER"
      become: true
      become_user: carol
      environment: { GREETING: hello }
      register: carol
    - command: { argv: [printf, "%s|", "$HOME", "it's", "~/x", "$NOBODY"], chdir: /tmp }
      become: true
      become_user: carol
      register: words
    - command: id -un
      register: login
    - command: id -un
      become: true
      register: root
    - command: sh -c 'exit 3'
      become: true
      become_user: carol
      register: failed
      failed_when: failed.rc != 3
    - assert:
        that:
          - carol.stdout == 'carol carol /home/carol /home/carol hello carol'
          - words.stdout == "/home/carol|it's|/home/carol/x|$NOBODY|"
          - login.stdout == 'alice'
          - root.stdout == 'root'
"#,
    );
    let mut run = people.command("alice", &["apply", text(&playbook), "--yes", "--output", "json"]);
    let report = Report::of({
        run.args(["--become-password-file", text(&people.password)]);
        run
    });
    report.ends_with(0);
    // What would be done as root, without being asked to be, is not done.
    let files = "- hosts: web1\n  gather_facts: false\n  tasks:\n    - command: 'true'\n      become: true\n    \
                 - copy: { dest: /root/of-alice, content: x }\n";
    let playbook = people.lab.file("files.yml", files);
    let mut run = people.command("alice", &["apply", text(&playbook), "--yes", "--output", "json"]);
    run.args(["--become-password-file", text(&people.password)]);
    let (_, failure) = Report::of(run).failure("web1");
    assert!(failure.came_back.contains("to be done as `alice`"), "{failure:?}");
    assert_eq!(people.lab.on("web1", "ls /root/of-alice 2>/dev/null || echo none"), "none\n");
}

/// A terminal has no end of input: the node is told in another way that nobody is there any more.
#[track_caller]
fn a_killed_controller_lets_go_of_the_lock(people: &People<'_>) {
    for (user, method, password) in [("eve", "su", &people.roots), ("alice", "sudo", &people.password)] {
        let arguments = ["-b", "--become-method", method, "--become-password-file", text(password)];
        let mut run = people.command(user, &["shell", "web1", "--rollback-seconds", "0"]);
        run.args(arguments).args(["--", "touch /tmp/begun; sleep 3; touch /tmp/ended"]);
        let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start lvsctl");
        let there = |file: &str| people.lab.on("web1", &format!("ls {file} 2>/dev/null || :")).contains(file);
        Lab::wait_until("the command begins", Duration::from_secs(30), || there("/tmp/begun"));
        child.kill().expect("kill lvsctl");
        child.wait().expect("wait for lvsctl");
        // The step is not torn, and what comes next finds no lock.
        Lab::wait_until("the command ends", Duration::from_secs(30), || there("/tmp/ended"));
        let gone = || people.lab.on("web1", "pgrep -f '[l]vsctl/agent' || echo none") == "none\n";
        Lab::wait_until("the agent ends", Duration::from_secs(30), gone);
        let mut run = people.command(user, &["shell", "web1", "--rollback-seconds", "0"]);
        let output = run.args(arguments).args(["--", "rm /tmp/begun /tmp/ended"]).output().expect("start lvsctl");
        assert!(output.status.success(), "{method}: {}", said(&output));
    }
}

#[track_caller]
fn nobody_else_gets_anything_out_of_it(people: &People<'_>) {
    let lab = people.lab;
    // What a user of the node can see, again and again while somebody becomes root in every way.
    let watch = "for i in $(seq 400); do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; ps -eo args; sleep 0.02; done";
    lab.on("web1", &format!("({watch}) >/root/seen 2>/dev/null & echo $! >/root/watcher"));
    let ways = [("alice", "sudo", &people.password), ("carol", "doas", &people.password), ("eve", "su", &people.roots)];
    for (user, method, password) in ways {
        people.comes(user, &["-b", "--become-method", method, "--become-password-file", text(password)]);
    }
    lab.on("web1", "kill $(cat /root/watcher)");
    let looked = lab.on("web1", "grep -ac 'lvs-agent\\|/var/lib/lvsctl/agent' /root/seen");
    assert_ne!(looked, "0\n", "the watcher saw nothing");
    let find = |folders: &str| {
        let secrets = format!("-e '{}' -e '{ROOTS}'", &PASSWORD[..12]);
        lab.on("web1", &format!("grep -raslF {secrets} {folders} || echo none"))
    };
    assert_eq!(find("/root/seen /var/log /var/lib/lvsctl /tmp /var/tmp /home /run /etc/lvsctl"), "none\n");
    // The folder, the agent in it, and what it has open are root's.
    let eve = "su -s /bin/sh eve -c";
    let agent = lab.on("web1", "ls -d /var/lib/lvsctl/agent/*");
    let agent = agent.trim();
    for attempt in [
        "ls /var/lib/lvsctl".to_owned(),
        "cat /var/lib/lvsctl/owned.json".to_owned(),
        format!("{agent} --version"),
        "mkdir /var/lib/lvsctl/mine".to_owned(),
        "mv /var/lib/lvsctl /var/lib/theirs".to_owned(),
    ] {
        let said = lab.on("web1", &format!("{eve} '{attempt}' 2>&1 && echo done || :"));
        assert!(said.contains("ermission denied") && !said.contains("done\n"), "{attempt}: {said}");
    }
}
