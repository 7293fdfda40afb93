//! From bytes to the whole object, step by step.

use std::ops::Range;

use crate::discourse::Discoursed;
use crate::given::Given;
use crate::ids::Base;
use crate::model::{
    Claim, Dropped, FrameKind as F, Intel, Knowledge, Origin, Repair, RepairKind, SCHEMA, Source, Span,
    Statement, Status,
};
use crate::reading::{Reading, Section};
use crate::report::Report;
use crate::source::{self, BlockKind, ReadError};
use crate::syntax::Syntax;
use crate::{
    acts, classes, dates, discourse, entities, errata, events, frames, ids, looked_for, notified, numbers,
    observables, risk, suggested, techniques, weaknesses,
};

/// Reads a report and says what it says. `name` is the file's name, a hint at the format.
///
/// # Errors
/// When the bytes are no report that can be read.
pub fn understand(bytes: &[u8], name: &str) -> Result<Intel, ReadError> {
    understand_given(&Given::all(bytes)?, name)
}

/// The same of a report of which perhaps only the beginning is at hand, or which was laid open before.
///
/// # Errors
/// When it is no report that can be read.
pub fn understand_given(given: &Given<'_>, name: &str) -> Result<Intel, ReadError> {
    let report = read(given, name)?;
    let mut skip: Vec<Range<usize>> = report
        .dates
        .iter()
        .map(|dated| dated.range.clone())
        .chain(report.ids.iter().map(|found| found.range.clone()))
        .chain(report.seen.iter().map(|seen| seen.range.clone()))
        .collect();
    skip.sort_by_key(|range| (range.start, range.end));
    let mut numbers = numbers::numbers(&report.reading, &report.syntax, &report.discoursed, &skip);
    let derived = numbers::derived(&numbers);
    let (mut exposed, mut spared) =
        classes::classes(&report.reading, &report.syntax, &report.discoursed, &report.named);
    let mut techniques = techniques::techniques(&report, &numbers);
    let mut weaknesses = weaknesses::weaknesses(&report, &numbers);
    let because = incident(&report, &exposed, &numbers);
    let is_incident = !because.is_empty();
    if !is_incident {
        // Where nothing happened, nothing got out.
        exposed.clear();
        spared.clear();
        suppose(&mut techniques.observed, &mut [&mut weaknesses.owasp, &mut weaknesses.cwe]);
    }
    let claims =
        errata::Claims { techniques: &techniques.observed, weaknesses: &weaknesses, numbers: &numbers };
    let errata = errata::errata(&report, &claims);
    if is_incident {
        let beyond = suggested::suggested(&report, &techniques.observed);
        techniques.observed.extend(beyond);
        techniques.observed.sort_by(|one, other| one.id.cmp(&other.id));
    }
    let risk = is_incident.then(|| risk::risk(&report, &numbers, &exposed));
    if !is_incident {
        // Where nothing happened, numbers say nothing of what did.
        for number in &mut numbers {
            number.role = crate::model::NumberRole::Other;
        }
    }
    let entities = entities::entities(&report, is_incident);
    let notification = notified::notification(&report, &entities, is_incident);
    Ok(Intel {
        schema: SCHEMA.to_owned(),
        source: source_of(&report.reading, given),
        knowledge: knowledge(),
        title: title(&report),
        published: published(&report),
        is_incident,
        is_incident_because: because,
        techniques: techniques.observed,
        consequences: techniques.consequences,
        tactics: techniques.tactics,
        owasp: weaknesses.owasp,
        owasp_stated: weaknesses.owasp_stated,
        cwe: weaknesses.cwe,
        capec: weaknesses.capec,
        d3fend: weaknesses.d3fend,
        mitigations: weaknesses.mitigations,
        cves: weaknesses.cves,
        numbers,
        derived,
        data_classes_exposed: exposed,
        data_classes_not_exposed: spared,
        entities,
        observables: looked_for::observed(&report),
        dates: events::dates(&report),
        timeline: if is_incident { events::timeline(&report) } else { Vec::new() },
        frames: report.frames.iter().map(|framed| framed.frame.clone()).collect(),
        errata,
        notification,
        risk,
        statements: statements(&report),
        dropped: dropped(&report),
        repairs: repairs(&report),
    })
}

/// Where nothing happened, what is named or described is what may happen: nobody did it.
fn suppose(techniques: &mut [crate::model::TechniqueClaim], claims: &mut [&mut Vec<Claim>]) {
    for technique in techniques.iter_mut() {
        technique.status = Status::Suggested;
    }
    for claim in claims.iter_mut().flat_map(|claims| claims.iter_mut()) {
        claim.status = Status::Suggested;
    }
}

fn read(given: &Given<'_>, name: &str) -> Result<Report, ReadError> {
    let document = source::read(given, name)?;
    let ids = ids::find(&document.text.text);
    let seen = observables::observables(&document.text.text);
    let reading = Reading::new(document);
    let defences: Vec<Range<usize>> = ids
        .iter()
        .filter(|found| matches!(found.base, Base::Defence | Base::Mitigation))
        .map(|found| {
            let from = reading.tokens.partition_point(|token| token.range.end <= found.range.start);
            from..from + 1
        })
        .collect();
    let syntax = Syntax::new(&reading);
    let discoursed = discourse::discourse(&reading, &syntax, &defences);
    let frames = frames::frames(&reading, &syntax, &discoursed);
    let named = classes::named(&reading);
    let acts = acts::acts(&reading, &syntax, &discoursed, &named);
    let dates = dates::dates(&reading);
    Ok(Report { reading, syntax, discoursed, ids, frames, acts, named, dates, seen })
}

fn source_of(reading: &Reading, given: &Given<'_>) -> Source {
    let document = &reading.document;
    Source {
        format: document.format,
        bytes: given.whole.bytes,
        sha256: given.whole.sha256.clone(),
        text_layer: given.text_layer.clone(),
        undecodable_bytes: document.undecodable_bytes,
        read_only: document.read_only,
    }
}

fn knowledge() -> Vec<Knowledge> {
    [
        ("ATT&CK", catalog::ATTACK_VERSION),
        ("D3FEND", catalog::D3FEND_VERSION),
        ("CWE", catalog::CWE_VERSION),
        ("OWASP API Security Top 10", catalog::OWASP_API_EDITION),
        ("CAPEC as linked by", catalog::CAPEC_LINKS_VERSION),
    ]
    .into_iter()
    .map(|(name, version)| Knowledge { name: name.to_owned(), version: version.to_owned() })
    .collect()
}

/// The statements that make a report one of an incident: something was done or stood open, and it is told
/// as a fact of one case.
fn incident(
    report: &Report,
    exposed: &[crate::model::ClassClaim],
    numbers: &[crate::model::Number],
) -> Vec<Span> {
    let happened = [
        F::Retrieved,
        F::Exposed,
        F::Enumerated,
        F::Automated,
        F::UsedCredential,
        F::CredentialStuffing,
        F::Published,
        F::Altered,
        F::Paged,
        F::BruteForce,
        F::FoundSecret,
        F::RequestForgery,
        F::Injection,
        F::Extorted,
    ];
    let after = [
        F::Fixed,
        F::Notified,
        F::Confirmed,
        F::Investigating,
        F::Reported,
        F::LegalAction,
        F::Found,
        F::FoundByInspection,
        F::FoundByProbing,
        F::Surfaced,
        F::Deleted,
        F::Stopped,
        F::NoAuthentication,
        F::BrokenAuthentication,
        F::NoObjectCheck,
        F::NoFunctionCheck,
        F::ExcessiveData,
        F::NoLimit,
        F::Misconfigured,
    ];
    let of = |kinds: &[F]| -> Vec<Span> {
        report
            .frames
            .iter()
            .filter(|framed| {
                kinds.contains(&framed.frame.kind)
                    && framed.frame.status.is_asserted()
                    && !framed.frame.is_negated
            })
            .filter(|framed| is_past(report, framed.clause))
            .map(|framed| framed.frame.span)
            .collect()
    };
    let (mut acts, follows) = (of(&happened), of(&after));
    let told = report
        .acts
        .iter()
        .filter(|act| act.status.is_asserted() && !matches!(act.what, acts::AS_DESIGNED | acts::FLAWED));
    acts.extend(told.filter_map(|act| report.reading.span(act.tokens.clone())));
    let counted = numbers.iter().filter(|number| {
        matches!(number.role, crate::model::NumberRole::Accessed | crate::model::NumberRole::Requests)
            && number.status.is_asserted()
            && !number.unit.contains(" per ")
    });
    let counted: Vec<Span> = counted.flat_map(|number| number.spans.first().copied()).collect();
    acts.extend(counted.iter().copied());
    let has_classes = exposed.iter().any(|claim| claim.status.is_asserted());
    // A fault needs no past: `the API asks for no log-in` and somebody used it.
    let faulty = report.frames.iter().any(|framed| {
        framed.frame.kind.is_fault() && framed.frame.status.is_asserted() && !framed.frame.is_negated
    });
    let mapped = report.ids.iter().any(|found| {
        matches!(found.base, Base::Technique | Base::Weakness)
            && report.clause_at(found.range.start).is_some_and(discourse::Clause::tells)
    });
    let did = !counted.is_empty()
        || report.acts.iter().any(|act| act.status.is_asserted() && act.what != acts::AS_DESIGNED);
    // Advice may tell of attackers and of faults, and of nothing that happened.
    let of_advice =
        report.discoursed.clauses.iter().filter(|clause| clause.role == crate::model::Discourse::Recommended);
    let mostly_advice = of_advice.count() * 2 > report.discoursed.clauses.len();
    let happened =
        !follows.is_empty() || has_classes && !mostly_advice || did && (faulty || mapped) && !mostly_advice;
    let shown = report.acts.iter().any(|act| act.what == acts::SHOWN && act.status.is_asserted());
    if !acts.is_empty() && (happened || shown && !mostly_advice) {
        return acts.into_iter().chain(follows).take(6).collect();
    }
    Vec::new()
}

/// Whether the clause, or the sentence that it is a part of, tells of something past.
fn is_past(report: &Report, clause: usize) -> bool {
    let Some(clause) = report.discoursed.clauses.get(clause) else { return false };
    let whole = report.reading.sentences.get(clause.sentence).map(|sentence| sentence.tokens.clone());
    frames::tells_of_past(&report.reading, clause.tokens.clone())
        || whole.is_some_and(|whole| frames::tells_of_past(&report.reading, whole))
}

fn title(report: &Report) -> Option<Claim> {
    let first = report.reading.sentences.iter().find(|sentence| sentence.tokens.len() > 2)?;
    let is_title = first.kind == BlockKind::Heading
        || (report.reading.sentences.first().map(|sentence| sentence.block) == Some(first.block)
            && first.tokens.len() < 20
            && !report.reading.word(first.tokens.end.saturating_sub(1)).ends_with('.'));
    let span = report.span(first.range.clone()).filter(|_| is_title)?;
    Some(Claim {
        id: report.reading.words(first.tokens.clone()),
        name: String::new(),
        status: Status::Stated,
        origin: Origin::Name,
        by: None,
        because: "headline".into(),
        spans: vec![span],
    })
}

/// A date that stands alone or beside `published`.
fn published(report: &Report) -> Option<String> {
    let dated = report.dates.iter().take(3).find(|dated| {
        let Some(nth) = report.reading.sentence_of(dated.tokens.start) else { return false };
        let Some(sentence) = report.reading.sentences.get(nth) else { return false };
        let words = report.reading.words(sentence.tokens.clone()).to_lowercase();
        let lone = sentence.tokens.len() <= dated.tokens.len() + 4;
        (lone
            || words.starts_with("published")
            || words.starts_with("posted")
            || words.starts_with("updated"))
            && nth < 8
            && sentence.section != Section::Timeline
    })?;
    (dated.value.len() == 10 && !dated.value.starts_with('-')).then(|| dated.value.clone())
}

fn statements(report: &Report) -> Vec<Statement> {
    let of = |clause: &discourse::Clause| {
        Some(Statement {
            span: report.reading.span(clause.tokens.clone())?,
            sentence: clause.sentence,
            role: clause.role,
            by: clause.by.clone(),
            because: clause.because.clone(),
            text: report.reading.words(clause.tokens.clone()),
        })
    };
    // A bracket on a line of code says nothing.
    let says = |statement: &Statement| statement.text.chars().any(char::is_alphanumeric);
    report.discoursed.clauses.iter().filter_map(of).filter(says).collect()
}

fn dropped(report: &Report) -> Vec<Dropped> {
    let Discoursed { boilerplate, .. } = &report.discoursed;
    let sentences = boilerplate.iter().filter_map(|(nth, reason)| {
        let range = report.reading.sentences.get(*nth)?.range.clone();
        Some(Dropped { span: report.span(range)?, reason: *reason })
    });
    let mut dropped: Vec<Dropped> =
        report.reading.document.dropped.iter().cloned().chain(sentences).collect();
    dropped.sort_by_key(|dropped| dropped.span);
    dropped
}

fn repairs(report: &Report) -> Vec<Repair> {
    let glued = report
        .reading
        .document
        .repairs
        .iter()
        .filter_map(|(kind, range)| Some(Repair { kind: *kind, span: report.span(range.clone())? }));
    let lost = report
        .reading
        .sentences
        .iter()
        .filter(|sentence| lost_beginning(&report.reading, sentence))
        .filter_map(|sentence| {
            Some(Repair { kind: RepairKind::BeginningLost, span: report.span(sentence.range.clone())? })
        });
    let mut repairs: Vec<Repair> = glued.chain(lost).collect();
    repairs.sort_by_key(|repair| repair.span);
    repairs
}

/// A sentence that begins small, or with a bare noun that nothing is said of: `HTTP POST request, ..., they could`.
fn lost_beginning(reading: &Reading, sentence: &crate::reading::Sentence) -> bool {
    if sentence.kind != BlockKind::Paragraph {
        return false;
    }
    let tokens = sentence.tokens.clone();
    let Some(first) = reading.tokens.get(tokens.start) else { return false };
    let small = reading.word(tokens.start).chars().next().is_some_and(char::is_lowercase)
        && tokens.len() > 4
        && matches!(first.kind, crate::reading::Kind::Word);
    let restart = (tokens.start + 2..tokens.end.min(tokens.start + 30)).find(|at| {
        reading.word(at - 1) == ","
            && reading.says(*at, &["they", "he", "she", "it", "we"])
            && reading.says(at + 1, &["could", "was", "were", "would", "can", "had"])
    });
    let bare = restart.is_some_and(|restart| {
        let head = tokens.start..restart;
        let opens = reading.says(
            tokens.start,
            &[
                "by", "in", "with", "after", "before", "when", "while", "if", "as", "on", "at", "from",
                "using", "for", "to", "once", "because", "since", "although", "the", "a", "an", "under",
                "through", "during", "despite",
            ],
        );
        let gerund = reading.word(tokens.start).to_lowercase().ends_with("ing")
            || reading.word(tokens.start).to_lowercase().ends_with("ed");
        let verb = head.clone().any(|at| {
            reading.word(at).to_lowercase().ends_with("ed")
                || reading.says(
                    at,
                    &[
                        "we", "he", "she", "it", "they", "our", "i", "is", "are", "was", "were", "has",
                        "had", "did", "could", "can", "said",
                    ],
                )
        });
        !opens && !gerund && !verb
    });
    small && sentence.block > 0 || bare
}
