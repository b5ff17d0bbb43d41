//! Those who show events.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Event;

/// Shows the events of a run.
pub trait Reporter: Send {
    /// Hears of an event, in the order in which things happen.
    fn event(&mut self, event: &Event);

    /// Takes away what is only there for the moment, before something else is written.
    fn clear(&mut self) {}

    /// Why data of the run was lost, told once: standard output took no more.
    fn result(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reporter that many hosts speak to.
#[derive(Clone)]
pub struct Reports(pub(super) Arc<Mutex<Vec<Box<dyn Reporter>>>>);

impl Reports {
    /// Gives every event to `reporter`.
    pub fn to(reporter: impl Reporter + 'static) -> Self {
        Self(Arc::new(Mutex::new(vec![Box::new(reporter)])))
    }

    /// Gives every event to this one, too, after the others.
    #[must_use]
    pub fn also(self, reporter: impl Reporter + 'static) -> Self {
        self.lock().push(Box::new(reporter));
        self
    }

    /// Tells of an event.
    pub fn send(&self, event: &Event) {
        self.lock().iter_mut().for_each(|reporter| reporter.event(event));
    }

    /// Takes away what is only there for the moment, before something else is written or asked.
    pub fn clear(&self) {
        self.lock().iter_mut().for_each(Reporter::clear);
    }

    /// Why data of the run was lost, told once: standard output took no more.
    pub fn result(&self) -> io::Result<()> {
        self.lock().iter_mut().try_for_each(Reporter::result)
    }

    /// Tells something that is no result of a task.
    pub fn note(&self, host: Option<&str>, text: impl Into<String>) {
        self.send(&Event::Note { host: host.map(str::to_owned), text: text.into() });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<dyn Reporter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Box<dyn Reporter> {
    fn event(&mut self, event: &Event) {
        (**self).event(event);
    }

    fn clear(&mut self) {
        (**self).clear();
    }

    fn result(&mut self) -> io::Result<()> {
        (**self).result()
    }
}
