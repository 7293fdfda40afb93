//! One log: written, read, hunted in, and held against what is known of it.

use std::collections::HashSet;
use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use events::Reader;
use hunt::{Hunt, LineRef, Settings, Told, Who};
use serde::Serialize;
use testkit::days::{Habit, Town};
use testkit::logs::{Logged, Renderer, shop};

use super::attacks::Attack;
use crate::leakbench::START;

/// A town's requests, in the order of time.
pub(crate) struct Honest {
    requests: Vec<Logged>,
}

impl Honest {
    /// So many days of a town, with what browsers fetch beside.
    pub(crate) fn live(seed: u64, size: u32, days: u32) -> Self {
        let mut town = Town::new(seed, size);
        let (mut moments, mut requests) = (Vec::new(), Vec::new());
        for day in 0..days {
            town.day(day, &mut moments);
            for (moment, nth) in moments.iter().zip(0_u64..) {
                let client = usize::try_from(moment.client).ok().and_then(|nth| town.clients().get(nth));
                let Some(client) = client else { continue };
                let agent = shop::agent(client.habit, client.person);
                let at = (START + u64::from(day) * 86_400) * 1000 + u64::from(moment.at);
                requests.push(shop::request(&moment.ask, at, agent));
                let is_program =
                    matches!(client.habit, Habit::Mobile | Habit::Partner | Habit::Poller | Habit::Crawler);
                for part in 0..if is_program { 0 } else { nth % 3 } {
                    requests.push(shop::asset(moment.ask.from, at + 40 * (part + 1), nth + part, agent));
                }
            }
        }
        requests.sort_by_key(|one| one.at);
        Self { requests }
    }
}

/// What became of an attack in a log.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Caught {
    pub(crate) dialect: &'static str,
    pub(crate) attack: &'static str,
    /// Whether it comes from one address.
    pub(crate) is_single: bool,
    /// Whether a line of this dialect holds what it is seen by.
    pub(crate) is_visible: bool,
    pub(crate) lines: u64,
    /// Records that it took.
    pub(crate) records: u64,
    /// Records until the first signal, and the detector, where it was found.
    pub(crate) found: Option<(u64, String)>,
    /// Shipped rules that named it.
    pub(crate) rules: usize,
}

/// What was said of a log in which nobody attacks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Quiet {
    pub(crate) dialect: &'static str,
    pub(crate) lines: u64,
    /// Findings.
    pub(crate) said: u32,
    /// Signals that a second look set aside.
    pub(crate) aside: u32,
    /// Shipped rules above the level informational that matched, with their matches.
    pub(crate) rules: Vec<(String, u64)>,
    /// Detectors and endpoints of the findings.
    pub(crate) what: Vec<String>,
}

/// Plays one attack among honest people.
pub(crate) fn play(renderer: &Renderer, attack: &Attack, honest: &Honest) -> Result<Caught> {
    let (told, lines) = hunted(renderer, &honest.requests, &attack.requests)
        .with_context(|| format!("{} in {}", attack.name, renderer.word))?;
    let from: HashSet<IpAddr> = attack.requests.iter().map(|(one, _)| one.from).collect();
    let of_attack = told.findings.iter().filter(|one| one.addresses.iter().any(|(ip, _)| from.contains(ip)));
    let spoken = of_attack.flat_map(|one| &one.signals).min_by_key(|said| said.spoke);
    let found = spoken.map(|said| {
        let before = attack.requests.iter().filter(|(one, _)| one.at <= said.spoke.millis());
        (before.map(|(_, records)| records).sum(), said.detector.to_string())
    });
    let rules = told.rules.iter().filter(|one| one.clients.iter().any(|(ip, _)| from.contains(ip)));
    Ok(Caught {
        dialect: renderer.word,
        attack: attack.name,
        is_single: from.len() == 1,
        is_visible: attack.is_visible(renderer),
        lines,
        records: attack.requests.iter().map(|(_, records)| records).sum(),
        found,
        rules: rules.filter(|one| one.rule.gravity() > 1).count(),
    })
}

/// Listens to what is said where nobody attacks.
pub(crate) fn quiet(renderer: &Renderer, honest: &Honest) -> Result<Quiet> {
    let (told, lines) = hunted(renderer, &honest.requests, &[])?;
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let what = told.findings.iter().map(|one| {
        let said: Vec<&str> = one.signals.iter().map(|said| said.detector.word()).collect();
        let door = one.doors.first().map_or_else(String::new, |(door, ..)| door.to_string());
        let from = one.addresses.first().map_or_else(String::new, |(from, _)| from.to_string());
        let by_name = if matches!(one.who, Who::Principal(_)) { "a name at " } else { "" };
        format!("{} {} {door} {by_name}{from} {} exchanges", one.severity, said.join("+"), one.exchanges)
    });
    let rules = told.rules.iter().filter(|one| one.rule.gravity() > 1);
    Ok(Quiet {
        dialect: renderer.word,
        lines,
        said: count(told.findings.len() + told.stopped.len()),
        aside: count(told.aside.len()),
        rules: rules.map(|one| (one.rule.title.clone(), one.times)).collect(),
        what: what.collect(),
    })
}

/// Writes both as one log, reads and hunts; the number of lines.
fn hunted(renderer: &Renderer, honest: &[Logged], attack: &[(Logged, u64)]) -> Result<(Told, u64)> {
    let loaded = sigma::shipped(7);
    ensure!(!loaded.has_errors(), "the shipped rules can be read");
    let mut log = Log {
        renderer,
        first: Vec::new(),
        reader: None,
        hunt: Hunt::new(Settings::default()).with_rules(loaded.rules),
        written: 0,
        read: 0,
        line: String::new(),
    };
    renderer.head.lines().for_each(|line| log.first.push(line.to_owned()));
    let (mut honest, mut attack) = (honest.iter().peekable(), attack.iter().peekable());
    let mut of_attack = 0_u64;
    loop {
        let at = honest.peek().map(|one| one.at);
        let next = match attack.next_if(|(one, _)| at.is_none_or(|at| one.at <= at)) {
            Some((one, _)) => {
                of_attack += 1;
                one
            }
            None => match honest.next() {
                Some(one) => one,
                None => break,
            },
        };
        log.write(next)?;
    }
    log.finish()?;
    let totals = log.hunt.totals();
    ensure!(attack.peek().is_none() && of_attack <= log.written, "the attack stands in the log");
    ensure!(log.read == log.written, "{} of {} lines were read", log.read, log.written);
    ensure!(totals.exchanges == log.written, "{totals:?}: {} lines were written", log.written);
    Ok((log.hunt.told(), log.written))
}

struct Log<'r> {
    renderer: &'r Renderer,
    first: Vec<String>,
    reader: Option<Reader>,
    hunt: Hunt,
    written: u64,
    read: u64,
    line: String,
}

/// Lines from which the dialect is recognised, as the command does it.
const FIRST: usize = 256;

impl Log<'_> {
    fn write(&mut self, one: &Logged) -> Result<()> {
        self.line.clear();
        (self.renderer.line)(one, &mut self.line);
        self.written += 1;
        if self.reader.is_some() {
            let line = std::mem::take(&mut self.line);
            self.hear(&line)?;
            self.line = line;
            return Ok(());
        }
        self.first.push(self.line.clone());
        if self.first.len() >= FIRST { self.recognise() } else { Ok(()) }
    }

    fn recognise(&mut self) -> Result<()> {
        let verdict = Reader::recognise(self.first.iter().map(String::as_bytes));
        let reader = verdict.context("the dialect is recognised")?.reader();
        let word = reader.dialect().word();
        ensure!(word == self.renderer.word, "read as {word}, written as {}", self.renderer.word);
        self.hunt.reads(0, reader.dialect());
        self.reader = Some(reader);
        for line in std::mem::take(&mut self.first) {
            self.hear(&line)?;
        }
        Ok(())
    }

    fn hear(&mut self, line: &str) -> Result<()> {
        let Self { reader, hunt, read, .. } = self;
        let at = LineRef { input: 0, line: *read + 1 };
        let reader = reader.as_mut().context("a dialect")?;
        let result = reader.read(line.as_bytes(), &mut |event| {
            *read += 1;
            hunt.take(&event, at);
        });
        result.with_context(|| format!("read {line}"))
    }

    fn finish(&mut self) -> Result<()> {
        if self.reader.is_none() {
            self.recognise()?;
        }
        let Self { reader, hunt, read, .. } = self;
        if let Some(reader) = reader {
            let at = LineRef { input: 0, line: *read };
            reader.finish(&mut |event| {
                *read += 1;
                hunt.take(&event, at);
            })?;
        }
        hunt.finish();
        Ok(())
    }
}
