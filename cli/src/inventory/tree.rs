//! How groups stand to each other: who is above whom, how deep, and whether any stands below itself.

use std::collections::BTreeSet;

use super::draft::{Draft, DraftGroup};
use crate::source::{Code, Diagnostic};

/// Depth and ancestors of every group.
pub(super) struct Tree {
    /// The longest way from `all`. Variables of deeper groups win.
    pub(super) depth: Vec<usize>,
    /// Every group above, `all` included.
    pub(super) ancestors: Vec<BTreeSet<usize>>,
}

impl Tree {
    /// Works out a draft that is complete.
    pub(super) fn of(draft: &Draft) -> Result<Self, Diagnostic> {
        let order = parents_first(&draft.groups)?;
        let mut depth = vec![0; draft.groups.len()];
        let mut ancestors = vec![BTreeSet::new(); draft.groups.len()];
        for group in order {
            let mut above: BTreeSet<usize> = ancestors[group].clone();
            above.insert(group);
            for &(child, _) in &draft.groups[group].children {
                depth[child] = depth[child].max(depth[group] + 1);
                ancestors[child].extend(&above);
            }
        }
        Ok(Self { depth, ancestors })
    }
}

/// The groups in an order in which no child comes before its parent. The search keeps its own stack, since a chain of
/// groups may be longer than the program's.
fn parents_first(groups: &[DraftGroup]) -> Result<Vec<usize>, Diagnostic> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; groups.len()];
    let mut finished = Vec::with_capacity(groups.len());
    for root in 0..groups.len() {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut path = vec![(root, 0)];
        while let Some((group, next)) = path.last_mut() {
            let group = *group;
            let Some(&(child, _)) = groups[group].children.get(*next) else {
                state[group] = State::Done;
                finished.push(group);
                path.pop();
                continue;
            };
            *next += 1;
            match state[child] {
                State::Done => {}
                State::Open => {
                    let start = path.iter().position(|&(group, _)| group == child).unwrap_or_default();
                    let members: Vec<usize> = path[start..].iter().map(|&(group, _)| group).collect();
                    return Err(cycle(groups, &members));
                }
                State::New => {
                    state[child] = State::Open;
                    path.push((child, 0));
                }
            }
        }
    }
    finished.reverse();
    Ok(finished)
}

/// Groups each of which is a child of the one before, and the first of the last.
fn cycle(groups: &[DraftGroup], members: &[usize]) -> Diagnostic {
    let names: Vec<String> =
        members.iter().chain(members.first()).map(|&group| format!("`{}`", groups[group].name)).collect();
    let title = format!("the group {} is its own child: {}", names[0], names.join(" > "));
    let edges = members.iter().zip(members[1..].iter().chain(members)).map(|(&above, &below)| (above, below));
    // The edge that closes the circle comes first: it is the one that was written last.
    let mut edges: Vec<(usize, usize)> = edges.collect();
    edges.rotate_right(1);
    let mut places = edges.into_iter().filter_map(|(above, below)| {
        let (_, place) = groups[above].children.iter().find(|&&(child, _)| child == below)?;
        place.as_ref().map(|place| (place, format!("`{}` below `{}`", groups[below].name, groups[above].name)))
    });
    let Some((place, label)) = places.next() else {
        return Diagnostic::without_place(Code::GroupCycle, title);
    };
    let diagnostic = Diagnostic::new(Code::GroupCycle, title, place, label);
    places
        .fold(diagnostic, |diagnostic, (place, label)| diagnostic.also(place, label))
        .hint("take one of these out of its `children`")
}
