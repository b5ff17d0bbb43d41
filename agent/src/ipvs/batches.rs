//! Cutting a plan into datagrams.

use super::TableChange;

/// From here on a batch ends as soon as it may. So many errors still fit a socket's buffer, and larger batches are no
/// faster.
const ENOUGH: usize = 200;

/// Where a batch ends in any case: a datagram may have some 200 kB, and the longest message has 200 bytes.
const AT_MOST: usize = 1000;

/// Cuts changes into batches. A new service and its real servers stay together where that is possible: between two
/// batches, clients would find it empty.
pub(super) fn batches(mut changes: &[TableChange]) -> impl Iterator<Item = &[TableChange]> {
    std::iter::from_fn(move || {
        let may_end = |change: &TableChange| !matches!(change, TableChange::AddServer(..));
        let end = match changes.iter().take(AT_MOST).skip(ENOUGH).position(may_end) {
            Some(place) => ENOUGH + place,
            None => changes.len().min(AT_MOST),
        };
        let (batch, rest) = changes.split_at_checked(end)?;
        changes = rest;
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipvs::model::{server, service};

    fn sizes(counts: &[usize]) -> Vec<usize> {
        let mut changes = Vec::new();
        for (number, count) in (1..).zip(counts) {
            let service = service(number);
            let key = service.key;
            changes.push(TableChange::AddService(service.into()));
            changes.extend((0..*count).map(|_| TableChange::AddServer(key, server(1))));
        }
        let batches: Vec<_> = batches(&changes).collect();
        assert_eq!(batches.concat(), changes);
        batches.iter().map(|batch| batch.len()).collect()
    }

    #[test]
    fn a_service_and_its_servers_go_in_one_batch() {
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[5]), [6]);
        assert_eq!(sizes(&[150, 100, 5]), [252, 6]);
        assert_eq!(sizes(&[199, 1]), [200, 2]);
    }

    #[test]
    fn only_a_very_large_service_is_cut() {
        assert_eq!(sizes(&[2500, 1]), [1000, 1000, 501, 2]);
    }
}
