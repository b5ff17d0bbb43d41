//! The agent's own tests of IPVS, on a kernel that has it.

use std::{
    env,
    fs::File,
    path::PathBuf,
    process::{Command, Stdio},
};

use lvsctl_tests::{Lab, repository};
use serde_json::Value;

#[test]
fn the_agents_own_ipvs_tests_pass_on_a_real_kernel() {
    let program = ipvs_kernel();
    let lab = Lab::up("kernel", 1);
    // For the comparison of what the agent made with what ipvsadm sees.
    lab.on("lvs", "apt-get install --yes ipvsadm");
    let mut copy = lab.command(&["lab", "exec", "lvs", "--", "sh", "-c", "cat >/root/tests && chmod +x /root/tests"]);
    let copied = copy.stdin(File::open(&program).expect("cargo built it")).status().expect("start lvsctl");
    assert!(copied.success());

    let run = "LVSCTL_ON_LAB_NODE=1 exec timeout 300 /root/tests --test-threads=1 2>&1";
    let output = lab.run(&["lab", "exec", "lvs", "--", "sh", "-c", run]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("SKIPPED"), "{text}");
    let passed = text.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ... ok")).count();
    assert!(passed > 0 && text.contains(&format!("test result: ok. {passed} passed; 0 failed; 0 ignored")), "{text}");
}

/// The test program of `agent/tests/ipvs_kernel.rs`, as the whole workspace's tests build it: mostly it is there already.
fn ipvs_kernel() -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["test", "--locked", "--workspace", "--test", "ipvs_kernel", "--no-run", "--message-format", "json"])
        .current_dir(repository())
        .stderr(Stdio::inherit())
        .output()
        .expect("start cargo");
    assert!(output.status.success(), "cargo could not build the test program");
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|message| message["target"]["name"] == "ipvs_kernel");
    let program = programs.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo says where the test program is")
}
