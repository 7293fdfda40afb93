//! Labels and pairings against the knowledge bases.

use std::ops::Range;

use super::{Claims, at, erratum, known};
use crate::ids::Base;
use crate::lexicon::Concept as C;
use crate::model::{Erratum, ErratumKind as K, FrameKind as F, Origin, Span, Status};
use crate::report::Report;

pub(super) fn check(report: &Report, claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    labels(claims, out);
    pairings(claims, out);
    tactics(claims, out);
    existence(report, out);
}

/// A label of OWASP's list that what happened is not, by definition.
fn labels(claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    for label in &claims.weaknesses.owasp_stated {
        let Some(span) = label.spans.first().copied() else { continue };
        if label.id.ends_with(":2019")
            && let Some(risk) = catalog::owasp::risk(&label.id).filter(|risk| !risk.successors().is_empty())
        {
            let successors = risk.successors().join(", ");
            let message = format!("{} is of the edition of 2019; in 2023 it is {successors}", label.id);
            let places =
                vec![at(span, format!("says {}", label.id)), known("OWASP API Security Top 10 2023")];
            out.push(erratum(K::RevokedId, message, places));
        }
        let backed =
            claims.weaknesses.owasp.iter().any(|claim| claim.id == label.id && claim.status.is_asserted());
        if backed || !label.id.ends_with(":2023") {
            continue;
        }
        // Who never asks who is calling is the plainest contrast.
        let asserted = || claims.weaknesses.owasp.iter().filter(|claim| claim.status.is_asserted());
        let other = asserted().find(|claim| claim.id == "API5:2023").or_else(|| asserted().next());
        let Some((other, place)) = other.and_then(|other| Some((other, other.spans.first().copied()?)))
        else {
            continue;
        };
        let message = format!(
            "the report says {} ({}); by OWASP's definitions what it tells is {} ({}): {}",
            label.id, label.name, other.id, other.name, other.because
        );
        out.push(erratum(
            K::LabelAgainstDefinition,
            message,
            vec![at(span, format!("says {}", label.name)), at(place, other.because.clone())],
        ));
    }
}

/// Defences beside techniques that their ontology does not link, and categories.
fn pairings(claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    let named: Vec<_> = claims
        .techniques
        .iter()
        .filter(|claim| claim.origin != Origin::Frame && claim.status != Status::Suggested)
        .collect();
    for defence in claims.weaknesses.d3fend.iter().filter(|claim| claim.status.is_asserted()) {
        let Some(span) = defence.spans.first().copied() else { continue };
        let Some(known_as) = catalog::d3fend::technique(&defence.id) else { continue };
        if known_as.is_category() {
            let message = format!(
                "{} ({}) is a category of D3FEND, not a technique that can be applied",
                defence.id, defence.name
            );
            out.push(erratum(
                K::CategoryNotTechnique,
                message,
                vec![at(span, format!("names {}", defence.id)), known("D3FEND 1.2.0")],
            ));
        }
        let linked = named.iter().any(|technique| catalog::d3fend::is_pair(&technique.id, &defence.id));
        if let (false, Some(technique)) = (
            linked,
            named.first().filter(|_| named.iter().any(|technique| catalog::d3fend::knows(&technique.id))),
        ) {
            let ids: Vec<&str> = named.iter().map(|technique| technique.id.as_str()).collect();
            let message =
                format!("D3FEND links {} ({}) to none of {}", defence.id, defence.name, ids.join(", "));
            let mut places = vec![at(span, format!("names {} against it", defence.id))];
            places.extend(technique.spans.first().map(|span| at(*span, format!("names {}", technique.id))));
            out.push(erratum(K::PairingNotInOntology, message, places));
        }
    }
}

/// Data left, and nothing collected it.
fn tactics(claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    let named = |tactic: &str| {
        claims.techniques.iter().find(|claim| {
            claim.status != Status::Suggested && claim.tactics.iter().any(|known| known == tactic)
        })
    };
    for (later, earlier) in [("exfiltration", "collection"), ("lateral-movement", "initial-access")] {
        if let (Some(technique), None) = (named(later), named(earlier))
            && technique.origin == Origin::Id
            && let Some(span) = technique.spans.first().copied()
        {
            let message = format!(
                "{} ({later}) is named, and no technique of {earlier}, which comes before it",
                technique.id
            );
            out.push(erratum(
                K::MissingTactic,
                message,
                vec![
                    at(span, format!("names {}", technique.id)),
                    known(format!("ATT&CK: {earlier} comes before {later}")),
                ],
            ));
        }
    }
}

fn unknown(id: &str, span: Span) -> Erratum {
    let message = format!("there is no such id as {id} in the edition that it is held against");
    erratum(K::UnknownId, message, vec![at(span, format!("names {id}")), known("no such id")])
}

/// The greatest number of a pattern of CAPEC 3.9, its last version, with room; three views have round ones.
/// Of CAPEC only the ids that CWE names are in the tables, so that one between is not known to be wrong.
const CAPEC_MAX: u32 = 750;
const CAPEC_VIEWS: [u32; 3] = [1_000, 2_000, 3_000];

fn is_pattern(id: &str) -> bool {
    let number = id.strip_prefix("CAPEC-").and_then(|digits| digits.parse::<u32>().ok());
    number.is_some_and(|number| (1..=CAPEC_MAX).contains(&number) || CAPEC_VIEWS.contains(&number))
}

/// What is written as an id, and by its form can be none: too many digits, a rank that the list does not have,
/// a mitigation that does not begin with 1 where ATT&CK is spoken of.
fn unheard_of(text: &str, speaks_of_attack: bool) -> Vec<(String, Range<usize>)> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ':' | '.');
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(|letter| !is_part(letter)) {
        let start = at;
        at += word.len()
            + text.get(at + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let id = word.trim_end_matches(['-', ':', '.']);
        let digits =
            |text: &str, least: usize| text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
        let rank = |rest: &str| {
            rest.split_once(':')
                .is_some_and(|(rank, year)| digits(rank, 1) && matches!(year, "2019" | "2023"))
        };
        let is_one = if let Some(rest) = id.strip_prefix("CWE-") {
            digits(rest, 6)
        } else if let Some(rest) = id.strip_prefix("CAPEC-") {
            digits(rest, 5)
        } else if let Some(rest) = id.strip_prefix("API") {
            rank(rest) && catalog::owasp::risk(id).is_none()
        } else if let Some(rest) = id.strip_prefix('M') {
            speaks_of_attack && rest.len() == 4 && digits(rest, 4) && !rest.starts_with('1')
        } else {
            false
        };
        if is_one {
            found.push((id.to_owned(), start..start + id.len()));
        }
    }
    found
}

/// Ids that do not exist, are revoked, or are given another name.
fn existence(report: &Report, out: &mut Vec<Erratum>) {
    let of_attack = |base: Base| matches!(base, Base::Technique | Base::Tactic | Base::Mitigation);
    let speaks_of_attack = report.ids.iter().any(|found| of_attack(found.base) && !found.by_name);
    for (id, range) in unheard_of(report.reading.text(), speaks_of_attack) {
        if let Some(span) = report.span(range.clone())
            && !report
                .ids
                .iter()
                .any(|found| found.range.start == range.start && found.range.end >= range.end)
        {
            out.push(unknown(&id, span));
        }
    }
    for found in report.ids.iter().filter(|found| !found.by_name) {
        let Some(span) = report.span(found.range.clone()) else { continue };
        let written = found.id.as_str();
        let exists = match found.base {
            Base::Technique => catalog::attack::technique(written).is_some(),
            Base::Tactic => catalog::attack::tactic(written).is_some(),
            Base::Mitigation => catalog::attack::mitigation(written).is_some(),
            Base::Defence => catalog::d3fend::technique(written).is_some(),
            Base::Weakness => catalog::entry(written).is_some(),
            Base::Owasp => catalog::owasp::risk(written).is_some(),
            Base::Pattern => is_pattern(written),
            Base::Vulnerability => true,
        };
        if !exists {
            out.push(unknown(written, span));
            continue;
        }
        if found.base != Base::Technique {
            continue;
        }
        if let Some(current) = catalog::attack::current(written).filter(|current| current.id != written) {
            let message = format!("{written} was revoked; {} ({}) took its place", current.id, current.name);
            out.push(erratum(
                K::RevokedId,
                message,
                vec![at(span, format!("names {written}")), known(format!("ATT&CK 18.1: {}", current.id))],
            ));
        }
        // `T1190 - Some Name`: the name that follows is another technique's.
        let after = report.reading.text().get(found.range.end..).unwrap_or_default();
        let said: String = after.chars().take(80).take_while(|letter| *letter != '\n').collect();
        let said = said.trim_start_matches([' ', '-', '–', '—', ':', '(', '|']).to_lowercase();
        let Some(technique) = catalog::attack::technique(written) else { continue };
        let own = [
            technique.full_name().to_lowercase(),
            technique.name.to_lowercase(),
            technique.parent().map(|parent| parent.name.to_lowercase()).unwrap_or_default(),
        ];
        if own.iter().any(|name| !name.is_empty() && said.starts_with(name.as_str())) {
            continue;
        }
        let other = catalog::attack::techniques().iter().find(|other| {
            other.name.contains(' ')
                && said.starts_with(&other.name.to_lowercase())
                && other.name != technique.name
        });
        if let Some(other) = other {
            let message =
                format!("{written} is {}; {} is {}", technique.full_name(), other.full_name(), other.id);
            out.push(erratum(
                K::NameAgainstId,
                message,
                vec![
                    at(span, format!("calls {written} {}", other.name)),
                    known(format!("ATT&CK 18.1: {}", technique.full_name())),
                ],
            ));
        }
    }
    // A cause stated as certain that rests on what is only supposed.
    let certain = report.discoursed.clauses.iter().enumerate().find(|(_, clause)| {
        let said = report.reading.words(clause.tokens.clone()).to_lowercase();
        clause.tells()
            && !clause.is_hedged
            && !clause.is_claimed
            && [
                "root cause was",
                "root cause is",
                "cause was",
                "was caused by",
                "textbook example",
                "the attack vector was",
            ]
            .iter()
            .any(|words| said.contains(words))
    });
    let doubt = report
        .told(F::ThirdPartyFault)
        .find(|framed| framed.frame.status != Status::Stated)
        .map(|framed| framed.frame.span)
        .or_else(|| {
            let clause = report.discoursed.clauses.iter().enumerate().find(|(_, clause)| {
                clause.is_hedged && report.reading.has(clause.tokens.clone(), &[C::Api, C::Request, C::Flaw])
            });
            clause.and_then(|(nth, _)| report.clause_span(nth))
        });
    if let (Some((nth, _)), Some(doubt)) = (certain, doubt)
        && let Some(span) = report.clause_span(nth)
    {
        out.push(erratum(
            K::CertaintyUnsupported,
            "the cause is stated as certain, and what it rests on is only supposed",
            vec![at(span, "states the cause"), at(doubt, "only supposes it")],
        ));
    }
}
