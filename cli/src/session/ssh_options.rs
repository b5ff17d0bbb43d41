//! `ansible_ssh_common_args` and its like: arguments of `ssh`, as lines of an `ssh_config(5)`.
//!
//! As lines of a file they cannot become anything but options, whatever an inventory says, and they are in no process
//! list. What has no counterpart in a configuration is a mistake.

use crate::{
    session::HostKeys,
    source::{Code, Diagnostic},
    yaml::Node,
};

/// What the arguments ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SshOptions {
    /// Lines of a configuration, the earlier ones win.
    pub(super) lines: Vec<String>,
    /// A configuration in place of the user's (`-F`).
    pub(super) config_file: Option<String>,
    /// `StrictHostKeyChecking`, which lvsctl decides.
    pub(super) host_keys: Option<HostKeys>,
}

/// Options with a value, and their keywords.
const WITH_VALUE: [(char, &str); 9] = [
    ('B', "BindInterface"),
    ('J', "ProxyJump"),
    ('b', "BindAddress"),
    ('c', "Ciphers"),
    ('i', "IdentityFile"),
    ('l', "User"),
    ('m', "MACs"),
    ('p', "Port"),
    ('S', "ControlPath"),
];

/// Options without a value, and their lines. A terminal and talk are lvsctl's own.
const ALONE: [(char, &str); 11] = [
    ('4', "AddressFamily inet"),
    ('6', "AddressFamily inet6"),
    ('A', "ForwardAgent yes"),
    ('C', "Compression yes"),
    ('K', "GSSAPIAuthentication yes"),
    ('T', ""),
    ('a', "ForwardAgent no"),
    ('k', "GSSAPIDelegateCredentials no"),
    ('q', ""),
    ('v', ""),
    ('x', "ForwardX11 no"),
];

/// What lvsctl sets itself, for the one connection that it keeps.
const OURS: [&str; 5] = ["controlmaster", "controlpath", "controlpersist", "batchmode", "stricthostkeychecking"];

impl SshOptions {
    /// Adds the arguments of a variable.
    pub(super) fn add(&mut self, name: &str, node: &Node) -> Result<(), Diagnostic> {
        let text = node.as_str()?;
        let wrong = |what: String| {
            Diagnostic::new(Code::UnsupportedVariable, format!("`{name}`: {what}"), &node.span, "")
                .hint("`-o Option=value`, -J, -i, -F, -l, -p, -b, -c, -m, -A, -C, -4 and -6 are understood; for the rest, use ~/.ssh/config")
        };
        if text.contains(|c: char| c.is_control() && c != '\t') {
            return Err(wrong("there is a control character in it".to_owned()));
        }
        let words = crate::inventory::words(text).map_err(|why| wrong(why.to_owned()))?;
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                return Err(wrong(format!("`{word}` is no option")));
            };
            let mut rest = letters.chars();
            while let Some(letter) = rest.next() {
                if let Some((_, line)) = ALONE.iter().find(|(known, _)| *known == letter) {
                    self.line(line);
                    continue;
                }
                let attached = rest.as_str();
                let value = if attached.is_empty() { words.next() } else { Some(attached.to_owned()) };
                let value = value.ok_or_else(|| wrong(format!("`-{letter}` has no value")))?;
                match (letter, WITH_VALUE.iter().find(|(known, _)| *known == letter)) {
                    ('o', _) => self.option(&value).map_err(wrong)?,
                    ('F', _) => self.config_file = Some(value),
                    (_, Some((_, keyword))) => self.option(&format!("{keyword}={value}")).map_err(wrong)?,
                    _ => return Err(wrong(format!("`-{letter}` cannot be followed"))),
                }
                break;
            }
        }
        Ok(())
    }

    /// `Keyword=value` or `Keyword value`.
    fn option(&mut self, text: &str) -> Result<(), String> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (keyword, value) = (text[..end].to_ascii_lowercase(), text[end..].trim_start_matches([' ', '\t', '=']));
        if keyword.is_empty() || value.is_empty() {
            return Err(format!("`{text}` is no option"));
        }
        if matches!(keyword.as_str(), "host" | "match" | "include") {
            return Err(format!("`{keyword}` is no option of one host"));
        }
        if keyword == "stricthostkeychecking" {
            let known = matches!(value.to_ascii_lowercase().as_str(), "yes" | "ask" | "true");
            self.host_keys = Some(if known { HostKeys::Known } else { HostKeys::AcceptNew });
        }
        if !OURS.contains(&keyword.as_str()) {
            self.line(&format!("{} {value}", &text[..end]));
        }
        Ok(())
    }

    fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.lines.push(line.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{Diagnostics, Source, Span},
        yaml::Value,
    };

    fn read(text: &str) -> Result<SshOptions, String> {
        let span = Span::new(&Source::new("hosts", text), 0..text.len());
        let mut options = SshOptions::default();
        let result = options.add("ansible_ssh_common_args", &Node { value: Value::String(text.to_owned()), span });
        result.map(|()| options).map_err(|mistake| Diagnostics::from(mistake).render(false))
    }

    #[test]
    fn arguments_become_lines_of_a_configuration() {
        let options =
            read("-o ProxyCommand=\"ssh -W %h:%p b\" -oUser=x -J a,b -AC4 -i ~/.ssh/id -o 'ServerAliveInterval 5'")
                .unwrap();
        assert_eq!(
            options.lines,
            [
                "ProxyCommand ssh -W %h:%p b",
                "User x",
                "ProxyJump a,b",
                "ForwardAgent yes",
                "Compression yes",
                "AddressFamily inet",
                "IdentityFile ~/.ssh/id",
                "ServerAliveInterval 5"
            ]
        );
    }

    #[test]
    fn what_lvsctl_decides_is_left_to_it() {
        let options = read(
            "-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
        )
        .unwrap();
        assert_eq!(options.lines, ["UserKnownHostsFile /dev/null"]);
        assert_eq!(options.host_keys, Some(HostKeys::AcceptNew));
    }

    #[test]
    fn what_cannot_be_followed_is_a_mistake() {
        for (text, why) in [
            ("-D 1080", "`-D` cannot be followed"),
            ("-o", "`-o` has no value"),
            ("bastion", "`bastion` is no option"),
            ("-o Include=/etc/passwd", "`include` is no option of one host"),
            ("-o 'User x\nHost *'", "control character"),
            ("-o 'a", "a quote is not closed"),
        ] {
            let shown = read(text).unwrap_err();
            assert!(shown.contains(why) && shown.contains("LVS009"), "{shown}");
        }
    }
}
