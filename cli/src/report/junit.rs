//! The results of a run as build servers read them (`--junit`, `--output junit`): a test suite for each host, a test case
//! for each task.
//!
//! The format is the one that Jenkins and GitLab read: `testsuites`, `testsuite`, `testcase` with `failure` or `skipped`,
//! and `system-out` for what was changed.

use std::{fmt::Write, time::Duration};

use super::{
    Ended, Recap, Record, TaskStatus,
    difference::{self, Detail},
};
use crate::vault;

/// The document.
pub fn junit(record: &Record, recap: &Recap) -> String {
    let ended = record.ended();
    let failed = |ended: &&Ended| ended.end.status == TaskStatus::Failed && !ended.end.ignored && !ended.end.rescued;
    let mut suites = String::new();
    let (mut all, mut all_failed) = (0, 0);
    for host in &recap.hosts {
        let cases: Vec<&Ended> = ended.iter().filter(|ended| ended.end.host == host.host).collect();
        let skipped = cases.iter().filter(|case| is_skipped(case.end.status)).count();
        let failures = cases.iter().filter(|case| failed(case)).count();
        let errors = usize::from(host.unreachable);
        let took: Duration = cases.iter().map(|case| case.took).sum();
        // Writing to a string cannot fail.
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" \
             time=\"{:.3}\">",
            escaped(&host.host),
            cases.len() + errors,
            took.as_secs_f64()
        );
        for case in &cases {
            suites += &test_case(case, failed(case));
        }
        if host.unreachable {
            let _ = writeln!(
                suites,
                "    <testcase classname=\"{}\" name=\"reach the host\" time=\"0\"><error message=\"unreachable\"/></testcase>",
                escaped(&host.host)
            );
        }
        suites += "  </testsuite>\n";
        all += cases.len() + errors;
        all_failed += failures;
    }
    let errors = recap.hosts.iter().filter(|host| host.unreachable).count();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lvsctl\" tests=\"{all}\" \
         failures=\"{all_failed}\" errors=\"{errors}\" time=\"{:.3}\">\n{suites}</testsuites>\n",
        record.took().as_secs_f64()
    );
    vault::mask(&text).into_owned()
}

fn is_skipped(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Skipped | TaskStatus::Unknown)
}

fn test_case(case: &Ended, is_failed: bool) -> String {
    let end = &case.end;
    let mut text = format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{:.3}\">\n",
        escaped(&format!("{}.{}", end.host, end.play)),
        escaped(&end.task),
        escaped(&end.place),
        case.took.as_secs_f64()
    );
    if let Some(failure) = end.failure.as_ref().filter(|_| is_failed) {
        let hint = failure.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let (message, body) =
            (escaped(&format!("failed to {}", failure.tried)), format!("{}{hint}", failure.came_back));
        let _ = writeln!(text, "      <failure message=\"{message}\">{}</failure>", escaped(&body));
    } else if is_failed {
        text += "      <failure message=\"failed\"/>\n";
    }
    if is_skipped(end.status) {
        let reason = end.reason.as_deref().unwrap_or(end.status.word());
        let _ = writeln!(text, "      <skipped message=\"{}\"/>", escaped(reason));
    }
    let shown: String = end.changes.iter().map(|change| difference::show(change, Detail::Diff, "")).collect();
    let shown = shown + &end.findings.join("\n");
    if !shown.is_empty() {
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let _ = writeln!(text, "      <system-out>{}</system-out>", escaped(&plain));
    }
    text + "    </testcase>\n"
}

/// Text as XML has it: what no XML may have in it, a node's control characters, becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            character if character.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_cannot_end_an_element_or_break_the_document() {
        assert_eq!(escaped("</failure>\u{1b}[2J\u{0}\"&"), "&lt;/failure&gt;\u{fffd}[2J\u{fffd}&quot;&amp;");
    }
}
