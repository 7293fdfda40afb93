//! The account: who received whose data, as text and as JSON.
//!
//! The JSON is stable: `{"format": "tidegate.account/1", "whole": true, "account": {…}, "gaps": […],
//! "pruned": false, "head": "…"}`, where `account` has the fields of [`ledger::Account`] under their names, times in
//! RFC 3339, classes, endpoints and addresses as text. Fields may be added, none is renamed.

use std::fmt::Write as _;

use domain::Timestamp;
use ledger::{Account, AtLeastAtMost, Ends, Gap, Head, RecipientLine};
use serde::Serialize;

use crate::inert::plain;

/// What a reading of the ledger says beside the account itself.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'r> {
    /// Where the ledger is not whole.
    pub gaps: &'r [Gap],
    /// Whether retention removed part of the scope.
    pub pruned: bool,
    /// The head of the ledger that was read.
    pub head: Head,
}

/// The account as text; of recipients and doors the first `most_lines`.
#[must_use]
pub fn text(account: &Account, ground: Ground<'_>, most_lines: usize) -> String {
    let mut out = String::new();
    let bounds = Bounds::of(ground.gaps);
    gap_lines(ground.gaps, &mut out);
    figures(account, bounds, &mut out);
    tables(account, bounds, most_lines, &mut out);
    foot(ground, &mut out);
    out
}

/// The account as one JSON value.
#[must_use]
pub fn json(account: &Account, ground: Ground<'_>) -> String {
    #[derive(Serialize)]
    struct Page<'a> {
        format: &'static str,
        whole: bool,
        account: &'a Account,
        gaps: &'a [Gap],
        pruned: bool,
        head: Head,
    }
    let Ground { gaps, pruned, head } = ground;
    let whole = gaps.is_empty();
    crate::json_text(&Page { format: "tidegate.account/1", whole, account, gaps, pruned, head })
}

/// Whether an upper bound can be told: not of a ledger that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    Both,
    LowerOnly,
}

impl Bounds {
    pub(crate) fn of(gaps: &[Gap]) -> Self {
        if gaps.is_empty() { Self::Both } else { Self::LowerOnly }
    }
}

/// What is missing, before any figure.
pub(crate) fn gap_lines(gaps: &[Gap], out: &mut String) {
    if gaps.is_empty() {
        return;
    }
    line(out, "NOT WHOLE", GAPS_MEAN);
    for gap in gaps {
        line(out, "gap", &gap_text(gap));
    }
}

/// What gaps mean for every figure.
pub(crate) const GAPS_MEAN: &str =
    "part of the ledger is lost: every figure is what is left to count, and more may have left";

pub(crate) fn figures(account: &Account, bounds: Bounds, out: &mut String) {
    let Account { subjects, exposures, first, last, classes, .. } = account;
    line(out, "people", &people(*subjects, bounds));
    if let (Some(first), Some(last)) = (first, last) {
        line(out, "between", &format!("{first} and {last}"));
    }
    line(out, "exposures", &ends(*exposures));
    for class in classes {
        line(out, class.class.word(), &people(class.subjects, bounds));
    }
    for (name, value) in notes(account, bounds) {
        line(out, &name.to_lowercase(), &value);
    }
}

/// What is to be said beside the figures, each under its name.
pub(crate) fn notes(account: &Account, bounds: Bounds) -> Vec<(&'static str, String)> {
    let Account { own_subjects, reads, overflow, .. } = account;
    let mut notes = Vec::new();
    if reads.would_refuse > 0 {
        let above = counted(reads.would_refuse, "record");
        notes.push(("Above budget", format!("{above} that guard would have refused")));
    }
    if *own_subjects > 0 {
        let own = AtLeastAtMost { at_least: *own_subjects, at_most: *own_subjects };
        let read = format!("{} read their own, {} times (not counted above)", people(own, bounds), reads.own);
        notes.push(("Own records", read));
    }
    if overflow.subjects > 0 || overflow.recipients > 0 {
        let beyond = format!(
            "{} appearances of people, {} exposures to further recipients",
            overflow.subjects, overflow.recipients
        );
        notes.push(("Not in tables", beyond));
    }
    notes
}

pub(crate) fn tables(account: &Account, bounds: Bounds, most_lines: usize, out: &mut String) {
    let Account { recipients, endpoints, operators, refusals, .. } = account;
    head(out, "recipients", recipients.len(), most_lines);
    for recipient in recipients.iter().take(most_lines) {
        let RecipientLine { subjects, classes, first, last, .. } = recipient;
        let _ = writeln!(
            out,
            "  {}: {}, {classes}, {}",
            recipient_name(recipient),
            people(*subjects, bounds),
            span(*first, *last)
        );
    }
    head(out, "doors", endpoints.len(), most_lines);
    for door in endpoints.iter().take(most_lines) {
        let operator = door.operator.as_deref().map_or(String::new(), |name| format!(" ({})", plain(name)));
        let _ = writeln!(
            out,
            "  {}{operator}: {}, {}, {}",
            plain(&door.endpoint.to_string()),
            people(door.subjects, bounds),
            door.classes,
            span(door.first, door.last)
        );
    }
    if operators.iter().any(|line| line.operator.is_some()) {
        head(out, "operators", operators.len(), most_lines);
        for operator in operators.iter().take(most_lines) {
            let name = operator.operator.as_deref().map_or_else(|| "not named".to_owned(), plain);
            let _ = writeln!(out, "  {name}: {}", people(operator.subjects, bounds));
        }
    }
    head(out, "refusals", refusals.len(), most_lines);
    for refusal in refusals.iter().take(most_lines) {
        let _ = writeln!(
            out,
            "  {} at {}: {}, {} withheld, {}",
            refusal.kind,
            plain(&refusal.endpoint.to_string()),
            at_least(refusal.at_least, counted(refusal.count, "refusal")),
            at_least(refusal.at_least, counted(refusal.subjects, "record")),
            span(refusal.first, refusal.last)
        );
    }
}

pub(crate) fn foot(ground: Ground<'_>, out: &mut String) {
    let Ground { gaps: _, pruned, head } = ground;
    if pruned {
        line(out, "pruned", "retention has removed the oldest part of this scope");
    }
    line(out, "ledger head", &head.to_string());
}

/// `at least 3, at most 5`, or one figure where they agree; `at least 3` where no more is known.
pub(crate) fn people(count: AtLeastAtMost, bounds: Bounds) -> String {
    let AtLeastAtMost { at_least, at_most } = count;
    let noun = if at_most == 1 { "person" } else { "people" };
    if bounds == Bounds::LowerOnly {
        // What may have left of what is on record is still a bound of that part.
        let known =
            if at_least == at_most { String::new() } else { format!(" (of what is left, up to {at_most})") };
        format!("at least {at_least} {noun}{known}")
    } else if at_least == at_most {
        format!("{at_most} {noun}")
    } else {
        format!("at least {at_least}, at most {at_most} {noun}")
    }
}

/// With `at least` where there may be more.
pub(crate) fn at_least(may_be_more: bool, text: String) -> String {
    if may_be_more { format!("at least {text}") } else { text }
}

/// `1 refusal`, `2 refusals`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn ends(ends: Ends) -> String {
    let Ends { sent, partly, unknown, nothing } = ends;
    let mut parts = vec![format!("{sent} sent")];
    for (count, word) in
        [(partly, "broken off"), (unknown, "with unknown end"), (nothing, "of which nothing left")]
    {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

pub(crate) fn recipient_name(recipient: &RecipientLine) -> String {
    let RecipientLine { kind, principal, roles, clients, more_clients, .. } = recipient;
    let mut name = plain(kind);
    for role in roles {
        let _ = write!(name, " {}", plain(role));
    }
    if let Some(principal) = principal {
        let short: String = principal.to_string().chars().take(12).collect();
        let _ = write!(name, " {short}…");
    }
    if &**kind != "others" {
        let clients: Vec<String> = clients.iter().map(ToString::to_string).collect();
        let _ = write!(name, " from {}{}", clients.join(", "), if *more_clients { ", …" } else { "" });
    }
    name
}

pub(crate) fn gap_text(gap: &Gap) -> String {
    match gap {
        Gap::TailLost { at } => format!("the opening at {at} found entries missing at the end"),
        Gap::TailMissing { segment, at_byte } => format!(
            "the ledger was known to reach byte {at_byte} of segment {segment}, and that is not there any more"
        ),
        Gap::Damaged { segment, why } => format!("segment {segment}: {}", plain(why)),
    }
}

pub(crate) fn span(first: Timestamp, last: Timestamp) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

pub(crate) fn line(out: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "{name:14} {value}");
}

fn head(out: &mut String, name: &str, count: usize, most: usize) {
    if count > most {
        let _ = writeln!(out, "{name} (the first {most} of {count})");
    } else if count > 0 {
        let _ = writeln!(out, "{name}");
    }
}
