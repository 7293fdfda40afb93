//! The log: one line per occurrence on stderr, JSON, or text on a terminal.
//!
//! Only lines of this crate's occurrences are written. What other crates would say (a request
//! target in a debug line of the HTTP library) never gets in, at any level.
//!
//! Lines are written by one thread behind a bounded queue, so that a slow or stopped stderr never
//! holds up an exchange; lines that do not fit are dropped and counted
//! (`tidegate_log_lines_dropped_total`).

use std::io::{self, IsTerminal as _, Write};
use std::str::FromStr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::metrics;

/// The target of every occurrence.
pub(crate) const TARGET: &str = "tidegate";

/// Lines that may wait for stderr: some seconds of the worst flood that the gates let through.
const QUEUE_LINES: usize = 8192;

/// How the log reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The lowest level that is written: `error`, `warn`, `info` or `debug`. Default `info`.
    pub level: LogLevel,
    /// `json`, `text`, or `auto`: text when stderr is a terminal, else JSON. Default `auto`.
    pub format: LogFormat,
}

/// The lowest level that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// A human must act.
    Error,
    /// Something is degraded.
    Warn,
    /// What an operator would tell a colleague.
    #[default]
    Info,
    /// Why each decision fell as it did: one line per exchange.
    Debug,
}

impl LogLevel {
    const fn level(self) -> Level {
        match self {
            Self::Error => Level::ERROR,
            Self::Warn => Level::WARN,
            Self::Info => Level::INFO,
            Self::Debug => Level::DEBUG,
        }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    /// # Errors
    /// A sentence that lists the levels.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            other => Err(format!(
                "`{}` is no log level; use error, warn, info or debug",
                other.chars().take(40).collect::<String>()
            )),
        }
    }
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text when stderr is a terminal, else JSON.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// Writes what still waits when it is dropped: keep it until the end of `main`.
#[must_use = "the log ends when this is dropped"]
pub struct LogGuard {
    json: bool,
    lines: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

impl LogGuard {
    /// Whether lines are JSON: then nothing else may stand on stderr.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }
}

impl Drop for LogGuard {
    /// Waits for lines already queued. The subscriber keeps its own end of the queue, so the end is
    /// marked by an empty line; later lines are dropped and counted.
    fn drop(&mut self) {
        if let Some(lines) = self.lines.take() {
            // A writer that is stuck on a stopped stderr keeps the queue full: do not wait for it.
            if lines.try_send(Vec::new()).is_ok()
                && let Some(writer) = self.writer.take()
            {
                let _ = writer.join();
            }
        }
    }
}

/// Why the log did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// It was started before in this process.
    #[error("the log is already started")]
    AlreadyStarted,
    /// No thread for its writer.
    #[error("cannot start the log's writer")]
    Thread(#[source] io::Error),
}

/// Starts the log on stderr, once per process.
///
/// # Errors
/// When it was started before, or the system gives no thread.
pub fn start(settings: LogSettings) -> Result<LogGuard, LogError> {
    let terminal = io::stderr().is_terminal();
    let json = match settings.format {
        LogFormat::Auto => !terminal,
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let (lines, queue) = sync_channel(QUEUE_LINES);
    let writer = std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write_out(&queue, io::stderr()))
        .map_err(LogError::Thread)?;
    let subscriber = subscriber(settings.level, json, colour, Queue { lines: lines.clone() });
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::AlreadyStarted)?;
    Ok(LogGuard { json, lines: Some(lines), writer: Some(writer) })
}

fn write_out(queue: &Receiver<Vec<u8>>, mut out: impl Write) {
    while let Ok(line) = queue.recv() {
        if line.is_empty() {
            break;
        }
        // stderr is where this would be reported: nothing is left to do but count.
        if out.write_all(&line).is_err() {
            metrics().log_lines_dropped.add(1);
        }
    }
}

fn subscriber<W>(level: LogLevel, json: bool, colour: bool, out: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = Targets::new().with_target(TARGET, level.level());
    let lines = tracing_subscriber::fmt::layer().with_target(false).with_writer(out);
    let lines = if json {
        let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
        lines.with_filter(ours).boxed()
    } else {
        lines.with_ansi(colour).with_filter(ours).boxed()
    };
    tracing_subscriber::registry().with(lines)
}

/// The bounded queue before stderr.
#[derive(Clone)]
struct Queue {
    lines: SyncSender<Vec<u8>>,
}

impl Write for Queue {
    /// Takes one whole line, as the formatter hands it over.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.lines.try_send(line.to_vec()) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                metrics().log_lines_dropped.add(1);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use domain::{Endpoint, ExchangeId, Mode, RefusalKind};

    use super::*;
    use crate::{CallerWord, ExchangeRefused, LedgerHead, Occurrence as _, ReloadFailed, ShadowEndpointSeen};
    use crate::{Configured, HeadHash};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LogLevel, json: bool, act: impl FnOnce()) -> String {
        let page = Page::default();
        let make = {
            let page = page.clone();
            move || page.clone()
        };
        tracing::subscriber::with_default(subscriber(level, json, false, make), act);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn refused(endpoint: &Endpoint) -> ExchangeRefused<'_> {
        ExchangeRefused {
            exchange: ExchangeId::new(0xabc),
            endpoint,
            kind: RefusalKind::Foreign,
            cause: None,
            action: None,
            incident: None,
            caller: CallerWord::Verified,
            mode: Mode::Enforce,
        }
    }

    #[test]
    fn a_line_is_one_json_object_of_fields() {
        let endpoint = "GET /v1/orders/{id}".parse().unwrap();
        let page = logged(LogLevel::Info, true, || refused(&endpoint).log());
        let line: serde_json::Value = serde_json::from_str(&page).unwrap();
        let mut keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let all = ["caller", "endpoint", "exchange", "kind", "level", "message", "mode", "timestamp"];
        assert_eq!(keys, all);
        assert_eq!(line["endpoint"], "GET /v1/orders/{id}");
        assert_eq!(line["kind"], "foreign");
        assert_eq!(line["exchange"], "00000000000000000000000000000abc");
    }

    #[test]
    fn a_path_cannot_forge_a_line_or_drive_a_terminal() {
        let endpoint: Endpoint = "GET /a\n\u{1b}[31m\u{9b}/x".parse().unwrap();
        for json in [true, false] {
            let page = logged(LogLevel::Info, json, || ShadowEndpointSeen { endpoint: &endpoint }.log());
            assert_eq!(page.lines().count(), 1, "{page}");
            assert!(!page.trim_end().contains(char::is_control), "{page:?}");
            let cause = "line 3\u{1b}]0;x\u{7}: unknown key";
            let failed = ReloadFailed {
                file: None,
                line: Some(3),
                code: None,
                cause: Configured(cause),
                help: None,
                faults: 1,
            };
            let page = logged(LogLevel::Info, json, || failed.log());
            assert!(page.contains("unknown key") && !page.trim_end().contains(char::is_control), "{page:?}");
        }
    }

    #[test]
    fn other_crates_and_lower_levels_never_reach_the_log() {
        let endpoint = "GET /v1".parse().unwrap();
        let page = logged(LogLevel::Debug, true, || {
            tracing::error!(target: "hyper::proto", uri = "/v1/customers?email=ann@example.com", "parsed");
            tracing::error!("anything of this crate that is no occurrence");
        });
        assert_eq!(page, "");
        let page = logged(LogLevel::Error, true, || refused(&endpoint).log());
        assert_eq!(page, "");
    }

    #[test]
    fn the_ledger_head_is_printed_whole() {
        let page = logged(LogLevel::Info, true, || {
            LedgerHead { entries: 12, hash: HeadHash([0xab; 32]) }.log();
        });
        let line: serde_json::Value = serde_json::from_str(&page).unwrap();
        assert_eq!(line["entries"], 12);
        assert_eq!(line["hash"], "ab".repeat(32));
    }

    #[test]
    fn a_stopped_stderr_drops_lines_and_counts_them() {
        let (lines, queue) = sync_channel(2);
        let mut out = Queue { lines };
        let before = metrics().log_lines_dropped.sum();
        for _ in 0..5 {
            out.write_all(b"line\n").unwrap();
        }
        assert!(metrics().log_lines_dropped.sum() >= before + 3);
        let mut written = Vec::new();
        out.lines.try_send(Vec::new()).unwrap_err();
        drop(out);
        write_out(&queue, &mut written);
        assert_eq!(written, b"line\nline\n");
    }
}
