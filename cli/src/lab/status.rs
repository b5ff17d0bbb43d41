//! The table of a lab: node, networks, addresses, state.

use std::{collections::BTreeSet, fmt, io, io::Write};

use super::{
    Error,
    commands::Lab,
    namespace::Namespace,
    power,
    state::State,
    topology::{Nic, Node},
};

/// Whether a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    /// It answers, or did when it had booted.
    Ready,
    /// Its kernel runs, and its boot is not over.
    Booting,
    /// Nothing runs.
    Off,
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Booting => "booting",
            Self::Off => "off",
        })
    }
}

/// Writes the table of a lab. Whether all nodes are ready.
pub(super) async fn write(lab: &Lab, state: &State, out: &mut impl Write) -> Result<bool, Error> {
    let unplugged = match state.holder() {
        Some(holder) => Namespace::of(holder).unplugged().await?,
        None => BTreeSet::new(),
    };
    let mut all_ready = true;
    let mut rows = vec![["NODE", "NETWORKS", "ADDRESSES", "STATE"].map(str::to_owned)];
    for node in &state.topology.nodes {
        let power = match state.kernel(lab.dir(), &node.name) {
            None => Power::Off,
            Some(_) if power::is_ready(lab.dir(), node) => Power::Ready,
            Some(_) => Power::Booting,
        };
        all_ready &= power == Power::Ready;
        rows.push(row(node, power, &unplugged));
    }
    table(&rows, out).map_err(Error::io("write", "the table"))?;
    Ok(all_ready)
}

fn row(node: &Node, power: Power, unplugged: &BTreeSet<String>) -> [String; 4] {
    let join = |words: Vec<String>| words.join(", ");
    let networks = node.nics.iter().map(|nic| nic.network.clone()).collect();
    let addresses = node.nics.iter().flat_map(Nic::addresses).map(|address| address.to_string()).collect();
    let cables: Vec<String> =
        node.nics.iter().filter(|nic| unplugged.contains(&node.tap(nic))).map(|nic| nic.device.clone()).collect();
    let state = if cables.is_empty() { power.to_string() } else { format!("{power}, cut: {}", join(cables)) };
    [node.name.clone(), join(networks), join(addresses), state]
}

fn table(rows: &[[String; 4]], out: &mut impl Write) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for [node, networks, addresses, state] in rows {
        writeln!(out, "{node:0$}  {networks:1$}  {addresses:2$}  {state}", widths[0], widths[1], widths[2])?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn a_row_says_which_cable_is_out() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let unplugged = BTreeSet::from(["lan", "lo", "web1.eth1"].map(str::to_owned));
        let row = row(topology.node("web1").unwrap(), Power::Ready, &unplugged);
        let addresses = "192.168.0.1/24, fd4c:5653::1/64, 198.51.100.111/24, 2001:db8:100::111/64";
        assert_eq!(row, ["web1", "lan, remote", addresses, "ready, cut: eth1"]);
    }

    #[test]
    fn columns_stand_below_each_other() {
        let mut out = Vec::new();
        let rows = [["NODE", "N", "A", "STATE"], ["client", "lan", "x", "off"]].map(|row| row.map(str::to_owned));
        table(&rows, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NODE    N    A  STATE\nclient  lan  x  off\n");
    }
}
