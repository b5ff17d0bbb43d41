//! Waiting until a TCP port answers, seen from the node.

use std::{
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use crate::{state::WaitFor, wire::Failure};

/// Longest time one attempt may take: a lost SYN is sent again after one second.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(2);

/// Longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Longest deadline that may be asked for.
const LONGEST: Duration = Duration::from_hours(24);

/// Connects until it succeeds or the deadline passes.
pub(super) fn wait_for(wait: &WaitFor) -> Result<(), Failure> {
    let address = SocketAddr::new(wait.host, wait.port);
    let deadline = Instant::now() + Duration::from_secs(wait.timeout_seconds).min(LONGEST);
    let mut pause = Duration::from_millis(20);
    loop {
        // A deadline of 0 still means one attempt.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
        let Err(error) = TcpStream::connect_timeout(&address, left.min(LONGEST_ATTEMPT)) else { return Ok(()) };
        if Instant::now() + pause >= deadline {
            let tried = format!("connect to {address} for {} s", wait.timeout_seconds);
            return Err(Failure::new(tried, format!("the last attempt: {error}"))
                .with_hint("see that the service runs, listens on this address and is not behind a firewall"));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, TcpListener};

    use super::*;

    /// An address that no other test uses, so that none takes the port in between.
    const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 7, 7, 7));

    /// A port that nobody listens on.
    fn free_port() -> u16 {
        TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn a_port_that_opens_late_is_found() {
        let port = free_port();
        let later = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            TcpListener::bind((HOST, port)).unwrap().accept().unwrap();
        });
        wait_for(&WaitFor { host: HOST, port, timeout_seconds: 20 }).unwrap();
        later.join().unwrap();
    }

    #[test]
    fn a_port_that_stays_closed_fails_with_the_last_error() {
        let failure = wait_for(&WaitFor { host: HOST, port: free_port(), timeout_seconds: 0 }).unwrap_err();
        assert!(failure.came_back.contains("refused"), "{failure:?}");
    }
}
