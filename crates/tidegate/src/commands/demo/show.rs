//! What the demo prints.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use domain::Mode;
use ledger::Account;
use store::Reading;
use testkit::scenario::{Row, SCENARIOS, Told};

/// Scenario names and what each does.
pub(super) fn list() -> String {
    let mut out = String::new();
    for scenario in &SCENARIOS {
        let modes: Vec<&str> = scenario.modes().map(Mode::word).collect();
        line(&mut out, format_args!("{:<19} {:<15} {}", scenario.name, modes.join(", "), scenario.about));
    }
    out
}

/// The stable JSON form: `{"scenarios":[row]}`.
pub(super) fn json(rows: &[Row]) -> Result<String> {
    let value = serde_json::json!({ "scenarios": rows });
    Ok(serde_json::to_string_pretty(&value).context("write JSON")? + "\n")
}

/// The table for people, and the first lines of the account.
pub(super) fn table(rows: &[Row], account: Option<&(Account, Reading)>) -> String {
    let mut out = String::new();
    line(
        &mut out,
        format_args!(
            "Customer records that one attacker obtained, of 27,000; honest people at the same doors meanwhile.\n"
        ),
    );
    for heads in [
        [
            "scenario",
            "mode",
            "without",
            "with",
            "at most",
            "contained",
            "signal",
            "incident",
            "honest",
            "refused",
        ],
        ["", "", "Tidegate", "Tidegate", "expected", "after", "at", "", "requests", ""],
    ] {
        cells(&mut out, heads);
    }
    for row in rows {
        let told = row.told.as_ref();
        let signal = told.and_then(|told| told.records_until_signal);
        cells(
            &mut out,
            [
                row.name,
                row.mode.word(),
                &grouped(row.records_without),
                &grouped(row.records_with),
                &grouped(row.expected_at_most),
                &format!("{} req.", row.requests_until_contained),
                &signal.map_or_else(|| "-".into(), report::grouped),
                told.and_then(|told| told.severity.as_deref()).unwrap_or("-"),
                &report::grouped(row.benign_requests),
                &row.benign_refused.to_string(),
            ],
        );
        for fault in row.faults() {
            line(&mut out, format_args!("{:<18} NOT AS EXPECTED: {fault}", ""));
        }
        if !row.faults().is_empty() {
            for complaint in &row.people.complaints {
                line(&mut out, format_args!("{:<16}   {complaint}", ""));
            }
        }
    }
    line(&mut out, format_args!("\nwhy so many are expected at most:"));
    let mut told: Vec<&str> = Vec::new();
    for row in rows {
        if !told.contains(&row.why) {
            line(&mut out, format_args!("  {:>6}  {}", grouped(row.expected_at_most), row.why));
            told.push(row.why);
        }
    }
    line(&mut out, format_args!("\nwhat was said of the attack and done about it:"));
    for row in rows {
        if let Some(told) = &row.told {
            line(&mut out, format_args!("  {} ({}): {}", row.name, row.mode, said_and_done(told)));
        }
    }
    let shared: u64 = rows.iter().map(|row| row.shared_requests).sum();
    let shared_refused: u64 = rows.iter().map(|row| row.shared_refused).sum();
    line(
        &mut out,
        format_args!(
            "\nof {shared} honest requests from the attacker's very address, {shared_refused} were refused (counted apart)"
        ),
    );
    for row in rows.iter().filter(|row| row.restarts || row.name == "guest-harvest") {
        line(
            &mut out,
            format_args!(
                "{} ({}): {} requests of the attacker reached the shop; {} honest attempts found nothing listening",
                row.name, row.mode, row.upstream_requests, row.benign_unreachable
            ),
        );
    }
    if let Some(account) = account {
        account_lines(&mut out, account);
    }
    out
}

/// One line of the table.
fn cells(out: &mut String, cells: [&str; 10]) {
    let [scenario, mode, without, with, at_most, contained, signal, incident, honest, refused] = cells;
    let text = format!(
        "{scenario:<18} {mode:<8} {without:>8} {with:>8} {at_most:>8} {contained:>10} {signal:>7} {incident:>8} {honest:>8} {refused:>7}"
    );
    line(out, format_args!("{}", text.trim_end()));
}

/// The detectors that spoke, each with the records that had left then; the steps that were taken.
fn said_and_done(told: &Told) -> String {
    let mut said: Vec<_> = told.signals.iter().collect();
    said.sort_by_key(|(_, spoken)| spoken.records);
    let said: Vec<String> =
        said.into_iter().map(|(detector, spoken)| format!("{detector} at {}", spoken.records)).collect();
    let steps = |steps: &BTreeMap<String, usize>| {
        steps.iter().map(|(step, many)| format!("{step} {many}")).collect::<Vec<_>>().join(", ")
    };
    let said = if said.is_empty() { "no signal".to_owned() } else { said.join(", ") };
    let done = if told.actions.is_empty() { "nothing done".to_owned() } else { steps(&told.actions) };
    match told.actions_proposed.is_empty() {
        true => format!("{said}; {done}"),
        false => format!("{said}; {done}; proposed: {}", steps(&told.actions_proposed)),
    }
}

/// Who received whose data: the first lines of `tidegate ledger exposure`.
fn account_lines(out: &mut String, account: &(Account, Reading)) {
    let (account, reading) = account;
    let ground = report::account::Ground { gaps: &reading.gaps, pruned: reading.pruned, head: reading.head };
    let text = report::account::text(account, ground, 5);
    line(
        out,
        format_args!(
            "\nthe account of the first run in which data of others left (tidegate ledger exposure):"
        ),
    );
    for text in text.lines().take(16) {
        line(out, format_args!("  {text}"));
    }
}

/// What to do with a demo that keeps running.
pub(super) fn invitation(shop: SocketAddr, gateway: SocketAddr, mode: Mode, state: &Path) -> String {
    format!(
        "the shop listens on http://{shop} (with the hole), the gateway on http://{gateway} ({mode})\n\n\
         the hole:      curl -s -H 'content-type: application/json' -d '{{\"page\":1,\"size\":10}}' http://{shop}/api/customers\n\
         gated:         curl -si -H 'content-type: application/json' -d '{{\"page\":1,\"size\":10}}' http://{gateway}/api/customers\n\
         the account:   tidegate ledger exposure --state {}\n\n\
         Ctrl-C ends both.",
        state.display()
    )
}

/// 27000 as `27,000`.
fn grouped(number: usize) -> String {
    report::grouped(u64::try_from(number).unwrap_or(u64::MAX))
}

/// Writing into a `String` cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (27_000, "27,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn what_was_said_stands_in_order_and_what_was_done_beside_what_waits() {
        let mut told = Told::default();
        assert_eq!(said_and_done(&told), "no signal; nothing done");
        let mut people = 0;
        told.exchange(&mut people, 2, ["volume"].into_iter());
        told.exchange(&mut people, 9, ["bulk"].into_iter());
        told.actions.insert("refuse-source".into(), 2);
        told.actions_proposed.insert("refuse-kind".into(), 1);
        assert_eq!(said_and_done(&told), "volume at 2, bulk at 11; refuse-source 2; proposed: refuse-kind 1");
    }

    #[test]
    fn every_scenario_is_listed_with_its_modes() {
        let list = list();
        assert_eq!(list.lines().count(), SCENARIOS.len());
        assert!(list.contains("post-batches") && list.contains("guard, enforce"));
    }
}
