//! `ipvsadm -Sn`, and whatever else `ipvsadm -R` takes.

use lvs_agent::ipvsadm;

use super::{Found, Imported};

/// Reads the text; a line that is wrong is noted and left out, and so is what needs it.
pub(super) fn read(text: &str) -> Imported {
    let mut imported = Imported::default();
    let (script, mistakes) = ipvsadm::read_leniently(text);
    for mistake in mistakes {
        let hint = mistake.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        imported.lost(mistake.line, format!("{}{hint}", mistake.what));
    }
    let found = script.services.into_iter().zip(script.lines);
    imported.services = found.map(|(service, line)| Found { service, line: Some(line) }).collect();
    imported.timeouts = script.timeouts;
    imported.sync = script.sync.unwrap_or_default();
    imported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_noted_with_what_hangs_on_it_and_the_rest_is_taken() {
        let text = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1\n-A -t 192.0.2.2:nosuchport\n-a -t 192.0.2.2:nosuchport -r 10.0.0.1:80\n";
        let imported = read(text);
        assert_eq!(imported.services.len(), 1);
        assert_eq!(imported.services[0].line, Some(1));
        assert_eq!(imported.services[0].service.real_servers.len(), 1);
        let lines: Vec<_> = imported.notes.iter().map(|note| note.line).collect();
        assert_eq!(lines, [Some(3), Some(4)]);
        assert!(imported.notes.iter().all(|note| note.lost));
    }

    #[test]
    fn a_wrong_line_goes_with_the_lines_that_continue_it() {
        let imported = read("-A -t nosuchhost:80 \\\n-A -t 192.0.2.1:80\n-A -t 192.0.2.2:80\n");
        let lines: Vec<_> = imported.services.iter().map(|found| found.line).collect();
        assert_eq!(lines, [Some(3)]);
        assert_eq!(imported.notes.iter().map(|note| note.line).collect::<Vec<_>>(), [Some(1)]);
    }
}
