//! The options of ipvsadm(8), read as popt(3) does: `-s rr`, `-srr`, `-At VIP`, `--scheduler=rr`, `--scheduler rr`.

use std::{borrow::Cow, fmt};

use super::mistake::{Wrong, wrong};

macro_rules! flags {
    ($($flag:ident $short:literal $long:literal $takes:ident,)*) => {
        /// An option of ipvsadm(8), named for what it says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Flag {
            $($flag,)*
        }

        /// Option, short form (a blank is none), long form, and whether it takes a value.
        const FLAGS: &[(Flag, char, &str, Takes)] = &[$((Flag::$flag, $short, $long, Takes::$takes),)*];
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// The next word, unless that is an option.
    Maybe,
}

flags! {
    AddService 'A' "add-service" Nothing,
    EditService 'E' "edit-service" Nothing,
    DeleteService 'D' "delete-service" Nothing,
    Clear 'C' "clear" Nothing,
    AddServer 'a' "add-server" Nothing,
    EditServer 'e' "edit-server" Nothing,
    DeleteServer 'd' "delete-server" Nothing,
    SetTimeouts ' ' "set" Nothing,
    StartDaemon ' ' "start-daemon" Value,
    StopDaemon ' ' "stop-daemon" Value,
    List 'L' "list" Nothing,
    ListToo 'l' "list" Nothing,
    Zero 'Z' "zero" Nothing,
    Save 'S' "save" Nothing,
    Restore 'R' "restore" Nothing,
    Tcp 't' "tcp-service" Value,
    Udp 'u' "udp-service" Value,
    Sctp ' ' "sctp-service" Value,
    Mark 'f' "fwmark-service" Value,
    Ipv6 '6' "ipv6" Nothing,
    Scheduler 's' "scheduler" Value,
    SchedulerFlags 'b' "sched-flags" Value,
    Persistent 'p' "persistent" Maybe,
    Netmask 'M' "netmask" Value,
    Engine ' ' "pe" Value,
    OnePacket 'o' "ops" Nothing,
    Server 'r' "real-server" Value,
    Direct 'g' "gatewaying" Nothing,
    Tunnel 'i' "ipip" Nothing,
    Nat 'm' "masquerading" Nothing,
    Weight 'w' "weight" Value,
    Upper 'x' "u-threshold" Value,
    Lower 'y' "l-threshold" Value,
    TunnelType ' ' "tun-type" Value,
    TunnelPort ' ' "tun-port" Value,
    NoChecksum ' ' "tun-nocsum" Nothing,
    Checksum ' ' "tun-csum" Nothing,
    RemoteChecksum ' ' "tun-remcsum" Nothing,
    Numeric 'n' "numeric" Nothing,
    Interface ' ' "mcast-interface" Value,
    SyncId ' ' "syncid" Value,
    Group ' ' "mcast-group" Value,
    GroupPort ' ' "mcast-port" Value,
    GroupTtl ' ' "mcast-ttl" Value,
    MaxLength ' ' "sync-maxlen" Value,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match FLAGS.iter().find(|(flag, ..)| flag == self) {
            Some((_, ' ', long, _)) => write!(f, "--{long}"),
            Some((_, short, ..)) => write!(f, "-{short}"),
            None => Ok(()),
        }
    }
}

/// What a line gives.
#[derive(Debug)]
pub(super) struct Given<'a> {
    flags: Vec<(Flag, Option<&'a str>)>,
    /// Words that belong to no option.
    pub(super) rest: Vec<&'a str>,
}

impl<'a> Given<'a> {
    /// Reads the words of a line.
    pub(super) fn read(words: &'a [Cow<'_, str>]) -> Result<Self, Wrong> {
        let mut given = Self { flags: Vec::with_capacity(8), rest: Vec::new() };
        let mut words = words.iter().map(|word| &**word).peekable();
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                let (flag, takes) = long_flag(name)?;
                let value = match (takes, value) {
                    (Takes::Nothing, Some(_)) => return Err(wrong(format!("--{name} takes no value"))),
                    (Takes::Value, None) => Some(words.next().ok_or_else(|| needs_value(word))?),
                    (Takes::Maybe, None) => words.next_if(|next| !next.starts_with('-')),
                    (_, value) => value,
                };
                given.add(flag, value)?;
            } else if let Some(mut letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                while let Some(letter) = letters.chars().next() {
                    letters = letters.get(letter.len_utf8()..).unwrap_or_default();
                    let (flag, takes) = short_flag(letter)?;
                    let attached = Some(letters.strip_prefix('=').unwrap_or(letters)).filter(|value| !value.is_empty());
                    let value = match takes {
                        Takes::Nothing => {
                            given.add(flag, None)?;
                            continue;
                        }
                        _ if attached.is_some() => attached,
                        Takes::Value => Some(words.next().ok_or_else(|| needs_value(word))?),
                        Takes::Maybe => words.next_if(|next| !next.starts_with('-')),
                    };
                    given.add(flag, value)?;
                    break;
                }
            } else {
                given.rest.push(word);
            }
        }
        Ok(given)
    }

    fn add(&mut self, flag: Flag, value: Option<&'a str>) -> Result<(), Wrong> {
        if self.has(flag) {
            return Err(wrong(format!("{flag} is given twice")));
        }
        self.flags.push((flag, value));
        Ok(())
    }

    pub(super) fn has(&self, flag: Flag) -> bool {
        self.flags.iter().any(|(given, _)| *given == flag)
    }

    pub(super) fn value(&self, flag: Flag) -> Option<&'a str> {
        self.flags.iter().find(|(given, _)| *given == flag).and_then(|(_, value)| *value)
    }

    /// The first of `flags` that is given; more than one is a mistake.
    pub(super) fn one_of(&self, flags: &[Flag]) -> Result<Option<Flag>, Wrong> {
        let mut given = self.flags.iter().map(|(flag, _)| *flag).filter(|flag| flags.contains(flag));
        match (given.next(), given.next()) {
            (Some(one), Some(other)) => Err(wrong(format!("{one} and {other} exclude each other"))),
            (one, _) => Ok(one),
        }
    }

    /// Nothing but `flags` and, harmless everywhere, `-n` may be given.
    pub(super) fn only(&self, command: Flag, flags: &[Flag]) -> Result<(), Wrong> {
        let fits = |flag: Flag| flag == command || flag == Flag::Numeric || flags.contains(&flag);
        if let Some((flag, _)) = self.flags.iter().find(|(flag, _)| !fits(*flag)) {
            return Err(wrong(format!("{flag} does not go with {command}")));
        }
        match self.rest.first() {
            Some(word) if command != Flag::SetTimeouts => Err(wrong(format!("unexpected word `{word}`"))),
            _ => Ok(()),
        }
    }

    /// The value of `flag` as a number of this range.
    pub(super) fn number(&self, flag: Flag, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, Wrong> {
        self.value(flag).map(|text| number(&flag, text, range)).transpose()
    }
}

pub(super) fn number(name: &dyn fmt::Display, text: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Wrong> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number
        .ok_or_else(|| wrong(format!("{name} takes a number from {} to {}, not `{text}`", range.start(), range.end())))
}

fn needs_value(word: &str) -> Wrong {
    wrong(format!("{word} needs a value"))
}

fn short_flag(letter: char) -> Result<(Flag, Takes), Wrong> {
    let known = FLAGS.iter().find(|(_, short, ..)| *short == letter && letter != ' ');
    known.map(|(flag, _, _, takes)| (*flag, *takes)).ok_or_else(|| unknown(&format!("-{letter}")))
}

fn long_flag(name: &str) -> Result<(Flag, Takes), Wrong> {
    let known = FLAGS.iter().find(|(_, _, long, _)| *long == name);
    known.map(|(flag, _, _, takes)| (*flag, *takes)).ok_or_else(|| unknown(&format!("--{name}")))
}

fn unknown(name: &str) -> Wrong {
    wrong(format!("unknown option {name}")).hint("see ipvsadm(8)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Cow<'_, str>> {
        line.split(' ').map(Cow::Borrowed).collect()
    }

    #[test]
    fn every_way_to_write_an_option_is_one_way() {
        for line in [
            "-A -t 1.2.3.4:80 -s rr -p 5",
            "-At 1.2.3.4:80 -srr -p5",
            "-A -t=1.2.3.4:80 -s=rr -p=5",
            "--add-service --tcp-service 1.2.3.4:80 --scheduler=rr --persistent=5",
        ] {
            let words = words(line);
            let given = Given::read(&words).unwrap();
            assert!(given.has(Flag::AddService), "{line}");
            let values = [Flag::Tcp, Flag::Scheduler, Flag::Persistent].map(|flag| given.value(flag));
            assert_eq!(values, [Some("1.2.3.4:80"), Some("rr"), Some("5")], "{line}");
        }
        let wrong = Given::read(&words("-p -o --persistent-conn")).map(|_| ()).unwrap_err();
        assert_eq!(wrong, unknown("--persistent-conn"));
    }

    #[test]
    fn a_value_that_may_be_left_out_is_not_taken_from_an_option() {
        let words = words("-p -A");
        let given = Given::read(&words).unwrap();
        assert_eq!((given.has(Flag::Persistent), given.value(Flag::Persistent)), (true, None));
    }

    #[test]
    fn what_popt_refuses_is_refused() {
        for line in ["-A -A", "-s", "--scheduler", "-A -ü", "--ops=1"] {
            assert!(Given::read(&words(line)).is_err(), "{line}");
        }
    }
}
