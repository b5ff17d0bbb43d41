//! What the command line says of becoming root.

use std::sync::{Mutex, PoisonError};

use super::Error;
use crate::{
    args::BecomeOptions,
    session::{Password, Wish, user},
    source::{Code, Diagnostic, Diagnostics, Source, Span},
    vault::PasswordSource,
    yaml::{Node, Value},
};

/// A command that connects twice asks once.
static ASKED: Mutex<Option<Password>> = Mutex::new(None);

/// What the command line asks for. Whoever names a user, is to work as that user.
pub(super) fn wish(options: &BecomeOptions) -> Result<Wish, Error> {
    let named = options.become_user.as_deref().map(|name| {
        let span = Span::new(&Source::new("the command line", name), 0..name.len());
        user(&Node { value: Value::String(name.to_owned()), span })
    });
    Ok(Wish {
        is_asked: (options.is_asked || options.become_user.is_some()).then_some(true),
        method: options.become_method,
        user: named.transpose().map_err(Diagnostics::from)?,
        password: password(options)?,
        ..Wish::default()
    })
}

fn password(options: &BecomeOptions) -> Result<Option<Password>, Error> {
    let source = match &options.become_password_file {
        Some(file) => PasswordSource::file(file),
        None if options.ask_become_pass => PasswordSource { label: String::new(), file: None },
        None => return Ok(None),
    };
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.is_none() {
        let typed = match &source.file {
            Some(_) => source.password()?,
            None => PasswordSource::ask("BECOME password: ")?,
        };
        let password = String::from_utf8(typed).ok().and_then(|text| Password::new(&text));
        let mistake = || {
            let title = "the password by which to become root cannot be typed";
            Diagnostic::without_place(Code::WrongValue, title)
                .hint("it must be text of one line, without control characters")
        };
        *asked = Some(password.ok_or_else(|| Diagnostics::from(mistake()))?);
    }
    Ok(asked.clone())
}
