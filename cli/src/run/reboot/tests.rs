use super::super::scene::{DR, Scene};
use crate::{
    playbook::{Library, Playbook},
    source::Source,
};

fn playbook(arguments: &str) -> String {
    format!(
        "
- hosts: web1
  tasks:
    - sysctl: {{ name: vm.swappiness, value: 10 }}
    - reboot: {{ {arguments} }}
      register: back
    - assert: {{ that: [back is changed, back.rebooted, back.elapsed == 20] }}
    - command: date
"
    )
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_in_the_next_boot() {
    let mut scene = Scene::with_playbook(DR, &playbook("reboot_timeout: 30, post_reboot_delay: 3"));
    let (recap, screen) = scene.apply().await;
    assert!(!recap.failed(), "{screen}");
    assert_eq!(scene.sent("web1"), ["sysctl vm.swappiness", "command reboot", "command date"]);
    assert_eq!(scene.node("web1").facts.boot_id, "boot 2");
    assert!(screen.contains("changed: reboot (1 change)"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_come_back_in_time_fails_with_what_came_back_last() {
    let mut scene = Scene::with_playbook(DR, &playbook("reboot_timeout: 10"));
    let (recap, screen) = scene.apply().await;
    assert!(recap.failed());
    assert_eq!(scene.sent("web1").len(), 2, "{screen}");
    let expected = "see the node come back within 10 s after its reboot";
    assert!(screen.contains(expected) && screen.contains("Connection refused"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_node_must_pass_the_test() {
    let mut scene = Scene::with_playbook(DR, &playbook("reboot_timeout: 30, test_command: is-it-up"));
    scene.node("web1").fails.push("is-it-up");
    let (recap, screen) = scene.apply().await;
    assert!(recap.failed() && screen.contains("see the node pass `is-it-up` within 30 s"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn in_check_mode_nothing_is_rebooted() {
    let text = playbook("").replace("back.elapsed == 20", "back.elapsed == 0");
    let mut scene = Scene::with_playbook(DR, &text);
    let (recap, screen) = scene.plan().await;
    assert!(recap.changed() && !recap.failed() && screen.contains("+ command reboot"), "{screen}");
    assert_eq!(scene.node("web1").boots, 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_does_not_wait_for_the_node() {
    let mut scene = Scene::with_playbook(DR, &playbook(""));
    scene.node("web1").boot_takes = 500;
    let stop = scene.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        stop.now();
    });
    let (recap, screen) = scene.apply().await;
    assert!(recap.failed() && screen.contains("the run was stopped before the node was back"), "{screen}");
}

#[test]
fn the_machine_that_lvsctl_runs_on_is_not_rebooted() {
    let inventory = DR.replace("web1:", "web1:\n          ansible_connection: local");
    for (text, is_wrong) in [
        ("- { hosts: web1, tasks: [{ reboot: }] }", true),
        ("- { hosts: web1, tasks: [{ reboot: , when: false }] }", false),
        ("- { hosts: web1, tasks: [{ reboot: , delegate_to: web2 }] }", false),
        ("- { hosts: web2, tasks: [{ reboot: , delegate_to: localhost }] }", true),
    ] {
        let playbook = Playbook::read(&Library::new(Vec::new()), &Source::new("test.yml", text)).unwrap();
        let rehearsed = super::super::scene::run(&inventory, &playbook).and_then(|run| run.rehearse());
        let shown = rehearsed.err().map(|mistakes| mistakes.render(false)).unwrap_or_default();
        assert_eq!(shown.contains("take down the machine that lvsctl runs on"), is_wrong, "{text}\n{shown}");
    }
}
