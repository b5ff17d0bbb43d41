//! Questions to the person at work. Ctrl-C is an answer, too: it leaves at once.

use std::io::{self, Write};

use super::{Error, screen};
use crate::{
    report::{Reports, harmless},
    run::{Answer, Step, Stop, read_line},
};

/// Asks; `None` where the run was stopped instead, or there is nobody.
async fn ask(question: &str, stop: &Stop) -> io::Result<Option<String>> {
    let mut err = anstream::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    stop.set_idle(true);
    let answer = tokio::select! {
        // The end of input is no answer, either.
        answer = read_line() => answer,
        () = stop.asked() => None,
    };
    stop.set_idle(false);
    if answer.is_none() {
        // The line with the question is still open.
        writeln!(err)?;
    }
    Ok(answer.map(|answer| answer.trim().to_ascii_lowercase()))
}

/// Whether the changes that were shown are to be made; `None` where the run was stopped instead.
pub(super) async fn make_changes(stop: &Stop) -> io::Result<Option<bool>> {
    let answer = ask("Make these changes? [y/N] ", stop).await?;
    Ok(match answer {
        None if stop.is_asked() => None,
        answer => Some(matches!(answer.as_deref(), Some("y" | "yes"))),
    })
}

/// Asks before each task, where somebody can be asked.
pub(super) fn step(stop: &Stop, reports: &Reports) -> Result<Step, Error> {
    if !screen::can_ask() {
        return Err(Error::CommandLine {
            what: "`--step` asks before each task, and nobody is there to be asked".to_owned(),
            hint: "it needs a terminal for standard input and standard error".to_owned(),
        });
    }
    let (stop, reports) = (stop.clone(), reports.clone());
    Ok(Step::new(move |task| {
        let (stop, reports) = (stop.clone(), reports.clone());
        Box::pin(async move {
            reports.clear();
            let question = format!("Carry out `{}`? (y)es, (n)o, (c)ontinue without asking: ", harmless(&task));
            loop {
                match ask(&question, &stop).await.ok().flatten().as_deref() {
                    Some("y" | "yes") => return Answer::Yes,
                    Some("n" | "no") => return Answer::No,
                    Some("c" | "continue") => return Answer::Rest,
                    None => return Answer::Stop,
                    Some(_) => {}
                }
            }
        })
    }))
}
