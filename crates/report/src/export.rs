//! Every entry of a ledger, a line each: NDJSON for machines, CSV for spreadsheets.
//!
//! NDJSON: `{"entry": "exposure", "exchange", "at", "endpoint", "operator", "recipient": {"kind",
//! "principal", "role", "client"}, "end", "subjects": [{"digests", "classes", "basis"}]}`;
//! `"entry": "repeated"` has `count` in the place of `end`; `"entry": "refused"` has `kind`,
//! `subjects` (a number) and `count`. Times are RFC 3339. CSV: one row per subject, every cell quoted and none a formula.

use domain::{Completion, ExposedSubject, Exposure, Recipient};
use ledger::Withheld;
use serde::Serialize;
use serde_json::json;

use crate::inert::cell;

/// One thing to export.
#[derive(Clone, Copy, Debug)]
pub enum Line<'e> {
    /// An exposure and its end.
    Exposure(&'e Exposure, Completion),
    /// Further reads of the recipient's own record.
    Repeated(&'e Exposure, u32),
    /// Refusals.
    Refused(&'e Withheld),
}

/// The first line of the CSV form.
pub const CSV_HEAD: &str = "entry,exchange,at,endpoint,operator,recipient,principal,role,client,end,count,subject,aliases,classes,basis\r\n";

/// The entry as one line of JSON, without line end.
#[must_use]
pub fn ndjson(line: Line<'_>) -> String {
    let value = match line {
        Line::Exposure(exposure, end) => with(exposure, "exposure", "end", &end),
        Line::Repeated(exposure, count) => with(exposure, "repeated", "count", &count),
        Line::Refused(Withheld { at, endpoint, operator, recipient, kind, subjects, count, budget }) => {
            json!({
                "entry": "refused",
                "at": at.to_string(),
                "endpoint": endpoint,
                "operator": operator,
                "recipient": recipient,
                "kind": kind,
                "subjects": subjects,
                "count": count,
                "budget": budget,
            })
        }
    };
    value.to_string()
}

fn with(exposure: &Exposure, entry: &str, name: &str, value: &impl Serialize) -> serde_json::Value {
    let Exposure { exchange, at, endpoint, operator, recipient, subjects } = exposure;
    json!({
        "entry": entry,
        "exchange": exchange,
        "at": at.to_string(),
        "endpoint": endpoint,
        "operator": operator,
        "recipient": recipient,
        name: value,
        "subjects": subjects,
    })
}

/// Appends the entry to `out` as rows of CSV (RFC 4180), one for each subject.
pub fn csv(line: Line<'_>, out: &mut String) {
    match line {
        Line::Exposure(exposure, end) => {
            let end = match end {
                Completion::Sent => "sent",
                Completion::Partly => "partly",
                Completion::Nothing => "nothing",
                Completion::Unknown => "unknown",
            };
            exposure.subjects.iter().for_each(|subject| row("exposure", exposure, end, "1", subject, out));
        }
        Line::Repeated(exposure, count) => {
            let count = count.to_string();
            exposure.subjects.iter().for_each(|subject| row("repeated", exposure, "", &count, subject, out));
        }
        Line::Refused(withheld) => {
            let Withheld { at, endpoint, operator, recipient, kind, subjects: _, count, budget: _ } =
                withheld;
            let operator = operator.as_deref().unwrap_or_default();
            let scene = [at.to_string(), endpoint.to_string(), operator.to_owned()];
            cells(["refused", ""].into_iter().chain(scene.iter().map(String::as_str)), out);
            out.push(',');
            let who = who(recipient);
            cells(who.iter().map(String::as_str), out);
            out.push(',');
            cells([kind.word(), &count.to_string(), "", "", "", ""].into_iter(), out);
            out.push_str("\r\n");
        }
    }
}

fn row(entry: &str, exposure: &Exposure, end: &str, count: &str, subject: &ExposedSubject, out: &mut String) {
    let Exposure { exchange, at, endpoint, operator, recipient, subjects: _ } = exposure;
    let ExposedSubject { digests, classes, basis } = subject;
    let operator = operator.as_deref().unwrap_or_default();
    let scene = [exchange.to_string(), at.to_string(), endpoint.to_string(), operator.to_owned()];
    cells([entry].into_iter().chain(scene.iter().map(String::as_str)), out);
    out.push(',');
    cells(who(recipient).iter().map(String::as_str), out);
    out.push(',');
    let (first, aliases) =
        digests.split_first().map_or((String::new(), String::new()), |(first, aliases)| {
            let aliases: Vec<String> = aliases.iter().map(ToString::to_string).collect();
            (first.to_string(), aliases.join(" "))
        });
    let basis = match basis {
        domain::Basis::Own => "own",
        domain::Basis::LookUp => "look-up",
        domain::Basis::Budget => "budget",
        domain::Basis::WouldRefuse => "would-refuse",
        domain::Basis::Claimed => "claimed",
        domain::Basis::Named => "named",
    };
    cells([end, count, &first, &aliases, &classes.to_string(), basis].into_iter(), out);
    out.push_str("\r\n");
}

fn who(recipient: &Recipient) -> [String; 4] {
    let Recipient { kind, principal, role, client } = recipient;
    [
        kind.to_string(),
        principal.map(|digest| digest.to_string()).unwrap_or_default(),
        role.as_deref().unwrap_or_default().to_owned(),
        client.to_string(),
    ]
}

fn cells<'c>(texts: impl Iterator<Item = &'c str>, out: &mut String) {
    for (nth, text) in texts.enumerate() {
        if nth > 0 {
            out.push(',');
        }
        cell(text, out);
    }
}
