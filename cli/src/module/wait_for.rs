//! `wait_for`: waits until a TCP port or a file is as it should be, seen from the node; and `wait_for_connection`.

use lvs_agent::state::{self, Look, Resource, WaitState};

use super::{arguments::Arguments, expression::pattern_of_lines};

/// Seconds where none are given; Ansible's.
const DEFAULT_TIMEOUT: u64 = 300;

/// States of connections that count as active; Ansible's.
const ACTIVE: [&str; 6] = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"];

/// The arguments of `wait_for`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitFor(state::WaitFor);

impl WaitFor {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let host = from.text(&["host"]);
        let port = from.optional(&["port"], |node| match node.as_number("a port from 1 to 65535")? {
            0 => Err(node.wrong_value("0 is not a port from 1 to 65535")),
            port => Ok(port),
        });
        let path = from.optional_path(&["path"]);
        from.exclusive(&["port", "path"]);
        let states = [
            ("started", WaitState::Started),
            ("present", WaitState::Started),
            ("stopped", WaitState::Stopped),
            ("absent", WaitState::Stopped),
            ("drained", WaitState::Drained),
        ];
        let state = from.choice(&["state"], &states).unwrap_or_default();
        if state == WaitState::Drained && !from.has(&["port"]) {
            from.missing("port");
        }
        let search = from.optional(&["search_regex"], pattern_of_lines);
        let exclude_hosts = from.list(&["exclude_hosts"]).unwrap_or_default();
        if !exclude_hosts.is_empty() && state != WaitState::Drained {
            from.reject("exclude_hosts", "`exclude_hosts` is for `state: drained`", "remove it");
        }
        if let Some(states) = from.list(&["active_connection_states"])
            && !(states.len() == ACTIVE.len() && states.iter().all(|state| ACTIVE.contains(&state.as_str())))
        {
            from.reject("active_connection_states", "only Ansible's default is supported", "remove it");
        }
        Self(state::WaitFor {
            host: host.unwrap_or_else(|| "127.0.0.1".to_owned()),
            port,
            path,
            state,
            search,
            exclude_hosts,
            timeout_seconds: from.seconds(&["timeout"]).unwrap_or(DEFAULT_TIMEOUT),
            delay_seconds: from.seconds(&["delay"]).filter(|seconds| *seconds > 0),
            sleep_seconds: from.seconds(&["sleep"]).filter(|seconds| *seconds > 1),
            connect_seconds: from.seconds(&["connect_timeout"]),
            message: from.text(&["msg"]),
        })
    }

    pub(super) fn resource(self) -> Resource {
        Resource::WaitFor(self.0)
    }
}

/// The arguments of `wait_for_connection`. There is a connection when a task is carried out; so it is only seen that
/// the agent answers.
pub(super) fn for_connection(from: &mut Arguments<'_>) -> Resource {
    for name in ["connect_timeout", "sleep", "timeout"] {
        from.seconds(&[name]);
    }
    match from.seconds(&["delay"]) {
        None | Some(0) => Resource::Look(Look::Ping),
        Some(delay) => Resource::WaitFor(state::WaitFor::time("127.0.0.1".to_owned(), delay)),
    }
}
