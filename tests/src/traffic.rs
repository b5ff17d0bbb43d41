//! Requests of the lab's client and who answered them. TCP is asked by curl of the image's nginx; UDP and SCTP by little
//! programs of the tests, in Perl since every Debian has it.

use std::{cell::Cell, collections::BTreeMap};

use crate::Lab;

/// The client's first port: below those that its kernel gives out.
const FIRST_PORT: u16 = 20_000;

/// How often each real server answered.
pub type Answers = BTreeMap<String, u32>;

/// The lab's client.
#[derive(Debug)]
pub struct Client<'a> {
    lab: &'a Lab,
    /// The client's port for the next socket. None comes twice: the director remembers a UDP port for five minutes, with
    /// the way that its packets went before the service was changed.
    next_port: Cell<u16>,
}

/// Which sockets requests go out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sockets {
    /// Each from one of its own: a connection for each.
    Fresh,
    /// All from the same one.
    Same,
}

/// Where requests go.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// `udp` or `sctp`.
    pub protocol: &'a str,
    /// Address.
    pub address: &'a str,
    /// Port.
    pub port: u16,
}

impl<'a> Client<'a> {
    /// The client of a lab.
    pub fn of(lab: &'a Lab) -> Self {
        lab.put("client", "/root/ask.pl", include_str!("../traffic/ask.pl"));
        Self { lab, next_port: Cell::new(FIRST_PORT) }
    }

    /// Opens `udp/ADDRESS/PORT` and `sctp/ADDRESS/PORT` on a real server: it answers there with its name.
    pub fn answerer(&self, node: &str, places: &[String]) {
        self.lab.put(node, "/root/answer.pl", include_str!("../traffic/answer.pl"));
        self.lab.on(node, &format!("perl /root/answer.pl {}", places.join(" ")));
    }

    /// Sends requests over HTTP, one after another, each by a connection of its own. None may be lost.
    #[track_caller]
    pub fn http(&self, address: &str, requests: u32) -> Answers {
        self.curl(&[&format!("http://{address}/?[1-{requests}]")], requests)
    }

    /// The same from one of the client's addresses.
    #[track_caller]
    pub fn http_from(&self, own: &str, address: &str, requests: u32) -> Answers {
        self.curl(&["--interface", own, &format!("http://{address}/?[1-{requests}]")], requests)
    }

    /// One request that takes several packets.
    #[track_caller]
    pub fn long_http(&self, address: &str) -> Answers {
        self.curl(&[&format!("http://{address}/?{}", "x".repeat(6000))], 1)
    }

    #[track_caller]
    fn curl(&self, arguments: &[&str], requests: u32) -> Answers {
        let curl = ["lab", "exec", "client", "--", "curl", "--silent", "--show-error", "--max-time", "10"];
        let output = self.lab.run(&[&curl, arguments].concat());
        let answers = count(&String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{answers:?}\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(answers.values().sum::<u32>(), requests, "{answers:?}");
        answers
    }

    /// Sends requests to a place that [`Client::answerer`] opened. None may be lost.
    #[track_caller]
    pub fn ask(&self, place: Place<'_>, requests: u32, sockets: Sockets, text: &str) -> Answers {
        let Place { protocol, address, port } = place;
        let (port, requests_text) = (port.to_string(), requests.to_string());
        let sockets = if sockets == Sockets::Fresh { "fresh" } else { "same" };
        // An SCTP client tells of all its addresses, and the director knows one.
        let own = if protocol == "sctp" { "203.0.113.10" } else { "any" };
        let own_port = self.next_port.get();
        self.next_port.set(own_port + u16::try_from(requests).expect("a test asks a few times"));
        let own_port = own_port.to_string();
        let ask = ["lab", "exec", "client", "--", "perl", "/root/ask.pl", protocol, address, &port, &requests_text];
        let output = self.lab.run(&[&ask[..], &[sockets, own, &own_port, text]].concat());
        let answers = count(&String::from_utf8_lossy(&output.stdout));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{answers:?}\n{errors}");
        assert_eq!(answers.values().sum::<u32>(), requests, "{answers:?}");
        assert!(!answers.contains_key("lost"), "{answers:?}");
        answers
    }
}

fn count(text: &str) -> Answers {
    let mut answers = Answers::new();
    for line in text.lines() {
        *answers.entry(line.to_owned()).or_default() += 1;
    }
    answers
}
