//! Detectors and steps of the answer off in turn: what the demo's scenarios show without each.
//!
//! Figures vary a little from run to run, so the whole is played twice, and only what lies beyond both
//! runs counts: a row beyond its expectation, more records, a later first signal, a milder incident,
//! another step that is no longer taken, or an attacker who can send several times as many requests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{number, rows, text};

/// Parts with the scenarios that are there to notice them.
const PARTS: [(&str, &[&str]); 20] = [
    ("sequential-ids", &["diluted"]),
    ("new-objects", &[]),
    ("page-walk", &[]),
    ("bulk", &[]),
    ("miss-storm", &[]),
    ("anonymous-data", &["many-addresses-50"]),
    ("foreign", &["post-batches"]),
    ("volume", &[]),
    ("endpoint-sweep", &["many-addresses-50"]),
    ("surface-scan", &[]),
    ("session-minting", &["fresh-login-each"]),
    ("automation", &[]),
    ("canary", &["canary"]),
    ("spent-budget", &[]),
    ("slow", &[]),
    ("refuse-source", &[]),
    ("refuse-kind", &[]),
    ("quarantine", &[]),
    ("isolate", &[]),
    ("actions", &["many-addresses-50"]),
];

/// Parts that no scenario misses, so that none but their witnesses is played unless all are. Attacks in virtual
/// time miss twelve (`cargo xtask leakbench`, `without` and `alone`), tests of `respond` all; `docs/benchmarks.md`
/// says why the demo does not.
const ELSEWHERE: [&str; 14] = [
    "sequential-ids",
    "new-objects",
    "page-walk",
    "bulk",
    "miss-storm",
    "volume",
    "surface-scan",
    "automation",
    "spent-budget",
    "slow",
    "refuse-source",
    "refuse-kind",
    "quarantine",
    "isolate",
];

/// Every scenario in which something is told that others do not tell.
const SCENARIOS: [&str; 17] = [
    "many-addresses-50",
    "many-addresses-500",
    "many-tokens-50",
    "ipv6-48",
    "diluted",
    "slow",
    "adaptive",
    "induced-quarantine",
    "canary",
    "post-batches",
    "shuffled",
    "path-ids-bola",
    "cursor",
    "bulk",
    "fresh-login-each",
    "guest-harvest",
    "distinct-objects",
];

/// Whether `name` is a detector, a step, or all actions.
pub(super) fn is_part(name: &str) -> bool {
    PARTS.iter().any(|(part, _)| *part == name)
}

/// What one row shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    leaked: u64,
    at_most: u64,
    refused: u64,
    requests: u64,
    /// Records at the first signal.
    signal: Option<u64>,
    severity: usize,
    steps: BTreeSet<String>,
}

type Rows = BTreeMap<(String, String), Shown>;

/// Runs the table, or one `only` part; with `all`, every scenario for each.
pub(super) fn run(root: &Path, only: Option<&str>, all: bool) -> Result<()> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--workspace", "--bin", "tidegate"])
        .current_dir(root)
        .status()
        .context("run cargo")?;
    ensure!(built.success(), "the build failed");
    let binary = root.join("target/release/tidegate");
    let mut played: BTreeMap<&str, Rows> = BTreeMap::new();
    let mut idle = Vec::new();
    println!("{:<16} what changes without it", "part");
    for (part, witnesses) in PARTS.iter().filter(|(part, _)| only.is_none_or(|only| only == *part)) {
        let others = SCENARIOS.iter().filter(|scenario| !witnesses.contains(scenario));
        let mut changes = Vec::new();
        for (nth, scenario) in witnesses.iter().chain(others).enumerate() {
            if !all && nth >= witnesses.len() && (!changes.is_empty() || ELSEWHERE.contains(part)) {
                break;
            }
            if !played.contains_key(scenario) {
                let twice = [play(&binary, scenario, None)?, play(&binary, scenario, None)?];
                let [first, second] = twice;
                played.insert(scenario, worst(first, &second));
            }
            let whole = played.get(scenario).context("find what was played")?;
            for (row, without) in play(&binary, scenario, Some(part))? {
                let with = whole.get(&row).context("find the row with it")?;
                changes.extend(
                    differences(part, with, &without)
                        .map(|change| format!("{} ({}): {change}", row.0, row.1)),
                );
            }
        }
        if changes.is_empty() && !ELSEWHERE.contains(part) {
            idle.push(*part);
        }
        if changes.is_empty() {
            changes.push(nothing(all, ELSEWHERE.contains(part)));
        }
        for (nth, change) in changes.iter().enumerate() {
            println!("{:<16} {change}", if nth == 0 { part } else { "" });
        }
    }
    if !idle.is_empty() {
        bail!("no scenario notices when these are off: {}", idle.join(", "));
    }
    Ok(())
}

/// What is said of a part that no scenario missed.
fn nothing(all: bool, elsewhere: bool) -> String {
    match (all, elsewhere) {
        (false, true) => "not played: what misses it is no scenario (docs/benchmarks.md); --all plays them",
        (true, true) => "nothing in any scenario; what misses it is another test (docs/benchmarks.md)",
        (_, false) => "nothing in any scenario",
    }
    .to_owned()
}

fn play(binary: &Path, scenario: &str, without: Option<&str>) -> Result<Rows> {
    let mut demo = Command::new(binary);
    demo.args(["demo", "--scenario", scenario]);
    if let Some(part) = without {
        demo.args(["--without", part]);
    }
    Ok(rows(&mut demo)?.iter().map(|row| ((text(row, "name"), text(row, "mode")), shown(row))).collect())
}

fn shown(row: &Value) -> Shown {
    let severities = ["low", "medium", "high", "critical"];
    let gravest = text(row, "severity");
    let steps = row.get("actions").and_then(Value::as_object);
    Shown {
        leaked: number(row, "records_with"),
        at_most: number(row, "expected_at_most"),
        refused: number(row, "benign_refused"),
        requests: number(row, "attack_requests"),
        signal: row.get("records_until_signal").and_then(Value::as_u64),
        severity: severities.iter().position(|one| *one == gravest).map_or(0, |place| place + 1),
        steps: steps.map(|steps| steps.keys().cloned().collect()).unwrap_or_default(),
    }
}

/// Of two runs what is worse in each figure.
fn worst(first: Rows, second: &Rows) -> Rows {
    let of = |one: Shown, other: &Shown| Shown {
        leaked: one.leaked.max(other.leaked),
        refused: one.refused.max(other.refused),
        requests: one.requests.max(other.requests),
        // Nothing is less than any number: no signal in one of them is no signal.
        signal: one.signal.and_then(|signal| Some(signal.max(other.signal?))),
        severity: one.severity.min(other.severity),
        steps: one.steps.intersection(&other.steps).cloned().collect(),
        at_most: one.at_most,
    };
    first
        .into_iter()
        .map(|(row, one)| {
            let worst = match second.get(&row) {
                Some(other) => of(one, other),
                None => one,
            };
            (row, worst)
        })
        .collect()
}

/// What is worse without `part`.
fn differences<'s>(
    part: &str,
    with: &'s Shown,
    without: &'s Shown,
) -> impl Iterator<Item = String> + use<'s> {
    let severities = ["none", "low", "medium", "high", "critical"];
    let name = |severity: usize| severities.get(severity).copied().unwrap_or("none");
    let records =
        |signal: Option<u64>| signal.map_or_else(|| "never".to_owned(), |at| format!("at {at} records"));
    let later = match (with.signal, without.signal) {
        (Some(_), None) => true,
        (Some(with), Some(without)) => without > with * 2 + 5,
        (None, _) => false,
    };
    let gone: Vec<&str> =
        with.steps.difference(&without.steps).map(String::as_str).filter(|step| *step != part).collect();
    [
        (without.leaked > without.at_most && with.leaked <= with.at_most)
            .then(|| format!("{} records leak, beyond the {} expected", without.leaked, without.at_most)),
        (without.leaked > with.leaked * 5 / 4 + 2)
            .then(|| format!("{} records leak instead of {}", without.leaked, with.leaked)),
        (without.refused > with.refused).then(|| format!("{} honest requests are refused", without.refused)),
        later.then(|| format!("first told {} instead of {}", records(without.signal), records(with.signal))),
        (without.severity < with.severity).then(|| {
            format!("the gravest incident is {} instead of {}", name(without.severity), name(with.severity))
        }),
        (!gone.is_empty()).then(|| format!("no {}", gone.join(", "))),
        (without.requests > with.requests * 3 + 50).then(|| {
            format!(
                "the attacker sends {} requests in its time instead of {}",
                without.requests, with.requests
            )
        }),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(leaked: u64, signal: Option<u64>) -> Shown {
        Shown {
            leaked,
            at_most: 400,
            requests: 100,
            signal,
            severity: 3,
            steps: ["refuse-kind".to_owned()].into(),
            ..Shown::default()
        }
    }

    #[test]
    fn only_what_is_clearly_worse_counts() {
        let with = row(20, Some(2));
        for (without, expected) in [
            (row(27, Some(9)), &[][..]),
            (row(28, Some(2)), &["28 records leak instead of 20"]),
            (
                row(401, Some(2)),
                &["401 records leak, beyond the 400 expected", "401 records leak instead of 20"],
            ),
            (row(20, Some(10)), &["first told at 10 records instead of at 2 records"]),
            (row(20, None), &["first told never instead of at 2 records"]),
            (Shown { refused: 1, ..with.clone() }, &["1 honest requests are refused"]),
            (Shown { severity: 2, ..with.clone() }, &["the gravest incident is medium instead of high"]),
            (Shown { steps: BTreeSet::new(), ..with.clone() }, &["no refuse-kind"]),
            (
                Shown { requests: 351, ..with.clone() },
                &["the attacker sends 351 requests in its time instead of 100"],
            ),
        ] {
            assert_eq!(differences("bulk", &with, &without).collect::<Vec<_>>(), expected, "{without:?}");
        }
        let itself = Shown { steps: BTreeSet::new(), ..with.clone() };
        assert_eq!(
            differences("refuse-kind", &with, &itself).count(),
            0,
            "that it is not taken tells nothing"
        );
    }

    #[test]
    fn of_two_runs_each_figure_is_the_worse_one() {
        let rows = |shown| Rows::from([(("a".to_owned(), "guard".to_owned()), shown)]);
        let worse = worst(rows(row(10, Some(2))), &rows(row(20, None)));
        assert_eq!(worse, rows(row(20, None)));
    }

    #[test]
    fn every_detector_and_step_is_a_part_once() {
        let names: BTreeSet<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        assert_eq!(names.len(), PARTS.len());
        for detector in domain::DetectorId::ALL {
            assert!(is_part(detector.word()), "{detector}");
        }
        assert!(ELSEWHERE.into_iter().all(is_part) && !is_part("budget"));
    }
}
