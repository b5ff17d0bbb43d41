//! The engine on nodes that only remember what they were told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use lvs_agent::{
    state::{Resource, ResourceId},
    wire::{
        Answer, Batch, Change, Event as AgentEvent, Facts, Failure, LiveTable, Lookup, Mode, Outcome, Side, Status,
    },
};

use super::{ClusterSite, Connection, Crew, Run, Stop, Verdict, Verifier};
use crate::{
    inventory::{Inventory, resolve},
    model::Cluster,
    module::LvsVerify,
    playbook::{Library, Playbook, TagFilter},
    report::{Detail, HostState, Json, Lines, Plan, Recap, Reporter, Reports},
    source::{Diagnostics, Source},
    template::Engine,
};

const DR: &str = include_str!("../../../examples/dr/inventory.yml");

/// A node that remembers what was made. What begins with a word of `fails` fails, and the connection breaks at `breaks`.
struct FakeNode {
    host: String,
    facts: Facts,
    made: BTreeSet<ResourceId>,
    fails: Vec<&'static str>,
    breaks: Option<&'static str>,
    hangs: bool,
    log: Log,
}

/// What was sent, over all nodes: `host: resource`.
type Log = Arc<Mutex<Vec<(String, Resource)>>>;

impl Connection for FakeNode {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&AgentEvent) + Send)) -> Result<(), Failure> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        for (index, step) in batch.steps.iter().enumerate() {
            let resource = step.resource.id();
            if self.breaks.is_some_and(|word| resource.0.starts_with(word)) {
                on_event(&AgentEvent::Started { id: step.id });
                return Err(failure("talk to the agent", "the connection ended"));
            }
            self.log.lock().unwrap().push((self.host.clone(), step.resource.clone()));
            on_event(&AgentEvent::Started { id: step.id });
            let outcome = self.outcome(&step.resource, batch.mode);
            let failed = outcome.status == Status::Failed;
            on_event(&AgentEvent::Ended { id: step.id, outcome });
            if failed && batch.mode == Mode::Apply {
                on_event(&AgentEvent::BatchEnded { skipped: batch.steps.len() - index - 1 });
                return Ok(());
            }
        }
        on_event(&AgentEvent::BatchEnded { skipped: 0 });
        Ok(())
    }

    async fn lookup(&mut self, _: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        Ok(Ok(Answer::Ipvs(LiveTable::default())))
    }
}

impl FakeNode {
    fn outcome(&mut self, resource: &Resource, mode: Mode) -> Outcome {
        let id = resource.id();
        if self.fails.iter().any(|word| id.0.starts_with(word)) {
            let failure = Some(failure(&format!("set {id}"), "No such file or directory (os error 2)"));
            return Outcome { status: Status::Failed, changes: Vec::new(), failure };
        }
        let passive = matches!(resource, Resource::WaitFor(_) | Resource::Prune(_));
        if passive || self.made.contains(&id) {
            return Outcome { status: Status::Unchanged, changes: Vec::new(), failure: None };
        }
        let changes = vec![Change::add(id.0.clone(), Side::Present)];
        if mode == Mode::Check {
            return Outcome { status: Status::WouldChange, changes, failure: None };
        }
        self.made.insert(id);
        Outcome { status: Status::Changed, changes, failure: None }
    }
}

fn failure(tried: &str, came_back: &str) -> Failure {
    Failure { tried: tried.to_owned(), came_back: came_back.to_owned(), hint: Some("look at the node".to_owned()) }
}

struct FakeVerifier;

impl Verifier<FakeNode> for FakeVerifier {
    async fn verify(&self, client: &str, task: &LvsVerify, _: &mut FakeNode) -> Verdict {
        let findings = vec![format!("www: {} of {} answered to {client}", task.requests, task.requests)];
        Verdict { findings, failure: None }
    }
}

/// A cluster of fake nodes.
struct Scene {
    run: Arc<Run<ClusterSite>>,
    crew: Crew<FakeNode>,
    log: Log,
    stop: Stop,
}

impl Scene {
    fn new(inventory: &str) -> Self {
        Self::of(inventory, &Playbook::load(&Library::new(Vec::new()), "site.yml").unwrap())
    }

    fn with_playbook(inventory: &str, playbook: &str) -> Self {
        let source = Source::new("test.yml", playbook);
        Self::of(inventory, &Playbook::read(&Library::new(Vec::new()), &source).unwrap())
    }

    fn of(inventory: &str, playbook: &Playbook) -> Self {
        let run = Arc::new(run(inventory, playbook).unwrap());
        let log = Log::default();
        let mut crew = Crew::default();
        for host in run.hosts() {
            let facts = Facts { hostname: host.to_string(), ..Facts::default() };
            let (made, fails, log) = (BTreeSet::new(), Vec::new(), Arc::clone(&log));
            crew.add(
                host,
                Ok(FakeNode { host: host.to_string(), facts, made, fails, breaks: None, hangs: false, log }),
            );
        }
        Self { run, crew, log, stop: Stop::default() }
    }

    fn node(&mut self, host: &str) -> &mut FakeNode {
        &mut self.crew.members.get_mut(host).unwrap().connection
    }

    fn unreachable(&mut self, host: &str) {
        self.crew.members.remove(host);
        self.crew.add(host, Err(failure(&format!("connect to {host} with ssh"), "Connection timed out")));
    }

    async fn carry_out(&mut self, mode: Mode, reporter: impl Reporter + 'static) -> Recap {
        let reports = Reports::to(reporter);
        self.run.carry_out(mode, &mut self.crew, &Arc::new(FakeVerifier), &self.stop, &reports).await
    }

    async fn apply(&mut self) -> (Recap, String) {
        let screen = Screen::default();
        let recap = self.carry_out(Mode::Apply, Lines::new(screen.clone(), screen.clone(), Detail::Count)).await;
        (recap, screen.text())
    }

    async fn plan(&mut self) -> (Recap, String) {
        let screen = Screen::default();
        let talk = Lines::new(Vec::new(), Vec::new(), Detail::Count);
        let recap = self.carry_out(Mode::Check, Plan::new(talk, screen.clone())).await;
        (recap, screen.text())
    }

    /// What was sent to a host, by name.
    fn sent(&self, host: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|(to, _)| to == host).map(|(_, resource)| resource.id().0).collect()
    }

    /// The real servers in the table that a director was given.
    fn table(&self, director: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        let tables = log.iter().filter(|(to, _)| to == director).filter_map(|(_, resource)| match resource {
            Resource::Ipvs(table) => Some(table),
            _ => None,
        });
        tables
            .flat_map(|table| &table.services)
            .flat_map(|service| &service.real_servers)
            .map(|server| server.address.to_string())
            .collect()
    }
}

fn run(inventory: &str, playbook: &Playbook) -> Result<Run<ClusterSite>, Diagnostics> {
    let engine = Engine::default();
    let inventory = Inventory::parse(&Source::new("inventory.yml", inventory))?;
    let inventory = resolve(&inventory, &engine)?;
    let cluster = Cluster::from_inventory(&inventory)?;
    Run::new(playbook.clone(), ClusterSite::new(inventory, cluster, engine), TagFilter::default(), None)
}

/// A screen that two streams are shown on, without colour.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        anstream::adapter::strip_str(&String::from_utf8(self.0.lock().unwrap().clone()).unwrap()).to_string()
    }
}

impl std::io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

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
