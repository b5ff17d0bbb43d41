//! Steady requests through the VIP for as long as a test wants, each of which is accounted for.

use std::{collections::BTreeMap, process::Child, time::Duration};

use crate::Lab;

/// Paces each connection, looks at every answer, and prints the account as `name=number` words.
const SCRIPT: &str = r#"
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() answers, wrong = {}, 0 end
function delay() return 20 end
function response(status, headers, body)
    local name = body:match("^(web%d+)\n$")
    if status == 200 and name then answers[name] = (answers[name] or 0) + 1 else wrong = wrong + 1 end
end
function done(summary, latency)
    local wrong, errors = 0, summary.errors
    for _, thread in ipairs(threads) do
        wrong = wrong + thread:get("wrong")
        for name, count in pairs(thread:get("answers")) do io.write("answers-of-", name, "=", count, " ") end
    end
    io.write(string.format("requests=%d connect=%d read=%d write=%d status=%d timeout=%d wrong=%d slowest-ms=%d\n",
        summary.requests, errors.connect, errors.read, errors.write, errors.status, errors.timeout, wrong,
        latency.max / 1000))
end
"#;

/// What has failed, by the names that wrk gives it, and answers that are not a real server's name.
const FAILURES: [&str; 6] = ["connect", "read", "write", "status", "timeout", "wrong"];

/// An answer that takes longer is a failure. A lost packet is sent again after one second, then two, then four.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a request gets its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Each has its own.
    New,
    /// One after the other over the same, until the web server ends it.
    Kept,
}

/// Steady requests by the client, from [`Load::start`] to [`Load::end`].
#[derive(Debug)]
pub struct Load<'a> {
    lab: &'a Lab,
    child: Child,
}

/// The account of a [`Load`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    numbers: BTreeMap<String, u64>,
}

impl<'a> Load<'a> {
    /// Puts the program on the client, and lets web servers keep a connection for some requests.
    pub fn prepare(lab: &Lab, webs: u32) {
        lab.on("client", "apt-get install --yes wrk");
        lab.on("client", &format!("cat >/root/load.lua <<'END'\n{SCRIPT}END"));
        let keep = "sed -i 's/keepalive_timeout 0;/keepalive_timeout 60; keepalive_requests 25;/' \
            /etc/nginx/sites-available/lab && nginx -s reload";
        for web in 1..=webs {
            lab.on(&format!("web{web}"), keep);
        }
    }

    /// Starts it, with four connections at a time. The URL must have a port.
    pub fn start(lab: &'a Lab, connections: Connections, url: &str) -> Self {
        let patience = PATIENCE.as_secs();
        let header = if connections == Connections::New { "--header 'Connection: close'" } else { "" };
        // It is ended by a signal; ten minutes are its bound whatever happens to the test.
        let wrk = format!(
            "exec wrk --threads 1 --connections 4 --duration 600s --timeout {patience}s {header} --script /root/load.lua {url}"
        );
        let child = lab.start(&["lab", "exec", "client", "--", "sh", "-c", &wrk]);
        Self { lab, child }
    }

    /// Ends all loads of a lab, and gives the account of each.
    pub fn end<const N: usize>(loads: [Self; N]) -> [Account; N] {
        if let Some(load) = loads.first() {
            // That they all still ran is seen below, with what they said.
            load.lab.on("client", "pkill -INT -x wrk || :");
        }
        loads.map(|load| {
            let output = load.child.wait_with_output().expect("wait for the load");
            Account::read(&crate::lab::shown(&output), &String::from_utf8_lossy(&output.stdout))
        })
    }
}

impl Account {
    #[track_caller]
    fn read(all: &str, stdout: &str) -> Self {
        let line = stdout.lines().rfind(|line| line.contains(" requests=") || line.starts_with("requests="));
        let line = line.unwrap_or_else(|| panic!("the load gave no account: {all}"));
        let word = |word: &str| {
            let (name, number) = word.split_once('=')?;
            Some((name.to_owned(), number.parse().ok()?))
        };
        let numbers = line.split_ascii_whitespace().map(|text| word(text).unwrap_or_else(|| panic!("`{text}`: {all}")));
        Self { numbers: numbers.collect() }
    }

    fn number(&self, name: &str) -> u64 {
        *self.numbers.get(name).unwrap_or_else(|| panic!("no `{name}` in {self:?}"))
    }

    /// Requests that got the whole answer of a real server.
    pub fn answered(&self) -> u64 {
        self.answers().values().sum()
    }

    /// The answers by real server.
    pub fn answers(&self) -> BTreeMap<&str, u64> {
        let found = self.numbers.iter().filter_map(|(name, number)| Some((name.strip_prefix("answers-of-")?, *number)));
        found.collect()
    }

    /// Everything that went wrong: no connection, a connection that broke, a short or wrong answer, none in time.
    pub fn failures(&self) -> u64 {
        FAILURES.iter().map(|name| self.number(name)).sum()
    }
}
