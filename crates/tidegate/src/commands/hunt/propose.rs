//! `--propose`: what would have stopped it, written into a folder, with what it would have refused.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use events::{Dialect, Event};
use hunt::{LineRef, Proposal, Refused, Replay, RuleReplay, Told};
use report::hunt::proposal::{self, Proposed};

use crate::cli::{Hunt as Args, HuntFormat};
use crate::commands::logs::{self, Hears, Log, Rejects, Source};
use crate::exit::{Ending, Failure, Outcome, data, say};

impl Hears for Replay {
    fn reads(&mut self, _: u32, _: Dialect) {}

    fn take(&mut self, event: &Event<'_>, _: LineRef) {
        Self::take(self, event);
    }
}

impl Hears for RuleReplay {
    fn reads(&mut self, input: u32, dialect: Dialect) {
        Self::reads(self, input, dialect);
    }

    fn take(&mut self, event: &Event<'_>, line: LineRef) {
        Self::take(self, event, line.input);
    }
}

/// Whether files can be written into `folder` without writing over any.
///
/// # Errors
/// When one of them is there.
pub(super) fn is_free(folder: &Path) -> Result<(), Failure> {
    let there = proposal::FILES.iter().map(|name| folder.join(name)).find(|path| path.exists());
    there.map_or(Ok(()), |path| {
        Err(Failure::Input(format!(
            "error: `{}` is there already\n = help: name another folder, or take it away",
            path.display()
        )))
    })
}

/// Proposes, replays, writes, and says what was written.
///
/// # Errors
/// When a log cannot be read again, or a file not be written.
pub(super) fn run(args: &Args, logs: &[Log], told: &Told, folder: &Path) -> Outcome {
    let proposals = Proposal::all(told);
    if proposals.is_empty() {
        say("tidegate: nothing left by what was found: nothing is proposed");
        return Ok(if told.findings.is_empty() { Ending::Clean } else { Ending::Findings });
    }
    let mut replay = Replay::new(proposals.clone());
    read(args, logs, &mut replay)?;
    replay.finish();
    if replay.passed_over > 0 {
        say(&format!("tidegate: {} requests of too many addresses were not replayed", replay.passed_over));
    }
    let patches: Vec<Refused> = replay.patches().map(|(_, refused)| refused).collect();
    let mut proposed: Vec<Proposed> = Vec::new();
    for ((nth, proposal), patch) in proposals.iter().enumerate().zip(patches) {
        let busiest = replay.busiest(nth);
        // Half of it is what an address may be told of without any proposal (docs/operating.md).
        let most = learn::with_headroom(busiest.max(10), learn::MOST_AN_HOUR);
        proposed.push(Proposed {
            proposal: proposal.clone(),
            patch,
            busiest,
            most,
            budget: replay.budget(nth, most),
            rule: Refused::default(),
        });
    }
    let text = proposal::rules(&proposed);
    let loaded = sigma::load(&[sigma::File { name: "rules.yml", text: &text }], super::super::sigma::seed()?);
    if loaded.has_errors() {
        let faults: Vec<String> =
            loaded.faults.iter().map(|fault| format!("{:?}", fault.diagnostic)).collect();
        return Err(anyhow::anyhow!("a rule that was built cannot be read: {}", faults.join("; ")).into());
    }
    let mut rules = RuleReplay::new(loaded.rules, proposals, |title| proposal::nth_of(&proposed, title));
    read(args, logs, &mut rules)?;
    for (one, refused) in proposed.iter_mut().zip(rules.refused()) {
        one.rule = refused;
    }
    let until = told.totals.last.unwrap_or_default().max(super::now()).plus(respond::PATCHED_FOR);
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    for (name, text) in proposal::files(&proposed, until) {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    data(&match args.format {
        HuntFormat::Text => proposal::text(&proposed, &folder.display().to_string()),
        _ => proposal::json(&proposed),
    })?;
    Ok(Ending::Findings)
}

fn read(args: &Args, read: &[Log], hears: &mut impl Hears) -> anyhow::Result<()> {
    let sources = read.iter().zip(0..);
    let mut sources: Vec<Source> =
        sources.map(|(log, nth)| Source::new(log, nth, args.dialect, Arc::default(), false)).collect();
    logs::all(&mut sources, hears, &mut Rejects::nowhere(), |_| Ok(()))
}
