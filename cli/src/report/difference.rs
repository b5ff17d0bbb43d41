//! Differences, shown.

use std::fmt::Write;

use lvs_agent::wire::{Change, NODE_FOLDER, Side};
use similar::{ChangeTag, TextDiff};

use super::style::{self, harmless, paint};

/// Lines around a difference in a file.
const CONTEXT: usize = 3;

/// How much of a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Changes are counted.
    Count,
    /// One line for each change.
    Short,
    /// The differences inside files, too.
    Diff,
}

/// A change in lines after `indent`: `+ subject`, `- subject`, `~ subject: a -> b`, and the difference of a file.
pub(super) fn show(change: &Change, detail: Detail, indent: &str) -> String {
    let style = match (&change.before, &change.after) {
        (Side::Absent, _) => style::ADDED,
        (_, Side::Absent) => style::REMOVED,
        _ => style::CHANGED,
    };
    let texts = match (&change.before, &change.after) {
        (Side::Text(before), Side::Text(after)) => Some((before.as_str(), after.as_str())),
        (Side::Absent, Side::Text(after)) => Some(("", after.as_str())),
        (Side::Text(before), Side::Absent) => Some((before.as_str(), "")),
        _ => None,
    };
    match texts {
        Some((before, after)) if detail == Detail::Diff && !is_own(&change.subject) => {
            let sign = change.to_string().chars().next().unwrap_or('~');
            let subject = harmless(&change.subject);
            format!("{indent}{}\n{}", paint(style, format!("{sign} {subject}")), unified(before, after, indent))
        }
        _ => format!("{indent}{}\n", paint(style, harmless(&change.to_string()).replace('\n', "\\n"))),
    }
}

/// Whether it is a file that lvsctl keeps for the next boot: what is in it, the other changes say in their own words.
fn is_own(subject: &str) -> bool {
    subject.contains(&format!("file {NODE_FOLDER}/boot/"))
}

/// A unified diff without a header.
fn unified(before: &str, after: &str, indent: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(text, "{indent}    {}", paint(style::FAINT, hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', style::REMOVED),
                ChangeTag::Insert => ('+', style::ADDED),
                ChangeTag::Equal => (' ', style::FAINT),
            };
            let line = harmless(change.value().trim_end_matches('\n'));
            let _ = writeln!(text, "{indent}    {}", paint(style, format!("{sign}{line}")));
            if change.missing_newline() {
                let _ = writeln!(text, "{indent}    \\ no newline at the end of the file");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(change: &Change, detail: Detail) -> String {
        anstream::adapter::strip_str(&show(change, detail, "  ")).to_string()
    }

    fn file(before: Side, after: Side) -> Change {
        Change { subject: "file /etc/motd".to_owned(), before, after }
    }

    #[test]
    fn a_files_difference_is_a_unified_diff() {
        let change = file(Side::Text("a\nb\nc\n".to_owned()), Side::Text("a\nB\nc".to_owned()));
        insta::assert_snapshot!(plain(&change, Detail::Diff));
        insta::assert_snapshot!(plain(&change, Detail::Short), @"  ~ file /etc/motd: 3 lines -> 3 lines");
    }

    #[test]
    fn what_is_kept_for_the_next_boot_is_not_shown_twice() {
        let change = Change {
            subject: "no longer wanted: file /var/lib/lvsctl/boot/director.json".to_owned(),
            before: Side::Text("[\n]\n".to_owned()),
            after: Side::Absent,
        };
        let shown = plain(&change, Detail::Diff);
        insta::assert_snapshot!(shown, @"  - no longer wanted: file /var/lib/lvsctl/boot/director.json: 2 lines");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let hidden = || Side::Hidden { why: "secret".to_owned() };
        insta::assert_snapshot!(plain(&file(hidden(), hidden()), Detail::Diff), @"  ~ file /etc/motd: (secret) -> (secret)");
    }

    #[test]
    fn a_node_cannot_steer_the_terminal() {
        let change = Change::set("sysctl a", "1", "\u{1b}[2J2");
        insta::assert_snapshot!(plain(&change, Detail::Diff), @"  ~ sysctl a: 1 -> �[2J2");
    }
}
