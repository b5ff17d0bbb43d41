//! The commands of `lvs-agent ipvs`, as a table: its usage text is made from it.

use std::{collections::BTreeSet, fmt::Write as _, io::Write, path::Path};

use super::{
    End, Error,
    arguments::{Arguments, Known},
    file::{self, Format},
    listing,
    restore::{self, Restore},
    service_name,
};
use crate::{
    ipvs::{self, Connections},
    node::{Folder, Ownership},
    state::ServiceKey,
    wire::{ConnectionFilter, LiveTable, NODE_FOLDER},
};

type Run = fn(&Arguments<'_>, &mut dyn Write, &mut dyn Write) -> Result<End, Error>;

/// One command.
pub(super) struct Command {
    pub(super) name: &'static str,
    /// How it is written, behind its name.
    synopsis: &'static str,
    about: &'static str,
    pub(super) options: &'static [Known],
    /// How many operands it takes at most.
    pub(super) operands: usize,
    pub(super) run: Run,
}

const fn flag(name: &'static str) -> Known {
    Known { name, value: None }
}

const fn valued(name: &'static str, value: &'static str) -> Known {
    Known { name, value: Some(value) }
}

const FORMAT: Known = valued("--format", "json or ipvsadm");

/// All of them.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "show",
        synopsis: "[--json]",
        about: "the table with its counters",
        options: &[flag("--json")],
        operands: 0,
        run: show,
    },
    Command {
        name: "save",
        synopsis: "[--format json|ipvsadm] [--partial] [FILE]",
        about: "write the table; as json all of it, as ipvsadm what `ipvsadm -Sn` writes",
        options: &[FORMAT, flag("--partial")],
        operands: 1,
        run: save,
    },
    Command {
        name: "restore",
        synopsis: "[--format json|ipvsadm] [--purge] [--verify] [--quiet] [FILE|-]",
        about: "make the table what was saved, by difference and at once",
        options: &[FORMAT, flag("--purge"), flag("--verify"), flag("--quiet")],
        operands: 1,
        run: restore,
    },
    Command {
        name: "apply",
        synopsis: "[--purge] [--drain SECONDS] [--quiet] FILE",
        about: "the same, but real servers that leave may finish their connections; read back",
        options: &[FORMAT, flag("--purge"), valued("--drain", "SECONDS"), flag("--quiet")],
        operands: 1,
        run: apply,
    },
    Command {
        name: "diff",
        synopsis: "[--purge] FILE",
        about: "what apply would change; exit status 2 if anything",
        options: &[FORMAT, flag("--purge")],
        operands: 1,
        run: diff,
    },
    Command {
        name: "zero",
        synopsis: "[SERVICE]",
        about: "set the counters of a service, or all, back to 0",
        options: &[],
        operands: 1,
        run: zero,
    },
    Command {
        name: "conns",
        synopsis: "[--service SERVICE] [--client NETWORK] [--server ADDRESS[:PORT]] [--json]",
        about: "the connection table",
        options: &[
            valued("--service", "SERVICE"),
            valued("--client", "NETWORK"),
            valued("--server", "ADDRESS[:PORT]"),
            flag("--json"),
        ],
        operands: 0,
        run: connections,
    },
    Command {
        name: "metrics",
        synopsis: "",
        about: "the counters as Prometheus reads them",
        options: &[],
        operands: 0,
        run: metrics,
    },
];

/// How `lvs-agent ipvs` is used.
pub(super) fn usage() -> String {
    let mut text = "Usage:\n".to_owned();
    for Command { name, synopsis, about, .. } in COMMANDS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  lvs-agent ipvs {name} {synopsis}\n        {about}");
    }
    text.push_str(
        "\nA SERVICE is tcp:203.0.113.168:80, udp:[2001:db8::a8]:53, sctp:…, fwmark:7 or fwmark6:7.\n\
         Services that a FILE does not name are left alone, but with --purge. Nothing is ever flushed.\n\
         Exit status: 0 done, 1 failed, 2 diff found a difference, 64 wrong usage.\n",
    );
    text
}

/// The live table, with which services are lvsctl's where that can be told.
fn live_table() -> Result<LiveTable, Error> {
    let folder = Path::new(NODE_FOLDER);
    let owned: BTreeSet<ServiceKey> = match folder.try_exists() {
        Ok(true) => Ownership::load(&Folder::open(folder)?)?.services().clone(),
        _ => BTreeSet::new(),
    };
    Ok(ipvs::live_table(&owned)?)
}

fn show(arguments: &Arguments<'_>, output: &mut dyn Write, _: &mut dyn Write) -> Result<End, Error> {
    let table = live_table()?;
    if arguments.has("--json") {
        output.write_all(&serde_json::to_vec(&table).expect("a table has text keys only"))?;
        output.write_all(b"\n")?;
    } else {
        listing::table(&table, output)?;
    }
    Ok(End::Done)
}

fn save(arguments: &Arguments<'_>, output: &mut dyn Write, talk: &mut dyn Write) -> Result<End, Error> {
    let format = Format::of(arguments)?.unwrap_or(Format::Json);
    let table = ipvs::live_table(&BTreeSet::new())?;
    file::check_is_whole(&table, arguments.has("--partial"), talk)?;
    let text = file::text(table, format);
    match arguments.operand() {
        None | Some("-") => output.write_all(&text)?,
        Some(path) => file::replace(Path::new(path), &text)?,
    }
    Ok(End::Done)
}

fn restore(arguments: &Arguments<'_>, output: &mut dyn Write, talk: &mut dyn Write) -> Result<End, Error> {
    let table = file::read(arguments.operand().unwrap_or("-"), Format::of(arguments)?)?;
    let restore = Restore {
        purge: arguments.has("--purge"),
        drain: Some(0),
        verify: arguments.has("--verify"),
        quiet: arguments.has("--quiet"),
    };
    restore.carry_out(table, output, talk)
}

fn apply(arguments: &Arguments<'_>, output: &mut dyn Write, talk: &mut dyn Write) -> Result<End, Error> {
    let drain = match arguments.value("--drain").map(|text| (text, text.parse().ok())) {
        None => None,
        Some((_, Some(seconds))) => Some(seconds),
        Some((text, None)) => return Err(Error::Usage(format!("--drain takes seconds, not `{text}`"))),
    };
    let table = file::read(named(arguments)?, Format::of(arguments)?)?;
    Restore { purge: arguments.has("--purge"), drain, verify: true, quiet: arguments.has("--quiet") }
        .carry_out(table, output, talk)
}

fn diff(arguments: &Arguments<'_>, output: &mut dyn Write, _: &mut dyn Write) -> Result<End, Error> {
    let table = file::read(named(arguments)?, Format::of(arguments)?)?;
    restore::diff(table, arguments.has("--purge"), output)
}

fn named<'a>(arguments: &Arguments<'a>) -> Result<&'a str, Error> {
    arguments.operand().ok_or_else(|| Error::Usage("a FILE must be named, or `-`".to_owned()))
}

fn zero(arguments: &Arguments<'_>, _: &mut dyn Write, _: &mut dyn Write) -> Result<End, Error> {
    ipvs::zero(arguments.operand().map(service_name::read).transpose()?)?;
    Ok(End::Done)
}

fn connections(arguments: &Arguments<'_>, output: &mut dyn Write, talk: &mut dyn Write) -> Result<End, Error> {
    let filter = ConnectionFilter {
        service: arguments.value("--service").map(service_name::read).transpose()?,
        client: arguments.value("--client").map(service_name::network).transpose()?,
        server: arguments.value("--server").map(service_name::server).transpose()?,
    };
    let mut connections = Connections::open()?;
    let mut lines = listing::ConnectionLines::new(output, arguments.has("--json"))?;
    for connection in connections.by_ref() {
        let connection = connection?;
        if filter.picks(&connection) {
            lines.write(&connection)?;
        }
    }
    lines.end()?;
    if connections.strange() > 0 {
        writeln!(talk, "lvs-agent: {} lines of the kernel's were not understood", connections.strange())?;
    }
    Ok(End::Done)
}

fn metrics(_: &Arguments<'_>, output: &mut dyn Write, _: &mut dyn Write) -> Result<End, Error> {
    output.write_all(ipvs::metrics(&ipvs::live_table(&BTreeSet::new())?).as_bytes())?;
    Ok(End::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_hand::ipvs;

    fn talk(words: &[&str]) -> String {
        let (mut output, mut talk) = (Vec::new(), Vec::new());
        let _ = ipvs(words, &mut output, &mut talk);
        assert_eq!(String::from_utf8(output).unwrap(), "");
        String::from_utf8(talk).unwrap()
    }

    #[test]
    fn every_option_of_every_command_stands_in_its_synopsis_or_is_found_out() {
        for Command { name, synopsis, options, .. } in COMMANDS {
            for option in *options {
                // The format of a file is seen by itself.
                assert!(synopsis.contains(option.name) || option.name == "--format", "{name} {}", option.name);
            }
        }
    }

    #[test]
    fn wrong_usage_is_told_with_the_usage() {
        assert!(talk(&[]).starts_with("lvs-agent: what about the IPVS table?\n\nUsage:\n"));
        assert!(talk(&["flush"]).starts_with("lvs-agent: `ipvs flush` is unknown\n"));
        assert!(talk(&["save", "--format", "xml"]).starts_with("lvs-agent: --format is json or ipvsadm, not `xml`\n"));
        assert!(talk(&["diff"]).starts_with("lvs-agent: a FILE must be named"));
        assert!(talk(&["apply", "--drain", "soon", "x"]).starts_with("lvs-agent: --drain takes seconds"));
        assert!(talk(&["diff", "/nowhere"]).starts_with("lvs-agent: failed to read /nowhere: No such file"));
    }
}
