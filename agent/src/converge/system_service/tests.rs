//! Services on a node whose init system is a handful of scripts.

use super::*;
use crate::{
    converge::test::{converge, shown},
    node::fake::FakeNode,
};

fn service(run: Option<RunState>, enabled: Option<bool>) -> SystemService {
    SystemService { name: "nginx".to_owned(), run, enabled, masked: None }
}

fn apply(fake: &FakeNode, resource: &SystemService) -> Result<Vec<String>, Failure> {
    converge(&On { node: &fake.node, resource }).map(|changes| shown(&changes))
}

/// A node with an init.d script for nginx that notes its calls.
fn sysv() -> FakeNode {
    let fake = FakeNode::new();
    fake.script(
        "/etc/init.d/nginx",
        r#"echo "$1" >>"$ROOT/calls"
        case "$1" in
        start|restart) touch "$ROOT/running" ;;
        stop) rm "$ROOT/running" ;;
        status) [ -e "$ROOT/running" ] || exit 3 ;;
        esac"#,
    );
    fake.program(
        "update-rc.d",
        r#"echo "update-rc.d $*" >>"$ROOT/calls"; mkdir -p "$ROOT/etc/rc2.d"
        case "$2" in
        defaults) [ -e "$ROOT/etc/rc2.d/K01nginx" ] || touch "$ROOT/etc/rc2.d/S01nginx" ;;
        enable) [ -e "$ROOT/etc/rc2.d/S01nginx" ] || mv "$ROOT/etc/rc2.d/K01nginx" "$ROOT/etc/rc2.d/S01nginx" ;;
        disable) mv "$ROOT/etc/rc2.d/S01nginx" "$ROOT/etc/rc2.d/K01nginx" ;;
        esac"#,
    );
    fake
}

fn systemd() -> FakeNode {
    let fake = FakeNode::new();
    std::fs::create_dir_all(fake.at("/run/systemd/system")).unwrap();
    fake.program(
        "systemctl",
        r#"echo "$*" >>"$ROOT/calls"
        case "$1" in
        start|restart|reload-or-restart) touch "$ROOT/running" ;;
        stop) rm "$ROOT/running" ;;
        enable) touch "$ROOT/enabled" ;;
        disable) rm "$ROOT/enabled" ;;
        show)
            if [ "$4" = nginx.service ]; then echo LoadState=loaded; else echo LoadState=not-found; fi
            if [ -e "$ROOT/running" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
            if [ -e "$ROOT/enabled" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi ;;
        esac"#,
    );
    fake
}

#[test]
fn a_service_is_started_and_enabled_once_and_put_back() {
    for fake in [sysv(), systemd()] {
        let resource = service(Some(RunState::Started), Some(true));
        let on = On { node: &fake.node, resource: &resource };
        let before = on.undo(&on.query().unwrap());
        assert_eq!(
            apply(&fake, &resource).unwrap(),
            ["~ service nginx at boot: disabled -> enabled", "~ service nginx: stopped -> running"]
        );
        assert!(apply(&fake, &resource).unwrap().is_empty());
        let [Resource::SystemService(resource)] = before.as_slice() else { panic!("{before:?}") };
        assert_eq!(
            apply(&fake, resource).unwrap(),
            ["~ service nginx at boot: enabled -> disabled", "~ service nginx: running -> stopped"]
        );
    }
}

#[test]
fn a_restart_is_always_a_change() {
    for fake in [sysv(), systemd()] {
        let resource = service(Some(RunState::Restarted), None);
        assert_eq!(apply(&fake, &resource).unwrap(), ["~ service nginx: stopped -> restarted"]);
        assert_eq!(apply(&fake, &resource).unwrap(), ["~ service nginx: running -> restarted"]);
    }
}

#[test]
fn a_service_that_does_not_stay_up_is_a_failure() {
    let fake = sysv();
    fake.script("/etc/init.d/nginx", "case $1 in status) exit 3 ;; esac");
    let resource = service(Some(RunState::Started), None);
    let on = On { node: &fake.node, resource: &resource };
    on.apply(&on.query().unwrap(), &mut |_, _| ()).unwrap();
    assert_eq!(shown(&on.verify(&on.query().unwrap())), ["~ service nginx: stopped -> running"]);
}

#[test]
fn a_failed_start_says_what_the_script_said() {
    let fake = sysv();
    fake.script("/etc/init.d/nginx", "case $1 in start) echo bind failed >&2; exit 1 ;; *) exit 3 ;; esac");
    let failure = apply(&fake, &service(Some(RunState::Started), None)).unwrap_err();
    assert_eq!(
        (failure.tried.as_str(), failure.came_back.as_str()),
        ("start the service nginx", "exit status 1\nbind failed")
    );
}

#[test]
fn a_pid_file_saves_the_fork() {
    let fake = sysv();
    fake.write("/run/nginx.pid", "77\n");
    fake.write("/proc/77/comm", "nginx\n");
    assert!(apply(&fake, &service(Some(RunState::Started), None)).unwrap().is_empty());
    assert!(!fake.at("/calls").exists());
    fake.write("/proc/77/comm", "other\n");
    assert!(!apply(&fake, &service(Some(RunState::Started), None)).unwrap().is_empty());
}

#[test]
fn a_service_that_is_not_there_is_planned_and_then_fails_and_need_not_be_stopped() {
    for fake in [sysv(), systemd()] {
        let resource = SystemService { name: "httpd".to_owned(), ..service(Some(RunState::Started), None) };
        let on = On { node: &fake.node, resource: &resource };
        assert_eq!(shown(&on.diff(&on.query().unwrap())), ["+ service httpd: running"]);
        assert!(apply(&fake, &resource).unwrap_err().hint.is_some());
        let resource = SystemService { run: Some(RunState::Stopped), enabled: Some(false), ..resource };
        assert!(apply(&fake, &resource).unwrap().is_empty());
    }
}

#[test]
fn a_name_cannot_be_an_option_or_a_path() {
    for name in ["", "-H", "../x", "a/b", "a b"] {
        let resource = SystemService { name: name.to_owned(), ..service(None, None) };
        apply(&sysv(), &resource).unwrap_err();
    }
}
