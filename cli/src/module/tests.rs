//! Modules for the hosts of the example clusters.

use lvs_agent::{
    state::{Bytes, File, FileKind, Resource},
    wire::{Facts, Family, NetworkSystem},
};

use super::{Context, Stage, Wanted};
use crate::{
    inventory::{Inventory, resolve},
    model::Cluster,
    playbook::{Library, Playbook},
    run::ClusterSite,
    source::{Diagnostics, Source},
    template::Engine,
};

pub(super) const DR: &str = include_str!("../../../examples/dr/inventory.yml");
const TUN: &str = include_str!("../../../examples/tun/inventory.yml");

fn site(inventory: &str) -> ClusterSite {
    let engine = Engine::default();
    let inventory = Inventory::parse(&Source::new("inventory.yml", inventory)).unwrap();
    let inventory = resolve(&inventory, &engine).unwrap();
    let cluster = Cluster::from_inventory(&inventory).unwrap();
    ClusterSite::new(inventory, cluster, engine)
}

/// What a module wants of a host.
pub(super) fn expand(inventory: &str, host: &str, facts: &Facts, module: &str) -> Result<Vec<Wanted>, Diagnostics> {
    let text = format!("- hosts: all\n  tasks:\n    - {module}\n");
    let playbook = Playbook::read(&Library::new(Vec::new()), &Source::new("test.yml", text))?;
    let (site, play) = (site(inventory), &playbook.plays[0]);
    let task = play.tasks().next().unwrap();
    let scope = site.scope(host, facts, play, &task.directives);
    let counts_as_change = !task.never_changes();
    let context = Context { scope: &scope, facts, node: site.node(host), sensitive: false, counts_as_change };
    task.action.resolve(&scope)?.expand(&context)
}

fn red_hat() -> Facts {
    Facts { family: Family::RedHat, ..Facts::default() }
}

fn ifupdown() -> Facts {
    Facts { family: Family::Debian, network_systems: vec![NetworkSystem::Ifupdown], ..Facts::default() }
}

/// The files among what is wanted, path and text.
fn files(wanted: &[Wanted]) -> String {
    let files = wanted.iter().filter_map(|wanted| match &wanted.resource {
        Resource::File(File { path, kind: FileKind::Content(Bytes(bytes)), .. }) => {
            let tag = wanted.stage.map(Stage::tag).unwrap_or_default();
            Some(format!("--- {path} ({tag})\n{}", String::from_utf8_lossy(bytes)))
        }
        _ => None,
    });
    files.collect()
}

fn mistakes(tasks: &str) -> String {
    let text = format!("- hosts: all\n  tasks:\n{tasks}");
    let error = Playbook::read(&Library::new(Vec::new()), &Source::new("test.yml", text)).unwrap_err();
    let lines = error.all().iter().map(|mistake| format!("{}: {}", mistake.code(), mistake.title()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn machines_of_the_red_hat_family_get_ifcfg_files() {
    insta::assert_snapshot!(files(&expand(DR, "lvs", &red_hat(), "lvs_network:").unwrap()));
}

#[test]
fn a_vip_on_lo_is_not_announced_when_the_device_comes_up() {
    let wanted = expand(DR, "web1", &red_hat(), "lvs_real_server:").unwrap();
    insta::assert_snapshot!(files(&wanted));
    assert!(
        matches!(wanted.last().unwrap().resource, Resource::File(_)),
        "a boot must not come before the arp settings"
    );
}

#[test]
fn where_there_is_ifupdown_it_gets_a_file_for_each_device() {
    let network = expand(TUN, "web1", &ifupdown(), "lvs_network:").unwrap();
    let real_server = expand(TUN, "web1", &ifupdown(), "lvs_real_server:").unwrap();
    insta::assert_snapshot!(files(&network) + &files(&real_server));
}

#[test]
fn files_can_be_left_out() {
    let wanted = expand(DR, "lvs", &red_hat(), "lvs_network: { files: '{{ 1 > 2 }}' }").unwrap();
    assert_eq!(files(&wanted), "");
    assert!(!wanted.is_empty());
}

#[test]
fn everything_of_a_role_is_owned_by_it() {
    let wanted = expand(DR, "lvs", &Facts::default(), "lvs_director:").unwrap();
    assert!(wanted.iter().all(|wanted| wanted.stage == Some(Stage::Director)) && !wanted.is_empty());
    assert_eq!(expand(DR, "client", &Facts::default(), "lvs_director:").unwrap(), []);
}

#[test]
fn a_prune_keeps_what_is_still_wanted_with_its_files() {
    let keep = |host| match &expand(DR, host, &red_hat(), "lvs_prune: { role: real_server }").unwrap()[0].resource {
        Resource::Prune(prune) => prune.keep.iter().map(|id| id.0.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert!(keep("web1").contains(&"address 203.0.113.168/32 dev lo".to_owned()));
    assert!(keep("web1").contains(&"file /etc/sysconfig/network-scripts/ifcfg-lo:0".to_owned()), "{:?}", keep("web1"));
    assert!(!keep("client").iter().any(|id| id.contains("203.0.113.168")));
}

#[test]
fn facts_have_ansibles_names() {
    let facts = Facts { hostname: "web1.example.com".to_owned(), distribution: "debian".to_owned(), ..ifupdown() };
    let copy = "copy: { dest: /f, content: '{{ ansible_hostname }} {{ ansible_facts.distribution }} {{ ansible_os_family }}' }";
    assert!(files(&expand(DR, "web1", &facts, copy).unwrap()).ends_with("web1 Debian Debian"));
}

#[test]
fn modules_take_ansibles_arguments() {
    let one = |module: &str| expand(DR, "web1", &Facts::default(), module).unwrap().remove(0).resource;
    let json = |module: &str| serde_json::to_string(&one(module)).unwrap();
    insta::assert_snapshot!(
        [
            json("package: { name: 'nginx, curl', state: installed }"),
            json("ansible.builtin.package: { name: [nginx], state: removed }"),
            json("file: { path: /srv, state: directory, mode: '0755', owner: root }"),
            json("file: { path: /a, src: /b, state: link }"),
            json("file: { path: /a, mode: 0600 }"),
            json("copy: { content: 'x', dest: /a, mode: 0640, group: adm }"),
            json("service: { name: nginx.service, state: started, enabled: yes }"),
            json("sysctl: { name: net.ipv4.ip_forward, value: 1 }"),
            json("sysctl: { name: a.b, value: 0, state: absent, sysctl_file: /etc/sysctl.d/a.conf }"),
            json("modprobe: { name: ipip, persistent: present }"),
            json("command: tar -x -f 'a b.tar'\n      args: { chdir: /usr/src, creates: /usr/src/a }"),
            json("command: { argv: [ls, -l] }\n      changed_when: false"),
            json("wait_for: { port: 80, timeout: 5 }"),
        ]
        .join("\n")
    );
}

#[test]
fn arguments_that_cannot_be_are_mistakes_before_any_host_is_known() {
    insta::assert_snapshot!(mistakes(
        "
    - package: { name: nginx, state: latest }
    - package: nginx
    - copy: { content: a, src: b, dest: etc/a, mode: 644 }
    - copy: { dest: /a, backup: false }
    - file: { path: /a, src: /b }
    - file: { path: /a, state: link, recurse: true }
    - service: { name: nginx }
    - sysctl: { name: a, state: absent, sysctl_set: no }
    - command: { creates: a }
    - command: ls | wc
    - wait_for: { port: 70000 }
    - lvs_verify: { requests: 0 }
    - lvs_prune: { role: client }
    - lineinfile: { path: /a, line: b, regexp: 'a(', insertafter: x, insertbefore: y }
    - lineinfile: { path: /a, line: '\\2', regexp: '(a)', backrefs: true }
    - lineinfile: { path: /a, state: absent }
    - lineinfile: { path: /a, line: b, backrefs: true, validate: 'visudo -c' }
    - blockinfile: { path: /a, block: b, marker: '# mine', insertbefor: EOF }
    - shell: { chdir: /a }
    - command: { cmd: ls, argv: [ls] }
    - stat: { path: /a, checksum_algorithm: crc }
    - wait_for: { port: 80, path: /a, search_regex: '[' }
    - wait_for: { port: 80, exclude_hosts: [a] }
    - user: { name: a, password: secret, skeleton: /x }
    - group: { gid: a }
    - systemd: { daemon_reload: true, state: started }
    - apt: { name: 'nginx>1.2', upgrade: dist }
    - get_url: { url: 'ftp://a/b', dest: /a, checksum: 'sha256:12' }
    - uri: { url: 'http://a', headers: [a], follow_redirects: maybe }
    - unarchive: { src: 'http://a/b.tgz', dest: /a, mode: '0644', remote_src: true }
    - file: { path: /a, state: touch, access_time: preserve }
    - copy: { src: a, dest: /a, mode: u=rw;g=r }
    - replace: { path: /a }
"
    ));
}
