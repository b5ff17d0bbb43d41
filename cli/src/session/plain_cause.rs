//! Causes that any step on a node may meet and that say in their own words what they are: what to do about each.

use lvs_agent::wire::Failure;

/// What such a cause says, and what to do about it.
const KNOWN: [(&str, &str); 7] = [
    ("No space left on device", "make room on the node (`df -h`, `df -i`) and apply again: that takes up from here"),
    ("You don't have enough free space", "make room on the node (`df -h`) and apply again: that takes up from here"),
    ("Disk quota exceeded", "make room on the node (`quota`) and apply again: that takes up from here"),
    (
        "Read-only file system",
        "the file system is mounted read-only, perhaps by the kernel after an error of the disk (`dmesg`): see to that, \
         then `mount -o remount,rw`",
    ),
    ("is not valid yet", CLOCK),
    ("is not yet valid", CLOCK),
    ("is expired (invalid since", CLOCK),
];

const CLOCK: &str = "is the node's clock right? See `date` there";

/// The failure with a hint about its cause, where that is plain.
pub(super) fn explained(mut failure: Failure) -> Failure {
    let known = KNOWN.iter().find(|(cause, _)| failure.came_back.contains(cause) || failure.tried.contains(cause));
    if let Some((_, hint)) = known {
        failure.hint = Some((*hint).to_owned());
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_is_plain_gives_the_hint() {
        let failure = |came_back: &str| Failure {
            tried: "write /etc/motd".to_owned(),
            came_back: came_back.to_owned(),
            hint: Some("look at the node".to_owned()),
        };
        let hint = |came_back: &str| explained(failure(came_back)).hint.unwrap();
        assert!(hint("No space left on device (os error 28)").contains("make room"));
        assert!(
            hint("exit status 100\nE: Release file for x is not valid yet (invalid for another 5y)").contains("clock")
        );
        assert_eq!(hint("Permission denied (os error 13)"), "look at the node");
    }
}
