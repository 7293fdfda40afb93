//! A program of the operator's own, started for each alert.
//!
//! No shell: the arguments are what the configuration says and nothing else, so no text of an alert
//! is ever read as code. The finding comes on stdin; group, severity, sequence, records and title in the
//! environment, which is otherwise empty but for the variables that the configuration names. What it
//! prints goes nowhere: it might hold what a log must not.
//!
//! Exit 0 is delivered; 75 (`EX_TEMPFAIL`) is tried again; any other code is a refusal of this alert. A
//! program that does not end in time is killed; programs that *it* started are its own business.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::{Severity, Window};
use serde::{Deserialize, Serialize};
use store::Spooled;

use crate::fault::DeliveryFault;
use crate::notice::severity;
use crate::webhook::{all, ten_seconds};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A program that takes alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSettings {
    /// The program, with its whole path, and its arguments.
    pub argv: Vec<String>,
    /// Names of variables of Tidegate's environment that it gets, such as `PATH`. Default none.
    #[serde(default)]
    pub environment: Vec<String>,
    /// Only alerts at least as grave. Default `low`: all.
    #[serde(default = "all")]
    pub severity: Severity,
    /// After this time it is killed. Default `10s`.
    #[serde(default = "ten_seconds")]
    pub timeout: Window,
}

/// Why a program cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// No program, or not with its whole path.
    #[error("a command is a list: the whole path of a program, and its arguments")]
    NoProgram,
    /// An argument or a name that no program can be given.
    #[error("a command has no NUL in its arguments, and names of variables have no `=`")]
    Malformed,
}

/// A program that is ready.
pub(crate) struct Hook {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, std::ffi::OsString)>,
    timeout: Window,
    /// A writer to a stdin that is held open by a program's own children, at most one.
    writing: Arc<AtomicBool>,
}

impl Hook {
    pub(crate) fn new(settings: &CommandSettings) -> Result<Self, CommandError> {
        let CommandSettings { argv, environment, severity: _, timeout } = settings;
        let (program, arguments) = argv.split_first().ok_or(CommandError::NoProgram)?;
        if argv.iter().chain(environment).any(|text| text.contains('\0'))
            || environment.iter().any(|name| name.is_empty() || name.contains('='))
        {
            return Err(CommandError::Malformed);
        }
        let program = PathBuf::from(program);
        if !program.is_absolute() {
            return Err(CommandError::NoProgram);
        }
        let environment = environment.iter().filter_map(|name| Some((name.clone(), std::env::var_os(name)?)));
        Ok(Self {
            program,
            arguments: arguments.to_vec(),
            environment: environment.collect(),
            timeout: *timeout,
            writing: Arc::default(),
        })
    }

    /// Runs the program once. Dropped midway, it kills the program.
    pub(crate) async fn deliver(&self, notice: &Spooled) -> Result<(), DeliveryFault> {
        if self.writing.swap(true, Ordering::AcqRel) {
            return Err(DeliveryFault::NotStarted);
        }
        let mut command = self.command(notice);
        let (body, writing, timeout) =
            (Arc::clone(&notice.body), Arc::clone(&self.writing), self.timeout.duration());
        let gone = Gone::default();
        let told = Arc::clone(&gone.0);
        let run = tokio::task::spawn_blocking(move || {
            let Ok(mut child) = command.spawn() else {
                writing.store(false, Ordering::Release);
                return Err(DeliveryFault::NotStarted);
            };
            let feeding = feed(&mut child, body, writing);
            let ended = watch(&mut child, timeout, &told);
            feeding.and(ended)
        });
        // It ends by itself within the timeout; only a panic of ours gives no answer.
        let ended = run.await.unwrap_or(Err(DeliveryFault::NotStarted));
        drop(gone);
        ended
    }

    fn command(&self, notice: &Spooled) -> Command {
        let Spooled { group, sequence, rank, title, records, at: _, body: _ } = notice;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .env("TIDEGATE_GROUP", &**group)
            .env("TIDEGATE_SEQUENCE", sequence.to_string())
            .env("TIDEGATE_SEVERITY", severity(*rank).word())
            .env("TIDEGATE_RECORDS", records.to_string())
            .env("TIDEGATE_TITLE", &**title)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// Tells the watching thread that nobody waits for the answer any more.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Writes the body from a thread of its own, for a program may never read it.
fn feed(child: &mut Child, body: Arc<[u8]>, writing: Arc<AtomicBool>) -> Result<(), DeliveryFault> {
    let stdin = child.stdin.take();
    let given_up = Arc::clone(&writing);
    let thread = std::thread::Builder::new().name("alert-command".into()).spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program that does not want all of it says so by closing; its exit code judges.
            let _ = stdin.write_all(&body);
        }
        writing.store(false, Ordering::Release);
    });
    thread.map(|_| ()).map_err(|_| {
        given_up.store(false, Ordering::Release);
        let _ = child.kill();
        DeliveryFault::NotStarted
    })
}

fn watch(child: &mut Child, timeout: Duration, gone: &AtomicBool) -> Result<(), DeliveryFault> {
    let until = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return judge(status),
            Ok(None) if Instant::now() < until && !gone.load(Ordering::Acquire) => std::thread::sleep(LOOK),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                // Killed, it is gone at once, and leaves no zombie.
                let _ = child.wait();
                return Err(DeliveryFault::Timeout);
            }
        }
    }
}

fn judge(status: ExitStatus) -> Result<(), DeliveryFault> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(75), _) => Err(DeliveryFault::Unavailable),
        (Some(_), _) => Err(DeliveryFault::Refused),
        (None, _) => Err(DeliveryFault::Killed),
    }
}
