//! The figures for people: attacks by what was found in how many dialects, and what is said of honest days.

use std::fmt::Write as _;

use super::Figures;
use super::run::Caught;

/// The tables.
pub(crate) fn text(figures: &Figures) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail, here and below.
    let dialects = figures.quiet.len();
    let _ = writeln!(out, "{} lines in {dialects} dialects, seed {}\n", figures.lines, figures.seed);
    let _ = writeln!(
        out,
        "{:<28} {:>8} {:>9} {:>17} {:>10}  first to speak",
        "attack", "records", "found in", "records before", "rules in"
    );
    let mut names: Vec<&str> = Vec::new();
    for one in &figures.caught {
        if !names.contains(&one.attack) {
            names.push(one.attack);
        }
    }
    for name in names {
        let rows: Vec<&Caught> = figures.caught.iter().filter(|one| one.attack == name).collect();
        let visible = rows.iter().filter(|one| one.is_visible).count();
        let found: Vec<_> = rows.iter().filter_map(|one| one.found.as_ref()).collect();
        let seen = rows.iter().filter(|one| one.is_visible && one.found.is_some()).count();
        let ruled = rows.iter().filter(|one| one.rules > 0).count();
        let (low, high) =
            (found.iter().map(|(before, _)| before).min(), found.iter().map(|(before, _)| before).max());
        let before = match (low, high) {
            (Some(low), Some(high)) if low == high => low.to_string(),
            (Some(low), Some(high)) => format!("{low} to {high}"),
            _ => "-".into(),
        };
        let mut words: Vec<&str> = found.iter().map(|(_, word)| word.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        let records = rows.first().map_or(0, |one| one.records);
        let _ = writeln!(
            out,
            "{name:<28} {records:>8} {:>9} {before:>17} {ruled:>10}  {}",
            format!("{seen} of {visible}"),
            words.join(", ")
        );
    }
    let lines: u64 = figures.quiet.iter().map(|one| one.lines).sum();
    let said: u32 = figures.quiet.iter().map(|one| one.said).sum();
    let aside: u32 = figures.quiet.iter().map(|one| one.aside).sum();
    let _ = writeln!(
        out,
        "\nnobody attacks: {lines} lines, {said} findings ({:.2} in a million lines), {aside} set aside",
        figures.false_in_a_million
    );
    for one in figures.quiet.iter().filter(|one| one.said > 0) {
        let _ = writeln!(out, "  {}: {}", one.dialect, one.what.join("; "));
    }
    let mut rules: Vec<(&str, u64)> = Vec::new();
    for (title, times) in figures.quiet.iter().flat_map(|one| &one.rules) {
        match rules.iter_mut().find(|(known, _)| known == title) {
            Some((_, sum)) => *sum += times,
            None => rules.push((title, *times)),
        }
    }
    let _ = writeln!(out, "shipped rules that matched there, above informational:");
    if rules.is_empty() {
        out.push_str("  none\n");
    }
    for (title, times) in rules {
        let _ = writeln!(out, "  {times} times {title}");
    }
    for one in figures.caught.iter().filter(|one| one.is_visible && one.found.is_none()) {
        let _ = writeln!(out, "not found: {} in {}", one.attack, one.dialect);
    }
    out
}
