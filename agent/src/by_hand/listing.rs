//! Tables for people: the services with their counters, and the connections.

use std::io::Write;

use super::Error;
use crate::wire::{Connection, LiveTable, Traffic};

/// Writes the live table.
pub(super) fn table(table: &LiveTable, output: &mut dyn Write) -> Result<(), Error> {
    for live in &table.services {
        let mark = if live.owned { "" } else { "  (not lvsctl's)" };
        writeln!(output, "{}  {}{mark}", live.service.key, crate::ipvs::shown_service(&live.service))?;
        writeln!(output, "    {}", traffic(&live.traffic))?;
        for real in &live.real_servers {
            let (server, stats) = (&real.server, &real.stats);
            let name = std::net::SocketAddr::new(server.address, server.port).to_string();
            writeln!(
                output,
                "  -> {name:<22} {:<24} active {} inactive {} persistent {}",
                crate::ipvs::shown_server(server),
                stats.active,
                stats.inactive,
                stats.persistent
            )?;
            writeln!(output, "    {}", traffic(&stats.traffic))?;
        }
    }
    for unknown in &table.unknown {
        writeln!(output, "{unknown}  (no words for it)")?;
    }
    if !table.timeouts.is_empty() {
        writeln!(output, "timeouts  {}", table.timeouts)?;
    }
    for daemon in &table.sync {
        writeln!(output, "sync {}  {daemon}", daemon.role)?;
    }
    Ok(())
}

fn traffic(traffic: &Traffic) -> String {
    format!(
        "connections {} ({}/s)  packets in {} ({}/s) out {} ({}/s)  bytes in {} ({}/s) out {} ({}/s)",
        traffic.connections,
        traffic.connection_rate,
        traffic.packets_in,
        traffic.packet_rate_in,
        traffic.packets_out,
        traffic.packet_rate_out,
        traffic.bytes_in,
        traffic.byte_rate_in,
        traffic.bytes_out,
        traffic.byte_rate_out
    )
}

/// Writes connections as they come, since there may be millions: lines, or one JSON list.
pub(super) struct ConnectionLines<'a> {
    output: &'a mut dyn Write,
    json: bool,
    count: u64,
}

impl<'a> ConnectionLines<'a> {
    pub(super) fn new(output: &'a mut dyn Write, json: bool) -> Result<Self, Error> {
        output.write_all(if json { b"[" } else { b"PROTO EXPIRES STATE        CLIENT -> VIRTUAL -> SERVER\n" })?;
        Ok(Self { output, json, count: 0 })
    }

    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), Error> {
        if self.json {
            write!(self.output, "{}", if self.count == 0 { "\n" } else { ",\n" })?;
            self.output.write_all(&serde_json::to_vec(connection).expect("a connection has text keys only"))?;
        } else {
            writeln!(self.output, "{connection}")?;
        }
        self.count += 1;
        Ok(())
    }

    pub(super) fn end(self) -> Result<(), Error> {
        if self.json {
            return Ok(self.output.write_all(b"\n]\n")?);
        }
        let plural = if self.count == 1 { "" } else { "s" };
        Ok(writeln!(self.output, "{} connection{plural}", self.count)?)
    }
}
