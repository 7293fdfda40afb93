//! The inventory of doors: declared, specified, shadow, zombie; who was served what of whom, when last.
//!
//! The JSON is stable: `{"format": "tidegate.inventory/1", "source": "exchange-log", "endpoints": […]}`,
//! each endpoint with `endpoint`, `state`, `newer` (of a zombie), `answers`, `refused`, `callers` (by kind),
//! `classes`, `people` (`at_least`, and `more` where there may be more), `last` (RFC 3339). What the source
//! cannot tell is `null`. Fields may be added, none is renamed.

use std::fmt::Write as _;

use domain::{ClassSet, Timestamp};
use serde_json::{Value, json};

use crate::grouped;
use crate::inert::plain;

/// How a door stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// An old version of what a newer operation specifies, still served.
    Zombie,
    /// Served, and nobody declared or specified it.
    Shadow,
    /// A document has it, and nobody declared its intent.
    Specified,
    /// Its intent is declared.
    Declared,
}

impl State {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Zombie => "zombie",
            Self::Shadow => "shadow",
            Self::Specified => "specified",
            Self::Declared => "declared",
        }
    }
}

/// A door.
#[derive(Clone, Debug)]
pub struct Line {
    /// Method and template.
    pub endpoint: String,
    /// How it stands.
    pub state: State,
    /// The newer version of a zombie.
    pub newer: Option<String>,
    /// Answers, refusals and callers by kind (anonymous, unverified, confirmed, verified, partner), where
    /// they are known.
    pub traffic: Option<Traffic>,
    /// Data classes that were seen.
    pub classes: ClassSet,
    /// Distinct people told of, at least, and whether there may be more; `None` where nobody counted.
    pub people: Option<(u64, bool)>,
    /// The last exchange.
    pub last: Option<Timestamp>,
}

/// Exchanges of a door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Answers of success.
    pub answers: u64,
    /// Exchanges that were refused.
    pub refused: u64,
    /// Answers by kind of caller.
    pub callers: [u64; 5],
}

/// Kinds of callers, in the order of [`Traffic::callers`].
pub const KINDS: [&str; 5] = ["anonymous", "unverified", "confirmed", "verified", "partner"];

/// The inventory as text: what should not be there first.
#[must_use]
pub fn text(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in sorted(lines) {
        let Line { endpoint, state, newer, traffic, classes, people, last } = line;
        put(&mut out, format_args!("{:<10} {}", state.word(), plain(endpoint)));
        if let Some(newer) = newer {
            put(&mut out, format_args!("{:<10} `{}` is newer", "", plain(newer)));
        }
        if let Some(Traffic { answers, refused, callers }) = traffic {
            let by_kind = by_kind(callers);
            let by_kind = if by_kind.is_empty() { String::new() } else { format!(" ({by_kind})") };
            let (answers, refused) = (counted(*answers, "answer"), grouped(*refused));
            put(&mut out, format_args!("{:<10} {answers}{by_kind}, {refused} refused", ""));
        }
        if let Some((many, more)) = people.filter(|(many, more)| *many > 0 || *more) {
            let least = if more { "at least " } else { "" };
            let classes = if classes.is_empty() { "no class known".into() } else { classes.to_string() };
            let noun = if many == 1 { "person" } else { "people" };
            put(&mut out, format_args!("{:<10} {least}{} {noun}: {classes}", "", grouped(many)));
        }
        match last {
            Some(last) => put(&mut out, format_args!("{:<10} last seen {last}", "")),
            None => put(&mut out, format_args!("{:<10} not seen", "")),
        }
    }
    let count = |state: State| lines.iter().filter(|line| line.state == state).count();
    put(
        &mut out,
        format_args!(
            "{}: {} declared, {} specified, {} shadow, {} zombie",
            counted(u64::try_from(lines.len()).unwrap_or(u64::MAX), "endpoint"),
            count(State::Declared),
            count(State::Specified),
            count(State::Shadow),
            count(State::Zombie)
        ),
    );
    out
}

/// The inventory as one JSON value. `source` is where it comes from: `exchange-log`, `gateway`, `ledger`.
#[must_use]
pub fn json(lines: &[Line], source: &str) -> String {
    let endpoints: Vec<Value> = sorted(lines)
        .into_iter()
        .map(|line| {
            let Line { endpoint, state, newer, traffic, classes, people, last } = line;
            let callers = traffic.map(|traffic| {
                let pairs = KINDS.iter().zip(traffic.callers);
                pairs
                    .map(|(kind, many)| ((*kind).to_owned(), many.into()))
                    .collect::<serde_json::Map<_, Value>>()
            });
            json!({
                "endpoint": endpoint,
                "state": state.word(),
                "newer": newer,
                "answers": traffic.map(|traffic| traffic.answers),
                "refused": traffic.map(|traffic| traffic.refused),
                "callers": callers,
                "classes": classes.iter().map(domain::DataClass::word).collect::<Vec<_>>(),
                "people": people.map(|(at_least, more)| json!({ "at_least": at_least, "more": more })),
                "last": last.map(|last| last.to_string()),
            })
        })
        .collect();
    crate::json_text(&json!({ "format": "tidegate.inventory/1", "source": source, "endpoints": endpoints }))
}

/// `1 answer`, `2 answers`.
fn counted(many: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(many), if many == 1 { "" } else { "s" })
}

/// `anonymous 12, partner 3`: what is not zero.
pub(crate) fn by_kind(callers: &[u64; 5]) -> String {
    let kinds = KINDS.iter().zip(callers).filter(|(_, many)| **many > 0);
    kinds.map(|(kind, many)| format!("{kind} {}", grouped(*many))).collect::<Vec<_>>().join(", ")
}

fn sorted(lines: &[Line]) -> Vec<&Line> {
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by(|a, b| (a.state, &a.endpoint).cmp(&(b.state, &b.endpoint)));
    sorted
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn lines() -> Vec<Line> {
        let quiet = Line {
            endpoint: "GET /orders/{id}".into(),
            state: State::Declared,
            newer: None,
            traffic: None,
            classes: ClassSet::EMPTY,
            people: None,
            last: None,
        };
        let traffic = Traffic { answers: 2700, refused: 3, callers: [2690, 0, 10, 0, 0] };
        let seen = Line {
            endpoint: "POST /api/customers\u{202e}\u{1b}[31m".into(),
            state: State::Shadow,
            traffic: Some(traffic),
            classes: [domain::DataClass::Email].into_iter().collect(),
            people: Some((27_000, true)),
            last: Some(Timestamp::from_millis(1_795_000_000_000)),
            ..quiet.clone()
        };
        let zombie = Line {
            endpoint: "GET /v1/orders".into(),
            state: State::Zombie,
            newer: Some("GET /v2/orders".into()),
            people: Some((0, false)),
            ..seen.clone()
        };
        vec![quiet, seen, zombie]
    }

    #[test]
    fn what_should_not_be_there_stands_first_and_acts_on_no_terminal() {
        expect![[r#"
            zombie     GET /v1/orders
                       `GET /v2/orders` is newer
                       2,700 answers (anonymous 2,690, confirmed 10), 3 refused
                       last seen 2026-11-18T11:06:40Z
            shadow     POST /api/customers\u{202e}\u{1b}[31m
                       2,700 answers (anonymous 2,690, confirmed 10), 3 refused
                       at least 27,000 people: email
                       last seen 2026-11-18T11:06:40Z
            declared   GET /orders/{id}
                       not seen
            3 endpoints: 1 declared, 0 specified, 1 shadow, 1 zombie
        "#]]
        .assert_eq(&text(&lines()));
    }

    #[test]
    fn what_the_source_cannot_tell_is_null() {
        let value: Value = serde_json::from_str(&json(&lines(), "exchange-log")).unwrap();
        assert_eq!(value["endpoints"][2]["callers"], Value::Null);
        assert_eq!(value["endpoints"][1]["callers"]["confirmed"], 10);
        assert_eq!(value["endpoints"][1]["people"], json!({ "at_least": 27_000, "more": true }));
        assert_eq!(value["endpoints"][0]["newer"], "GET /v2/orders");
    }
}
