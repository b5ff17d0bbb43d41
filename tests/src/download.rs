//! A download through the VIP that goes on for as long as a test wants.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use crate::Lab;

/// Size of `/big` on the lab's web servers.
const BIG: u64 = 64 << 20;

/// A download through the VIP by the client.
#[derive(Debug)]
pub struct Download<'a> {
    lab: &'a Lab,
    child: Child,
}

impl<'a> Download<'a> {
    /// Starts one that goes through this real server; others are ended at once.
    pub fn through(lab: &'a Lab, real_server: &str) -> Self {
        for _ in 0..12 {
            let mut download = Self::start(lab);
            if download.real_server() == real_server {
                return download;
            }
            download.end();
        }
        panic!("in 12 turns no download went through {real_server}");
    }

    /// Starts one, by whatever real server.
    pub fn start(lab: &'a Lab) -> Self {
        lab.on("client", "rm -f /tmp/go");
        // A trickle keeps the connection busy until the test lets it go on, however long that takes.
        let curl = "curl --silent --show-error --max-time 300 http://203.0.113.168/big |
            { until [ -e /tmp/go ]; do head -c 65536; sleep 0.2; done; cat; } | cksum";
        let child = lab.start(&["lab", "exec", "client", "--", "sh", "-c", curl]);
        Self { lab, child }
    }

    /// The real server behind it: the one with an established connection from the client.
    pub fn real_server(&mut self) -> String {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            let established = self.established();
            if let [only] = established.as_slice() {
                return only.clone();
            }
            assert!(self.runs(), "the download ended at once");
            assert!(Instant::now() < end, "no single connection is established: {established:?}");
        }
    }

    /// `TCP CB00710A D5C2 CB0071A8 0050 C0A80003 0050 ESTABLISHED 890`
    fn established(&self) -> Vec<String> {
        let table = self.lab.on("lvs", "cat /proc/net/ip_vs_conn");
        let words = table.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        let mine = words.filter(|words| words.get(7) == Some(&"ESTABLISHED"));
        mine.map(|words| address(words[5])).collect()
    }

    /// Whether it still goes on.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("look for the download").is_none()
    }

    /// Breaks it off, and waits until the director has seen that.
    fn end(mut self) {
        self.lab.on("client", "pkill curl; touch /tmp/go");
        self.child.wait().expect("wait for the download");
        Lab::wait_until("the connection is no longer established", Duration::from_secs(15), || {
            self.established().is_empty()
        });
    }

    /// Waits for its end: the client has every byte that the web server has.
    pub fn ends_whole(self) {
        let Self { lab, child } = self;
        lab.on("client", "touch /tmp/go");
        let output = child.wait_with_output().expect("wait for the download");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "the download was broken: {errors}");
        let sum = String::from_utf8_lossy(&output.stdout);
        assert_eq!(sum, lab.on("web1", "cksum </var/www/html/big"));
        assert!(sum.contains(&BIG.to_string()), "{sum}");
    }
}

fn address(hex: &str) -> String {
    let number = u32::from_str_radix(hex, 16).expect("an address is eight hexadecimal digits");
    std::net::Ipv4Addr::from_bits(number).to_string()
}
