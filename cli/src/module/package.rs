//! `package`: software packages by the node's own package manager.

use lvs_agent::state::{self, Presence, Resource};

use super::arguments::Arguments;

/// The arguments of `package`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    names: Vec<String>,
    state: Presence,
}

impl Package {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let names = from.required(&["name", "pkg"], |node| {
            let mut names = Vec::new();
            for name in node.as_list_or_one() {
                names.extend(name.to_text()?.split(',').map(|name| name.trim().to_owned()));
            }
            let nameless = names.is_empty() || names.iter().any(String::is_empty);
            if nameless { Err(node.wrong_value("a package without a name")) } else { Ok(names) }
        });
        let state = from.choice(
            &["state"],
            &[
                ("present", Presence::Present),
                ("installed", Presence::Present),
                ("absent", Presence::Absent),
                ("removed", Presence::Absent),
            ],
        );
        Self { names, state: state.unwrap_or_default() }
    }

    pub(super) fn resource(self) -> Resource {
        Resource::Package(state::Package { names: self.names, state: self.state })
    }
}
