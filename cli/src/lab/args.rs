//! The command line of `lvsctl lab`.

use std::{ffi::OsString, net::IpAddr, path::PathBuf};

use clap::{Args, Subcommand, builder::RangedU64ValueParser};

use super::topology::{Family, FamilyOf};

/// A cluster on this machine: real Linux kernels with real IPVS, on a private network
///
/// Every node is a User Mode Linux kernel, an ordinary program, with a disk of its own and an ssh server. The networks are
/// bridges in a network namespace: this machine gets no interface, no route and no open port. Root is not needed where
/// user namespaces are allowed.
#[derive(Clone, Debug, Args)]
pub struct LabArgs {
    /// Which lab; labs with different names run side by side
    #[arg(long, global = true, value_name = "LAB", env = "LVSCTL_LAB", default_value = "default")]
    pub name: String,
    /// What to do with it.
    #[command(subcommand)]
    pub command: LabCommand,
}

/// What to do with a lab.
#[derive(Clone, Debug, Subcommand)]
pub enum LabCommand {
    /// Boot what is not running, and wait until every node answers
    ///
    /// The first call builds the base image, which takes about a minute; after that a lab is up in seconds. Nodes that run
    /// are left alone. Ends with a table of the nodes.
    Up {
        /// Networks and nodes [default: director, three real servers, client]
        #[arg(long, value_name = "FILE")]
        topology: Option<PathBuf>,
        /// How many real servers: the size of the range (web[1:3]) in the topology
        #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u8>::new().range(1..=99))]
        nodes: Option<u8>,
        /// Which distributions the nodes are like: `rpm` for all, `web1=rpm` for one, `web=rpm` for a group
        #[arg(long = "family", value_name = "[NODE=]debian|rpm|systemd", value_delimiter = ',')]
        families: Vec<FamilyOf>,
    },
    /// Remove the lab: its processes, its networks, its disks, its keys
    Down,
    /// Show the nodes: networks, addresses, state; exit 1 unless all are ready
    Status {
        /// Print only where the lab's inventory is, for -i
        #[arg(long, conflicts_with = "ssh_config_path")]
        inventory_path: bool,
        /// Print only where the lab's `ssh_config` is, for ssh -F
        #[arg(long)]
        ssh_config_path: bool,
    },
    /// Log in to a node, or run a command line on it as ssh does
    Ssh {
        /// The node
        node: String,
        /// A command line for the node's shell
        #[arg(last = true, value_name = "CMD")]
        words: Vec<OsString>,
    },
    /// Run a command on a node, word for word, with no terminal; ends with its exit status
    Exec {
        /// The node
        node: String,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "CMD")]
        words: Vec<OsString>,
    },
    /// Reboot a node in good order and wait until it answers; boots one that is off
    Reboot {
        /// The node
        node: String,
    },
    /// Pull a node's plug: it ends at once, and what it had not written to disk is lost
    Poweroff {
        /// The node
        node: String,
    },
    /// Pull the cable of a NIC, or all cables of a node
    Cut {
        /// The node, or the node and one of its NICs: web1:eth0
        #[arg(value_name = "NODE[:NIC]")]
        cable: String,
    },
    /// Put the cable back
    Mend {
        /// The node, or the node and one of its NICs: web1:eth0
        #[arg(value_name = "NODE[:NIC]")]
        cable: String,
    },
    /// Print a node's boot log
    Console {
        /// The node
        node: String,
    },
    /// Build or refresh a base image; labs that are up keep the one they have
    Image {
        /// Which distributions it is like
        #[arg(long, value_enum, default_value_t)]
        family: Family,
    },
    /// Standard input and output to a TCP port inside the lab, for ssh
    #[command(hide = true)]
    Relay {
        /// Enter the lab in this folder first
        #[arg(long, value_name = "FOLDER")]
        via: Option<PathBuf>,
        /// Where to
        address: IpAddr,
        /// Which port
        port: u16,
    },
}
