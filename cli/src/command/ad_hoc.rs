//! `lvsctl run` and `lvsctl shell`: one module on some hosts. It is a playbook of one task, and goes its way.

use lvs_agent::wire::Mode;
use serde_json::{Map, Value as Json, json};

use super::{
    Error,
    prepared::{Prepared, Selection},
    reporting::{recorded, tell, verbosity},
    roll_out::{How, RollOut, exit},
    screen,
};
use crate::{
    args::{AdHocOptions, RunArgs, ShellArgs, TaskOptions},
    exit::Exit,
    module::Kind,
    playbook::{Library, Playbook},
    report::{Detail, Reports},
    run::Stop,
    source::{Code, Diagnostic, Source},
};

/// Modules that mean something among other tasks only.
const NOT_ALONE: &[Kind] = &[Kind::AddHost, Kind::GroupBy, Kind::IncludeRole, Kind::IncludeTasks, Kind::Meta];

/// Carries out a module.
pub(super) async fn run(args: &RunArgs) -> Result<Exit, Error> {
    let kind = module(&args.module_name)?;
    let arguments = match args.args.as_deref().map(str::trim) {
        None | Some("") => "null".to_owned(),
        // A mapping, as a playbook has it.
        Some(text) if text.starts_with('{') && !text.starts_with("{{") && !text.starts_with("{%") => text.to_owned(),
        Some(text) => Json::from(text).to_string(),
    };
    carry_out(&args.pattern, kind.name(), &arguments, &args.ad_hoc).await
}

/// Carries out a command of the shell. It is taken as it is: braces in it are no template.
pub(super) async fn shell(args: &ShellArgs) -> Result<Exit, Error> {
    let command = Json::from(args.command.join(" ")).to_string();
    let arguments = format!("{{ argv: [/bin/sh, -c, !unsafe {command}] }}");
    carry_out(&args.pattern, Kind::Command.name(), &arguments, &args.ad_hoc).await
}

fn module(name: &str) -> Result<Kind, Error> {
    let bad = |title: String, hint: String| {
        Error::BadInput(Diagnostic::without_place(Code::UnknownModule, title).hint(hint).into())
    };
    let Some(kind) = Kind::named(name) else {
        let hint = match (Kind::instead(name), Kind::near(name)) {
            (Some(instead), _) => instead.to_owned(),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) => format!("modules: {}", Kind::names().collect::<Vec<_>>().join(", ")),
        };
        return Err(bad(format!("unknown module `{name}`"), hint));
    };
    if NOT_ALONE.contains(&kind) {
        let title = format!("`{name}` means nothing without other tasks");
        return Err(bad(title, "write a playbook, and use `lvsctl apply`".to_owned()));
    }
    Ok(kind)
}

async fn carry_out(pattern: &str, module: &str, arguments: &str, ad_hoc: &AdHocOptions) -> Result<Exit, Error> {
    let AdHocOptions { check, diff, report, guard, options } = ad_hoc;
    let prepared = Prepared::load(&options.sources)?;
    // A pattern that means nobody is a mistake here, and not a play for nobody.
    let hosts = prepared.select(pattern)?;
    if let Some(limit) = &options.limit
        && prepared.select(limit)?.is_disjoint(&hosts)
    {
        let title = format!("the pattern `{limit}` leaves none of the hosts that `{pattern}` means");
        let mistake = Diagnostic::without_place(Code::BadPattern, title);
        return Err(Error::BadInput(mistake.hint("see `lvsctl inventory --list-hosts PATTERN`").into()));
    }
    let library = Library::of_user();
    let playbook = Playbook::read(&library, &playbook(&hosts, module, arguments))?;
    let verbosity = verbosity(report);
    let tasks = TaskOptions::default();
    let selection = Selection { diff: *diff, results: true, ..Selection::of(options, &tasks)? };
    let run = prepared.into_run_of(playbook, library, selection)?;
    let detail = if *diff { Detail::Diff } else { Detail::Short };
    let (reports, record) = recorded(Reports::of_module(screen::form(options.output), detail, verbosity));
    let how = How { lock: !check, guard_seconds: guard.seconds(), minds_vips: false, is_rollback: false };
    let mut roll_out = RollOut::connect(run, options, how, &reports, &Stop::default()).await?;
    let mode = if *check { Mode::Check } else { Mode::Apply };
    let recap = roll_out.carry_out(mode, &reports).await;
    roll_out.close(&reports).await;
    tell(report, options.output, &reports, &record, &recap)?;
    Ok(exit(&recap))
}

/// A playbook of one task, with a name by which mistakes in it are told.
fn playbook(hosts: &std::collections::BTreeSet<String>, module: &str, arguments: &str) -> std::sync::Arc<Source> {
    let play = Map::from_iter([
        ("name".to_owned(), json!(module)),
        ("hosts".to_owned(), json!(hosts)),
        ("gather_facts".to_owned(), json!(false)),
        ("strategy".to_owned(), json!("free")),
    ]);
    let keywords: Vec<String> = play.iter().map(|(key, value)| format!("  {key}: {value}\n")).collect();
    let text = format!("-\n{}  tasks:\n    - {module}: {arguments}\n", keywords.concat());
    Source::new("<command line>", text)
}
