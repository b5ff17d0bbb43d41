//! Stopping a run in order.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

/// How long steps that are under way may still take once a run is stopped.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks a run to stop: nothing more is sent, what is under way may end. Copies are of the same.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Stops the run.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is asked to stop.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked to stop.
    pub(super) async fn asked(&self) {
        let mut receiver = self.0.subscribe();
        // The sender is `self`, so it cannot be gone while this waits.
        let _ = receiver.wait_for(|asked| *asked).await;
    }

    /// Waits until it is asked to stop, and then as long as steps that are under way may take.
    pub(super) async fn patience_ends(&self) {
        self.asked().await;
        tokio::time::sleep(PATIENCE).await;
    }
}
