//! A table as a file: JSON, which has all of it, or ipvsadm's own text.

use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

use super::{Error, arguments::Arguments};
use crate::{
    ipvsadm, json,
    node::{Attributes, replace as replace_file},
    state::{DEFAULT_DRAIN_SECONDS, IpvsTable, VirtualService},
    wire::{Failure, LiveTable},
};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// All of it, as [`IpvsTable`].
    Json,
    /// As `ipvsadm -Sn`.
    Ipvsadm,
}

impl Format {
    /// The format that is asked for, if any is.
    pub(super) fn of(arguments: &Arguments<'_>) -> Result<Option<Self>, Error> {
        match arguments.value("--format") {
            None => Ok(None),
            Some("json") => Ok(Some(Self::Json)),
            Some("ipvsadm") => Ok(Some(Self::Ipvsadm)),
            Some(other) => Err(Error::Usage(format!("--format is json or ipvsadm, not `{other}`"))),
        }
    }
}

/// What has no words cannot be saved; it is told, and is an error unless a part is enough.
pub(super) fn check_is_whole(table: &LiveTable, part_is_enough: bool, talk: &mut dyn Write) -> Result<(), Error> {
    if table.unknown.is_empty() {
        return Ok(());
    }
    let unknown = table.unknown.join("\n");
    if !part_is_enough {
        return Err(Failure::new("save the whole table", format!("this version has no words for\n{unknown}"))
            .with_hint("--partial saves the rest")
            .into());
    }
    Ok(writeln!(talk, "lvs-agent: not saved:\n{unknown}")?)
}

/// The table as text.
pub(super) fn text(table: LiveTable, format: Format) -> Vec<u8> {
    let services = table.services.into_iter().map(|live| {
        let mut real_servers: Vec<_> = live.real_servers.into_iter().map(|live| live.server).collect();
        // The kernel lists the youngest first; the same table is to be the same file.
        real_servers.sort_unstable_by_key(|server| (server.address, server.port));
        VirtualService { real_servers, ..live.service }
    });
    let services: Vec<_> = services.collect();
    match format {
        Format::Ipvsadm => ipvsadm::write(&services).into_bytes(),
        Format::Json => {
            let timeouts = Some(table.timeouts).filter(|timeouts| !timeouts.is_empty());
            let whole =
                IpvsTable { timeouts, sync: Some(table.sync), ..IpvsTable::of(services, DEFAULT_DRAIN_SECONDS) };
            let mut text = serde_json::to_vec_pretty(&whole).expect("a table has text keys only");
            text.push(b'\n');
            text
        }
    }
}

/// Puts the text in place of a file at once; one that is there keeps its owner and mode.
pub(super) fn replace(path: &Path, text: &[u8]) -> Result<(), Error> {
    let attributes = fs::metadata(path).map_or_else(|_| Attributes::own(0o600), |metadata| Attributes::of(&metadata));
    // A bare name is in the current folder.
    let full = std::path::absolute(path);
    let written = full.and_then(|path| replace_file(&path, text, attributes));
    Ok(written.map_err(|error| Failure::new(format!("write {}", path.display()), error))?)
}

/// Reads a table from a file, or from standard input (`-`). Without a format it is JSON if it begins as JSON does.
pub(super) fn read(path: &str, format: Option<Format>) -> Result<IpvsTable, Error> {
    let text = match path {
        "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        path => fs::read_to_string(path),
    };
    let text = text.map_err(|error| Failure::new(format!("read {}", shown(path)), error))?;
    let guess = if text.trim_start().starts_with('{') { Format::Json } else { Format::Ipvsadm };
    Ok(parse(&text, format.unwrap_or(guess)).map_err(|(what, hint)| {
        let failure = Failure::new(format!("understand {}", shown(path)), what);
        Failure { hint, ..failure }
    })?)
}

fn shown(path: &str) -> &str {
    if path == "-" { "standard input" } else { path }
}

/// How many mistakes are told.
const TOLD: usize = 20;

fn parse(text: &str, format: Format) -> Result<IpvsTable, (String, Option<String>)> {
    match format {
        Format::Json => json::from_slice(text.as_bytes()).map_err(|error| (error.to_string(), None)),
        Format::Ipvsadm => {
            let script = ipvsadm::read(text).map_err(|mistakes| {
                let mut lines: Vec<_> = mistakes.iter().take(TOLD).map(ToString::to_string).collect();
                if mistakes.len() > TOLD {
                    lines.push(format!("and {} more", mistakes.len() - TOLD));
                }
                (lines.join("\n"), mistakes.into_iter().find_map(|mistake| mistake.hint))
            })?;
            let table = IpvsTable::of(script.services, DEFAULT_DRAIN_SECONDS);
            Ok(IpvsTable { timeouts: script.timeouts, sync: script.sync, ..table })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ipvs::model::{any_services, any_sync, any_timeouts},
        wire::{LiveRealServer, LiveService, RealServerStats, Traffic},
    };

    fn live(services: &[VirtualService]) -> Vec<LiveService> {
        let service = |service: &VirtualService| LiveService {
            service: VirtualService { real_servers: Vec::new(), ..service.clone() },
            owned: true,
            traffic: Traffic::default(),
            real_servers: service
                .real_servers
                .iter()
                .map(|server| LiveRealServer { server: server.clone(), stats: RealServerStats::default() })
                .collect(),
        };
        services.iter().map(service).collect()
    }

    #[test]
    fn a_table_with_things_that_have_no_words_is_saved_only_in_part_and_only_if_asked_for() {
        let table = LiveTable { unknown: vec!["tcp 10.0.0.1:80: method 7".to_owned()], ..LiveTable::default() };
        let mut talk = Vec::new();
        assert!(matches!(check_is_whole(&table, false, &mut talk), Err(Error::Failed(_))));
        check_is_whole(&table, true, &mut talk).unwrap();
        assert!(String::from_utf8(talk).unwrap().contains("method 7"));
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let (what, hint) = parse("-A -t x\n-A -t 10.0.0.1:80\n-a", Format::Ipvsadm).unwrap_err();
        assert_eq!(what, "line 1: `x` is no address\nline 3: no service is named");
        assert!(hint.unwrap().contains("-Sn"));
        assert!(parse("{\"services\": 1}", Format::Json).unwrap_err().0.contains("line 1 column"));
    }

    proptest! {
        #[test]
        fn json_loses_nothing(services in any_services(), timeouts in any_timeouts(), sync in any_sync()) {
            let sync = sync.unwrap_or_default();
            let table = LiveTable { services: live(&services), unknown: Vec::new(), timeouts, sync: sync.clone() };
            let read = parse(str::from_utf8(&text(table, Format::Json)).unwrap(), Format::Json).unwrap();
            prop_assert_eq!(read.services, services);
            prop_assert_eq!((read.timeouts.unwrap_or_default(), read.sync), (timeouts, Some(sync)));
        }
    }
}
