//! What the demo prints.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use domain::Mode;
use ledger::Account;
use store::Reading;
use testkit::scenario::{Row, SCENARIOS};

/// Scenario names and what each does.
pub(super) fn list() -> String {
    let mut out = String::new();
    for scenario in &SCENARIOS {
        let modes: Vec<&str> = scenario.modes().map(Mode::word).collect();
        line(&mut out, format_args!("{:<18} {:<15} {}", scenario.name, modes.join(", "), scenario.about));
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
    line(
        &mut out,
        format_args!(
            "{:<16} {:<8} {:>9} {:>9} {:>9} {:>10} {:>8} {:>8}",
            "scenario", "mode", "without", "with", "at most", "contained", "honest", "refused"
        ),
    );
    line(
        &mut out,
        format_args!(
            "{:<16} {:<8} {:>9} {:>9} {:>9} {:>10} {:>8} {:>8}",
            "", "", "Tidegate", "Tidegate", "expected", "after", "requests", ""
        ),
    );
    for row in rows {
        line(
            &mut out,
            format_args!(
                "{:<16} {:<8} {:>9} {:>9} {:>9} {:>10} {:>8} {:>8}",
                row.name,
                row.mode.word(),
                grouped(row.records_without),
                grouped(row.records_with),
                grouped(row.expected_at_most),
                format!("{} req.", row.requests_until_contained),
                grouped(usize::try_from(row.benign_requests).unwrap_or(usize::MAX)),
                row.benign_refused,
            ),
        );
        for fault in row.faults() {
            line(&mut out, format_args!("{:<16} NOT AS EXPECTED: {fault}", ""));
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
    fn every_scenario_is_listed_with_its_modes() {
        let list = list();
        assert_eq!(list.lines().count(), SCENARIOS.len());
        assert!(list.contains("post-batches") && list.contains("guard, enforce"));
    }
}
