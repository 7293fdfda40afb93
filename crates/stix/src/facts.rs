//! What a report says happened, fact by fact: for the incident, and as text for programs that know none.

use intel::{Amount, Bound, Intel, NotificationState, NumberRole, Span, Status};
use serde_json::{Map, Value, json};

use crate::evidence::{places, quote, status_word};

/// One fact with its evidence.
pub(crate) struct Fact {
    /// `number`, `derived`, `data-exposed`, `data-not-exposed`, `frame`, `event`, `notification`, `risk`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) status: Status,
    pub(crate) by: Option<String>,
    pub(crate) because: String,
    pub(crate) spans: Vec<Span>,
}

impl Fact {
    pub(crate) fn value(&self, report: &[u8]) -> Value {
        let mut fact = Map::new();
        fact.insert("kind".into(), json!(self.kind));
        fact.insert("text".into(), json!(self.text));
        fact.insert("status".into(), json!(status_word(self.status)));
        if let Some(by) = &self.by {
            fact.insert("said_by".into(), json!(by));
        }
        if !self.because.is_empty() {
            fact.insert("because".into(), json!(self.because));
        }
        fact.extend(places(report, &self.spans));
        Value::Object(fact)
    }

    /// One line for people.
    pub(crate) fn line(&self, report: &[u8]) -> String {
        let by = self.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        let place = self.spans.iter().min().map_or_else(String::new, |span| {
            let quote = quote(report, *span).split_whitespace().collect::<Vec<_>>().join(" ");
            format!(" [bytes {}-{}: \"{quote}\"]", span.start, span.end)
        });
        format!("- {}: {} ({}{by}){place}", self.kind, self.text, status_word(self.status))
    }
}

/// The facts of a report, in the order of the fields of [`Intel`].
pub(crate) fn facts(intel: &Intel) -> Vec<Fact> {
    let mut facts = Vec::new();
    for number in &intel.numbers {
        facts.push(Fact {
            kind: "number",
            text: format!(
                "{}{} {} {}",
                bound(number.bound),
                amount(number.value),
                number.unit,
                role(number.role)
            ),
            status: number.status,
            by: number.by.clone(),
            because: String::new(),
            spans: number.spans.clone(),
        });
    }
    for derived in &intel.derived {
        facts.push(Fact {
            kind: "derived",
            text: format!(
                "{}{} {}: {} ({})",
                bound(derived.bound),
                amount(derived.value),
                derived.unit,
                derived.says,
                derived.arithmetic
            ),
            status: Status::Suggested,
            by: None,
            because: "arithmetic".into(),
            spans: derived.spans.clone(),
        });
    }
    for (kind, claims) in
        [("data-exposed", &intel.data_classes_exposed), ("data-not-exposed", &intel.data_classes_not_exposed)]
    {
        for claim in claims {
            facts.push(Fact {
                kind,
                text: claim.class.word().to_owned(),
                status: claim.status,
                by: claim.by.clone(),
                because: String::new(),
                spans: claim.spans.clone(),
            });
        }
    }
    facts.extend(frames(intel));
    for event in &intel.timeline {
        let when = match (&event.date, &event.until) {
            (Some(date), Some(until)) => format!(" from {date} to {until}"),
            (Some(date), None) => format!(" on {date}"),
            (None, _) => String::new(),
        };
        let goes_on = if event.is_ongoing { ", goes on" } else { "" };
        facts.push(Fact {
            kind: "event",
            text: format!("{}. {}{when}{goes_on}", event.order + 1, word(&event.kind)),
            status: event.status,
            by: None,
            because: event.because.clone(),
            spans: event.spans.clone(),
        });
    }
    if intel.notification.state != NotificationState::Unmentioned && !intel.notification.spans.is_empty() {
        let parties: Vec<String> = intel
            .notification
            .parties
            .iter()
            .map(|party| {
                let name = party.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
                format!("{}{name}: {}", party.who, word(&party.state))
            })
            .collect();
        let parties = if parties.is_empty() { String::new() } else { format!("; {}", parties.join(", ")) };
        facts.push(Fact {
            kind: "notification",
            text: format!("{}{parties}", word(&intel.notification.state)),
            status: Status::Stated,
            by: None,
            because: String::new(),
            spans: intel.notification.spans.clone(),
        });
    }
    if let Some(risk) = &intel.risk {
        let factors = risk.likelihood_factors.iter().chain(&risk.impact_factors);
        let spans: Vec<Span> = factors.flat_map(|factor| factor.spans.iter().copied()).collect();
        if !spans.is_empty() {
            facts.push(Fact {
                kind: "risk",
                text: format!("{}, {} of 25: {}", word(&risk.level), risk.score, risk.arithmetic),
                status: Status::Suggested,
                by: None,
                because: "likelihood times impact".into(),
                spans,
            });
        }
    }
    facts
}

/// Acts and faults that the report asserts, one fact for each kind.
fn frames(intel: &Intel) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let told = intel.frames.iter().filter(|frame| {
        (frame.kind.is_act() || frame.kind.is_fault()) && frame.status.is_asserted() && !frame.is_negated
    });
    for frame in told {
        let text = word(&frame.kind);
        match facts.iter_mut().find(|fact| fact.text == text) {
            Some(fact) => {
                if frame.status < fact.status {
                    fact.status = frame.status;
                    fact.by.clone_from(&frame.by);
                }
                fact.spans.push(frame.span);
            }
            None => facts.push(Fact {
                kind: "frame",
                text,
                status: frame.status,
                by: frame.by.clone(),
                because: String::new(),
                spans: vec![frame.span],
            }),
        }
    }
    facts.sort_by(|one, other| one.text.cmp(&other.text));
    facts
}

/// A word as `--format json` has it.
pub(crate) fn word<Kind: serde::Serialize>(kind: &Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn amount(amount: Amount) -> String {
    match amount {
        Amount::Whole(whole) => whole.to_string(),
        Amount::Decimal(decimal) => decimal.to_string(),
    }
}

const fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Exact => "",
        Bound::About => "about ",
        Bound::AtLeast => "at least ",
        Bound::AtMost => "at most ",
    }
}

const fn role(role: NumberRole) -> &'static str {
    match role {
        NumberRole::Exist => "exist",
        NumberRole::Exposed => "exposed",
        NumberRole::Accessed => "accessed",
        NumberRole::PerCall => "per call",
        NumberRole::Requests => "made",
        NumberRole::Other => "(other)",
    }
}
