//! What users mistype: each folder of `tests/mistakes` has a playbook, and perhaps an inventory, with mistakes in them, and
//! what is said of them. A case needs no Rust. `LVSCTL_BLESS=1` writes what is said as what is expected: read it before it
//! is committed.

#![expect(clippy::unwrap_used, reason = "what fails here is the test's own scene")]

use std::{env, fs, path::Path};

use lvsctl_tests::{Scenario, repository};
use similar::TextDiff;

/// Where a case has no inventory of its own.
const INVENTORY: &str = "[web]\nweb1 lvs_ssh_config=ssh_config\n";

#[test]
fn what_is_mistyped_is_told_with_its_place_and_what_was_meant() {
    let entries = fs::read_dir(repository().join("tests/mistakes")).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.collect();
    cases.sort();
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(|case| differs(case)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn differs(case: &Path) -> Option<String> {
    let scenario = filled(Scenario::new().file("hosts.ini", INVENTORY), case, case);
    let outcome = scenario.run(&["check", "site.yml", "-i", "hosts.ini"]);
    assert_eq!(outcome.status, 65, "{}: {outcome:#?}", case.display());
    assert!(!scenario.contacted(), "{}: {outcome:#?}", case.display());
    let told = outcome.stderr.replace(&scenario.path("").display().to_string(), "");
    for mistake in told.split("\n\n").filter(|part| part.starts_with("error")) {
        assert!(mistake.starts_with("error[LVS") && mistake.contains("--> "), "without a place: {told}");
    }
    let expected = case.join("expected.txt");
    if env::var_os("LVSCTL_BLESS").is_some() {
        fs::write(&expected, &told).unwrap();
    }
    let expected = fs::read_to_string(expected).unwrap_or_default();
    let difference = TextDiff::from_lines(&expected, &told).unified_diff().to_string();
    (expected != told).then(|| format!("{}\n{difference}", case.display()))
}

/// The scenario with the files of a folder.
fn filled(mut scenario: Scenario, folder: &Path, case: &Path) -> Scenario {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scenario = filled(scenario, &path, case);
        } else if path.file_name().is_some_and(|name| name != "expected.txt") {
            let name = path.strip_prefix(case).unwrap().to_str().unwrap().to_owned();
            scenario = scenario.file(&name, &fs::read_to_string(&path).unwrap());
        }
    }
    scenario
}
