//! Modules that the controller carries out itself: they decide, tell and remember. But for `reboot`, they change nothing
//! on a node.

use super::{Kind, Reboot, arguments::Arguments};
use crate::{
    playbook::{Bringing, RoleFiles, is_variable},
    source::{Code, Diagnostic, Diagnostics},
    yaml::{Key, Node},
};

/// What the controller does for one host.
#[derive(Clone, Debug)]
pub enum Control {
    /// `debug`: tells something.
    Debug {
        /// A value to tell.
        msg: Option<Node>,
        /// An expression to tell the value of.
        var: Option<Node>,
        /// How much detail must be asked for that it is told.
        verbosity: u8,
    },
    /// `assert`: fails unless all conditions hold.
    Assert {
        /// The conditions.
        that: Vec<Node>,
        /// What to tell when one does not hold.
        fail_msg: Option<Node>,
        /// What to tell when all hold.
        success_msg: Option<Node>,
    },
    /// `fail`: fails.
    Fail {
        /// What to tell.
        msg: String,
    },
    /// `set_fact`: remembers values under names.
    SetFact(Vec<(String, Node)>),
    /// `include_vars`: remembers the variables of files.
    IncludeVars(IncludeVars),
    /// `group_by`: puts the host into a group.
    GroupBy {
        /// The group.
        key: String,
        /// Groups that it becomes a child of.
        parents: Vec<String>,
    },
    /// `add_host`: a host that the inventory does not have.
    AddHost {
        /// Its name.
        name: String,
        /// Groups that it becomes a member of.
        groups: Vec<String>,
        /// Its variables.
        vars: Vec<(String, Node)>,
    },
    /// `pause`: waits.
    Pause {
        /// How long; none waits for a person.
        seconds: Option<u64>,
        /// What to tell meanwhile.
        prompt: Option<String>,
    },
    /// `reboot`: another boot of the node.
    Reboot(Reboot),
    /// `meta`.
    Meta(Meta),
    /// `setup`: asks the node what it is, anew.
    Setup,
    /// `validate_argument_spec`: fails unless arguments are as a role says.
    ValidateArguments {
        /// What is said of each.
        spec: Node,
        /// Arguments that are no variables.
        provided: Option<Node>,
    },
    /// `include_tasks` and `include_role`.
    Include {
        /// What is asked for.
        bringing: Box<Bringing>,
        /// Keywords for everything that comes with it, not rendered.
        apply: Option<Node>,
        /// Where it is named.
        place: Node,
    },
}

/// The arguments of `include_vars`.
#[derive(Clone, Debug)]
pub struct IncludeVars {
    /// A file, or a folder of files.
    pub source: Node,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The variable that takes all of it.
    pub name: Option<String>,
}

/// What `meta` does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    /// Handlers that were notified run now.
    FlushHandlers,
    /// The play ends for every host.
    EndPlay,
    /// The batch ends for every host.
    EndBatch,
    /// The play ends for this host.
    EndHost,
    /// The role ends for this host.
    EndRole,
    /// Facts are forgotten.
    ClearFacts,
    /// Nothing.
    Noop,
}

const META: [(&str, Meta); 9] = [
    ("flush_handlers", Meta::FlushHandlers),
    ("end_play", Meta::EndPlay),
    ("end_batch", Meta::EndBatch),
    ("end_host", Meta::EndHost),
    ("end_role", Meta::EndRole),
    ("clear_facts", Meta::ClearFacts),
    ("noop", Meta::Noop),
    // The inventory does not change while lvsctl runs, and connections are kept by the agent.
    ("refresh_inventory", Meta::Noop),
    ("reset_connection", Meta::Noop),
];

impl Control {
    /// Reads the arguments of a module of the controller's; `None` where it is not one.
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>, args: &Node) -> Result<Option<Self>, Diagnostics> {
        Ok(Some(match kind {
            Kind::Debug => {
                let (msg, var) = (from.get(&["msg"]).cloned(), from.get(&["var"]).cloned());
                if msg.is_some() && var.is_some() {
                    from.reject("var", "`debug` takes `msg` or `var`, not both", "remove one of them");
                }
                let verbosity = from.optional(&["verbosity"], |node| node.as_number("a level of detail")).unwrap_or(0);
                Self::Debug { msg, var, verbosity }
            }
            Kind::Assert => {
                let that = from.get(&["that"]).map(|that| that.as_list_or_one().to_vec());
                if that.is_none() {
                    from.missing("that");
                }
                let (fail_msg, success_msg) =
                    (from.get(&["fail_msg", "msg"]).cloned(), from.get(&["success_msg"]).cloned());
                from.flag(&["quiet"]);
                Self::Assert { that: that.unwrap_or_default(), fail_msg, success_msg }
            }
            Kind::Fail => {
                let msg =
                    from.optional(&["msg"], |node| Ok(node.to_text().unwrap_or_else(|_| node.to_json().to_string())));
                Self::Fail { msg: msg.unwrap_or_else(|| "Failed as requested from task".to_owned()) }
            }
            Kind::SetFact => return set_fact(args).map(Some),
            Kind::IncludeVars => include_vars(from),
            Kind::GroupBy => {
                Self::GroupBy { key: from.required(&["key"], Node::to_text), parents: words(from, "parents") }
            }
            Kind::AddHost => return add_host(from, args).map(Some),
            Kind::Pause => pause(from),
            Kind::Reboot => Self::Reboot(Reboot::read(from)),
            Kind::Meta => {
                let meta = from.choice(&["action"], &META);
                if !from.has(&["action"]) {
                    from.missing("action");
                }
                Self::Meta(meta.unwrap_or(Meta::Noop))
            }
            Kind::Setup => {
                from.refuse(&["fact_path"], "facts of your own are not read");
                for name in ["gather_subset", "filter", "gather_timeout"] {
                    from.get(&[name]);
                }
                Self::Setup
            }
            Kind::ValidateArgumentSpec => {
                let spec = from.required(&["argument_spec"], |node| node.as_map().map(|_| Some(node.clone())));
                let provided = from.optional(&["provided_arguments"], |node| node.as_map().map(|_| node.clone()));
                from.get(&["validate_args_context"]);
                Self::ValidateArguments { spec: spec.unwrap_or_else(|| args.clone()), provided }
            }
            Kind::IncludeTasks => {
                let place = from.get(&["file"]).cloned().unwrap_or_else(|| args.clone());
                let bringing = Box::new(Bringing::Tasks { file: from.required(&["file"], Node::to_text) });
                Self::Include { bringing, apply: from.get(&["apply"]).cloned(), place }
            }
            Kind::IncludeRole => {
                let place = from.get(&["name", "role"]).cloned().unwrap_or_else(|| args.clone());
                let name = from.required(&["name", "role"], Node::to_text);
                let mut file = |key: &'static str| from.text(&[key]).unwrap_or_else(|| "main".to_owned());
                let [tasks, vars, defaults, handlers] =
                    ["tasks_from", "vars_from", "defaults_from", "handlers_from"].map(&mut file);
                let validates = from.flag(&["rolespec_validate"]).unwrap_or(true);
                let files = RoleFiles { tasks, vars, defaults, handlers, validates };
                from.flag(&["allow_duplicates"]);
                let public = from.flag(&["public"]).unwrap_or(false);
                let bringing = Box::new(Bringing::Role { name, files, public });
                Self::Include { bringing, apply: from.get(&["apply"]).cloned(), place }
            }
            _ => return Ok(None),
        }))
    }
}

fn entries(args: &Node, without: &[&str]) -> Result<Vec<(String, Node)>, Diagnostic> {
    let entries = args.as_map()?.iter().filter(|(key, _)| !without.contains(&key.name.as_str()));
    entries.map(|(key, node)| variable(key).map(|()| (key.name.clone(), node.clone()))).collect()
}

fn variable(key: &Key) -> Result<(), Diagnostic> {
    if is_variable(&key.name) || key.name.contains("{{") {
        return Ok(());
    }
    let title = format!("`{}` cannot name a variable", key.name);
    Err(Diagnostic::new(Code::BadModuleArguments, title, &key.span, "")
        .hint("a name has letters, digits and `_`, and does not begin with a digit"))
}

fn set_fact(args: &Node) -> Result<Control, Diagnostics> {
    let facts = entries(args, &["cacheable"])?;
    if facts.is_empty() {
        let title = "`set_fact` needs a name and a value";
        return Err(Diagnostic::new(Code::BadModuleArguments, title, &args.span, "").hint("add `NAME: VALUE`").into());
    }
    Ok(Control::SetFact(facts))
}

fn add_host(from: &mut Arguments<'_>, args: &Node) -> Result<Control, Diagnostics> {
    let name = from.required(&["name", "hostname", "host"], Node::to_text);
    let groups = ["groups", "group", "groupname"].into_iter().find_map(|key| {
        let words = words(from, key);
        (!words.is_empty()).then_some(words)
    });
    let vars = entries(args, &["name", "hostname", "host", "groups", "group", "groupname"])?;
    Ok(Control::AddHost { name, groups: groups.unwrap_or_default(), vars })
}

/// A list of texts, or one text with commas.
fn words(from: &mut Arguments<'_>, key: &'static str) -> Vec<String> {
    let texts =
        from.optional(&[key], |node| node.as_list_or_one().iter().map(Node::to_text).collect::<Result<Vec<_>, _>>());
    let texts = texts.unwrap_or_default();
    texts
        .iter()
        .flat_map(|text| text.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn include_vars(from: &mut Arguments<'_>) -> Control {
    let (file, folder) = (from.get(&["file"]).cloned(), from.get(&["dir"]).cloned());
    let name = from.text(&["name"]);
    for key in ["depth", "files_matching", "ignore_files", "extensions", "ignore_unknown_extensions", "hash_behaviour"]
    {
        if from.get(&[key]).is_some() {
            from.reject(
                key,
                format!("`include_vars` does not have Ansible's `{key}` yet"),
                "name the files one by one",
            );
        }
    }
    let is_folder = folder.is_some();
    let source = folder.or(file);
    if source.is_none() {
        from.missing("file");
    }
    let nothing = || Node { value: crate::yaml::Value::Null, span: from.span().clone() };
    Control::IncludeVars(IncludeVars { source: source.unwrap_or_else(nothing), is_folder, name })
}

fn pause(from: &mut Arguments<'_>) -> Control {
    let minutes = from.optional(&["minutes"], |node| node.as_number::<u32>("a number of minutes"));
    let seconds = from.optional(&["seconds"], |node| node.as_number::<u32>("a number of seconds"));
    let prompt = from.text(&["prompt"]);
    from.flag(&["echo"]);
    let seconds = match (minutes, seconds) {
        (None, None) => None,
        (minutes, seconds) => Some(u64::from(minutes.unwrap_or(0)) * 60 + u64::from(seconds.unwrap_or(0))),
    };
    Control::Pause { seconds, prompt }
}
