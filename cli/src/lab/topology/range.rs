//! `web[1:3]`: several nodes that differ in a number, written as in an inventory.

/// A name that may stand for several nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    prefix: String,
    numbers: Option<(u8, u8)>,
}

impl Range {
    /// Reads `web[1:3]`, or a plain name. `None` if the brackets make no sense.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Some((prefix, rest)) = text.split_once('[') else {
            return (!text.contains([']', ':'])).then(|| Self { prefix: text.to_owned(), numbers: None });
        };
        let (first, last) = rest.strip_suffix(']')?.split_once(':')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then(|| Self { prefix: prefix.to_owned(), numbers: Some((first, last)) })
    }

    /// Whether it has brackets.
    pub(crate) fn is_range(&self) -> bool {
        self.numbers.is_some()
    }

    /// The same range with another number of nodes.
    #[must_use]
    pub(crate) fn resized(&self, nodes: u8) -> Self {
        let numbers = self.numbers.map(|(first, _)| (first, first.saturating_add(nodes.saturating_sub(1))));
        Self { prefix: self.prefix.clone(), numbers }
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        match self.numbers {
            None => vec![self.prefix.clone()],
            Some((first, last)) => (first..=last).map(|number| format!("{}{number}", self.prefix)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_stands_for_its_nodes_in_order() {
        let range = Range::parse("web[1:3]").unwrap();
        assert_eq!(range.names(), ["web1", "web2", "web3"]);
        assert_eq!(range.resized(1).names(), ["web1"]);
        assert_eq!(Range::parse("lvs").unwrap().names(), ["lvs"]);
    }

    #[test]
    fn brackets_that_make_no_sense_are_refused() {
        for text in ["web[1:3", "web[3:1]", "web[a:b]", "web]", "web[1]"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
