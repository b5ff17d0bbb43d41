//! Reading what the controller asks, one bounded line at a time.

use std::io::{BufRead, Read};

use serde::de::DeserializeOwned;

use crate::{
    json,
    wire::{Failure, MAX_LINE},
};

/// Reads the next line. `None` is the end of input, also within a line: half a request is no request.
pub(super) fn read_line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, Failure> {
    read_bounded(input, MAX_LINE)
}

fn read_bounded(input: &mut impl BufRead, longest: usize) -> Result<Option<Vec<u8>>, Failure> {
    let tried = "read a request";
    let mut line = Vec::new();
    // One byte for the end of the line.
    let bound = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    input.take(bound).read_until(b'\n', &mut line).map_err(|error| Failure::new(tried, error))?;
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        return Ok(Some(line));
    }
    if line.len() > longest {
        return Err(Failure::new(tried, format!("the line is longer than {longest} bytes"))
            .with_hint("send large files by another way"));
    }
    Ok(None)
}

/// What a line says.
pub(super) fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, Failure> {
    json::from_slice(line).map_err(|error| {
        Failure::new("understand a request", error)
            .with_hint("the agent speaks with lvsctl of the same version only: `lvs-agent --version`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_greatest_length_is_read_and_a_longer_one_is_refused() {
        assert_eq!(read_bounded(&mut &b"abcd\nx"[..], 4).unwrap().unwrap(), b"abcd");
        assert!(read_bounded(&mut &b"abcde\n"[..], 4).is_err());
    }

    #[test]
    fn half_a_line_is_no_request() {
        assert_eq!(read_bounded(&mut &b"abc"[..], 4).unwrap(), None);
        assert_eq!(read_bounded(&mut &b""[..], 4).unwrap(), None);
    }
}
