//! Whoever has a node has its agent's words: they must not become words of a playbook, nor steer a terminal.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{fs, os::unix::fs::PermissionsExt};

use lvsctl_tests::{Outcome, Scenario, local_hosts};

/// An agent that is nobody's: it says hello, and to each look-up the same.
const AGENT: &str = "#!/bin/sh
read -r hello
cat HELLO
while read -r request; do
    case $request in
    *lookup*) cat ANSWER ;;
    *) exit 0 ;;
    esac
done
";

/// What a node might tell of itself.
const HELLO: &str = r#"{"hello":{"protocol":4,"version":"0.1.0","facts":{"hostname":"NAME","distribution":"debian",
"distribution_version":"12","family":"Debian","kernel":"6.1.0","architecture":"x86_64",
"boot_id":"27d84c03-b18f-4be6-becc-4234448ca65b","init":"sysv","package_manager":"apt","network_systems":[],
"agent":"/var/lib/lvsctl/agent/0","interfaces":[{"name":"NAME","mac":null,"up":true,"mtu":1500,
"addresses":["203.0.113.169/24"]}],"machine":{"fqdn":"NAME","processor":{},"processors":1,"sockets":1,"memory_kb":1,
"modules":[],"loaded":[],"sysctls":{},"routes":[]}}}}"#;

fn scene(name: &str, answer: &str) -> Scenario {
    let scenario = local_hosts();
    let path = |name: &str| scenario.path(name).display().to_string();
    let agent = AGENT.replace("HELLO", &path("hello")).replace("ANSWER", &path("answer"));
    let hello = HELLO.replace('\n', "").replace("NAME", name) + "\n";
    let scenario = scenario.file("agent", &agent).file("hello", &hello).file("answer", &format!("{answer}\n"));
    fs::set_permissions(scenario.path("agent"), fs::Permissions::from_mode(0o755)).unwrap();
    scenario
}

fn run(scenario: &Scenario, arguments: &[&str]) -> Outcome {
    scenario.run(&[arguments, &["--agent", "./agent", "-i", "inventory.yml", "--limit", "a"]].concat())
}

fn history(run: &str, operator: &str) -> String {
    format!(
        r#"{{"answer":{{"Ok":{{"history":[{{"run":"{run}","operator":"{operator}","at":1,"changes":1,"failed":0,"for_good":0,"taken_back":false}}]}}}}}}"#
    )
}

#[test]
fn the_name_of_a_run_is_no_template() {
    let scenario = scene("a", &history("9{{ lookup('pipe', 'touch stolen') }}", "alice@desk"));
    for command in [&["rollback", "--yes"][..], &["rollback", "--yes", "--check"], &["history"]] {
        let outcome = run(&scenario, command);
        assert_eq!(outcome.status, 1, "{outcome:#?}");
        assert!(outcome.stderr.contains("a: it remembers a run of a name that no lvsctl gives"), "{outcome:#?}");
        assert!(!scenario.path("stolen").exists(), "{outcome:#?}");
    }
}

#[test]
fn what_a_node_tells_does_not_steer_the_terminal() {
    let scenario = scene("we\\u0008b", &history("9-1", "ali\\u0008ce@desk"));
    let outcome = run(&scenario, &["history"]);
    assert_eq!((outcome.status, outcome.stdout.contains("ali\u{fffd}ce@desk")), (0, true), "{outcome:#?}");
    for filter in [&["--filter", "hostname"][..], &[]] {
        let outcome = run(&scenario, &[&["facts"], filter].concat());
        assert_eq!((outcome.status, outcome.stdout.contains('\u{8}')), (0, false), "{outcome:#?}");
    }
    // What came back for a look-up, at once and behind what is said.
    let scenario = scene("a", r#"{"answer":{"Err":{"tried":"look\u0008","came_back":"no\u0008","hint":"go\u0008"}}}"#);
    let outcome = run(&scenario, &["history"]);
    assert_eq!((outcome.status, outcome.stderr.contains('\u{8}')), (1, false), "{outcome:#?}");
}

#[test]
fn a_director_that_is_imported_puts_no_template_into_the_inventory() {
    let table = r#"{"answer":{"Ok":{"ipvs":{"services":[{"service":{"key":{"address":{"protocol":"tcp","vip":"203.0.113.168","port":80}},"scheduler":"rr","real_servers":[]},"owned":false,"real_servers":[{"server":{"address":"192.168.0.1","port":80,"forwarding":"nat","weight":1},"stats":{"active":0,"inactive":0,"persistent":0,"traffic":{}}}]}]}}}}"#;
    let scenario = scene("{{ lookup('pipe', 'touch stolen') }}", table);
    let outcome =
        scenario.run(&["import", "--from", "live", "a", "--agent", "./agent", "-i", "inventory.yml", "-o", "new.yml"]);
    assert!(outcome.stderr.contains("whose name might be a template"), "{outcome:#?}");
    let text = fs::read_to_string(scenario.path("new.yml")).unwrap();
    let data: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(data.contains("203.0.113.168") && !data.contains("{{"), "{text}");
    scenario.run(&["check", "-i", "inventory.yml", "-i", "new.yml"]);
    assert!(!scenario.path("stolen").exists());
}
