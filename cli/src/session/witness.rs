//! Who is asked whether a change does harm, before it is confirmed.

use std::{future::Future, pin::Pin, time::Duration};

/// Knows what must go on working when a host changes.
pub trait Witness: Send + Sync {
    /// Why what was changed on a host must not stay, if it must not. What is missed may come back for so long.
    fn objection<'a>(
        &'a self,
        host: &'a str,
        patience: Duration,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;
}
