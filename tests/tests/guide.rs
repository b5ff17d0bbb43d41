//! The guide says what the program does.

use std::{fs, path::Path};

use lvsctl::source::Code;

#[test]
fn every_code_is_explained_in_the_guide() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let guide = fs::read_to_string(path).unwrap();
    let headings: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let expected: Vec<String> = Code::ALL.iter().map(|code| format!("{code}: {}", code.title())).collect();
    assert_eq!(headings, expected, "docs/errors.md has a section for each code, in order");
}

#[test]
fn the_guide_says_of_each_pitfall_where_it_is_dealt_with() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model.md");
    let guide = fs::read_to_string(path).unwrap();
    let numbered = guide.lines().filter(|line| {
        line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    });
    assert_eq!(numbered.count(), 25);
}
