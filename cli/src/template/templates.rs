//! Where templates are found: the user's folders first, then those that are part of lvsctl.

use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::shipped::SHIPPED;
use crate::source::{Code, Diagnostic, Source, did_you_mean};

/// Where templates are looked for.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// The user's folders; the first that has the template wins.
    pub user_dirs: Vec<PathBuf>,
}

impl Templates {
    /// A template by its name: a path below one of the folders, or an absolute path.
    pub fn find(&self, name: &str) -> Result<Arc<Source>, Diagnostic> {
        let absolute = Path::new(name).is_absolute().then(|| PathBuf::from(name));
        for path in absolute.into_iter().chain(self.user_dirs.iter().map(|folder| folder.join(name))) {
            if path.is_file() {
                return Ok(Source::read(&path)?);
            }
        }
        match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            Some((name, text)) => {
                crate::source::note(&format!("<lvsctl>/templates/{name}"), text.as_bytes());
                Ok(Source::new(format!("templates/{name}"), *text))
            }
            None => Err(self.not_found(name)),
        }
    }

    /// A template for `include`: it lies in one of the folders. A value of an inventory must not be able to show any file
    /// of the controller's.
    pub(super) fn find_within(&self, name: &str) -> Result<Arc<Source>, Diagnostic> {
        let is_within =
            Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if is_within { self.find(name) } else { Err(self.not_found(name)) }
    }

    fn not_found(&self, name: &str) -> Diagnostic {
        let mut looked: Vec<String> = self.user_dirs.iter().map(|folder| format!("in {}", folder.display())).collect();
        looked.push("among the templates of lvsctl".to_owned());
        let hint = match did_you_mean(name, SHIPPED.iter().map(|(name, _)| *name)) {
            Some(meant) => format!("did you mean `{meant}`? Looked {}", looked.join(", ")),
            None => format!("looked {}", looked.join(", ")),
        };
        Diagnostic::without_place(Code::TemplateNotFound, format!("there is no template `{name}`")).hint(hint)
    }
}
