//! A netlink socket with deadlines, and the three ways to use it: ask, dump, and send a batch of changes.
//!
//! The kernel does its work inside send(2) and so has answered by the time that returns (a dump goes on inside recv(2)).
//! Reading therefore never waits; where an answer is not there after all, it is looked for again in short steps
//! until the deadline.

use std::{
    io::{self, ErrorKind},
    thread::sleep,
    time::{Duration, Instant},
};

use neli::{
    consts::socket::{Msg, NlFamily},
    socket::NlSocket,
    utils::Groups,
};
use rustix::io::Errno;

use super::{
    Batch, Error, Malformed, Message, Refusal,
    constants::{NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN},
    message::Messages,
};

/// How long an answer may take. A batch may make the kernel load modules.
const PATIENCE: Duration = Duration::from_secs(30);

/// First pause before an answer is looked for again; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// The kernel fills up to 32 KiB at a time of a buffer that is as large; single messages may be longer.
const BUFFER: usize = 128 << 10;

/// A netlink socket.
pub(crate) struct Socket {
    inner: NlSocket,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Socket {
    /// Opens a socket to a part of the kernel.
    pub(crate) fn open(family: NlFamily) -> Result<Self, Error> {
        let socket = NlSocket::connect(family, None, Groups::empty()).map_err(Error::Open)?;
        // Linux 4.12; older kernels say no more than the number of an error.
        let _ = socket.enable_ext_ack(true);
        Ok(Self { inner: socket, sequence: 0, buffer: vec![0; BUFFER] })
    }

    /// Sends one request that is answered with data, and hands the answers on.
    pub(crate) fn ask(
        &mut self,
        mut request: Batch,
        mut each: impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Error> {
        request.acknowledge_last();
        let first = self.send(&mut request)?;
        self.listen(|message| match message.kind {
            _ if message.sequence != first => Ok(true),
            NLMSG_ERROR => message.refusal().map_or(Ok(false), |refusal| Err(refusal.into())),
            _ => each(message).map(|()| true).map_err(Error::from),
        })
    }

    /// Sends one request for a whole table, and hands its entries on.
    pub(crate) fn dump(
        &mut self,
        mut request: Batch,
        mut each: impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Error> {
        let first = self.send(&mut request)?;
        let mut steady = true;
        let mut outcome = Ok(());
        self.listen(|message| {
            if message.sequence != first {
                return Ok(true);
            }
            steady &= message.flags & NLM_F_DUMP_INTR == 0;
            match message.kind {
                NLMSG_ERROR | NLMSG_DONE => message.refusal().map_or(Ok(false), |refusal| Err(refusal.into())),
                _ => {
                    // The rest is read even so: a dump that is left half-way blocks the socket.
                    if outcome.is_ok() {
                        outcome = each(message);
                    }
                    Ok(true)
                }
            }
        })?;
        outcome?;
        if steady { Ok(()) } else { Err(Error::Unsteady) }
    }

    /// Sends changes in one datagram; the answer to the last one says that all have been dealt with.
    ///
    /// Gives the changes, by their place in the batch, that the kernel refused; all others were made.
    pub(crate) fn submit(&mut self, mut changes: Batch) -> Result<Vec<(usize, Refusal)>, Error> {
        let Some(last) = changes.len().checked_sub(1) else { return Ok(Vec::new()) };
        changes.acknowledge_last();
        let first = self.send(&mut changes)?;
        let mut refused = Vec::new();
        self.listen(|message| {
            let place = usize::try_from(message.sequence.wrapping_sub(first)).unwrap_or(usize::MAX);
            if message.kind != NLMSG_ERROR || place > last {
                return Ok(true);
            }
            refused.extend(message.refusal().map(|refusal| (place, refusal)));
            Ok(place < last)
        })?;
        Ok(refused)
    }

    /// Sends one change.
    pub(crate) fn change(&mut self, change: Batch) -> Result<(), Error> {
        debug_assert_eq!(change.len(), 1);
        match self.submit(change)?.pop() {
            Some((_, refusal)) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    fn send(&mut self, batch: &mut Batch) -> Result<u32, Error> {
        let first = self.sequence.wrapping_add(1);
        batch.number(first);
        self.sequence = self.sequence.wrapping_add(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        loop {
            match self.inner.send(batch.bytes(), Msg::empty()) {
                Ok(_) => return Ok(first),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Send(error)),
            }
        }
    }

    /// Hands on messages until one is answered with `false`.
    fn listen(&mut self, mut each: impl FnMut(&Message<'_>) -> Result<bool, Error>) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let length = self.receive(deadline)?;
            for message in Messages::new(self.buffer.get(..length).unwrap_or_default()) {
                let message = message?;
                match message.kind {
                    NLMSG_NOOP => {}
                    NLMSG_OVERRUN => return Err(Error::Overrun),
                    _ if each(&message)? => {}
                    _ => return Ok(()),
                }
            }
        }
    }

    fn receive(&mut self, deadline: Instant) -> Result<usize, Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            // With MSG_TRUNC the length is that of the datagram, also where the buffer is shorter.
            match self.inner.recv(&mut self.buffer, Msg::DONTWAIT | Msg::TRUNC) {
                Ok((length, _)) if length > self.buffer.len() => return Err(Error::Truncated(length)),
                Ok((length, _)) => return Ok(length),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if Instant::now() >= deadline {
                        return Err(Error::Late(PATIENCE));
                    }
                    sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
                Err(error) if is_overrun(&error) => return Err(Error::Overrun),
                Err(error) => return Err(Error::Receive(error)),
            }
        }
    }
}

fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error())
}
