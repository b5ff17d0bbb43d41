//! The variables of one host, for the modules of its tasks.

use serde_json::Value as Json;

use super::{Context, Engine};
use crate::{
    module::Scope,
    source::{Diagnostic, Diagnostics, Span},
    yaml::Node,
};

/// The variables of one host in one task.
#[derive(Clone, Debug)]
pub struct HostScope {
    /// What renders.
    pub engine: Engine,
    /// The names there are.
    pub context: Context,
}

impl Scope for HostScope {
    fn render(&self, node: &Node) -> Result<Node, Diagnostics> {
        Ok(self.engine.render_node(node, &self.context)?)
    }

    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics> {
        Ok(self.engine.holds(condition, &self.context)?)
    }

    fn template(&self, name: &str, place: Option<&Span>, more: &[(&str, Json)]) -> Result<String, Diagnostics> {
        let placed = |diagnostic: Diagnostic| match place {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        };
        let source = self.engine.templates().find(name).map_err(placed)?;
        let context = more.iter().fold(self.context.clone(), |context, (name, value)| context.with_json(name, value));
        Ok(self.engine.render(&source, &context)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::{Code, Source};

    fn scope() -> HostScope {
        let context = Context::default().with_json("interface", &json!({ "name": "eth0", "ipv4": [] }));
        HostScope { engine: Engine::default(), context }
    }

    #[test]
    fn more_variables_lie_over_those_of_the_host() {
        let interface = json!({
            "name": "lo:0", "device": "lo", "loopback": true, "vip": true, "gateway": null, "gateway6": null,
            "mtu": null, "ipv4": [{ "address": "192.0.2.1", "netmask": "255.255.255.255", "prefix": 32 }], "ipv6": [],
        });
        let text = scope().template("ifcfg.j2", None, &[("interface", interface)]).unwrap();
        insta::assert_snapshot!(text, @r"
        # Written by lvsctl. Changes made here are lost at the next apply: change the inventory instead.
        DEVICE=lo:0
        ONBOOT=yes
        BOOTPROTO=static
        # The VIP of a real server: it must not be announced when the device comes up, only the director answers for it.
        ARPUPDATE=no
        IPADDR=192.0.2.1
        NETMASK=255.255.255.255
        ");
    }

    #[test]
    fn a_template_that_is_not_there_is_shown_where_it_is_asked_for() {
        let source = Source::new("site.yml", "src: ifcg.j2\n");
        let mistake = scope().template("ifcg.j2", Some(&Span::new(&source, 5..12)), &[]).unwrap_err();
        assert_eq!(mistake.all()[0].code(), Code::TemplateNotFound);
        insta::assert_snapshot!(mistake.render(false), @r"
        error[LVS063]: there is no template `ifcg.j2`
         --> site.yml:1:6
          |
        1 | src: ifcg.j2
          |      ^^^^^^^
          |
        hint: did you mean `ifcfg.j2`? Looked among the templates of lvsctl
        ");
    }
}
