//! The connection table, which the kernel tells only as text (`/proc/net/ip_vs_conn`, `ip_vs_conn_seq_show` in
//! `net/netfilter/ipvs/ip_vs_conn.c`).
//!
//! Clients have a say in it: the data of a persistence engine are bytes of their packets. So the engine's part is what is
//! left of a line, a line has a longest length, and one that makes no sense is counted and not believed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use crate::wire::{Connection, Failure};

const PATH: &str = "/proc/net/ip_vs_conn";

/// Longest line that is read; `IP_VS_PEDATA_MAXLEN` is 255.
const MAX_LINE: u64 = 4096;

/// The connections, one after another.
#[derive(Debug)]
pub struct Connections<R = BufReader<File>> {
    input: R,
    strange: u64,
}

impl Connections {
    /// Opens the table; it is empty where the module is not loaded.
    pub fn open() -> Result<Self, Failure> {
        let opened = File::open(PATH).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => File::open("/dev/null"),
            _ => Err(error),
        });
        opened.map(|file| Self::from(BufReader::with_capacity(64 << 10, file))).map_err(failed)
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::new(format!("read {PATH}"), error)
}

impl<R: BufRead> Connections<R> {
    pub(super) const fn from(input: R) -> Self {
        Self { input, strange: 0 }
    }

    /// How many lines so far were not understood.
    pub const fn strange(&self) -> u64 {
        self.strange
    }
}

impl<R: BufRead> Iterator for Connections<R> {
    type Item = Result<Connection, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(failed(error))),
            }
            let is_cut = !line.ends_with(b"\n") && u64::try_from(line.len()).is_ok_and(|length| length >= MAX_LINE);
            if is_cut {
                // What is left of it is no line of its own.
                if let Err(error) = self.input.skip_until(b'\n') {
                    return Some(Err(failed(error)));
                }
                line.clear();
            }
            if line.starts_with(b"Pro ") {
                continue;
            }
            match connection(&String::from_utf8_lossy(&line)) {
                Some(connection) => return Some(Ok(connection)),
                None => self.strange += 1,
            }
        }
    }
}

/// Reads a line: protocol, three addresses with ports, state, seconds, and what an engine has to say.
fn connection(line: &str) -> Option<Connection> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start();
        let (word, left) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        rest = left;
        Some(word).filter(|word| !word.is_empty())
    };
    let name = |word: &str| word.bytes().all(|byte| byte.is_ascii_graphic()).then(|| word.to_owned());
    let protocol = name(word()?)?;
    let client = SocketAddr::new(address(word()?)?, port(word()?)?);
    let virtual_address = SocketAddr::new(address(word()?)?, port(word()?)?);
    let server = SocketAddr::new(address(word()?)?, port(word()?)?);
    let state = name(word()?)?;
    let expires_seconds = word()?.parse().ok()?;
    let engine = Some(rest.trim()).filter(|engine| !engine.is_empty()).map(ToOwned::to_owned);
    Some(Connection { protocol, client, virtual_address, server, state, expires_seconds, engine })
}

/// IPv4 as eight hexadecimal digits, IPv6 in full, with or without brackets.
fn address(word: &str) -> Option<IpAddr> {
    if word.len() == 8 && !word.contains(':') {
        return u32::from_str_radix(word, 16).ok().map(|bits| Ipv4Addr::from_bits(bits).into());
    }
    word.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn port(word: &str) -> Option<u16> {
    u16::from_str_radix(word, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> (Vec<Connection>, u64) {
        let mut connections = Connections::from(text);
        let read: Vec<_> = connections.by_ref().map(Result::unwrap).collect();
        (read, connections.strange())
    }

    #[test]
    fn every_kind_of_line_is_read() {
        let (read, strange) = read(
            b"Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n\
              TCP CB0071A8 9D3C CB0071A8 0050 7F000001 1F90 TIME_WAIT        28\n\
              UDP 2001:0db8:0000:0000:0000:0000:0000:0001 9D3C 2001:0db8:0000:0000:0000:0000:0000:00a8 13C4 C0A80001 \
              13C4 UDP             299 sip call \xff id\n",
        );
        assert_eq!(strange, 0);
        assert_eq!(
            read.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "TCP        28 TIME_WAIT    203.0.113.168:40252 -> 203.0.113.168:80 -> 127.0.0.1:8080",
                "UDP       299 UDP          [2001:db8::1]:40252 -> [2001:db8::a8]:5060 -> 192.168.0.1:5060 \
                 (sip call \u{fffd} id)",
            ]
        );
    }

    #[test]
    fn a_line_that_makes_no_sense_is_counted_and_the_others_are_read() {
        let text = b"nonsense\n\nTCP CB0071A8 9D3C\nTCP CB0071A8 9D3C CB0071A8 0050 7F000001 1F90 NONE 1\n";
        let (read, strange) = read(text);
        assert_eq!((read.len(), strange), (1, 3));
    }

    #[test]
    fn what_is_left_of_a_line_that_is_too_long_is_no_connection() {
        let line = "TCP CB0071A8 9D3C CB0071A8 0050 7F000001 1F90 NONE 1\n";
        let text = format!("{}{line}{line}", "x".repeat(usize::try_from(MAX_LINE).unwrap()));
        let (read, strange) = read(text.as_bytes());
        assert_eq!((read.len(), strange), (1, 1));
    }

    #[test]
    fn a_name_that_would_move_the_cursor_is_not_believed() {
        let (read, strange) = read(b"TCP CB0071A8 9D3C CB0071A8 0050 7F000001 1F90 \x1b[2J 1\n");
        assert_eq!((read.len(), strange), (0, 1));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let _ = read(&bytes);
        }
    }
}
