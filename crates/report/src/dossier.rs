//! The dossier of a leak: text for a terminal, JSON for a machine, one HTML page for the file.
//!
//! The JSON is stable: `{"format": "tidegate.dossier/1", "dossier": {…}}` with the fields of
//! [`ledger::Dossier`] under their names; `caveats` stand as words, their sentences in
//! `caveat_sentences`. The page loads nothing and runs nothing: its policy allows one style by hash.

use std::fmt::Write as _;

use ledger::{Account, Caveat, Dossier, StopLine, Stopped};
use maud::{Markup, html};
use serde::Serialize;

use crate::account::{
    self, Bounds, GAPS_MEAN, Ground, at_least, counted, ends, gap_text, line, people, recipient_name, span,
};
use crate::inert::plain;
use crate::page::{lines, page, row, table};

const RECIPIENTS_LISTED: usize = 50;
/// Kinds of refusals that are named beside the strongest.
const STOPS_LISTED: usize = 10;

/// The dossier as text.
#[must_use]
pub fn text(dossier: &Dossier) -> String {
    let Dossier {
        drawn_up,
        scope,
        account,
        exposed,
        not_exposed,
        stopped,
        consequences,
        caveats,
        gaps,
        head,
    } = dossier;
    let mut out = String::new();
    let bounds = Bounds::of(gaps);
    account::gap_lines(gaps, &mut out);
    line(&mut out, "drawn up", &drawn_up.to_string());
    line(&mut out, "scope", &scope_text(scope));
    account::figures(account, bounds, &mut out);
    line(&mut out, "exposed", &exposed.to_string());
    line(&mut out, "not exposed", &not_exposed.to_string());
    line(&mut out, "stopped by", &stopped_text(stopped, account));
    account::tables(account, bounds, RECIPIENTS_LISTED, &mut out);
    if !consequences.is_empty() {
        out.push_str("likely consequences\n");
    }
    for consequence in consequences {
        let _ =
            writeln!(out, "  {}: {}. Advice: {}.", consequence.class, consequence.text, consequence.advice);
    }
    out.push_str("what these figures do not say\n");
    for caveat in caveats {
        let _ = writeln!(out, "  {}", caveat.sentence());
    }
    account::foot(Ground { gaps, pruned: false, head: *head }, &mut out);
    out
}

/// The dossier as one JSON value.
#[must_use]
pub fn json(dossier: &Dossier) -> String {
    #[derive(Serialize)]
    struct Page<'d> {
        format: &'static str,
        dossier: &'d Dossier,
        caveat_sentences: Vec<&'static str>,
    }
    let caveat_sentences = dossier.caveats.iter().copied().map(Caveat::sentence).collect();
    crate::json_text(&Page { format: "tidegate.dossier/1", dossier, caveat_sentences })
}

/// The dossier as a page that stands alone.
///
/// # Security
/// Every text is escaped by `maud`, and a strict content security policy stands in the page, for it
/// is opened from a file and no server can send one.
#[must_use]
pub fn html(dossier: &Dossier) -> String {
    let title = "Dossier of exposed personal data";
    page(
        title,
        &html! {
            h1 { (title) }
            (body(dossier))
        },
    )
}

/// All of the page below its head line.
pub(crate) fn body(dossier: &Dossier) -> Markup {
    let Dossier {
        drawn_up,
        scope,
        account,
        exposed,
        not_exposed,
        stopped,
        consequences,
        caveats,
        gaps,
        head,
    } = dossier;
    let bounds = Bounds::of(gaps);
    html! {
        @if !gaps.is_empty() {
            div.gap {
                p { strong { "Not whole. " } (GAPS_MEAN) "." }
                ul { @for gap in gaps { li { (gap_text(gap)) } } }
            }
        }
        dl {
            (row("Drawn up", &drawn_up.to_string()))
            (row("Scope", &scope_text(scope)))
            (row("People concerned", &people(account.subjects, bounds)))
            @if let (Some(first), Some(last)) = (account.first, account.last) {
                (row("First and last exposure", &span(first, last)))
            }
            (row("Exposures", &ends(account.exposures)))
            @for (name, value) in account::notes(account, bounds) { (row(name, &value)) }
            (row("Data exposed", &exposed.to_string()))
            (row("Data not exposed", &not_exposed.to_string()))
            (row("Stopped by", &stopped_text(stopped, account)))
        }
        h2 { "Data by class" }
        (table(&["Class", "People"], account.classes.iter().map(|class| {
            vec![class.class.to_string(), people(class.subjects, bounds)]
        })))
        h2 { "Recipients" }
        @if account.recipients.len() > RECIPIENTS_LISTED {
            p { "The first " (RECIPIENTS_LISTED) " of " (account.recipients.len()) "; all of them are in the JSON form." }
        }
        (table(&["Recipient", "People", "Data", "When"], account.recipients.iter().take(RECIPIENTS_LISTED).map(|to| {
            vec![recipient_name(to), people(to.subjects, bounds), to.classes.to_string(), lines(to.first, to.last)]
        })))
        h2 { "Doors" }
        (table(&["Door", "Operator", "People", "Data", "When"], account.endpoints.iter().map(|door| {
            let operator = door.operator.as_deref().map_or_else(|| "not named".to_owned(), plain);
            vec![plain(&door.endpoint.to_string()), operator, people(door.subjects, bounds), door.classes.to_string(), lines(door.first, door.last)]
        })))
        @if account.operators.iter().any(|line| line.operator.is_some()) {
            h2 { "Operators" }
            (table(&["Operator", "People"], account.operators.iter().map(|line| {
                vec![line.operator.as_deref().map_or_else(|| "not named".to_owned(), plain), people(line.subjects, bounds)]
            })))
        }
        h2 { "Refusals" }
        p { "All refusals in this scope, whomever they met. Those that met a recipient stand under “Stopped by”." }
        (table(&["Reason", "Door", "Times", "Records withheld", "When"], account.refusals.iter().map(|refusal| {
            vec![refusal.kind.to_string(), plain(&refusal.endpoint.to_string()), at_least(refusal.at_least, refusal.count.to_string()),
                 at_least(refusal.at_least, refusal.subjects.to_string()), lines(refusal.first, refusal.last)]
        })))
        h2 { "Likely consequences" }
        (table(&["Class", "What may follow", "Advice to the people concerned"], consequences.iter().map(|c| {
            vec![c.class.to_string(), c.text.to_owned(), c.advice.to_owned()]
        })))
        h2 { "What these figures do not say" }
        ul { @for caveat in caveats { li { (caveat.sentence()) } } }
        p { "Head of the ledger: " code { (head) } }
    }
}

fn recipients(account: &Account) -> u64 {
    u64::try_from(account.recipients.len()).unwrap_or(u64::MAX)
}

fn scope_text(scope: &[String]) -> String {
    if scope.is_empty() { "the whole ledger".to_owned() } else { plain(&scope.join("; ")) }
}

/// What stopped it, as a sentence: the strongest kind of refusal first, then the others that met
/// recipients in `account`.
#[must_use]
pub fn stopped_text(stopped: &Stopped, account: &Account) -> String {
    let of = recipients(account);
    match stopped {
        Stopped::NothingLeft => "nothing left in this scope".to_owned(),
        Stopped::NothingOnRecord => {
            "nobody: no refusal on record met a recipient of this data; it ended by itself, or it goes on"
                .to_owned()
        }
        Stopped::Refused {
            kind,
            endpoint,
            recipients,
            since,
            refusals,
            at_least: may_be_more,
            withheld,
            but_more_left,
        } => {
            let more =
                if *but_more_left { "; data left again after that in this scope, see the times" } else { "" };
            let mut text = format!(
                "{kind} at {} since {since}: {}, {} withheld; met {recipients} of {} of this data{more}",
                plain(&endpoint.to_string()),
                at_least(*may_be_more, counted(*refusals, "refusal")),
                at_least(*may_be_more, counted(*withheld, "record")),
                counted(of, "recipient"),
            );
            let mut others: Vec<&StopLine> = account.stops.iter().collect();
            others.retain(|line| line.kind != *kind || line.endpoint != *endpoint);
            others.sort_by_key(|line| std::cmp::Reverse((line.subjects, line.count)));
            for line in others.iter().take(STOPS_LISTED) {
                let StopLine { kind, endpoint, recipients, count, at_least: more, subjects, first, last: _ } =
                    line;
                let _ = write!(
                    text,
                    "; also {kind} at {} since {first}: {}, {} withheld, met {recipients}",
                    plain(&endpoint.to_string()),
                    at_least(*more, counted(*count, "refusal")),
                    at_least(*more, counted(*subjects, "record")),
                );
            }
            if let Some(more @ 1..) = others.len().checked_sub(STOPS_LISTED) {
                let _ = write!(text, "; and {more} more, in the JSON form");
            }
            text
        }
    }
}
