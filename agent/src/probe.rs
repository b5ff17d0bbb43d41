//! Requests through a VIP, each on a fresh socket: what a client sees of a cluster.
//!
//! The requests go one after another, so that a scheduler's order shows, and each socket is closed at once, so that the
//! next request is scheduled anew.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::wire::{Failure, ProbeResult};

/// Most requests of one look-up.
const MAX_COUNT: u32 = 10_000;

/// Longest time for one request.
const MAX_TIMEOUT: Duration = Duration::from_mins(1);

/// Longest time for all of them; what is left then is not sent.
const MAX_TOTAL: Duration = Duration::from_mins(10);

/// Most lost requests: by then it is clear that something is wrong, and each may take the whole timeout.
const MAX_LOST: u32 = 20;

/// Most bytes read of an answer.
const MAX_ANSWER: usize = 64 << 10;

/// Longest first line that counts as an answer's name, in bytes.
const MAX_NAME: usize = 200;

/// Most different answers, and most different errors, that are counted apart.
const MAX_KINDS: usize = 100;

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe<'a> {
    pub(crate) address: SocketAddr,
    /// `None` connects and closes.
    pub(crate) path: Option<&'a str>,
    pub(crate) count: u32,
    pub(crate) timeout: Duration,
}

impl Probe<'_> {
    /// Sends the requests.
    pub(crate) fn run(&self) -> Result<ProbeResult, Failure> {
        let refused = |what: String| Err(Failure::new(format!("probe {}", self.address), what));
        if self.count > MAX_COUNT {
            return refused(format!("{} requests are asked for, and at most {MAX_COUNT} are sent", self.count));
        }
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            return refused(format!("a timeout of {} ms is not between 1 and 60000", self.timeout.as_millis()));
        }
        if let Some(path) = self.path
            && (!path.starts_with('/') || path.len() > 2000 || path.contains(|c: char| c.is_control() || c == ' '))
        {
            return refused(format!("{path:?} is no path of HTTP"));
        }
        let begun = Instant::now();
        let mut result = ProbeResult::default();
        while result.sent < self.count && result.sent - result.answered < MAX_LOST && begun.elapsed() < MAX_TOTAL {
            result.sent += 1;
            match self.exchange() {
                Ok(answer) => {
                    result.answered += 1;
                    if let Some(answer) = answer {
                        count(&mut result.answers, answer);
                    }
                }
                Err(error) => count(&mut result.errors, error),
            }
        }
        Ok(result)
    }

    /// One request: the first line of its answer, or what went wrong.
    fn exchange(&self) -> Result<Option<String>, String> {
        let deadline = Instant::now() + self.timeout;
        let mut stream = TcpStream::connect_timeout(&self.address, self.timeout).map_err(|error| words(&error))?;
        let Some(path) = self.path else { return Ok(None) };
        let host = match self.address.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: lvsctl\r\n\r\n");
        stream.set_write_timeout(Some(self.timeout)).map_err(|error| words(&error))?;
        stream.write_all(request.as_bytes()).map_err(|error| words(&error))?;
        let answer = read_until(&mut stream, deadline).map_err(|error| words(&error))?;
        body(&answer).map(|body| Some(name(body)))
    }
}

/// Reads to the end, to the bound, or to the deadline of the whole exchange.
fn read_until(stream: &mut TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while answer.len() < MAX_ANSWER {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(answer)
}

/// The body of an answer with status 200, if all of it has come.
fn body(answer: &[u8]) -> Result<&[u8], String> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("the answer is no HTTP")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
    let mut lines = head.lines();
    let mut status = lines.next().unwrap_or_default().split(' ');
    if !status.next().unwrap_or_default().starts_with("HTTP/") {
        return Err("the answer is no HTTP".to_owned());
    }
    match status.next() {
        Some("200") => {}
        Some(other) => return Err(format!("status {}", clean(other, 20))),
        None => return Err("the answer is no HTTP".to_owned()),
    }
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    match length {
        Some(length) if body.len() < length && answer.len() < MAX_ANSWER => Err("the answer is cut short".to_owned()),
        _ => Ok(body),
    }
}

fn name(body: &[u8]) -> String {
    let line = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
    clean(&String::from_utf8_lossy(&line[..line.len().min(4 * MAX_NAME)]), MAX_NAME)
}

/// Trimmed, of bounded length, and without what moves a terminal's cursor.
fn clean(text: &str, longest: usize) -> String {
    let mut text: String = text.trim().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    text.truncate(text.floor_char_boundary(longest));
    text
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        // A socket's timeout comes as either.
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        kind @ (io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset) => kind.to_string(),
        _ => error.to_string(),
    }
}

fn count(kinds: &mut BTreeMap<String, u32>, kind: String) {
    let is_counted = kinds.len() < MAX_KINDS || kinds.contains_key(&kind);
    *kinds.entry(if is_counted { kind } else { "other".to_owned() }).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use std::{
        net::{Ipv4Addr, TcpListener},
        thread,
    };

    use super::*;

    /// Answers each connection with the next text; a `None` keeps silent until the client has gone.
    fn server(answers: Vec<Option<&'static str>>) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            // Closed before the last answer is given, so that the client's next connection is refused.
            let mut listener = Some(listener);
            let last = answers.len() - 1;
            for (number, answer) in answers.into_iter().enumerate() {
                let (mut stream, _) = listener.as_ref().unwrap().accept().unwrap();
                listener = listener.filter(|_| number < last);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                    None => drop(stream.read(&mut request)),
                }
            }
        });
        address
    }

    fn probe(address: SocketAddr, count: u32) -> ProbeResult {
        Probe { address, path: Some("/"), count, timeout: Duration::from_millis(500) }.run().unwrap()
    }

    #[test]
    fn answers_are_counted_by_their_first_line_and_errors_by_their_text() {
        let address = server(vec![
            Some("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nweb1\nmore"),
            Some("HTTP/1.0 200 OK\r\n\r\n  web1 \r\nmore"),
            Some("HTTP/1.0 200 OK\r\n\r\nweb\x1b2\n"),
            Some("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
            Some("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nweb1\n"),
            Some("SSH-2.0\r\n\r\n"),
            None,
        ]);
        let result = probe(address, 8);
        assert_eq!((result.sent, result.answered), (8, 3));
        assert_eq!(result.answers, [("web1".to_owned(), 2), ("web?2".to_owned(), 1)].into());
        let errors =
            ["connection refused", "status 502", "the answer is cut short", "the answer is no HTTP", "timed out"];
        assert_eq!(result.errors, errors.map(|error| (error.to_owned(), 1)).into());
    }

    #[test]
    fn without_a_path_a_connection_is_enough() {
        let address = server(vec![None]);
        let result = Probe { address, path: None, count: 1, timeout: Duration::from_secs(5) }.run().unwrap();
        assert_eq!(result, ProbeResult { sent: 1, answered: 1, ..ProbeResult::default() });
    }

    #[test]
    fn a_server_that_makes_up_names_does_not_fill_the_memory() {
        let mut kinds = BTreeMap::new();
        (0..1000).for_each(|number| count(&mut kinds, number.to_string()));
        assert_eq!((kinds.len(), kinds["other"]), (MAX_KINDS + 1, 900));
        assert_eq!(name(&[b'x'; 10_000]).len(), MAX_NAME);
        assert!(name("ü".repeat(1000).as_bytes()).len() <= MAX_NAME);
    }

    #[test]
    fn a_probe_without_bounds_is_refused() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let sound = Probe { address, path: Some("/"), count: 0, timeout: Duration::from_secs(1) };
        sound.run().unwrap();
        for probe in [
            Probe { count: 10_001, ..sound },
            Probe { timeout: Duration::ZERO, ..sound },
            Probe { timeout: Duration::from_hours(1), ..sound },
            Probe { path: Some("/\r\nX: y"), ..sound },
            Probe { path: Some("x"), ..sound },
        ] {
            probe.run().unwrap_err();
        }
    }
}
