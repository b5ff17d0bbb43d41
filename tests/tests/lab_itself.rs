//! The lab: its commands, and that it leaves nothing behind.

use std::{
    fs,
    io::Read,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lvsctl_tests::Lab;

const SOON: Duration = Duration::from_secs(15);

#[test]
fn every_command_of_a_lab_does_what_it_says() {
    let lab = Lab::down("itself");
    assert!(lab.ends_with(1, &["lab", "status"]).contains("it is not up"));
    lab.ok(&["lab", "up", "--nodes", "1"]);
    a_node_is_powered_off_and_booted_again(&lab);
    up_a_second_time_changes_nothing(&lab);
    exec_passes_output_and_exit_status(&lab);
    host_keys_are_checked(&lab);
    a_cable_is_pulled_and_put_back(&lab);
    a_cable_is_pulled_and_put_back_under_traffic(&lab);
    the_relay_leaves_the_terminal_of_its_ssh(&lab);
    the_relay_ends_with_its_ssh_though_the_node_is_silent(&lab);
    a_reboot_keeps_the_disk(&lab);
    let console = lab.ok(&["lab", "console", "web1"]);
    assert!(console.contains("lab: web1 ready boot_id="), "{console}");
    assert!(lab.ends_with(1, &["lab", "exec", "web9", "--", "true"]).contains("the nodes of the lab are lvs, web1"));

    lab.ok(&["lab", "down"]);
    nothing_is_left(&lab);
    lab.ok(&["lab", "down"]);
}

#[track_caller]
fn up_a_second_time_changes_nothing(lab: &Lab) {
    let boots = || ["lvs", "web1", "client"].map(|node| lab.on(node, "cat /proc/sys/kernel/random/boot_id"));
    let (before, files) = (boots(), key_files(lab));
    let start = Instant::now();
    let table = lab.ok(&["lab", "up"]);
    assert!(start.elapsed() < SOON, "it took {:?}", start.elapsed());
    assert_eq!(table.matches("  ready\n").count(), 3, "{table}");
    assert_eq!(boots(), before);
    assert_eq!(key_files(lab), files);
    assert_eq!(lab.ok(&["lab", "status"]), table);
    let other = lab.ends_with(1, &["lab", "up", "--topology", &two_nodes(lab)]);
    assert!(other.contains("hint: `lvsctl lab down` first"), "{other}");
}

fn two_nodes(lab: &Lab) -> String {
    let text = "networks: [{ name: net, subnet: 192.0.2.0/24, router: 192.0.2.1 }]
nodes:
  - { name: a, nics: [{ network: net, address: 192.0.2.10 }] }
  - { name: b, nics: [{ network: net, address: 192.0.2.11 }] }
";
    lab.file("two.yml", text).display().to_string()
}

fn key_files(lab: &Lab) -> [String; 2] {
    ["known_hosts", "id_ed25519.pub"].map(|name| fs::read_to_string(lab.folder().join(name)).expect("the lab has it"))
}

#[track_caller]
fn exec_passes_output_and_exit_status(lab: &Lab) {
    let output = lab.run(&["lab", "exec", "web1", "--", "sh", "-c", "echo out; echo err >&2; exit 42"]);
    assert_eq!(output.status.code(), Some(42), "{output:?}");
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    // Word for word; `ssh` is ssh's way, where the node's shell reads the line.
    assert_eq!(lab.ok(&["lab", "exec", "web1", "--", "echo", "$HOME; it's", ""]), "$HOME; it's \n");
    assert_eq!(lab.ok(&["lab", "ssh", "web1", "--", "echo", "$HOME;", "hostname"]), "/root\nweb1\n");
}

#[track_caller]
fn host_keys_are_checked(lab: &Lab) {
    let path = lab.ok(&["lab", "status", "--ssh-config-path"]);
    let config = fs::read_to_string(path.trim()).expect("the lab wrote it");
    assert_eq!(config.matches("\nHost ").count(), 3);
    assert_eq!(config.matches("StrictHostKeyChecking yes\n").count(), 3, "{config}");
    let known = lab.folder().join("known_hosts");
    let right = fs::read_to_string(&known).expect("the lab wrote it");
    let client = right.lines().find_map(|line| line.strip_prefix("client ")).expect("the client has a key");
    fs::write(&known, format!("web1 {client}\n")).expect("write over the known hosts");
    let refused = lab.ends_with(255, &["lab", "exec", "web1", "--", "true"]);
    assert!(refused.contains("Host key verification failed"), "{refused}");
    fs::write(&known, right).expect("put the known hosts back");
}

#[track_caller]
fn a_cable_is_pulled_and_put_back(lab: &Lab) {
    let ping = |seconds| lab.run(&["lab", "exec", "client", "--", "ping", "-c1", "-W", seconds, "203.0.113.169"]);
    assert!(ping("5").status.success());
    lab.ok(&["lab", "cut", "lvs:eth1"]);
    assert!(!ping("1").status.success());
    assert!(lab.ok(&["lab", "status"]).contains("ready, cut: eth1\n"));
    lab.ok(&["lab", "mend", "lvs:eth1"]);
    Lab::wait_until("the cable carries again", SOON, || ping("1").status.success());
    assert!(!lab.ok(&["lab", "status"]).contains("cut"));
    let unknown = lab.ends_with(1, &["lab", "cut", "lvs:eth7"]);
    assert!(unknown.contains("its NICs are eth0, eth1"), "{unknown}");
}

/// A write to a tap device that is down made the kernel's driver stop the NIC for good.
#[track_caller]
fn a_cable_is_pulled_and_put_back_under_traffic(lab: &Lab) {
    lab.on("web1", "ping -i 0.1 192.168.0.254 >/root/ping 2>&1 & echo $! >/root/ping.pid");
    lab.on("lvs", "ping -i 0.1 192.168.0.1 >/root/ping 2>&1 & echo $! >/root/ping.pid");
    let answers = || lab.on("lvs", "grep -c time= /root/ping || :").trim().parse::<u32>().expect("a count");
    Lab::wait_until("both ping", SOON, || answers() > 3);
    lab.ok(&["lab", "cut", "web1"]);
    assert!(lab.ok(&["lab", "status"]).contains("ready, cut: eth0, eth1\n"));
    let before = answers();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(answers(), before, "pings were answered though the cable was cut");
    lab.ok(&["lab", "mend", "web1"]);
    Lab::wait_until("the cable carries again", Duration::from_secs(5), || answers() > before);
    for node in ["web1", "lvs"] {
        lab.on(node, "tail -n1 /root/ping | grep time= && kill $(cat /root/ping.pid)");
    }
}

/// As `Ctrl-C` does: the terminal signals the process group that ssh was started in. An ssh in the background has left it.
#[track_caller]
fn the_relay_leaves_the_terminal_of_its_ssh(lab: &Lab) {
    let config = lab.ok(&["lab", "status", "--ssh-config-path"]);
    let (config, socket) = (config.trim(), lab.file("control", ""));
    fs::remove_file(&socket).expect("remove the file whose name the socket gets");
    let ssh = |arguments: &[&str]| {
        let mut command = Command::new("ssh");
        command.args(["-F", config, "-S"]).arg(&socket).args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
        command
    };
    // It ends once it is in the background.
    let mut first = ssh(&["-M", "-f", "-N", "web1"]).process_group(0).spawn().expect("start ssh");
    let group = first.id();
    assert!(first.wait().expect("wait for ssh").success());
    // ssh goes into the background in two steps: its parent may be gone before the child has left the group.
    Lab::wait_until("nothing of the connection is in the group of the terminal", SOON, || {
        let alive = Command::new("sh").args(["-c", &format!("kill -s 0 -- -{group}")]).stderr(Stdio::null()).status();
        !alive.expect("start sh").success()
    });
    let said = ssh(&["-o", "ProxyCommand=false", "web1", "echo on"]).output().expect("start ssh");
    assert_eq!(String::from_utf8_lossy(&said.stdout), "on\n");
    assert!(ssh(&["-O", "exit", "web1"]).stdout(Stdio::null()).status().expect("start ssh").success());
}

#[track_caller]
fn the_relay_ends_with_its_ssh_though_the_node_is_silent(lab: &Lab) {
    let folder = lab.folder().display().to_string();
    let mut command = lab.command(&["lab", "relay", "--via", &folder, "192.168.0.1", "22"]);
    let mut relay = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start the relay");
    let mut greeting = [0; 4];
    relay.stdout.as_mut().expect("it is a pipe").read_exact(&mut greeting).expect("the node greets");
    assert_eq!(&greeting, b"SSH-");
    lab.ok(&["lab", "cut", "web1"]);
    drop(relay.stdin.take());
    Lab::wait_until("the relay ended", SOON, || relay.try_wait().expect("ask for the relay").is_some());
    lab.ok(&["lab", "mend", "web1"]);
}

#[track_caller]
fn a_node_is_powered_off_and_booted_again(lab: &Lab) {
    // What is written to disk stays, and so does what made the node itself, though nobody else waited for that.
    lab.on("web1", "echo kept | dd of=/root/kept conv=fsync");
    lab.ok(&["lab", "poweroff", "web1"]);
    assert!(lab.ends_with(1, &["lab", "status"]).contains("  off\n"));
    let off = lab.ends_with(1, &["lab", "exec", "web1", "--", "true"]);
    assert!(off.contains("it is powered off") && off.contains("hint: "), "{off}");
    lab.ok(&["lab", "up"]);
    lab.ok(&["lab", "status"]);
    assert_eq!(lab.on("web1", "cat /root/kept"), "kept\n");
}

#[track_caller]
fn a_reboot_keeps_the_disk(lab: &Lab) {
    let boot = || lab.on("web1", "cat /proc/sys/kernel/random/boot_id /root/kept");
    let before = boot();
    lab.ok(&["lab", "reboot", "web1"]);
    let after = boot();
    assert_ne!(before, after);
    assert!(after.ends_with("kept\n"), "{after}");
}

#[test]
fn two_labs_run_side_by_side_and_a_killed_up_leaves_nothing_that_down_does_not_find() {
    let (left, right) = (Lab::up("left", 1), Lab::down("right"));
    // At several moments: while keys are made, while kernels boot.
    for moment in [100, 600, 1500] {
        let mut up = right.start(&["lab", "up", "--nodes", "1"]);
        std::thread::sleep(Duration::from_millis(moment));
        up.kill().expect("kill lvsctl lab up");
        up.wait().expect("wait for lvsctl lab up");
        right.ok(&["lab", "down"]);
        nothing_is_left(&right);
    }

    let mut up = right.start(&["lab", "up", "--nodes", "1"]);
    Lab::wait_until("a kernel was started", SOON, || right.folder().join("nodes/web1/console.log").exists());
    up.kill().expect("kill lvsctl lab up");
    up.wait().expect("wait for lvsctl lab up");
    right.ok(&["lab", "up", "--nodes", "1"]);
    right.ok(&["lab", "status"]);

    // The same addresses, and nothing of each other.
    for (lab, other, name) in [(&left, &right, "left"), (&right, &left, "right")] {
        lab.on("web1", &format!("echo {name} >/var/www/html/name"));
        assert_eq!(lab.on("client", "curl --silent --max-time 5 http://192.168.0.1/name"), format!("{name}\n"));
        assert_ne!(key_files(lab), key_files(other));
    }
    right.ok(&["lab", "down"]);
    nothing_is_left(&right);
    assert_eq!(left.on("client", "curl --silent --max-time 5 http://192.168.0.1/name"), "left\n");
}

/// An ssh that was killed with its lvsctl may take a moment to see that.
#[track_caller]
fn nothing_is_left(lab: &Lab) {
    assert!(!lab.folder().exists());
    Lab::wait_until(&format!("nothing is left of the lab, such as {:?}", traces(lab)), SOON, || traces(lab).is_empty());
}

/// What there is of a lab: its folder, processes that name the folder, mounts.
fn traces(lab: &Lab) -> Vec<String> {
    let folder = lab.folder();
    let mut traces = Vec::new();
    if folder.exists() {
        traces.push(format!("{} is there", folder.display()));
    }
    let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
    for process in processes.filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit()) {
        if names(&process.path(), &folder) {
            let command = fs::read_to_string(process.path().join("cmdline")).unwrap_or_default();
            traces.push(format!("{}: {}", process.path().display(), command.replace('\0', " ")));
        }
    }
    let mounts = fs::read_to_string("/proc/mounts").expect("there are mounts");
    traces.extend(mounts.lines().filter(|line| line.contains(&folder.display().to_string())).map(str::to_owned));
    traces
}

/// Whether a process has the folder in its command line or environment.
fn names(process: &Path, folder: &Path) -> bool {
    let folder = folder.as_os_str().as_encoded_bytes();
    ["cmdline", "environ"].iter().any(|file| {
        // It may have ended, or be another user's.
        let bytes = fs::read(process.join(file)).unwrap_or_default();
        bytes.windows(folder.len()).any(|window| window == folder)
    })
}
