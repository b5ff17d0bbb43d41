//! What must hold of every import, whatever it was read from.

use std::collections::BTreeSet;

use lvsctl::{
    import::{Imported, Writing, prove, write},
    inventory::Inventory,
    source::Source,
    yaml,
};

/// Larger tables take their time, which is no finding.
const MOST: usize = 2000;

/// What was read from `text` is told by lines that `text` has, and becomes an inventory that can be read.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(text: &str, mut imported: Imported) {
    let lines = text.lines().count();
    let within = |line: Option<usize>| line.is_none_or(|line| (1..=lines).contains(&line));
    assert!(imported.services.iter().all(|found| within(found.line)), "a service of a line that is not there");
    let servers = imported.services.iter().map(|found| 1 + found.service.real_servers.len());
    if servers.sum::<usize>() > MOST {
        return;
    }
    let writing = Writing { director: "lvs".to_owned(), ..Writing::default() };
    let inventory = write(&mut imported, &writing);
    for note in &imported.notes {
        assert!(within(note.line), "a note of a line that is not there: {note}");
        assert!(!note.to_string().contains(char::is_control), "a note that moves the cursor: {note:?}");
    }

    let notes = imported.notes.len();
    assert_eq!(write(&mut imported, &writing), inventory, "what was made to fit fits");
    assert_eq!(imported.notes.len(), notes, "what was made to fit is not told again");

    let addresses = imported.services.iter().flat_map(|found| &found.service.real_servers).map(|server| server.address);
    let hosts = &inventory["all"]["children"]["real_servers"]["hosts"];
    let count = hosts.as_object().map_or(0, |hosts| hosts.len());
    assert_eq!(count, addresses.collect::<BTreeSet<_>>().len(), "a host for every real server: {hosts}");

    let written = yaml::to_string(&inventory).expect("an inventory is plain data");
    let source = Source::new("imported.yml", written.as_str());
    let node = yaml::parse(&source).unwrap_or_else(|mistake| panic!("{}\n{written}", mistake.title()));
    assert_eq!(node.to_json(), inventory, "what is written is read again:\n{written}");
    let read = Inventory::parse(&source).unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}"));
    // What the model refuses is for the user to put right; it is shown, whatever it is.
    if let Err(mistakes) = prove(&mut imported, &read) {
        assert!(!mistakes.render(false).is_empty());
    }
}
