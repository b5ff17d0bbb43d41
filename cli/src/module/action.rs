//! A module with its arguments: as written, and as typed.

use super::{
    BootFiles, Context, Control, Kind, LvsVerify, Scope, Stage, Wanted, arguments::Arguments, command::Command,
    copy::Copy, file::File, free_form, lvs_network, lvs_prune::LvsPrune, lvs_role, modprobe::Modprobe,
    package::Package, service::Service, sysctl::Sysctl, template::Template, wait_for::WaitFor,
};
use crate::{
    source::{Code, Diagnostic, Diagnostics},
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
    /// `command`.
    Command(Command),
    /// `copy`.
    Copy(Copy),
    /// `file`.
    File(File),
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
    /// `wait_for`.
    WaitFor(WaitFor),
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
        let from = &mut arguments;
        if self.kind.is_control() {
            let control = Control::read(self.kind, from, args)?;
            // These take any name.
            if !matches!(self.kind, Kind::SetFact | Kind::AddHost) {
                arguments.finish()?;
            }
            return Ok(Module::Control(control.expect("the kinds that are control are all read there")));
        }
        let module = match self.kind {
            Kind::Command => Module::Command(Command::read(from)),
            Kind::Copy => Module::Copy(Copy::read(from)),
            Kind::File => Module::File(File::read(from)),
            Kind::Modprobe => Module::Modprobe(Modprobe::read(from)),
            Kind::Package => Module::Package(Package::read(from)),
            Kind::Service => Module::Service(Service::read(from)),
            Kind::Sysctl => Module::Sysctl(Sysctl::read(from)),
            Kind::Template => Module::Template(Template::read(from)),
            Kind::WaitFor => Module::WaitFor(WaitFor::read(from)),
            Kind::LvsNetwork => Module::LvsNetwork { files: files(from) },
            Kind::LvsRealServer => Module::LvsRole { role: Stage::RealServer, files: files(from) },
            Kind::LvsDirector => Module::LvsRole { role: Stage::Director, files: files(from) },
            Kind::LvsPrune => Module::LvsPrune(LvsPrune::read(from)),
            Kind::LvsVerify => Module::Verify(LvsVerify::read(from)),
            kind => unreachable!("{} is read above", kind.name()),
        };
        arguments.finish()?;
        Ok(module)
    }
}

impl Module {
    /// What it wants of a node, in the order in which it is to be made.
    pub fn expand(self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        Ok(match self {
            Self::Command(command) => vec![Wanted::plain(command.resource(context))],
            Self::Copy(copy) => vec![Wanted::plain(copy.resource(context)?)],
            Self::File(file) => vec![Wanted::plain(file.resource())],
            Self::Modprobe(modprobe) => vec![Wanted::plain(modprobe.resource())],
            Self::Package(package) => vec![Wanted::plain(package.resource())],
            Self::Service(service) => vec![Wanted::plain(service.resource())],
            Self::Sysctl(sysctl) => vec![Wanted::plain(sysctl.resource())],
            Self::Template(template) => vec![Wanted::plain(template.resource(context)?)],
            Self::WaitFor(wait) => vec![Wanted::plain(wait.resource())],
            Self::LvsNetwork { files } => lvs_network::expand(files, context)?,
            Self::LvsRole { role, files } => lvs_role::expand(role, files, context)?,
            Self::LvsPrune(prune) => prune.expand(context)?,
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
        Value::String(_) if kind == Kind::Command => {
            let mut map = Map::default();
            map.insert(Key { name: "cmd".to_owned(), span: args.span.clone() }, args.clone());
            map
        }
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
