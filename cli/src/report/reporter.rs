//! Those who show events.

use std::sync::{Arc, Mutex, PoisonError};

use super::Event;

/// Shows the events of a run.
pub trait Reporter: Send {
    /// Hears of an event, in the order in which things happen.
    fn event(&mut self, event: &Event);

    /// Takes away what is only there for the moment, before something else is written.
    fn clear(&mut self) {}
}

/// A reporter that many hosts speak to.
#[derive(Clone)]
pub struct Reports(Arc<Mutex<Box<dyn Reporter>>>);

impl Reports {
    /// Gives every event to `reporter`.
    pub fn to(reporter: impl Reporter + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(reporter))))
    }

    /// Tells of an event.
    pub fn send(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).event(event);
    }

    /// Takes away what is only there for the moment, before something else is written or asked.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Tells something that is no result of a task.
    pub fn note(&self, host: Option<&str>, text: impl Into<String>) {
        self.send(&Event::Note { host: host.map(str::to_owned), text: text.into() });
    }
}

impl Reporter for Box<dyn Reporter> {
    fn event(&mut self, event: &Event) {
        (**self).event(event);
    }

    fn clear(&mut self) {
        (**self).clear();
    }
}
