//! Which distributions a node is like: it decides on the image below its disk.

use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Topology;
use crate::lab::Error;

/// Which distributions a node is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// apt and ifupdown
    #[default]
    Debian,
    /// rpm, dnf and network-scripts
    Rpm,
    /// Debian with systemd and systemd-networkd
    Systemd,
}

impl Family {
    /// What the kernel starts as process 1.
    pub(crate) const fn init(self) -> &'static str {
        match self {
            Self::Debian | Self::Rpm => "/sbin/init",
            Self::Systemd => "/usr/lib/lab/init",
        }
    }
}

/// A family for all nodes, or for some: `rpm`, `web1=rpm`, `web=rpm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyOf {
    /// A node or a group.
    name: Option<String>,
    family: Family,
}

impl FromStr for FamilyOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, family) = text.split_once('=').map_or((None, text), |(name, family)| (Some(name), family));
        let family =
            Family::from_str(family, false).map_err(|_| format!("`{family}` is none of debian, rpm and systemd"))?;
        Ok(Self { name: name.map(str::to_owned), family })
    }
}

impl FamilyOf {
    /// Gives the family to the nodes that are meant.
    pub(crate) fn give(&self, topology: &mut Topology) -> Result<(), Error> {
        let mut is_known = self.name.is_none();
        for node in &mut topology.nodes {
            if self.name.as_ref().is_none_or(|name| *name == node.name || node.groups.contains(name)) {
                node.family = self.family;
                is_known = true;
            }
        }
        match &self.name {
            Some(name) if !is_known => Err(Error::NoNode {
                node: name.clone(),
                known: topology.nodes.iter().map(|node| node.name.clone()).collect(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{DEFAULT, read},
        source::Source,
    };

    #[test]
    fn a_family_is_given_to_all_to_a_node_or_to_a_group() {
        let topology = |families: &[&str]| {
            let mut topology = read(&Source::new("lab.yml", DEFAULT), None).unwrap();
            for family in families {
                FamilyOf::from_str(family).unwrap().give(&mut topology)?;
            }
            let rpm = topology.nodes.into_iter().filter(|node| node.family == Family::Rpm);
            Ok::<_, Error>(rpm.map(|node| node.name).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(topology(&[]).unwrap(), "");
        assert_eq!(topology(&["rpm"]).unwrap(), "lvs web1 web2 web3 client");
        assert_eq!(topology(&["rpm", "web=debian"]).unwrap(), "lvs client");
        assert_eq!(topology(&["web1=rpm"]).unwrap(), "web1");
        assert!(topology(&["web9=rpm"]).is_err());
        assert!(FamilyOf::from_str("web1=suse").is_err());
    }
}
