//! `ping`, `stat`, `slurp` and `fetch`: look at the node and change nothing there.

use std::path::PathBuf;

use lvs_agent::state::{self, Checksum, Resource};

use super::{Context, Fetch, Kind, Wanted, arguments::Arguments};
use crate::{source::Diagnostics, yaml::Node};

/// The arguments of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    seen: state::Look,
    fetch: Option<Fetch>,
    /// What `ping` is to answer.
    data: Option<String>,
}

impl Look {
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>) -> Self {
        let plain = |seen| Self { seen, fetch: None, data: None };
        match kind {
            Kind::Ping => Self { data: from.text(&["data"]), ..plain(state::Look::Ping) },
            Kind::Slurp => plain(slurp(from.path(&["src", "path"]))),
            Kind::Fetch => {
                let path = from.path(&["src"]);
                let dest = from.required(&["dest"], Node::to_text);
                let flat = from.flag(&["flat"]).unwrap_or(false);
                let must_exist = from.flag(&["fail_on_missing"]).unwrap_or(true);
                from.always("validate_checksum", "the content is always whole: it comes in one message");
                let place = from.get(&["dest"]).map(|node| node.span.clone());
                let fetch = place.map(|place| Fetch { source: path.clone(), dest, flat, place, file: PathBuf::new() });
                let look = state::Look::Slurp { path, sums: true, may_be_missing: !must_exist };
                Self { fetch, ..plain(look) }
            }
            _ => {
                let path = from.path(&["path", "dest", "name"]);
                let follow = from.flag(&["follow"]).unwrap_or(false);
                let algorithm = from.choice(&["checksum_algorithm", "checksum", "checksum_algo"], Checksum::NAMES);
                let wants = from.flag(&["get_checksum"]).unwrap_or(true);
                // What file(1) and lsattr(1) would say costs two programs, and is not asked for; they may be told.
                from.flag(&["get_mime", "mime", "mime_type", "mime-type"]);
                from.flag(&["get_attributes", "attr", "attributes"]);
                let checksum = wants.then(|| algorithm.unwrap_or_default());
                plain(state::Look::Stat { path, follow, checksum })
            }
        }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Wanted, Diagnostics> {
        let fetch = self.fetch.map(|fetch| fetch.into_place(context)).transpose()?;
        let wanted = Wanted { fetch, ..Wanted::plain(Resource::Look(self.seen)) };
        Ok(match self.data {
            Some(data) => wanted.returning([("ping", data.into())]),
            None => wanted,
        })
    }
}

fn slurp(path: String) -> state::Look {
    state::Look::Slurp { path, sums: false, may_be_missing: false }
}
