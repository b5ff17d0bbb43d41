//! Running a script on a node as root, by a user who may become root.
//!
//! One exec does it: `sudo` (or `doas`, `su`) is started, its question is answered over standard input, and the shell
//! that is root says so before anything else is sent. So a password is on no command line, in no environment and in no
//! file of the node's, and what a login prints is not taken for the agent. doas and su read from a terminal: they get
//! one, which neither echoes nor changes a byte from then on. No question is waited for without end.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io::Cursor,
    sync::Arc,
    time::Duration,
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    BecomeMethod, Error, Rights,
    channel::Channel,
    dialogue::{Dialogue, From, Next},
    refusal::Refusal,
};

/// How long it may take to become root: su and PAM wait some seconds after a wrong password.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long after the last word its exit status may take.
const END: Duration = Duration::from_secs(5);

/// Root's programs are looked for where they are, and not where the user who logs in says.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A script that runs as root.
pub(super) struct Elevated {
    pub(super) channel: Channel,
    /// Who logged in.
    pub(super) login: String,
}

/// Has root's shell carry out `script`. On a terminal there is no standard error.
pub(super) async fn elevate(
    session: &Arc<openssh::Session>,
    rights: &Rights,
    script: &str,
    what: &'static str,
) -> Result<Elevated, Error> {
    let on_terminal = match rights.method {
        BecomeMethod::Sudo => false,
        BecomeMethod::Doas => rights.password.is_some(),
        BecomeMethod::Su => true,
    };
    match attempt(session, rights, script, what, on_terminal).await {
        // `requiretty` of sudoers(5).
        Err(Error::Become { refusal: Refusal::NeedsTerminal { .. }, .. }) if !on_terminal => {
            attempt(session, rights, script, what, true).await
        }
        result => result,
    }
}

async fn attempt(
    session: &Arc<openssh::Session>,
    rights: &Rights,
    script: &str,
    what: &'static str,
    on_terminal: bool,
) -> Result<Elevated, Error> {
    let word = format!("lvsctl-{:016x}", RandomState::new().build_hasher().finish());
    let mut dialogue = Dialogue::new(rights.method, rights.password.is_some(), &word);
    let command = command(rights, &word, &dialogue.prompt(), script, on_terminal);
    let mut channel = if on_terminal {
        Channel::on_terminal(session, &command, what).await?
    } else {
        Channel::piped(session, &command, what).await?
    };
    let spoken = tokio::time::timeout(PATIENCE, speak(&mut channel, &mut dialogue, rights)).await;
    let refusal = match spoken {
        Ok(Ok(Ok(rest))) => {
            let login = dialogue.login();
            if !rest.is_empty() {
                channel.stdout = Box::new(Cursor::new(rest).chain(channel.stdout));
            }
            return Ok(Elevated { channel, login });
        }
        Ok(Ok(Err(Some(refusal)))) => refusal,
        Ok(Ok(Err(None))) => {
            let Channel { stdin, keeper, .. } = channel;
            drop(stdin);
            let status = tokio::time::timeout(END, keeper.end()).await.ok().and_then(Result::ok).flatten();
            dialogue.ended(status)
        }
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => dialogue.silent(),
    };
    Err(Error::Become { method: rights.method, login: dialogue.login(), refusal })
}

/// Listens and answers until root has answered: then gives what root said after that. Otherwise why not, where that is
/// known already.
async fn speak(
    channel: &mut Channel,
    dialogue: &mut Dialogue,
    rights: &Rights,
) -> std::io::Result<Result<Vec<u8>, Option<Refusal>>> {
    let (mut output, mut errors) = ([0; 4096], [0; 4096]);
    let (mut has_output, mut has_errors) = (true, true);
    while has_output || has_errors {
        let next = tokio::select! {
            read = channel.stdout.read(&mut output), if has_output => {
                let read = read?;
                has_output = read > 0;
                dialogue.hear(From::Output, &output[..read])
            }
            read = channel.stderr.read(&mut errors), if has_errors => {
                let read = read?;
                has_errors = read > 0;
                dialogue.hear(From::Errors, &errors[..read])
            }
        };
        match next {
            Next::Listen => {}
            Next::Type => {
                let line = rights.password.as_ref().map(super::Password::line).unwrap_or_default();
                // A program that has gone says why by its end.
                if channel.stdin.write_all(&line).await.is_ok() {
                    let _ = channel.stdin.flush().await;
                }
            }
            Next::Root { rest } => return Ok(Ok(rest)),
            Next::GiveUp(refusal) => return Ok(Err(Some(refusal))),
        }
    }
    Ok(Err(None))
}

/// The command that the login shell is given, whatever shell that is: pure.
fn command(rights: &Rights, word: &str, prompt: &str, script: &str, on_terminal: bool) -> String {
    let quiet = if on_terminal { format!("{}stty raw -echo; exec 2>/dev/null; ", alone(word)) } else { String::new() };
    let inner =
        format!("{quiet}PATH={SEARCH_PATH}; export PATH; unset LC_ALL; printf '%s-%s\\n' {word} root; {script}");
    let inner = format!("exec /bin/sh -c {}", quoted(&inner));
    let exe = rights.exe.as_deref().unwrap_or(rights.method.name());
    let mut words = vec![exe.to_owned()];
    let flags = rights.flags.clone();
    match rights.method {
        BecomeMethod::Sudo => {
            words.extend(asking(flags.unwrap_or_else(|| vec!["-H".to_owned()])));
            words.extend(["-S", "-p", prompt, "-u", "root", "--", "/bin/sh", "-c", &inner].map(str::to_owned));
        }
        BecomeMethod::Doas => {
            words.extend(asking(flags.unwrap_or_default()));
            // Without a password it must not ask.
            words.extend((!on_terminal).then(|| "-n".to_owned()));
            words.extend(["-u", "root", "--", "/bin/sh", "-c", &inner].map(str::to_owned));
        }
        BecomeMethod::Su => {
            words.extend(flags.unwrap_or_default());
            words.extend(["root", "-c", &inner].map(str::to_owned));
        }
    }
    let line = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    // On a terminal the first shell stays: what leads a session could not leave it, and the agent does.
    let (before, line) = if on_terminal {
        let terminal =
            format!("t=$(tty) && chmod 0600 $t && stty -echo || {{ printf '%s-%s\\n' {word} terminal; exit 1; }}; ");
        (terminal, format!("{line}; exit $?"))
    } else {
        (String::new(), format!("exec {line}"))
    };
    let outer = format!(
        "{before}printf '%s-%s %s\\n' {word} login \"$(id -un)\"; \
         if [ \"$(id -u)\" = 0 ]; then {root}; fi; \
         command -v {exe} >/dev/null 2>&1 || {{ printf '%s-%s\\n' {word} missing; exit 127; }}; \
         LC_ALL=C; export LC_ALL; {line}",
        exe = quoted(exe),
        // The user who logs in is root already, and nothing has to be there for it.
        root = if on_terminal { format!("/bin/sh -c {}; exit $?", quoted(&inner)) } else { inner.clone() },
    );
    format!("exec /bin/sh -c {}", quoted(&outer))
}

/// What root's shell makes sure of on a terminal. sshd lets others of the node write to it, as write(1) does for them: that is
/// forbidden first, and then whoever did it before must not have it open still. Sessions that may are root's own, and
/// that of the program by which this shell became root's.
fn alone(word: &str) -> String {
    format!(
        "PATH={SEARCH_PATH}; t=$(tty); chmod 0600 $t; s() {{ sed 's/.*) //' /proc/$1/stat 2>/dev/null | cut -d' ' -f4; }}; \
         a=$(s $$); b=$(s $PPID); \
         for p in $(ls -l /proc/[0-9]*/fd 2>/dev/null | \
         awk -v t=$t '/^.proc/ {{ split($0, w, \"/\"); p = w[3] }} $NF == t {{ print p }}' | sort -u); do \
         case $(s $p) in ''|$a|$b) ;; *) printf '%s-%s\\n' {word} shared; exit 1 ;; esac; done; "
    )
}

/// Arguments without the one that forbids to ask.
fn asking(flags: Vec<String>) -> impl Iterator<Item = String> {
    let is_cluster = |word: &str| {
        let letters = word.strip_prefix('-').unwrap_or_default();
        !letters.is_empty() && letters.chars().all(|letter| "AbEHKknSPs".contains(letter))
    };
    flags
        .into_iter()
        .filter(|word| word != "--non-interactive" && word != "-n")
        .map(move |word| if is_cluster(&word) { word.replace('n', "") } else { word })
}

/// One word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=@,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::{path::Path, process::Command};

    use super::*;
    use crate::session::Password;

    fn rights(method: BecomeMethod) -> Rights {
        Rights { method, password: Password::new("s3cret-of-a-test"), ..Rights::default() }
    }

    fn program(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// What a real shell makes of a command for somebody who is not root.
    fn said_by_alice(folder: &Path, command: &str) -> String {
        program(folder, "id", "case $1 in -u) echo 1000 ;; *) echo alice ;; esac");
        let path = format!("{}:{SEARCH_PATH}", folder.display());
        let output = Command::new("/bin/sh").args(["-c", command]).env("PATH", path).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn a_password_is_in_no_command() {
        for method in BecomeMethod::ALL {
            for on_terminal in [false, true] {
                let command = command(&rights(method), "lvsctl-1", "lvsctl-1-password:", "exec true", on_terminal);
                assert!(!command.contains("s3cret-of-a-test"), "{command}");
            }
        }
    }

    #[test]
    fn an_argument_that_forbids_to_ask_is_left_out() {
        let flags = |text: &str| asking(text.split(' ').map(str::to_owned).collect()).collect::<Vec<_>>().join(" ");
        assert_eq!(flags("-H -S -n"), "-H -S");
        assert_eq!(flags("-HSn -g network --non-interactive"), "-HS -g network");
    }

    #[test]
    fn the_words_reach_the_program_whatever_is_in_them() {
        let dir = tempfile::tempdir().unwrap();
        for method in BecomeMethod::ALL {
            let (name, last) = (method.name(), "for word; do last=$word; done; exec /bin/sh -c \"$last\"");
            program(dir.path(), name, &format!("echo {name} was asked; {last}"));
            let script = "printf '%s\\n' 'it'\\''s' \"$PATH\"";
            let command = command(&rights(method), "lvsctl-1", "lvsctl-1-password:", script, false);
            let expected = format!("lvsctl-1-login alice\n{name} was asked\nlvsctl-1-root\nit's\n{SEARCH_PATH}\n");
            assert_eq!(said_by_alice(dir.path(), &command), expected);
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_said_to_be_missing() {
        let dir = tempfile::tempdir().unwrap();
        let rights = Rights { exe: Some("/nowhere/sudo".to_owned()), ..rights(BecomeMethod::Sudo) };
        let command = command(&rights, "lvsctl-1", "lvsctl-1-password:", "exec true", false);
        assert_eq!(said_by_alice(dir.path(), &command), "lvsctl-1-login alice\nlvsctl-1-missing\n");
    }
}
