//! `tidegate demo`: what it promises to a first user, and to programs that read its JSON.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::process::Output;
use std::sync::Mutex;

use serde_json::Value;

use common::{text, tidegate};

/// Runs the demo while no other test does: each run keeps two cores busy.
fn demo(flags: &[&str]) -> Output {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    tidegate([&["demo"], flags].concat())
}

/// Runs the demo and gives its rows.
fn rows(flags: &[&str]) -> Vec<Value> {
    let ran = demo(&[&["--format", "json"], flags].concat());
    assert_eq!(ran.status.code(), Some(0), "{}\n{}", text(&ran.stdout), text(&ran.stderr));
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    json["scenarios"].as_array().unwrap().clone()
}

#[test]
fn the_incident_is_stopped_in_both_modes_and_told_in_the_documented_fields() {
    let rows = rows(&[]);
    let modes: Vec<&str> = rows.iter().map(|row| row["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["guard", "enforce"]);
    for row in &rows {
        assert_eq!(row["name"], "post-batches");
        assert_eq!(row["records_without"], 27_000);
        assert!(row["records_with"].as_u64().unwrap() <= row["expected_at_most"].as_u64().unwrap(), "{row}");
        assert!(row["requests_until_contained"].as_u64().unwrap() <= 30, "{row}");
        assert!(row["benign_requests"].as_u64().unwrap() >= 5_000, "{row}");
        assert_eq!(row["benign_refused"], 0, "{row}");
        assert!(row["seconds"].as_f64().unwrap() > 0.0, "{row}");
    }
    assert_eq!((&rows[0]["expected_at_most"], &rows[1]["expected_at_most"]), (&20.into(), &0.into()));
    assert_eq!(rows[1]["records_with"], 0);
}

#[test]
fn a_kill_in_the_middle_gives_no_fresh_budget() {
    let rows = rows(&["--scenario", "restart", "--mode", "guard"]);
    assert_eq!(rows.len(), 1);
    assert!((1..=20).contains(&rows[0]["records_with"].as_u64().unwrap()), "{}", rows[0]);
}

#[test]
fn stolen_papers_are_worth_their_roles_budget() {
    let rows = rows(&["--scenario", "stolen"]);
    assert_eq!(rows.len(), 1, "it runs in enforce only: {rows:?}");
    let (with, most) =
        (rows[0]["records_with"].as_u64().unwrap(), rows[0]["expected_at_most"].as_u64().unwrap());
    assert!(with <= most && with > 500, "{}", rows[0]);
}

/// Rows of one scenario in one mode, within their expectation: exit 0 and nobody refused.
fn row(scenario: &str, mode: &str) -> Value {
    let mut rows = rows(&["--scenario", scenario, "--mode", mode]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["benign_refused"], 0, "{}", rows[0]);
    rows.remove(0)
}

fn number(row: &Value, field: &str) -> u64 {
    row[field].as_u64().unwrap_or_else(|| panic!("{field}: {row}"))
}

#[test]
fn many_addresses_are_seen_together_and_their_kind_of_traffic_is_refused_or_a_person_asked() {
    let divided = row("many-addresses-50", "guard");
    let refused = |field: &str| divided[field]["refuse-kind"].as_u64().unwrap_or(0);
    assert!((1..=400).contains(&number(&divided, "records_with")), "{divided}");
    assert!(number(&divided, "records_until_signal") <= 20, "{divided}");
    // Taken or proposed: it depends on how many innocents came before it began.
    assert!(refused("actions") + refused("actions_proposed") >= 1, "{divided}");
    assert!(refused("actions") == 0 || number(&divided, "records_with") <= 100, "{divided}");
    assert!(number(&divided, "shared_requests") > 300, "people live at these addresses: {divided}");
    let block = row("ipv6-48", "guard");
    assert!((1..=100).contains(&number(&block, "records_with")), "{block}");
    assert!(number(&block, "shared_requests") > 300, "{block}");
}

#[test]
fn who_knows_the_defaults_is_told_of_and_bounded_by_the_budget_of_everybody() {
    let adaptive = row("adaptive", "guard");
    assert!((500..=1_000).contains(&number(&adaptive, "records_with")), "the honest headline: {adaptive}");
    assert!(number(&adaptive, "records_until_signal") <= 30, "{adaptive}");
}

#[test]
fn whoever_trips_every_alarm_shuts_nobody_out_from_what_is_theirs() {
    for mode in ["guard", "enforce"] {
        let induced = row("induced-quarantine", mode);
        // How far it comes in its time depends on the machine.
        let decided = ["actions", "actions_proposed"].map(|field| induced[field].as_object().unwrap().len());
        assert!(decided != [0, 0], "{induced}");
        assert!(number(&induced, "benign_requests") >= 10_000, "people come during and after: {induced}");
    }
}

#[test]
fn one_touch_of_a_canary_is_a_critical_incident_whatever_is_declared() {
    for mode in ["guard", "enforce"] {
        let touched = row("canary", mode);
        assert_eq!(touched["signals"]["canary"]["records"], 5, "{touched}");
        assert_eq!(touched["severity"], "critical", "{touched}");
        assert_eq!(touched["actions"]["refuse-source"], 1, "{touched}");
        assert!((5..=12).contains(&number(&touched, "records_with")), "{touched}");
    }
}

#[test]
fn a_slow_leak_is_played_in_hurried_time() {
    let slow = row("slow", "guard");
    assert_eq!(number(&slow, "records_without"), 240, "four hours, one a minute: {slow}");
    assert!((10..=40).contains(&number(&slow, "records_with")), "{slow}");
}

#[test]
fn without_a_part_its_signals_and_actions_are_missing() {
    let without = |scenario, part| {
        let ran = demo(&["--scenario", scenario, "--mode", "guard", "--without", part, "--format", "json"]);
        let json: Value =
            serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{}", text(&ran.stderr)));
        json["scenarios"][0].clone()
    };
    let unseen = without("canary", "canary");
    assert!(unseen["signals"]["canary"].is_null() && unseen["severity"] != "critical", "{unseen}");
    let undone = without("canary", "actions");
    assert_eq!((undone["incidents"].as_u64(), undone["actions"].as_object().unwrap().len()), (Some(0), 0));
    let climbed = without("diluted", "refuse-source");
    assert!(climbed["actions"]["refuse-source"].is_null(), "{climbed}");
}

#[test]
fn the_table_for_people_ends_with_the_account_and_the_exchange_log_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("exchanges.ndjson");
    let log_path = log.display().to_string();
    let ran =
        demo(&["--scenario", "query-ids", "--mode", "guard", "--seed", "5", "--exchange-log", &log_path]);
    let out = text(&ran.stdout);
    assert_eq!(ran.status.code(), Some(0), "{out}");
    assert!(out.contains("query-ids") && out.contains("27,000"), "{out}");
    assert!(out.contains("recipients") && out.contains("anonymous from 127."), "{out}");
    assert!(!out.contains("NOT AS EXPECTED") && !out.contains('\u{1b}'), "no colour in a pipe: {out}");
    let lines = std::fs::read_to_string(log).unwrap();
    assert!(lines.lines().count() >= 5_000);
    for line in lines.lines().take(500) {
        assert!(report::exchange::parse(line).is_ok(), "{line}");
        assert!(!line.contains('@'), "no personal data: {line}");
    }
}

#[test]
fn what_cannot_be_run_is_a_usage_error() {
    for (flags, said) in [
        (&["--scenario", "nonsense"][..], "there is no scenario `nonsense`"),
        (&["--scenario", "stolen", "--mode", "guard"], "does not run in the mode"),
        (&["--scenario", "stolen", "--all"], "cannot be used with"),
        (&["--mode", "observe"], "invalid value"),
        (&["--without", "luck"], "there is no detector and no step `luck`"),
        (&["--seed", "x"], "invalid value"),
    ] {
        let ran = tidegate([&["demo"], flags].concat());
        assert_eq!(ran.status.code(), Some(64), "{flags:?}");
        assert!(text(&ran.stderr).contains(said), "{}", text(&ran.stderr));
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn every_scenario_is_listed() {
    let ran = tidegate(["demo", "--list"]);
    assert_eq!(ran.status.code(), Some(0));
    assert_eq!(text(&ran.stdout).lines().count(), testkit::scenario::SCENARIOS.len());
}
