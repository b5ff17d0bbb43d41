//! A file of the user's, or text that is treated like one.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    str,
    sync::Arc,
};

/// Largest file that is read, in bytes. An inventory of ten thousand hosts is well below it.
const MAX_BYTES: u64 = 64 << 20;

/// Characters that are shown of a line that is no text.
const SHOWN: usize = 20;

/// A file of the user's, with its text, so that any place in it can be shown later.
pub struct Source {
    name: String,
    text: String,
    is_secret: bool,
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system said no.
    #[error("read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// It is too large.
    #[error("read {}: it has {bytes} bytes, and at most {MAX_BYTES} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// It is not text.
    #[error("read {}: line {line} has a byte that is not UTF-8 text, after {before:?}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Line of the first byte that is wrong, from 1.
        line: usize,
        /// What stands before it in that line, or the end of that.
        before: String,
    },
}

impl Source {
    /// Text with a name to show it under.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), is_secret: false })
    }

    /// Text that was encrypted: no line of it is ever shown.
    pub fn secret(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), is_secret: true })
    }

    /// Reads a file; it is shown under the path as given.
    pub fn read(path: &Path) -> Result<Arc<Self>, ReadError> {
        let io = |source| ReadError::Io { path: path.to_owned(), source };
        let bytes = fs::metadata(path).map_err(io)?.len();
        if bytes > MAX_BYTES {
            return Err(ReadError::TooLarge { path: path.to_owned(), bytes });
        }
        // A device or a pipe has no size to be told before.
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(io)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReadError::TooLarge { path: path.to_owned(), bytes: bytes.len() as u64 });
        }
        super::note_file(path, &bytes);
        let text = String::from_utf8(bytes).map_err(|error| not_text(path, error.utf8_error(), error.as_bytes()))?;
        Ok(Self::new(path.display().to_string(), text))
    }

    /// The name it is shown under: its path, mostly.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it was encrypted.
    pub fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn not_text(path: &Path, error: str::Utf8Error, bytes: &[u8]) -> ReadError {
    let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
    let (line, rest) = (before.split('\n').count(), before.rsplit('\n').next().unwrap_or_default());
    let first = rest.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
    ReadError::NotText { path: path.to_owned(), line, before: rest[first..].to_owned() }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}
