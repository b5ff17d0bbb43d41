//! Ctrl-C and SIGTERM.
//!
//! A terminal sends SIGINT to every process of the foreground group: to ssh's proxy commands and jump hosts, too, whose end
//! would cut the connections that are to end in order. Programs inherit which signals are blocked, so SIGINT is blocked in
//! every thread that may start one, and taken by a thread that starts none.

use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};
use tokio::signal::unix::{SignalKind, signal};

/// Keeps SIGINT from every program that is started from now on. Must be called before any other thread is.
pub fn keep_from_children() -> io::Result<()> {
    let mut interrupt = SigSet::empty();
    interrupt.add(Signal::SIGINT);
    interrupt.thread_block()?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        // Where this fails, Ctrl-C does nothing, and SIGTERM still works.
        if interrupt.thread_unblock().is_ok() {
            loop {
                thread::park();
            }
        }
    })?;
    Ok(())
}

/// Waits for the next one; `false` where signals cannot be heard.
pub(super) async fn next() -> bool {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return false;
    };
    tokio::select! {
        heard = interrupt.recv() => heard.is_some(),
        heard = terminate.recv() => heard.is_some(),
    }
}
