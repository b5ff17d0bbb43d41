//! Stopping a run in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

/// How long steps that are under way may still take once a run is stopped.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks a run to stop: nothing more is sent, what is under way may end. Copies are of the same.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: Arc<watch::Sender<bool>>,
    /// Nothing is under way, since a person is asked something.
    is_idle: Arc<AtomicBool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { asked: Arc::new(watch::Sender::new(false)), is_idle: Arc::default() }
    }
}

impl Stop {
    /// Stops the run.
    pub fn now(&self) {
        self.asked.send_replace(true);
    }

    /// Whether it is asked to stop.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Whether nothing is under way, since a person is asked something.
    pub fn is_idle(&self) -> bool {
        self.is_idle.load(Ordering::Relaxed)
    }

    /// Says whether nothing is under way.
    pub fn set_idle(&self, is_idle: bool) {
        self.is_idle.store(is_idle, Ordering::Relaxed);
    }

    /// Waits until it is asked to stop.
    pub async fn asked(&self) {
        let mut receiver = self.asked.subscribe();
        // The sender is `self`, so it cannot be gone while this waits.
        let _ = receiver.wait_for(|asked| *asked).await;
    }

    /// Waits until it is asked to stop, and then as long as steps that are under way may take.
    pub(super) async fn patience_ends(&self) {
        self.asked().await;
        tokio::time::sleep(PATIENCE).await;
    }
}
