//! `lvs_ipvs_sysctls`: settings below `net.ipv4.vs`, by their short names.
//!
//! The list and the bounds are the kernel's (`vs_vars` in `ip_vs_ctl.c`, Documentation/networking/ipvs-sysctl.rst). Most
//! are plain numbers to the kernel, so that a yes or no with another number would go unnoticed.

use crate::{
    model::Mistakes,
    source::{Code, Diagnostic, did_you_mean},
    yaml::{Key, Node, Value},
};

/// What a setting takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// A whole number.
    Number(i64, i64),
    /// 1, 2, 4 and so on.
    PowerOfTwo(u32),
    /// Two whole numbers, the first below the second.
    Pair,
    /// A list of processors, such as `0-3`.
    Processors,
}

use Takes::{Number, Pair, PowerOfTwo, Processors};

const FLAG: Takes = Number(0, 1);
const COUNT: Takes = Number(0, i32::MAX as i64);

pub(super) const KNOWN: [(&str, Takes); 30] = [
    ("am_droprate", COUNT),
    ("amemthresh", COUNT),
    ("backup_only", FLAG),
    ("cache_bypass", FLAG),
    ("conn_reuse_mode", Number(0, 3)),
    ("conntrack", FLAG),
    ("debug_level", Number(0, 12)),
    ("drop_entry", Number(0, 3)),
    ("drop_packet", Number(0, 3)),
    ("est_cpulist", Processors),
    ("est_nice", Number(-20, 19)),
    ("expire_nodest_conn", FLAG),
    ("expire_quiescent_template", FLAG),
    ("ignore_tunneled", FLAG),
    ("nat_icmp_send", FLAG),
    ("pmtu_disc", FLAG),
    ("run_estimation", FLAG),
    ("schedule_icmp", FLAG),
    ("secure_tcp", Number(0, 3)),
    ("sloppy_sctp", FLAG),
    ("sloppy_tcp", FLAG),
    ("snat_reroute", FLAG),
    ("sync_persist_mode", FLAG),
    ("sync_ports", PowerOfTwo(64)),
    ("sync_qlen_max", COUNT),
    ("sync_refresh_period", COUNT),
    ("sync_retries", Number(0, 3)),
    ("sync_sock_size", COUNT),
    ("sync_threshold", Pair),
    ("sync_version", FLAG),
];

/// Reads the mapping to names and values as sysctl(8) prints them.
pub(super) fn read(node: &Node, mistakes: &mut Mistakes) -> Vec<(String, String)> {
    let Some(map) = mistakes.take(node.as_map().map_err(|mistake| mistake.hint("such as `{ conntrack: 1 }`"))) else {
        return Vec::new();
    };
    let one = |(key, node)| mistakes.take(setting(key, node)).map(|value| (key.name.clone(), value));
    map.iter().filter(|(_, node)| !node.is_null()).filter_map(one).collect()
}

fn setting(key: &Key, node: &Node) -> Result<String, Diagnostic> {
    let Some((name, takes)) = KNOWN.iter().find(|(name, _)| *name == key.name) else { return Err(unknown(key)) };
    let text = match node.value {
        Value::Bool(value) => u8::from(value).to_string(),
        _ => node.to_text()?.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let (fits, expected) = match takes {
        Number(least, most) => {
            let fits = text.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number));
            (fits, format!("a number from {least} to {most}"))
        }
        PowerOfTwo(most) => {
            let fits = text.parse().is_ok_and(|number: u32| number.is_power_of_two() && number <= *most);
            (fits, format!("a power of two up to {most}"))
        }
        Pair => {
            let numbers: Option<Vec<u32>> = text.split(' ').map(|number| number.parse().ok()).collect();
            (
                matches!(numbers.as_deref(), Some([first, second]) if first < second),
                "two numbers, the first below the second, such as `3 50`".to_owned(),
            )
        }
        Processors => {
            let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-'));
            (fits, "a list of processors, such as `0-3`".to_owned())
        }
    };
    if fits {
        return Ok(text);
    }
    Err(Diagnostic::new(Code::BadIpvsSetting, format!("`{name}` cannot be {text}"), &node.span, "")
        .hint(format!("it takes {expected}")))
}

fn unknown(key: &Key) -> Diagnostic {
    let names = || KNOWN.iter().map(|(name, _)| *name);
    let short = key.name.strip_prefix("net.ipv4.vs.").unwrap_or(&key.name);
    let hint = match did_you_mean(short, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::new(Code::BadIpvsSetting, format!("IPVS has no setting `{}`", key.name), &key.span, "").hint(hint)
}
