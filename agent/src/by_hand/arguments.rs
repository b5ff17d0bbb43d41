//! Options and operands of one command: `--name`, `--name value`, `--name=value`, and words.

/// An option that a command knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// With its dashes.
    pub(super) name: &'static str,
    /// What its value is called; `None` is an option without one.
    pub(super) value: Option<&'static str>,
}

/// Options and operands as they were given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments<'a> {
    options: Vec<(&'static str, &'a str)>,
    pub(super) operands: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    /// Reads `words`, of which at most `operands` may be none of the options.
    pub(super) fn read(words: &[&'a str], known: &[Known], operands: usize) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if !word.starts_with('-') || word == "-" {
                arguments.operands.push(word);
                continue;
            }
            let (name, attached) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let option = known.iter().find(|option| option.name == name);
            let option = option.ok_or_else(|| format!("unknown option {name}"))?;
            let value = match (option.value, attached) {
                (None, Some(_)) => return Err(format!("{name} takes no value")),
                (None, None) => "",
                (Some(_), Some(value)) => value,
                (Some(value), None) => words.next().ok_or_else(|| format!("{name} needs {value}"))?,
            };
            arguments.options.push((option.name, value));
        }
        match arguments.operands.get(operands) {
            Some(word) => Err(format!("unexpected word `{word}`")),
            None => Ok(arguments),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of an option; the last one counts.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        self.options.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    pub(super) fn operand(&self) -> Option<&'a str> {
        self.operands.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Known; 2] = [Known { name: "--json", value: None }, Known { name: "--format", value: Some("NAME") }];

    #[test]
    fn options_and_operands_come_in_any_order() {
        let arguments = Arguments::read(&["-", "--format=json", "--json"], &KNOWN, 1).unwrap();
        assert_eq!(
            (arguments.operand(), arguments.value("--format"), arguments.has("--json")),
            (Some("-"), Some("json"), true)
        );
        assert_eq!(Arguments::read(&["--format", "x"], &KNOWN, 0).unwrap().value("--format"), Some("x"));
    }

    #[test]
    fn what_a_command_does_not_know_is_told() {
        let told = |words: &[&str]| Arguments::read(words, &KNOWN, 0).unwrap_err();
        assert_eq!(told(&["--jsn"]), "unknown option --jsn");
        assert_eq!(told(&["--format"]), "--format needs NAME");
        assert_eq!(told(&["--json=1"]), "--json takes no value");
        assert_eq!(told(&["file"]), "unexpected word `file`");
    }
}
