//! What can be looked for, with what it is for: an indicator of the attack, a pattern to hunt with, an
//! illustration, a gap to be filled in.

use std::collections::BTreeSet;

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
    let harmless = harmless(report);
    for seen in report.seen.iter().filter(|seen| !is_version(report, seen)) {
        let Some(span) = report.span(seen.range.clone()) else { continue };
        let Some(clause) = report.clause_at(seen.range.start) else { continue };
        let section =
            report.reading.sentences.get(clause.sentence).map_or(Section::Body, |sentence| sentence.section);
        let is_pattern = ["[1-9]", "[0-9]", "*", "{", "\\d"].iter().any(|sign| seen.value.contains(sign));
        let role = if harmless.contains(&seen.value) || is_denied(report, seen, clause) {
            OR::Reference
        } else {
            role(report, seen, clause, section, is_pattern)
        };
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

/// Whether four numbers with dots between are a version: `fixed in 11.10.0.2`.
fn is_version(report: &Report, seen: &observables::Seen) -> bool {
    let start = seen.range.start.saturating_sub(60);
    let before = report.reading.text().get(start..seen.range.start).unwrap_or_default().to_ascii_lowercase();
    let lead =
        before.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' '));
    let lead = lead.strip_suffix(" and").map_or(lead, |rest| {
        rest.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' '))
    });
    if matches!(seen.kind, OT::Ipv4) && (lead.ends_with("fixed in") || lead.ends_with("version")) {
        return true;
    }
    if seen.kind != OT::Ipv4 || seen.is_defanged {
        return false;
    }
    let token = report.token_at(seen.range.start);
    let Some(sentence) = report.reading.sentence_of(token).and_then(|nth| report.reading.sentences.get(nth))
    else {
        return false;
    };
    let says = |words: &[&str]| sentence.tokens.clone().any(|at| report.reading.says(at, words));
    says(&["version", "versions", "fixed", "patched", "upgrade", "release", "releases", "build"])
        && !says(&["ip", "address", "addresses", "from", "host", "hosts", "traffic", "requests", "server"])
}

/// Words that call their subject harmless.
const HARMLESS: &[&str] = &[
    "legitimate",
    "benign",
    "harmless",
    "innocent",
    "innocuous",
    "unrelated",
    "uninvolved",
    "unconnected",
    "sanctioned",
    "authorised",
    "authorized",
    "allowlisted",
    "whitelisted",
    "expected",
];

/// What of one's own sends requests by itself.
const OWN: &[&str] = &[
    "monitoring",
    "monitor",
    "scanner",
    "scanners",
    "crawler",
    "probe",
    "probes",
    "test",
    "tests",
    "server",
    "servers",
    "system",
    "systems",
    "proxy",
    "gateway",
    "office",
    "network",
    "address",
    "infrastructure",
    "team",
];

/// Verbs by which something has a part in what happened: who denies one of these denies the part.
const TAKES_PART: &[&str] = &[
    "came",
    "come",
    "comes",
    "originate",
    "originated",
    "use",
    "used",
    "uses",
    "using",
    "involve",
    "involved",
    "connect",
    "connected",
    "contact",
    "contacted",
    "communicate",
    "communicated",
    "send",
    "sent",
    "make",
    "made",
    "call",
    "called",
    "query",
    "queried",
    "requested",
    "access",
    "accessed",
    "touch",
    "touched",
    "read",
    "download",
    "downloaded",
    "copied",
    "host",
    "hosted",
    "saw",
    "see",
    "seen",
    "observe",
    "observed",
    "find",
    "found",
    "detect",
    "detected",
    "affect",
    "affected",
    "targeted",
    "attacked",
    "compromised",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "play",
    "played",
    "belong",
    "belonged",
    "belongs",
    "malicious",
    "exploited",
    "abused",
    "related",
    "linked",
    "connected",
    "associated",
    "tied",
    "had",
    "has",
    "have",
];

/// Values that the report calls harmless somewhere: of these none is an indicator anywhere.
fn harmless(report: &Report) -> BTreeSet<String> {
    let named = |seen: &&observables::Seen| {
        let token = report.token_at(seen.range.start);
        report.reading.sentence_of(token).is_some_and(|sentence| is_harmless(report, sentence, token))
    };
    let mut harmless: BTreeSet<String> =
        report.seen.iter().filter(named).map(|seen| seen.value.clone()).collect();
    // `Lists name X as the source. We found no requests from X`: the denial holds, unless X is told of as used.
    let mut denied: BTreeSet<&str> = BTreeSet::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for seen in report.seen.iter().filter(|seen| !matches!(seen.kind, OT::UrlPath | OT::Url)) {
        let Some(clause) = report.clause_at(seen.range.start) else { continue };
        if is_denied(report, seen, clause) {
            denied.insert(&seen.value);
        } else if is_used(report, seen, clause) {
            used.insert(&seen.value);
        }
    }
    harmless.extend(denied.difference(&used).map(|value| (*value).to_owned()));
    harmless
}

/// Whether the report says that it had a part.
fn is_used(report: &Report, seen: &observables::Seen, clause: &discourse::Clause) -> bool {
    let governors = report.syntax.governors(clause.sentence, report.token_at(seen.range.start));
    governors.first().is_some_and(|governor| {
        !governor.is_denied && report.reading.says(governor.predicate.head, TAKES_PART)
    })
}

/// `192.0.2.4 was legitimate`, `192.0.2.4 (our own scanner)`, `the alert about 192.0.2.4 was a false alarm`.
fn is_harmless(report: &Report, sentence: usize, token: usize) -> bool {
    let reading = &report.reading;
    let Some(end) = reading.sentences.get(sentence).map(|one| one.tokens.end) else { return false };
    let calls = |at: usize| {
        let own = reading.says(at, OWN)
            && (at.saturating_sub(4).max(token)..at)
                .any(|before| reading.says(before, &["our", "own", "us", "ours"]))
            && !reading.has(token..at, &[crate::lexicon::Concept::Attacker]);
        let not = (at.saturating_sub(2).max(token)..at).any(|before| reading.says(before, &["not", "no"]));
        // `it belongs to a customer`.
        let known = reading
            .says(at, &["customer", "customers", "partner", "colleague", "employee", "us", "ours"])
            && (at.saturating_sub(4)..at)
                .any(|before| reading.says(before, &["belongs", "belong", "belonged"]));
        let not_malicious = not && reading.says(at, &["malicious", "hostile", "suspicious"]);
        let false_alarm = reading.says(at, &["false"])
            && reading.says(at + 1, &["positive", "positives", "alarm", "alarms", "alert"]);
        not_malicious || !not && (own || known || false_alarm || reading.says(at, HARMLESS))
    };
    // What is seen is in order: the last of this sentence stands before the first of the next.
    let sentence_end = reading.sentences.get(sentence).map_or(0, |one| one.range.end);
    let after = report.seen.partition_point(|seen| seen.range.start < sentence_end);
    let last = after.checked_sub(1).and_then(|nth| report.seen.get(nth));
    let is_last = last.is_some_and(|seen| report.token_at(seen.range.start) == token);
    // `X appears in the logs; it is our own scanner.` `X called it. It is our own scanner.`
    let takes_up = |verb: &crate::syntax::Predicate, opens: bool| {
        is_last
            && verb.subject.len() == 1
            && reading.says(verb.subject.start, &["it", "this", "that", "these", "they", "both"])
            && (verb.subject.start > token || opens)
    };
    let next = report.syntax.of_sentence(sentence + 1).first().filter(|verb| {
        reading.sentences.get(sentence + 1).is_some_and(|one| one.tokens.start == verb.subject.start)
    });
    let next_end = reading.sentences.get(sentence + 1).map_or(end, |one| one.tokens.end);
    let of_next = next.is_some_and(|verb| {
        takes_up(verb, true) && !verb.is_negated && (verb.head..next_end.min(verb.group.end + 7)).any(calls)
    });
    let of_subject = of_next
        || report.syntax.of_sentence(sentence).iter().any(|verb| {
            let says =
                matches!(report.syntax.tag(verb.head), crate::syntax::Tag::Be | crate::syntax::Tag::Adj)
                    || reading.says(
                        verb.head,
                        &[
                            "turned",
                            "proved",
                            "belongs",
                            "belong",
                            "belonged",
                            "confirmed",
                            "considered",
                            "identified",
                        ],
                    );
            says && !verb.is_negated
                && (verb.subject.contains(&token) || takes_up(verb, false))
                && (verb.head..end.min(verb.group.end + 7)).any(calls)
                || says
                    && verb.is_negated
                    && verb.subject.contains(&token)
                    && (verb.head..end.min(verb.group.end + 3))
                        .any(|at| reading.says(at, &["malicious", "hostile", "suspicious"]))
        });
    let close = (token + 1..end.min(token + 14)).find(|at| matches!(reading.word(*at), ")" | "]"));
    let bracketed = matches!(reading.word(token + 1), "(" | "[" | "—" | "–" | ":" | ",")
        && (token + 2..close.unwrap_or(end.min(token + 9))).any(calls)
        && report.syntax.of_sentence(sentence).iter().all(|verb| !verb.is_finite || !verb.is_past);
    of_subject || bracketed
}

/// Whether the report says that it had no part: `did not use`, `not from 192.0.2.4`, `no sign of traffic to`.
/// Where a check was missing, `did not ask for a token at /api/orders`, that is what is denied.
fn is_denied(report: &Report, seen: &observables::Seen, clause: &discourse::Clause) -> bool {
    let token = report.token_at(seen.range.start);
    // Who tried in vain did try.
    if report.syntax.is_failed(token) {
        return false;
    }
    if report.syntax.is_denied(token) {
        return true;
    }
    let is_door = matches!(seen.kind, OT::UrlPath | OT::Url);
    let has_fault = report
        .frames_in(clause.sentence)
        .iter()
        .any(|framed| framed.frame.kind.is_fault() && !framed.frame.is_negated);
    let governors = report.syntax.governors(clause.sentence, token);
    governors.first().is_some_and(|governor| {
        let verb = governor.predicate;
        governor.is_denied
            && report.reading.says(verb.head, TAKES_PART)
            && (!has_fault && (governor.is_theme || !is_door))
    })
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
    // `the address in the screenshots is a documentation address`
    if sentence.contains("documentation address") || sentence.contains("reserved for documentation") {
        return OR::Example;
    }
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
    // `GET https://...`: what was called.
    let before = report.token_at(seen.range.start).checked_sub(1);
    if seen.kind == OT::Url
        && before
            .is_some_and(|at| report.reading.says(at, &["get", "post", "put", "patch", "delete", "head"]))
    {
        return OR::Indicator;
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
