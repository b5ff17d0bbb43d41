//! The `lvs-agent` command: what lvsctl runs on a node. It is started by lvsctl; a person may ask it for the facts.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use lvs_agent::{by_hand, facts, guard, restore, serve, wire::NODE_FOLDER};

const USAGE: &str = "\
Usage: lvs-agent serve       speak with lvsctl over standard input and output, in JSON lines
       lvs-agent confirm RUN keep what a run that waits for it has changed
       lvs-agent refuse RUN  take it back now
       lvs-agent facts       print what this node is
       lvs-agent restore     make this node again what the last run made it; `--early` before the network is up
       lvs-agent ipvs …      the IPVS table by hand: show, save, restore, diff, zero, conns, metrics
       lvs-agent --version
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve"] => serve::serve(Path::new(NODE_FOLDER)),
        // For tests: another folder than root's.
        ["serve", "--folder", folder] => serve::serve(&PathBuf::from(folder)),
        [word @ (guard::CONFIRM | guard::REFUSE), run] => guard::answer(Path::new(NODE_FOLDER), word, run),
        [word @ (guard::CONFIRM | guard::REFUSE), run, "--folder", folder] => {
            guard::answer(Path::new(folder), word, run)
        }
        // The agent starts it for itself.
        ["guard", folder] => guard::guard(Path::new(folder)),
        ["facts"] => match facts::gather() {
            Ok(facts) => print(&serde_json::to_string_pretty(&facts).expect("facts have text keys only")),
            Err(failure) => {
                // As below: the exit status says it, too.
                let _ = writeln!(io::stderr(), "lvs-agent: failed to {}: {}", failure.tried, failure.came_back);
                ExitCode::FAILURE
            }
        },
        ["restore"] | ["restore", "--early"] => {
            let is_early = arguments.len() > 1;
            restore::restore(Path::new(NODE_FOLDER), is_early, &mut io::stdout(), &mut io::stderr())
        }
        ["ipvs", words @ ..] => by_hand::ipvs(words, &mut io::stdout(), &mut io::stderr()),
        ["--version"] => print(concat!("lvs-agent ", env!("CARGO_PKG_VERSION"))),
        _ => {
            // Standard error that is closed takes no usage, and the exit status says it, too.
            let _ = io::stderr().write_all(USAGE.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn print(text: &str) -> ExitCode {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
