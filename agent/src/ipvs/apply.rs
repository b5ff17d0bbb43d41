//! Walking a plan: batch by batch, stage by stage, with what the kernel refuses traced back to the change.
//!
//! A batch is not atomic, and the kernel goes on behind an error. So a stage is always sent as a whole, and the next
//! one is begun only if nothing was refused: capacity does not go when other capacity did not come. Where the table is
//! not what it was when it was read, or answers were lost, it is read again and planned anew.

use std::{collections::BTreeSet, time::Duration};

use rustix::io::Errno;

use super::{Director, Key, TableChange, batches::batches, change::Stage, drain::drain, failure, kernel::Kernel};
use crate::{
    netlink::{Error, Refusal},
    process::Output,
    wire::Failure,
};

/// How often a plan is made anew.
const ROUNDS: usize = 5;

/// How a walk ended without a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everything was made.
    Reached,
    /// The table was not what it was when it was read, or answers were lost.
    Stale,
}

/// Makes the kernel's table the one that `director` should have, by `plan` first.
pub(super) fn reach(
    kernel: &mut impl Kernel,
    director: &Director,
    mut plan: Vec<TableChange>,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        if walk(kernel, director.table.drain_seconds, &plan, output)? == End::Reached {
            return Ok(());
        }
        let live = kernel.table(&director.concerns()).map_err(|error| failure::half_way(&error))?;
        plan = director.plan(&live);
    }
    Err(failure::never_reached())
}

fn walk(
    kernel: &mut impl Kernel,
    drain_seconds: u64,
    plan: &[TableChange],
    output: &mut Output<'_>,
) -> Result<End, Failure> {
    let mut walk = Walk { plan, made: 0 };
    let until = |stage| plan.partition_point(|change| change.stage() <= stage);
    let (build, rest) = plan.split_at(until(Stage::Build));
    let (lower, rest) = rest.split_at(until(Stage::Lower) - build.len());
    let (removals, sync) = rest.split_at(until(Stage::Remove) - build.len() - lower.len());
    for changes in [build, lower] {
        if walk.send(kernel, changes)? == End::Stale {
            return Ok(End::Stale);
        }
    }
    let busy = match drain_seconds {
        0 => Vec::new(),
        seconds => {
            drain(kernel, removals, Duration::from_secs(seconds), output).map_err(|error| failure::half_way(&error))?
        }
    };
    if busy.is_empty() {
        return match walk.send(kernel, removals)? {
            End::Reached => walk.send(kernel, sync),
            End::Stale => Ok(End::Stale),
        };
    }
    let held_services: BTreeSet<Key> = busy.iter().map(|busy| busy.key).collect();
    let is_held = |change: &TableChange| match change {
        TableChange::DeleteServer(key, server) => {
            busy.iter().any(|busy| busy.key == *key && busy.server.name() == server.name())
        }
        change => change.key().is_some_and(|key| held_services.contains(key)),
    };
    let free: Vec<_> = removals.iter().filter(|change| !is_held(change)).cloned().collect();
    walk.send(kernel, &free)?;
    let persistent = kernel
        .table(&|key| held_services.contains(key))
        .is_ok_and(|table| table.entries.values().any(|entry| entry.service.is_persistent()));
    Err(failure::busy(&busy, drain_seconds, persistent))
}

struct Walk<'a> {
    plan: &'a [TableChange],
    made: usize,
}

impl Walk<'_> {
    fn send(&mut self, kernel: &mut impl Kernel, changes: &[TableChange]) -> Result<End, Failure> {
        let mut refused: Vec<(TableChange, Refusal)> = Vec::new();
        let (mut unmade, mut stale) = (Vec::new(), false);
        for batch in batches(changes) {
            let refusals = match kernel.submit(batch) {
                Ok(refusals) => refusals,
                Err(Error::Overrun) => return Ok(End::Stale),
                Err(error) => return Err(failure::half_way(&error)),
            };
            self.made += batch.len() - refusals.len();
            for (place, refusal) in refusals {
                let Some(change) = batch.get(place) else { continue };
                // A service that was not made cannot take real servers: one cause is one message.
                let follows = refusal.is(Errno::SRCH) && refused.iter().any(|(cause, _)| is_cause(cause, change));
                match (follows, is_stale(change, &refusal)) {
                    (true, _) => unmade.push(change),
                    (false, true) => stale = true,
                    (false, false) => refused.push((change.clone(), refusal)),
                }
            }
        }
        if !refused.is_empty() {
            let now = changes.last().map(TableChange::stage);
            unmade.extend(self.plan.iter().filter(|change| Some(change.stage()) > now));
            return Err(failure::refused(&refused, &unmade, self.made));
        }
        Ok(if stale { End::Stale } else { End::Reached })
    }
}

fn is_cause(cause: &TableChange, change: &TableChange) -> bool {
    matches!(cause, TableChange::AddService(service) if Some(&service.key) == change.key())
}

/// Whether the refusal says that the table was not what it was when it was read, rather than that the change is bad.
fn is_stale(change: &TableChange, refusal: &Refusal) -> bool {
    let is = |errno| refusal.is(errno);
    match change {
        TableChange::SetTimeouts { .. } => false,
        TableChange::AddService(_) | TableChange::StartDaemon(_) => is(Errno::EXIST),
        TableChange::AddServer(..) => is(Errno::EXIST) || is(Errno::SRCH),
        // For a service, ENOENT is a scheduler that is not there.
        TableChange::SetService { .. } | TableChange::DeleteService(_) | TableChange::StopDaemon { .. } => {
            is(Errno::SRCH)
        }
        TableChange::SetServer { .. } | TableChange::Quiesce(..) | TableChange::DeleteServer(..) => {
            is(Errno::SRCH) || is(Errno::NOENT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ipvs::model::{Model, server, service},
        state::{IpvsTable, ServiceKey, VirtualService},
    };

    /// Ports of a service with the real servers 1 and up.
    fn services(ports: &[(u16, u8)]) -> Vec<VirtualService> {
        ports
            .iter()
            .map(|(port, servers)| VirtualService {
                real_servers: (1..=*servers).filter_map(|number| server(number).words()).collect(),
                ..service(*port).words().unwrap()
            })
            .collect()
    }

    fn director(ports: &[(u16, u8)], drain_seconds: u64) -> Director {
        let owned: BTreeSet<ServiceKey> = (1..100).filter_map(|port| service(port).key.words()).collect();
        Director { table: IpvsTable::of(services(ports), drain_seconds), owned }
    }

    fn reach_from(model: &mut Model, director: &Director) -> Result<(), Failure> {
        let plan = director.plan(&model.table);
        reach(model, director, plan, &mut |_, _| ())
    }

    fn model(ports: &[(u16, u8)]) -> Model {
        let mut model = Model::default();
        reach_from(&mut model, &director(ports, 0)).unwrap();
        model.sent.clear();
        model
    }

    #[test]
    fn a_table_is_reached_in_one_batch_a_stage() {
        let mut model = model(&[(80, 3), (81, 2)]);
        reach_from(&mut model, &director(&[(80, 2), (82, 3)], 1)).unwrap();
        assert_eq!(model.sent.len(), 3, "build, lower, remove");
        assert_eq!(director(&[(80, 2), (82, 3)], 1).plan(&model.table), []);
    }

    #[test]
    fn what_the_kernel_refuses_is_named_with_its_cause_and_nothing_is_taken_away() {
        let mut model = Model { missing_scheduler: Some("wrr"), ..model(&[(80, 1)]) };
        let failure = reach_from(&mut model, &director(&[(81, 2)], 0)).unwrap_err();
        assert_eq!(
            failure.came_back,
            "+ ipvs tcp 203.0.113.168:81: wrr: No such file or directory (os error 2)\n\
             not made: + ipvs tcp 203.0.113.168:81 -> 192.168.0.1:80: dr weight 1\n\
             not made: + ipvs tcp 203.0.113.168:81 -> 192.168.0.2:80: dr weight 1\n\
             not made: - ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1\n\
             not made: - ipvs tcp 203.0.113.168:80: wrr\n\
             changes made: 0, not made: 5"
        );
        assert!(failure.hint.unwrap().contains("ip_vs_wrr"));
        assert_eq!(model.table.entries.len(), 1, "the old service is still there");
    }

    #[test]
    fn a_table_that_changed_since_it_was_read_is_planned_anew() {
        let before = model(&[(80, 1)]).table;
        let mut model = model(&[(80, 3), (81, 1)]);
        let director = director(&[(81, 2), (82, 1)], 0);
        reach(&mut model, &director, director.plan(&before), &mut |_, _| ()).unwrap();
        assert_eq!(director.plan(&model.table), []);
    }

    #[test]
    fn lost_answers_are_made_good_by_reading_again() {
        let mut model = Model { overruns: 2, ..Model::default() };
        reach_from(&mut model, &director(&[(80, 3)], 0)).unwrap();
        assert_eq!(director(&[(80, 3)], 0).plan(&model.table), []);
        let mut model = Model { overruns: usize::MAX, ..Model::default() };
        reach_from(&mut model, &director(&[(80, 3)], 0)).unwrap();
        assert_eq!(director(&[(80, 3)], 0).plan(&model.table), [], "all was made, though never answered");
    }

    #[test]
    fn a_server_goes_when_its_last_connection_has() {
        let mut model = Model { active: [(3, 2)].into(), ..model(&[(80, 3)]) };
        let (director, mut said) = (director(&[(80, 2)], 5), Vec::new());
        let plan = director.plan(&model.table);
        reach(&mut model, &director, plan, &mut |_, line| said.push(line.to_owned())).unwrap();
        assert_eq!(said, ["tcp 203.0.113.168:80 -> 192.168.0.3:80 has 1 active connection; waiting up to 5 s"]);
        assert_eq!(director.plan(&model.table), []);
    }

    #[test]
    fn a_server_that_keeps_connections_stays_at_weight_0_and_is_named_while_others_go() {
        let mut model = Model { active: [(3, 1000)].into(), ..model(&[(80, 3), (81, 2)]) };
        let director = director(&[(80, 1)], 1);
        let failure = reach_from(&mut model, &director).unwrap_err();
        let active = model.active[&3];
        assert_eq!(
            failure.came_back,
            format!("ipvs tcp 203.0.113.168:80 -> 192.168.0.3:80 has {active} active connections after 1 s")
        );
        let left: Vec<_> = director.plan(&model.table).iter().map(ToString::to_string).collect();
        assert_eq!(left, ["- ipvs tcp 203.0.113.168:80 -> 192.168.0.3:80: dr weight 0"]);
    }
}
