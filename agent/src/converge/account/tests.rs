//! Accounts of a node whose programs are scripts that note how they were called.

use crate::{
    converge::{
        Converge, On,
        test::{converge, shown},
    },
    node::fake::FakeNode,
    state::{Group, Hostname, Presence, Resource, User},
};

fn node() -> FakeNode {
    let fake = FakeNode::new();
    fake.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:Bob:/home/bob:/bin/sh\n");
    fake.write("/etc/group", "root:x:0:\nbob:x:1000:\nadm:x:4:bob\nwww:x:33:\n");
    fake.write("/etc/shadow", "root:*:1::::::\nbob:$6$old:1::::::\n");
    for program in ["useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel"] {
        fake.program(program, &format!(r#"echo "{program} $*" >>"$ROOT/calls"; . "$ROOT/effect""#));
    }
    fake.program("chpasswd", r#"sed "s/^\([^:]*\):.*/chpasswd \1/" >>"$ROOT/calls"; . "$ROOT/effect""#);
    fake.write("/effect", "");
    fake
}

/// What is called to bring a resource to its state, where `effect` is what the programs do together.
fn calls<'a, R>(fake: &'a FakeNode, resource: &'a R, effect: &str) -> Vec<String>
where
    On<'a, R>: Converge,
{
    fake.write("/effect", effect);
    fake.write("/calls", "");
    converge(&On { node: &fake.node, resource }).unwrap();
    fake.read("/calls").lines().map(str::to_owned).collect()
}

#[test]
fn a_user_is_made_with_what_is_told_and_goes_again() {
    let fake = node();
    let user = User {
        name: "eve".to_owned(),
        uid: Some(2000),
        groups: Some(vec!["adm".to_owned(), "www".to_owned()]),
        shell: Some("/bin/bash".to_owned()),
        create_home: true,
        password: Some("$6$hash".to_owned()),
        ..User::default()
    };
    let before =
        On { node: &fake.node, resource: &user }.undo(&On { node: &fake.node, resource: &user }.query().unwrap());
    let effect = r#"cd "$ROOT/etc"; mkdir -p ../home/eve
        grep -q ^eve passwd || { echo 'eve:x:2000:2000::/home/eve:/bin/bash' >>passwd; echo 'eve:$6$hash:1::::::' >>shadow
        sed -i 's/^\(adm:.*\)/\1,eve/; s/^\(www:.*\)/\1eve/' group; echo 'eve:x:2000:' >>group; }"#;
    assert_eq!(calls(&fake, &user, effect), ["useradd -u 2000 -G adm,www -s /bin/bash -m eve", "chpasswd eve"]);
    assert!(converge(&On { node: &fake.node, resource: &user }).unwrap().is_empty());
    let [Resource::User(before)] = &before[..] else { panic!("{before:?}") };
    assert_eq!(calls(&fake, before, "sed -i /^eve/d \"$ROOT/etc/passwd\""), ["userdel eve"]);
}

#[test]
fn only_what_differs_of_a_user_is_changed() {
    let fake = node();
    let user = User {
        name: "bob".to_owned(),
        shell: Some("/bin/bash".to_owned()),
        groups: Some(vec!["www".to_owned()]),
        append: true,
        comment: Some("Bob".to_owned()),
        password: Some("$6$new".to_owned()),
        keep_password: true,
        ..User::default()
    };
    let on = On { node: &fake.node, resource: &user };
    assert_eq!(
        shown(&on.diff(&on.query().unwrap())),
        ["~ user bob shell: /bin/sh -> /bin/bash", "~ user bob groups: adm -> adm,www"]
    );
    let effect = r#"cd "$ROOT/etc"; sed -i '/^bob/s:/sh$:/bash:' passwd; sed -i 's/^www:.*/www:x:33:bob/' group"#;
    assert_eq!(calls(&fake, &user, effect), ["usermod -G adm,www -s /bin/bash bob"]);
}

#[test]
fn a_password_is_shown_nowhere() {
    let fake = node();
    let user = User { name: "bob".to_owned(), password: Some("$6$new".to_owned()), ..User::default() };
    let on = On { node: &fake.node, resource: &user };
    let changes = format!("{:?}{:?}", on.diff(&on.query().unwrap()), on.undo(&on.query().unwrap()));
    assert!(!changes.contains("$6$"), "{changes}");
    let effect = r#"sed -i 's/$6$old/$6$new/' "$ROOT/etc/shadow""#;
    assert_eq!(calls(&fake, &user, effect), ["chpasswd bob"]);
}

#[test]
fn a_group_comes_changes_and_goes() {
    let fake = node();
    let group = |gid, state| Group { name: "lvs".to_owned(), state, gid, ..Group::default() };
    let made = calls(&fake, &group(Some(500), Presence::Present), r#"echo lvs:x:500: >>"$ROOT/etc/group""#);
    assert_eq!(made, ["groupadd -g 500 lvs"]);
    let changed = calls(&fake, &group(Some(501), Presence::Present), r#"sed -i s/500/501/ "$ROOT/etc/group""#);
    assert_eq!(changed, ["groupmod -g 501 lvs"]);
    let gone = calls(&fake, &group(None, Presence::Absent), r#"sed -i /^lvs/d "$ROOT/etc/group""#);
    assert_eq!(gone, ["groupdel lvs"]);
}

#[test]
fn a_name_cannot_be_an_option_or_break_a_file() {
    let fake = node();
    for bad in ["", "-x", "a b", "a:b", "../x"] {
        let user = User { name: bad.to_owned(), ..User::default() };
        assert!(On { node: &fake.node, resource: &user }.query().is_err(), "{bad:?}");
    }
    let user = User { name: "bob".to_owned(), comment: Some("a\nroot2:x:0:0".to_owned()), ..User::default() };
    assert!(On { node: &fake.node, resource: &user }.query().is_err());
}

#[test]
fn the_node_is_named_now_and_at_boot() {
    let fake = node();
    fake.write("/proc/sys/kernel/hostname", "old\n");
    let hostname = Hostname { name: "web1.example.com".to_owned() };
    let on = On { node: &fake.node, resource: &hostname };
    let changes = shown(&converge(&on).unwrap());
    assert_eq!(changes[0], "~ hostname: old -> web1.example.com");
    assert_eq!(fake.read("/etc/hostname"), "web1.example.com\n");
    assert!(converge(&on).unwrap().is_empty());
}
