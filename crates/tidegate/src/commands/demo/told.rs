//! Reads from its exchange log and its incidents what a gateway said and did about an attack.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};
use respond::Phase;
use testkit::places::is_attackers;
use testkit::scenario::Told;

use super::gateway::LogPart;

/// Longest line of the log that is read; the gateway writes no longer ones.
const MOST_LINE: u64 = 1 << 20;

/// What was said and done in one run, whose exchanges stand in `log` and whose incidents in `state`.
pub(super) fn told(log: &LogPart, state: &Path) -> Result<Told> {
    let mut told = Told::default();
    signals(log, &mut told).context("read the exchange log")?;
    let found = store::read_incidents(state).context("read incidents")?;
    let Some(kept) = found.and_then(|found| found.kept) else { return Ok(told) };
    told.incidents = kept.incidents.len();
    let gravest = kept.incidents.iter().map(|incident| incident.severity).max();
    told.severity = gravest.map(|severity| severity.word().to_owned());
    for action in &kept.actions {
        let by_step =
            if action.phase == Phase::Proposed { &mut told.actions_proposed } else { &mut told.actions };
        *by_step.entry(action.rung.word().to_owned()).or_insert(0) += 1;
    }
    Ok(told)
}

fn signals(log: &LogPart, told: &mut Told) -> Result<()> {
    let mut file = File::open(&log.path)?;
    file.seek(SeekFrom::Start(log.begins))?;
    let (mut lines, mut line, mut people) = (BufReader::new(file), String::new(), 0);
    loop {
        line.clear();
        if std::io::Read::take(&mut lines, MOST_LINE).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let exchange = report::exchange::parse(line.trim_end())?;
        if is_attackers(exchange.client) && exchange.endpoint.template().as_str().starts_with("/api") {
            let said = exchange.signals.iter().map(|mark| mark.detector.word());
            told.exchange(&mut people, u64::from(exchange.strangers), said);
        }
    }
}
