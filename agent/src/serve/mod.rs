//! The conversation with the controller: JSON lines on standard input and output.
//!
//! Input is read only between steps, so that a controller that dies never stops a step half-way: the step is finished,
//! the rest of the batch is left, and the lock goes with the process.

mod conversation;
mod line;
mod lookup;
mod speaker;

use std::{
    fs::File,
    io::{self, BufReader},
    os::fd::AsFd,
    path::Path,
    process::ExitCode,
};

use rustix::fs::Mode;

use conversation::converse;
use speaker::Speaker;

use crate::wire::Event;

/// Speaks with the controller until it says goodbye; `folder` is where the agent remembers.
///
/// The exit status is 0, or 1 when the agent could not go on and said so. It is never one that ssh(1) or a shell has a
/// meaning for (126, 127, 255, 128 and above).
pub fn serve(folder: &Path) -> ExitCode {
    // Programs that are run for a step make files for everybody, whatever the login's umask is.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    // su and doas work on a terminal, whose end would end a step half-way. What leads a session already has none.
    let _ = rustix::process::setsid();
    let Ok(output) = io::stdout().as_fd().try_clone_to_owned() else { return ExitCode::FAILURE };
    // Without std's own buffer a line is one write, and none is left over when the controller has gone.
    let mut speaker = Speaker::new(File::from(output));
    match converse(folder, &mut BufReader::new(io::stdin()), &mut speaker) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            speaker.say(&Event::Fatal(error));
            ExitCode::FAILURE
        }
    }
}
