//! `--follow`: goes on as logs grow, and says what is found as it is found.
//!
//! All logs are followed side by side, lines that wait in the order of their times. A log that was cut is
//! read from its beginning again. One that was renamed is read on for [`LINGER`] beside the new one of its
//! name: servers write to it until they are told of the rotation.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Severity, Timestamp};
use events::Dialect;
use hunt::{Hunt, Told};
use report::hunt::Report;

use crate::cli::{Hunt as Args, HuntFormat};
use crate::commands::logs::{Change, Log, Rejects, Source};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Between two looks at files that did not grow.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two looks at what was found.
const LOOK: Duration = Duration::from_secs(1);
/// How long a renamed file is read on after its last line.
const LINGER: Duration = Duration::from_secs(60);
/// Renamed files of one log that are read on; the one renamed first leaves.
const MOST_LEAVING: usize = 4;
/// Lines after which those that had none are looked at again.
const TURN: u64 = 8192;
/// Findings whose last state is remembered; beyond, one may be said twice.
const MOST: usize = 65_536;

/// Follows all logs.
///
/// # Errors
/// When the rejects cannot be written or stdout is closed: it ends by no other way than a signal, or the end
/// of standard input.
pub(super) fn run(args: &Args, logs: &[Log], hunt: &mut Hunt) -> Outcome {
    if !matches!(args.format, HuntFormat::Text | HuntFormat::Ndjson | HuntFormat::Ocsf) {
        return Err(Failure::Usage("`--follow` has the forms text, ndjson and ocsf".into()));
    }
    let is_stdin = |log: &Log| log.parts.iter().any(|part| part.as_os_str() == "-");
    let has_stdin = logs.iter().any(is_stdin);
    if has_stdin && logs.len() > 1 {
        return Err(Failure::Usage("`--follow` of standard input goes with no other log".into()));
    }
    let mut rejects = Rejects::open(args.rejects.as_deref(), logs)?;
    let mut said = Said::new(args);
    let mut streams: Vec<Stream> = logs
        .iter()
        .zip(0..)
        .map(|(log, input)| Stream::new(log.clone(), input, args.dialect, !has_stdin))
        .collect();
    loop {
        if turn(&mut streams, hunt, &mut rejects, &mut said)? {
            continue;
        }
        if has_stdin {
            for stream in &mut streams {
                stream.source.finish(hunt);
            }
            hunt.finish();
        }
        rejects.finish()?;
        said.all(hunt)?;
        if has_stdin {
            return Ok(if said.is_silent() { Ending::Clean } else { Ending::Findings });
        }
        std::thread::sleep(PAUSE);
        renew(&mut streams, args.dialect);
    }
}

/// A file that is followed, or was until it was renamed.
struct Stream {
    path: PathBuf,
    input: u32,
    source: Source,
    /// The file that the name meant when it was opened, and its length: a packed one does not grow.
    named: Option<(u64, u64, u64)>,
    /// Whether a line waits for its turn.
    has_line: bool,
    /// When it had its last line.
    last: Instant,
    is_leaving: bool,
}

impl Stream {
    fn new(log: Log, input: u32, dialect: Option<Dialect>, follows: bool) -> Self {
        let path = log.parts.last().cloned().unwrap_or_default();
        Self {
            named: named(&path),
            source: Source::new(&log, input, dialect, Arc::default(), follows),
            path,
            input,
            has_line: false,
            last: Instant::now(),
            is_leaving: false,
        }
    }

    /// The same name, read from the beginning of what it means now. What its lines are is known.
    fn again(&self, dialect: Option<Dialect>) -> Self {
        let log = Log { parts: vec![self.path.clone()] };
        Self::new(log, self.input, dialect.or(self.source.read.dialect), true)
    }

    fn change(&self) -> Change {
        if self.source.is_growing() {
            return self.source.change();
        }
        let now = named(&self.path);
        if now.is_some() && now != self.named { Change::Another } else { Change::None }
    }

    /// Goes to its next line, if there is one.
    fn look(&mut self) -> bool {
        if !self.has_line && self.source.next() {
            (self.has_line, self.last) = (true, Instant::now());
        }
        self.has_line
    }
}

fn named(path: &Path) -> Option<(u64, u64, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.len()))
}

/// Judges lines that wait, the earliest first; whether there were any.
fn turn(
    streams: &mut [Stream],
    hunt: &mut Hunt,
    rejects: &mut Rejects,
    said: &mut Said<'_>,
) -> anyhow::Result<bool> {
    // Of one log the order is its own.
    let is_only = streams.len() == 1;
    let time = |stream: &mut Stream| if is_only { Timestamp::default() } else { stream.source.time() };
    let mut waiting = std::collections::BinaryHeap::new();
    for (nth, stream) in streams.iter_mut().enumerate() {
        if stream.look() {
            waiting.push(std::cmp::Reverse((time(stream), nth)));
        }
    }
    let mut judged = 0;
    while let Some(std::cmp::Reverse((_, nth))) = waiting.pop() {
        let Some(stream) = streams.get_mut(nth) else { continue };
        stream.source.judge(hunt, rejects)?;
        stream.has_line = false;
        judged += 1;
        said.now_and_then(hunt)?;
        if judged >= TURN {
            break;
        }
        if stream.look() {
            waiting.push(std::cmp::Reverse((time(stream), nth)));
        }
    }
    Ok(judged > 0)
}

/// Looks what became of the files.
fn renew(streams: &mut Vec<Stream>, dialect: Option<Dialect>) {
    let mut fresh = Vec::new();
    for stream in streams.iter_mut().filter(|stream| !stream.is_leaving && !stream.has_line) {
        let name = stream.path.display();
        match stream.change() {
            Change::None => {}
            Change::Cut => {
                say(&format!("tidegate: `{name}` was cut; reading it from its beginning"));
                *stream = stream.again(dialect);
            }
            Change::Another => {
                say(&format!("tidegate: `{name}` was rotated; reading the new one"));
                fresh.push(stream.again(dialect));
                stream.is_leaving = true;
            }
        }
    }
    streams.extend(fresh);
    let mut leaving: HashMap<u32, usize> = HashMap::new();
    // The newest stand last.
    let mut keeps: Vec<bool> = streams
        .iter()
        .rev()
        .map(|stream| {
            let rank = leaving.entry(stream.input).or_default();
            *rank += usize::from(stream.is_leaving);
            !stream.is_leaving || stream.has_line || (*rank <= MOST_LEAVING && stream.last.elapsed() < LINGER)
        })
        .collect();
    keeps.reverse();
    let mut keeps = keeps.into_iter();
    streams.retain(|_| keeps.next().unwrap_or(true));
}

/// What was said so far.
struct Said<'a> {
    args: &'a Args,
    /// What was said of a finding: how grave, how many exchanges.
    known: HashMap<String, (Severity, u64)>,
    looked: Instant,
    /// Exchanges that counted, matches of rules, and notes about endpoints.
    counted: (u64, u64, [usize; 3]),
    /// Endpoints that stopped asking, error storms and unusual hours that were told.
    notes: [usize; 3],
}

impl<'a> Said<'a> {
    fn new(args: &'a Args) -> Self {
        Self { args, known: HashMap::new(), looked: Instant::now(), counted: (0, 0, [0; 3]), notes: [0; 3] }
    }

    fn is_silent(&self) -> bool {
        let [stopped, ..] = self.notes;
        self.known.is_empty() && stopped == 0
    }

    fn now_and_then(&mut self, hunt: &Hunt) -> anyhow::Result<()> {
        if self.looked.elapsed() < LOOK { Ok(()) } else { self.all(hunt) }
    }

    /// Says every finding that is new, graver than it was, or ten times as large; and every new note.
    fn all(&mut self, hunt: &Hunt) -> anyhow::Result<()> {
        self.looked = Instant::now();
        let counted = (hunt.totals().counted, hunt.matched(), hunt.notes());
        if std::mem::replace(&mut self.counted, counted) == counted {
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
        let findings = told.findings.iter().map(|one| (&one.id, (one.severity, one.exchanges)));
        let rules = told.rules.iter().map(|one| (&one.id, (Severity::Low, one.times)));
        for (id, state) in findings.chain(rules) {
            if self.known.len() < MOST || self.known.contains_key(id) {
                self.known.insert(id.clone(), state);
            }
        }
        let all = [told.stopped.len(), told.storms.len(), told.unusual.len()];
        let [stopped, storms, unusual] = std::mem::replace(&mut self.notes, all);
        told.stopped.drain(..stopped.min(told.stopped.len()));
        told.storms.drain(..storms.min(told.storms.len()));
        told.unusual.drain(..unusual.min(told.unusual.len()));
        let is_empty = told.findings.is_empty() && told.rules.is_empty();
        let is_quiet = told.stopped.is_empty() && told.storms.is_empty() && told.unusual.is_empty();
        if is_empty && is_quiet { Ok(()) } else { self.print(&told) }
    }

    fn print(&self, told: &Told) -> anyhow::Result<()> {
        let command = super::command(self.args);
        let report = Report { told, inputs: &[], command: &command };
        data(&match self.args.format {
            HuntFormat::Ndjson => report::hunt::ndjson(&report),
            HuntFormat::Ocsf => report::hunt::ocsf(&report, super::now()),
            _ => report::hunt::news(&report),
        })
    }
}
