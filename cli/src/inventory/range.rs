//! Ranges in host names: `web[1:3]`, `web[01:10]`, `web[1:9:2]`, `db-[a:c]`.
//!
//! The rules are Ansible's: both ends count, a leading zero in the first number fixes the width of all, letters run
//! from `a` to `z` and on from `A` to `Z`, and a name may have several ranges, of which the last turns fastest. Numbers
//! that end before they begin are no host at all.

/// Most hosts that one name may stand for.
const MAX_HOSTS: usize = 100_000;

/// Most bytes that all of them may have together.
const MAX_BYTES: usize = 64 << 20;

/// Why a name cannot be expanded, with the part of the name that is at fault, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRange {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) why: String,
}

/// Every name that a name with ranges stands for; a name without ranges is itself.
pub(super) fn expand(name: &str) -> Result<Vec<String>, BadRange> {
    let mut names = vec![String::new()];
    let mut at = 0;
    while let Some(open) = name[at..].find('[').map(|open| at + open) {
        let bad = |end: usize, why: &str| BadRange { start: open, end, why: why.to_owned() };
        let Some(close) = name[open..].find(']').map(|close| open + close) else {
            return Err(bad(name.len(), "the range is not closed by `]`"));
        };
        let members = members(&name[open + 1..close]).map_err(|why| bad(close + 1, &why))?;
        if names.len().saturating_mul(members.len()) > MAX_HOSTS {
            return Err(bad(close + 1, &format!("the name stands for more than {MAX_HOSTS} hosts")));
        }
        let longest = names.first().map_or(0, String::len) + open - at + members.last().map_or(0, String::len);
        if names.len().saturating_mul(members.len()).saturating_mul(longest) > MAX_BYTES {
            return Err(bad(close + 1, &format!("the names have more than {MAX_BYTES} bytes together")));
        }
        let head = &name[at..open];
        names =
            names.iter().flat_map(|name| members.iter().map(move |member| format!("{name}{head}{member}"))).collect();
        at = close + 1;
    }
    for name_so_far in &mut names {
        name_so_far.push_str(&name[at..]);
    }
    Ok(names)
}

/// What stands between the brackets: `begin:end` or `begin:end:step`.
fn members(range: &str) -> Result<Vec<String>, String> {
    let bounds: Vec<&str> = range.split(':').collect();
    let (first, last, step) = match bounds[..] {
        [first, last] => (first, last, "1"),
        [first, last, step] => (first, last, step),
        _ => return Err("a range is `begin:end` or `begin:end:step`".to_owned()),
    };
    if last.is_empty() {
        return Err("the range has no end".to_owned());
    }
    let step = step.parse::<usize>().ok().filter(|&step| step > 0).ok_or("the step is a whole number above 0")?;
    match (letter(first), letter(last)) {
        (Some(first), Some(last)) => {
            in_order(first <= last)?;
            Ok(LETTERS[first..=last].chars().step_by(step).map(String::from).collect())
        }
        (None, None) => numbers(if first.is_empty() { "0" } else { first }, last, step),
        _ => Err("a range is between two numbers or between two letters".to_owned()),
    }
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn letter(text: &str) -> Option<usize> {
    if text.len() == 1 { LETTERS.find(text) } else { None }
}

fn numbers(first: &str, last: &str, step: usize) -> Result<Vec<String>, String> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten().ok_or_else(|| format!("`{text}` is not a whole number"))
    };
    let (from, to) = (number(first)?, number(last)?);
    let width = if first.len() > 1 && first.starts_with('0') { first.len() } else { 0 };
    if width > 0 && width != last.len() {
        return Err("with a leading zero, both ends have the same number of digits".to_owned());
    }
    if to < from {
        return Ok(Vec::new());
    }
    if (to - from) / step as u64 >= MAX_HOSTS as u64 {
        return Err(format!("the range stands for more than {MAX_HOSTS} hosts"));
    }
    Ok((from..=to).step_by(step).map(|number| format!("{number:0width$}")).collect())
}

fn in_order(ordered: bool) -> Result<(), String> {
    if ordered { Ok(()) } else { Err("the range ends before it begins".to_owned()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(name: &str) -> String {
        expand(name).map_or_else(|bad| format!("{}..{}: {}", bad.start, bad.end, bad.why), |names| names.join(" "))
    }

    #[test]
    fn ranges_run_over_numbers_and_letters_both_ends_included() {
        assert_eq!(names("web[1:3]"), "web1 web2 web3");
        assert_eq!(names("web[08:11].lan"), "web08.lan web09.lan web10.lan web11.lan");
        assert_eq!(names("web[1:9:3]"), "web1 web4 web7");
        assert_eq!(names("db-[a:c]"), "db-a db-b db-c");
        assert_eq!(names("[y:B]"), "y z A B");
        assert_eq!(names("web[:2]"), "web0 web1 web2");
        assert_eq!(names("r[1:2]h[a:b]"), "r1ha r1hb r2ha r2hb");
        assert_eq!(names("plain"), "plain");
    }

    #[test]
    fn a_range_that_cannot_be_is_shown_at_its_brackets() {
        assert_eq!(names("web[3:1]"), "");
        assert_eq!(names("db-[c:a]"), "3..8: the range ends before it begins");
        assert_eq!(names("web[1:3"), "3..7: the range is not closed by `]`");
        assert_eq!(names("web[1-3]"), "3..8: a range is `begin:end` or `begin:end:step`");
        assert_eq!(names("web[01:100]"), "3..11: with a leading zero, both ends have the same number of digits");
        assert_eq!(names("web[1:3:0]"), "3..10: the step is a whole number above 0");
        assert_eq!(names("web[1:c]"), "3..8: a range is between two numbers or between two letters");
        assert_eq!(names("web[1:9999999]"), "3..14: the range stands for more than 100000 hosts");
    }

    #[test]
    fn long_names_are_not_made_a_hundred_thousand_times() {
        let shown = names(&format!("{}[1:100000]", "a".repeat(1000)));
        assert_eq!(shown, "1000..1010: the names have more than 67108864 bytes together");
    }

    proptest! {
        #[test]
        fn a_range_has_as_many_names_as_numbers_and_they_differ(from in 0_u64..500, count in 0_u64..300, step in 1_usize..9) {
            let names = expand(&format!("a[{from}:{}:{step}]b", from + count)).unwrap();
            let distinct: std::collections::HashSet<_> = names.iter().collect();
            prop_assert_eq!(distinct.len(), names.len());
            prop_assert_eq!(names.len(), usize::try_from(count).unwrap() / step + 1);
            prop_assert_eq!(&names[0], &format!("a{from}b"));
        }

        #[test]
        fn expanding_never_panics(name in "[a-c0-9:\\[\\]é-]{0,24}") {
            let _ = expand(&name);
        }
    }
}
