//! Support for the integration tests: a [`Scenario`] runs the real command on files of its own, a [`Lab`] is a real
//! cluster of this test's own, a [`Cluster`] is what an operator does with it, a [`Download`] is a client's connection, a
//! [`Load`] are its steady requests, a [`Client`] counts who answers, [`Ansible`] is what lvsctl is compared with, and [`Times`] are a benchmark's.

mod ansible;
mod cluster;
mod download;
mod lab;
mod load;
mod local;
mod report;
mod scenario;
mod stopwatch;
mod traffic;

pub use ansible::{Ansible, AnsibleCommand};
pub use cluster::Cluster;
pub use download::Download;
pub use lab::Lab;
pub use load::{Account, Connections, Load};
pub use local::local_hosts;
pub use report::Report;
pub use scenario::{Outcome, Scenario};
pub use stopwatch::{Times, load_average, ssh_true};
pub use traffic::{Answers, Client, Place, Sockets};

/// The program under test: `LVSCTL`, or the workspace's debug build.
pub fn lvsctl() -> std::path::PathBuf {
    let path = std::env::var_os("LVSCTL").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/lvsctl"),
        std::path::PathBuf::from,
    );
    assert!(path.is_file(), "{} is not there: run the tests by `make test`, which builds it", path.display());
    path
}

/// Runs `lvsctl` in a folder, with nothing of this machine's configuration.
pub fn run_in(folder: &std::path::Path, arguments: &[&str]) -> Outcome {
    scenario::run(std::process::Command::new(lvsctl()).args(arguments).current_dir(folder), folder)
}

/// The top of the repository.
pub fn repository() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the tests lie in the repository")
}
