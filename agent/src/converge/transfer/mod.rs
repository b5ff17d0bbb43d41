//! Downloads and requests by the node's own curl(1), and archives by its tar(1) and unzip(1).

mod archive;
mod curl;
mod download;
mod uri;

pub(super) use archive::Unpacking;
pub(super) use uri::uri;

#[cfg(test)]
mod tests;
