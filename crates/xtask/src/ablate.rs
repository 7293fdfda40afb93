//! `cargo xtask ablate`: scenarios with each station, detector and step of the answer off in turn.
//!
//! A part whose removal changes no figure of any scenario is not tested by the demo, and this
//! fails. Each part has its *witnesses*, the scenarios that are there to notice it: they are played
//! first, and where one of them notices, the others are left out, unless `--all` asks for the whole
//! table. For stations the build has the feature `ablation`, which no other build has; its binary is kept
//! apart as `target/ablation/tidegate`. Detectors and steps are left out by configuration, as anybody can
//! (`tidegate demo --without`); see [`told`] for the figures that they change.

mod told;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The stations, as `gateway`'s `ablate` module names them, each with the scenario that notices it.
const STATIONS: [(&str, &str); 11] = [
    ("framing", "aliased-flood"),
    ("identify", "post-batches"),
    ("authorize", "post-batches"),
    ("limit", "distinct-objects"),
    ("meter", "post-batches"),
    ("own", "path-ids-bola"),
    ("budget", "post-batches"),
    ("lookup", "guest-harvest"),
    ("confirm", "post-batches"),
    ("restore", "restart"),
    ("range", "range-slivers"),
];

/// In the place of a scenario's name: every one.
const ALL: &str = "all";

/// Scenario and mode, to what happened there.
type Figures = BTreeMap<(String, String), Row>;

/// What a station's absence may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    leaked: u64,
    refused: u64,
    at_most: u64,
}

/// Runs the table of ablations, or one `only` part; with `all`, every scenario for each.
pub(crate) fn run(only: Option<&str>, all: bool, only_told: bool) -> Result<()> {
    let root = crate::tidy::root()?;
    let is_station = |name: &str| STATIONS.iter().any(|(station, _)| *station == name);
    ensure!(only.is_none_or(|only| is_station(only) || told::is_part(only)), "no part has this name");
    if !only_told && only.is_none_or(is_station) {
        stations(&build(&root)?, only, all)?;
    }
    if only.is_none_or(told::is_part) { told::run(&root, only, all) } else { Ok(()) }
}

fn stations(binary: &Path, only: Option<&str>, all: bool) -> Result<()> {
    let mut played: BTreeMap<&str, Figures> = BTreeMap::new();
    println!("{:<12} {:>10} {:>10}  what changes without it", "station", "more leak", "refused");
    let mut idle = Vec::new();
    for (station, witness) in STATIONS.iter().filter(|(station, _)| only.is_none_or(|only| only == *station))
    {
        let first = if all { ALL } else { witness };
        let mut noticed = false;
        for scenario in [first, ALL] {
            if !played.contains_key(scenario) {
                played.insert(scenario, play(binary, "none", scenario)?);
            }
            let whole = played.get(scenario).context("find what was played")?;
            let without = play(binary, station, scenario)?;
            let changes = changes(whole, &without);
            noticed = !changes.is_empty();
            if noticed || scenario == ALL {
                print_station(station, &changes);
                break;
            }
        }
        if !noticed {
            idle.push(*station);
        }
    }
    if !idle.is_empty() {
        bail!("no scenario notices when these are off: {}", idle.join(", "));
    }
    Ok(())
}

fn build(root: &Path) -> Result<std::path::PathBuf> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "-p", "tidegate", "--features", "ablation"])
        .current_dir(root)
        .status()
        .context("run cargo")?;
    ensure!(built.success(), "the build with the feature `ablation` failed");
    let folder = root.join("target/ablation");
    std::fs::create_dir_all(&folder).context("make the folder of the ablation's binary")?;
    let binary = folder.join("tidegate");
    std::fs::copy(root.join("target/release/tidegate"), &binary).context("keep the ablation's binary")?;
    Ok(binary)
}

/// Runs `scenario`, or all of them, with `station` off. Exit 1 means rows beyond expectation: what we
/// look for.
fn play(binary: &Path, station: &str, scenario: &str) -> Result<Figures> {
    let which: &[&str] = if scenario == ALL { &["--all"] } else { &["--scenario", scenario] };
    let rows = rows(Command::new(binary).args(["demo"]).args(which).env("TIDEGATE_ABLATE", station))?;
    Ok(rows
        .iter()
        .map(|row| {
            let figures = Row {
                leaked: number(row, "records_with"),
                refused: number(row, "benign_refused"),
                at_most: number(row, "expected_at_most"),
            };
            ((text(row, "name"), text(row, "mode")), figures)
        })
        .collect())
}

/// The rows of a demo.
fn rows(demo: &mut Command) -> Result<Vec<Value>> {
    let output = demo.args(["--format", "json"]).output().context("run the demo")?;
    ensure!(
        matches!(output.status.code(), Some(0 | 1)),
        "the demo did not run: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let value: Value = serde_json::from_slice(&output.stdout).context("read the demo's rows")?;
    let rows = value.get("scenarios").and_then(Value::as_array).context("find the demo's rows")?;
    Ok(rows.clone())
}

fn text(row: &Value, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(row: &Value, key: &str) -> u64 {
    row.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// Rows that are no longer within their expectation, or refuse honest people. Figures within it vary
/// from run to run and tell nothing.
fn changes<'f>(whole: &Figures, without: &'f Figures) -> Vec<(&'f (String, String), Row)> {
    let beyond = |row: &Row| row.leaked > row.at_most || row.refused > 0;
    without
        .iter()
        .filter(|(name, row)| beyond(row) && whole.get(*name).is_none_or(|before| !beyond(before)))
        .map(|(name, row)| (name, *row))
        .collect()
}

fn print_station(station: &str, changes: &[(&(String, String), Row)]) {
    let leaks = changes.iter().filter(|(_, row)| row.leaked > row.at_most).count();
    let refused: u64 = changes.iter().map(|(_, row)| row.refused).sum();
    let shown: Vec<String> = changes
        .iter()
        .take(4)
        .map(|((name, mode), row)| format!("{name} ({mode}) {} of at most {}", row.leaked, row.at_most))
        .collect();
    println!("{station:<12} {leaks:>10} {refused:>10}  {}", shown.join("; "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rows: &[(&str, u64, u64)]) -> Figures {
        let row = |leaked, refused| Row { leaked, refused, at_most: 20 };
        rows.iter()
            .map(|(name, leaked, refused)| (((*name).to_owned(), "guard".to_owned()), row(*leaked, *refused)))
            .collect()
    }

    #[test]
    fn only_rows_that_leave_their_expectation_count() {
        let whole = figures(&[("a", 20, 0), ("b", 10, 0), ("c", 5, 0)]);
        let without = figures(&[("a", 27_000, 0), ("b", 12, 0), ("c", 5, 7)]);
        let changed: Vec<&str> =
            changes(&whole, &without).iter().map(|((name, _), _)| name.as_str()).collect();
        assert_eq!(changed, ["a", "c"]);
        assert!(changes(&whole, &whole).is_empty());
    }
}
