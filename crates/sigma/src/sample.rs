//! Samples of rules: events on which a file's rules must speak, or must not.
//!
//! Beside `NAME.yml` stand `NAME.fires.ndjson` and `NAME.silent.ndjson`. Each line is a sample:
//!
//! ```json
//! {"name": "a walk", "events": [{"times": 70, "every": "1s", "cs-method": "GET", "cs-uri": "/orders/{n}"}]}
//! ```
//!
//! `{n}` counts from 1, `{n%50}` too, and begins anew after 50. `after` is a pause before an event. With
//! `rule`, a title, id or name, that rule must speak; else some rule of the file that is told by itself.
//! A rule that is not applicable here (`process_creation`) is put to rsigma alone.

use domain::{Timestamp, Window};
use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent};
use serde_json::{Map, Value as Json};

use crate::event::Event;
use crate::line::Line;
use crate::load::{self, File};

/// Most events of one sample.
pub const MOST_EVENTS: usize = 100_000;
/// When samples begin: 2026-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// The rule that must speak.
    pub rule: Option<String>,
    events: Vec<(Timestamp, Map<String, Json>)>,
}

/// Why a line is no sample, or cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// No JSON object with `name` and `events`.
    #[error("no sample: {0}")]
    Shape(String),
    /// More than [`MOST_EVENTS`].
    #[error("more than {MOST_EVENTS} events")]
    TooMany,
    /// An event that is none.
    #[error("event {nth}: {why}")]
    Event {
        /// Its place in the sample, from 1.
        nth: usize,
        /// Why.
        why: String,
    },
    /// `rule` names none of the file.
    #[error("the file has no rule `{0}` that is told")]
    NoRule(String),
}

/// Reads one line.
///
/// # Errors
/// When it is no sample.
pub fn read(line: &str) -> Result<Sample, SampleError> {
    let shape = |text: &str| SampleError::Shape(text.to_owned());
    let json: Json = serde_json::from_str(line).map_err(|error| SampleError::Shape(error.to_string()))?;
    let name = json.get("name").and_then(Json::as_str).ok_or(shape("`name` is missing"))?.to_owned();
    let rule = json.get("rule").and_then(Json::as_str).map(str::to_owned);
    let list = json.get("events").and_then(Json::as_array).ok_or(shape("`events` is missing"))?;
    let mut at = BEGIN;
    let mut events = Vec::new();
    for event in list {
        let event = event.as_object().ok_or(shape("an event is an object"))?;
        let span = |key: &str, default: &str| {
            let text = event.get(key).map_or(Some(default), Json::as_str);
            text.and_then(|text| text.parse::<Window>().ok()).ok_or(shape("a pause is written `90s` or `5m`"))
        };
        let times =
            event.get("times").map_or(Some(1), Json::as_u64).ok_or(shape("`times` is a whole number"))?;
        at = at.plus(span("after", "0s")?);
        let every = span("every", "1s")?;
        for n in 1..=times {
            if events.len() >= MOST_EVENTS {
                return Err(SampleError::TooMany);
            }
            let own = |key: &str| !matches!(key, "times" | "every" | "after");
            let fields =
                event.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), filled(value, n)));
            events.push((at, fields.collect()));
            at = at.plus(every);
        }
    }
    Ok(Sample { name, rule, events })
}

/// `value` with its marks filled in.
fn filled(value: &Json, n: u64) -> Json {
    let Json::String(text) = value else { return value.clone() };
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("{n") {
        out.push_str(before);
        let mark = after.split_once('}').and_then(|(mark, after)| match mark.strip_prefix('%') {
            Some(modulus) => modulus.parse::<u64>().ok().filter(|m| *m > 0).map(|m| (n % m, after)),
            None if mark.is_empty() => Some((n, after)),
            None => None,
        });
        match mark {
            Some((number, after)) => {
                out.push_str(&number.to_string());
                rest = after;
            }
            None => {
                out.push_str("{n");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Json::String(out)
}

/// Titles of the rules of `file` that speak on `sample`, each once, in the order in which they speak.
///
/// # Errors
/// When an event is none, or `rule` names no rule that is told.
pub fn play(file: &File<'_>, sample: &Sample) -> Result<Vec<String>, SampleError> {
    let mut loaded = load::load(std::slice::from_ref(file), 1);
    let rules = &mut loaded.rules;
    let told = || rules.all().iter().filter(|rule| rule.is_told);
    if let Some(wanted) = &sample.rule
        && !told()
            .any(|rule| [Some(&rule.title), rule.id.as_ref(), rule.name.as_ref()].contains(&Some(wanted)))
    {
        return Err(SampleError::NoRule(wanted.clone()));
    }
    let mut titles: Vec<String> = Vec::new();
    let elsewhere = told().any(|rule| !rule.is_applicable());
    let mut speak = |title: &str| {
        if !titles.iter().any(|known| known == title) {
            titles.push(title.to_owned());
        }
    };
    if elsewhere {
        let told: Vec<String> = told().map(|rule| rule.title.clone()).collect();
        for title in by_rsigma(file, sample)?.iter().filter(|title| told.contains(title)) {
            speak(title);
        }
        return Ok(titles);
    }
    for (nth, (at, fields)) in sample.events.iter().enumerate() {
        let line = Line::read(fields)
            .map_err(|error| SampleError::Event { nth: nth + 1, why: error.to_string() })?;
        for found in rules.matches(&Event::of_line(&line), *at) {
            if let Some(rule) = rules.get(found.rule) {
                speak(&rule.title);
            }
        }
    }
    Ok(titles)
}

/// Titles of all rules that rsigma alone finds, correlations included.
fn by_rsigma(file: &File<'_>, sample: &Sample) -> Result<Vec<String>, SampleError> {
    let wrong = |why: String| SampleError::Event { nth: 0, why };
    let collection = rsigma_parser::parse_sigma_yaml(file.text).map_err(|error| wrong(error.to_string()))?;
    let mut engine = CorrelationEngine::new(CorrelationConfig::default());
    engine.add_collection(&collection).map_err(|error| wrong(error.to_string()))?;
    let mut titles = Vec::new();
    for (at, fields) in &sample.events {
        let event = JsonEvent::owned(Json::Object(fields.clone()));
        let secs = i64::try_from(at.secs()).unwrap_or(i64::MAX);
        titles.extend(engine.process_event_at(&event, secs).into_iter().map(|found| found.header.rule_title));
    }
    Ok(titles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_in_and_other_braces_stay() {
        for (text, filled_in) in [
            ("/orders/{n}", "/orders/7"),
            ("{n%5}.{n}", "2.7"),
            ("/orders/{id}/{name}/{n", "/orders/{id}/{name}/{n"),
            ("{n%0}", "{n%0}"),
        ] {
            assert_eq!(filled(&Json::String(text.into()), 7), Json::String(filled_in.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_sample_says_why() {
        for (line, why) in [
            ("[", "no sample: EOF"),
            ("{}", "`name`"),
            (r#"{"name":"x","events":[{"every":"soon"}]}"#, "a pause"),
            (r#"{"name":"x","events":[{"times":100001}]}"#, "more than"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
