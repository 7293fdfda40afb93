//! `--explain`: the very lines of one finding, in their order, as they stand in the log.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use anyhow::Context as _;
use hunt::{LineRef, Ruling, Told};
use report::plain;

use crate::cli::Hunt as Args;
use crate::commands::logs::{Log, Source};
use crate::exit::{Ending, Failure, Outcome, say};

/// Prints the lines of the finding `id`, also of one that was set aside.
///
/// # Errors
/// When there is no such finding, or stdout is closed.
pub(super) fn run(args: &Args, logs: &[Log], told: &Told, id: &str) -> Outcome {
    let aside = told.aside.iter().map(|aside| &aside.finding);
    let finding = told.findings.iter().chain(aside).find(|one| one.id.eq_ignore_ascii_case(id));
    let is_named = |one: &&Ruling| {
        one.id.eq_ignore_ascii_case(id) || one.rule.id.as_deref() == Some(id) || one.rule.title == id
    };
    let (first, last, exchanges) = match (finding, told.rules.iter().find(is_named)) {
        (Some(finding), _) => (&finding.lines, &finding.last_lines, finding.exchanges),
        (None, Some(rule)) => (&rule.lines, &rule.last_lines, rule.times),
        (None, None) => return Err(unknown(told, id)),
    };
    let wanted: BTreeSet<LineRef> = first.iter().chain(last).copied().collect();
    let is_terminal = std::io::stdout().is_terminal();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (log, input) in logs.iter().zip(0..) {
        let mut numbers =
            wanted.range(LineRef { input, line: 0 }..LineRef { input: input + 1, line: 0 }).peekable();
        let mut source = Source::new(log, input, args.dialect, Arc::default(), false);
        let mut nth = 0;
        while numbers.peek().is_some() && source.next() {
            nth += 1;
            if numbers.next_if(|wanted| wanted.line == nth).is_some() {
                // A pipe gets the very bytes; a terminal must not obey what a client wrote.
                let shown = is_terminal.then(|| plain(&String::from_utf8_lossy(source.line())));
                let line = shown.as_ref().map_or(source.line(), |text| text.as_bytes());
                let written = out.write_all(line).and_then(|()| out.write_all(b"\n"));
                written.context("write lines")?;
            }
        }
    }
    out.flush().context("write lines")?;
    let lines = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    if exchanges > lines {
        say(&format!("tidegate: {lines} of the {exchanges} lines of {id}, the first and the last"));
    }
    Ok(Ending::Findings)
}

fn unknown(told: &Told, id: &str) -> Failure {
    let findings = told.findings.iter().map(|one| one.id.as_str());
    let known: Vec<&str> = findings.chain(told.rules.iter().map(|one| one.id.as_str())).take(20).collect();
    let help =
        if known.is_empty() { "nothing was found".into() } else { format!("found: {}", known.join(", ")) };
    Failure::Input(format!("error: no finding `{id}` in what was read\n = help: {help}"))
}
