//! A disk that is full, one that may not be written to, one that no program may be run from, a clock that is years off:
//! each is told as what it is, nothing is half done, and when it has gone the same run converges.

use lvsctl_tests::{Cluster, Lab, Report};

/// A file and, where one is asked for, a package.
const WORK: &str = "
- hosts: web1
  gather_facts: false
  tasks:
    - name: A file
      copy: { content: \"{{ text * (times | default(1) | int) }}\\n\", dest: /etc/of-this-run }
    - name: A package
      apt: { name: hello, state: present, update_cache: \"{{ update | default(false) | bool }}\" }
      when: with_package | default(false) | bool
";

/// Fills the disk of a node to its last block.
const FILL: &str = "fallocate -l 256k /filler.room; n=0; for size in 1000m 300m 100m 30m 10m 3m 1m 300k 100k 30k; do \
    while fallocate -l $size /filler.$n 2>/dev/null; do n=$((n+1)); done; rm -f /filler.$n; done; \
    dd if=/dev/zero of=/filler.last bs=4k 2>/dev/null; df /";

/// A repository that says when it was made.
const RELEASE: &str = "cd /srv/apt; sum=$(sha256sum Packages.gz | cut -d' ' -f1); size=$(stat -c %s Packages.gz); \
    printf 'Date: %s UTC\\nSHA256:\\n %s %s Packages.gz\\n' \"$(LC_ALL=C date -u '+%a, %d %b %Y %T')\" $sum $size >Release";

pub(super) fn every_cause_is_told_as_what_it_is(lab: &Lab, cluster: &Cluster<'_>) {
    let work = lab.file("work.yml", WORK).display().to_string();
    let apply = |text: &str, more: &[&str]| {
        let text = format!("text={text}");
        let words = ["apply", &work, "--yes", "--output", "json", "-e", &text];
        Report::of(cluster.command(&[&words, more].concat()))
    };
    let apply: &dyn Fn(&str, &[&str]) -> Report = &apply;
    apply("old", &[]).ends_with(0);
    a_full_disk(lab, apply);
    a_disk_that_the_run_fills_while_it_cuts_the_connection(lab, cluster, apply);
    a_file_system_that_is_read_only(lab, cluster, apply);
    a_file_system_that_no_program_is_run_from(lab, apply);
    a_clock_that_is_years_off(lab, apply);
    lab.on("web1", "rm /etc/of-this-run");
}

type Apply<'a> = &'a dyn Fn(&str, &[&str]) -> Report;

#[track_caller]
fn a_full_disk(lab: &Lab, apply: Apply<'_>) {
    lab.on("web1", FILL);
    let full = apply("new", &[]);
    is_told(&full, None, "No space left on device", "make room");
    is_untouched(lab, &full);

    // For the agent's own few lines, and for no more.
    lab.on("web1", "rm /filler.room");
    let big = apply("x", &["-e", "times=1000000"]);
    is_told(&big, Some("A file"), "No space left on device", "make room");
    assert_eq!(contents(lab), "old\n");
    let package = apply("old", &["-e", "with_package=true"]);
    is_told(&package, Some("A package"), "No space left on device", "make room");

    lab.on("web1", "rm /filler.*");
    apply("new", &["-e", "with_package=true"]).ends_with(0);
    assert_eq!(contents(lab), "new\n");
    assert_eq!(lab.on("web1", "hello"), "Hello, world!\n");
    apply("old", &[]).ends_with(0);
}

/// There is no room to write down what is taken back, and it is taken back all the same.
#[track_caller]
fn a_disk_that_the_run_fills_while_it_cuts_the_connection(lab: &Lab, cluster: &Cluster<'_>, apply: Apply<'_>) {
    let play = format!("- hosts: web1\n  tasks:\n    - shell: \"{FILL}; ip link set eth0 down\"\n");
    let play = lab.file("cut.yml", &play).display().to_string();
    Report::of(cluster.command(&["apply", &play, "--yes", "--output", "json", "--rollback-seconds", "5"])).ends_with(1);
    lab.on("web1", "rm /filler.*");
    apply("old", &[]).ends_with(0);
    assert!(!lab.on("web1", "ls /var/lib/lvsctl").contains("armed.json"));
}

#[track_caller]
fn a_file_system_that_is_read_only(lab: &Lab, cluster: &Cluster<'_>, apply: Apply<'_>) {
    lab.on("web1", "mount --bind /etc /etc && mount -o remount,ro,bind /etc");
    let etc = apply("new", &[]);
    lab.on("web1", "umount /etc");
    is_told(&etc, Some("A file"), "Read-only file system", "remount,rw");
    assert_eq!(contents(lab), "old\n");

    // As the kernel does it after an error of the disk.
    lab.on("web1", "echo u >/proc/sysrq-trigger; until ! touch /srv/probe 2>/dev/null; do sleep 0.05; done");
    let root = apply("new", &[]);
    is_told(&root, None, "Read-only file system", "remount,rw");
    is_untouched(lab, &root);
    // A look needs to write nothing.
    cluster.plan().ends_with(0);
    lab.on("web1", "mount -o remount,rw /; rm -f /srv/probe");
    apply("new", &[]).ends_with(0);
    apply("old", &[]).ends_with(0);
}

#[track_caller]
fn a_file_system_that_no_program_is_run_from(lab: &Lab, apply: Apply<'_>) {
    lab.on("web1", "mount --bind /var/lib/lvsctl /var/lib/lvsctl && mount -o remount,noexec,bind /var/lib/lvsctl");
    let apply_there = apply("new", &[]);
    lab.on("web1", "umount /var/lib/lvsctl");
    is_told(&apply_there, None, "run the agent on the node; it said:", "noexec");
    is_untouched(lab, &apply_there);
}

/// Nothing of lvsctl's own depends on the node's clock; what others say of it is told.
#[track_caller]
fn a_clock_that_is_years_off(lab: &Lab, apply: Apply<'_>) {
    lab.on("web1", RELEASE);
    lab.on("web1", "date >/run/before; date -s 2019-01-01");
    let off = apply("new", &["-e", "with_package=true", "-e", "update=true"]);
    is_told(&off, Some("A package"), "is not valid yet", "clock");
    assert_eq!(contents(lab), "new\n");
    lab.on("web1", "date -s \"$(cat /run/before)\"; rm /srv/apt/Release; apt-get -qq update");
    apply("old", &["-e", "with_package=true", "-e", "update=true"]).ends_with(0);
}

#[track_caller]
fn is_told(report: &Report, task: Option<&str>, cause: &str, hint: &str) {
    report.ends_with(1);
    let (failed, failure) = report.failure("web1");
    assert_eq!(failed, task, "{report}");
    let text = format!("{}: {}", failure.tried, failure.came_back);
    assert!(!failure.tried.is_empty() && text.contains(cause), "{failure:?}");
    assert!(failure.hint.as_deref().is_some_and(|found| found.contains(hint)), "{failure:?}");
}

#[track_caller]
fn is_untouched(lab: &Lab, report: &Report) {
    assert_eq!(contents(lab), "old\n");
    assert_eq!(report.state("web1"), "untouched", "{report}");
}

/// Of the file, which has no half-written other one beside it.
#[track_caller]
fn contents(lab: &Lab) -> String {
    lab.on("web1", "cat /etc/of-this-run; ls -A /etc | grep lvsctl-of || true")
}
