//! Waiting until a TCP port or a file is as it should be, seen from the node.

use std::{
    fs,
    io::{self, Read},
    net::{IpAddr, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::file::read_content;
use crate::{
    node::Node,
    pattern::Match,
    process::Program,
    state::{Pattern, WaitFor, WaitState},
    wire::{Failure, Values},
};

/// Longest time one attempt may take where none is told: a lost SYN is sent again after one second.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(2);

/// Longest pause between attempts where none is told.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Longest deadline that may be asked for.
const LONGEST: Duration = Duration::from_hours(24);

/// Most that is read from a port in search of something.
const MAX_SEARCHED: usize = 1 << 20;

/// What one look has come to.
enum Seen {
    /// It is as it should be.
    Yes(Option<Groups>),
    /// Not yet, and why.
    No(String),
}

/// What an expression has matched.
struct Groups {
    numbered: Vec<serde_json::Value>,
    named: Values,
}

/// Looks until it is as it should be or the deadline passes.
pub(super) fn wait_for(node: &Node, wait: &WaitFor) -> Result<Values, Failure> {
    let begun = Instant::now();
    let seconds = |seconds| Duration::from_secs(seconds).min(LONGEST);
    let deadline = begun + seconds(wait.timeout_seconds);
    if let Some(delay) = wait.delay_seconds {
        thread::sleep(seconds(delay));
    }
    let is_time = wait.port.is_none() && wait.path.is_none();
    if is_time {
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
    }
    let mut pause = wait.sleep_seconds.map_or(Duration::from_millis(20), seconds);
    loop {
        let groups = match look(node, wait, deadline)? {
            _ if is_time => None,
            Seen::Yes(groups) => groups,
            Seen::No(why) if Instant::now() + pause >= deadline => {
                node.return_value("elapsed", begun.elapsed().as_secs());
                let tried = format!("wait {} s for {}", wait.timeout_seconds, what(wait));
                let failure = Failure::new(tried, wait.message.clone().unwrap_or(why));
                return Err(match (wait.port, wait.state) {
                    (Some(_), WaitState::Started) => failure
                        .with_hint("see that the service runs, listens on this address and is not behind a firewall"),
                    _ => failure,
                });
            }
            Seen::No(_) => {
                thread::sleep(pause);
                if wait.sleep_seconds.is_none() {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                continue;
            }
        };
        let Groups { numbered, named } = groups.unwrap_or(Groups { numbered: Vec::new(), named: Values::new() });
        let mut values = Values::new();
        values.insert("elapsed".to_owned(), begun.elapsed().as_secs().into());
        values.insert("port".to_owned(), wait.port.into());
        values.insert("path".to_owned(), wait.path.clone().into());
        values.insert("search_regex".to_owned(), wait.search.as_ref().map(|pattern| pattern.text.clone()).into());
        values.insert("match_groups".to_owned(), numbered.into());
        values.insert("match_groupdict".to_owned(), named.into());
        return Ok(values);
    }
}

fn what(wait: &WaitFor) -> String {
    let subject = wait.subject();
    match (&wait.search, wait.state) {
        (Some(pattern), _) => format!("`{}` in {subject}", pattern.text.escape_debug()),
        (None, WaitState::Started) => subject,
        (None, WaitState::Stopped) => format!("{subject} to go"),
        (None, WaitState::Drained) => format!("{subject} to drain"),
    }
}

fn look(node: &Node, wait: &WaitFor, deadline: Instant) -> Result<Seen, Failure> {
    match (&wait.path, wait.port, wait.state) {
        (Some(path), ..) => look_at_file(node, wait, path),
        (None, Some(port), WaitState::Drained) => Ok(drained(node, wait, port)),
        (None, Some(port), WaitState::Stopped) => Ok(match connect(node, wait, port, deadline) {
            Ok(_) => Seen::No("it still answers".to_owned()),
            Err(_) => Seen::Yes(None),
        }),
        (None, Some(port), WaitState::Started) => match (connect(node, wait, port, deadline), &wait.search) {
            (Err(error), _) => Ok(Seen::No(format!("the last attempt: {error}"))),
            (Ok(_), None) => Ok(Seen::Yes(None)),
            (Ok(stream), Some(pattern)) => search_stream(stream, pattern, deadline),
        },
        (None, None, _) => Ok(Seen::Yes(None)),
    }
}

fn look_at_file(node: &Node, wait: &WaitFor, name: &str) -> Result<Seen, Failure> {
    let path = node.root.resolve(name)?;
    let there = match fs::metadata(&path) {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::new(format!("look at {name}"), error)),
    };
    let no = |why: &str| Ok(Seen::No(why.to_owned()));
    match (wait.state, there, &wait.search) {
        (WaitState::Stopped, true, _) => no("it is still there"),
        (WaitState::Stopped, false, _) | (_, true, None) => Ok(Seen::Yes(None)),
        (_, false, _) => no("it is not there"),
        (_, true, Some(pattern)) => {
            let text = read_content(&path).map_err(|came_back| Failure::new(format!("search {name}"), came_back))?;
            match pattern.search(&text)? {
                Some(found) => Ok(Seen::Yes(Some(groups(pattern, &found, &text)))),
                None => no("it is there, and what is looked for is not in it"),
            }
        }
    }
}

/// The addresses of a name. getent(1) asks for them: the name service switch within a static program may crash, and is
/// larger than all of this.
fn addresses(node: &Node, name: &str) -> Vec<IpAddr> {
    if let Ok(address) = name.parse() {
        return vec![address];
    }
    let text = Program::new(&node.root, ["getent", "ahosts", "--", name]).read().unwrap_or_default();
    let mut found: Vec<IpAddr> = text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    found.dedup();
    found
}

fn connect(node: &Node, wait: &WaitFor, port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let longest = wait.connect_seconds.map_or(LONGEST_ATTEMPT, Duration::from_secs);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses(node, &wait.host) {
        let address = SocketAddr::new(address, port);
        // A deadline of 0 still means one attempt.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
        match TcpStream::connect_timeout(&address, left.min(longest)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn search_stream(mut stream: TcpStream, pattern: &Pattern, deadline: Instant) -> Result<Seen, Failure> {
    let failed = |error: io::Error| Failure::new("search what the port says", error);
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while text.len() < MAX_SEARCHED {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left)).map_err(failed)?;
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => text.extend_from_slice(&buffer[..read]),
            // It has no more to say, or not in time.
            Ok(0) | Err(_) => break,
        }
        if let Some(found) = pattern.search(&text)? {
            return Ok(Seen::Yes(Some(groups(pattern, &found, &text))));
        }
    }
    Ok(Seen::No("it answers, and does not say what is looked for".to_owned()))
}

fn groups(pattern: &Pattern, found: &Match, text: &[u8]) -> Groups {
    let group = |number| found.group(text, number).map(|bytes| String::from_utf8_lossy(bytes).into_owned().into());
    let numbered = (1..=pattern.groups).map(|number| group(number).unwrap_or_default()).collect();
    let named = pattern.names.iter().map(|(name, number)| (name.clone(), group(*number).unwrap_or_default())).collect();
    Groups { numbered, named }
}

/// States of a connection that count, as `/proc/net/tcp` has them: ESTABLISHED, `SYN_SENT`, `SYN_RECV`, `FIN_WAIT1`,
/// `FIN_WAIT2`, `TIME_WAIT` (`include/net/tcp_states.h`); the same as Ansible counts.
const ACTIVE: [&str; 6] = ["01", "02", "03", "04", "05", "06"];

fn drained(node: &Node, wait: &WaitFor, port: u16) -> Seen {
    let own = addresses(node, &wait.host);
    let excluded: Vec<IpAddr> = wait.exclude_hosts.iter().flat_map(|name| addresses(node, name)).collect();
    let mut active = 0;
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(node.root.path(file)).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().take(4).collect();
            let [_, local, remote, state] = fields[..] else { continue };
            let (Some(local), Some(remote)) = (socket(local), socket(remote)) else { continue };
            let is_own = own.iter().any(|ip| ip.is_unspecified() || *ip == local.ip());
            if is_own && local.port() == port && ACTIVE.contains(&state) && !excluded.contains(&remote.ip()) {
                active += 1;
            }
        }
    }
    match active {
        0 => Seen::Yes(None),
        1 => Seen::No("it has 1 connection".to_owned()),
        active => Seen::No(format!("it has {active} connections")),
    }
}

/// `0100007F:0050`, words of the machine's byte order (proc(5)).
fn socket(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words: Vec<u32> = (0..address.len() / 8)
        .map(|word| u32::from_str_radix(address.get(word * 8..word * 8 + 8)?, 16).ok())
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        net::{Ipv4Addr, TcpListener},
    };

    use super::*;
    use crate::{node::fake::FakeNode, state::Matcher};

    /// An address that no other test uses, so that none takes the port in between.
    const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 7, 7, 7));

    /// A port that nobody listens on.
    fn free_port() -> u16 {
        TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port()
    }

    fn wait(wait: &WaitFor) -> Result<Values, Failure> {
        wait_for(&FakeNode::new().node, wait)
    }

    fn bytes(text: &str) -> Pattern {
        let root = Matcher::Group(1, Box::new(Matcher::Bytes(text.as_bytes().to_vec())));
        Pattern { text: text.to_owned(), root, names: vec![("it".to_owned(), 1)], groups: 1, multiline: true }
    }

    #[test]
    fn a_port_that_opens_late_is_found() {
        let port = free_port();
        let later = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            TcpListener::bind((HOST, port)).unwrap().accept().unwrap();
        });
        wait(&WaitFor::port(HOST, port, 20)).unwrap();
        later.join().unwrap();
    }

    #[test]
    fn a_port_that_stays_closed_fails_with_the_last_error() {
        let closed = WaitFor::port(HOST, free_port(), 0);
        let failure = wait(&closed).unwrap_err();
        assert!(failure.came_back.contains("refused"), "{failure:?}");
        wait(&WaitFor { state: WaitState::Stopped, ..closed }).unwrap();
    }

    #[test]
    fn what_a_port_says_is_searched() {
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || listener.accept().unwrap().0.write_all(b"220 ready\r\n").unwrap());
        let values = wait(&WaitFor { search: Some(bytes("ready")), ..WaitFor::port(HOST, port, 20) }).unwrap();
        assert_eq!(values["match_groupdict"]["it"], "ready");
        server.join().unwrap();
    }

    #[test]
    fn a_file_is_waited_for_with_what_is_in_it() {
        let fake = FakeNode::new();
        fake.write("/log", "all ready\n");
        let at = |timeout| WaitFor { path: Some("/log".to_owned()), ..WaitFor::time("127.0.0.1".to_owned(), timeout) };
        wait_for(&fake.node, &WaitFor { search: Some(bytes("ready")), ..at(20) }).unwrap();
        let failure = wait_for(&fake.node, &WaitFor { search: Some(bytes("never")), ..at(0) }).unwrap_err();
        assert_eq!(failure.tried, "wait 0 s for `never` in /log");
        wait_for(&fake.node, &WaitFor { state: WaitState::Stopped, ..at(0) }).unwrap_err();
    }

    #[test]
    fn a_name_is_asked_for_its_addresses() {
        let fake = FakeNode::new();
        fake.program("getent", "echo '127.7.7.7 STREAM web'; echo '127.7.7.7 DGRAM'; echo '::1 STREAM'");
        assert_eq!(addresses(&fake.node, "web"), [HOST, "::1".parse().unwrap()]);
        assert_eq!(addresses(&fake.node, "127.7.7.7"), [HOST]);
    }

    #[test]
    fn connections_of_a_port_are_counted() {
        let fake = FakeNode::new();
        let head = "  sl  local_address rem_address   st\n";
        let line = "   0: 0100007F:0050 0200007F:D431 01 00000000:00000000\n";
        fake.write("/proc/net/tcp", &format!("{head}{line}"));
        let drained = WaitFor { state: WaitState::Drained, ..WaitFor::port("127.0.0.1", 80, 0) };
        assert_eq!(wait_for(&fake.node, &drained).unwrap_err().came_back, "it has 1 connection");
        let excluded = WaitFor { exclude_hosts: vec!["127.0.0.2".to_owned()], ..drained.clone() };
        wait_for(&fake.node, &excluded).unwrap();
        wait_for(&fake.node, &WaitFor { port: Some(81), ..drained }).unwrap();
    }
}
