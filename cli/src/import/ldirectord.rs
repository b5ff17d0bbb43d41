//! ldirectord.cf, from ldirectord(8): its virtual services. How it watches real servers has no counterpart here.

use std::net::IpAddr;

use lvs_agent::state::{
    Forwarding, Fwmark, Protocol, RealServer, Scheduler, ServiceKey, TunnelKind, VirtualService, Weight,
};

use super::{Found, Imported, value};

/// Names of ports that such files use (services(5)).
const PORTS: [(&str, u16); 14] = [
    ("domain", 53),
    ("ftp", 21),
    ("http", 80),
    ("https", 443),
    ("imap", 143),
    ("imaps", 993),
    ("ldap", 389),
    ("ldaps", 636),
    ("mysql", 3306),
    ("pop3", 110),
    ("pop3s", 995),
    ("postgresql", 5432),
    ("sip", 5060),
    ("smtp", 25),
];

/// What a virtual service's lines say, with their lines.
struct Draft<'a> {
    line: usize,
    /// Whether it is a `virtual6`.
    ipv6: bool,
    at: &'a str,
    options: Vec<(usize, &'a str, &'a str)>,
}

/// Reads the text.
pub(super) fn read(text: &str) -> Imported {
    let mut imported = Imported::default();
    let mut draft: Option<Draft> = None;
    for (line, whole) in (1..).zip(text.lines()) {
        let content = without_comment(whole);
        if content.trim().is_empty() {
            continue;
        }
        let Some((name, value)) = content.trim().split_once('=').map(|(name, value)| (name.trim(), value.trim()))
        else {
            imported.lost(line, format!("`{}` is not understood", content.trim()));
            continue;
        };
        let is_indented = content.starts_with([' ', '\t']);
        match (&mut draft, name) {
            (_, "virtual" | "virtual6") => {
                finish(
                    draft.replace(Draft { line, ipv6: name == "virtual6", at: value, options: Vec::new() }),
                    &mut imported,
                );
            }
            (Some(draft), _) if is_indented => draft.options.push((line, name, value)),
            _ => {
                finish(draft.take(), &mut imported);
                imported.lost(line, format!("`{name}`: lvsctl does not watch real servers"));
            }
        }
    }
    finish(draft, &mut imported);
    imported
}

/// `#` begins a comment, but for one that a backslash stands before.
fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| !line[..*at].ends_with('\\');
    line.match_indices('#').find(is_comment).map_or(line, |(at, _)| &line[..at])
}

fn finish(draft: Option<Draft>, imported: &mut Imported) {
    let Some(draft) = draft else { return };
    let last = |name: &str| draft.options.iter().rev().find(|(_, other, _)| *other == name).map(|(_, _, value)| *value);
    let Some(key) = key(draft.at, draft.ipv6, last("protocol")) else {
        imported
            .lost(draft.line, format!("`virtual={}` is not understood; neither it nor what belongs to it", draft.at));
        return;
    };
    let mut service = value::service(key, Scheduler::WeightedRoundRobin);
    for &(line, name, text) in &draft.options {
        if !option(&mut service, name, text, line, imported) {
            imported.lost(line, format!("`{name}={text}` is not understood"));
        }
    }
    let seconds = last("persistent").and_then(|text| text.parse().ok());
    let prefix = last("netmask").and_then(|text| value::prefix(text, key.is_ipv6()));
    service.persistence = seconds.and_then(|seconds| value::persistence(seconds, prefix, key.is_ipv6()));
    imported.services.push(Found { service, line: Some(draft.line) });
}

fn key(at: &str, ipv6: bool, protocol: Option<&str>) -> Option<ServiceKey> {
    if let Ok(mark) = at.parse::<u32>() {
        return (mark > 0).then_some(ServiceKey::Fwmark { mark: Fwmark(mark), ipv6 });
    }
    let (vip, port) = endpoint(at)?;
    let port = port?;
    let usual = if port == 53 { Protocol::Udp } else { Protocol::Tcp };
    let protocol = protocol.map_or(Some(usual), value::protocol)?;
    Some(ServiceKey::Address { protocol, vip, port })
}

/// Whether the option was understood; what it means beyond the table is noted.
fn option(service: &mut VirtualService, name: &str, text: &str, line: usize, imported: &mut Imported) -> bool {
    match name {
        "real" | "real6" => match servers(text, service.key) {
            Some((servers, rest)) => {
                service.real_servers.extend(servers);
                if !rest.is_empty() {
                    imported.lost(line, format!("`{rest}` of a real server: lvsctl does not watch them"));
                }
                true
            }
            None => false,
        },
        "scheduler" => Scheduler::named(text).map(|scheduler| service.scheduler = scheduler).is_ok(),
        "schedflags" => text.split(',').all(|flag| value::scheduler_flag(&mut service.flags, flag)),
        "protocol" => matches!(text, "fwm") || value::protocol(text).is_some(),
        "persistent" => {
            text.parse().ok().and_then(|seconds| value::persistence(seconds, None, service.key.is_ipv6())).is_some()
        }
        "netmask" => value::prefix(text, service.key.is_ipv6()).is_some(),
        // ldirectord heeds it for UDP only.
        "ops" if matches!(text, "yes" | "no") => {
            let is_udp = matches!(service.key, ServiceKey::Address { protocol: Protocol::Udp, .. });
            service.flags.one_packet = text == "yes" && is_udp;
            true
        }
        "servicename" | "comment" => true,
        _ => {
            imported.lost(line, format!("`{name}={text}`: lvsctl does not watch real servers"));
            true
        }
    }
}

/// `FIRST[->LAST][:PORT] METHOD [WEIGHT] … [l:LOWER] [u:UPPER]`, and what is left of it.
fn servers(text: &str, key: ServiceKey) -> Option<(Vec<RealServer>, String)> {
    let mut words = text.split_whitespace();
    let at = words.next()?;
    let forwarding = match words.next()? {
        "masq" => Forwarding::Nat,
        "gate" => Forwarding::DirectRouting,
        "ipip" => Forwarding::Tunnel(TunnelKind::Ipip),
        _ => return None,
    };
    let mut rest: Vec<&str> = words.collect();
    let mut weight = Weight::default();
    if let Some(number) = rest.first().filter(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-')) {
        weight = Weight(number.parse().ok()?);
        rest.remove(0);
    }
    // The thresholds stand last, in this order.
    let (mut lower_threshold, mut upper_threshold) = (0, 0);
    for (name, threshold) in [("u:", &mut upper_threshold), ("l:", &mut lower_threshold)] {
        if let Some(text) = rest.last().and_then(|word| word.strip_prefix(name)) {
            *threshold = text.parse().ok()?;
            rest.pop();
        }
    }
    let (addresses, port) = match at.split_once("->") {
        None => endpoint(at).map(|(address, port)| (vec![address], port))?,
        Some((first, last)) => {
            let (first, (last, port)) = (address(first)?, endpoint(last)?);
            (value::range(first, last)?, port)
        }
    };
    let own = if let ServiceKey::Address { port, .. } = key { port } else { 0 };
    // Only `masq` can change the port: with others ldirectord takes the service's, whatever stands there.
    let is_kept = forwarding == Forwarding::Nat || matches!(key, ServiceKey::Fwmark { .. });
    let port = port.filter(|_| is_kept).unwrap_or(own);
    let server =
        |address| RealServer { weight, upper_threshold, lower_threshold, ..value::server(address, port, forwarding) };
    Some((addresses.into_iter().map(server).collect(), rest.join(" ")))
}

/// An address, with its port where there is one. IPv6 stands in brackets.
fn endpoint(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Some(address) = address(text) {
        return Some((address, None));
    }
    let (host, name) = text.rsplit_once(':')?;
    let port = name.parse().ok().or_else(|| PORTS.iter().find(|(known, _)| *known == name).map(|(_, port)| *port))?;
    Some((address(host)?, Some(port)))
}

fn address(text: &str) -> Option<IpAddr> {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "
# Global directives
checktimeout=3
quiescent=yes

virtual=203.0.113.168:http
    real=192.168.0.1->192.168.0.3:8080 masq 5 \"/index.html\", \"ok\"
    real=192.168.0.9:8080 masq 1 l:80 u:100
    fallback=127.0.0.1:80
    scheduler=wlc
    persistent=600
    netmask=255.255.255.0
    protocol=tcp
virtual=7
    real=192.168.0.1 gate 0
    protocol=fwm
virtual6=[2001:db8::a8]:53
    protocol=udp
    ops=yes
    real6=[2001:db8::1]:53 ipip
virtual6=7
    scheduler=sh
    schedflags=sh-port,sh-fallback
    ops=yes
virtual=203.0.113.169:domain
    comment=a name server
    real=192.168.0.1:5353 gate
virtual=www.example.com:80
    real=192.168.0.1 gate
";

    #[test]
    fn virtual_services_are_taken_and_the_rest_is_told_by_line() {
        let imported = read(TEXT);
        let json: Vec<String> = imported
            .services
            .iter()
            .map(|Found { service, line }| format!("{line:?} {}", serde_json::to_string(service).unwrap()))
            .collect();
        let notes: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(format!("{}\n\n{}", json.join("\n"), notes.join("\n")));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(.|\n){0,400}") {
            read(&text);
        }

        #[test]
        fn no_text_of_its_own_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
            "virtual=", "\n ", "\n", "real=", "10.0.0.1", "->", "[::1]", ":", "80", "http", " masq", " gate", " 5", "7",
            "persistent=", "netmask=", "protocol=", "fwm", "#", "\\", "é",
        ]), 0..60)) {
            read(&words.concat());
        }
    }
}
