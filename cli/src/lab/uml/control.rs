//! The control socket of a running kernel: `mconsole` of `arch/um/drivers/mconsole.h`, one datagram each way.

use std::{io, os::unix::net::UnixDatagram, path::Path, time::Duration};

/// `MCONSOLE_MAGIC`
const MAGIC: u32 = 0xcafe_babe;
/// `MCONSOLE_VERSION`
const VERSION: u32 = 2;
/// `MCONSOLE_MAX_DATA`: the kernel takes requests of this size only.
const MAX_DATA: usize = 512;

/// Sends a command (`cad`, `version`, …) and returns the kernel's answer. `own` is where the answer comes to: a path,
/// since the kernel lives in another network namespace and would not find an abstract name.
pub(super) fn request(socket: &Path, own: &Path, command: &str) -> io::Result<String> {
    // What an lvsctl left that was killed at this point.
    let _ = std::fs::remove_file(own);
    let client = UnixDatagram::bind(own)?;
    let answer = exchange(&client, socket, command);
    let _ = std::fs::remove_file(own);
    answer
}

fn exchange(client: &UnixDatagram, socket: &Path, command: &str) -> io::Result<String> {
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    client.set_write_timeout(Some(Duration::from_secs(5)))?;
    client.send_to(&encode(command), socket)?;
    let mut answer = vec![0; 4096];
    let length = client.recv(&mut answer)?;
    answer.truncate(length);
    decode(&answer)
}

/// `struct mconsole_request { u32 magic; u32 version; u32 len; char data[512]; }`
fn encode(command: &str) -> Vec<u8> {
    let length = command.len().min(MAX_DATA - 1);
    let mut message = Vec::with_capacity(12 + MAX_DATA);
    for word in [MAGIC, VERSION, u32::try_from(length).expect("it is below 512")] {
        message.extend(word.to_ne_bytes());
    }
    message.extend(&command.as_bytes()[..length]);
    message.resize(12 + MAX_DATA, 0);
    message
}

/// `struct mconsole_reply { u32 err; u32 more; u32 len; char data[512]; }`
fn decode(answer: &[u8]) -> io::Result<String> {
    let text = String::from_utf8_lossy(answer.get(12..).unwrap_or_default());
    let text = text.trim_end_matches('\0').trim_end().to_owned();
    match answer.first_chunk::<4>() {
        Some([0, 0, 0, 0]) => Ok(text),
        Some(_) => Err(io::Error::other(text)),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_kernels_size() {
        let message = encode("cad");
        assert_eq!(message.len(), 524);
        assert_eq!(&message[8..15], [3, 0, 0, 0, b'c', b'a', b'd']);
    }

    #[test]
    fn an_answer_with_an_error_is_one() {
        let answer = |error: u32| [&error.to_ne_bytes()[..], &[0; 8], b"done\n\0"].concat();
        assert_eq!(decode(&answer(0)).unwrap(), "done");
        assert!(decode(&answer(1)).is_err());
        assert!(decode(&[]).is_err());
    }
}
