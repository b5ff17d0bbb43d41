//! The passwords for encrypted files and values.

use std::{env, path::Path};

use super::Error;
use crate::{
    args::Sources,
    vault::{Keyring, PasswordSource, unlock_with},
};

/// Gets the passwords that the command line and the environment name, in Ansible's order.
pub(super) fn unlock(sources: &Sources) -> Result<(), Error> {
    let mut keyring = Keyring::default();
    for source in named(sources) {
        keyring.add(&source.label, source.password()?);
    }
    unlock_with(keyring);
    Ok(())
}

fn named(sources: &Sources) -> Vec<PasswordSource> {
    let parse = |text: &str| text.parse::<PasswordSource>().unwrap_or_else(|never| match never {});
    let mut named: Vec<PasswordSource> = Vec::new();
    if let Ok(list) = env::var("ANSIBLE_VAULT_IDENTITY_LIST") {
        named.extend(list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(parse));
    }
    named.extend(sources.vault_id.iter().map(|text| parse(text)));
    named.extend(sources.vault_password_file.iter().map(|path| PasswordSource::file(path)));
    if sources.ask_vault_pass {
        named.push(PasswordSource { label: "default".to_owned(), file: None });
    }
    // What the command line says takes the place of the environment's.
    let from_environment = env::var_os("ANSIBLE_VAULT_PASSWORD_FILE").filter(|file| !file.is_empty());
    if sources.vault_password_file.is_empty()
        && !sources.ask_vault_pass
        && let Some(file) = from_environment
    {
        named.push(PasswordSource::file(Path::new(&file)));
    }
    named
}
