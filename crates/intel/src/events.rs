//! The order of events, dates with what happened then, and who was told.

use crate::model::{Date, Event, EventKind as E, FrameKind as F, Status};
use crate::report::{Report, SPANS_MAX};

/// The most events and dates that are told: the first ones of the report.
const LIST_MAX: usize = 256;

/// The kind of event that a frame is, with its natural place in an incident.
fn event_of(kind: F) -> Option<(E, usize)> {
    Some(match kind {
        F::Found | F::FoundByProbing | F::FoundByInspection => (E::Discovered, 1),
        F::Retrieved | F::Enumerated | F::Paged | F::Automated => (E::Accessed, 2),
        F::Stopped => (E::Stopped, 3),
        F::Deleted => (E::Deleted, 4),
        F::Published => (E::Published, 5),
        F::Reported => (E::Reported, 5),
        F::Fixed => (E::Fixed, 6),
        F::Surfaced => (E::Surfaced, 7),
        F::Confirmed => (E::Confirmed, 8),
        F::Investigating => (E::Investigating, 9),
        F::EvaluatingDuties => (E::EvaluatingDuties, 10),
        F::Notified => (E::Notified, 11),
        F::LegalAction => (E::LegalAction, 12),
        _ => return None,
    })
}

/// The timeline: by date where there are dates, else by the nature of events.
pub(crate) fn timeline(report: &Report) -> Vec<Event> {
    let mut events: Vec<(Option<String>, usize, Event)> = Vec::new();
    for framed in &report.frames {
        let Some((kind, nature)) = event_of(framed.frame.kind).filter(|_| !framed.frame.is_negated) else {
            continue;
        };
        if framed.frame.status == Status::Hypothetical {
            continue;
        }
        // `disclosed on Monday that data had been taken` dates the disclosure.
        let earlier = framed.tokens.clone().any(|at| report.reading.says(at, &["had"]));
        let near = date_near(report, framed.clause, framed.tokens.start).filter(|_| !earlier);
        let (date, until) = near.map_or((None, None), |(date, until)| (Some(date), until));
        let same = events.iter_mut().find(|(when, _, event)| {
            event.kind == kind && (*when == date || date.is_none() || when.is_none())
        });
        if let Some((when, _, event)) = same {
            if when.is_none() && date.is_some() {
                *when = date.clone();
                event.date = date;
                event.until = until;
                event.because = "date".into();
            }
            if event.spans.len() < 6 {
                event.spans.push(framed.frame.span);
            }
            continue;
        }
        if events.len() >= LIST_MAX {
            break;
        }
        let is_ongoing = matches!(kind, E::Investigating | E::EvaluatingDuties);
        let because = if date.is_some() { "date" } else { "nature of the event" };
        let event = Event {
            kind,
            order: 0,
            date: date.clone(),
            until,
            because: because.into(),
            is_ongoing,
            status: framed.frame.status,
            spans: vec![framed.frame.span],
        };
        events.push((date, nature, event));
    }
    events.sort_by(|one, other| match (&one.0, &other.0) {
        (Some(left), Some(right)) if left != right => left.cmp(right),
        _ => one.1.cmp(&other.1),
    });
    events.into_iter().enumerate().map(|(order, (_, _, event))| Event { order, ..event }).collect()
}

/// The date of the clause, nearest to the token, and where its span of time ends; a row of a timeline has its date in front.
fn date_near(report: &Report, clause: usize, token: usize) -> Option<(String, Option<String>)> {
    let clause = report.discoursed.clauses.get(clause)?;
    let sentence = report.reading.sentences.get(clause.sentence)?.tokens.clone();
    let near = |range: &std::ops::Range<usize>| {
        let dates = report.dates_in(range.clone());
        let nearest = (0..dates.len())
            .min_by_key(|nth| dates.get(*nth).map_or(0, |dated| dated.tokens.start.abs_diff(token)))?;
        // The end of a span of time stands for the whole of it.
        let first =
            nearest.checked_sub(1).and_then(|before| dates.get(before)).filter(|one| one.until.is_some());
        first.or(dates.get(nearest)).map(|dated| (dated.value.clone(), dated.until.clone()))
    };
    near(&clause.tokens).or_else(|| near(&sentence))
}

/// Dates, each with the event of its clause.
pub(crate) fn dates(report: &Report) -> Vec<Date> {
    let mut dates: Vec<Date> = Vec::new();
    for dated in &report.dates {
        let Some(clause) = report.discoursed.of_token(dated.tokens.start) else { continue };
        let Some(held) = report.discoursed.clauses.get(clause).filter(|held| held.tells()) else { continue };
        let Some(span) = report.span(dated.range.clone()) else { continue };
        let frame = report
            .frames_of(clause)
            .iter()
            .filter(|framed| !framed.frame.is_negated && event_of(framed.frame.kind).is_some())
            .min_by_key(|framed| framed.tokens.start.abs_diff(dated.tokens.start));
        let event = frame.and_then(|framed| event_of(framed.frame.kind)).map(|(kind, _)| kind);
        let status = if held.is_hedged {
            Status::Hypothetical
        } else if held.is_claimed {
            Status::Claimed
        } else {
            Status::Stated
        };
        if dates.len() >= LIST_MAX {
            break;
        }
        match dates
            .iter_mut()
            .find(|date| date.value == dated.value && (date.event == event || event.is_none()))
        {
            Some(date) if date.spans.len() < SPANS_MAX => date.spans.push(span),
            Some(_) => {}
            None => dates.push(Date { value: dated.value.clone(), event, status, spans: vec![span] }),
        }
    }
    dates
}
