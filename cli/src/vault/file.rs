//! A file of the user's that may be encrypted as a whole.

use std::{path::Path, sync::Arc};

use super::{
    envelope::{Envelope, MAGIC},
    error::Error,
    keyring,
};
use crate::source::{Diagnostic, Source, Span};

/// Reads a file; where it is encrypted, no line of it is ever shown.
pub fn read(path: &Path) -> Result<Arc<Source>, Diagnostic> {
    let source = Source::read(path)?;
    if !source.text().starts_with(MAGIC) {
        return Ok(source);
    }
    let open = || -> Result<String, Error> {
        let bytes = keyring::current().open(&Envelope::read(source.text())?)?;
        String::from_utf8(bytes).map_err(|_| Error::Damaged("what was encrypted is not text"))
    };
    let first_line = source.text().lines().next().map_or(0, str::len);
    let text = open().map_err(|error| error.into_diagnostic(&Span::new(&source, 0..first_line)))?;
    Ok(Source::secret(source.name(), text))
}
