//! Hello, then batches and look-ups, then goodbye.

use std::{
    cell::RefCell,
    fs,
    io::{BufRead, Write},
    path::Path,
};

use serde::Deserialize;

use super::{
    line::{parse, read_line},
    lookup::answer,
    speaker::Speaker,
};
use crate::{
    converge::Engine,
    facts,
    guard::{Guard, give_up, last_rolled_back, resolve, told},
    json,
    node::{Folder, Journal, Lock, LockError, Node, Ownership, Root},
    wire::{
        AgentError, Batch, Event, Failure, Hello, LockHolder, Mode, Outcome, PROTOCOL, Request, Status, Step,
        is_run_name,
    },
};

/// Most lines of output that are sent for one step: a command may print without end.
const MAX_OUTPUT: usize = 20_000;

/// Shortest and longest time for a confirmation, in seconds.
const SHORTEST: u32 = 5;
const LONGEST: u32 = 600;

/// Speaks until the controller says goodbye or has gone.
pub(super) fn converse<W: Write>(
    folder: &Path,
    input: &mut impl BufRead,
    speaker: &mut Speaker<W>,
) -> Result<(), AgentError> {
    let Some(line) = read_line(input).map_err(other)? else { return Ok(()) };
    let hello = understand_hello(&line)?;
    let node = Node {
        root: Root::default(),
        folder: Folder::open(folder).map_err(other)?,
        run: hello.run.clone(),
        returned: RefCell::default(),
    };
    // Held until the end of the conversation.
    let lock = if hello.lock { Some(take_lock(&node, &hello)?) } else { None };
    if lock.is_some() {
        resolve(&node).map_err(other)?;
    }
    let mut guard = match (&lock, hello.guard_seconds) {
        (Some(lock), Some(seconds)) => Guard::on(&node, lock, &hello.operator, seconds.clamp(SHORTEST, LONGEST)),
        _ => Guard::off(),
    };
    let mut journal = Journal::new(&node.folder, &node.run).of(&hello.operator);
    let (version, facts) = (env!("CARGO_PKG_VERSION").to_owned(), Box::new(facts::gather().map_err(other)?));
    let rolled_back = if hello.lock { last_rolled_back(&node.folder).map(Box::new) } else { None };
    let is_news = rolled_back.is_some();
    speaker.say(&Event::Hello { protocol: PROTOCOL, version, facts, rolled_back });
    if is_news && speaker.is_heard() {
        told(&node.folder);
    }
    while speaker.is_heard()
        && let Some(line) = read_line(input).map_err(other)?
    {
        match parse(&line).map_err(other)? {
            Request::Bye => break,
            Request::Hello(_) => return Err(other(Failure::new("understand a request", "a second hello"))),
            Request::Lookup(lookup) => speaker.say(&Event::Answer(answer(&node, &lookup))),
            Request::Run(Batch { mode: Mode::Apply, .. }) if lock.is_none() => {
                return Err(other(Failure::new("change the node", "the hello did not ask for the lock")));
            }
            Request::Leave if lock.is_none() => {
                return Err(other(Failure::new("leave the node", "the hello did not ask for the lock")));
            }
            Request::Leave => {
                leave(&node.folder).map_err(other)?;
                speaker.say(&Event::Left);
                break;
            }
            Request::Run(batch) => run(&node, &batch, &mut journal, &mut guard, speaker).map_err(other)?,
        }
    }
    Ok(())
}

fn run<W: Write>(
    node: &Node,
    batch: &Batch,
    journal: &mut Journal,
    guard: &mut Guard<'_>,
    speaker: &mut Speaker<W>,
) -> Result<(), Failure> {
    let mut engine = Engine::new(node, batch.mode, journal, guard)?;
    let mut begun = 0;
    for (index, step) in batch.steps.iter().enumerate() {
        let id = step.id;
        // That the first has begun the controller knows: it has sent it.
        if index > 0 {
            speaker.say(&Event::Started { id });
        }
        // Nobody is there any more who could go on where we end.
        if !speaker.is_heard() {
            return Ok(());
        }
        begun += 1;
        let mut lines = 0;
        engine.guard().begin();
        let mut outcome = engine.step(step, &mut |stream, line| {
            lines += 1;
            match lines {
                ..=MAX_OUTPUT => speaker.say(&Event::Output { id, stream, line: line.to_owned() }),
                _ if lines == MAX_OUTPUT + 1 => {
                    speaker.say(&Event::Output { id, stream, line: "… (more lines are not shown)".to_owned() });
                }
                _ => {}
            }
        });
        engine.guard().end();
        // What follows at once in the same task is confirmed together with it.
        let is_with_it = |next: &Step| next.task == step.task && next.resource.is_quick();
        let goes_on = outcome.status != Status::Failed && batch.steps.get(index + 1).is_some_and(is_with_it);
        if let Some(seconds) = engine.guard().waits_for().filter(|_| !goes_on) {
            speaker.say(&Event::Confirm { seconds });
            if !speaker.is_heard() {
                // The guardian takes it back when its time is over.
                return Ok(());
            }
            if let Err((status, failure)) = engine.guard().confirmation() {
                outcome = Outcome { status, changes: Vec::new(), failure: Some(failure), ..outcome };
            }
        }
        // In check mode nothing was made that a later step could build on, and nothing is lost by asking on.
        let is_end = matches!(outcome.status, Status::Failed | Status::TakenBack) && batch.mode == Mode::Apply;
        speaker.say_with_next(&Event::Ended { id, outcome });
        if is_end {
            break;
        }
    }
    speaker.say(&Event::BatchEnded { skipped: batch.steps.len() - begun });
    Ok(())
}

/// A hello of another protocol may have other fields; its number alone says that we cannot understand each other.
fn understand_hello(line: &[u8]) -> Result<Hello, AgentError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum First {
        Hello(Number),
    }
    #[derive(Deserialize)]
    struct Number {
        protocol: u32,
    }
    if let Ok(First::Hello(Number { protocol })) = json::from_slice(line)
        && protocol != PROTOCOL
    {
        return Err(AgentError::Protocol { agent: PROTOCOL, controller: protocol });
    }
    let Request::Hello(hello) = parse(line).map_err(other)? else {
        return Err(other(Failure::new("understand a request", "the first line is not a hello")));
    };
    let is_operator = |name: &str| (1..=200).contains(&name.len()) && !name.contains(char::is_control);
    if !is_run_name(&hello.run) {
        return Err(other(Failure::new("understand the hello", format!("{:?} cannot name a run", hello.run))));
    }
    if !is_operator(&hello.operator) {
        return Err(other(Failure::new("understand the hello", format!("{:?} names no operator", hello.operator))));
    }
    Ok(hello)
}

/// Takes the agent's folder away, the agent's own program in it. What runs goes on until it ends.
fn leave(folder: &Folder) -> Result<(), Failure> {
    let owned = Ownership::load(folder)?.names();
    if !owned.is_empty() {
        return Err(Failure::new("leave the node", format!("still lvsctl's: {}", owned.join(", ")))
            .with_hint("see why it was not taken back, and run `lvsctl teardown` again"));
    }
    fs::remove_dir_all(folder.path())
        .map_err(|error| Failure::new(format!("take the agent's folder {} away", folder.path().display()), error))
}

fn take_lock(node: &Node, hello: &Hello) -> Result<Lock, AgentError> {
    let holder = LockHolder::new(&hello.operator, &hello.run);
    let path = node.folder.lock();
    let taken = match Lock::take(&path, &holder) {
        Err(LockError::Held(_)) => {
            // It may be the guardian of a run that nobody carries on.
            if give_up(&node.folder) { Lock::take_soon(&path, &holder) } else { Lock::take(&path, &holder) }
        }
        taken => taken,
    };
    taken.map_err(|error| match error {
        LockError::Held(holder) => AgentError::Locked(holder),
        LockError::File(error) => other(Failure::new(format!("take the lock {}", path.display()), error)),
    })
}

fn other(failure: Failure) -> AgentError {
    AgentError::Other(failure)
}
