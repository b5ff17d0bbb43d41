//! Where a variable comes from, as it is told to the user; and what was encrypted is nowhere.

use lvsctl_tests::{Outcome, Scenario};

/// An inventory in which variables are defined at many places.
fn scenario() -> Scenario {
    Scenario::new()
        .file(
            "inventory/hosts",
            "[web]\nweb1 port=81 name=own\n[prod:children]\nweb\n[blue]\nweb1\n[green]\nweb1\n\
             [all:vars]\nport=1\n[prod:vars]\nport=2\nv=prod\n[web:vars]\nport=3\nv=web\n\
             [blue:vars]\ncolour=blue\npriority=blue\nansible_group_priority=5\n[green:vars]\ncolour=green\n",
        )
        .file("inventory/group_vars/all.yml", "port: 4\n")
        .file("inventory/group_vars/green.yml", "priority: green\n")
        .file("inventory/group_vars/web/a.yml", "port: 5\nurl: 'http://{{ name }}:{{ port }}/'\n")
        .file("inventory/group_vars/web/b.yml", "port: 6\n")
        .file("inventory/host_vars/web1.yml", "port: 7\n")
        .file("site/group_vars/web.yml", "port: 8\n")
        .file("site/host_vars/web1.yml", "port: 9\n")
}

fn explain(scenario: &Scenario, arguments: &[&str]) -> Outcome {
    scenario.run(&[&["explain", "-i", "inventory/hosts"], arguments].concat())
}

#[test]
fn every_place_of_a_variable_is_told_and_why_each_wins_over_the_next() {
    let outcome = explain(&scenario(), &["web1", "port", "--playbook-dir", "site", "-e", "port=10"]);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout);
}

#[test]
fn groups_win_over_each_other_by_depth_priority_and_alphabet() {
    let scenario = scenario();
    let told = ["v", "priority", "colour"].map(|name| explain(&scenario, &["web1", name]).stdout);
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn without_a_variable_every_one_is_told_in_a_line() {
    insta::assert_snapshot!(explain(&scenario(), &["web1"]).stdout);
}

#[test]
fn a_template_is_shown_as_it_is_rendered_and_as_it_is_written() {
    insta::assert_snapshot!(explain(&scenario(), &["web1", "url"]).stdout);
}

#[test]
fn magic_variables_are_said_to_be_set_by_lvsctl() {
    insta::assert_snapshot!(explain(&scenario(), &["web1", "group_names"]).stdout, @"group_names of web1 is set by lvsctl itself, which wins over every other place");
}

#[test]
fn a_variable_or_host_that_is_not_there_is_a_mistake_with_what_was_meant() {
    let scenario = scenario();
    let outcome = explain(&scenario, &["web1", "prot"]);
    assert_eq!((outcome.status, outcome.stderr.contains("did you mean `port`?")), (65, true), "{}", outcome.stderr);
    let outcome = explain(&scenario, &["wbe1"]);
    assert_eq!((outcome.status, outcome.stderr.contains("did you mean `web1`?")), (65, true), "{}", outcome.stderr);
}

/// `password: s3cret p4ss`, encrypted by `ansible-vault` with the password `let me in`.
const ENCRYPTED: &str = include_str!("../inventories/vault-inline/hosts.yml");

#[test]
fn what_was_encrypted_is_in_no_explanation_and_in_no_mistake() {
    let scenario = Scenario::new()
        .file("hosts.yml", ENCRYPTED)
        .file("password", "let me in\n")
        .file("group_vars/web.yml", "a: 'x {{ password }} y'\nansible_port: '{{ password }}'\n")
        .file("host_vars/web1/vault", include_str!("../inventories/vault-file/inventory/group_vars/web/vault.yml"))
        .file("host_vars/web1/more", "b: '{{ db_password }}'\n");
    for arguments in [
        &["explain", "web1"][..],
        &["explain", "web1", "a"],
        &["explain", "web1", "b"],
        &["explain", "web1", "password"],
        &["explain", "web1", "db_password"],
        &["explain", "web1", "list"],
        &["check"],
    ] {
        let more = ["-i", "hosts.yml", "--vault-password-file", "password"];
        let outcome = scenario.run(&[arguments, &more].concat());
        let all = outcome.stdout + &outcome.stderr;
        for secret in ["s3cret p4ss", "from a file", "one secret"] {
            assert!(!all.contains(secret), "{arguments:?} shows {secret}:\n{all}");
        }
        assert!(all.contains("****"), "{arguments:?} shows that something is hidden:\n{all}");
    }
}

#[test]
fn a_password_that_is_missing_or_wrong_is_a_clear_mistake() {
    let scenario = Scenario::new()
        .file("hosts.yml", "web: { hosts: { web1: } }\n")
        .file("group_vars/web.yml", include_str!("../inventories/vault-file/inventory/group_vars/web/vault.yml"))
        .file("wrong", "let me out\n");
    let missing = scenario.run(&["inventory", "--list", "-i", "hosts.yml"]);
    assert_eq!(missing.status, 65);
    insta::assert_snapshot!(missing.stderr);
    let wrong = scenario.run(&["inventory", "--list", "-i", "hosts.yml", "--vault-password-file", "wrong"]);
    assert_eq!(wrong.status, 65);
    assert!(
        wrong.stderr.contains("error[LVS080]") && wrong.stderr.contains("none of the 1 vault passwords fits"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_password_is_not_shown_wherever_it_comes_from() {
    let inventory = "[all]\nweb1 ansible_become_pass=\"of the host\"\n[all:vars]\nansible_become_pass=of-all-hosts\n\
                     own=of-this\nansible_su_pass={{ own }}-template\n";
    let scenario = Scenario::new().file("inventory/hosts", inventory);
    for arguments in [&["web1"][..], &["web1", "ansible_become_pass"], &["web1", "ansible_su_pass"]] {
        let outcome = explain(&scenario, arguments);
        assert_eq!(outcome.status, 0, "{outcome:#?}");
        assert!(outcome.stdout.contains("********"), "{outcome:#?}");
        for secret in ["of the host", "of-all-hosts", "of-this-template"] {
            assert!(!outcome.stdout.contains(secret), "{outcome:#?}");
        }
    }
}
