//! Standard input and output to a TCP connection inside the lab: ssh's `ProxyCommand`. Called from outside, it first
//! turns into itself inside the lab's namespace.
//!
//! It ends with the ssh that started it, and with nothing else. An ssh that goes on in the background leaves the
//! terminal's process group and the relay in it, so the relay leaves by itself, lest a Ctrl-C ends the connection.

use std::{
    io,
    net::{IpAddr, Shutdown, SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    thread,
    time::Duration,
};

use rustix::process::setsid;

use super::{Error, namespace::Namespace, paths::LabDir, state::State};

/// Connects within this time, or says why not, before ssh loses patience (`ConnectTimeout 10`) and says less.
const PATIENCE: Duration = Duration::from_secs(8);
/// Once ssh has gone, the other side may take this long to close. One whose plug was pulled never does.
const FAREWELL: Duration = Duration::from_secs(5);

/// Goes into the namespace of a lab and relays there. Returns only if that fails.
pub(super) fn enter(lab: &Path, address: IpAddr, port: u16) -> Error {
    let lab = LabDir::at(lab);
    let name = || lab.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let holder = match State::load(&lab) {
        Ok(state) => state.and_then(|state| state.holder()),
        Err(error) => return error,
    };
    let Some(holder) = holder else { return Error::NoLab(name()) };
    let own = match std::env::current_exe() {
        Ok(own) => own,
        Err(source) => return Error::Io { what: "find", path: "lvsctl itself".into(), source },
    };
    // Refused to the leader of a process group, which is what an interactive shell starts: then Ctrl-C may end it.
    let _ = setsid();
    let mut command = Namespace::of(holder).command(own, false).into_std();
    command.args(["lab", "relay", &address.to_string(), &port.to_string()]);
    Error::Spawn { program: "nsenter".into(), source: command.exec() }
}

/// Relays until the other side closes the connection, or has had time to once standard input has ended.
pub(super) fn run(address: IpAddr, port: u16) -> Result<(), Error> {
    let failed = |what| Error::io(what, format!("{address}, port {port}"));
    let stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), PATIENCE).map_err(failed("connect to"))?;
    // ssh sends many small packets and waits for each answer.
    stream.set_nodelay(true).map_err(failed("connect to"))?;
    let sender = stream.try_clone().map_err(failed("connect to"))?;
    // Not joined: reading from a terminal may never end, and the process ends with the connection.
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut &sender);
        let _ = sender.shutdown(Shutdown::Write);
        thread::sleep(FAREWELL);
        let _ = sender.shutdown(Shutdown::Both);
    });
    receive(&stream).map_err(failed("relay from"))
}

fn receive(mut stream: &TcpStream) -> io::Result<()> {
    use std::io::{Read, Write};

    // Unbuffered by lines: what arrives goes on at once.
    let mut stdout = io::stdout().lock();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                stdout.write_all(&buffer[..length])?;
                stdout.flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
