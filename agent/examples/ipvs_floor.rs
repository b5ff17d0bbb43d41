//! The floor of `make bench-ipvs`: what the kernel itself takes, with next to nothing around it.
//!
//! `fresh` makes the benchmark's table by the same messages in the same batches as the agent, but out of two counters:
//! no file is read, nothing is compared, nothing is kept. `single` sends each message for itself. `read` is the bare
//! dump of the services and then of the real servers of each; the bytes are thrown away.

use std::{env, io, os::fd::OwnedFd};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketType,
    netlink::{GENERIC, SocketAddrNetlink},
    recv, sendto, socket,
};

const REQUEST: u16 = 1;
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const GET_FAMILY: u8 = 3;
const NEW_SERVICE: u8 = 1;
const GET_SERVICE: u8 = 4;
const NEW_DEST: u8 = 5;
const GET_DEST: u8 = 8;

/// As many messages as the agent has in a batch (`ipvs::batches`).
const ENOUGH: usize = 200;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mode, services, servers] = arguments.as_slice() else {
        return Err(io::Error::other("usage: ipvs_floor fresh|single|read SERVICES SERVERS"));
    };
    let number = |text: &String| text.parse::<u32>().map_err(io::Error::other);
    let (services, servers) = (number(services)?, number(servers)?);
    let mut floor = Floor::open()?;
    match mode.as_str() {
        "fresh" => floor.make(services, servers, ENOUGH),
        "single" => floor.make(services, servers, 1),
        "read" => floor.read(services),
        other => Err(io::Error::other(format!("`{other}` is unknown"))),
    }
}

/// Address and port of a service, of those that the benchmark's table has.
fn vip(service: u32) -> [u8; 4] {
    [10, low(service / 62_500), low(service / 250 % 250), low(service % 250 + 1)]
}

fn low(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

struct Floor {
    socket: OwnedFd,
    family: u16,
    datagram: Vec<u8>,
    messages: usize,
    buffer: Vec<u8>,
}

impl Floor {
    fn open() -> io::Result<Self> {
        let socket = socket(AddressFamily::NETLINK, SocketType::RAW, Some(GENERIC))?;
        let mut floor = Self { socket, family: 0x10, datagram: Vec::new(), messages: 0, buffer: vec![0; 64 << 10] };
        floor.message(GET_FAMILY, 0, |body| attribute(body, 2, b"IPVS\0"));
        floor.send()?;
        recv(&floor.socket, &mut *floor.buffer, RecvFlags::empty())?;
        // Behind both headers stands the family's name, then its number.
        let number = floor.buffer.get(36..38).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        floor.family = u16::from_ne_bytes(number);
        Ok(floor)
    }

    fn make(&mut self, services: u32, servers: u32, enough: usize) -> io::Result<()> {
        for service in 0..services {
            self.message(NEW_SERVICE, 0, |body| {
                nest(body, 1, |body| {
                    name(body, service);
                    attribute(body, 6, b"wrr\0");
                    attribute(body, 7, &[0, 0, 0, 0, 255, 255, 255, 255]);
                    attribute(body, 8, &[0; 4]);
                    attribute(body, 9, &[255; 4]);
                });
            });
            for server in 0..servers {
                if enough == 1 {
                    self.submit()?;
                }
                self.message(NEW_DEST, 0, |body| {
                    nest(body, 1, |body| name(body, service));
                    nest(body, 2, |body| {
                        let [high, low] = [low(server / 250), low(server % 250 + 1)];
                        attribute(body, 1, &[192, 168, high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                        attribute(body, 2, &80u16.to_be_bytes());
                        attribute(body, 11, &2u16.to_ne_bytes());
                        attribute(body, 3, &3u32.to_ne_bytes());
                        attribute(body, 4, &1u32.to_ne_bytes());
                        attribute(body, 5, &[0; 4]);
                        attribute(body, 6, &[0; 4]);
                    });
                });
            }
            if self.messages >= enough {
                self.submit()?;
            }
        }
        if self.messages > 0 { self.submit() } else { Ok(()) }
    }

    fn read(&mut self, services: u32) -> io::Result<()> {
        self.message(GET_SERVICE, DUMP, |_| {});
        self.dump()?;
        for service in 0..services {
            self.message(GET_DEST, DUMP, |body| nest(body, 1, |body| name(body, service)));
            self.dump()?;
        }
        Ok(())
    }

    fn message(&mut self, command: u8, flags: u16, body: impl FnOnce(&mut Vec<u8>)) {
        let start = self.datagram.len();
        self.datagram.extend_from_slice(&[0; 4]);
        self.datagram.extend_from_slice(&self.family.to_ne_bytes());
        self.datagram.extend_from_slice(&(REQUEST | flags).to_ne_bytes());
        self.datagram.extend_from_slice(&[0; 8]);
        self.datagram.extend_from_slice(&[command, 1, 0, 0]);
        body(&mut self.datagram);
        let length = u32::try_from(self.datagram.len() - start).expect("a message is short");
        self.datagram[start..start + 4].copy_from_slice(&length.to_ne_bytes());
        self.messages += 1;
    }

    /// Sends what there is, the last message to be answered, and hears the answer.
    fn submit(&mut self) -> io::Result<()> {
        let mut last = 0;
        let mut next = 0;
        while next < self.datagram.len() {
            last = next;
            next += length(&self.datagram[next..]);
        }
        self.datagram[last + 6] |= ACK.to_ne_bytes()[0];
        self.send()?;
        let (count, _) = recv(&self.socket, &mut *self.buffer, RecvFlags::empty())?;
        match self.buffer.get(16..20).filter(|_| count >= 20) {
            Some([0, 0, 0, 0]) => Ok(()),
            _ => Err(io::Error::other("the kernel refused a message")),
        }
    }

    /// Sends a request for a dump and hears it to its end.
    fn dump(&mut self) -> io::Result<()> {
        self.send()?;
        loop {
            let (count, _) = recv(&self.socket, &mut *self.buffer, RecvFlags::empty())?;
            let mut rest = self.buffer.get(..count).unwrap_or_default();
            while rest.len() >= 16 {
                match rest[4] {
                    2 => return Err(io::Error::other("the kernel refused a dump")),
                    3 => return Ok(()),
                    _ => rest = rest.get(length(rest)..).unwrap_or_default(),
                }
            }
        }
    }

    fn send(&mut self) -> io::Result<()> {
        sendto(&self.socket, &self.datagram, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
        self.datagram.clear();
        self.messages = 0;
        Ok(())
    }
}

/// The length of the message that these bytes begin with; never 0, so that walking ends.
fn length(bytes: &[u8]) -> usize {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_ne_bytes(*length));
    usize::try_from(length).unwrap_or(usize::MAX).max(16)
}

fn name(body: &mut Vec<u8>, service: u32) {
    let [a, b, c, d] = vip(service);
    attribute(body, 1, &2u16.to_ne_bytes());
    attribute(body, 2, &6u16.to_ne_bytes());
    attribute(body, 3, &[a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    attribute(body, 4, &80u16.to_be_bytes());
}

fn attribute(body: &mut Vec<u8>, kind: u16, payload: &[u8]) {
    nest(body, kind, |body| body.extend_from_slice(payload));
    body.resize(body.len().next_multiple_of(4), 0);
}

fn nest(body: &mut Vec<u8>, kind: u16, inside: impl FnOnce(&mut Vec<u8>)) {
    let start = body.len();
    body.extend_from_slice(&[0, 0]);
    body.extend_from_slice(&kind.to_ne_bytes());
    inside(body);
    let length = u16::try_from(body.len() - start).expect("an attribute is short");
    body[start..start + 2].copy_from_slice(&length.to_ne_bytes());
}
