//! A request whose answer is returned.

use std::{fs, time::Instant};

use serde_json::Value;

use super::curl::{curl, shown};
use crate::{
    converge::file::read_content,
    node::Node,
    state::Uri,
    wire::{Failure, Values},
};

/// Sends the request and returns what came back.
pub(in crate::converge) fn uri(node: &Node, uri: &Uri) -> Result<Values, Failure> {
    let (body, headers) = (node.folder.scratch("body"), node.folder.scratch("headers"));
    let begun = Instant::now();
    let answer = curl(node, &uri.request, &body, &headers);
    let content = read_content(&body).unwrap_or_default();
    let head = fs::read(&headers).unwrap_or_default();
    for file in [&body, &headers] {
        // Without an answer there is none.
        let _ = fs::remove_file(file);
    }
    let answer = answer?;
    let mut values = headers_of(&String::from_utf8_lossy(&head));
    let mut tell = |name: &str, value: Value| values.insert(name.to_owned(), value);
    let is_expected = uri.status.contains(&answer.status);
    tell("status", answer.status.into());
    tell("redirected", (answer.url.trim_end_matches('/') != uri.request.url.trim_end_matches('/')).into());
    tell("url", shown(&answer.url).into());
    tell("elapsed", begun.elapsed().as_secs().into());
    let kind = answer.content_type.split(';').next().unwrap_or_default().trim();
    // As text: the controller takes it apart, which the agent has no other need for.
    if kind.ends_with("/json") || kind.ends_with("+json") || kind.ends_with("/javascript") {
        tell("json", String::from_utf8_lossy(&content).into());
    }
    if uri.content {
        tell("content", String::from_utf8_lossy(&content).into());
    }
    let length = content.len();
    if is_expected {
        tell("msg", format!("OK ({} bytes)", values_length(length)).into());
        return Ok(values);
    }
    let wanted = uri.status.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let message = format!("Status code was {} and not [{wanted}]", answer.status);
    tell("msg", message.clone().into());
    node.returned.borrow_mut().extend(values);
    let first =
        String::from_utf8_lossy(&content).lines().next().unwrap_or_default().chars().take(200).collect::<String>();
    Err(Failure::new(format!("{} {}", uri.request.method, shown(&uri.request.url)), format!("{message}\n{first}")))
}

/// Ansible does not know the length of what has none, either.
fn values_length(length: usize) -> String {
    if length == 0 { "unknown".to_owned() } else { length.to_string() }
}

/// The headers of the last answer, with names as Ansible has them.
fn headers_of(text: &str) -> Values {
    let mut values = Values::new();
    for line in text.lines() {
        if line.starts_with("HTTP/") {
            values.clear();
        } else if let Some((name, value)) = line.split_once(':') {
            values.insert(name.trim().to_ascii_lowercase().replace('-', "_"), value.trim().into());
        }
    }
    values
}
