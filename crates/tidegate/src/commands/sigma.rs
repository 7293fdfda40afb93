//! `tidegate sigma`: rules checked, matched with logs, and run on their samples.

mod check;
mod files;
mod logs;
mod samples;

use std::io::IsTerminal as _;

use sigma::Rule;
use spec::diagnostic::Colour;

use crate::cli::SigmaWork;
use crate::exit::{Failure, Outcome, say};

/// Runs `tidegate sigma`.
///
/// # Errors
/// When rules or logs cannot be read (exit code 2), after everything else was told.
pub fn run(work: &SigmaWork) -> Outcome {
    match work {
        SigmaWork::Check { fields: true, format, .. } => check::fields(*format),
        SigmaWork::Check { paths, format, .. } => check::run(paths, *format),
        SigmaWork::Match { rules, logs, format } => logs::run(rules, logs, *format),
        SigmaWork::Test { paths, format } => samples::run(paths, *format),
    }
}

/// The rules at `paths` (`shipped` is the pack), loaded. Those that are not applicable here are told.
///
/// # Errors
/// When one cannot be read.
pub(super) fn loaded(paths: &[std::path::PathBuf]) -> Result<sigma::Rules, Failure> {
    let files = files::read(paths)?;
    let loaded = sigma::load(&files::borrowed(&files), seed()?);
    check::readable(&files, &loaded)?;
    let is_shipped = |rule: &Rule| sigma::PACK.iter().any(|one| *one.name == *rule.file);
    let all = loaded.rules.all();
    let idle = all.iter().filter(|rule| !rule.is_applicable() && !is_shipped(rule)).count();
    if idle > 0 {
        say(&format!(
            "tidegate: {idle} of {} rules are not applicable here: `tidegate sigma check` says why",
            all.len()
        ));
    }
    Ok(loaded.rules)
}

/// Colours only for a terminal whose user did not set `NO_COLOR` (no-color.org).
fn colour() -> Colour {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !unwanted { Colour::Always } else { Colour::Never }
}

/// A secret for counted values: clients cannot choose values that count as one.
pub(super) fn seed() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("draw a seed: {error}"))?;
    Ok(u64::from_le_bytes(bytes))
}

/// What every JSON output says of a rule.
fn rule_json(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "title": rule.title,
        "id": rule.id,
        "level": rule.level_word(),
        "file": &*rule.file,
        "line": rule.at.line,
        "tags": rule.tags,
        "d3fend": rule.d3fend,
        "owasp": rule.owasp,
    })
}

/// One JSON value, indented, with a line end.
fn pretty(value: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
