//! `user`, `group` and `hostname`.

use lvs_agent::state::{Group, Hostname, Presence, Resource, User};

use super::arguments::Arguments;
use crate::yaml::Node;

const STATES: &[(&str, Presence)] = &[("present", Presence::Present), ("absent", Presence::Absent)];

pub(super) fn user(from: &mut Arguments<'_>) -> Resource {
    let name = from.required(&["name", "user"], Node::to_text);
    let home = from.optional_path(&["home"]);
    let password = from.text(&["password"]);
    if let Some(hash) = &password
        && !(hash.starts_with(['$', '*', '!']) || hash.len() == 13)
    {
        from.reject(
            "password",
            "the password is not a hash",
            "write the hash as it stands in /etc/shadow: `\"{{ 'secret' | password_hash('sha512') }}\"`",
        );
    }
    let keep_password = from.choice(&["update_password"], &[("always", false), ("on_create", true)]);
    from.refuse(
        &[
            "authorization",
            "expires",
            "generate_ssh_key",
            "hidden",
            "local",
            "login_class",
            "password_expire_account_disable",
            "password_expire_max",
            "password_expire_min",
            "password_expire_warn",
            "password_lock",
            "profile",
            "role",
            "seuser",
            "skeleton",
            "ssh_key_bits",
            "ssh_key_comment",
            "ssh_key_file",
            "ssh_key_passphrase",
            "ssh_key_type",
            "uid_max",
            "uid_min",
            "umask",
        ],
        "use `command` with usermod, chage or ssh-keygen, and `creates`",
    );
    let number = |node: &Node| node.as_number("a number of a user");
    let user = User {
        name,
        state: from.choice(&["state"], STATES).unwrap_or_default(),
        uid: from.optional(&["uid"], number),
        group: from.text(&["group"]),
        groups: from.list(&["groups"]),
        append: from.flag(&["append"]).unwrap_or(false),
        comment: from.text(&["comment"]),
        shell: from.optional_path(&["shell"]),
        home,
        create_home: from.flag(&["create_home", "createhome"]).unwrap_or(true),
        move_home: from.flag(&["move_home"]).unwrap_or(false),
        system: from.flag(&["system"]).unwrap_or(false),
        password,
        keep_password: keep_password.unwrap_or(false),
        remove: from.flag(&["remove"]).unwrap_or(false),
        non_unique: from.flag(&["non_unique"]).unwrap_or(false),
    };
    from.flag(&["force"]);
    Resource::User(user)
}

pub(super) fn group(from: &mut Arguments<'_>) -> Resource {
    let name = from.required(&["name"], Node::to_text);
    from.refuse(&["force", "gid_max", "gid_min", "local"], "use `command` with groupadd, and `creates`");
    Resource::Group(Group {
        name,
        state: from.choice(&["state"], STATES).unwrap_or_default(),
        gid: from.optional(&["gid"], |node| node.as_number("a number of a group")),
        system: from.flag(&["system"]).unwrap_or(false),
        non_unique: from.flag(&["non_unique"]).unwrap_or(false),
    })
}

pub(super) fn hostname(from: &mut Arguments<'_>) -> Resource {
    let name = from.required(&["name"], Node::to_text);
    // Every strategy of Ansible's for Linux comes to the same two places.
    from.text(&["use"]);
    Resource::Hostname(Hostname { name })
}
