//! `--follow`: goes on as the log grows, and says what is found as it is found.

use std::collections::HashMap;
use std::fs::Metadata;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use domain::Severity;
use hunt::{Hunt, Told};
use report::hunt::Report;

use super::inputs::Log;
use super::reading::{Rejects, Source};
use crate::cli::{Hunt as Args, HuntFormat};
use crate::exit::{Failure, Outcome, data, say};

/// Between two looks at a file that did not grow.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two looks at what was found.
const LOOK: Duration = Duration::from_secs(1);
/// Findings whose last state is remembered; beyond, one may be said twice.
const MOST: usize = 65_536;

/// Follows the last log; those before it are read to their ends first.
///
/// # Errors
/// When the rejects cannot be written or stdout is closed: it ends by no other way than a signal.
pub(super) fn run(args: &Args, logs: &[Log], hunt: &mut Hunt) -> Outcome {
    if !matches!(args.format, HuntFormat::Text | HuntFormat::Ndjson | HuntFormat::Ocsf) {
        return Err(Failure::Usage("`--follow` has the forms text, ndjson and ocsf".into()));
    }
    let mut rejects = Rejects::open(args.rejects.as_deref(), logs)?;
    let mut said = Said { args, known: HashMap::new(), looked: Instant::now(), counted: (0, 0) };
    let Some((last, before)) = logs.split_last() else {
        return Err(Failure::Usage("no log is named".into()));
    };
    let bytes = Arc::<AtomicU64>::default();
    for (log, nth) in before.iter().zip(0..) {
        let mut source = Source::new(log, nth, args.dialect, Arc::clone(&bytes), false);
        while source.next() {
            source.judge(hunt, &mut rejects)?;
        }
    }
    let nth = u32::try_from(before.len()).unwrap_or(u32::MAX);
    let path = last.parts.last().cloned().unwrap_or_default();
    let is_stdin = path.as_os_str() == "-";
    let mut log = last.clone();
    loop {
        let begun = std::fs::metadata(&path).ok();
        let mut source = Source::new(&log, nth, args.dialect, Arc::clone(&bytes), !is_stdin);
        loop {
            if source.next() {
                source.judge(hunt, &mut rejects)?;
                said.now_and_then(hunt)?;
                continue;
            }
            rejects.finish()?;
            said.all(hunt)?;
            if is_stdin || is_another(begun.as_ref(), std::fs::metadata(&path).ok().as_ref()) {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        if is_stdin {
            hunt.finish();
            said.all(hunt)?;
            return Ok(if said.known.is_empty() {
                crate::exit::Ending::Clean
            } else {
                crate::exit::Ending::Findings
            });
        }
        // Rotated: what the name means now is read from its beginning.
        say(&format!("tidegate: `{}` was rotated; reading the new one", path.display()));
        log = Log { parts: vec![path.clone()] };
    }
}

/// Whether a name means another file than before, or the file was cut.
fn is_another(before: Option<&Metadata>, now: Option<&Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (before, now) {
        (Some(before), Some(now)) => before.ino() != now.ino() || now.len() < before.len(),
        // Between two files of a rotation there is none.
        (_, None) => false,
        (None, Some(_)) => true,
    }
}

struct Said<'a> {
    args: &'a Args,
    /// What was said of a finding: how grave, how many exchanges.
    known: HashMap<String, (Severity, u64)>,
    looked: Instant,
    /// Exchanges that counted, and matches of rules.
    counted: (u64, u64),
}

impl Said<'_> {
    fn now_and_then(&mut self, hunt: &Hunt) -> anyhow::Result<()> {
        if self.looked.elapsed() < LOOK { Ok(()) } else { self.all(hunt) }
    }

    /// Says every finding that is new, graver than it was, or ten times as large.
    fn all(&mut self, hunt: &Hunt) -> anyhow::Result<()> {
        self.looked = Instant::now();
        let counted = hunt.totals().counted;
        let matched = hunt.matched();
        if std::mem::replace(&mut self.counted, (counted, matched)) == (counted, matched) {
            return Ok(());
        }
        let mut told = hunt.told();
        told.findings.retain(|one| {
            let before = self.known.get(&one.id);
            before.is_none_or(|(severity, exchanges)| {
                one.severity > *severity || one.exchanges / 10 >= *exchanges
            })
        });
        told.rules.retain(|one| {
            let before = self.known.get(&one.id);
            before.is_none_or(|(_, times)| one.times / 10 >= *times)
        });
        told.stopped.clear();
        for one in &told.findings {
            if self.known.len() < MOST {
                self.known.insert(one.id.clone(), (one.severity, one.exchanges));
            }
        }
        for one in &told.rules {
            if self.known.len() < MOST {
                self.known.insert(one.id.clone(), (Severity::Low, one.times));
            }
        }
        if told.findings.is_empty() && told.rules.is_empty() { Ok(()) } else { self.print(&told) }
    }

    fn print(&self, told: &Told) -> anyhow::Result<()> {
        let command = super::command(self.args);
        let report = Report { told, inputs: &[], command: &command };
        data(&match self.args.format {
            HuntFormat::Ndjson => report::hunt::ndjson(&report),
            HuntFormat::Ocsf => report::hunt::ocsf(&report, super::now()),
            _ => report::hunt::findings(&report) + &report::hunt::rules(&report),
        })
    }
}
