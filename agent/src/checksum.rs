//! Checksums, as hexadecimal digits.

use std::{fmt::Write, fs::File, io, path::Path};

use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256};

use crate::{node::Root, process::Program, state::Checksum};

impl Checksum {
    /// Of a file. Those of 64-bit words are rarely asked for, and take more room in the agent than the others together:
    /// coreutils has them.
    pub(crate) fn of_file(self, path: &Path) -> io::Result<String> {
        match self {
            Self::Sha384 => by_program("sha384sum", path),
            Self::Sha512 => by_program("sha512sum", path),
            _ => self.of(&mut File::open(path)?),
        }
    }

    /// Of all that can be read.
    pub(crate) fn of(self, from: &mut dyn io::Read) -> io::Result<String> {
        match self {
            Self::Md5 => digest::<Md5>(from),
            Self::Sha1 => digest::<Sha1>(from),
            Self::Sha224 => digest::<Sha224>(from),
            Self::Sha256 => digest::<Sha256>(from),
            Self::Sha384 | Self::Sha512 => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

fn by_program(program: &str, path: &Path) -> io::Result<String> {
    let path = path.display().to_string();
    let text = Program::new(&Root::default(), [program, "--", path.as_str()]).read().map_err(io::Error::other)?;
    // A backslash stands before the sum of a file with an odd name.
    Ok(text.split_whitespace().next().unwrap_or_default().trim_start_matches('\\').to_owned())
}

fn digest<D: Digest>(from: &mut dyn io::Read) -> io::Result<String> {
    let mut digest = D::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    Ok(digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_programs_of_the_same_name() {
        let of = |checksum: Checksum| checksum.of(&mut &b"hello\n"[..]).unwrap();
        assert_eq!(of(Checksum::Md5), "b1946ac92492d2347c6235b4d2611184");
        assert_eq!(of(Checksum::Sha1), "f572d396fae9206628714fb2ce00f72e94f2258f");
        assert_eq!(of(Checksum::Sha256), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "hello\n").unwrap();
        let sum = Checksum::Sha512.of_file(&dir.path().join("f")).unwrap();
        assert_eq!((&sum[..12], sum.len()), ("e7c22b994c59", 128));
    }
}
