use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::*;
use crate::source::{Code, Diagnostics, Source};

fn read(text: &str) -> Result<Inventory, Diagnostics> {
    Inventory::parse(&Source::new("hosts.yml", text))
}

fn mistakes(text: &str) -> String {
    read(text).unwrap_err().render(false)
}

fn doubts(text: &str) -> String {
    let warnings = read(text).unwrap().warnings;
    warnings.into_iter().map(|doubt| Diagnostics::from(doubt).render_warnings(false)).collect::<Vec<_>>().join("\n\n")
}

/// A folder with files, given as path and text.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn var(inventory: &Inventory, host: &str, name: &str) -> String {
    inventory.host(host).unwrap().vars.get(name).map_or_else(|| "-".to_owned(), |node| node.to_json().to_string())
}

#[test]
fn groups_hosts_and_ranges_are_read() {
    let inventory =
        read("all:\n  children:\n    directors: { hosts: { lvs: } }\n    web: { hosts: { 'web[1:3]': } }\n").unwrap();
    let names: Vec<_> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["lvs", "web1", "web2", "web3"]);
    assert_eq!(inventory.group("web").unwrap().hosts, ["web1", "web2", "web3"]);
    assert_eq!(inventory.group("all").unwrap().children, ["ungrouped", "directors", "web"]);
    assert_eq!(inventory.host("web2").unwrap().groups, ["web"]);
}

#[test]
fn a_host_that_no_group_has_is_ungrouped() {
    let inventory = read("all: { hosts: { a: , b: } }\nweb: { hosts: { b: } }\n").unwrap();
    assert_eq!(inventory.group("ungrouped").unwrap().hosts, ["a"]);
    assert_eq!(inventory.host("a").unwrap().groups, ["ungrouped"]);
}

#[test]
fn deeper_groups_win_then_priority_then_the_alphabet() {
    let text = "
all: { vars: { v: all, w: all, x: all, y: all } }
parent: { vars: { w: parent, x: parent }, children: { child: } }
child: { vars: { x: child }, hosts: { h: } }
b: { vars: { y: b, z: b }, hosts: { h: } }
a: { vars: { y: a, z: a, ansible_group_priority: 2 }, hosts: { h: } }
c: { vars: { y: c }, hosts: { h: { y: host } } }
";
    let inventory = read(text).unwrap();
    let values: Vec<_> = ["v", "w", "x", "y", "z"].map(|name| var(&inventory, "h", name)).into();
    assert_eq!(values, ["\"all\"", "\"parent\"", "\"child\"", "\"host\"", "\"a\""]);
}

#[test]
fn files_of_variables_win_over_the_inventory() {
    let folder = folder(&[
        ("hosts.yml", "web: { vars: { a: 0, b: 0, c: 0, d: 0, e: 0 }, hosts: { web1: { e: 4 } } }"),
        ("group_vars/all.yml", "a: 1\nb: 1\n"),
        ("group_vars/web/20-late.yaml", "b: 2\nc: 2\n"),
        ("group_vars/web/10-early.yml", "c: 1\n"),
        ("group_vars/web/.hidden.yml", "c: hidden\n"),
        ("group_vars/web/old.yml~", "c: backup\n"),
        ("host_vars/web1.json", "{\"d\": 3}"),
    ]);
    let inventory = Inventory::load(&[folder.path().join("hosts.yml")]).unwrap();
    let values: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| var(&inventory, "web1", name)).into();
    assert_eq!(values, ["1", "2", "2", "3", "4"]);
    let origins: Vec<_> = inventory.host("web1").unwrap().layers.iter().map(|l| l.origin.to_string()).collect();
    assert_eq!(
        origins,
        [
            "group `web` in the inventory",
            "group_vars of `all`",
            "group_vars of `web`",
            "the host's entry in the inventory",
            "the host's host_vars"
        ]
    );
}

#[test]
fn a_folder_stands_for_the_inventories_in_it() {
    let folder = folder(&[
        ("b.yml", "web: { hosts: { web1: { v: b } } }"),
        ("a.yml", "web: { hosts: { web1: { v: a }, web2: } }"),
        ("notes.txt", "not an inventory"),
        (".hidden.yml", "not: [an, inventory]"),
        ("group_vars/web.yml", "w: 1"),
    ]);
    let inventory = Inventory::load(&[folder.path().to_owned()]).unwrap();
    assert_eq!(var(&inventory, "web1", "v"), "\"b\"");
    assert_eq!(var(&inventory, "web2", "w"), "1");
}

#[test]
fn an_unknown_key_in_a_group_is_shown_with_the_key_that_was_meant() {
    insta::assert_snapshot!(doubts("web:\n  hots:\n    web1:\n  weight: 3\n  hosts: web2\n"), @r"
    warning[LVS002]: unknown key `hots` in the group `web`
     --> hosts.yml:2:3
      |
    2 |   hots:
      |   ^^^^
      |
    hint: did you mean `hosts`?

    warning[LVS002]: unknown key `weight` in the group `web`
     --> hosts.yml:4:3
      |
    4 |   weight: 3
      |   ^^^^^^
      |
    hint: a group has `hosts`, `vars` and `children`; a group below `web` belongs into its `children`, a variable into its `vars`
    ");
}

#[test]
fn a_list_where_a_mapping_belongs_is_shown_with_the_right_form() {
    insta::assert_snapshot!(mistakes("web:\n  hosts:\n    - web1\n    - web2\n"), @r"
    error[LVS003]: expected a mapping for `hosts`, found a list
     --> hosts.yml:3:5
      |
    3 | /     - web1
    4 | |     - web2
      | |__________^
      |
    hint: write each entry as a key, with a colon and without a dash:
          hosts:
            web1:
    ");
}

#[test]
fn a_yaml_error_is_shown_at_its_line() {
    insta::assert_snapshot!(mistakes("web:\n  hosts:\n    web1: {\n  vars: x\n"), @r"
    error[LVS001]: the file is not valid YAML
     --> hosts.yml:3:11
      |
    3 |     web1: {
      |           ^ unclosed bracket '{'
      |
    hint: look at the indentation, at colons without a space after them, and at unclosed quotes
    ");
}

#[test]
fn an_inventory_without_hosts_is_a_mistake() {
    insta::assert_snapshot!(mistakes("all:\n  children:\n    web:\n"), @r"
    error[LVS010]: the inventory has no hosts
     --> hosts.yml:1:1
      |
    1 | all:
      | ^ no host in this file
      |
    hint: name at least one host:
          all:
            hosts:
              web1:
    ");
    assert_eq!(read("").unwrap_err().all()[0].code(), Code::EmptyInventory);
    assert_eq!(Inventory::load(&[]).unwrap_err().all()[0].code(), Code::EmptyInventory);
}

#[test]
fn a_group_below_itself_is_shown_with_every_step_of_the_circle() {
    insta::assert_snapshot!(mistakes("a:\n  children:\n    b:\nb:\n  children:\n    a:\n  hosts:\n    h:\n"), @r"
    error[LVS012]: the group `a` is its own child: `a` > `b` > `a`
     --> hosts.yml:6:5
      |
    3 |     b:
      |     - `b` below `a`
    ...
    6 |     a:
      |     ^ `a` below `b`
      |
    hint: take one of these out of its `children`
    ");
    assert_eq!(read("a: { children: { a: }, hosts: { h: } }").unwrap_err().all()[0].code(), Code::GroupCycle);
    assert_eq!(read("a: { children: { all: }, hosts: { h: } }").unwrap_err().all()[0].code(), Code::GroupCycle);
}

#[test]
fn a_name_that_is_a_host_and_a_group_is_doubtful() {
    insta::assert_snapshot!(doubts("web:\n  hosts:\n    web:\n"), @r"
    warning[LVS014]: `web` is both a host and a group
     --> hosts.yml:3:5
      |
    1 | web:
      | --- the group
    2 |   hosts:
    3 |     web:
      |     ^^^ the host
      |
    hint: give one of them another name: a pattern means the host, variables of the host are the group's
    ");
}

#[test]
fn a_range_that_cannot_be_is_shown_at_its_brackets() {
    insta::assert_snapshot!(mistakes("web:\n  hosts:\n    web[1-3].lan:\n"), @r"
    error[LVS011]: the host name `web[1-3].lan` cannot be expanded
     --> hosts.yml:3:8
      |
    3 |     web[1-3].lan:
      |        ^^^^^ a range is `begin:end` or `begin:end:step`
      |
    hint: ranges look like this: `web[1:3]`, `web[01:10]`, `web[1:9:2]`, `web[a:c]`
    ");
}

#[test]
fn every_mistake_in_an_ini_file_is_shown_at_its_line() {
    let text = "[web]\nweb1 port\nweb2 a='b\n[db:hots]\nx\n[web servers]\n[db:children]\nnowhere\n[cache:vars]\na=1\n[web:vars]\nb\n";
    let mistakes = Inventory::parse(&Source::new("hosts", text)).unwrap_err().render(false);
    insta::assert_snapshot!(mistakes);
}

#[test]
fn values_of_an_ini_file_have_their_place() {
    let inventory =
        Inventory::parse(&Source::new("hosts", "[web]\nweb1 a=1 b='x y'\n[web:vars]\nlist = [1, 'two']\n")).unwrap();
    let vars = &inventory.host("web1").unwrap().vars;
    assert_eq!(vars["b"].span.to_string(), "hosts:2:12");
    assert_eq!(vars["list"].span.to_string(), "hosts:4:8");
    assert_eq!(vars["list"].as_list().unwrap()[1].span.to_string(), "hosts:4:12");
}

#[test]
fn a_program_that_fails_is_shown_with_what_it_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("hosts", "#!/bin/sh\necho no cloud today >&2\nexit 3\n")]);
    let program = folder.path().join("hosts");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mistakes = Inventory::load(&[program]).unwrap_err();
    assert_eq!(mistakes.all()[0].code(), Code::InventoryProgram);
    let shown = mistakes.render(false);
    assert!(shown.contains("exit status: 3") && shown.contains("no cloud today"), "{shown}");
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let diagnostics = Inventory::load(&[PathBuf::from("no/such/file.yml")]).unwrap_err();
    assert_eq!(diagnostics.all()[0].code(), Code::FileNotReadable);
    assert_eq!(diagnostics.all().len(), 1);
}

#[test]
fn many_mistakes_are_found_in_one_go() {
    let diagnostics = read("web:\n  hosts: [a]\n  vars: 3\ndb: { hosts: { 'a[1-2]': } }\n").unwrap_err();
    assert_eq!(diagnostics.all().len(), 3, "{diagnostics}");
}

#[test]
fn a_few_lines_with_ranges_do_not_ask_for_millions_of_values() {
    let hosts = (0..11).map(|number| format!("    a{number}-[1:100000]:")).collect::<Vec<_>>().join("\n");
    let shown = mistakes(&format!("web:\n  hosts:\n{hosts}"));
    assert!(shown.contains("LVS011") && shown.contains("more than 1000000 names and variables"), "{shown}");

    let vars = (0..1000).map(|number| format!("    v{number}: 1")).collect::<Vec<_>>().join("\n");
    let shown = mistakes(&format!("web:\n  hosts:\n    a[1:10000]:\n  vars:\n{vars}"));
    assert!(shown.contains("LVS011") && shown.contains("more than 5000000 variables and groups"), "{shown}");
}

proptest! {
    #[test]
    fn loading_never_panics_whatever_the_text(text in "([a-z]{1,3}|all|hosts|vars|children|[:\\[\\]{}&*!|>%@`#'\",-]| |\n|  |: |\n  |é){0,40}") {
        let _ = read(&text).map_err(|diagnostics| diagnostics.render(false));
    }

    #[test]
    fn loading_ini_never_panics_and_every_value_stands_in_the_file(text in "(\\[[a-c]\\]\n|\\[[a-c]:(vars|children)\\]\n|[a-c]=|[a-c ]|[0-9'\"#,:é\\\\\\[\\]{}-]|\n){0,40}") {
        let source = Source::new("hosts.ini", text);
        if let Ok(inventory) = Inventory::parse(&source) {
            for node in inventory.hosts.iter().flat_map(|host| host.vars.values()) {
                prop_assert!(std::sync::Arc::ptr_eq(node.span.source(), &source));
                prop_assert!(node.span.range().end <= source.text().len());
            }
        }
    }

    #[test]
    fn loading_never_panics_on_arbitrary_characters(text in any::<String>()) {
        let _ = read(&text).map_err(|diagnostics| diagnostics.render(false));
    }
}
