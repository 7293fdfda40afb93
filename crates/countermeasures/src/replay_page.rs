//! The part of `report.md` about what was derived, and what came of running it.

use std::fmt::Write as _;

use report::grouped;
use report::markup::{cell, words};

use crate::Measures;
use crate::replay::{Figures, Replay};

/// Doors, rules and patches; then the replay.
pub(crate) fn write(measures: &Measures, out: &mut String) {
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "## What was derived\n");
    if measures.facts.ways.is_empty() {
        out.push_str("The report tells of no way in which records were taken: no rule, patch or intent follows from it.\n\n");
    } else if measures.facts.doors.is_empty() {
        out.push_str("The report names no door: there is nothing that a patch or an intent could name. With `--endpoint` they are derived for a door of your own.\n\n");
    }
    for door in &measures.facts.doors {
        let how = match (door.spans.is_empty(), door.method_told) {
            (true, _) => "given on the command line".to_owned(),
            (false, true) => format!("the report's, {}", crate::evidence::word(&door.status)),
            (false, false) => {
                format!("the report's, {}; it does not say the method", crate::evidence::word(&door.status))
            }
        };
        let _ = writeln!(out, "- door {}: {how}", words(&format!("`{}`", door.endpoint)));
    }
    for patch in &measures.patches {
        let passes = if patch.users_pass { "signed-in people pass" } else { "nobody passes" };
        let _ =
            writeln!(out, "- virtual patch `patch/{}.cedar`: {passes}; ends {}", patch.id, measures.expires);
    }
    for rule in &measures.rules {
        let needs = if rule.reads_web_logs { "any web log" } else { "the exchange log of Tidegate" };
        let _ = writeln!(
            out,
            "- rule `sigma/{}.yml`: {}; speaks from {} on; reads {needs}",
            rule.name, rule.title, rule.threshold
        );
    }
    out.push('\n');
    let _ = writeln!(out, "## Replay\n");
    match &measures.replay {
        None => out.push_str("Left out (`--no-replay`): nothing here was run.\n\n"),
        Some(Replay::NotReplayed { why }) => {
            let _ = writeln!(out, "*Not replayed*: {}.\n", words(why));
        }
        Some(Replay::Replayed(figures)) => replayed(figures, out),
    }
}

fn replayed(figures: &Figures, out: &mut String) {
    let _ = writeln!(
        out,
        "The attack as the report tells it ({} requests to {}, {} with each) against the demo shop, whose people are synthetic, through a gateway of this program on loopback. It came first, honest people after it, of whom those who call that door are signed in. What a gateway does about incidents by itself is off, so that the figures are those of patch and intent.\n",
        grouped(figures.requests),
        words(&format!("`{}`", figures.endpoint)),
        if figures.batch == 1 {
            "one record".to_owned()
        } else {
            format!("{} records", grouped(figures.batch))
        },
    );
    if !figures.assumed.is_empty() {
        let _ = writeln!(out, "Not in the report, and taken instead: {}.\n", figures.assumed.join(", "));
    }
    out.push_str("| | people whose records left | honest requests refused |\n|---|---|---|\n");
    let _ = writeln!(
        out,
        "| gateway that only looks on | {} | none is refused |",
        grouped(figures.leaked_without)
    );
    for (name, leaked, innocents) in [
        ("with the patch", figures.leaked_with_patch, &figures.innocents_with_patch),
        ("with the intent", figures.leaked_with_intent, &figures.innocents_with_intent),
    ] {
        if let (Some(leaked), Some(innocents)) = (leaked, innocents) {
            let because: Vec<String> =
                innocents.because.iter().map(|(why, count)| format!("{why} {}", grouped(*count))).collect();
            let because =
                if because.is_empty() { String::new() } else { format!(": {}", because.join(", ")) };
            let (refused, of) = (grouped(innocents.refused), grouped(innocents.requests));
            let _ = writeln!(
                out,
                "| {name} | {} | {} |",
                grouped(leaked),
                cell(&format!("{refused} of {of}{because}"))
            );
        }
    }
    out.push_str("\n| rule | spoke at line | after requests | people whose records had left | spoke about honest people |\n|---|---|---|---|---|\n");
    for seen in &figures.rules {
        let number = |value: Option<u64>| value.map_or_else(|| "never".to_owned(), grouped);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            cell(&seen.rule),
            number(seen.line),
            number(seen.requests),
            number(seen.leaked),
            seen.innocents
        );
    }
    out.push_str("\nRules for web logs are not in this table: the exchange log holds no raw path.\n\n");
}
