//! Scores `intel` against the labelled reports of `crates/intel/tests/corpus`; its README has the rules.
//!
//! The reports in `kept-aside` are scored to the same rules, and nothing of them leaves this module but
//! sums over all of them: whoever mends `intel` may not learn from them.

mod count;
mod evidence;
mod judge;
mod matching;
mod print;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

pub use count::{Count, Score};

use crate::data;

/// Reports that lie open, and those kept aside: a run that read fewer measured nothing.
pub const REPORTS: [usize; 2] = [56, 37];

/// What the chore needs to know.
#[derive(Debug, Default, clap::Args)]
pub struct Settings {
    /// Also print each fault in the open reports.
    #[arg(long)]
    pub faults: bool,
    /// Only the open reports whose name begins so.
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Leave out the reports that are kept aside: what to use while `intel` is being changed.
    #[arg(long)]
    pub open: bool,
}

/// Reads all reports, scores them and prints the tables.
pub fn run(settings: &Settings) -> Result<()> {
    let open = open()?;
    let shown: Vec<&Report> = open
        .iter()
        .filter(|report| settings.only.as_deref().is_none_or(|only| report.name.starts_with(only)))
        .collect();
    if settings.faults {
        print::faults(&shown);
    }
    print::by_report(&shown);
    if settings.only.is_none() {
        let aside = if settings.open { Score::default() } else { kept_aside()? };
        print::totals(&sum(&open), &aside);
    }
    Ok(())
}

/// One report with its score.
#[derive(Debug)]
pub struct Report {
    /// Name of its file without the ending.
    pub name: String,
    /// What it scored.
    pub score: Score,
}

/// Every open report.
pub fn open() -> Result<Vec<Report>> {
    read(&folder()?, REPORTS[0])
}

/// The sum over the reports that are kept aside.
pub fn kept_aside() -> Result<Score> {
    Ok(sum(&read(&folder()?.join("kept-aside"), REPORTS[1])?))
}

/// The sum over reports.
#[must_use]
pub fn sum(reports: &[Report]) -> Score {
    let mut sum = Score::default();
    for report in reports {
        sum.add(&report.score);
    }
    sum
}

fn folder() -> Result<PathBuf> {
    Ok(data::root()?.join("crates/intel/tests/corpus"))
}

fn read(folder: &Path, expected: usize) -> Result<Vec<Report>> {
    let mut labels: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("read {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(".expected.json"))
        .collect();
    labels.sort();
    if labels.len() != expected {
        bail!("{} labelled reports in {}, not {expected}", labels.len(), folder.display());
    }
    labels.iter().map(|label| one(label)).collect()
}

fn one(path: &Path) -> Result<Report> {
    let label: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let stem = path.to_string_lossy().trim_end_matches(".expected.json").to_owned();
    let report = ["txt", "md", "html", "json"]
        .into_iter()
        .map(|ending| PathBuf::from(format!("{stem}.{ending}")))
        .find(|path| path.is_file())
        .with_context(|| format!("no report belongs to {}", path.display()))?;
    let bytes = std::fs::read(&report)?;
    let file = report.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let intel = intel::understand(&bytes, &file).with_context(|| file.clone())?;
    let answer = serde_json::to_value(&intel)?;
    let mut score = judge::judge(&label, &answer);
    score.evidence = evidence::evidence(&answer, &bytes);
    let name = file.rsplit_once('.').map_or(file.clone(), |(name, _)| name.to_owned());
    Ok(Report { name, score })
}
