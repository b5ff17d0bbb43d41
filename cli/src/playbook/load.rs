//! Reading a playbook with everything that it imports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Library, Play, Task, folder_of,
    item::Reader,
    keyword,
    play::{self, Imported},
    read,
};
use crate::{
    source::{Code, Diagnostic, Diagnostics, Source, Span},
    yaml::{self, Map, Node},
};

/// Deepest chain of imports; a longer one is a circle or a mistake.
pub(super) const MAX_DEPTH: usize = 16;

/// A playbook, its imports put in their place.
#[derive(Clone, Debug, Default)]
pub struct Playbook {
    /// The plays, in order.
    pub plays: Vec<Play>,
    /// Its folder: roles and files are looked for there.
    pub folder: PathBuf,
    /// What is said of keywords that are passed over.
    pub warnings: Vec<Diagnostic>,
}

impl Playbook {
    /// Finds a playbook and reads it.
    pub fn load(library: &Library, name: &str) -> Result<Self, Diagnostics> {
        let source = library.find(name, None)?;
        Self::read(library, &source)
    }

    /// Reads a playbook that is already at hand.
    pub fn read(library: &Library, source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let folder = folder_of(source).unwrap_or(Path::new("")).to_owned();
        let mut reader = Reader::new(library, &folder);
        let mut plays = Vec::new();
        reader.playbook(source, &Imported::default(), &mut plays);
        let (warnings, found) = keyword::part(reader.found);
        Diagnostics::check(found)?;
        Ok(Self { plays, folder, warnings })
    }

    /// All tasks that are known before it runs, with their play's place in the playbook; handlers are among them.
    pub fn tasks(&self) -> impl Iterator<Item = (usize, &Arc<Task>)> {
        self.plays.iter().enumerate().flat_map(|(index, play)| play.tasks().map(move |task| (index, task)))
    }
}

impl Reader<'_> {
    fn playbook(&mut self, source: &Arc<Source>, around: &Imported, plays: &mut Vec<Play>) {
        let node = match yaml::parse(source) {
            Ok(node) => node,
            Err(error) => return self.found.push(error),
        };
        if node.is_null() {
            let title = "the playbook is empty";
            return self.found.push(Diagnostic::new(Code::WrongType, title, &Span::whole(source), "expected plays"));
        }
        let nodes = match node.as_list() {
            Ok(nodes) => nodes,
            Err(error) => return self.found.push(error.hint("a playbook is a list of plays: `- hosts: …`")),
        };
        self.path.push(source.name().to_owned());
        for node in nodes {
            self.entry(node, around, plays);
        }
        self.path.pop();
    }

    fn entry(&mut self, node: &Node, around: &Imported, plays: &mut Vec<Play>) {
        let map = match node.as_map() {
            Ok(map) => map,
            Err(error) => return self.found.push(error.hint("a play is a mapping with `hosts` and `tasks`")),
        };
        let Some((key, import)) = map.entry("import_playbook").or_else(|| map.entry("ansible.builtin.import_playbook"))
        else {
            plays.extend(play::read(map, &node.span, around, self));
            return;
        };
        for (other, _) in map.iter() {
            if other.name != key.name && !keyword::IMPORT.contains(&other.name.as_str()) {
                self.found.push(keyword::unknown(other, "import", keyword::IMPORT));
            }
        }
        let inner = self.imported(map, around);
        self.import(import, &inner, plays);
    }

    /// What an import hands down, with what is handed down to it.
    fn imported(&mut self, map: &Map, around: &Imported) -> Imported {
        let mut inner = around.clone();
        inner.tags.extend(read::tags(map, &mut self.found));
        inner.when.extend(read::list(map, "when").iter().cloned());
        let mut vars = read::vars(map, &mut self.found);
        vars.extend(std::mem::take(&mut inner.vars));
        inner.vars = vars;
        inner
    }

    fn import(&mut self, import: &Node, around: &Imported, plays: &mut Vec<Play>) {
        let source = import.as_str().and_then(|name| self.library.find(name, Some(&import.span)));
        match source {
            Err(error) => self.found.push(error),
            Ok(source) if self.path.iter().any(|name| name == source.name()) || self.path.len() >= MAX_DEPTH => {
                let title = format!("the playbook `{}` imports itself", source.name());
                let label = "this closes the circle";
                self.found.push(Diagnostic::new(Code::WrongValue, title, &import.span, label));
            }
            Ok(source) => self.playbook(&source, around, plays),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Playbook, Diagnostics> {
        Playbook::read(&Library::new(Vec::new()), &Source::new("test.yml", text))
    }

    fn mistakes(text: &str) -> String {
        read(text).unwrap_err().render(false)
    }

    #[test]
    fn every_shipped_playbook_is_read() {
        for name in Library::built_in() {
            let playbook = Playbook::load(&Library::new(Vec::new()), name);
            assert!(!playbook.unwrap_or_else(|error| panic!("{error}")).plays.is_empty(), "{name}");
        }
    }

    #[test]
    fn imports_are_put_in_place_with_their_tags() {
        let playbook = read("- import_playbook: directors.yml\n  tags: [later]\n").unwrap();
        assert!(playbook.tasks().all(|(_, task)| task.tags().contains(&"later".to_owned())));
        assert!(playbook.tasks().count() > 0);
    }

    #[test]
    fn a_playbook_that_imports_itself_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        std::fs::write(&path, "- import_playbook: a.yml\n").unwrap();
        let error = Playbook::load(&Library::new(Vec::new()), path.to_str().unwrap()).unwrap_err();
        assert!(error.all()[0].title().ends_with("imports itself"), "{error}");
    }

    #[test]
    fn all_mistakes_are_shown_at_once() {
        insta::assert_snapshot!(mistakes(
            "\
- hosts: web
  serial: 1
  handlers:
    - name: Restart nginx
      service: { name: nginx, state: restarted }
  tasks:
    - name: Install
      pakage: { name: nginx }
    - name: Configure
      template: { src: nginx.conf.j2, dst: /etc/nginx/nginx.conf }
      notfy: Restart nginx
    - name: Run
      shell: ls
    - name: Tell
      command: 'true'
      notify: Restart ngins
    - name: Nothing
    - name: Two
      command: ls
      service: { name: a }
    - command: ls
      register: out
- tasks: []
"
        ));
    }
}
