//! How the user who logs in becomes root on a node (`become` in Ansible).
//!
//! Several places may say it: variables of a host, keywords of a play, the command line. Each is a [`Wish`], and what one
//! leaves open a weaker one may say. In Ansible variables win over keywords, and those over the command line.

use super::Password;
use crate::{
    inventory::Host,
    source::{Code, Diagnostic},
    template::has_template,
    vault,
    yaml::{Node, Value},
};

/// The program by which somebody becomes another user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BecomeMethod {
    /// sudo(8), with the user's own password, if any
    #[default]
    Sudo,
    /// doas(1), with the user's own password, if any
    Doas,
    /// su(1), with root's password
    Su,
}

/// How to become root on a node.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// By which program.
    pub method: BecomeMethod,
    /// Another path or name of it.
    pub exe: Option<String>,
    /// Arguments in place of the usual ones.
    pub flags: Option<Vec<String>>,
    /// What is typed where it asks.
    pub password: Option<Password>,
}

/// What one place says about becoming another user.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `become`.
    pub is_asked: Option<bool>,
    /// `become_method`.
    pub method: Option<BecomeMethod>,
    /// `become_user`: as whom tasks work. The agent itself is root's in any case.
    pub user: Option<String>,
    /// `become_exe`.
    pub exe: Option<String>,
    /// `become_flags`.
    pub flags: Option<Vec<String>>,
    /// The password.
    pub password: Option<Password>,
}

/// The names of the password, the weakest first, as in Ansible; the method's own name wins over both.
const PASSWORDS: [&str; 2] = ["ansible_become_password", "ansible_become_pass"];

/// Everything that is a password by its name.
const SECRETS: [&str; 7] = [
    "ansible_become_password",
    "ansible_become_pass",
    "ansible_sudo_pass",
    "ansible_doas_pass",
    "ansible_su_pass",
    "ansible_password",
    "ansible_ssh_pass",
];

/// Whether a variable is a password by its name.
pub fn is_password(name: &str) -> bool {
    SECRETS.contains(&name)
}

/// From now on no password of these hosts is printed.
pub fn keep_passwords_secret(hosts: &[Host]) {
    let nodes = hosts.iter().flat_map(|host| SECRETS.iter().filter_map(|name| host.vars.get(*name)));
    for node in nodes.filter(|node| !has_template(node)) {
        vault::keep_secret(node);
        // Digits are a password, too.
        if let Value::Int(number) = &node.value {
            vault::keep_text_secret(&number.to_string());
        }
    }
}

impl BecomeMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sudo, Self::Doas, Self::Su];

    /// Its name, which is the program's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sudo => "sudo",
            Self::Doas => "doas",
            Self::Su => "su",
        }
    }

    /// Reads the name of a method, with the collection's in front or without.
    pub fn read(node: &Node) -> Result<Self, Diagnostic> {
        let word = node.as_str()?;
        let short = ["ansible.builtin.", "community.general."].iter().find_map(|prefix| word.strip_prefix(prefix));
        let named = Self::ALL.into_iter().find(|method| method.name() == short.unwrap_or(word));
        named.ok_or_else(|| {
            node.wrong_value(format!("lvsctl cannot become root by `{}`", word.escape_debug()))
                .hint("use `sudo`, `doas` or `su`")
        })
    }
}

impl Wish {
    /// What variables say, over what a weaker place says. Each mistake has its place.
    pub fn of_variables(get: &dyn Fn(&str) -> Option<Node>, weaker: &Self, found: &mut Vec<Diagnostic>) -> Self {
        let mut wish = Self::default();
        let mut note = |result: Result<(), Diagnostic>| found.extend(result.err());
        let get = |name: &str| get(name).filter(|node| !node.is_null());
        if let Some(node) = get("ansible_become") {
            note(node.as_bool().map(|is_asked| wish.is_asked = Some(is_asked)));
        }
        if let Some(node) = get("ansible_become_method") {
            note(BecomeMethod::read(&node).map(|method| wish.method = Some(method)));
        }
        let method = wish.method.or(weaker.method).unwrap_or_default().name();
        // The later name wins.
        let last =
            |what: &str| get(&format!("ansible_{method}_{what}")).or_else(|| get(&format!("ansible_become_{what}")));
        if let Some(node) = last("user") {
            note(user(&node).map(|user| wish.user = Some(user)));
        }
        if let Some(node) = last("exe") {
            note(exe(&node).map(|exe| wish.exe = Some(exe)));
        }
        if let Some(node) = last("flags") {
            note(flags(&node).map(|flags| wish.flags = Some(flags)));
        }
        let own = get(&format!("ansible_{method}_pass"));
        if let Some(node) = own.or_else(|| PASSWORDS.iter().rev().find_map(|name| get(name))) {
            note(password(&node).map(|password| wish.password = Some(password)));
        }
        wish.or(weaker)
    }

    /// What this leaves open, as the weaker one says.
    #[must_use]
    pub fn or(self, weaker: &Self) -> Self {
        Self {
            is_asked: self.is_asked.or(weaker.is_asked),
            method: self.method.or(weaker.method),
            user: self.user.or_else(|| weaker.user.clone()),
            exe: self.exe.or_else(|| weaker.exe.clone()),
            flags: self.flags.or_else(|| weaker.flags.clone()),
            password: self.password.or_else(|| weaker.password.clone()),
        }
    }

    /// How to become root, where that is asked for.
    pub fn rights(&self) -> Option<Rights> {
        self.is_asked.filter(|is_asked| *is_asked).map(|_| Rights {
            method: self.method.unwrap_or_default(),
            exe: self.exe.clone(),
            flags: self.flags.clone(),
            password: self.password.clone(),
        })
    }
}

/// The name of a user, of which no shell and no program can make anything else.
pub fn user(node: &Node) -> Result<String, Diagnostic> {
    let name = node.to_text()?;
    let is_fit = |c: char| c.is_alphanumeric() || "._-@\\".contains(c);
    if name.chars().next().is_some_and(|first| first.is_alphanumeric() || first == '_')
        && name.trim_end_matches('$').chars().all(is_fit)
    {
        return Ok(name);
    }
    Err(node.wrong_value(format!("`{}` cannot be the name of a user", name.escape_debug())))
}

/// A program: one word.
pub fn exe(node: &Node) -> Result<String, Diagnostic> {
    let name = node.to_text()?;
    if name.is_empty() || name.starts_with('-') || name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(node
            .wrong_value(format!("`{}` is no program", name.escape_debug()))
            .hint("give its path or name alone; arguments are `become_flags`"));
    }
    Ok(name)
}

/// Arguments, as a line or as a list.
pub fn flags(node: &Node) -> Result<Vec<String>, Diagnostic> {
    let wrong = |why: &str| node.wrong_value(format!("these are no arguments: {why}"));
    let text = node.as_str()?;
    if text.contains(char::is_control) {
        return Err(wrong("there is a control character in them"));
    }
    crate::inventory::words(text).map_err(wrong)
}

fn password(node: &Node) -> Result<Password, Diagnostic> {
    // A password of digits is one, too.
    let text = node.to_text()?;
    Password::new(&text).ok_or_else(|| {
        // Without the line: the password stands in it.
        Diagnostic::without_place(Code::WrongValue, format!("the password at {} cannot be typed", node.span))
            .hint("it must have at least one character, and no line end or other control character")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{Diagnostics, Source},
        yaml,
    };

    fn wish(text: &str, weaker: &Wish) -> Result<Wish, String> {
        let node = yaml::parse(&Source::new("vars.yml", text)).unwrap();
        let map = node.as_map().unwrap().clone();
        let mut found = Vec::new();
        let wish = Wish::of_variables(&|name| map.get(name).cloned(), weaker, &mut found);
        Diagnostics::check(found).map(|()| wish).map_err(|mistakes| mistakes.render(false))
    }

    #[test]
    fn variables_win_over_what_is_weaker() {
        let weaker = Wish {
            is_asked: Some(true),
            method: Some(BecomeMethod::Su),
            user: Some("www".to_owned()),
            password: Password::new("of the command line"),
            ..Wish::default()
        };
        let is = wish("ansible_become_flags: '-l \"a b\"'\nansible_su_user: bob\nansible_become_user: eve", &weaker);
        let is = is.unwrap();
        let rights = is.rights().unwrap();
        assert_eq!(rights.method, BecomeMethod::Su);
        assert_eq!(rights.flags.unwrap(), ["-l", "a b"]);
        assert_eq!((is.user.as_deref(), rights.password), (Some("bob"), weaker.password.clone()));
        assert!(wish("ansible_become: no", &weaker).unwrap().rights().is_none());
    }

    #[test]
    fn of_several_names_of_a_password_the_most_special_wins() {
        let all = "ansible_become_password: the first\nansible_become_pass: the second\nansible_sudo_pass: the third\n";
        let password = |text: &str| wish(text, &Wish::default()).unwrap().password;
        assert_eq!(password(all), Password::new("the third"));
        assert_eq!(password(&format!("{all}ansible_become_method: doas")), Password::new("the second"));
        assert_eq!(password("ansible_become_password: 12345"), Password::new("12345"));
    }

    #[test]
    fn mistakes_have_their_places_and_a_password_is_not_shown() {
        for (text, why) in [
            ("ansible_become_method: pbrun", "cannot become root by `pbrun`"),
            ("ansible_become_user: '-c id'", "cannot be the name of a user"),
            ("ansible_become_exe: sudo -u eve", "is no program"),
            ("ansible_become_flags: \"-H 'x\"", "a quote is not closed"),
            ("ansible_become: maybe", "LVS003"),
        ] {
            let shown = wish(text, &Wish::default()).unwrap_err();
            assert!(shown.contains(why) && shown.contains("vars.yml:1"), "{shown}");
        }
        let shown = wish("ansible_become_pass: \"two\\nlines of it\"", &Wish::default()).unwrap_err();
        assert!(shown.contains("vars.yml:1") && !shown.contains("lines of it"), "{shown}");
    }
}
