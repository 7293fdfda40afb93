//! Persons, organisations, systems and tools of a report.
//!
//! The victim is found by what is said of it (a leak *at* it, *its* customers, that it confirms and
//! investigates), never by a list of names.

mod cast;
mod evidence;
mod mention;
mod names;
mod tables;
mod words;

use std::ops::Range;

use crate::lexicon::Concept as C;
use crate::model::{Entity, EntityKind as K, EntityRole as R, FrameKind as F, Span, Status};
use crate::reading::Reading;
use crate::report::Report;
use cast::{Cast, Part};
use tables::{REFERENCES, SECTORS};
use words::Noun;

/// The points that make a part.
const ENOUGH: i32 = 3;
/// The points that make a second victim beside the first.
const PLENTY: i32 = 7;

/// Everybody and everything.
pub(crate) fn entities(report: &Report, is_incident: bool) -> Vec<Entity> {
    let mut out: Vec<Entity> = Vec::new();
    let cast = cast::cast(report);
    if is_incident {
        victims(report, &cast, &mut out);
        helpers(report, &cast, &mut out);
        villains(report, &cast, &mut out);
    }
    finders(report, &cast, is_incident, &mut out);
    door(report, &mut out);
    products(report, &cast, &mut out);
    authorities(report, &cast, &mut out);
    references(report, &cast, &mut out);
    out
}

/// Whether a noun says who judges or must be told.
pub(crate) fn is_judge(report: &Report, at: usize) -> bool {
    mention::kind_of(report, at).contains(&Noun::Judge)
}

/// Whose data or system it was.
fn victims(report: &Report, cast: &Cast, out: &mut Vec<Entity>) {
    let mut named: Vec<&Part> = cast.named.iter().filter(|part| part.role() == Some(R::Victim)).collect();
    named.sort_by_key(|part| std::cmp::Reverse(part.rank(R::Victim)));
    let first = named.first().map_or(0, |part| part.points(R::Victim));
    // Who works for another is no victim beside the one it works for.
    let serves = |part: &Part| {
        part.points(R::ThirdParty) > ENOUGH && part.points(R::ThirdParty) >= part.points(R::Victim)
    };
    let of = |part: &&Part| (part.is(Noun::Body) || part.is(Noun::Helper)) && !serves(part);
    let best = cast.common.iter().filter(of).max_by_key(|part| part.rank(R::Victim));
    let clear = best.map_or(0, |part| part.points(R::Victim)) < 5;
    for (nth, part) in named.iter().enumerate() {
        let points = part.points(R::Victim);
        if nth == 0 && (points >= ENOUGH || points >= 2 && clear)
            || nth < 3 && points >= PLENTY && points * 2 >= first
        {
            let sector = sector(report, &part.words);
            out.push(entity(
                &part.words,
                K::Organisation,
                R::Victim,
                true,
                sector,
                Status::Stated,
                part.spans.clone(),
            ));
        }
    }
    if !out.is_empty() {
        return;
    }
    if let Some(part) = best.filter(|part| part.points(R::Victim) > 0) {
        out.push(entity(
            &part.words,
            K::Organisation,
            R::Victim,
            false,
            None,
            Status::Stated,
            part.spans.clone(),
        ));
        return;
    }
    // Only named in what may follow: `The operator faces a fine`.
    let reading = &report.reading;
    let mut hits = reading.of(0..reading.tokens.len(), &[C::Company]);
    let first = hits.find(|hit| {
        let nouns = words::nouns(&reading.word(hit.to.saturating_sub(1)).to_lowercase());
        nouns.contains(&Noun::Body) && !reading.is(hit.from, &[C::ThirdParty, C::Authority])
    });
    if let Some((hit, span)) = first.and_then(|hit| Some((hit, reading.span(hit.from..hit.to)?))) {
        let words = reading.words(hit.from..hit.to);
        out.push(entity(&words, K::Organisation, R::Victim, false, None, Status::Stated, vec![span]));
    }
}

/// Other companies whose platform it may have been.
fn helpers(report: &Report, cast: &Cast, out: &mut Vec<Entity>) {
    for part in cast.named.iter().filter(|part| part.role() == Some(R::ThirdParty)).take(4) {
        let sector = sector(report, &part.words);
        out.push(entity(
            &part.words,
            K::Organisation,
            R::ThirdParty,
            true,
            sector,
            Status::Stated,
            part.spans.clone(),
        ));
    }
    if let Some(framed) = report.told(F::ThirdPartyFault).next() {
        let reading = &report.reading;
        let hit = reading
            .first(framed.tokens.clone(), &[C::ThirdParty])
            .map_or(framed.tokens.clone(), |hit| hit.from..hit.to);
        let words = reading.words(hit);
        let is_known = out.iter().any(|known| cast::are_same(&known.name, &words));
        if !is_known {
            let mut third = entity(
                &words,
                K::Organisation,
                R::ThirdParty,
                false,
                None,
                framed.frame.status,
                vec![framed.frame.span],
            );
            third.by.clone_from(&framed.frame.by);
            out.push(third);
            return;
        }
    }
    if out.iter().any(|known| known.role == R::ThirdParty) {
        return;
    }
    let free = |part: &&Part| !out.iter().any(|known| cast::are_same(&known.name, &part.words));
    let best = cast.common.iter().filter(free).max_by_key(|part| part.rank(R::ThirdParty));
    if let Some(part) = best.filter(|part| part.points(R::ThirdParty) >= ENOUGH) {
        let words = part.words_of(R::ThirdParty);
        out.push(entity(
            words,
            K::Organisation,
            R::ThirdParty,
            false,
            None,
            Status::Stated,
            part.spans.clone(),
        ));
    }
}

/// Who found it and told.
fn finders(_: &Report, cast: &Cast, is_incident: bool, out: &mut Vec<Entity>) {
    let mut persons = false;
    for part in cast.named.iter().filter(|part| part.role() == Some(R::Discoverer)).take(3) {
        let kind = if part.is_person() { K::Person } else { K::Organisation };
        persons |= kind == K::Person;
        out.push(entity(&part.words, kind, R::Discoverer, true, None, Status::Stated, part.spans.clone()));
    }
    // Where nothing happened, only who is named counts: `found by Jo Doe`.
    if persons || !is_incident {
        return;
    }
    let best = cast
        .common
        .iter()
        .filter(|part| part.is(Noun::Finder) || part.is(Noun::Person) || part.is(Noun::Press));
    let best = best.max_by_key(|part| part.rank(R::Discoverer));
    if let Some(part) = best.filter(|part| part.points(R::Discoverer) >= ENOUGH) {
        let kind = if part.is_person() { K::Person } else { K::Organisation };
        out.push(entity(
            part.words_of(R::Discoverer),
            kind,
            R::Discoverer,
            false,
            None,
            Status::Stated,
            part.spans.clone(),
        ));
    }
}

/// Who did it to do harm.
fn villains(report: &Report, cast: &Cast, out: &mut Vec<Entity>) {
    let reading = &report.reading;
    for part in cast.named.iter().filter(|part| part.role() == Some(R::Attacker)).take(3) {
        let kind = if part.is_group { K::Organisation } else { K::Person };
        out.push(entity(&part.words, kind, R::Attacker, true, None, Status::Stated, part.spans.clone()));
    }
    let mut spans = Vec::new();
    let mut name: Option<String> = None;
    for clause in report.discoursed.clauses.iter().filter(|clause| clause.tells()) {
        for hit in reading.of(clause.tokens.clone(), &[C::Attacker]) {
            // `stolen by X, a ransomware gang`: X, once more.
            let from = hit.from.saturating_sub(3)..hit.from;
            let apposed =
                from.clone().any(|at| reading.word(at) == "," && reading.says(at + 1, &["a", "an", "the"]));
            if apposed && out.iter().any(|known| known.role == R::Attacker) {
                continue;
            }
            spans.extend(reading.span(hit.from..hit.to));
            name.get_or_insert_with(|| {
                let full = cast.common.iter().find(|part| part.holds(hit.to.saturating_sub(1)));
                full.map_or_else(|| reading.words(hit.from..hit.to), |part| part.words.clone())
            });
        }
    }
    let Some(name) = name else { return };
    let certain = report.frames.iter().any(|framed| {
        framed.frame.kind.is_act()
            && framed.frame.status.is_asserted()
            && reading.has(
                report.discoursed.clauses.get(framed.clause).map_or(0..0, |clause| clause.tokens.clone()),
                &[C::Attacker],
            )
    });
    let status = if certain { Status::Stated } else { Status::Hypothetical };
    out.push(entity(&name, K::Person, R::Attacker, false, None, status, spans));
}

/// The door.
fn door(report: &Report, out: &mut Vec<Entity>) {
    let reading = &report.reading;
    let told = report.discoursed.clauses.iter().filter(|clause| clause.tells());
    let mut hits = told.flat_map(|clause| reading.of(clause.tokens.clone(), &[C::Api]).collect::<Vec<_>>());
    let Some(first) = hits.next() else { return };
    let spans = std::iter::once(first).chain(hits).filter_map(|hit| reading.span(hit.from..hit.to)).collect();
    let name = reading.words(first.from..first.to);
    out.push(entity(&name, K::System, R::Target, false, None, Status::Stated, spans));
}

/// Goods and services of the victim that have a name.
fn products(_: &Report, cast: &Cast, out: &mut Vec<Entity>) {
    for part in cast.named.iter().filter(|part| part.role() == Some(R::Target)).take(3) {
        out.push(entity(&part.words, K::Product, R::Target, true, None, Status::Stated, part.spans.clone()));
    }
}

/// Who is to be told, or judges.
fn authorities(report: &Report, cast: &Cast, out: &mut Vec<Entity>) {
    for part in cast.named.iter().filter(|part| part.role() == Some(R::Authority)).take(8) {
        out.push(entity(
            &part.words,
            K::Organisation,
            R::Authority,
            true,
            None,
            Status::Stated,
            part.spans.clone(),
        ));
    }
    for part in cast.common.iter().filter(|part| part.is(Noun::Judge)) {
        let is_known = out.iter().any(|known| cast::are_same(&known.name, &part.words));
        let is_told = report.told(F::Notified).chain(report.told(F::LegalAction)).any(|framed| {
            let clause =
                report.discoursed.clauses.get(framed.clause).map_or(0..0, |clause| clause.tokens.clone());
            clause.clone().any(|at| part.holds(at))
        });
        if !is_known && (is_told || part.points(R::Authority) > ENOUGH) {
            out.push(entity(
                &part.words,
                K::Organisation,
                R::Authority,
                false,
                None,
                Status::Stated,
                part.spans.clone(),
            ));
        }
    }
}

/// What is named for reference only.
fn references(report: &Report, cast: &Cast, out: &mut Vec<Entity>) {
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
    for part in cast.named.iter().filter(|part| part.role() == Some(R::Reference)).take(8) {
        if !out.iter().any(|known| cast::are_same(&known.name, &part.words)) {
            out.push(entity(
                &part.words,
                K::Organisation,
                R::Reference,
                true,
                None,
                Status::Stated,
                part.spans.clone(),
            ));
        }
    }
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
