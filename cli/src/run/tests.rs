//! The engine on nodes that only remember what they were told.

use std::collections::BTreeMap;

use lvs_agent::{state::Resource, wire::Mode};

use super::scene::{DR, Scene, Screen, run};
use crate::{
    playbook::{Library, Playbook},
    report::{HostState, Json, Recap},
    source::Source,
};

fn states(recap: &Recap) -> BTreeMap<&str, &HostState> {
    recap.hosts.iter().map(|host| (host.host.as_str(), &host.state)).collect()
}

#[tokio::test]
async fn the_shipped_playbook_brings_up_a_cluster_and_a_second_run_changes_nothing() {
    let mut scene = Scene::new(DR);
    let (recap, _) = scene.apply().await;
    assert!(!recap.failed() && recap.changed(), "{recap:?}");
    assert_eq!(scene.table("lvs"), ["192.168.0.1", "192.168.0.2", "192.168.0.3"]);
    let (recap, screen) = scene.apply().await;
    assert!(!recap.failed() && !recap.changed(), "{recap:?}");
    insta::assert_snapshot!(screen);
}

#[tokio::test]
async fn real_servers_come_before_directors() {
    let mut scene = Scene::new(DR);
    scene.apply().await;
    let log = scene.log.lock().unwrap();
    let last_vip =
        log.iter().rposition(|(host, resource)| host.starts_with("web") && resource.id().0.contains("dev lo"));
    let table = log.iter().position(|(_, resource)| matches!(resource, Resource::Ipvs(_)));
    assert!(last_vip.unwrap() < table.unwrap());
}

#[tokio::test]
async fn a_plan_shows_the_exact_differences_and_hosts_that_differ_alike_together() {
    let mut scene = Scene::new(DR);
    let (recap, screen) = scene.plan().await;
    assert!(recap.changed() && !recap.failed());
    assert!(scene.node("web1").made.is_empty());
    insta::assert_snapshot!(screen);
    scene.apply().await;
    insta::assert_snapshot!(scene.plan().await.1);
}

#[tokio::test]
async fn a_real_server_that_fails_is_not_sent_to_and_the_others_go_on() {
    let mut scene = Scene::new(DR);
    scene.node("web2").fails.push("address 203.0.113.168");
    let (recap, screen) = scene.apply().await;
    assert!(recap.failed());
    assert_eq!(scene.table("lvs"), ["192.168.0.1", "192.168.0.3"]);
    assert!(matches!(states(&recap)["web2"], HostState::HalfWay { .. }));
    assert_eq!(states(&recap)["web3"], &HostState::Done);
    insta::assert_snapshot!(screen);
}

#[tokio::test]
async fn a_real_server_that_cannot_be_reached_is_not_sent_to() {
    let mut scene = Scene::new(DR);
    scene.unreachable("web3");
    let (recap, _) = scene.apply().await;
    assert_eq!(scene.table("lvs"), ["192.168.0.1", "192.168.0.2"]);
    assert!(matches!(states(&recap)["web3"], HostState::Untouched { .. }));
}

#[tokio::test]
async fn nothing_is_taken_from_real_servers_when_the_director_failed() {
    let mut scene = Scene::new(DR);
    scene.node("lvs").fails.push("ipvs");
    let (_, screen) = scene.apply().await;
    assert!(!scene.sent("web1").contains(&"prune lvs_real_server".to_owned()));
    assert!(
        screen.contains("web1: skipped: Leftovers of real servers: held back: lvs may still send here"),
        "{screen}"
    );
}

/// The textbook's cluster without its services: nobody directs any more.
fn emptied() -> String {
    let (before, _) = DR.split_once("lvs_services:").unwrap();
    let (_, hosts) = DR.split_once("\n  children:").unwrap();
    format!("{before}lvs_services: []\n    lvs_drain_seconds: 7\n  children:{hosts}")
}

#[tokio::test]
async fn the_leftovers_of_directors_go_before_those_of_real_servers_and_drain_as_the_inventory_says() {
    let mut scene = Scene::new(&emptied());
    let (recap, screen) = scene.apply().await;
    assert!(!recap.failed() && !screen.contains("held back"), "{screen}");
    let log = scene.log.lock().unwrap();
    let prunes: Vec<_> = log
        .iter()
        .filter_map(|(host, resource)| match resource {
            Resource::Prune(prune) => Some((host.as_str(), prune.tag.as_str(), prune.drain_seconds)),
            _ => None,
        })
        .collect();
    let last = prunes.iter().rposition(|(_, tag, _)| *tag == "lvs_director").unwrap();
    let first = prunes.iter().position(|(_, tag, _)| *tag == "lvs_real_server").unwrap();
    assert!(last < first, "{prunes:?}");
    assert!(prunes.contains(&("lvs", "lvs_director", Some(7))), "{prunes:?}");
}

#[tokio::test]
async fn nothing_is_taken_from_real_servers_while_a_machine_that_directs_no_more_may_send() {
    for is_reached in [true, false] {
        let mut scene = Scene::new(&emptied());
        if is_reached {
            scene.node("lvs").fails.push("prune lvs_director");
        } else {
            scene.unreachable("lvs");
        }
        let (_, screen) = scene.apply().await;
        assert!(!scene.sent("web1").contains(&"prune lvs_real_server".to_owned()));
        assert!(screen.contains("held back: lvs may still send here"), "{screen}");
    }
}

#[tokio::test]
async fn nothing_is_taken_from_real_servers_when_the_leftovers_of_a_director_stay() {
    let mut scene = Scene::new(DR);
    scene.node("lvs").fails.push("prune lvs_director");
    let (_, screen) = scene.apply().await;
    assert!(!scene.sent("web1").contains(&"prune lvs_real_server".to_owned()), "{screen}");
}

#[tokio::test]
async fn a_lost_connection_is_told_with_the_task_that_was_under_way() {
    let mut scene = Scene::new(DR);
    scene.node("web1").breaks = Some("address 203.0.113.168");
    let (recap, screen) = scene.apply().await;
    assert!(matches!(states(&recap)["web1"], HostState::HalfWay { .. }));
    assert!(recap.hosts.iter().any(|host| host.host == "web1" && host.unreachable && host.failed == 1));
    assert!(screen.contains("web1: failed: Real server (<lvsctl>/playbooks/real_servers.yml:"), "{screen}");
}

#[tokio::test]
async fn in_a_plan_a_step_that_needs_an_earlier_one_is_unknown_and_not_failed() {
    let mut scene = Scene::new(DR);
    scene.node("web1").fails.push("address 203.0.113.168");
    let (recap, screen) = scene.plan().await;
    assert!(!recap.failed() && recap.changed(), "{recap:?}");
    assert!(screen.contains("? the rest cannot be told before the changes above are made"), "{screen}");
    assert!(screen.contains("address 203.0.113.168"), "{screen}");
}

#[tokio::test]
async fn a_stopped_run_sends_nothing_more_and_says_where_every_host_is() {
    let mut scene = Scene::new(DR);
    scene.stop.now();
    let (recap, _) = scene.apply().await;
    assert!(recap.stopped && scene.log.lock().unwrap().is_empty());
    assert!(matches!(states(&recap)["lvs"], HostState::Untouched { why } if why.contains("stopped before")));
}

const HANDLERS: &str = "
- hosts: web1
  strategy: free
  gather_facts: false
  vars:
    folder: '{{ root }}/nginx'
    root: /etc
  tasks:
    - name: First
      copy: { content: 'a', dest: '{{ folder }}/a' }
      notify: [second handler, anything]
    - name: Not here
      copy: { content: 'b', dest: /etc/b }
      when: ansible_os_family == 'Suse'
      notify: never
    - name: Fails
      sysctl: { name: no.such, value: '1' }
  handlers:
    - name: first handler
      listen: anything
      service: { name: nginx, state: reloaded }
    - name: second handler
      command: nginx -t
    - name: never
      command: 'false'
";

#[tokio::test]
async fn handlers_run_once_in_their_own_order_even_after_a_failure() {
    let mut scene = Scene::with_playbook(DR, HANDLERS);
    scene.node("web1").fails.push("sysctl no.such");
    let (recap, _) = scene.apply().await;
    assert_eq!(
        scene.sent("web1"),
        ["file /etc/nginx/a", "sysctl no.such", "service nginx", "command nginx -t"],
        "{recap:?}"
    );
    let web1 = &recap.hosts[0];
    assert_eq!((web1.ok, web1.changed, web1.failed, web1.skipped), (3, 3, 1, 1));
}

#[tokio::test]
async fn handlers_that_nobody_notified_do_not_run() {
    let mut scene = Scene::with_playbook(DR, HANDLERS);
    scene.apply().await;
    scene.log.lock().unwrap().clear();
    scene.apply().await;
    assert_eq!(scene.sent("web1"), ["file /etc/nginx/a", "sysctl no.such"]);
}

#[tokio::test]
async fn a_secret_is_in_no_event() {
    let playbook = "
- hosts: web1
  tasks:
    - { command: tell hunter2, no_log: true }
    - { command: shout hunter2, no_log: true }
";
    let mut scene = Scene::with_playbook(DR, playbook);
    scene.node("web1").fails.push("command shout");
    let screen = Screen::default();
    scene.carry_out(Mode::Apply, Json::new(screen.clone())).await;
    assert!(!screen.text().contains("hunter2") && screen.text().contains("(no_log)"), "{}", screen.text());
    let secrets: Vec<_> = scene.node("web1").secrets.iter().map(|id| id.0.clone()).collect();
    assert_eq!(secrets, ["command shout hunter2", "command tell hunter2"]);
}

#[test]
fn a_secret_that_cannot_be_is_in_no_mistake() {
    let playbook = "
- hosts: web1
  vars:
    secret: hunter2
  tasks:
    - name: Key
      service: { name: nginx, state: '{{ secret }}' }
      no_log: true
    - name: Number
      command: echo {{ 7 + secret }}
      no_log: true
";
    let playbook = Playbook::read(&Library::new(Vec::new()), &Source::new("test.yml", playbook)).unwrap();
    insta::assert_snapshot!(run(DR, &playbook).unwrap().rehearse().unwrap_err().render(false));
}

#[tokio::test]
async fn every_event_is_a_line_of_json() {
    let mut scene = Scene::with_playbook(DR, HANDLERS);
    scene.node("web1").fails.push("sysctl no.such");
    let screen = Screen::default();
    scene.carry_out(Mode::Apply, Json::new(screen.clone())).await;
    insta::assert_snapshot!(screen.text());
}

#[tokio::test(start_paused = true)]
async fn steps_that_do_not_end_after_a_stop_are_given_up() {
    let mut scene = Scene::new(DR);
    scene.node("web1").hangs = true;
    let stop = scene.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        stop.now();
    });
    let (recap, screen) = scene.apply().await;
    assert!(recap.stopped && screen.contains("they did not end within 30 s"), "{screen}");
    assert!(scene.table("lvs").is_empty());
}

#[test]
fn a_mistake_that_only_a_hosts_variables_show_is_found_without_a_node() {
    let text = "
- hosts: web
  tasks:
    - name: Motd
      copy: { content: 'Hello {{ greting }}', dest: /etc/motd }
    - name: Package
      package: { name: '{{ inventory_hostname }}', state: '{{ inventory_hostname }}' }
- hosts: webb
  tasks: []
";
    let source = Source::new("test.yml", text);
    let library = Library::new(Vec::new());
    let playbook = Playbook::read(&library, &source).unwrap();
    let error = run(DR, &playbook).err().unwrap();
    assert!(error.render(false).contains("webb"), "{error}");
    let playbook = Playbook::read(&library, &Source::new("test.yml", text.replace("webb", "web"))).unwrap();
    insta::assert_snapshot!(run(DR, &playbook).unwrap().rehearse().unwrap_err().render(false));
}
