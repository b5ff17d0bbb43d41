//! Users and groups by reading `/etc/passwd` and `/etc/group` (passwd(5), group(5)).
//!
//! The name service switch is out: a static program that loads its modules may crash on another distribution's libc.
//! So an account that only LDAP knows must be given by number.

use super::Root;

/// A database of accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Database {
    /// `/etc/passwd`.
    Users,
    /// `/etc/group`.
    Groups,
}

/// The accounts of one database.
#[derive(Debug)]
pub(crate) struct Accounts(Vec<(String, u32)>);

impl Database {
    fn path(self) -> &'static str {
        match self {
            Self::Users => "/etc/passwd",
            Self::Groups => "/etc/group",
        }
    }
}

impl Accounts {
    /// Reads a database; one that cannot be read is empty, as numbers still do.
    pub(crate) fn read(root: &Root, database: Database) -> Self {
        let text = std::fs::read(root.path(database.path())).unwrap_or_default();
        Self(String::from_utf8_lossy(&text).lines().filter_map(account).collect())
    }

    /// The number of an account given by name or number.
    pub(crate) fn id(&self, account: &str) -> Option<u32> {
        self.0.iter().find(|(name, _)| name == account).map(|&(_, id)| id).or_else(|| account.parse().ok())
    }

    /// The name of an account, or its number where it has none.
    pub(crate) fn name(&self, id: u32) -> String {
        self.0.iter().find(|account| account.1 == id).map_or_else(|| id.to_string(), |(name, _)| name.clone())
    }
}

/// `name:password:number:…`, the same in both files.
fn account(line: &str) -> Option<(String, u32)> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| !name.is_empty())?;
    Some((name.to_owned(), fields.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    #[test]
    fn accounts_are_found_by_name_and_by_number() {
        let fake = FakeNode::new();
        fake.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken\nwww-data:x:33:33:www:/var/www:/bin/false\n");
        let users = Accounts::read(&fake.node.root, Database::Users);
        assert_eq!(users.id("www-data"), Some(33));
        assert_eq!(users.id("1000"), Some(1000));
        assert_eq!(users.id("nobody-here"), None);
        assert_eq!((users.name(33), users.name(7)), ("www-data".to_owned(), "7".to_owned()));
    }
}
