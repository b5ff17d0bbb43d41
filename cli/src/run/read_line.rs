//! What a person types.

use std::{io, thread};

use tokio::sync::oneshot;

/// A line of standard input without its end; `None` at the end of it.
///
/// The thread that reads is nobody's to wait for: where the program is to end while nobody answers, it ends.
pub async fn read_line() -> Option<String> {
    let (sender, receiver) = oneshot::channel();
    let reader = thread::Builder::new().name("standard input".to_owned()).spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        let line = read.is_ok_and(|length| length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned());
        // Whoever asked may have gone.
        let _ = sender.send(line);
    });
    match reader {
        Ok(_) => receiver.await.ok().flatten(),
        Err(_) => None,
    }
}
