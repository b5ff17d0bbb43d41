//! `meta`: what a task does to the run itself.

use std::sync::Arc;

use super::{
    Connection, Verifier,
    actor::{Actor, Flow, Leave, cannot_be_worked_out},
    scope::TaskScope,
};
use crate::{
    module::{Control, Meta, Module},
    playbook::Task,
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// `meta`: it is no result of a task, and is not counted.
    pub(super) async fn meta(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Flow {
        let holds = scope.all_hold(&task.directives.when);
        let meta = match (holds, task.action.resolve(scope)) {
            (Ok(Some(_)), _) => return Ok(()),
            (Ok(None), Ok(Module::Control(Control::Meta(meta)))) => meta,
            (Err(mistakes), _) | (_, Err(mistakes)) => return self.fail_late(task, cannot_be_worked_out(&mistakes)),
            _ => Meta::Noop,
        };
        match meta {
            Meta::FlushHandlers => self.flush().await,
            Meta::EndHost => Err(Leave::End),
            Meta::EndRole => {
                self.ended_role.clone_from(&task.directives.role);
                Err(Leave::EndRole)
            }
            Meta::EndPlay | Meta::EndBatch => {
                self.stage.gate.end();
                Err(Leave::End)
            }
            Meta::ClearFacts => {
                self.stage.memory.clear_facts(&self.host);
                Ok(())
            }
            Meta::Noop => Ok(()),
        }
    }
}
