//! `lvs_verify`: sends traffic through every VIP from the node. The controller does it; it is no resource.

use super::arguments::Arguments;

/// Requests through each VIP where none are given: enough for a few rounds, few enough for every apply.
const DEFAULT_REQUESTS: u32 = 24;

/// The arguments of `lvs_verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LvsVerify {
    /// Requests through each VIP.
    pub requests: u32,
    /// Path of the requests; `None` connects and closes where the service does not say otherwise.
    pub path: Option<String>,
}

impl LvsVerify {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let requests = from.optional(&["requests"], |node| match node.as_number("a number of requests")? {
            number @ 1..=10_000 => Ok(number),
            number => Err(node.wrong_value(format!("{number} is not a number of requests from 1 to 10000"))),
        });
        Self { requests: requests.unwrap_or(DEFAULT_REQUESTS), path: from.text(&["path"]) }
    }
}
