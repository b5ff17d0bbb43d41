//! Where playbooks are found: the user's own first, the shipped ones last.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::source::{Code, Diagnostic, Source, Span, did_you_mean, note};

/// The shipped playbooks.
const BUILT_IN: &[(&str, &str)] = &[
    ("ipvsadm.yml", include_str!("../../../playbooks/ipvsadm.yml")),
    ("site.yml", include_str!("../../../playbooks/site.yml")),
    ("real_servers.yml", include_str!("../../../playbooks/real_servers.yml")),
    ("directors.yml", include_str!("../../../playbooks/directors.yml")),
    ("leaving.yml", include_str!("../../../playbooks/leaving.yml")),
    ("teardown.yml", include_str!("../../../playbooks/teardown.yml")),
    ("verify.yml", include_str!("../../../playbooks/verify.yml")),
];

/// Folders with playbooks, and the shipped playbooks behind them.
#[derive(Clone, Debug)]
pub struct Library {
    folders: Vec<PathBuf>,
}

impl Library {
    /// The folders of a user: `./playbooks`, then `$XDG_CONFIG_HOME/lvsctl/playbooks` (`~/.config/…`).
    pub fn of_user() -> Self {
        let config = env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
        let mut folders = vec![PathBuf::from("playbooks")];
        folders.extend(config.map(|config| config.join("lvsctl/playbooks")));
        Self { folders }
    }

    /// These folders; none leaves the shipped playbooks only.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// Names of the shipped playbooks.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A playbook by path or name; the ending `.yml` may be left out of a name.
    ///
    /// `importer` is the place of an `import_playbook`: the path is then seen from that playbook's folder first.
    pub fn find(&self, name: &str, importer: Option<&Span>) -> Result<Arc<Source>, Diagnostic> {
        let beside = match importer {
            Some(place) => folder_of(place.source()).map(|folder| folder.join(name)),
            None => Some(PathBuf::from(name)),
        };
        let in_folders = self.folders.iter().flat_map(|folder| [folder.join(name), folder.join(format!("{name}.yml"))]);
        for path in beside.into_iter().chain(in_folders) {
            if path.is_file() {
                return Ok(Source::read(&path)?);
            }
        }
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name || known.strip_suffix(".yml") == Some(name));
        if let Some((known, text)) = built_in {
            note(&built_in_name(known), text.as_bytes());
            return Ok(Source::new(built_in_name(known), *text));
        }
        Err(self.not_found(name, importer))
    }

    /// The folder of a role: beside the playbook, then the user's, then where Ansible has roles, too.
    pub(super) fn find_role(&self, name: &str, base: &Path) -> Option<PathBuf> {
        self.role_folders(base).into_iter().map(|folder| folder.join(name)).find(|folder| folder.is_dir())
    }

    fn role_folders(&self, base: &Path) -> Vec<PathBuf> {
        let mut folders = vec![base.join("roles"), base.to_owned()];
        folders.extend(self.folders.iter().map(|folder| folder.join("roles")));
        folders.extend(env::var_os("HOME").map(|home| Path::new(&home).join(".ansible/roles")));
        folders.push(PathBuf::from("/etc/ansible/roles"));
        folders
    }

    /// Why there is no such role.
    pub(super) fn role_not_found(&self, name: &str, base: &Path, place: &Span) -> Diagnostic {
        let title = format!("there is no role `{name}`");
        let folders = self.role_folders(base);
        let entries = folders.iter().filter(|folder| folder.ends_with("roles")).flat_map(std::fs::read_dir).flatten();
        let known: Vec<String> =
            entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
        let mistake = Diagnostic::new(Code::RoleNotFound, title, place, "");
        if let Some(meant) = did_you_mean(name, known.iter().map(String::as_str)) {
            return mistake.hint(format!("did you mean `{meant}`?"));
        }
        let here =
            |folder: &PathBuf| if folder.as_os_str().is_empty() { ".".into() } else { folder.display().to_string() };
        let folders: Vec<String> = folders.iter().map(here).collect();
        mistake.hint(format!("looked in {}", folders.join(", ")))
    }

    fn not_found(&self, name: &str, importer: Option<&Span>) -> Diagnostic {
        let title = format!("there is no playbook `{name}`");
        let diagnostic = match importer {
            Some(place) => Diagnostic::new(Code::PlaybookNotFound, title, place, "imported here"),
            None => Diagnostic::without_place(Code::PlaybookNotFound, title),
        };
        if importer.is_none() && Path::new(name).is_dir() {
            let hint = format!(
                "`{name}` is a folder: name a file in it, such as `{}`",
                Path::new(name).join("site.yml").display()
            );
            return diagnostic.hint(hint);
        }
        if let Some(meant) = did_you_mean(name, Self::built_in()) {
            return diagnostic.hint(format!("did you mean `{meant}`?"));
        }
        let folders: Vec<_> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        let shipped = Self::built_in().collect::<Vec<_>>().join(", ");
        diagnostic.hint(format!("looked at the path itself, in {}; shipped: {shipped}", folders.join(", ")))
    }
}

/// The name under which a shipped playbook is shown.
fn built_in_name(name: &str) -> String {
    format!("<lvsctl>/playbooks/{name}")
}

/// The folder of a playbook; a shipped one has none.
pub(crate) fn folder_of(source: &Source) -> Option<&Path> {
    if source.name().starts_with('<') { None } else { Path::new(source.name()).parent() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_playbook_is_taken_instead_of_the_shipped_one() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::new(vec![folder.path().to_owned()]);
        assert_eq!(library.find("site", None).unwrap().name(), "<lvsctl>/playbooks/site.yml");
        std::fs::write(folder.path().join("site.yml"), "[]").unwrap();
        assert_eq!(library.find("site", None).unwrap().text(), "[]");
    }

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let error = Library::new(Vec::new()).find("driectors.yml", None).unwrap_err();
        assert_eq!(error.code(), Code::PlaybookNotFound);
        assert_eq!(error.hint_text(), Some("did you mean `directors.yml`?"));
    }
}
