//! curl(1). What it is told stands in a configuration on its standard input: a command line can be read by everybody on
//! the node, and passwords are among it.

use std::{path::Path, time::Duration};

use crate::{node::Node, process::Program, state::HttpRequest, wire::Failure};

/// Time to end by itself before it is ended.
const GRACE: Duration = Duration::from_secs(5);

/// How curl ended, in its own words (`--write-out`).
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The URL after all redirections.
    pub(super) url: String,
    pub(super) content_type: String,
}

/// Sends a request; the body of the answer goes into a file, its headers into another.
pub(super) fn curl(node: &Node, request: &HttpRequest, body: &Path, headers: &Path) -> Result<Answer, Failure> {
    let HttpRequest { url, method, .. } = request;
    let tried = || format!("{method} {}", shown(url));
    if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(Failure::new(tried(), "only http:// and https:// are supported"));
    }
    let config = config(request, body, headers);
    let deadline = Duration::from_secs(request.timeout_seconds) + GRACE;
    let output = Program::new(&node.root, ["curl", "-q", "--config", "-"])
        .input(config.into_bytes())
        .deadline(deadline)
        .read()
        .map_err(|error| {
            error
                .into_failure(tried())
                .with_hint("see that curl is installed on the node, and that the node reaches the host")
        })?;
    let mut lines = output.lines();
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (status, url, content_type) = (line(), line(), line());
    Ok(Answer { status: status.parse().unwrap_or(0), url, content_type })
}

/// A URL without a password in it.
pub(super) fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('@') {
            Some((user, host)) if !user.contains('/') => format!("{scheme}://{host}"),
            _ => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

fn config(request: &HttpRequest, body: &Path, headers: &Path) -> String {
    let mut lines = vec![
        "silent".to_owned(),
        "show-error".to_owned(),
        option("url", &request.url),
        option("request", &request.method),
        option("output", &body.display().to_string()),
        option("dump-header", &headers.display().to_string()),
        option("write-out", "%{http_code}\n%{url_effective}\n%{content_type}\n"),
        option("max-time", &request.timeout_seconds.to_string()),
        option("proto", "=http,https"),
        option("user-agent", "lvsctl"),
    ];
    if request.method == "HEAD" {
        lines.push("head".to_owned());
    }
    lines.extend(request.headers.iter().map(|(name, value)| option("header", &format!("{name}: {value}"))));
    lines.extend(request.body.iter().map(|body| option("data-raw", body)));
    lines.extend(request.user.iter().map(|(name, password)| option("user", &format!("{name}:{password}"))));
    lines.extend(request.follow.then(|| "location".to_owned()));
    lines.extend(request.insecure.then(|| "insecure".to_owned()));
    lines.join("\n") + "\n"
}

/// A line of curl's configuration, quoted as it has it.
fn option(name: &str, value: &str) -> String {
    let mut quoted = String::new();
    for character in value.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    format!("{name} = \"{quoted}\"")
}
