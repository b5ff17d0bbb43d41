//! A director's table as text.

use std::fmt;

use super::{DirectorStatus, Row, ServiceStatus, Standing};

impl fmt::Display for DirectorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.director)?;
        if self.services.is_empty() {
            writeln!(f, "  no virtual services")?;
        }
        for service in &self.services {
            write!(f, "{service}")?;
        }
        for unknown in &self.unknown {
            writeln!(f, "  not known to this version: {unknown}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("(not in the inventory)");
        writeln!(f, "  {name}  {} {}{}", self.address, self.scheduler, note(&self.standing))?;
        writeln!(
            f,
            "    {:<14} {:<22} {:<4} {:>6} {:>7} {:>7} {:>7} {:>9} {:>6} {:>7} {:>8} {:>8}",
            "real server",
            "address",
            "fwd",
            "weight",
            "active",
            "inact",
            "persist",
            "conns",
            "conn/s",
            "pkt/s",
            "B/s in",
            "B/s out"
        )?;
        self.real_servers.iter().try_for_each(|row| writeln!(f, "    {row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traffic = &self.stats.traffic;
        write!(
            f,
            "{:<14} {:<22} {:<4} {:>6} {:>7} {:>7} {:>7} {:>9} {:>6} {:>7} {:>8} {:>8}{}",
            self.host.as_deref().unwrap_or("-"),
            self.address,
            self.forward,
            self.weight,
            self.stats.active,
            self.stats.inactive,
            self.stats.persistent,
            traffic.connections,
            short(traffic.connection_rate),
            short(traffic.packet_rate_in.saturating_add(traffic.packet_rate_out)),
            short(traffic.byte_rate_in),
            short(traffic.byte_rate_out),
            note(&self.standing)
        )
    }
}

/// At most five characters: `99999`, `123k`, `45M`.
fn short(number: u64) -> String {
    match number {
        0..100_000 => number.to_string(),
        100_000..100_000_000 => format!("{}k", number / 1_000),
        100_000_000..100_000_000_000 => format!("{}M", number / 1_000_000),
        _ => format!("{}G", number / 1_000_000_000),
    }
}

fn note(standing: &Standing) -> String {
    match standing {
        Standing::Same => String::new(),
        Standing::Missing => "  MISSING in the kernel".to_owned(),
        Standing::Surplus => "  SURPLUS: not in the inventory".to_owned(),
        Standing::Foreign => "  foreign: lvsctl did not make it".to_owned(),
        Standing::Different(differences) => format!("  DIFFERENT: {}", differences.join(", ")),
    }
}
