//! The textbook's clusters, rolled out on real kernels.

use lvsctl_tests::{Cluster, Lab};

const NODES: [&str; 5] = ["lvs", "web1", "web2", "web3", "client"];

#[test]
fn every_method_serves_and_a_second_apply_changes_nothing_and_after_a_reboot_the_cluster_serves_again() {
    let lab = Lab::up("rollout", 3);
    for method in ["nat", "tun", "dr"] {
        let cluster = lab.cluster(format!("examples/{method}"));
        cluster.apply().ends_with(0);
        cluster.verify(300);
        a_second_apply_changes_nothing(&cluster);
        cluster.is_reached();
    }
    for node in NODES {
        lab.ok(&["lab", "reboot", node]);
    }
    let cluster = lab.cluster("examples/dr");
    cluster.apply().ends_with(0);
    cluster.verify(300);
    a_second_apply_changes_nothing(&cluster);
}

#[track_caller]
fn a_second_apply_changes_nothing(cluster: &Cluster<'_>) {
    let second = cluster.apply();
    second.changed_nothing();
    let hosts: Vec<_> = second.hosts().iter().map(|recap| recap["host"].as_str().unwrap_or_default()).collect();
    assert_eq!(hosts, NODES, "{second}");
}
