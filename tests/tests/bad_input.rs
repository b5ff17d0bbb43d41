//! Mistakes in the user's files: each is shown with its place, a code and a hint, and no node is contacted.

use lvsctl_tests::Scenario;

/// An inventory whose service is as given, with an ssh configuration that tells on every contact.
fn inventory(service: &str) -> String {
    format!(
        "all:
  vars:
    lvs_ssh_config: ssh_config
    lvs_services:
{service}
  children:
    directors:
      hosts:
        lvs:
          lvs_interfaces:
            - {{ device: eth0, addresses: [192.168.0.254/24] }}
            - {{ device: eth1, addresses: [203.0.113.169/24], gateway: 203.0.113.1 }}
    web:
      hosts:
        web1: {{ lvs_interfaces: [{{ device: eth0, addresses: [192.168.0.1/24], gateway: 192.168.0.250 }}] }}
        web2: {{ lvs_interfaces: [{{ device: eth0, addresses: [192.168.0.2/24], gateway: 192.168.0.250 }}] }}
"
    )
}

const GOOD: &str =
    "      - { name: www, vip: 203.0.113.168, port: 80, scheduler: wrr, forward: dr, real_servers: [{ group: web }] }";

/// Every command that would contact a node must stop at the mistake, show the place, and exit with 65.
#[track_caller]
fn rejected(scenario: &Scenario, code: &str, place: &str) {
    for command in ["check", "plan", "apply", "verify", "status"] {
        let outcome = scenario.run(&[command, "-i", "inventory.yml"]);
        let stderr = &outcome.stderr;
        assert_eq!(outcome.status, 65, "{command}: {outcome:#?}");
        assert!(stderr.contains(&format!("error[{code}]")), "{command} has no {code}:\n{stderr}");
        assert!(stderr.contains(place), "{command} does not show {place}:\n{stderr}");
        assert!(stderr.contains("hint: "), "{command} gives no hint:\n{stderr}");
        assert!(!scenario.contacted(), "{command} contacted a node:\n{stderr}");
    }
}

#[track_caller]
fn service_is_rejected(service: &str, code: &str, place: &str) {
    let scenario = Scenario::new().file("inventory.yml", &inventory(service));
    rejected(&scenario, code, place);
}

#[test]
fn a_good_inventory_is_accepted_without_contacting_a_node() {
    let scenario = Scenario::new().file("inventory.yml", &inventory(GOOD));
    let outcome = scenario.run(&["check", "-i", "inventory.yml"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert!(!scenario.contacted());
}

#[test]
fn the_contact_detector_of_these_tests_works() {
    let scenario = Scenario::new().file("inventory.yml", &inventory(GOOD));
    let outcome = scenario.run(&["plan", "-i", "inventory.yml"]);
    assert_eq!(outcome.status, 1, "{outcome:#?}");
    assert!(scenario.contacted());
}

#[test]
fn an_unknown_key() {
    service_is_rejected(
        "      - { name: www, vip: 203.0.113.168, port: 80, forward: dr, real_servers: [{ group: web, wieght: 2 }] }",
        "LVS002",
        "inventory.yml:5:94",
    );
}

#[test]
fn a_wrong_type() {
    service_is_rejected(&GOOD.replace("port: 80", "port: [80]"), "LVS003", "inventory.yml:5:48");
}

#[test]
fn an_unknown_scheduler() {
    service_is_rejected(&GOOD.replace("wrr", "wwr"), "LVS020", "inventory.yml:5:63");
}

#[test]
fn a_vip_that_is_a_real_servers_own_address() {
    service_is_rejected(&GOOD.replace("203.0.113.168", "192.168.0.2"), "LVS025", "inventory.yml:5:27");
}

#[test]
fn direct_routing_with_a_different_real_port() {
    service_is_rejected(&GOOD.replace("{ group: web }", "{ group: web, port: 8080 }"), "LVS026", "inventory.yml:5:");
}

#[test]
fn a_negative_weight() {
    service_is_rejected(&GOOD.replace("{ group: web }", "{ group: web, weight: -1 }"), "LVS022", "inventory.yml:5:");
}

#[test]
fn a_duplicate_service() {
    service_is_rejected(&format!("{GOOD}\n{}", GOOD.replace("www", "www2")), "LVS023", "inventory.yml:6:");
}

#[test]
fn a_real_server_that_no_group_has() {
    service_is_rejected(&GOOD.replace("{ group: web }", "{ host: web9 }"), "LVS024", "inventory.yml:5:");
}

#[test]
fn an_undefined_variable() {
    service_is_rejected(&GOOD.replace("203.0.113.168", "\"{{ main_vip }}\""), "LVS061", "inventory.yml:5:");
}

#[test]
fn yaml_syntax() {
    rejected(&Scenario::new().file("inventory.yml", "all:\n  hosts: [web1\n  vars: {}\n"), "LVS001", "inventory.yml:");
}

#[test]
fn an_empty_inventory() {
    rejected(&Scenario::new().file("inventory.yml", ""), "LVS010", "inventory.yml");
    rejected(&Scenario::new().file("inventory.yml", "all:\n  children:\n    web: {}\n"), "LVS010", "inventory.yml");
}

#[test]
fn an_inventory_that_is_not_there() {
    let outcome = Scenario::new().run(&["check", "-i", "nowhere.yml"]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
    assert!(outcome.stderr.contains("nowhere.yml") && outcome.stderr.contains("hint: "), "{outcome:#?}");
}

#[test]
fn an_undefined_template_variable_in_a_playbook() {
    let scenario = Scenario::new().file("inventory.yml", &inventory(GOOD)).file(
        "motd.yml",
        "- hosts: web\n  tasks:\n    - name: Greet\n      copy: { dest: /etc/motd, content: \"{{ greeting }}\" }\n",
    );
    let outcome = scenario.run(&["check", "motd.yml", "-i", "inventory.yml"]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
    assert!(outcome.stderr.contains("error[LVS061]") && outcome.stderr.contains("motd.yml:4:"), "{}", outcome.stderr);
    assert!(!scenario.contacted());
}

#[test]
fn an_undefined_variable_in_a_template() {
    let scenario = Scenario::new()
        .file("inventory.yml", &inventory(GOOD))
        .file("templates/motd.j2", "Welcome\nto {{ placce }}\n")
        .file(
            "motd.yml",
            "- hosts: web\n  vars: { place: here }\n  tasks:\n    - template: { src: motd.j2, dest: /etc/motd }\n",
        );
    let outcome = scenario.run(&["check", "motd.yml", "-i", "inventory.yml"]);
    assert_eq!(outcome.status, 65, "{outcome:#?}");
    assert!(outcome.stderr.contains("error[LVS061]") && outcome.stderr.contains("motd.j2:2:"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("did you mean `place`?"), "{}", outcome.stderr);
}

/// A service that is lost by a mistake of typing would be taken away from the directors.
#[test]
fn services_that_nothing_reads() {
    let text = inventory(GOOD);
    for (right, wrong, code, hint) in [
        ("lvs_services:", "lvs_service:", "LVS002", "did you mean `lvs_services`?"),
        ("  vars:", "  var:", "LVS002", "did you mean `vars`?"),
        ("  children:", "  childern:", "LVS010", "did you mean `children`?"),
    ] {
        let scenario = Scenario::new().file("inventory.yml", &text.replacen(right, wrong, 1));
        rejected(&scenario, code, hint);
    }
    let scenario = Scenario::new().file("inventory.yml", &text.replacen("lvs_services:", "lvs_weights:", 1));
    assert_eq!(scenario.run(&["check", "-i", "inventory.yml"]).status, 0, "no service is no mistake");
}

#[test]
fn bytes_that_are_no_text_and_files_without_an_end() {
    let scenario = Scenario::new();
    std::fs::write(scenario.path("inventory.yml"), b"all:\n  hosts:\n    web\xff: {}\n").expect("write a file");
    rejected(&scenario, "LVS008", "line 3 has a byte that is not UTF-8 text, after \"    web\"");
    let outcome = scenario.run(&["check", "-i", "/dev/zero"]);
    assert_eq!((outcome.status, outcome.stderr.contains("at most")), (65, true), "{outcome:#?}");
}

#[test]
fn names_that_are_not_there() {
    let scenario = lvsctl_tests::local_hosts()
        .file("playbooks/site.yml", "- { hosts: all, gather_facts: false, tasks: [{ ping: }] }\n");
    for (arguments, title, hint) in [
        (&["explain", "a", "numbr"][..], "the host `a` has no variable `numbr`", "did you mean `number`?"),
        (&["explain", "a", "colour"], "the host `a` has no variable `colour`", "`lvsctl explain HOST` shows those"),
        (&["explain", "zzz"], "the inventory has no host `zzz`", "`lvsctl inventory --graph` shows"),
        (&["plan", "--tags", "web"], "no task has the tag `web`", "no task of this playbook has a tag"),
        (&["plan", "playbooks"], "there is no playbook `playbooks`", "is a folder: name a file in it"),
    ] {
        let outcome = scenario.run(&[arguments, &["-i", "inventory.yml"]].concat());
        assert_eq!(outcome.status, 65, "{outcome:#?}");
        assert!(outcome.stderr.contains(title) && outcome.stderr.contains(hint), "{outcome:#?}");
    }
}

#[test]
fn what_ssh_says_has_a_hint_of_its_own() {
    let scenario = Scenario::new()
        .file("inventory.yml", "all: { hosts: { web1: { lvs_ssh_config: config } } }\n")
        .file("config", "Hots web1\n");
    let ping = ["run", "web1", "-m", "ping", "-i", "inventory.yml"];
    let outcome = scenario.run(&ping);
    assert!(outcome.stderr.contains("hint: look at the ssh configuration"), "{outcome:#?}");
    let scenario = scenario.file("inventory.yml", "all: { hosts: { web1: { lvs_ssh_config: nowhere } } }\n");
    let outcome = scenario.run(&ping);
    assert!(outcome.stderr.contains("hint: look at the ssh configuration"), "{outcome:#?}");
    let without_ssh = std::process::Command::new(lvsctl_tests::lvsctl())
        .args(ping)
        .current_dir(scenario.path(""))
        .env("HOME", scenario.path(""))
        .env("PATH", scenario.path(""))
        .env_remove("LVSCTL_INVENTORY")
        .output()
        .expect("start lvsctl");
    let told = String::from_utf8_lossy(&without_ssh.stderr);
    assert!(told.contains("hint: is ssh installed here"), "{told}");
}
