//! What the controller does for a host by itself: telling, asserting, remembering, waiting, including.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use lvs_agent::wire::{Answer, Failure, Lookup, Values};
use serde_json::{Map, Value as Json, json};

use super::{
    Connection, Verifier,
    actor::{Actor, Flow, Leave, cannot_be_worked_out},
    done::Done,
    facts, loop_items,
    scope::TaskScope,
};
use crate::{
    inventory::Vars,
    module::{Control, IncludeVars, Module, Scope, argument_spec},
    playbook::{Setting, Task, files_in, folder_of, read_vars},
    report::TaskStatus,
    source::{Code, Diagnostic, Diagnostics},
    yaml::{Node, Value},
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Does what a module of the controller's asks for.
    pub(super) async fn decide(
        &mut self,
        task: &Task,
        control: &Control,
        scope: &TaskScope,
        target: &str,
    ) -> Result<Done, Diagnostics> {
        Ok(match control {
            // Ansible tells it with as many `-v`.
            Control::Debug { verbosity: 1.., .. } => {
                Done::skipped(None, Some("Verbosity threshold not met.".to_owned()))
            }
            Control::Debug { msg, var, .. } => debug(msg.as_ref(), var.as_ref(), scope)?,
            Control::Assert { that, fail_msg, success_msg } => {
                assert(that, fail_msg.as_ref(), success_msg.as_ref(), scope)?
            }
            Control::Fail { msg } => {
                let mut done = Done::ok(Values::new());
                done.result.insert("msg".to_owned(), msg.as_str().into());
                done.fail(Failure { tried: "go on".to_owned(), came_back: msg.clone(), hint: None });
                done
            }
            Control::SetFact(facts) => {
                let facts: Map<String, Json> =
                    facts.iter().map(|(name, node)| (name.clone(), node.to_json())).collect();
                let mut done = Done::ok(Values::new());
                done.result.insert("ansible_facts".to_owned(), facts.into());
                if scope.flag(task.directives.get(Setting::DelegateFacts))? == Some(true) && *target != *self.host {
                    let facts = done.result.remove("ansible_facts");
                    for (name, value) in facts.as_ref().and_then(Json::as_object).into_iter().flatten() {
                        self.stage.memory.set(target, name, super::memory::value_node(value.clone()));
                    }
                }
                done
            }
            Control::IncludeVars(include) => self.include_vars(include, scope)?,
            Control::GroupBy { key, parents } => {
                let group = key.replace(' ', "-");
                for name in std::iter::once(&group).chain(parents) {
                    self.stage.memory.join(name, &self.host);
                }
                let mut done = Done::ok(Values::new());
                done.result.insert("changed".to_owned(), true.into());
                done.result.insert("add_group".to_owned(), group.into());
                done
            }
            Control::AddHost { name, .. } => {
                let title = format!("`add_host` cannot add `{name}`: hosts are known before anything runs");
                let mistake = Diagnostic::new(Code::BadModuleArguments, title, &task.span, "");
                return Err(mistake.hint("give an inventory that has it; `-i` may be given several times").into());
            }
            Control::Pause { seconds, prompt } => self.pause(*seconds, prompt.as_deref()).await,
            Control::Setup => self.gather(target).await,
            Control::ValidateArguments { spec, provided } => validate(spec, provided.as_ref(), scope)?,
            Control::Meta(_) | Control::Include { .. } | Control::Reboot(_) => Done::ok(Values::new()),
        })
    }

    async fn pause(&self, seconds: Option<u64>, prompt: Option<&str>) -> Done {
        let reports = &self.stage.reports;
        if let Some(prompt) = prompt {
            reports.note(None, prompt);
        }
        let mut done = Done::ok(Values::new());
        if let Some(seconds) = seconds {
            if prompt.is_none() {
                reports.note(None, format!("waiting for {seconds} s"));
            }
            #[expect(clippy::cast_precision_loss, reason = "nobody waits for so long that it matters")]
            self.wait(seconds as f64).await;
            done.result.insert("delta".to_owned(), seconds.into());
            done.result.insert("stdout".to_owned(), format!("Paused for {seconds} seconds").into());
        } else {
            reports.note(None, "press Enter to go on, Ctrl-C to stop");
            let line = tokio::select! {
                // Without anybody to ask it goes on, as Ansible does.
                line = super::read_line() => line.unwrap_or_default(),
                () = self.stage.stop.asked() => String::new(),
            };
            done.result.insert("user_input".to_owned(), line.into());
        }
        done
    }

    /// Asks the node anew what it is.
    async fn gather(&self, target: &str) -> Done {
        let member = match self.stage.crew.reach(target).await {
            Ok(member) => member,
            Err(failure) => return Done::unreachable(&failure),
        };
        let mut line = member.lock().await;
        let Some(connection) = &mut line.connection else {
            return Done::unreachable(&Failure { tried: "ask the node what it is".to_owned(), ..Failure::default() });
        };
        match connection.lookup(Lookup::Facts).await {
            Ok(Ok(Answer::Facts(found))) => {
                self.stage.memory.learn(target, &found);
                let mut done = Done::ok(Values::new());
                done.result.insert("ansible_facts".to_owned(), facts::prefixed(&found).into());
                done
            }
            Ok(Ok(_)) => Done::failed(Failure {
                tried: "ask the node what it is".to_owned(),
                came_back: "an answer to something else".to_owned(),
                hint: None,
            }),
            Ok(Err(failure)) => Done::failed(failure),
            Err(failure) => {
                line.connection = None;
                Done::unreachable(&failure)
            }
        }
    }

    fn include_vars(&self, include: &IncludeVars, scope: &TaskScope) -> Result<Done, Diagnostics> {
        let name = include.source.to_text()?;
        let beside = folder_of(include.source.span.source()).map(Path::to_owned);
        let folders = scope.folders().iter().cloned().chain(beside);
        let candidates = folders.flat_map(|folder| [folder.join("vars").join(&name), folder.join(&name)]);
        let is_there = |path: &std::path::PathBuf| if include.is_folder { path.is_dir() } else { path.is_file() };
        let Some(path) = candidates.into_iter().find(is_there) else {
            let title = format!("there is no `{name}` with variables");
            return Err(Diagnostic::new(Code::FileNotReadable, title, &include.source.span, "named here").into());
        };
        let files = if include.is_folder { files_in(&path) } else { vec![path] };
        let mut vars = Vars::new();
        for file in &files {
            vars.extend(read_vars(file)?);
        }
        let mut done = Done::ok(Values::new());
        let shown: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        done.result.insert("ansible_included_var_files".to_owned(), shown.into());
        let vars = match &include.name {
            None => vars,
            Some(name) => {
                let map: Map<String, Json> = vars.iter().map(|(name, node)| (name.clone(), node.to_json())).collect();
                Vars::from([(name.clone(), include.source.with_json(map.into()))])
            }
        };
        self.stage.memory.include(&self.host, vars);
        Ok(done)
    }

    /// `include_tasks` and `include_role`: brings the tasks in, and goes through them.
    pub(super) async fn include(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Flow {
        let rounds = match &task.looping {
            None => Ok(vec![Vars::new()]),
            Some(looping) => loop_items::items(looping, scope).map(|items| {
                (0..items.len()).map(|index| loop_items::variables(looping, &items, index)).collect::<Vec<_>>()
            }),
        };
        let rounds = match rounds {
            Ok(rounds) => rounds,
            Err(mistakes) => return self.finish(task, scope, Done::failed(cannot_be_worked_out(&mistakes))),
        };
        // As in Ansible, everything is brought in first; what the tasks set is not seen by later items' names.
        let mut brought = Vec::new();
        for round in rounds {
            let scope = scope.with(round.clone());
            match self.bring(task, &scope, round) {
                Ok(Some(parts)) => brought.push(parts),
                Ok(None) => {}
                Err(mistakes) => return self.finish(task, &scope, Done::failed(cannot_be_worked_out(&mistakes))),
            }
        }
        if brought.is_empty() {
            return self.finish(task, scope, Done::skipped(None, None));
        }
        self.position.push(0);
        let mut flow = Ok(());
        for (index, (parts, is_role)) in brought.iter().enumerate() {
            self.tell(self.end_of(task, TaskStatus::Ok));
            *self.position.last_mut().expect("it was pushed above") = index;
            flow = self.items(&parts.items, 0).await;
            if flow == Err(Leave::EndRole) && *is_role {
                flow = Ok(());
            }
            if flow.is_err() {
                break;
            }
        }
        self.position.pop();
        flow
    }

    fn bring(
        &self,
        task: &Arc<Task>,
        scope: &TaskScope,
        round: Vars,
    ) -> Result<Option<(Arc<crate::playbook::Brought>, bool)>, Diagnostics> {
        if scope.all_hold(&task.directives.when)?.is_some() {
            return Ok(None);
        }
        let Module::Control(control) = task.action.resolve(scope)? else { return Ok(None) };
        let mut params = round;
        // Its variables are handed down; those of the blocks around it are known there anyway.
        for vars in &task.directives.vars[task.around.vars.len()..] {
            params.extend((**vars).clone());
        }
        let brought = self.stage.bring(task, &control, params)?;
        let Control::Include { bringing, .. } = &control else { return Ok(None) };
        let (is_role, is_public) = match &**bringing {
            crate::playbook::Bringing::Role { public, .. } => (true, *public),
            crate::playbook::Bringing::Tasks { .. } => (false, false),
        };
        if is_public {
            brought.roles.iter().for_each(|role| self.stage.scopes.publish(Arc::clone(role)));
        }
        Ok(Some((brought, is_role)))
    }
}

fn debug(msg: Option<&Node>, var: Option<&Node>, scope: &TaskScope) -> Result<Done, Diagnostics> {
    let mut done = Done::ok(Values::new());
    let (name, value) = match (msg, var) {
        (_, Some(var)) => {
            let name = var.to_text()?;
            let value = match scope.evaluate(var) {
                Ok(node) => node.to_json(),
                Err(mistakes) if mistakes.all().iter().all(|mistake| mistake.code() == Code::UndefinedVariable) => {
                    "VARIABLE IS NOT DEFINED!".into()
                }
                Err(mistakes) => return Err(mistakes),
            };
            (name, value)
        }
        (Some(msg), None) => ("msg".to_owned(), msg.to_json()),
        (None, None) => ("msg".to_owned(), "Hello world!".into()),
    };
    let text = match &value {
        Json::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    let shown = if name == "msg" { text } else { format!("{name}: {text}") };
    done.findings = shown.lines().map(str::to_owned).collect();
    done.result.insert(name, value);
    Ok(done)
}

/// Arguments are variables by name, and over them those that are given.
fn validate(spec: &Node, provided: Option<&Node>, scope: &TaskScope) -> Result<Done, Diagnostics> {
    let spec = spec.as_map()?;
    let mut values = BTreeMap::new();
    for (name, span) in argument_spec::names(spec) {
        let variable = Node { value: Value::String(name.to_owned()), span: span.clone() };
        match scope.evaluate(&variable) {
            Ok(value) => drop(values.insert(name.to_owned(), value)),
            Err(mistakes) if mistakes.all().iter().all(|mistake| mistake.code() == Code::UndefinedVariable) => {}
            Err(mistakes) => return Err(mistakes),
        }
    }
    for (key, value) in provided.map(Node::as_map).transpose()?.into_iter().flat_map(crate::yaml::Map::iter) {
        values.insert(key.name.clone(), value.clone());
    }
    let errors = argument_spec::errors(spec, &values);
    let mut done = Done::ok(Values::new());
    if errors.is_empty() {
        done.result.insert("msg".to_owned(), "The arg spec validation passed".into());
        return Ok(done);
    }
    let came_back = errors.join("\n");
    done.result.insert("msg".to_owned(), format!("Validation of arguments failed:\n{came_back}").into());
    done.result.insert("argument_errors".to_owned(), errors.into());
    done.fail(Failure { tried: "take the arguments for what the role says of them".to_owned(), came_back, hint: None });
    Ok(done)
}

fn assert(
    that: &[Node],
    fail_msg: Option<&Node>,
    success_msg: Option<&Node>,
    scope: &TaskScope,
) -> Result<Done, Diagnostics> {
    let mut done = Done::ok(Values::new());
    if let Some(condition) = scope.all_hold(that)? {
        let condition = condition.to_text().unwrap_or_default();
        let msg = fail_msg.map_or_else(|| json!("Assertion failed"), Node::to_json);
        let came_back = match fail_msg {
            None => format!("`{condition}` does not hold"),
            Some(node) => {
                format!("{} (`{condition}` does not hold)", node.to_text().unwrap_or_else(|_| msg.to_string()))
            }
        };
        done.result.insert("assertion".to_owned(), condition.into());
        done.result.insert("evaluated_to".to_owned(), false.into());
        done.result.insert("msg".to_owned(), msg);
        done.fail(Failure { tried: "assert what must be so".to_owned(), came_back, hint: None });
        return Ok(done);
    }
    let msg = success_msg.map_or_else(|| json!("All assertions passed"), Node::to_json);
    done.result.insert("msg".to_owned(), msg);
    Ok(done)
}
