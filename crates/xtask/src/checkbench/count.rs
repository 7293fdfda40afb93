//! The tables: found and falsely told, by kind of input and by check.

use std::collections::BTreeMap;

use super::case::{Case, Sort};
use super::judge::Outcome;

#[derive(Default)]
struct Row {
    cases: usize,
    found: usize,
    false_told: usize,
}

/// Prints the tables of one sort.
pub(crate) fn print(sort: Sort, outcomes: &[(&Case, &Outcome)]) {
    if outcomes.is_empty() {
        return;
    }
    println!("\n## {}\n", sort.word());
    let kinds = rows(outcomes, |case| &case.kind);
    table("kind", &kinds);
    if sort == Sort::Fault {
        println!();
        table("check", &rows(outcomes, |case| &case.check));
    }
    let all = rows(outcomes, |_| sort.word());
    let known = outcomes.iter().filter_map(|(case, _)| Some((case, case.missed.as_ref()?)));
    for (case, why) in known {
        println!("\nKnown miss: {} ({}), because {why}", case.id, case.why);
    }
    for row in all.values() {
        let Row { cases, found, false_told } = row;
        println!("\n{}: {found} of {cases} found, {false_told} falsely told of their twins", sort.word());
    }
}

fn rows<'c>(outcomes: &[(&'c Case, &Outcome)], name: impl Fn(&'c Case) -> &'c str) -> BTreeMap<&'c str, Row> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (case, outcome) in outcomes {
        let row = rows.entry(name(case)).or_default();
        row.cases += 1;
        row.found += usize::from(outcome.missed.is_none());
        row.false_told += outcome.false_told.len();
    }
    rows
}

fn table(head: &str, rows: &BTreeMap<&str, Row>) {
    println!("| {head} | seeded | found | falsely told |\n|---|---|---|---|");
    for (name, row) in rows {
        println!("| {name} | {} | {} | {} |", row.cases, row.found, row.false_told);
    }
}
