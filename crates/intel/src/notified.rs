//! Who was told, is to be told or was not told: people concerned, authorities, police.
//!
//! By the verbs of telling and whom they are done to, never by a word that only stands near.

use std::ops::Range;

use crate::lexicon::Concept as C;
use crate::model::{
    Discourse, Entity, EntityRole, FrameKind as F, Notification, NotificationState as N, Notified, Status,
};
use crate::report::{Report, SPANS_MAX};
use crate::syntax::{Predicate, Tag};

/// Verbs whose object is told.
const TELL: &[&str] = &[
    "notify",
    "notifies",
    "notified",
    "notifying",
    "inform",
    "informs",
    "informed",
    "informing",
    "tell",
    "tells",
    "told",
    "telling",
    "alert",
    "alerts",
    "alerted",
    "alerting",
    "warn",
    "warned",
    "warning",
    "contact",
    "contacts",
    "contacted",
    "contacting",
    "brief",
    "briefed",
    "email",
    "emailed",
    "emailing",
    "mailed",
    "phoned",
    "apprised",
    "advised",
    "engaged",
    "involved",
];

/// Verbs that go on with `to` or `with` and then with who is told.
const TELL_TO: &[&str] = &[
    "report",
    "reports",
    "reported",
    "reporting",
    "write",
    "writes",
    "wrote",
    "written",
    "writing",
    "disclose",
    "disclosed",
    "submit",
    "submitted",
    "filed",
    "files",
    "file",
    "filing",
    "sent",
    "send",
    "sends",
    "sending",
    "mailed",
    "mail",
    "notified",
    "notify",
    "reached",
    "reach",
    "made",
    "lodged",
    "issued",
    "gave",
    "given",
    "went",
    "working",
    "work",
    "works",
    "worked",
    "cooperating",
    "cooperate",
    "cooperates",
    "cooperated",
    "liaising",
    "referred",
    "self-reported",
    "speaking",
    "announced",
    "communicated",
    "passed",
];

/// What is sent to people, so that sending it tells them.
const LETTERS: &[&str] = &[
    "letter",
    "letters",
    "notice",
    "notices",
    "notification",
    "notifications",
    "email",
    "emails",
    "mail",
    "mails",
    "message",
    "messages",
    "report",
    "complaint",
    "breach",
    "incident",
    "it",
    "this",
    "out",
    "form",
    "statement",
];

/// Verbs of which only what hangs on them is told of, if anything: `sent letters to`, not `sent requests to`.
const CARRIES: &[&str] = &[
    "sent",
    "send",
    "sends",
    "sending",
    "made",
    "issued",
    "gave",
    "given",
    "went",
    "passed",
    "submitted",
    "submit",
    "filed",
    "file",
    "files",
    "filing",
    "lodged",
];

const REGIMES: &[(&str, &str)] = &[
    ("GDPR", "GDPR"),
    ("General Data Protection Regulation", "GDPR"),
    ("CCPA", "CCPA"),
    ("HIPAA", "HIPAA"),
    ("PIPEDA", "PIPEDA"),
    ("LGPD", "LGPD"),
    ("Notifiable Data Breaches", "NDB"),
    ("Data Protection Act", "Data Protection Act"),
    ("GLBA", "GLBA"),
    ("Privacy Act", "Privacy Act"),
];

/// Who was or is to be told.
pub(crate) fn notification(report: &Report, entities: &[Entity], is_incident: bool) -> Notification {
    let mut out = Notification::default();
    if is_incident {
        for nth in 0..report.reading.sentences.len() {
            for verb in report.syntax.of_sentence(nth) {
                told_by(report, entities, nth, verb, &mut out);
            }
        }
        judges(entities, &mut out);
    }
    for party in &out.parties {
        let state = party.state;
        out.state = further(out.state, state);
        out.spans.extend(party.spans.iter().filter(|_| state != N::Unmentioned).copied());
    }
    general(report, &mut out);
    out.spans.sort_unstable();
    out.spans.dedup();
    for (words, regime) in REGIMES {
        if report.reading.text().contains(words) && !out.regimes.iter().any(|known| known == regime) {
            out.regimes.push((*regime).to_owned());
        }
    }
    out
}

/// What the report says without saying whom.
fn general(report: &Report, out: &mut Notification) {
    for framed in &report.frames {
        let state = match framed.frame.kind {
            F::EvaluatingDuties => N::Evaluating,
            F::Notified if !out.parties.is_empty() => continue,
            F::Notified if framed.frame.is_negated => N::Missing,
            F::Notified if framed.frame.status == Status::Hypothetical => N::Evaluating,
            F::Notified => N::Done,
            _ => continue,
        };
        out.spans.push(framed.frame.span);
        out.state = further(out.state, state);
    }
}

/// The further of two states; that nobody was told counts only where nothing else is said.
fn further(known: N, state: N) -> N {
    match (known, state) {
        (N::Unmentioned, state) => state,
        (known, N::Missing) => known,
        (N::Missing, state) => state,
        (known, state) => known.max(state),
    }
}

/// Authorities that judge by name, whoever told them.
fn judges(entities: &[Entity], out: &mut Notification) {
    let named = entities.iter().filter(|one| one.role == EntityRole::Authority && one.is_named).take(4);
    for one in named {
        let known =
            |party: &Notified| party.name.as_ref().is_some_and(|name| one.name.contains(name.as_str()));
        if !out.parties.iter().any(known) {
            out.parties.push(Notified {
                who: "regulator".to_owned(),
                name: Some(one.name.clone()),
                state: N::Unmentioned,
                spans: one.spans.iter().take(1).copied().collect(),
            });
        }
    }
}

fn told_by(report: &Report, entities: &[Entity], sentence: usize, verb: &Predicate, out: &mut Notification) {
    let reading = &report.reading;
    let (tells, to) = (reading.says(verb.head, TELL), reading.says(verb.head, TELL_TO));
    if !tells && !to {
        return;
    }
    let Some(clause) =
        report.discoursed.of_token(verb.head).and_then(|nth| report.discoursed.clauses.get(nth))
    else {
        return;
    };
    if matches!(clause.role, Discourse::Boilerplate | Discourse::Consequence) {
        return;
    }
    let end = reading.sentences.get(sentence).map_or(verb.head, |one| one.tokens.end);
    let mut zones: Vec<Range<usize>> = Vec::new();
    let written =
        verb.is_passive && reading.says(verb.head, &["written"]) && reading.says(verb.head + 1, &["to"]);
    if (tells || written) && verb.is_passive {
        zones.push(plain(report, verb.subject.clone()));
        // `were informed by letter, and the commissioner on 9 January`.
        let also = (verb.group.end..end.min(verb.group.end + 16))
            .take_while(|at| !matches!(report.syntax.tag(*at), Tag::Stop | Tag::Verb(_) | Tag::Be | Tag::Sub))
            .find(|at| reading.says(*at, &["and"]) && report.syntax.tag(at + 1) == Tag::Det);
        zones.extend(also.map(|at| plain(report, at + 1..end.min(at + 8))));
    } else if tells {
        zones.push(plain(report, verb.group.end..end.min(verb.group.end + 14)));
    }
    if to {
        let near = verb.head + 1..end.min(verb.head + 12);
        let stop = near
            .clone()
            .find(|at| matches!(report.syntax.tag(*at), Tag::Stop | Tag::Turn | Tag::Sub | Tag::Modal));
        let near = near.start..stop.unwrap_or(near.end);
        let preposition =
            near.clone().find(|at| reading.says(*at, &["to", "with"]) && report.syntax.tag(*at) != Tag::To);
        let carries = !reading.says(verb.head, CARRIES)
            || near.chain(verb.subject.clone()).any(|at| reading.says(at, LETTERS));
        if let Some(at) = preposition.filter(|_| carries) {
            zones.push(plain(report, at + 1..end.min(at + 14)));
        }
    }
    for zone in zones {
        for (who, at) in parties(report, zone.clone()) {
            let whose = verb.subject.clone();
            let is_finder = whose.clone().any(|at| {
                reading.says(at, &["he", "she", "i"])
                    || reading.is(at, &[C::Researcher, C::Attacker]) && !reading.is(at, &[C::Company])
            });
            // Who found it tells people nothing that counts.
            if who == "customers" && is_finder && !verb.is_passive {
                continue;
            }
            let denied = verb.is_negated
                || report.syntax.denies(sentence, at) && !reading.says(zone.start, &["nobody"])
                || (zone.start.saturating_sub(2)..at).any(|at| report.syntax.tag(at) == Tag::No);
            let Some(state) = state(report, sentence, clause.role, verb, denied) else { continue };
            let name = name(report, entities, who, at);
            let Some(span) = reading.span(verb.group.start.min(at)..verb.group.end.max(at + 1)) else {
                continue;
            };
            put(out, who, name, state, span);
        }
    }
}

fn put(out: &mut Notification, who: &str, name: Option<String>, state: N, span: crate::model::Span) {
    match out
        .parties
        .iter_mut()
        .find(|party| party.who == who && (party.name == name || name.is_none() || party.name.is_none()))
    {
        Some(party) => {
            party.state = further(party.state, state);
            if party.name.is_none() {
                party.name = name;
            }
            if party.spans.len() < SPANS_MAX && !party.spans.contains(&span) {
                party.spans.push(span);
            }
        }
        None => out.parties.push(Notified { who: who.to_owned(), name, state, spans: vec![span] }),
    }
}

/// The nouns that a zone begins with, before what else is said of them.
fn plain(report: &Report, zone: Range<usize>) -> Range<usize> {
    let goes_on = |at: &usize| {
        let quiet = report.reading.says(*at, &["of", "whose", "who", "that"]);
        matches!(
            report.syntax.tag(*at),
            Tag::Det
                | Tag::No
                | Tag::Adj
                | Tag::Noun
                | Tag::Num
                | Tag::Join
                | Tag::Adv
                | Tag::Mark
                | Tag::Pron
        ) && !quiet
            || report.reading.word(*at).ends_with("ed") && *at < zone.start + 3
            || report.syntax.tag(*at) == Tag::Prep && *at == zone.start
            || report.reading.says(*at, &["of", "for"]) && report.reading.is(at + 1, &[C::Authority])
    };
    let len = zone.clone().take_while(goes_on).count();
    zone.start..zone.start + len
}

/// Who stands in a zone.
fn parties(report: &Report, zone: Range<usize>) -> Vec<(&'static str, usize)> {
    let reading = &report.reading;
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    for at in zone.clone() {
        let compound = at + 1 < zone.end && report.syntax.tag(at + 1) == Tag::Noun;
        let who = if reading.is(at, &[C::Police]) {
            "police"
        } else if is_judge(report, at) {
            "regulator"
        } else if reading.is(at, &[C::People]) && !compound && !reading.is(at, &[C::Researcher, C::Company])
            || reading.says(at, &["those", "everyone", "everybody", "anyone"])
                && reading.says(at + 1, &["affected", "concerned", "impacted", "whose", "involved"])
            || report.syntax.tag(at) == Tag::Noun
                && reading.says(at + 1, &["affected", "concerned", "impacted"])
        {
            "customers"
        } else {
            continue;
        };
        if !found.iter().any(|(known, _)| *known == who) {
            found.push((who, at));
        }
    }
    found
}

fn is_judge(report: &Report, at: usize) -> bool {
    report.reading.is(at, &[C::Authority]) || crate::entities::is_judge(report, at)
}

/// How far it is; nothing where it is only advised or imagined.
fn state(report: &Report, sentence: usize, role: Discourse, verb: &Predicate, denied: bool) -> Option<N> {
    let reading = &report.reading;
    let says = |range: Range<usize>, words: &[&str]| range.clone().any(|at| reading.says(at, words));
    let before = verb.group.start.saturating_sub(8)..verb.group.start;
    let weighs = [
        "whether",
        "examines",
        "examining",
        "examine",
        "examined",
        "evaluating",
        "evaluates",
        "assessing",
        "assesses",
        "considering",
        "considers",
        "if",
    ];
    let whole = reading.sentences.get(sentence).map_or(verb.group.clone(), |one| one.tokens.clone());
    let open = says(whole.clone(), weighs.get(1..11).unwrap_or_default())
        && says(whole, &["whether", "if", "how"])
        && says(before.clone(), &["whether", "if", "how"]);
    if open {
        return Some(N::Evaluating);
    }
    if denied {
        return Some(N::Missing);
    }
    let group = verb.group.clone();
    if says(group.clone(), &["will", "shall", "we'll"])
        || says(
            before.clone(),
            &[
                "going",
                "plans",
                "planned",
                "intends",
                "intend",
                "preparing",
                "prepares",
                "promised",
                "promises",
            ],
        ) && verb.is_possible
    {
        return Some(N::Planned);
    }
    let starts = [
        "began",
        "begun",
        "begins",
        "started",
        "starts",
        "start",
        "continues",
        "continue",
        "continuing",
        "proceeded",
    ];
    if says(before.clone(), &starts) {
        return Some(N::Done);
    }
    if verb.is_possible
        || role == Discourse::Recommended
        || says(before.clone(), &["should", "must", "please"])
    {
        // `had to be told` was done or not; nobody says.
        return None;
    }
    let asks = matches!(verb.subject.clone().next_back().map(|at| reading.says(at, &["you"])), Some(true));
    (!asks && !verb.is_doubted).then_some(N::Done)
}

/// The name of who was told; a bare `authority` is none.
fn name(report: &Report, entities: &[Entity], who: &str, at: usize) -> Option<String> {
    if who == "customers" {
        return None;
    }
    let span = report.reading.span(at..at + 1)?;
    let holds = |one: &&Entity| {
        one.role == EntityRole::Authority
            && one.spans.iter().any(|other| other.start <= span.start && span.end <= other.end)
    };
    let known = entities.iter().find(holds)?;
    // Somebody without a name of its own counts as named by what it watches: `data protection commissioner`.
    let plain = known.name.split(' ').all(|word| {
        [
            "the",
            "relevant",
            "appropriate",
            "competent",
            "federal",
            "state",
            "local",
            "national",
            "responsible",
            "authority",
            "authorities",
            "regulator",
            "regulators",
            "agencies",
            "agency",
            "police",
            "certain",
            "government",
        ]
        .contains(&word.to_lowercase().as_str())
    });
    (!plain).then(|| known.name.clone())
}
