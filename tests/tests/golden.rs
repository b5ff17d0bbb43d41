//! Golden cases of the cluster model: a folder below `tests/cases` with an inventory and what is expected of it. A case
//! needs no Rust.
//!
//! `expected/HOST.yml` is what that host must be, for every host; `expected/warnings.txt` are the warnings, if any. For
//! an inventory with mistakes `expected/error.txt` is what the user sees. `LVSCTL_BLESS=1` writes what there is as what
//! is expected: read the difference before it is committed.

#![expect(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use lvsctl::{
    inventory::{Inventory, resolve},
    model::Cluster,
    source::{Code, Diagnostic, Diagnostics},
    template::Engine,
};
use similar::TextDiff;

/// Files of a case's folder `expected`, by name.
type Files = BTreeMap<String, String>;

/// What the lab writes for its default topology, in short.
const LAB: &str = "
all:
  children:
    directors:
      hosts:
        lvs:
          ansible_host: lvs.lab
          lvs_interfaces:
            - { device: eth0, addresses: [192.168.0.254/24, 'fd4c:5653::254/64'] }
            - device: eth1
              addresses: [203.0.113.169/24, 2001:db8:113::169/64]
              gateway: [203.0.113.1, 2001:db8:113::1]
    web:
      vars:
        lvs_interfaces:
          - device: eth0
            addresses: ['192.168.0.{{ inventory_hostname[3:] }}/24', 'fd4c:5653::{{ inventory_hostname[3:] }}/64']
            gateway: [192.168.0.250, 'fd4c:5653::250']
          - { device: eth1, addresses: ['198.51.100.11{{ inventory_hostname[3:] }}/24'] }
      hosts:
        web[1:3]: { ansible_host: web.lab }
    clients:
      hosts:
        client:
          ansible_host: client.lab
          lvs_interfaces:
            - device: eth0
              addresses: [203.0.113.10/24, 2001:db8:113::10/64]
              gateway: [203.0.113.1, 2001:db8:113::1]
";

#[test]
fn every_case_gives_what_it_expects() {
    let cases = folders(&root().join("tests/cases"));
    assert!(!cases.is_empty(), "no cases found");
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case)).collect();
    assert!(failures.is_empty(), "{} of {} cases failed:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

#[test]
fn every_example_is_an_inventory_without_mistakes_and_doubts() {
    let examples = folders(&root().join("examples"));
    assert!(!examples.is_empty(), "no examples found");
    for example in examples {
        let cluster = load(&example).unwrap_or_else(|mistakes| panic!("{}:\n{mistakes}", example.display()));
        assert!(!cluster.services.is_empty(), "{} has no services", example.display());
        assert!(cluster.warnings.is_empty(), "{}: {}", example.display(), warnings(&cluster.warnings, &example));
    }
}

#[test]
fn every_example_goes_with_the_inventory_of_the_lab() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.yml");
    fs::write(&lab, LAB).unwrap();
    for example in folders(&root().join("examples")) {
        let inventory = Inventory::load(&[lab.clone(), example.clone()]).unwrap();
        let together = Cluster::from_inventory(&inventory).unwrap();
        let alone = load(&example).unwrap();
        assert_eq!(together.nodes, alone.nodes, "{}", example.display());
        assert!(inventory.host("web3").unwrap().vars.contains_key("ansible_host"));
    }
}

#[test]
fn every_mistake_that_the_model_knows_has_a_case() {
    let text: String = folders(&root().join("tests/cases"))
        .iter()
        .flat_map(|case| read(&case.join("expected")).into_iter())
        .filter(|(name, _)| is_text(name))
        .map(|(_, text)| text)
        .collect();
    let model = Code::ALL.iter().filter(|code| (20..50).contains(&(**code as u16)));
    let missing: Vec<String> = model.map(ToString::to_string).filter(|code| !text.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "no case shows {}", missing.join(", "));
}

#[test]
fn every_mistake_comes_with_a_hint() {
    for case in folders(&root().join("tests/cases")) {
        let Some(text) = read(&case.join("expected")).remove("error.txt") else { continue };
        for mistake in text.split("\n\n").filter(|mistake| mistake.starts_with("error[")) {
            assert!(mistake.contains("\nhint: "), "{}:\n{mistake}", case.display());
        }
    }
}

/// What differs, if anything.
fn check(case: &Path) -> Option<String> {
    let (folder, found) = (case.join("expected"), outcome(case));
    if env::var_os("LVSCTL_BLESS").is_some() {
        bless(&folder, &found);
    }
    let expected = read(&folder);
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differences: Vec<String> =
        names.into_iter().filter_map(|name| difference(name, expected.get(name), found.get(name))).collect();
    if differences.is_empty() {
        return None;
    }
    Some(format!("case {}:\n{}", case.file_name()?.display(), differences.join("\n")))
}

/// What the inventory of a case gives, as the files that would be expected.
fn outcome(case: &Path) -> Files {
    match load(case) {
        Err(mistakes) => {
            let text = mistakes.render(false).replace(&format!("{}/", case.display()), "");
            Files::from([("error.txt".to_owned(), text + "\n")])
        }
        Ok(cluster) => {
            let file = |(host, node)| (format!("{host}.yml"), yaml(node));
            let mut files: Files = cluster.nodes.iter().map(file).collect();
            if !cluster.warnings.is_empty() {
                files.insert("warnings.txt".to_owned(), warnings(&cluster.warnings, case));
            }
            files
        }
    }
}

fn load(case: &Path) -> Result<Cluster, Diagnostics> {
    let inventory = Inventory::load(&[case.join("inventory.yml")])?;
    Cluster::from_inventory(&resolve(&inventory, &Engine::default())?)
}

/// Through JSON, since YAML's own form of an enum is a tag.
fn yaml(node: &lvsctl::model::Node) -> String {
    let json = serde_json::to_value(node).expect("a node is plain data");
    serde_yaml::to_string(&json).expect("JSON is YAML")
}

fn warnings(list: &[Diagnostic], case: &Path) -> String {
    let line = |warning: &Diagnostic| {
        let place = warning.labels().first().map(|(span, _)| format!("{span}: ")).unwrap_or_default();
        let hint = warning.hint_text().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{place}{}: {}{hint}\n", warning.code(), warning.title())
    };
    list.iter().map(line).collect::<String>().replace(&format!("{}/", case.display()), "")
}

/// YAML is compared as data, so that a case may be written by hand in any style.
fn difference(name: &str, expected: Option<&String>, found: Option<&String>) -> Option<String> {
    let (Some(expected), Some(found)) = (expected, found) else {
        let what = if found.is_some() { "is not expected" } else { "is expected, and not there" };
        return Some(format!("expected/{name} {what}"));
    };
    let data = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).ok();
    if expected == found || !is_text(name) && data(expected).is_some() && data(expected) == data(found) {
        return None;
    }
    let diff = TextDiff::from_lines(expected.as_str(), found.as_str());
    Some(diff.unified_diff().header(&format!("expected/{name}"), "found").to_string())
}

fn bless(folder: &Path, found: &Files) {
    // A folder of old files would keep the hosts that the case no longer has.
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::create_dir_all(folder).unwrap();
    for (name, text) in found {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn is_text(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "txt")
}

fn read(folder: &Path) -> Files {
    let Ok(entries) = fs::read_dir(folder) else { return Files::new() };
    let file = |path: PathBuf| (path.file_name().unwrap().display().to_string(), fs::read_to_string(path).unwrap());
    entries.map(|entry| file(entry.unwrap().path())).collect()
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}
