//! Where a password comes from: a file, a program, or the user.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, path::PathBuf, process::Command, str::FromStr};

/// Where a password comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordSource {
    /// The id; `default` where none is given.
    pub label: String,
    /// A file, or a program that prints it; `None` asks the user.
    pub file: Option<PathBuf>,
}

/// A password cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file.
    #[error("read the password file {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program.
    #[error("get a password from {}: it ended with {status}{}", path.display(), said(stderr))]
    Program {
        /// Which.
        path: PathBuf,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it said.
        stderr: String,
    },
    /// There is nothing in it.
    #[error("get a password from {}: it is empty", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// The terminal.
    #[error("ask for a password")]
    Prompt(#[source] io::Error),
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}

impl FromStr for PasswordSource {
    type Err = std::convert::Infallible;

    /// `label@file`, `label@prompt`, `file`, `prompt`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (label, source) = text.split_once('@').unwrap_or(("default", text));
        let label = if label.is_empty() { "default" } else { label };
        let file = (!matches!(source, "prompt" | "prompt_ask_vault_pass")).then(|| expand(source));
        Ok(Self { label: label.to_owned(), file })
    }
}

fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

impl PasswordSource {
    /// A file or program without a label.
    pub fn file(path: &Path) -> Self {
        Self { label: "default".to_owned(), file: Some(expand(&path.to_string_lossy())) }
    }

    /// Asks the person at work.
    pub fn ask(question: &str) -> Result<Vec<u8>, PasswordError> {
        Ok(rpassword::prompt_password(question).map_err(PasswordError::Prompt)?.into_bytes())
    }

    /// The password.
    pub fn password(&self) -> Result<Vec<u8>, PasswordError> {
        let Some(path) = &self.file else {
            return Self::ask(&format!("Vault password ({}): ", self.label));
        };
        let io = |source| PasswordError::File { path: path.clone(), source };
        let is_program = fs::metadata(path).map_err(io)?.permissions().mode() & 0o111 != 0;
        // Of what a program prints, only the ends of lines are taken away, as Ansible does.
        let password = if is_program {
            let printed = self.ask_program(path)?;
            let start = printed.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let end = printed.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            printed.get(start..printed.len() - end).unwrap_or_default().to_vec()
        } else {
            fs::read(path).map_err(io)?.trim_ascii().to_vec()
        };
        if password.is_empty() { Err(PasswordError::Empty { path: path.clone() }) } else { Ok(password) }
    }

    /// A program whose name ends with `-client` is told which password is wanted, as by Ansible.
    fn ask_program(&self, path: &Path) -> Result<Vec<u8>, PasswordError> {
        let io = |source| PasswordError::File { path: path.to_owned(), source };
        let mut command = Command::new(fs::canonicalize(path).map_err(io)?);
        if path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-client")) {
            command.args(["--vault-id", &self.label]);
        }
        let output = command.output().map_err(io)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let stderr =
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().escape_debug().to_string();
        Err(PasswordError::Program { path: path.to_owned(), status: output.status, stderr })
    }
}
