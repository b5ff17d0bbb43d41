//! The rules of `mark: nft`, loaded by the real agent into a network namespace of this machine's kernel: packets to the
//! service come in with the mark and others without, and a second time nothing is left to do. The lab's kernel has no
//! nftables. Where there is no nft, or namespaces are not allowed, the test says aloud that it was skipped.
#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use std::{
    env, fs,
    io::Write,
    process::{Command, Output},
};

use serde_json::{Value, json};

/// `$1` is the agent and `$2` what the controller would tell it. /etc and /run are this script's own.
const SCRIPT: &str = r#"
set -eu
own=$(mktemp -d); cp /etc/passwd /etc/group "$own"; trap 'umount /etc; rm -r "$own"' EXIT
mount --bind "$own" /etc; mount -t tmpfs none /run
ip link set lo up; ip link add near type veth peer name far; ip netns add client; ip link set far netns client
ip address add 203.0.113.169/24 dev near; ip address add 203.0.113.168/32 dev near; ip link set near up
client="nsenter --net=/run/netns/client"
$client ip address add 203.0.113.10/24 dev far; $client ip link set far up
"$1" serve --folder /run/lvsctl <"$2"
nft -f - <<'END'
table inet seen {
  chain input {
    type filter hook input priority 0
    tcp flags syn meta mark 1 counter
    tcp flags syn meta mark 0 counter
  }
}
END
for port in 80 443 22 8080; do
  $client timeout 5 bash -c "echo >/dev/tcp/203.0.113.168/$port" 2>/dev/null || :
done
"$1" serve --folder /run/lvsctl <"$2"
nft list ruleset
"#;

fn unshare(arguments: &[&str]) -> std::io::Result<Output> {
    let path = format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap());
    Command::new("unshare").arg("-rUnm").args(arguments).env("PATH", path).output()
}

#[test]
fn marks_are_set_on_real_packets_and_a_second_apply_loads_nothing() {
    if !unshare(&["nft", "add table inet probe"]).is_ok_and(|output| output.status.success()) {
        let _ = std::io::stderr().write_all(b"SKIPPED marks: no nft, or `unshare -rUnm` is not allowed\n");
        return;
    }
    let Some(agent) = env::var_os("LVSCTL_AGENT") else {
        let _ = std::io::stderr().write_all(b"SKIPPED marks: LVSCTL_AGENT does not say where the agent is\n");
        return;
    };
    let golden = lvsctl_tests::repository().join("tests/cases/firewall-mark/expected/lvs.yml");
    let node: Value = serde_yaml::from_str(&fs::read_to_string(golden).unwrap()).unwrap();
    let parts = node.as_object().unwrap().values().filter_map(Value::as_array).flatten().cloned();
    let of_marks = parts.filter(|resource| resource.to_string().contains("/nftables.d"));
    let step = |(id, resource): (usize, Value)| json!({ "id": id, "task": "marks", "resource": resource });
    let steps: Vec<_> = of_marks.enumerate().map(step).collect();
    assert_eq!(steps.len(), 3);
    let protocol = lvs_agent::wire::PROTOCOL;
    let hello =
        json!({ "hello": { "protocol": protocol, "version": "0", "operator": "test", "run": "1", "lock": true } });
    let file = tempfile::NamedTempFile::new().unwrap();
    let run = json!({ "run": { "mode": "apply", "steps": steps } });
    fs::write(file.path(), format!("{hello}\n{run}\n\"bye\"\n")).unwrap();

    let output =
        unshare(&["bash", "-c", SCRIPT, "marks", agent.to_str().unwrap(), file.path().to_str().unwrap()]).unwrap();
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{all}");
    let ends: Vec<_> = all.lines().filter(|line| line.contains("\"ended\"")).collect();
    let ended = |status: &str| ends.iter().filter(|line| line.contains(&format!("\"{status}\""))).count();
    assert_eq!((ends.len(), ended("changed"), ended("unchanged")), (6, 3, 3), "{all}");
    assert_eq!(all.matches("meta mark set 0x00000001").count(), 2, "{all}");
    for mark in ["0x00000001", "0x00000000"] {
        assert!(all.contains(&format!("meta mark {mark} counter packets 2 ")), "{all}");
    }
}
