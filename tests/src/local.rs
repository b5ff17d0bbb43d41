//! This machine under several names: hosts that need no lab.

use crate::Scenario;

/// The hosts `a`, `b` and `c` with folders of their own (`node`), of which `a` and `b` are `few`.
pub fn local_hosts() -> Scenario {
    let scenario = Scenario::new();
    let root = scenario.path("");
    let root = root.display().to_string();
    let root = root.trim_end_matches('/');
    let mut scenario = scenario.file(
        "inventory.yml",
        &format!(
            "all:
  vars:
    ansible_connection: local
    lvs_agent_folder: '{root}/agent-{{{{ inventory_hostname }}}}'
    node: '{root}/nodes/{{{{ inventory_hostname }}}}'
  hosts:
    a: {{ number: 1 }}
    b: {{ number: 2 }}
    c: {{ number: 3 }}
  children:
    few: {{ hosts: {{ a: , b: }} }}
"
        ),
    );
    for host in ["a", "b", "c"] {
        scenario = scenario.file(&format!("nodes/{host}/here"), "");
    }
    scenario
}
