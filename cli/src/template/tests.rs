use std::fs;

use super::*;
use crate::{
    source::{Diagnostic, Diagnostics, Source},
    yaml::{self, Node},
};

fn yaml(text: &str) -> Node {
    yaml::parse(&Source::new("vars.yml", text)).unwrap()
}

fn context() -> Context {
    let vars = yaml(
        "{vip: 192.0.2.1, main_vip: 192.0.2.9, port: 80, on: true, nothing: null, names: [b, a, 'it''s'], \
         services: [{name: www, weight: 3}, {name: ftp, weight: 1}], secret: hunter2, lan: {device: eth0}}",
    );
    let vars = vars.as_map().unwrap().iter().map(|(key, node)| (key.name.clone(), node.clone())).collect::<Vec<_>>();
    Context::default().with_vars(vars.iter().map(|(name, node)| (name, node)))
}

fn render(template: &str) -> String {
    Engine::default().render(&Source::new("ifcfg.j2", template), &context()).unwrap_or_else(shown)
}

fn shown(diagnostic: Diagnostic) -> String {
    Diagnostics::from(diagnostic).render(false)
}

fn node(text: &str) -> String {
    let node = yaml(text);
    match Engine::default().render_node(&node, &context()) {
        Ok(node) => node.to_json().to_string(),
        Err(diagnostic) => shown(diagnostic),
    }
}

#[test]
fn values_are_printed_as_ansible_prints_them() {
    assert_eq!(render("{{ on }}|{{ nothing }}|{{ names }}|{{ lan }}"), "True||['b', 'a', \"it's\"]|{'device': 'eth0'}");
    assert_eq!(render("{{ [1, none, 1.0] }} {{ '<&>' }}"), "[1, None, 1.0] <&>");
}

#[test]
fn whitespace_is_kept_as_ansible_keeps_it() {
    assert_eq!(render("{% if on %}\n  a\n  {% endif %}\nend\n\n"), "  a\n  end\n\n");
    assert_eq!(render("{% for s in services %}\n{{ s.name }}\n{% endfor %}\n"), "www\nftp\n");
}

#[test]
fn filters_do_what_ansibles_do() {
    assert_eq!(
        render("{{ nope | default('x') }} {{ '' | default('y', true) }} {{ '' | d('z', boolean=true) }}"),
        "x y z"
    );
    assert_eq!(
        render("{{ 'yes' | bool }} {{ 'off' | bool }} {{ '17' | int + 1 }} {{ 'x' | int(4) }}"),
        "True False 18 4"
    );
    assert_eq!(render("{{ names | sort | join(',') }} {{ [1,1,2] | unique | length }}"), "a,b,it's 2");
    assert_eq!(render("{{ services | map(attribute='name') | join(' ') }}"), "www ftp");
    assert_eq!(render("{{ services | selectattr('weight', '>', 1) | map(attribute='name') | first }}"), "www");
    assert_eq!(render("{{ lan | to_json }} {{ services | length }}"), "{\"device\": \"eth0\"} 2");
    assert_eq!(render("{{ 'a,b'.split(',') | last }} {{ lan.items() | list }}"), "b [['device', 'eth0']]");
    let parts = ["address", "network", "netmask", "prefix"]
        .map(|part| render(&format!("{{{{ '10.1.2.3/20' | ipaddr('{part}') }}}}")));
    assert_eq!(parts, ["10.1.2.3", "10.1.0.0", "255.255.240.0", "20"]);
    assert_eq!(render("{{ 'eth0' | ipaddr }} {{ vip is defined and nope is not defined }}"), "False True");
}

#[test]
fn an_undefined_variable_is_shown_at_its_name() {
    insta::assert_snapshot!(render("DEVICE=eth0\nIPADDR={{ main_vpi }}\n"), @r"
    error[LVS061]: `main_vpi` is not defined
     --> ifcfg.j2:2:11
      |
    2 | IPADDR={{ main_vpi }}
      |           ^^^^^^^^
      |
    hint: did you mean `main_vip`?
    ");
    insta::assert_snapshot!(render("{% for s in services %}\n{{ s.name }} {{ s.wieght }}\n{% endfor %}\n"), @r"
    error[LVS061]: `s.wieght` is not defined
     --> ifcfg.j2:2:17
      |
    2 | {{ s.name }} {{ s.wieght }}
      |                 ^^^^^^^^
      |
    hint: where it may be missing, use `s.wieght | default(…)`
    ");
    insta::assert_snapshot!(render("{{ lan.devcie | upper }}"), @r"
    error[LVS061]: `lan.devcie` is not defined
     --> ifcfg.j2:1:4
      |
    1 | {{ lan.devcie | upper }}
      |    ^^^^^^^^^^
      |
    hint: did you mean `lan.device`?
    ");
    insta::assert_snapshot!(render("{% if nope %}x{% endif %}"), @r"
    error[LVS061]: `nope` is not defined
     --> ifcfg.j2:1:7
      |
    1 | {% if nope %}x{% endif %}
      |       ^^^^
      |
    hint: define it for this host or its groups, or use `nope | default(…)`
    ");
    insta::assert_snapshot!(render("{{ ansible_default_ipv4.address }}"), @r"
    error[LVS061]: `ansible_default_ipv4` is not defined
     --> ifcfg.j2:1:4
      |
    1 | {{ ansible_default_ipv4.address }}
      |    ^^^^^^^^^^^^^^^^^^^^
      |
    hint: facts of a node are known only once it was asked; give a value for the time before: `ansible_default_ipv4 | default(…)`
    ");
}

#[test]
fn a_template_that_cannot_be_read_is_shown_at_the_place() {
    insta::assert_snapshot!(render("a\n{% if vip %}\nb\n{% endfi %}\n"), @r"
    error[LVS060]: a template cannot be read
     --> ifcfg.j2:4:4
      |
    4 | {% endfi %}
      |    ^^^^^ unknown statement endfi
      |
    hint: an expression stands between `{{` and `}}`, a statement between `{%` and `%}`
    ");
    insta::assert_snapshot!(render("{{ vip | uper }}"), @r"
    error[LVS060]: filter uper is unknown
     --> ifcfg.j2:1:10
      |
    1 | {{ vip | uper }}
      |          ^^^^
      |
    hint: did you mean `upper`?
    ");
    insta::assert_snapshot!(render("{{ vip"), @r"
    error[LVS060]: a template cannot be read
     --> ifcfg.j2:1:4
      |
    1 | {{ vip
      |    ^^^ unexpected end of input, expected end of variable block
      |
    hint: an expression stands between `{{` and `}}`, a statement between `{%` and `%}`
    ");
}

#[test]
fn values_of_variables_are_never_shown() {
    for template in
        ["{{ secret + 1 }}", "{{ secret.nope.x }}", "{{ secret | nope }}", "{{ -secret }}", "{{ secret() }}"]
    {
        let shown = render(template);
        assert!(shown.contains("error[LVS06"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_text_that_is_one_expression_keeps_its_type() {
    assert_eq!(
        node("a: '{{ port }}'\nb: '{{ port }}/tcp'\nc: '{{ names }}'\nd: '{{ on }}'\ne: '{{ lan }}'\n"),
        r#"{"a":80,"b":"80/tcp","c":["b","a","it's"],"d":true,"e":{"device":"eth0"}}"#
    );
    // A line break at the end stays with a text only, as it does in Ansible.
    assert_eq!(node("\"{{ port }}\\n\""), "80");
    assert_eq!(node("\"{{ port }}\\n\\n\""), r#""80\n\n""#);
    assert_eq!(node("'{{ vip }}-{{ port }}'"), r#""192.0.2.1-80""#);
    assert_eq!(node("'{{ \"}} {{\" }}'"), r#""}} {{""#);
    assert_eq!(node("[1, x, {'{{ vip }}': '{# gone #}y'}]"), r#"[1,"x",{"192.0.2.1":"y"}]"#);
}

#[test]
fn a_mistake_in_a_value_is_shown_in_the_value() {
    insta::assert_snapshot!(node("vip: '{{ main_vpi }}'\n"), @r"
    error[LVS061]: `main_vpi` is not defined
     --> vars.yml:1:10
      |
    1 | vip: '{{ main_vpi }}'
      |          ^^^^^^^^
      |
    hint: did you mean `main_vip`?
    ");
    insta::assert_snapshot!(node("motd: |\n  welcome\n  to {{ lan.name }}\n"), @r"
    error[LVS061]: `lan.name` is not defined
     --> vars.yml:3:9
      |
    3 |   to {{ lan.name }}
      |         ^^^^^^^^
      |
    hint: `lan` has device
    ");
    insta::assert_snapshot!(node("vip: \"\\x41 {{ nope }}\"\n"), @r#"
    error[LVS061]: `nope` is not defined
     --> vars.yml:1:6
      |
    1 | vip: "\x41 {{ nope }}"
      |      ^^^^^^^^^^^^^^^^^
      |
    hint: define it for this host or its groups, or use `nope | default(…)`
    "#);
    insta::assert_snapshot!(node("list: ['{{ [1, nope] }}']"), @r"
    error[LVS061]: a value is not defined
     --> vars.yml:1:11
      |
    1 | list: ['{{ [1, nope] }}']
      |           ^^^^^^^^^^^
      |
    hint: give it a value, or use the `default` filter: `… | default(0)`
    ");
    insta::assert_snapshot!(node("open: '{{ vip'"), @r"
    error[LVS060]: a template cannot be read
     --> vars.yml:1:11
      |
    1 | open: '{{ vip'
      |           ^^^ unexpected end of input, expected end of variable block
      |
    hint: an expression stands between `{{` and `}}`, a statement between `{%` and `%}`
    ");
}

#[test]
fn conditions_are_yes_or_no() {
    let holds = |text: &str| Engine::default().holds(&yaml(text), &context());
    assert!(holds("port == 80 and services | length > 1").unwrap());
    assert!(!holds("nope is defined").unwrap());
    assert!(holds("true").unwrap());
    insta::assert_snapshot!(shown(holds("names").unwrap_err()), @r"
    error[LVS003]: expected a condition that is true or false, found a list
     --> vars.yml:1:1
      |
    1 | names
      | ^^^^^
      |
    hint: say what you mean: `… is defined`, `… | length > 0`, or `… | bool` for text like `yes` and `no`
    ");
    insta::assert_snapshot!(shown(holds("vip == 3 and").unwrap_err()), @r"
    error[LVS060]: a template cannot be read
     --> vars.yml:1:10
      |
    1 | vip == 3 and
      |          ^^^ unexpected end of input, expected expression
      |
    hint: look at its quotes and brackets
    ");
    insta::assert_snapshot!(shown(holds("on and prot > 3").unwrap_err()), @r"
    error[LVS061]: `prot` is not defined
     --> vars.yml:1:8
      |
    1 | on and prot > 3
      |        ^^^^
      |
    hint: did you mean `port`?
    ");
}

#[test]
fn names_lie_over_each_other() {
    let over = context().with_json("port", &serde_json::json!(443)).with_node("item", &yaml("{a: 1}"));
    let engine = Engine::default();
    let rendered = engine.render(&Source::new("t", "{{ port }} {{ item.a }} {{ vip }}"), &over).unwrap();
    assert_eq!(rendered, "443 1 192.0.2.1");
}

#[test]
fn an_included_template_is_found_in_the_users_folder_and_mistakes_are_shown_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("part.j2"), "x\n{{ vpi }}\n").unwrap();
    let engine = Engine::new(Templates { user_dirs: vec![folder.path().to_owned()] });
    let diagnostic = engine.render(&Source::new("main.j2", "{% include 'part.j2' %}"), &context()).unwrap_err();
    assert!(diagnostic.labels()[0].0.to_string().ends_with("part.j2:2:4"), "{}", shown(diagnostic));
    insta::assert_snapshot!(render("a {% include 'prat.j2' %}"), @r"
    error[LVS063]: tried to include non-existing template 'prat.j2'
     --> ifcfg.j2:1:6
      |
    1 | a {% include 'prat.j2' %}
      |      ^^^^^^^^^^^^^^^^^
      |
    hint: looked among the templates of lvsctl
    ");
}

#[test]
fn a_template_without_an_end_is_stopped() {
    let shown = render("{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}");
    assert!(shown.contains("too much work"), "{shown}");
    let shown = render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
    assert!(shown.contains("LVS062"), "{shown}");
}
