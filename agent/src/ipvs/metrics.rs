//! The counters in the text that Prometheus reads (its exposition format 0.0.4).
//!
//! Labels are those of Prometheus' own `node_exporter` for IPVS, so that what is joined on them there can be joined here.

use std::{
    fmt::{self, Display, Write},
    net::SocketAddr,
};

use crate::{
    state::{RealServer, ServiceKey},
    wire::{LiveRealServer, LiveTable, Traffic},
};

/// Name behind `lvs_service_` or `lvs_real_server_`, type, what it is, and where it stands.
type Metric<T> = (&'static str, &'static str, &'static str, fn(&T) -> u64);

const TRAFFIC: &[Metric<Traffic>] = &[
    ("connections_total", "counter", "Connections scheduled.", |traffic| traffic.connections),
    ("packets_in_total", "counter", "Packets from clients.", |traffic| traffic.packets_in),
    ("packets_out_total", "counter", "Packets to clients; 0 where answers do not pass.", |traffic| traffic.packets_out),
    ("bytes_in_total", "counter", "Bytes from clients.", |traffic| traffic.bytes_in),
    ("bytes_out_total", "counter", "Bytes to clients; 0 where answers do not pass.", |traffic| traffic.bytes_out),
    ("connections_per_second", "gauge", "Connections a second, by the kernel.", |traffic| traffic.connection_rate),
    ("packets_in_per_second", "gauge", "Packets in a second, by the kernel.", |traffic| traffic.packet_rate_in),
    ("packets_out_per_second", "gauge", "Packets out a second, by the kernel.", |traffic| traffic.packet_rate_out),
    ("bytes_in_per_second", "gauge", "Bytes in a second, by the kernel.", |traffic| traffic.byte_rate_in),
    ("bytes_out_per_second", "gauge", "Bytes out a second, by the kernel.", |traffic| traffic.byte_rate_out),
];

const REAL_SERVER: &[Metric<LiveRealServer>] = &[
    ("active_connections", "gauge", "Active connections.", |live| live.stats.active.into()),
    ("inactive_connections", "gauge", "Inactive connections.", |live| live.stats.inactive.into()),
    ("persistent_connections", "gauge", "Persistence templates.", |live| live.stats.persistent.into()),
    ("weight", "gauge", "Weight; 0 gets no new connections.", |live| live.server.weight.0.into()),
];

/// The counters of the table.
pub fn metrics(table: &LiveTable) -> String {
    let mut text = String::new();
    let servers = || {
        let services = table.services.iter();
        services.flat_map(|live| live.real_servers.iter().map(|real| (&live.service.key, real)))
    };
    for (name, kind, help, value) in TRAFFIC {
        let name = format!("lvs_service_{name}");
        let samples = table.services.iter().map(|live| (Labels(&live.service.key, None), value(&live.traffic)));
        family(&mut text, &name, kind, help, &mut samples.into_iter());
    }
    for (name, kind, help, value) in REAL_SERVER {
        let samples = servers().map(|(key, live)| (Labels(key, Some(&live.server)), value(live)));
        family(&mut text, &format!("lvs_real_server_{name}"), kind, help, &mut samples.into_iter());
    }
    for (name, kind, help, value) in TRAFFIC {
        let samples = servers().map(|(key, live)| (Labels(key, Some(&live.server)), value(&live.stats.traffic)));
        family(&mut text, &format!("lvs_real_server_{name}"), kind, help, &mut samples.into_iter());
    }
    text
}

/// One metric with its help, its type and all its samples, which must stand together.
fn family(text: &mut String, name: &str, kind: &str, help: &str, samples: &mut dyn Iterator<Item = (Labels<'_>, u64)>) {
    // Writing to a string cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

/// What a sample is about.
struct Labels<'a>(&'a ServiceKey, Option<&'a RealServer>);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        match self.0 {
            ServiceKey::Address { protocol, vip, port } => {
                label(f, "proto", protocol)?;
                f.write_str(",")?;
                address(f, "local", SocketAddr::new(*vip, *port))?;
                f.write_str(",local_mark=\"\"")?;
            }
            ServiceKey::Fwmark { mark, ipv6 } => {
                label(f, "proto", &if *ipv6 { "fwm6" } else { "fwm" })?;
                f.write_str(",local_address=\"\",local_port=\"\",")?;
                label(f, "local_mark", &mark.0)?;
            }
        }
        if let Some(server) = self.1 {
            f.write_str(",")?;
            address(f, "remote", SocketAddr::new(server.address, server.port))?;
        }
        f.write_str("}")
    }
}

fn address(f: &mut fmt::Formatter<'_>, side: &str, address: SocketAddr) -> fmt::Result {
    label(f, &format!("{side}_address"), &address.ip())?;
    f.write_str(",")?;
    label(f, &format!("{side}_port"), &address.port())
}

/// `name="value"`, with what would end the value escaped.
fn label(f: &mut fmt::Formatter<'_>, name: &str, value: &dyn Display) -> fmt::Result {
    let value = value.to_string().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    write!(f, "{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        state::Fwmark,
        wire::{LiveService, RealServerStats},
    };

    #[test]
    fn each_metric_has_its_help_its_type_and_a_sample_for_each_thing() {
        let words = |port| crate::ipvs::model::service(port).words().unwrap();
        let mut service = words(80);
        service.key = ServiceKey::Fwmark { mark: Fwmark(7), ipv6: true };
        let real = LiveRealServer {
            server: crate::ipvs::model::server(1).words().unwrap(),
            stats: RealServerStats {
                active: 3,
                traffic: Traffic { bytes_in: 1 << 40, ..Traffic::default() },
                ..RealServerStats::default()
            },
        };
        let live =
            |service, real_servers| LiveService { service, owned: false, traffic: Traffic::default(), real_servers };
        let table =
            LiveTable { services: vec![live(words(80), vec![real]), live(service, vec![])], ..LiveTable::default() };
        let text = metrics(&table);
        for line in [
            "# HELP lvs_service_connections_total Connections scheduled.",
            "# TYPE lvs_service_connections_total counter",
            "lvs_service_connections_total{proto=\"tcp\",local_address=\"203.0.113.168\",local_port=\"80\",\
             local_mark=\"\"} 0",
            "lvs_service_connections_total{proto=\"fwm6\",local_address=\"\",local_port=\"\",local_mark=\"7\"} 0",
            "lvs_real_server_active_connections{proto=\"tcp\",local_address=\"203.0.113.168\",local_port=\"80\",\
             local_mark=\"\",remote_address=\"192.168.0.1\",remote_port=\"80\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.contains("remote_port=\"80\"} 1099511627776\n"));
        assert_eq!(text.matches("# TYPE ").count(), text.matches("# HELP ").count());
    }

    #[test]
    fn what_would_end_a_label_is_escaped() {
        struct Odd;
        impl Display for Odd {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                label(f, "x", &"a\"b\\c\nd")
            }
        }
        assert_eq!(Odd.to_string(), r#"x="a\"b\\c\nd""#);
    }
}
