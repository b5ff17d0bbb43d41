//! How the user who logs in becomes root on nodes, under Ansible's names.

use std::path::PathBuf;

use clap::Args;

use crate::session::BecomeMethod;

/// How the user who logs in becomes root. Variables of hosts and keywords of playbooks win over this.
#[derive(Clone, Debug, Default, Args)]
pub struct BecomeOptions {
    /// Log in as the user that you are, and become root there
    #[arg(short = 'b', long = "become", help_heading = "Becoming root")]
    pub is_asked: bool,
    /// How to become root [default: sudo]
    #[arg(long, value_name = "METHOD", value_enum, help_heading = "Becoming root")]
    pub become_method: Option<BecomeMethod>,
    /// Have tasks work as this user [default: root]
    #[arg(long, value_name = "USER", help_heading = "Becoming root")]
    pub become_user: Option<String>,
    /// Ask for the password by which to become root
    #[arg(
        short = 'K',
        long,
        visible_alias = "ask-become-password",
        conflicts_with = "become_password_file",
        help_heading = "Becoming root"
    )]
    pub ask_become_pass: bool,
    /// File with that password, or program that prints it
    #[arg(
        long,
        value_name = "FILE",
        visible_alias = "become-pass-file",
        env = "ANSIBLE_BECOME_PASSWORD_FILE",
        hide_env = true,
        help_heading = "Becoming root"
    )]
    pub become_password_file: Option<PathBuf>,
}
