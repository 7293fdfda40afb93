//! Starts a program, reads what it announces, and makes sure that it ends.
//!
//! Full-stack tests start the real binary on port 0 and learn its addresses from what it prints.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Lines kept of either stream; later ones are read and dropped.
const KEPT_LINES: usize = 100_000;

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    out: Arc<Lines>,
    err: Arc<Lines>,
    readers: Vec<JoinHandle<()>>,
    changed: watch::Receiver<u64>,
}

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl Lines {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What can be sent to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: drain and end.
    Terminate,
    /// SIGHUP: read the configuration again.
    HangUp,
    /// SIGKILL: no goodbye.
    Kill,
}

impl Process {
    /// Starts `binary` with `arguments`, standard input closed, both outputs read.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(
        binary: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(binary.as_ref());
        command.args(arguments);
        Self::start_command(command)
    }

    /// Starts `command` as it is set up (environment, directory), standard input closed.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start_command(mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().with_context(|| format!("start `{name}`"))?;
        let (sender, changed) = watch::channel(0);
        let (out, err) = (Arc::new(Lines::default()), Arc::new(Lines::default()));
        let mut readers = Vec::new();
        if let Some(pipe) = child.stdout.take() {
            readers.push(read_lines(pipe, Arc::clone(&out), sender.clone()));
        }
        if let Some(pipe) = child.stderr.take() {
            readers.push(read_lines(pipe, Arc::clone(&err), sender));
        }
        Ok(Self { child, out, err, readers, changed })
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lines of standard output so far.
    #[must_use]
    pub fn out(&self) -> Vec<String> {
        self.out.all()
    }

    /// Lines of standard error so far.
    #[must_use]
    pub fn err(&self) -> Vec<String> {
        self.err.all()
    }

    /// What `find` makes of the first line of either output for which it makes something.
    ///
    /// # Errors
    /// No such line within `wait`, or the program closed its outputs first. The error holds its last
    /// lines.
    pub async fn line<T>(&mut self, wait: Duration, find: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let until = Instant::now() + wait;
        loop {
            // Seen first, then looked: a line that comes in between changes the mark again.
            self.changed.borrow_and_update();
            let found = self.err().iter().chain(&self.out()).find_map(|line| find(line));
            if let Some(found) = found {
                return Ok(found);
            }
            if !matches!(timeout_at(until, self.changed.changed()).await, Ok(Ok(()))) {
                let last = self.err().into_iter().chain(self.out()).find_map(|line| find(&line));
                return last.with_context(|| {
                    let err = self.err();
                    let tail = err.get(err.len().saturating_sub(20)..).unwrap_or(&[]).join("\n");
                    format!("no such line within {wait:?}; standard error ends with:\n{tail}")
                });
            }
        }
    }

    /// The first address that stands behind `label` in a line of either output.
    ///
    /// # Errors
    /// As [`Process::line`].
    pub async fn address_after(&mut self, label: &str, wait: Duration) -> anyhow::Result<SocketAddr> {
        self.line(wait, |line| address_in(line.split_once(label)?.1)).await
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The program has ended.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        let name = match signal {
            Signal::Terminate => "TERM",
            Signal::HangUp => "HUP",
            Signal::Kill => return self.child.kill().context("kill the program"),
        };
        // The shell's own `kill`: the standard library has none for other signals.
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status()?;
        anyhow::ensure!(sent.success(), "the program has ended");
        Ok(())
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// It runs on after `wait`.
    pub async fn ended(&mut self, wait: Duration) -> anyhow::Result<ExitStatus> {
        let until = Instant::now() + wait;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.readers.drain(..).for_each(joined);
                return Ok(status);
            }
            anyhow::ensure!(Instant::now() < until, "the program still runs after {wait:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills the program without warning and waits until it is gone.
    ///
    /// # Errors
    /// The operating system refused.
    pub fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        self.child.kill().context("kill the program")?;
        let status = self.child.wait().context("wait for the program")?;
        self.readers.drain(..).for_each(joined);
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left behind.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The address in the line in which a gateway tells where it listens for clients: `listening on
/// http://127.0.0.1:4711` on a terminal, the occurrence `listening` in the log elsewhere.
#[must_use]
pub fn listening(line: &str) -> Option<SocketAddr> {
    if let Some((_, rest)) = line.split_once("listening on http://") {
        return rest.split_whitespace().next()?.parse().ok();
    }
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")? != "listening" || line.get("surface")? != "proxy" {
        return None;
    }
    line.get("address")?.as_str()?.strip_prefix("http://")?.parse().ok()
}

fn joined(reader: JoinHandle<()>) {
    // The reader cannot panic, and ends with its pipe.
    let _ended = reader.join();
}

fn read_lines(
    pipe: impl Read + Send + 'static,
    lines: Arc<Lines>,
    changed: watch::Sender<u64>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n') {
            let Ok(line) = line else { return };
            let mut lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() < KEPT_LINES {
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
            drop(lines);
            changed.send_modify(|mark| *mark += 1);
        }
    })
}

/// The first `ip:port` in `text`, bare, in quotes or in a URL.
fn address_in(text: &str) -> Option<SocketAddr> {
    text.split(|letter: char| !(letter.is_ascii_hexdigit() || matches!(letter, '.' | ':' | '[' | ']')))
        .find_map(|word| word.trim_end_matches(['.', ':']).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_what_programs_print() {
        for (text, expected) in [
            ("http://127.0.0.1:8080/", Some("127.0.0.1:8080")),
            (r#": "127.0.0.1:41001","x":1"#, Some("127.0.0.1:41001")),
            (" [::1]:9000.", Some("[::1]:9000")),
            (" 127.0.0.1, no port", None),
        ] {
            assert_eq!(address_in(text), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_announced_address_is_found_in_either_form() {
        let json =
            r#"{"level":"INFO","message":"listening","surface":"proxy","address":"http://127.0.0.1:4711"}"#;
        for line in ["tidegate: listening on http://127.0.0.1:4711 (guard)", json] {
            assert_eq!(listening(line), "127.0.0.1:4711".parse().ok(), "{line}");
        }
        for line in ["listening on /run/x.sock", &json.replace("proxy", "admin"), "{}"] {
            assert_eq!(listening(line), None, "{line}");
        }
    }

    #[tokio::test]
    async fn a_program_announces_itself_and_is_ended() {
        let wait = Duration::from_secs(10);
        let script = "echo listening on 127.0.0.1:4321 >&2; echo data; exec sleep 60";
        let mut process = Process::start("sh", ["-c", script]).unwrap();
        assert_eq!(process.address_after("listening on", wait).await.unwrap().port(), 4321);
        assert_eq!(process.line(wait, |line| (line == "data").then_some(7)).await.unwrap(), 7);
        process.signal(Signal::Terminate).unwrap();
        assert!(!process.ended(wait).await.unwrap().success());
        assert_eq!(process.out(), ["data"]);

        let mut silent = Process::start("sh", ["-c", "echo trouble >&2; exit 3"]).unwrap();
        let error = silent.line(wait, |_| None::<()>).await.unwrap_err().to_string();
        assert!(error.contains("trouble"), "{error}");
        assert_eq!(silent.ended(wait).await.unwrap().code(), Some(3));
        assert!(Process::start("/nowhere/at/all", [""; 0]).is_err());
    }
}
