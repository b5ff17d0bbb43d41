//! A module with its arguments: as written, and as typed.

use super::{
    BootFiles, Context, Control, Kind, LvsVerify, Scope, Stage, Wanted, account,
    arguments::{Argument, ArgumentShape, Arguments},
    command::Command,
    copy::Copy,
    file::File,
    free_form,
    look::Look,
    lvs_ipvsadm::LvsIpvsadm,
    lvs_network,
    lvs_prune::LvsPrune,
    lvs_revert::LvsRevert,
    lvs_role,
    lvs_teardown::LvsTeardown,
    modprobe::Modprobe,
    package::Package,
    service::Service,
    sysctl::Sysctl,
    template::Template,
    text_edit::TextEdit,
    transfer::{self, Unarchive},
    wait_for::{self, WaitFor},
};
use lvs_agent::state::Resource;

use crate::{
    source::{Code, Diagnostic, Diagnostics, Source, Span},
    yaml::{Key, Map, Node, Value},
};

/// A module with its arguments as the playbook has them: checked as far as that goes without a host.
#[derive(Clone, Debug)]
pub struct Action {
    kind: Kind,
    args: Node,
}

/// A module with its typed arguments, for one host.
#[derive(Clone, Debug)]
pub enum Module {
    /// `command`, `shell`, `raw`, `script`.
    Command(Command),
    /// `copy`.
    Copy(Copy),
    /// `file`.
    File(File),
    /// `ping`, `stat`, `slurp`, `fetch`.
    Look(Look),
    /// `modprobe`.
    Modprobe(Modprobe),
    /// `package`.
    Package(Package),
    /// `service`.
    Service(Service),
    /// `sysctl`.
    Sysctl(Sysctl),
    /// `template`.
    Template(Template),
    /// `lineinfile`, `blockinfile`.
    TextEdit(TextEdit),
    /// `wait_for`.
    WaitFor(WaitFor),
    /// `unarchive`.
    Unarchive(Unarchive),
    /// A module that is one resource, and needs nothing of the host to say which.
    Plain(Box<Resource>),
    /// `lvs_ipvsadm`.
    LvsIpvsadm(Box<LvsIpvsadm>),
    /// `lvs_network`.
    LvsNetwork {
        /// Whether to write the files that a boot reads.
        files: BootFiles,
    },
    /// `lvs_real_server`, `lvs_director`.
    LvsRole {
        /// Which of them.
        role: Stage,
        /// Whether to write the files that a boot reads.
        files: BootFiles,
    },
    /// `lvs_prune`.
    LvsPrune(LvsPrune),
    /// `lvs_revert`.
    LvsRevert(LvsRevert),
    /// `lvs_teardown`.
    LvsTeardown(LvsTeardown),
    /// `lvs_verify`: no resource, the controller does it.
    Verify(LvsVerify),
    /// No resource, either: what the controller does for the host.
    Control(Control),
}

impl Action {
    /// Takes the arguments of a task; `more` are those under the keyword `args`.
    pub(crate) fn check(kind: Kind, args: &Node, more: Option<&Node>) -> Result<Self, Diagnostics> {
        let action = Self { kind, args: mapping(kind, args, more)? };
        action.read(&action.args, true)?;
        Ok(action)
    }

    /// The module.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The arguments, typed, with their templates rendered for a host.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Module, Diagnostics> {
        match (self.kind, &self.args.value) {
            // What it hands down is rendered where it arrives.
            (Kind::IncludeTasks | Kind::IncludeRole, Value::Map(map)) => {
                let mut rendered = Map::default();
                for (key, node) in map.iter() {
                    let node = if key.name == "apply" { node.clone() } else { scope.render(node)? };
                    rendered.insert(key.clone(), node);
                }
                self.read(&Node { value: Value::Map(rendered), span: self.args.span.clone() }, false)
            }
            _ => self.read(&scope.render(&self.args)?, false),
        }
    }

    /// The arguments as written.
    pub fn arguments(&self) -> &Node {
        &self.args
    }

    fn read(&self, args: &Node, early: bool) -> Result<Module, Diagnostics> {
        let mut arguments = Arguments::new(self.kind, args.as_map()?, &args.span, early);
        let module = typed(self.kind, &mut arguments, args)?;
        if !self.kind.takes_any_argument() {
            arguments.finish()?;
        }
        Ok(module)
    }
}

/// The module, with what is wrong noted in the arguments.
fn typed(kind: Kind, from: &mut Arguments<'_>, args: &Node) -> Result<Module, Diagnostics> {
    if kind.is_control() {
        let control = Control::read(kind, from, args)?;
        return Ok(Module::Control(control.expect("the kinds that are control are all read there")));
    }
    Ok(match kind {
        Kind::Command | Kind::Raw | Kind::Script | Kind::Shell => Module::Command(Command::read(kind, from)),
        Kind::Blockinfile | Kind::Lineinfile => Module::TextEdit(TextEdit::read(kind, from)),
        Kind::Fetch | Kind::Ping | Kind::Slurp | Kind::Stat => Module::Look(Look::read(kind, from)),
        Kind::GetUrl | Kind::Uri => Module::Plain(Box::new(transfer::plain(kind, from))),
        Kind::Unarchive => Module::Unarchive(Unarchive::read(from)),
        Kind::WaitForConnection => Module::Plain(Box::new(wait_for::for_connection(from))),
        Kind::Copy => Module::Copy(Copy::read(from)),
        Kind::File => Module::File(File::read(from)),
        Kind::Modprobe => Module::Modprobe(Modprobe::read(from)),
        Kind::Apt | Kind::Dnf | Kind::Package | Kind::Yum => Module::Package(Package::read(kind, from)),
        Kind::Group => Module::Plain(Box::new(account::group(from))),
        Kind::Hostname => Module::Plain(Box::new(account::hostname(from))),
        Kind::User => Module::Plain(Box::new(account::user(from))),
        Kind::Service | Kind::Systemd | Kind::SystemdService => Module::Service(Service::read(kind, from)),
        Kind::Sysctl => Module::Sysctl(Sysctl::read(from)),
        Kind::Template => Module::Template(Template::read(from)),
        Kind::WaitFor => Module::WaitFor(WaitFor::read(from)),
        Kind::LvsIpvsadm => Module::LvsIpvsadm(Box::new(LvsIpvsadm::read(from))),
        Kind::LvsNetwork => Module::LvsNetwork { files: files(from) },
        Kind::LvsRealServer => Module::LvsRole { role: Stage::RealServer, files: files(from) },
        Kind::LvsDirector => Module::LvsRole { role: Stage::Director, files: files(from) },
        Kind::LvsPrune => Module::LvsPrune(LvsPrune::read(from)),
        Kind::LvsRevert => Module::LvsRevert(LvsRevert::read(from)),
        Kind::LvsTeardown => Module::LvsTeardown(LvsTeardown::read(from)),
        Kind::LvsVerify => Module::Verify(LvsVerify::read(from)),
        kind => unreachable!("{} is read above", kind.name()),
    })
}

/// The arguments that a module asks for, found out by having it read some: what it asks for may hang on others.
pub(super) fn arguments_of(kind: Kind) -> Vec<Argument> {
    let source = Source::new("<arguments>", "");
    let span = Span::whole(&source);
    let node = |value| Node { value, span: span.clone() };
    let text = |text: &str| node(Value::String(text.to_owned()));
    let mut known: Vec<Argument> = Vec::new();
    let mut tried: Vec<(&str, String)> = Vec::new();
    let ask = |known: &mut Vec<Argument>, given: Option<(&str, &str)>| {
        let mut map = Map::default();
        if let Some((name, value)) = given {
            map.insert(Key { name: name.to_owned(), span: span.clone() }, text(value));
        }
        let args = node(Value::Map(map));
        let Ok(map) = args.as_map() else { return };
        let mut arguments = Arguments::new(kind, map, &args.span, true);
        // What is wrong with so few of them is no news.
        let _ = typed(kind, &mut arguments, &args);
        arguments.take_asked(known, given.is_none());
    };
    ask(&mut known, None);
    loop {
        let mut values: Vec<(&'static str, String)> = Vec::new();
        for argument in &known {
            let words = match &argument.shape {
                ArgumentShape::Choice(words) => words.clone(),
                _ => vec!["{{ value }}".to_owned()],
            };
            values.extend(words.into_iter().map(|word| (argument.names[0], word)));
        }
        values.retain(|value| !tried.contains(value));
        if values.is_empty() {
            return known;
        }
        for (name, word) in values {
            ask(&mut known, Some((name, &word)));
            tried.push((name, word));
        }
    }
}

impl Module {
    /// What it wants of a node, in the order in which it is to be made.
    pub fn expand(self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        Ok(match self {
            Self::Command(command) => vec![command.wanted(context)?],
            Self::Copy(copy) => copy.wanted(context)?,
            Self::File(file) => vec![Wanted::plain(file.resource())],
            Self::Look(look) => vec![look.wanted(context)?],
            Self::TextEdit(edit) => vec![Wanted::plain(edit.resource(context))],
            Self::Unarchive(unarchive) => vec![unarchive.wanted(context)?],
            Self::Plain(resource) => vec![Wanted::plain(*resource)],
            Self::Modprobe(modprobe) => vec![Wanted::plain(modprobe.resource())],
            Self::Package(package) => package.wanted(context)?,
            Self::Service(service) => service.wanted(),
            Self::Sysctl(sysctl) => vec![Wanted::plain(sysctl.resource())],
            Self::Template(template) => vec![template.wanted(context)?],
            Self::WaitFor(wait) => vec![Wanted::plain(wait.resource())],
            Self::LvsIpvsadm(ipvsadm) => ipvsadm.wanted(context)?,
            Self::LvsNetwork { files } => lvs_network::expand(files, context)?,
            Self::LvsRole { role, files } => lvs_role::expand(role, files, context)?,
            Self::LvsPrune(prune) => prune.expand(context)?,
            Self::LvsRevert(revert) => revert.expand(),
            Self::LvsTeardown(teardown) => teardown.expand(context),
            Self::Verify(_) | Self::Control(_) => Vec::new(),
        })
    }
}

/// Whether to write the files that a boot reads: yes, unless told otherwise, and beside what others wrote.
fn files(from: &mut Arguments<'_>) -> BootFiles {
    let (files, takeover) = (from.flag(&["files"]), from.flag(&["takeover"]));
    match (files.unwrap_or(true), takeover.unwrap_or(false)) {
        (false, _) => BootFiles::None,
        (true, false) => BootFiles::Beside,
        (true, true) => BootFiles::TakeOver,
    }
}

/// The arguments as a mapping: nothing, a mapping, or the free text of a command.
fn mapping(kind: Kind, args: &Node, more: Option<&Node>) -> Result<Node, Diagnostic> {
    let mut map = match &args.value {
        Value::Null => Map::default(),
        Value::Map(map) => map.clone(),
        Value::String(text) if kind.takes_free_text() => Command::free_form(args, text),
        Value::String(text) => match (kind, free_form::is_mapping(text)) {
            (_, true) => free_form::mapping(args, text)?,
            (Kind::Meta, false) => free_form::single(args, "action"),
            (Kind::IncludeTasks | Kind::IncludeVars, false) => free_form::single(args, "file"),
            _ => return Err(not_a_mapping(kind, args)),
        },
        _ => return Err(not_a_mapping(kind, args)),
    };
    for (key, node) in more.map(Node::as_map).transpose()?.into_iter().flat_map(Map::iter) {
        map.insert(key.clone(), node.clone());
    }
    Ok(Node { value: Value::Map(map), span: args.span.clone() })
}

fn not_a_mapping(kind: Kind, args: &Node) -> Diagnostic {
    let title = format!("the arguments of `{}` are a mapping", kind.name());
    Diagnostic::new(Code::BadModuleArguments, title, &args.span, args.value.kind())
        .hint(format!("write `{}: {{ key: value }}`, or a key on each line below it", kind.name()))
}
