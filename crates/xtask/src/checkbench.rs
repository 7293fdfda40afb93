//! `cargo xtask checkbench`: what `tidegate check` finds of faults that were put in on purpose.
//!
//! A *fault* is a deployment (a folder of `checkbench/bases/`) with some lines changed so that records
//! get out; its *mended twin* has other lines there and lets nobody in. The fault must be told with
//! its check, its operation and its line; of the twin no blocker, and not the same warning, may be
//! told. A *widening* is a change from a deployment to another that lets more through; `--base` must
//! tell it in words and with a request, and must be silent on its twin, a change that widens nothing.
//!
//! Every case is data (`checkbench/faults/`, `checkbench/widenings/`; the form stands in [`case`]),
//! is written to disk, and goes the way of the command itself: command line, files, inventory,
//! judgement, JSON. Nothing here knows how a check decides.

mod case;
mod count;
mod judge;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use case::{Case, Sort};
use judge::{Outcome, judge};

/// Fewest faults, and fewest widenings.
const FEWEST: usize = 100;
/// Fewest checks that the faults are spread over: each of the 20 blockers and 9 warnings.
const FEWEST_CHECKS: usize = 29;

/// How the bench is run.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Only cases whose name begins so.
    #[arg(long)]
    only: Option<String>,
    /// Writes the files of the chosen cases below this folder and keeps them.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Tells every case, not only those that fail.
    #[arg(long)]
    all: bool,
}

/// Runs every case and prints the tables; fails when a fault or widening is missed and not known to be,
/// when something is told of a twin, and when there are fewer cases than the mark is set for.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let data = crate::tidy::root()?.join("crates/xtask/checkbench");
    let cases = case::all(&data)?;
    let chosen: Vec<&Case> = cases
        .iter()
        .filter(|case| settings.only.as_deref().is_none_or(|only| case.id.starts_with(only)))
        .collect();
    let work = tempfile::tempdir()?;
    let folder = settings.keep.as_deref().unwrap_or_else(|| work.path());
    let outcomes = play(&chosen, folder)?;
    for (case, outcome) in chosen.iter().zip(&outcomes) {
        for line in outcome.lines(settings.all) {
            println!("{}: {line}", case.id);
        }
    }
    for sort in [Sort::Fault, Sort::Widening] {
        let of_sort: Vec<(&Case, &Outcome)> =
            chosen.iter().copied().zip(&outcomes).filter(|(case, _)| case.sort == sort).collect();
        count::print(sort, &of_sort);
    }
    let wrong = chosen.iter().zip(&outcomes).filter(|(case, outcome)| outcome.is_wrong(case)).count();
    if wrong > 0 {
        bail!("{wrong} cases came out other than they say");
    }
    if settings.only.is_none() {
        enough(&cases)?;
    }
    Ok(())
}

/// Plays cases one after the other, each in a folder of its own below `folder`.
fn play(cases: &[&Case], folder: &Path) -> Result<Vec<Outcome>> {
    cases.iter().map(|case| judge(case, &folder.join(&case.id))).collect()
}

/// The mark counts only with so many cases, over so many checks.
fn enough(cases: &[Case]) -> Result<()> {
    for sort in [Sort::Fault, Sort::Widening] {
        let count = cases.iter().filter(|case| case.sort == sort).count();
        if count < FEWEST {
            bail!("{count} cases of {}; the mark is set for {FEWEST}", sort.word());
        }
    }
    let faults = cases.iter().filter(|case| case.sort == Sort::Fault);
    let checks: BTreeSet<&str> = faults.map(|case| case.check.as_str()).collect();
    if checks.len() < FEWEST_CHECKS {
        bail!("the faults are spread over {} checks; the mark is {FEWEST_CHECKS}", checks.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seeded_fault_and_widening_is_told_and_no_twin_is() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("checkbench");
        let cases = case::all(&data).unwrap_or_else(|error| panic!("{error:#}"));
        let work = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let all: Vec<&Case> = cases.iter().collect();
        let outcomes = play(&all, work.path()).unwrap_or_else(|error| panic!("{error:#}"));
        let wrong: Vec<String> = all
            .iter()
            .zip(&outcomes)
            .filter(|(case, outcome)| outcome.is_wrong(case))
            .flat_map(|(case, outcome)| {
                outcome.lines(false).into_iter().map(|line| format!("{}: {line}", case.id))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        enough(&cases).unwrap_or_else(|error| panic!("{error:#}"));
    }
}
