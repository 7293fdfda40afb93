//! Persons, organisations, systems and tools of a report.
//!
//! The victim is found by what is said of it (a leak *at* it, *its* customers, that it confirms and
//! investigates), never by a list of names.

mod names;
mod tables;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::lexicon::Concept as C;
use crate::model::{Entity, EntityKind as K, EntityRole as R, FrameKind as F, Span, Status};
use crate::reading::Reading;
use crate::report::Report;
use names::names;
use tables::{REFERENCES, SECTORS};

/// Everybody and everything.
pub(crate) fn entities(report: &Report, is_incident: bool) -> Vec<Entity> {
    let mut out: Vec<Entity> = Vec::new();
    let names = names(report);
    let mut scores: BTreeMap<&str, (i32, Vec<Span>)> = BTreeMap::new();
    for name in &names {
        let entry = scores.entry(name.words.as_str()).or_default();
        entry.0 += score(&report.reading, &name.tokens);
        entry.1.extend(report.reading.span(name.tokens.clone()));
    }
    let best =
        scores.iter().max_by_key(|(words, (score, spans))| (*score, spans.len(), std::cmp::Reverse(*words)));
    if let Some((words, (_, spans))) = best.filter(|(_, (score, _))| *score >= 2) {
        let sector = sector(report, words);
        out.push(entity(words, K::Organisation, R::Victim, true, sector, Status::Stated, spans.clone()));
    } else if let Some(hit) = report.reading.of(0..report.reading.tokens.len(), &[C::Company]).find(|hit| {
        let word = report.reading.word(hit.from).to_lowercase();
        // `stored` has the stem of `store`.
        !word.ends_with("ed")
            && !word.ends_with("ing")
            && !report.reading.is(hit.from, &[C::ThirdParty, C::Authority])
    }) && let Some(span) = report.reading.span(hit.from..hit.to)
    {
        out.push(entity(
            &report.reading.words(hit.from..hit.to),
            K::Organisation,
            R::Victim,
            false,
            None,
            Status::Stated,
            vec![span],
        ));
    }
    if !is_incident {
        // Where nothing happened there is no victim.
        out.clear();
    }
    described(report, &mut out);
    for (name, kind) in REFERENCES {
        let spans: Vec<Span> = report
            .reading
            .text()
            .match_indices(name)
            .filter(|(at, _)| {
                let bytes = report.reading.text().as_bytes();
                let edge = |at: Option<usize>| {
                    at.and_then(|at| bytes.get(at)).is_none_or(|byte| !byte.is_ascii_alphanumeric())
                };
                edge(at.checked_sub(1)) && edge(Some(at + name.len()))
            })
            .take(4)
            .filter_map(|(at, words)| report.span(at..at + words.len()))
            .collect();
        let is_part = out.iter().any(|other| other.name.contains(name));
        if !spans.is_empty() && !is_part {
            out.push(entity(name, *kind, R::Reference, true, None, Status::Stated, spans));
        }
    }
    out
}

fn entity(
    name: &str,
    kind: K,
    role: R,
    is_named: bool,
    sector: Option<String>,
    status: Status,
    mut spans: Vec<Span>,
) -> Entity {
    spans.truncate(16);
    Entity { name: name.to_owned(), kind, role, is_named, sector, status, by: None, spans }
}

/// How much what stands around a name says that it is the victim.
fn score(reading: &Reading, tokens: &Range<usize>) -> i32 {
    let (before, after) = (tokens.start.saturating_sub(3)..tokens.start, tokens.end..tokens.end + 3);
    let text = reading.text();
    let end = reading.range(tokens.clone()).end;
    let possessive = text.get(end..).is_some_and(|rest| {
        rest.starts_with("'s") || rest.starts_with("’s") || rest.starts_with("'") || rest.starts_with("’")
    });
    let says = |range: Range<usize>, words: &[&str]| range.clone().any(|at| reading.says(at, words));
    let leak = &[C::Flaw, C::Expose];
    let mut score = 0;
    if says(before.clone(), &["at", "by", "from", "of"])
        && reading.has(tokens.start.saturating_sub(6)..tokens.start, leak)
    {
        score += 3;
    }
    if possessive && reading.has(after.clone(), &[C::Endpoint, C::People, C::Data, C::Company]) {
        score += 3;
    }
    if reading.has(tokens.end..tokens.end + 3, &[C::Investigate, C::Confirm, C::Deny])
        || reading.has(tokens.end..tokens.end + 4, &[C::Fix, C::Notify])
    {
        score += 3;
    }
    if reading.has(tokens.end..tokens.end + 2, &[C::Detect, C::Find, C::Say])
        || reading.says(tokens.end, &["disclosed", "identified", "warned", "let", "has", "left"])
    {
        score += 2;
    }
    if reading.says(tokens.end, &["department"]) {
        score -= 4;
    }
    if reading.has(after.clone(), leak) {
        score += 3;
    }
    if reading.word(tokens.end) == ","
        && reading.has(tokens.end + 1..tokens.end + 8, &[C::Company])
        && says(tokens.end + 1..tokens.end + 3, &["a", "an", "the", "one"])
    {
        score += 3;
    }
    if reading.has(after.clone(), &[C::People]) && !possessive {
        score += 1;
    }
    let researcher = reading
        .has(tokens.start.saturating_sub(3)..tokens.start, &[C::Researcher, C::Authority])
        || reading.is(tokens.start, &[C::Authority]);
    if researcher {
        score -= 4;
    }
    score
}

/// `Jo Doe, a security researcher` and `researcher Jo Doe`.
fn named_researcher(report: &Report) -> Option<String> {
    let reading = &report.reading;
    names(report).into_iter().find_map(|name| {
        let before = name.tokens.start.checked_sub(1).is_some_and(|at| reading.is(at, &[C::Researcher]));
        let after = reading.word(name.tokens.end) == ","
            && reading.says(name.tokens.end + 1, &["a", "an", "the"])
            && reading.has(name.tokens.end + 2..name.tokens.end + 6, &[C::Researcher]);
        (before || after).then_some(name.words)
    })
}

/// The industry, where a sentence with the name says it.
fn sector(report: &Report, name: &str) -> Option<String> {
    let text = report.reading.text();
    for (at, _) in text.match_indices(name).take(3) {
        let sentence = report.sentence_text(at);
        if let Some((sector, _)) =
            SECTORS.iter().find(|(_, words)| words.iter().any(|word| sentence.contains(word)))
        {
            return Some((*sector).to_owned());
        }
    }
    None
}

/// Those whom the report describes without a name, and the door.
fn described(report: &Report, out: &mut Vec<Entity>) {
    let reading = &report.reading;
    let told: Vec<Range<usize>> = report
        .discoursed
        .clauses
        .iter()
        .filter(|clause| clause.tells())
        .map(|clause| clause.tokens.clone())
        .collect();
    let spans_of = |concept: C| -> Vec<(String, Span)> {
        told.iter()
            .flat_map(|tokens| {
                reading
                    .of(
                        tokens.clone(),
                        std::slice::from_ref(match concept {
                            C::Researcher => &C::Researcher,
                            C::Attacker => &C::Attacker,
                            _ => &C::Api,
                        }),
                    )
                    .collect::<Vec<_>>()
            })
            .filter_map(|hit| Some((reading.words(hit.from..hit.to), reading.span(hit.from..hit.to)?)))
            .collect()
    };
    // One who finds and tells is no attacker, whatever the report calls the act.
    let mut researchers = spans_of(C::Researcher);
    if let (Some((name, _)), Some(named)) = (researchers.first_mut(), named_researcher(report)) {
        *name = named;
    }
    if let Some((name, _)) = researchers.first() {
        let spans = researchers.iter().map(|(_, span)| *span).collect();
        let is_named = name.split(' ').all(|word| word.starts_with(char::is_uppercase));
        out.push(entity(name, K::Person, R::Discoverer, is_named, None, Status::Stated, spans));
    }
    let attackers = spans_of(C::Attacker);
    if let Some((name, _)) = attackers.first() {
        let certain = report.frames.iter().any(|framed| {
            framed.frame.kind.is_act()
                && framed.frame.status.is_asserted()
                && reading.has(
                    report.discoursed.clauses.get(framed.clause).map_or(0..0, |clause| clause.tokens.clone()),
                    &[C::Attacker],
                )
        });
        let status = if certain { Status::Stated } else { Status::Hypothetical };
        let spans = attackers.iter().map(|(_, span)| *span).collect();
        out.push(entity(name, K::Person, R::Attacker, false, None, status, spans));
    }
    let doors = spans_of(C::Api);
    if let Some((name, _)) = doors.first() {
        let spans = doors.iter().map(|(_, span)| *span).collect();
        out.push(entity(name, K::System, R::Target, false, None, Status::Stated, spans));
    }
    if let Some(framed) = report.told(F::ThirdPartyFault).next() {
        let hit = reading
            .first(framed.tokens.clone(), &[C::ThirdParty])
            .map_or(framed.tokens.clone(), |hit| hit.from..hit.to);
        let mut third = entity(
            &reading.words(hit),
            K::Organisation,
            R::ThirdParty,
            false,
            None,
            framed.frame.status,
            vec![framed.frame.span],
        );
        third.by.clone_from(&framed.frame.by);
        out.push(third);
    }
    for tokens in &told {
        for hit in reading.of(tokens.clone(), &[C::Authority]) {
            let name = reading.words(hit.from..hit.to);
            let known =
                out.iter().any(|other| other.role == R::Authority && other.name.eq_ignore_ascii_case(&name));
            if let (false, Some(span)) = (known, reading.span(hit.from..hit.to)) {
                out.push(entity(
                    &name,
                    K::Organisation,
                    R::Authority,
                    false,
                    None,
                    Status::Stated,
                    vec![span],
                ));
            }
        }
    }
}
