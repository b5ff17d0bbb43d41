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
        let heads = ["real server", "address", "fwd", "weight", "active", "inact", "conns"];
        writeln!(
            f,
            "    {:<14} {:<22} {:<4} {:>6} {:>7} {:>7} {:>9}",
            heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6]
        )?;
        self.real_servers.iter().try_for_each(|row| writeln!(f, "    {row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<14} {:<22} {:<4} {:>6} {:>7} {:>7} {:>9}{}",
            self.host.as_deref().unwrap_or("-"),
            self.address,
            self.forward,
            self.weight,
            self.stats.active,
            self.stats.inactive,
            self.stats.traffic.connections,
            note(&self.standing)
        )
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
