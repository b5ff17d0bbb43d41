//! The guardian: a process that outlives the agent and the connection, and takes the run back unless it is confirmed.

use std::{
    cell::RefCell,
    fs,
    io::{self, Read, Write},
    os::unix::net::UnixListener,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    Armed,
    roll_back::{remember, roll_back},
    socket::{Asked, Visitor},
};
use crate::{
    node::{Folder, Node, Root},
    wire::{Confirmation, Failure},
};

/// Exit status of a guardian that took the run back.
const TAKEN_BACK: u8 = 3;

/// What the agent tells its guardian, a byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Word {
    /// A step begins: as long as it takes, nobody waits for a confirmation.
    Begin = b'b',
    /// A step has ended: the time runs from here.
    End = b'e',
}

/// How the agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agent {
    /// A step is under way.
    Working,
    /// It waits, and the time runs.
    Waiting(Instant),
    /// It has gone, and the time runs.
    Gone(Instant),
}

/// What ends the guard.
enum Verdict {
    Confirmed,
    TakeBack { reason: String },
}

/// Guards the run that is armed in `folder`, on behalf of the agent that listens on the standard output and tells how far
/// it is on the standard input. Exit status 0 is a run that was confirmed, 3 one that was taken back.
pub fn guard(folder: &Path) -> ExitCode {
    // Neither a terminal nor a session that ends may take it along; one that is a leader already needs no session.
    let _ = rustix::process::setsid();
    // Nor a service manager that ends what a session has left. Where there is no cgroup v2 there is nothing to leave.
    let _ = fs::write("/sys/fs/cgroup/cgroup.procs", std::process::id().to_string());
    match keep(folder) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(TAKEN_BACK),
        Err(failure) => {
            // To the agent, which waits for a word; later nobody listens any more, and the exit status says it, too.
            let _ = writeln!(io::stdout(), "failed to {}: {}", failure.tried, failure.came_back);
            ExitCode::FAILURE
        }
    }
}

/// Whether the run was confirmed.
fn keep(folder: &Path) -> Result<bool, Failure> {
    let folder = Folder::open(folder)?;
    let armed = Armed::load(&folder)?.ok_or_else(|| Failure::new("guard a run", "none is armed"))?;
    let socket = folder.socket();
    let failed = |error: io::Error| Failure::new(format!("listen on {}", socket.display()), error);
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&socket).map_err(failed)?;
    let is_ready = writeln!(io::stdout(), "ready").and_then(|()| io::stdout().flush());
    is_ready.map_err(|error| Failure::new("tell the agent that it is guarded", error))?;
    let (verdict, visitor) = wait(&listener, &armed)?;
    // Who comes from here on finds what is written down.
    drop(listener);
    let is_confirmed = match verdict {
        Verdict::Confirmed => true,
        Verdict::TakeBack { reason } => {
            let run = armed.run.clone();
            let node = Node { root: Root::default(), folder: folder.clone(), run, returned: RefCell::default() };
            remember(&folder, &roll_back(&node, &armed, &reason))?;
            false
        }
    };
    Armed::disarm(&folder)?;
    // One that stays has nobody behind it, and is taken away by the next guardian.
    let _ = fs::remove_file(&socket);
    match visitor {
        Some(visitor) if is_confirmed => visitor.answer(&Confirmation::Confirmed),
        // One who waits for the lock is to hear the end of this process, and not that of this function.
        visitor => std::mem::forget(visitor),
    }
    Ok(is_confirmed)
}

/// Waits for a verdict; with it comes the visitor who waits for an answer.
fn wait(listener: &UnixListener, armed: &Armed) -> Result<(Verdict, Option<Visitor>), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new("wait for a confirmation", error);
    let patience = Duration::from_secs(armed.seconds.into());
    let (stdin, mut agent) = (io::stdin(), Agent::Working);
    loop {
        let left = match agent {
            Agent::Working => None,
            Agent::Waiting(until) | Agent::Gone(until) => match until.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => Some(left),
                _ => return Ok((Verdict::TakeBack { reason: overdue(agent, armed) }, None)),
            },
        };
        let mut waiting = [PollFd::new(listener, PollFlags::IN), PollFd::new(&stdin, PollFlags::IN)];
        // A pipe whose other end is closed is ready for ever.
        let waiting = if matches!(agent, Agent::Gone(_)) { &mut waiting[..1] } else { &mut waiting[..] };
        let timeout = left.map(|left| Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(waiting, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(failed(&error)),
        }
        let is_ready: Vec<bool> = waiting.iter().map(|fd| !fd.revents().is_empty()).collect();
        if is_ready.get(1) == Some(&true) {
            agent = hear(agent, patience);
            // All that the agent has said, and its end, before what visitors ask.
            continue;
        }
        if is_ready.first() == Some(&true) {
            let (stream, _) = listener.accept().map_err(|error| failed(&error))?;
            let Some(visitor) = Visitor::hear(stream) else { continue };
            match (&visitor.asked, agent) {
                (Asked::Confirm(run), Agent::Waiting(_)) if *run == armed.run => {
                    return Ok((Verdict::Confirmed, Some(visitor)));
                }
                (Asked::Refuse(run), Agent::Waiting(_)) if *run == armed.run => {
                    let reason = "lvsctl did not confirm it".to_owned();
                    return Ok((Verdict::TakeBack { reason }, Some(visitor)));
                }
                (Asked::GiveUp, Agent::Gone(_)) => {
                    let reason = "it ended without having been confirmed".to_owned();
                    return Ok((Verdict::TakeBack { reason }, Some(visitor)));
                }
                _ => visitor.answer(&Confirmation::Late),
            }
        }
    }
}

/// What the agent says, or that it has gone.
fn hear(agent: Agent, patience: Duration) -> Agent {
    let mut words = [0; 64];
    let until = || Instant::now() + patience;
    match io::stdin().read(&mut words) {
        Ok(read @ 1..) => match words.get(read - 1) {
            Some(word) if *word == Word::End as u8 => Agent::Waiting(until()),
            _ => Agent::Working,
        },
        Err(error) if error.kind() == io::ErrorKind::Interrupted => agent,
        // Its time runs from here, or goes on.
        Ok(0) | Err(_) => match agent {
            Agent::Waiting(until) | Agent::Gone(until) => Agent::Gone(until),
            Agent::Working => Agent::Gone(until()),
        },
    }
}

fn overdue(agent: Agent, armed: &Armed) -> String {
    match agent {
        Agent::Gone(_) => "the run ended without having been confirmed".to_owned(),
        _ => format!("it was not confirmed over a fresh connection within {} s", armed.seconds),
    }
}
