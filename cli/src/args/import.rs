//! `lvsctl import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use super::BecomeOptions;

/// `lvsctl import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// What SOURCE is
    #[arg(long, value_enum)]
    pub from: Format,
    /// A file; for `live` a director, by its name in the inventory or as ssh knows it
    pub source: String,
    /// Where the inventory is written [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Inventory whose hosts are taken for addresses that they have; the new one then goes with it
    #[arg(short, long = "inventory", value_name = "PATH")]
    pub inventory: Vec<PathBuf>,
    /// Name of the director in the new inventory [default: `director`; for `live`, SOURCE]
    #[arg(long, value_name = "HOST")]
    pub director: Option<String>,
    /// The director's device for the VIPs
    #[arg(long, value_name = "DEV")]
    pub vip_device: Option<String>,
    /// A device of the director with an address, such as eth0=192.168.0.254/24; may be given several times
    #[arg(long, value_name = "DEV=ADDRESS", value_parser = interface)]
    pub interface: Vec<(String, IpNet)>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment here would become the help of the whole command")]
    pub rights: BecomeOptions,
    /// The agent's program to put on a node [default: lvs-agent beside lvsctl]
    #[arg(long, value_name = "FILE", env = "LVSCTL_AGENT")]
    pub agent: Option<PathBuf>,
}

/// What is imported from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What `ipvsadm -Sn` writes
    IpvsadmSave,
    /// The kernel of a running director
    Live,
    /// A keepalived.conf
    Keepalived,
    /// An ldirectord.cf
    Ldirectord,
}

fn interface(text: &str) -> Result<(String, IpNet), String> {
    let (device, address) = text.split_once('=').ok_or("write it as DEV=ADDRESS/PREFIX")?;
    let address = address.parse().map_err(|_| format!("{address} is not an address with prefix"))?;
    Ok((device.to_owned(), address))
}
