//! One play on one host.

use std::sync::Arc;

use lvs_agent::{
    state::{IpvsTable, Resource},
    wire::{self, Answer, Batch, Failure, Lookup, Mode},
};

use super::{
    Connection, Run, Site, Stop, Verifier,
    crew::Member,
    prepare::{Desk, Prepared, Work},
    readiness::Readiness,
    stop::PATIENCE,
    tally::Tally,
    tracker::Tracker,
};
use crate::{
    playbook::{Play, Task},
    report::{Event, Reports, TaskEnd, TaskStatus},
    source::Diagnostics,
};

/// One play on one host.
pub(super) struct HostPlay<S, V> {
    pub(super) run: Arc<Run<S>>,
    pub(super) mode: Mode,
    pub(super) play: usize,
    pub(super) host: Arc<str>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) verifier: Arc<V>,
    pub(super) stop: Stop,
    pub(super) reports: Reports,
}

/// How a host comes out of a play.
pub(super) struct Ending<C> {
    pub(super) host: Arc<str>,
    /// `None` where the conversation broke.
    pub(super) member: Option<Member<C>>,
    pub(super) tally: Tally,
}

/// Why a host ends a play early.
enum End {
    /// A task failed; the conversation goes on.
    Failed,
    /// The run was stopped; the conversation goes on.
    Stopped,
    /// The conversation is over.
    Lost,
}

impl<S: Site, V: Send + Sync + 'static> HostPlay<S, V> {
    /// Carries it out.
    pub(super) async fn carry_out<C: Connection>(self, member: Member<C>, tally: Tally) -> Ending<C>
    where
        V: Verifier<C>,
    {
        let (mut member, mut tally) = (member, tally);
        let lost = matches!(self.tasks_and_handlers(&mut member, &mut tally).await, Err(End::Lost));
        self.reports.send(&Event::HostEnded { host: self.host.to_string() });
        Ending { host: self.host, member: (!lost).then_some(member), tally }
    }

    async fn tasks_and_handlers<C: Connection>(&self, member: &mut Member<C>, tally: &mut Tally) -> Result<(), End>
    where
        V: Verifier<C>,
    {
        let play = &self.run.playbook.plays[self.play];
        let tasks = play.tasks.iter().filter(|task| self.run.tags.takes(&task.tags));
        let mut prepared = self.prepare(play, tasks, member, tally)?;
        self.guard(&mut prepared, member, tally).await?;
        self.reports.send(&Event::HostStarted { host: self.host.to_string(), tasks: prepared.len() });
        let mut tracker = self.tracker(play, &prepared, tally);
        let result = self.carry_out_tasks(&mut tracker, member, tally).await;
        if let Err(End::Lost | End::Stopped) = result {
            return result;
        }
        // Also after a failure: the file that a handler reads is changed, and no later run would know.
        let notified = std::mem::take(&mut tracker.notified);
        let handlers = notified.iter().map(|&index| &play.handlers[index].task);
        let prepared = self.prepare(play, handlers, member, tally)?;
        let mut tracker = self.tracker(play, &prepared, tally);
        self.carry_out_tasks(&mut tracker, member, tally).await.and(result)
    }

    fn tracker<'a>(&'a self, play: &'a Play, tasks: &'a [Prepared], tally: &Tally) -> Tracker<'a> {
        Tracker::new(&self.host, &play.name, self.mode, tasks, tally.has_changes())
    }

    fn prepare<'t, C: Connection>(
        &self,
        play: &Play,
        tasks: impl Iterator<Item = &'t Task>,
        member: &Member<C>,
        tally: &mut Tally,
    ) -> Result<Vec<Prepared>, End> {
        let desk = Desk {
            site: &self.run.site,
            play,
            host: &self.host,
            facts: member.connection.facts(),
            readiness: &self.readiness,
        };
        desk.prepare(tasks).map_err(|mistakes| {
            self.report_mistakes(play, &mistakes, tally);
            End::Failed
        })
    }

    fn report_mistakes(&self, play: &Play, mistakes: &Diagnostics, tally: &mut Tally) {
        let failure = Failure {
            tried: "work out what the play wants of this host".to_owned(),
            came_back: mistakes.render(false),
            hint: None,
        };
        self.reports.send(&Event::TaskEnded(TaskEnd {
            host: self.host.to_string(),
            play: play.name.clone(),
            task: play.name.clone(),
            module: None,
            place: format!("{}:{}", play.span.source().name(), play.span.line()),
            status: TaskStatus::Failed,
            changes: Vec::new(),
            failure: Some(failure),
            reason: None,
            findings: Vec::new(),
        }));
        tally.fail(format!("the play `{}` could not be worked out", play.name));
    }

    /// Keeps the director's table from sending to hosts that may not be ready.
    async fn guard<C: Connection>(
        &self,
        prepared: &mut [Prepared],
        member: &mut Member<C>,
        tally: &mut Tally,
    ) -> Result<(), End> {
        for task in prepared {
            if let Work::Make(wanted) = &mut task.work {
                for wanted in wanted {
                    if let Resource::Ipvs(table) = &mut wanted.resource
                        && self.readiness.concerns(table)
                    {
                        *table = self.guarded(table, member, tally).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn guarded<C: Connection>(
        &self,
        table: &IpvsTable,
        member: &mut Member<C>,
        tally: &mut Tally,
    ) -> Result<IpvsTable, End> {
        let live = match member.connection.lookup(Lookup::Ipvs).await {
            Ok(Ok(Answer::Ipvs(live))) => live,
            // Without IPVS in its kernel there is nothing that it sends to.
            Ok(_) => wire::LiveTable::default(),
            Err(failure) => return Err(self.lost(failure, tally)),
        };
        let (guarded, notes) = self.readiness.guard(table, &live);
        for note in notes {
            self.reports.note(Some(&self.host), note);
        }
        Ok(guarded)
    }

    async fn carry_out_tasks<C: Connection>(
        &self,
        tracker: &mut Tracker<'_>,
        member: &mut Member<C>,
        tally: &mut Tally,
    ) -> Result<(), End>
    where
        V: Verifier<C>,
    {
        loop {
            for event in tracker.settle() {
                self.tell(&event, tally);
            }
            let Some(task) = tracker.current().filter(|_| !tracker.is_over()) else {
                return if tracker.failed { Err(End::Failed) } else { Ok(()) };
            };
            if self.stop.is_asked() {
                tally.drop_out(format!("stopped before `{}`", task.name));
                return Err(End::Stopped);
            }
            let end = match &task.work {
                Work::Verify(_) if self.mode == Mode::Check => tracker.skip("only an apply is verified"),
                Work::Verify(verify) => {
                    let task = task.name.clone();
                    self.reports.send(&Event::TaskStarted { host: self.host.to_string(), task });
                    let verdict = tokio::select! {
                        verdict = self.verifier.verify(&self.host, verify, &mut member.connection) => verdict,
                        () = self.stop.patience_ends() => return Err(self.lost(out_of_patience(), tally)),
                    };
                    tracker.verified(verdict.findings, verdict.failure)
                }
                Work::Make(_) | Work::Skip(_) => {
                    self.send(tracker, member, tally).await?;
                    continue;
                }
            };
            self.tell(&Event::TaskEnded(end), tally);
        }
    }

    /// Sends everything up to the next task that the controller does itself, and follows it.
    async fn send<C: Connection>(
        &self,
        tracker: &mut Tracker<'_>,
        member: &mut Member<C>,
        tally: &mut Tally,
    ) -> Result<(), End> {
        let steps = tracker.batch(member.next_step);
        member.next_step += steps.len() as u64;
        let batch = Batch { mode: self.mode, steps };
        let position = tracker.position();
        let mut on_event = |event: &wire::Event| {
            for event in tracker.hear(event) {
                self.tell(&event, tally);
            }
        };
        let result = tokio::select! {
            result = member.connection.run(batch, &mut on_event) => result,
            () = self.stop.patience_ends() => Err(out_of_patience()),
        };
        match result {
            Err(failure) => {
                if !tracker.is_under_way() {
                    return Err(self.lost(failure, tally));
                }
                let end = tracker.fail(failure.clone());
                self.tell(&Event::TaskEnded(end), tally);
                tally.lost_in_the_middle(&failure);
                // What came back was told with the task.
                let came_back = "the connection was lost in the middle of the task above".to_owned();
                let failure = Failure { tried: "go on with this host".to_owned(), came_back, hint: None };
                self.reports.send(&Event::HostUnreachable { host: self.host.to_string(), failure });
                Err(End::Lost)
            }
            // An agent that ends a batch without a word on what is left must not be asked for ever.
            Ok(()) if tracker.position() == position => {
                let end = tracker.fail(Failure {
                    tried: "carry out the task".to_owned(),
                    came_back: "the agent ended without a word on it".to_owned(),
                    hint: None,
                });
                self.tell(&Event::TaskEnded(end), tally);
                Err(End::Failed)
            }
            Ok(()) => Ok(()),
        }
    }

    fn lost(&self, failure: Failure, tally: &mut Tally) -> End {
        tally.lost(&failure);
        self.reports.send(&Event::HostUnreachable { host: self.host.to_string(), failure });
        End::Lost
    }

    /// Reports an event, and counts it.
    fn tell(&self, event: &Event, tally: &mut Tally) {
        if let Event::TaskEnded(end) = event {
            tally.count(end);
        }
        self.reports.send(event);
    }
}

fn out_of_patience() -> Failure {
    Failure {
        tried: "wait for the steps that were under way when the run was stopped".to_owned(),
        came_back: format!("they did not end within {} s", PATIENCE.as_secs()),
        hint: Some("a second run takes up where this one ended".to_owned()),
    }
}
