//! Archives that the controller fetches once, checks, and hands to nodes.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use sha2::{Digest, Sha256};

use super::{Context, beside::Beside};
use crate::source::{Code, Diagnostic, Span};

/// Seconds that a download may take.
const PATIENCE: &str = "600";

/// One download at a time, so that hosts that want the same one do not load it twice.
static TURN: Mutex<()> = Mutex::new(());

/// An archive: a file, or a URL; and the checksum that it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FetchedArchive {
    pub(super) from: Beside,
    /// In lower-case hexadecimal digits.
    pub(super) sha256: String,
}

impl FetchedArchive {
    /// What is in it, once it was found right.
    pub(super) fn read(&self, context: &Context<'_>) -> Result<Vec<u8>, Diagnostic> {
        let name = self.from.name.as_str();
        let is_url = name.starts_with("https://") || name.starts_with("http://");
        let bytes = if is_url { self.download(name)? } else { self.from.read(context)? };
        let sum = sum(&bytes);
        if sum == self.sha256 {
            return Ok(bytes);
        }
        let title = format!("`{name}` has the SHA-256 {sum}, and not the one that is asked for");
        Err(Diagnostic::new(Code::WrongValue, title, &self.from.place, "")
            .hint("see whether the archive or the checksum is the wrong one; nothing was sent to any node"))
    }

    /// From the cache, or from where it is.
    fn download(&self, url: &str) -> Result<Vec<u8>, Diagnostic> {
        let place = &self.from.place;
        let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let folder = cache().ok_or_else(|| failed(place, url, "there is no cache folder: set HOME"))?;
        let file = folder.join(&self.sha256);
        if let Ok(content) = fs::read(&file)
            && sum(&content) == self.sha256
        {
            return Ok(content);
        }
        let content = curl(url).map_err(|error| failed(place, url, &error.to_string()))?;
        if sum(&content) == self.sha256 {
            keep(&folder, &file, &content).map_err(|error| failed(place, url, &error.to_string()))?;
        }
        Ok(content)
    }
}

fn curl(url: &str) -> io::Result<Vec<u8>> {
    let most = super::beside::MAX_CONTENT.to_string();
    let output = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location", "--proto", "=http,https", "--max-time", PATIENCE])
        .args(["--max-filesize", &most, "--", url])
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().replace(char::is_control, " ")))
}

fn keep(folder: &Path, file: &Path, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let new = file.with_extension(std::process::id().to_string());
    fs::write(&new, content)?;
    fs::rename(new, file)
}

fn cache() -> Option<PathBuf> {
    let told = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Some(told.or_else(|| env::home_dir().map(|home| home.join(".cache")))?.join("lvsctl/archives"))
}

fn sum(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn failed(place: &Span, url: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::FileNotReadable, format!("failed to fetch {url}: {why}"), place, "")
        .hint("the controller fetches it, with curl; or keep the archive as a file beside the inventory")
}
