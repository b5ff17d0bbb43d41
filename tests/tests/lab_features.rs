//! Every feature of IPVS on a real kernel: a golden case (a folder below `tests/cases`) with a `kernel.txt` is applied to
//! the lab's director. The file is what ipvsadm and the kernel then show; a second apply must change nothing. From one
//! case to the next lvsctl converges. `LVSCTL_BLESS=1` writes the files: read the difference before it is committed.

use std::{env, fs, path::PathBuf};

use lvsctl_tests::{Lab, repository};
use similar::TextDiff;

/// What is looked at. ipvsadm has no option that shows all of it, so there are several; lines of `-Sn` come in the order
/// of the kernel's hash table, which differs from boot to boot. Of the settings those are shown that lvsctl keeps.
const LOOK: &str = "
    exec 2>&1
    echo '# ipvsadm -Sn'
    ipvsadm -Sn | sort
    echo '# ipvsadm -Ln --thresholds'
    ipvsadm -Ln --thresholds | tail -n +4 | sed 's/ *$//'
    echo '# ipvsadm -Ln --tun-info'
    ipvsadm -Ln --tun-info | tail -n +4 | sed 's/ *$//'
    echo '# ipvsadm -L --daemon'
    ipvsadm -L --daemon
    echo '# ipvsadm -L --timeout'
    ipvsadm -L --timeout
    echo '# sysctl, modprobe.d'
    sed -n 's/^\\(net.ipv4.vs[^ =]*\\).*/\\1/p' /etc/sysctl.d/90-lvsctl.conf | xargs sysctl | sort
    cat /etc/modprobe.d/lvsctl.conf 2>/dev/null || :
";

/// What is left alone where an inventory does not speak of it, back to what a boot gives.
const AS_BOOTED: &str = "ipvsadm --set 900 120 300
    for role in master backup; do ipvsadm --stop-daemon $role 2>/dev/null || :; done";

#[test]
fn every_feature_is_in_the_kernel_as_ipvsadm_sees_it_and_a_second_apply_changes_nothing() {
    let lab = Lab::up("features", 1);
    let cases = cases();
    assert!(cases.len() >= 20, "{} cases have a kernel.txt", cases.len());
    let mut differences = Vec::new();
    for case in &cases {
        let cluster = lab.cluster(case.join("inventory.yml"));
        cluster.apply_to("lvs").ends_with(0);
        let found = lab.on("lvs", LOOK);
        cluster.apply_to("lvs").changed_nothing();
        let path = case.join("kernel.txt");
        if env::var_os("LVSCTL_BLESS").is_some() {
            fs::write(&path, &found).expect("write what was found");
        }
        let expected = fs::read_to_string(&path).expect("it was there");
        if expected != found {
            let diff = TextDiff::from_lines(&expected, &found);
            differences.push(diff.unified_diff().header(&path.display().to_string(), "found").to_string());
        }
        lab.on("lvs", AS_BOOTED);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    the_size_of_the_connection_table_and_the_settings_come_with_a_boot(&lab);
}

/// The module's parameter counts from when it is loaded; the settings are there before lvsctl comes again.
#[track_caller]
fn the_size_of_the_connection_table_and_the_settings_come_with_a_boot(lab: &Lab) {
    let cluster = lab.cluster("tests/cases/kernel-settings/inventory.yml");
    cluster.apply_to("lvs").ends_with(0);
    lab.ok(&["lab", "reboot", "lvs"]);
    let settings = "cd /proc/sys/net/ipv4/vs && cat conntrack conn_reuse_mode sync_threshold sync_ports";
    assert_eq!(lab.on("lvs", settings), "1\n1\n3\t50\n4\n");
    assert_eq!(lab.on("lvs", "ipvsadm -Ln | head -n1"), "IP Virtual Server version 1.2.1 (size=65536)\n");
}

/// Folders of golden cases with a `kernel.txt`, in their order.
fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir(repository().join("tests/cases")).expect("there are cases");
    let paths = folders.map(|entry| entry.expect("a folder can be listed").path());
    let mut cases: Vec<PathBuf> = paths.filter(|path| path.join("kernel.txt").exists()).collect();
    cases.sort();
    cases
}
