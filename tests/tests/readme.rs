//! What the README shows works.

use lvsctl_tests::{Scenario, repository};

/// The indented block of the README's section `An inventory`.
fn inventory() -> String {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("there is a README");
    let (_, section) = readme.split_once("\n## An inventory\n").expect("the README shows an inventory");
    let block = section.lines().skip_while(|line| line.is_empty());
    let block = block.take_while(|line| line.is_empty() || line.starts_with("    "));
    block.flat_map(|line| [line.strip_prefix("    ").unwrap_or_default(), "\n"]).collect()
}

#[test]
fn the_inventory_of_the_readme_is_right() {
    let scenario = Scenario::new().file("inventory.yml", &inventory());
    let outcome = scenario.run(&["check"]);
    assert_eq!(outcome.status, 0, "{outcome:#?}");
    assert!(!outcome.stderr.contains("warning"), "{outcome:#?}");
    let graph = scenario.run(&["inventory", "--graph"]);
    for host in ["lvs", "web1", "web2", "web3", "client"] {
        assert!(graph.stdout.contains(&format!("|--{host}\n")), "{host} is missing: {graph:#?}");
    }
}
