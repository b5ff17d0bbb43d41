//! A playbook with the hosts that it is for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use lvs_agent::wire::{Facts, Mode};
use tokio::task::JoinSet;

use super::{
    ClusterSite, Connection, Crew, Options, Stop, Verifier,
    actor::Actor,
    batches::{batches, ordered},
    course::Course,
    gate::Gate,
    magic::PlayNames,
    memory::Memory,
    readiness::Readiness,
    scopes::Scopes,
    stage::Stage,
    start::tasks_before,
    step::Answers,
    tally::Tally,
};
use crate::{
    module::{Kind, Scope},
    playbook::{Item, Library, Play, Playbook, Strategy, Task},
    report::{Event, Recap, Reports},
    source::{Code, Diagnostic, Diagnostics, did_you_mean},
};

/// Tags that mean something without standing at a task.
const SPECIAL_TAGS: [&str; 5] = ["all", "tagged", "untagged", "always", "never"];

/// A mistyped tag would leave out every task, and look like "nothing to do".
fn unknown_tag(tag: &str, playbook: &Playbook) -> Option<Diagnostic> {
    let known: BTreeSet<&str> = playbook.tasks().flat_map(|(_, task)| task.tags()).map(String::as_str).collect();
    let is_open = playbook.plays.iter().any(Play::is_open);
    if known.contains(tag) || SPECIAL_TAGS.contains(&tag) || is_open {
        return None;
    }
    let mistake = Diagnostic::without_place(Code::BadPattern, format!("no task has the tag `{tag}`"));
    Some(match did_you_mean(tag, known.iter().copied()) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None if known.is_empty() => mistake.hint("no task of this playbook has a tag"),
        None => mistake.hint(format!("tags of this playbook: {}", known.into_iter().collect::<Vec<_>>().join(", "))),
    })
}

/// A playbook with the hosts that it is for. It can be carried out several times, as a plan and then in earnest.
pub struct Run {
    pub(super) playbook: Playbook,
    pub(super) library: Library,
    pub(super) site: ClusterSite,
    pub(super) tags: crate::playbook::TagFilter,
    pub(super) options: Options,
    /// Tasks before the one where it begins, by their addresses.
    before: HashSet<usize>,
    /// For each play its hosts.
    pub(super) hosts: Vec<Vec<Arc<str>>>,
    /// Hosts of any play, in the order of the inventory.
    all: Vec<Arc<str>>,
}

impl Run {
    /// Works out the hosts of each play; `limit` leaves out all others.
    pub fn new(
        playbook: Playbook,
        library: Library,
        site: ClusterSite,
        options: Options,
        limit: Option<&BTreeSet<String>>,
    ) -> Result<Self, Diagnostics> {
        let (mut hosts, mut found) = (Vec::new(), Vec::new());
        let tags = options.tags.clone();
        let before = match options.start_at.as_deref().map(|name| tasks_before(&playbook, name)) {
            None => HashSet::new(),
            Some(Ok(before)) => before,
            Some(Err(mistake)) => {
                found.push(mistake);
                HashSet::new()
            }
        };
        let is_asked_for = |task: &Arc<Task>| tags.takes(task.tags()) && !before.contains(&Arc::as_ptr(task).addr());
        for play in &playbook.plays {
            // A group that tasks make has hosts only once they have run.
            let is_made = playbook.tasks().any(|(_, task)| task.action.kind() == Kind::GroupBy);
            let names = hosts_of(play, &site, &options).unwrap_or_else(|mistakes| {
                found.extend(mistakes.into_vec().into_iter().filter(|_| !is_made));
                Vec::new()
            });
            // A play that ends before the task where it begins does not gather facts, either.
            let is_over = !before.is_empty() && !Item::tasks(&play.items).into_iter().any(is_asked_for);
            let has_work = !is_over && (play.tasks().any(is_asked_for) || (play.gather_facts && !tags.is_narrowed()));
            let taken = |name: &String| has_work && limit.is_none_or(|limit| limit.contains(name));
            let names = names.into_iter().filter(taken).map(Arc::from).collect::<Vec<Arc<str>>>();
            hosts.push(ordered(names, play.order));
        }
        found.extend(tags.asked().filter_map(|tag| unknown_tag(tag, &playbook)));
        Diagnostics::check(found)?;
        let some: BTreeSet<&Arc<str>> = hosts.iter().flatten().collect();
        let all = site.hosts().into_iter().map(Arc::from).filter(|host| some.contains(host)).collect();
        Ok(Self { playbook, library, site, tags, options, before, hosts, all })
    }

    /// The hosts that take part, in the order of the inventory.
    pub fn hosts(&self) -> &[Arc<str>] {
        &self.all
    }

    /// Each play with its hosts, in order.
    pub fn plays(&self) -> impl Iterator<Item = (&Play, &[Arc<str>])> {
        self.playbook.plays.iter().zip(self.hosts.iter().map(Vec::as_slice))
    }

    /// Whether a task is asked for.
    pub fn takes(&self, task: &Arc<Task>) -> bool {
        self.tags.takes(task.tags()) && !self.before.contains(&Arc::as_ptr(task).addr())
    }

    /// What the playbook is about.
    pub fn site(&self) -> &ClusterSite {
        &self.site
    }

    /// Whether something is changed on nodes even in check mode (`check_mode: false`).
    pub fn changes_in_check_mode(&self) -> bool {
        let is_asked = |node: &crate::yaml::Node| !matches!(node.as_bool(), Ok(true));
        self.playbook
            .tasks()
            .any(|(_, task)| task.directives.get(crate::playbook::Setting::CheckMode).is_some_and(is_asked))
    }

    pub(super) fn scopes(
        &self,
        play: &Play,
        memory: &Arc<Memory>,
        names: PlayNames,
        unknown: BTreeSet<String>,
    ) -> Scopes {
        let world = self.site.world(memory);
        Scopes::new(world, Arc::new(names), Arc::clone(&self.options.extra), play, unknown)
    }

    pub(super) fn names(&self, play: &Play, hosts: &[Arc<str>], batch: &[Arc<str>], mode: Mode) -> PlayNames {
        let texts = |hosts: &[Arc<str>]| hosts.iter().map(ToString::to_string).collect();
        let folder = &self.playbook.folder;
        let folder =
            std::path::absolute(if folder.as_os_str().is_empty() { std::path::Path::new(".") } else { folder });
        PlayNames {
            play: play.name.clone(),
            folder: folder.map(|folder| folder.display().to_string()).unwrap_or_default(),
            hosts: texts(hosts),
            batch: texts(batch),
            out: Mutex::default(),
            roles: play.roles.iter().map(|role| role.name.clone()).collect(),
            check: mode == Mode::Check,
            diff: self.options.diff,
            run_tags: self.tags.run_tags(),
            skip_tags: self.tags.skip_tags(),
        }
    }

    /// Carries it out on the hosts that are reached.
    pub async fn carry_out<C, V>(
        self: &Arc<Self>,
        mode: Mode,
        crew: &Arc<Crew<C>>,
        verifier: &Arc<V>,
        stop: &Stop,
        reports: &Reports,
    ) -> Recap
    where
        C: Connection,
        V: Verifier<C>,
    {
        reports.send(&Event::RunStarted { mode, hosts: texts(&self.all) });
        if self.all.is_empty() {
            reports.note(None, "nothing to do: no host has a task");
        }
        let memory = Arc::new(Memory::default());
        for (host, member) in crew.members() {
            if let Some(connection) = &member.lock().await.connection {
                memory.learn(&host, connection.facts());
                memory.log_in(&host, connection.login());
            }
        }
        let mut tallies: BTreeMap<Arc<str>, Tally> =
            self.all.iter().map(|host| (Arc::clone(host), Tally::default())).collect();
        for (host, failure) in crew.unreachable() {
            tallies.entry(host).or_default().lost(&failure);
        }
        let company = Company { run: self, mode, crew, memory: &memory, verifier, stop, reports };
        for play in 0..self.playbook.plays.len() {
            if company.play(play, &mut tallies).await {
                break;
            }
        }
        let hosts = self.all.iter().map(|host| tallies[host].recap(host)).collect();
        let recap = Recap { mode, stopped: stop.is_asked(), hosts };
        reports.send(&Event::Recap(recap.clone()));
        recap
    }

    fn readiness(&self, tallies: &BTreeMap<Arc<str>, Tally>) -> Readiness {
        let bad = tallies.iter().filter(|(_, tally)| tally.is_bad());
        let directors = self.site.directors();
        let is_director = |host: &String| directors.contains(host);
        let senders = self.site.hosts().into_iter().filter(|host| is_director(host) || self.site.is_idle(host));
        let is_up_to_date =
            |host: &String| tallies.get(host.as_str()).is_some_and(|tally| tally.sends_as_it_should(is_director(host)));
        Readiness {
            behind: senders.filter(|host| !is_up_to_date(host)).collect(),
            unready: bad.map(|(host, _)| (host.to_string(), self.site.real_server_addresses(host))).collect(),
        }
    }

    /// Works out every task for every host without contacting one, to find mistakes that only a host's variables show.
    /// What only a run can tell is not known yet: facts, results, and what tasks set. A task that asks for such is passed
    /// over.
    pub fn rehearse(&self) -> Result<(), Diagnostics> {
        super::rehearsal::rehearse(self)
    }

    /// How many hosts of a batch may fail, in percent.
    fn most(&self, play: &Play, memory: &Arc<Memory>) -> Option<f64> {
        let node = play.max_fail_percentage.as_ref()?;
        let scopes = self.scopes(play, memory, PlayNames::default(), BTreeSet::new());
        scopes.of("", &play.directives).render(node).ok()?.parse("a percentage").ok()
    }
}

/// What a playbook is carried out with.
struct Company<'a, C, V> {
    run: &'a Arc<Run>,
    mode: Mode,
    crew: &'a Arc<Crew<C>>,
    memory: &'a Arc<Memory>,
    verifier: &'a Arc<V>,
    stop: &'a Stop,
    reports: &'a Reports,
}

impl<C: Connection, V: Verifier<C>> Company<'_, C, V> {
    /// Carries out one play; says whether the run ends with it.
    async fn play(&self, index: usize, tallies: &mut BTreeMap<Arc<str>, Tally>) -> bool {
        let play = &self.run.playbook.plays[index];
        let mut hosts = self.run.hosts[index].clone();
        self.add_made(play, &mut hosts);
        let scopes = self.run.scopes(play, self.memory, PlayNames::default(), BTreeSet::new());
        let scope = scopes.of("", &play.directives);
        let sizes: Vec<_> =
            play.serial.iter().map(|size| scope.render(size).unwrap_or_else(|_| size.clone())).collect();
        let batches = match batches(hosts.clone(), &sizes) {
            Ok(batches) => batches,
            Err(mistake) => {
                self.reports.note(None, Diagnostics::from(mistake).render(false));
                return true;
            }
        };
        let mut is_first = true;
        for batch in batches {
            if self.batch(index, &hosts, batch, is_first, tallies).await {
                return true;
            }
            is_first = false;
        }
        false
    }

    /// Hosts that tasks put into a group which the play names.
    fn add_made(&self, play: &Play, hosts: &mut Vec<Arc<str>>) {
        let made = self.memory.groups();
        for pattern in play.hosts.as_list_or_one().iter().filter_map(|node| node.as_str().ok()) {
            for host in pattern.split([',', ':']).filter_map(|name| made.get(name.trim())).flatten() {
                let host: Arc<str> = Arc::from(host.as_str());
                if !hosts.contains(&host) && self.run.all.contains(&host) {
                    hosts.push(host);
                }
            }
        }
    }

    async fn batch(
        &self,
        index: usize,
        all: &[Arc<str>],
        batch: Vec<Arc<str>>,
        is_first: bool,
        tallies: &mut BTreeMap<Arc<str>, Tally>,
    ) -> bool {
        let play = &self.run.playbook.plays[index];
        let size = batch.len();
        let fit = |host: &Arc<str>| tallies[host].goes_on() && self.crew.member(host).is_some();
        let hosts: Vec<Arc<str>> = batch.into_iter().filter(fit).collect();
        if hosts.is_empty() {
            return false;
        }
        if self.stop.is_asked() {
            for host in &hosts {
                tallies.entry(Arc::clone(host)).or_default().drop_out(format!("stopped before `{}`", play.name));
            }
            return false;
        }
        let place = format!("{}:{}", play.span.source().name(), play.span.line());
        self.reports.send(&Event::PlayStarted { play: play.name.clone(), place, hosts: texts(&hosts) });
        if is_first {
            self.note_what_free_does_not_do(play);
        }
        let course = Course::new(size, self.run.most(play, self.memory));
        let names = self.run.names(play, all, &hosts, self.mode);
        let stage = Arc::new(Stage {
            run: Arc::clone(self.run),
            mode: self.mode,
            play: index,
            gate: Gate::new(play.strategy, course, hosts.len()),
            hosts,
            crew: Arc::clone(self.crew),
            memory: Arc::clone(self.memory),
            scopes: self.run.scopes(play, self.memory, names, BTreeSet::new()),
            readiness: self.run.readiness(tallies),
            verifier: Arc::clone(self.verifier),
            stop: self.stop.clone(),
            reports: self.reports.clone(),
            handlers: Mutex::new(play.handlers.clone()),
            brought: Mutex::new(HashMap::new()),
            throttles: Mutex::new(HashMap::new()),
            answers: Answers::default(),
        });
        let mut working = JoinSet::new();
        for (position, host) in stage.hosts.iter().enumerate() {
            let tally = tallies.remove(host).unwrap_or_default();
            working.spawn(Actor::new(&stage, position, tally).carry_out());
        }
        while let Some(joined) = working.join_next().await {
            let ending = joined.expect("a play on a host neither panics nor is cancelled");
            tallies.insert(ending.host, ending.tally);
        }
        let stage = Arc::into_inner(stage).expect("all hosts have ended");
        let course = stage.gate.into_course();
        for host in course.told_to_fail().filter_map(|position| stage.hosts.get(position)) {
            tallies.entry(Arc::clone(host)).or_default().drop_out("other hosts failed");
        }
        // With `strategy: free` no host is another's affair, also in later plays.
        play.strategy == Strategy::Linear && course.ends_the_run()
    }

    fn note_what_free_does_not_do(&self, play: &Play) {
        use crate::playbook::Setting;
        if play.strategy != Strategy::Free {
            return;
        }
        for (setting, name) in [(Setting::RunOnce, "run_once"), (Setting::AnyErrorsFatal, "any_errors_fatal")] {
            if play.tasks().any(|task| task.directives.may_be(setting)) {
                let text = format!("`{name}` means nothing with `strategy: free`, as in Ansible");
                self.reports.note(None, text);
            }
        }
    }
}

fn hosts_of(play: &Play, site: &ClusterSite, options: &Options) -> Result<Vec<String>, Diagnostics> {
    let memory = Arc::new(Memory::default());
    let world = site.world(&memory);
    let scopes = Scopes::new(world, Arc::default(), Arc::clone(&options.extra), play, BTreeSet::new());
    let hosts = scopes.of("", &play.directives).render(&play.hosts)?;
    site.select(&hosts)
}

fn texts(hosts: &[Arc<str>]) -> Vec<String> {
    hosts.iter().map(ToString::to_string).collect()
}

/// Facts before a node has told any.
pub(super) fn no_facts(host: &str) -> Facts {
    Facts { hostname: host.to_owned(), ..Facts::default() }
}

/// The same mistake on a thousand hosts is one mistake.
pub(super) fn is_new(seen: &mut HashSet<(String, Option<String>)>, mistake: &Diagnostic) -> bool {
    let place = mistake.labels().first().map(|(span, _)| span.to_string());
    seen.insert((mistake.title().to_owned(), place))
}
