//! What can be looked for, with what it is for: an indicator of the attack, a pattern to hunt with, an
//! illustration, a gap to be filled in.

use crate::discourse;
use crate::ids::Base;
use crate::model::{Discourse, Observable, ObservableRole as OR, ObservableType as OT, Status};
use crate::observables;
use crate::reading::Section;
use crate::report::{Report, SPANS_MAX};

/// The most observables that are told: the first ones of the report.
const OBSERVABLES_MAX: usize = 2_000;

/// Every observable of the report, in order.
pub(crate) fn observed(report: &Report) -> Vec<Observable> {
    let mut out: Vec<Observable> = Vec::new();
    for seen in &report.seen {
        let Some(span) = report.span(seen.range.clone()) else { continue };
        let Some(clause) = report.clause_at(seen.range.start) else { continue };
        let section =
            report.reading.sentences.get(clause.sentence).map_or(Section::Body, |sentence| sentence.section);
        let is_pattern = ["[1-9]", "[0-9]", "*", "{", "\\d"].iter().any(|sign| seen.value.contains(sign));
        let role = role(report, seen, clause, section, is_pattern);
        let status = match role {
            OR::Example | OR::Placeholder | OR::Hunting => Status::Hypothetical,
            _ if clause.is_hedged => Status::Hypothetical,
            _ if clause.is_claimed => Status::Claimed,
            _ => Status::Stated,
        };
        // An address inside a command line is told with it.
        if out.len() >= OBSERVABLES_MAX {
            break;
        }
        let inside =
            out.iter().rev().take(4).any(|other| {
                other.kind == OT::CommandLine && other.spans.iter().any(|outer| outer.covers(span))
            });
        if inside {
            continue;
        }
        match out
            .iter_mut()
            .find(|other| other.value == seen.value && other.kind == seen.kind && other.role == role)
        {
            Some(other) if other.spans.len() >= SPANS_MAX => {}
            Some(other) => other.spans.push(span),
            None => out.push(Observable {
                value: seen.value.clone(),
                kind: seen.kind,
                role,
                status,
                is_pattern,
                spans: vec![span],
            }),
        }
    }
    for found in report.ids.iter().filter(|found| found.base == Base::Vulnerability) {
        if let Some(span) =
            report.span(found.range.clone()).filter(|_| !out.iter().any(|other| other.value == found.id))
        {
            out.push(Observable {
                value: found.id.clone(),
                kind: OT::Cve,
                role: OR::Reference,
                status: Status::Stated,
                is_pattern: false,
                spans: vec![span],
            });
        }
    }
    log_sources(report, &mut out);
    out.sort_by_key(|one| one.spans.first().copied());
    out
}

/// Column names of feeds of indicators: what stands beside them is there to be looked for.
const COLUMNS: &[&str] = &["_pattern", "log_source", "url_path", "command_line"];

fn role(
    report: &Report,
    seen: &observables::Seen,
    clause: &discourse::Clause,
    section: Section,
    is_pattern: bool,
) -> OR {
    let value = seen.value.to_ascii_lowercase();
    let gap = ["[domain]", "<", ">", "[host]", "[target]", "your-", "{domain}", "{host}", "/...", "xxx"];
    if gap.iter().any(|gap| value.contains(gap)) {
        return OR::Placeholder;
    }
    let sentence = report.sentence_text(seen.range.start);
    let column = COLUMNS.iter().any(|column| sentence.contains(column)) || sentence.contains("hunt for");
    if column || (section == Section::Hunting) {
        return OR::Hunting;
    }
    let illustrated = ["e.g.", "for example", "such as", "for instance", "like /", "likely"]
        .iter()
        .any(|words| sentence.contains(words));
    let documentation = seen.kind == OT::Ipv4
        && ["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|net| value.starts_with(net))
        || value.starts_with("2001:db8:");
    if section == Section::References || clause.role == Discourse::Boilerplate {
        return OR::Reference;
    }
    if section == Section::Indicators || seen.is_defanged {
        return OR::Indicator;
    }
    if illustrated || clause.is_hedged {
        return OR::Example;
    }
    if clause.role == Discourse::Recommended {
        return if is_pattern { OR::Hunting } else { OR::Example };
    }
    if documentation && !matches!(clause.role, Discourse::Stated | Discourse::Claimed) {
        return OR::Example;
    }
    if matches!(seen.kind, OT::Email | OT::Domain | OT::Url) {
        let contact = [
            "contact",
            "visit",
            "see ",
            "more information",
            "email us",
            "write to",
            "available at",
            "source",
            "call ",
            "helpline",
            "questions",
        ]
        .iter()
        .any(|words| sentence.contains(words));
        if contact {
            return OR::Reference;
        }
    }
    // A name in running text belongs to whom the report speaks of, unless it is the attacker's.
    let attackers = report.reading.has(clause.tokens.clone(), &[crate::lexicon::Concept::Attacker])
        || ["malicious", "command and control", "exfiltrated to", "registered the"]
            .iter()
            .any(|words| sentence.contains(words));
    if matches!(seen.kind, OT::Email | OT::Domain | OT::Url) && !attackers {
        return OR::Reference;
    }
    OR::Indicator
}

/// Logs that the report says to look into: the cells beside `log_source`.
fn log_sources(report: &Report, out: &mut Vec<Observable>) {
    for sentence in &report.reading.sentences {
        let words = report.reading.words(sentence.tokens.clone());
        let Some(cell) = words.strip_prefix("log_source") else { continue };
        let value = cell.trim_matches([' ', ':', '|']).to_owned();
        if let (false, Some(span)) = (value.is_empty(), report.span(sentence.range.clone())) {
            out.push(Observable {
                value,
                kind: OT::LogSource,
                role: OR::Hunting,
                status: Status::Hypothetical,
                is_pattern: false,
                spans: vec![span],
            });
        }
    }
}
