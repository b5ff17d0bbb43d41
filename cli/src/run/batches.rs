//! How the hosts of a play are taken: in which order, and how many at the same time (`order`, `serial`).

use std::{collections::hash_map::RandomState, hash::BuildHasher, sync::Arc};

use crate::{
    playbook::Order,
    source::Diagnostic,
    yaml::{Node, Value},
};

/// The hosts in the order in which a play takes them; they come in that of the inventory.
pub(super) fn ordered(hosts: Vec<Arc<str>>, order: Order) -> Vec<Arc<str>> {
    let mut hosts = hosts;
    match order {
        Order::Inventory => {}
        Order::ReverseInventory => hosts.reverse(),
        Order::Sorted => hosts.sort(),
        Order::ReverseSorted => hosts.sort_by(|left, right| right.cmp(left)),
        Order::Shuffle => {
            // Its keys differ with each run.
            let chance = RandomState::new();
            hosts.sort_by_key(|host| chance.hash_one(host));
        }
    }
    hosts
}

/// The hosts in batches; the last size holds for all that come after it.
pub(super) fn batches(hosts: Vec<Arc<str>>, sizes: &[Node]) -> Result<Vec<Vec<Arc<str>>>, Diagnostic> {
    let sizes = sizes.iter().map(|size| number(size, hosts.len())).collect::<Result<Vec<_>, _>>()?;
    let mut batches = Vec::new();
    let (mut rest, mut sizes) = (hosts, sizes.into_iter().peekable());
    let mut size = 0;
    while !rest.is_empty() {
        size = sizes.next().unwrap_or(size);
        if size == 0 || size >= rest.len() {
            batches.push(rest);
            break;
        }
        let later = rest.split_off(size);
        batches.push(std::mem::replace(&mut rest, later));
    }
    Ok(batches)
}

/// A number of hosts; a percentage of all hosts is at least one. 0 means all.
fn number(size: &Node, hosts: usize) -> Result<usize, Diagnostic> {
    let wrong = || size.wrong_type("a number of hosts, or a percentage such as `\"25%\"`");
    match &size.value {
        Value::Int(number) => usize::try_from(*number).map_err(|_| wrong()),
        Value::String(text) => match text.trim().strip_suffix('%') {
            None => text.trim().parse().map_err(|_| wrong()),
            Some(percent) => {
                let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
                #[expect(clippy::cast_precision_loss, reason = "there are not so many hosts")]
                let share = percent / 100.0 * hosts as f64;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the hosts")]
                Ok((share.max(0.0) as usize).max(1))
            }
        },
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    fn sizes(hosts: usize, serial: &str) -> Vec<usize> {
        let hosts = (0..hosts).map(|number| format!("h{number:02}").into()).collect();
        let node = yaml::parse(&Source::new("test.yml", serial)).unwrap();
        batches(hosts, node.as_list().unwrap()).unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn batches_are_numbers_or_percentages_and_the_last_size_goes_on() {
        assert_eq!(sizes(5, "[]"), [5]);
        assert_eq!(sizes(5, "[2]"), [2, 2, 1]);
        assert_eq!(sizes(10, "[1, 5, '20%']"), [1, 5, 2, 2]);
        assert_eq!(sizes(3, "['10%']"), [1, 1, 1]);
        assert_eq!(sizes(3, "[0]"), [3]);
        assert_eq!(sizes(3, "['3']"), [3]);
    }

    #[test]
    fn hosts_are_taken_in_the_order_that_is_asked_for() {
        let hosts = || ["b", "c", "a"].map(Arc::from).to_vec();
        let shown = |order| ordered(hosts(), order).concat();
        assert_eq!(shown(Order::Inventory), "bca");
        assert_eq!(shown(Order::ReverseInventory), "acb");
        assert_eq!(shown(Order::Sorted), "abc");
        assert_eq!(shown(Order::ReverseSorted), "cba");
        assert_eq!(shown(Order::Shuffle).len(), 3);
    }
}
