//! Connections that a real server does not answer, which are no reason to keep it.
//!
//! The kernel counts a connection as active from the client's first packet on (`tcp_state_active_table` in
//! `ip_vs_proto_tcp.c`), and forgets one that is never answered 60 s after the client's last try. A real server that has
//! died would be waited for that long, and as long as clients try. So one that stays half open is passed over: a real
//! server that is alive answers at once, and its client, who gets nothing from this one, is served by another when he tries again.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use super::{Key, Server, busy::Busy, kernel::Kernel};
use crate::wire::Connection;

/// How long a connection is half open before it counts as not answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Shortest time between two looks at the connection table, and how many times as long as a look takes.
const PACE: Duration = Duration::from_secs(2);
const REST: u32 = 10;

/// How many half-open connections are remembered; further ones are waited for.
const MOST: usize = 1 << 16;

/// The state of a connection that the client has begun.
const HALF_OPEN: &str = "SYN_RECV";

/// States in which a connection does not count as active (`ip_vs_proto_tcp.c`, `ip_vs_proto_sctp.c`, `ip_vs_proto_udp.c`).
const INACTIVE: [&str; 12] = [
    "NONE",
    "FIN_WAIT",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "UDP",
    "SHUTDOWN_SENT",
    "SHUTDOWN_RECEIVED",
    "SHUTDOWN_ACK_SENT",
    "CLOSED",
];

/// Client, VIP and real server.
type Ends = (SocketAddr, SocketAddr, SocketAddr);

/// Which connections are half open, and since when.
#[derive(Debug)]
pub(super) struct HalfOpen {
    since: BTreeMap<Ends, Instant>,
    next: Instant,
}

impl HalfOpen {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: BTreeMap::new(), next: now }
    }

    /// Whether it is time for another look.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Looks at the connection table; gives those of `busy` that are to be waited for: all, where it cannot be read.
    pub(super) fn look(&mut self, kernel: &mut impl Kernel, busy: &[Busy], now: Instant) -> Vec<Busy> {
        let mut by_address: BTreeMap<IpAddr, Vec<usize>> = BTreeMap::new();
        for (place, busy) in busy.iter().enumerate() {
            by_address.entry(busy.server.address).or_default().push(place);
        }
        let (before, mut since) = (std::mem::take(&mut self.since), BTreeMap::new());
        // Who has none there at all has either lost the last one just now, or some that are not told: it is waited for.
        let (mut is_held, mut is_unanswering) = (vec![false; busy.len()], vec![false; busy.len()]);
        let begun = Instant::now();
        let read = kernel.connections(&mut |connection| {
            let places = by_address.get(&connection.server.ip()).into_iter().flatten().copied();
            let places = places.filter(|&place| is_of(&busy[place].key, &busy[place].server, connection));
            let mut places = places.peekable();
            if places.peek().is_none() || INACTIVE.contains(&&*connection.state) {
                return;
            }
            let ends = (connection.client, connection.virtual_address, connection.server);
            let is_unanswered = connection.state == HALF_OPEN && {
                let first = before.get(&ends).copied().unwrap_or(now);
                if since.len() < MOST {
                    since.insert(ends, first);
                }
                now.duration_since(first) >= PATIENCE
            };
            let of = if is_unanswered { &mut is_unanswering } else { &mut is_held };
            places.for_each(|place| of[place] = true);
        });
        self.since = since;
        self.next = now + PACE.max(begun.elapsed() * REST);
        if read.is_err() {
            return busy.to_vec();
        }
        let is_waited = |place: &usize| is_held[*place] || !is_unanswering[*place];
        (0..busy.len()).filter(is_waited).map(|place| busy[place]).collect()
    }
}

/// Whether a connection may be one of a real server in a service. Connections do not tell firewall marks, so that for a
/// mark's service all those of the real server are.
fn is_of(key: &Key, server: &Server, connection: &Connection) -> bool {
    let is_port = |wanted: u16, port: u16| wanted == 0 || wanted == port;
    let of_service = match key {
        Key::Mark { .. } => true,
        Key::Address { vip, port, .. } => {
            connection.virtual_address.ip() == *vip && is_port(*port, connection.virtual_address.port())
        }
    };
    of_service && connection.server.ip() == server.address && is_port(server.port, connection.server.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipvs::model::{Model, server, service};

    fn busy(number: u8) -> Busy {
        Busy { key: service(80).key, server: server(number), active: 1 }
    }

    /// A client's port, the real server and the state.
    type Row = (u16, u8, &'static str);

    fn connection(client: u16, number: u8, state: &str) -> Connection {
        Connection {
            protocol: "TCP".to_owned(),
            client: SocketAddr::from(([198, 51, 100, 7], client)),
            virtual_address: "203.0.113.168:80".parse().unwrap(),
            server: SocketAddr::from(([192, 168, 0, number], 80)),
            state: state.to_owned(),
            expires_seconds: 60,
            engine: None,
        }
    }

    fn model(connections: &[Row]) -> Model {
        let connections =
            connections.iter().map(|&(client, number, state)| connection(client, number, state)).collect();
        Model { connections, ..Model::default() }
    }

    /// Who is waited for at each of these seconds.
    fn waited(looks: &[(u64, &[Row])]) -> Vec<Vec<Busy>> {
        let begin = Instant::now();
        let mut half_open = HalfOpen::new(begin);
        let looks = looks.iter().map(|(second, connections)| {
            half_open.look(&mut model(connections), &[busy(2), busy(3)], begin + Duration::from_secs(*second))
        });
        looks.collect()
    }

    #[test]
    fn what_stays_half_open_is_not_waited_for_and_what_is_established_is() {
        let table: &[Row] = &[(1, 2, "SYN_RECV"), (2, 2, "TIME_WAIT"), (3, 3, "SYN_RECV"), (4, 3, "ESTABLISHED")];
        assert_eq!(
            waited(&[(0, table), (9, table), (10, table)]),
            [vec![busy(2), busy(3)], vec![busy(2), busy(3)], vec![busy(3)]]
        );
    }

    #[test]
    fn a_connection_that_begins_meanwhile_gets_its_own_time() {
        let (first, both): (&[Row], &[Row]) = (&[(1, 2, "SYN_RECV")], &[(1, 2, "SYN_RECV"), (9, 2, "SYN_RECV")]);
        assert_eq!(
            waited(&[(0, first), (8, both), (12, both), (18, both)]),
            [vec![busy(2), busy(3)], vec![busy(2), busy(3)], vec![busy(2), busy(3)], vec![busy(3)]]
        );
        let answered: &[Row] = &[(1, 2, "ESTABLISHED")];
        assert_eq!(waited(&[(0, first), (11, answered)])[1], [busy(2), busy(3)]);
    }

    #[test]
    fn connections_of_other_services_and_ports_are_none_of_its() {
        let mut other = connection(1, 2, "ESTABLISHED");
        other.virtual_address.set_port(443);
        let (http, any) = (service(80).key, Key::Mark { mark: 1, ipv6: false });
        assert!(!is_of(&http, &server(2), &other));
        assert!(is_of(&any, &server(2), &other), "which mark it had is not known");
        assert!(is_of(&any, &Server { port: 0, ..server(2) }, &other));
        assert!(!is_of(&any, &Server { port: 8080, ..server(2) }, &other));
        assert_eq!(waited(&[(20, &[])]), [vec![busy(2), busy(3)]], "nothing is told of those that they have");
    }
}
