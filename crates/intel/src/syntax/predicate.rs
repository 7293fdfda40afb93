//! Verbs with their voice, mood and denial, and the words to both sides that belong to them.

// long: what a verb is and what belongs to it are found together; each needs the verbs before it.

use std::ops::Range;

use super::outcome::{PROOFS, Zone, excludes, outcomes};
use super::tag::{Tag, denies};
use super::verbs::{self, Class, DID, DID_NOT, EXPLOIT, Form};
use crate::reading::{Kind, Reading};

/// How far behind a verb its particle stands: `gave the data away`.
const PARTICLE_REACH: usize = 7;

/// A verb, or `be` with an adjective.
#[derive(Clone, Debug)]
pub(crate) struct Predicate {
    pub(crate) class: Class,
    /// The main verb, or the adjective.
    pub(crate) head: usize,
    pub(crate) group: Range<usize>,
    /// What it is done to is its subject: a passive, or `be` with an adjective.
    pub(crate) is_passive: bool,
    pub(crate) is_negated: bool,
    /// `can`, `could`, `to do` of what is not said to be done.
    pub(crate) is_possible: bool,
    /// It was wanted or tried, which does not say that it was done: `tried to read`.
    pub(crate) is_wanted: bool,
    /// It may be so, for all that could be found out: `cannot rule out that it was read`.
    pub(crate) is_doubted: bool,
    /// It has a tense of its own.
    pub(crate) is_finite: bool,
    /// It tells of something past.
    pub(crate) is_past: bool,
    /// `which`, `who` and `that` before it, or a participle behind a noun.
    pub(crate) is_relative: bool,
    pub(crate) subject: Range<usize>,
    pub(crate) object: Range<usize>,
}

impl Predicate {
    /// What it is done to.
    pub(crate) fn theme(&self) -> Range<usize> {
        if self.is_passive { self.subject.clone() } else { self.object.clone() }
    }
}

/// The verbs of a sentence, in order, and the nouns that are denied or doubted whatever their verb says.
pub(super) fn predicates(
    reading: &Reading,
    tokens: Range<usize>,
    tags: &[Tag],
) -> (Vec<Predicate>, Vec<(Range<usize>, Zone)>) {
    let start = tokens.start;
    let tag = |at: usize| at.checked_sub(start).and_then(|nth| tags.get(nth)).copied().unwrap_or(Tag::Stop);
    let mut found: Vec<Predicate> = Vec::new();
    let mut at = start;
    while at < tokens.end {
        match group(reading, at, tokens.end, &tag) {
            Some((group, head)) => {
                at = group.end.max(at + 1);
                let predicate = judge(reading, &tokens, group, head, &tag, &found);
                found.push(predicate);
            }
            None => at += 1,
        }
    }
    for nth in 0..found.len() {
        let subject = subject(nth, &found, start, &tag);
        if let Some(predicate) = found.get_mut(nth) {
            predicate.is_relative |= describes(reading, &subject, start, &tag);
            predicate.subject = subject;
        }
    }
    for nth in (0..found.len()).rev() {
        let object = object(nth, &found, tokens.end, &tag);
        if let Some(predicate) = found.get_mut(nth) {
            predicate.object = object;
        }
    }
    for nth in 0..found.len() {
        let class = class(reading, nth, &found);
        if let Some(predicate) = found.get_mut(nth) {
            predicate.class = class;
        }
    }
    for predicate in &mut found {
        stays(reading, predicate);
    }
    for nth in 1..found.len() {
        let before = found.get(nth - 1).map(|before| (before.class, before.is_passive));
        let (Some(predicate), Some((class, is_passive))) = (found.get_mut(nth), before) else { continue };
        // `nor could the telephone numbers`: as the verb before it, and denied.
        let echoes = matches!(tag(predicate.head), Tag::Modal | Tag::Be | Tag::Do | Tag::Have)
            && predicate.head > start
            && reading.says(predicate.head - 1, &["nor", "neither"]);
        if echoes {
            predicate.class = class;
            predicate.is_passive = is_passive;
            predicate.is_negated = true;
        }
    }
    let zones = outcomes(reading, tokens, &tag, &mut found);
    (found, zones)
}

/// A group of verbs that begins at a token, and its main verb.
fn group(
    reading: &Reading,
    from: usize,
    end: usize,
    tag: &impl Fn(usize) -> Tag,
) -> Option<(Range<usize>, usize)> {
    // `pictures, readable by anybody`.
    let reduced = tag(from) == Tag::Adj
        && tag(from + 1) == Tag::Prep
        && verbs::adjective(&reading.word(from).to_lowercase()) != 0;
    if reduced {
        return Some((from..from + 1, from));
    }
    // `never used`: the denial before a verb belongs to it.
    let denied = tag(from) == Tag::Neg
        && (from + 1..end.min(from + 4))
            .find(|at| tag(*at) != Tag::Adv)
            .is_some_and(|at| matches!(tag(at), Tag::Verb(_)));
    if !denied && !matches!(tag(from), Tag::Modal | Tag::Be | Tag::Have | Tag::Do | Tag::To | Tag::Verb(_)) {
        return None;
    }
    let mut last = from;
    let mut at = from;
    while at < end {
        // `were, all agree, not part of it`: an aside, which is nothing but marks.
        let aside = (at..end).take_while(|at| tag(*at) == Tag::Mark).count();
        if aside > 2 {
            at += aside;
            continue;
        }
        match tag(at) {
            Tag::Verb(_) => return Some((from..at + 1, at)),
            Tag::Modal | Tag::Be | Tag::Have | Tag::Do | Tag::To => last = at,
            Tag::Neg | Tag::Adv => {}
            // `could anybody see`: no group goes on over its subject.
            _ => break,
        }
        at += 1;
    }
    // `be` with what it says of its subject.
    if tag(last) == Tag::Be {
        let adjective = (last + 1..end.min(last + 6))
            .take_while(|at| {
                matches!(tag(*at), Tag::Adj | Tag::Adv | Tag::Neg | Tag::Prep | Tag::Det | Tag::Join)
            })
            .find(|at| verbs::adjective(&reading.word(*at).to_lowercase()) != 0);
        return Some(match adjective {
            Some(adjective) => (from..adjective + 1, adjective),
            None => (from..at.max(last + 1), last),
        });
    }
    // `phone numbers did not.`
    let denied = (last + 1..at).any(|at| tag(at) == Tag::Neg);
    Some((from..if denied { at } else { last + 1 }, last))
}

fn judge(
    reading: &Reading,
    tokens: &Range<usize>,
    group: Range<usize>,
    head: usize,
    tag: &impl Fn(usize) -> Tag,
    so_far: &[Predicate],
) -> Predicate {
    let has = |wanted: Tag| group.clone().any(|at| at != head && tag(at) == wanted);
    let form = match tag(head) {
        Tag::Verb(form) => Some(form),
        _ => None,
    };
    let participle = matches!(form, Some(Form::Participle | Form::PastOrParticiple));
    let same_form = matches!(form, Some(Form::Base)) && reading.word(head).to_lowercase() == "read";
    let before = group.start.checked_sub(1).filter(|before| *before >= tokens.start);
    let before_tag = before.map(tag);
    let previous = so_far.last();
    // `were viewed or downloaded`: the second stands as the first.
    let twin = previous.filter(|previous| {
        matches!(before_tag, Some(Tag::Join))
            && group.len() == 1
            && previous.group.end + 1 == group.start
            && form.is_some_and(|form| alike(tag(previous.head), form))
    });
    let is_copula = matches!(tag(head), Tag::Adj | Tag::Noun | Tag::Be | Tag::Prep | Tag::Adv);
    let aux = has(Tag::Be) || has(Tag::Have) || has(Tag::Modal) || has(Tag::Do);
    let next = tag(head + 1);
    let is_code = reading.tokens.get(head + 1).is_some_and(|token| token.kind == Kind::Code);
    let next_opens = head + 1 < tokens.end
        && (matches!(next, Tag::Det | Tag::No | Tag::Num | Tag::Pron | Tag::Noun | Tag::Adj) || is_code);
    let mut is_passive = is_copula || has(Tag::Be) && (participle || same_form);
    let is_help = matches!(tag(head), Tag::Have | Tag::Do | Tag::Modal);
    let mut is_finite = aux || is_help || is_copula || matches!(form, Some(Form::Past | Form::Third));
    let is_lone_adjective = group.len() == 1 && tag(head) == Tag::Adj;
    is_finite &= !is_lone_adjective && !reading.says(group.start, &["being", "having"]);
    let mut is_relative = matches!(before_tag, Some(Tag::Sub)) || is_lone_adjective;
    if !aux && participle && twin.is_none() {
        // `records taken by him` or `he downloaded records`.
        let active = form == Some(Form::PastOrParticiple)
            && (next_opens || !bare_passive(reading, head, tokens, tag, so_far));
        is_passive = !active;
        is_finite = active;
        is_relative |= !active;
    }
    if !aux && form == Some(Form::Base) && before_tag != Some(Tag::To) {
        is_finite = !group.clone().any(|at| tag(at) == Tag::To);
    }
    let mut is_negated = group.clone().any(|at| {
        tag(at) == Tag::Neg && !reading.says(at + 1, &["only", "just", "least"]) || denies(reading.word(at))
    }) || (head + 1..(head + 3).min(tokens.end))
        .any(|at| reading.says(at, &["nowhere"]));
    is_negated |= form == Some(Form::Ing) && before.is_some_and(|at| reading.says(at, &["without"]));
    let mut is_possible =
        group.clone().any(|at| tag(at) == Tag::Modal && !reading.says(at, &["will", "won't", "shall"]));
    let mut is_past = has(Tag::Have)
        || matches!(form, Some(Form::Past | Form::PastOrParticiple | Form::Participle))
            && !group.clone().any(|at| {
                reading.says(at, &["is", "are", "be", "being", "isn't", "aren't"]) && !has(Tag::Have)
            })
        || group.clone().any(|at| {
            reading.says(at, &["was", "were", "did", "had", "wasn't", "weren't", "didn't", "hadn't", "could"])
        });
    if group.clone().any(|at| tag(at) == Tag::To) {
        let (done, denied, past) = infinitive(reading, tokens.start, group.start, so_far);
        is_possible |= !done;
        is_negated |= denied;
        is_past |= past;
        is_finite = false;
    }
    let mut is_doubted = false;
    if is_finite {
        match hangs_on(reading, tokens.start, group.start, tag, so_far) {
            Some(Zone::Denied | Zone::Failed) => is_negated = !is_negated,
            Some(Zone::Doubted) => is_doubted = true,
            None => {}
        }
    }
    // `capable of being accessed`.
    if before.is_some_and(|at| reading.says(at, &["of"]) && reading.says(at.saturating_sub(1), &["capable"]))
    {
        is_possible = true;
    }
    if let Some(twin) = twin {
        is_passive = twin.is_passive;
        is_finite = twin.is_finite;
        is_negated = twin.is_negated;
        is_possible = twin.is_possible;
        is_relative = twin.is_relative;
        is_past = twin.is_past;
        is_doubted = twin.is_doubted;
    }
    Predicate {
        class: 0,
        head,
        group: group.clone(),
        is_passive,
        is_negated,
        is_possible,
        is_wanted: false,
        is_doubted,
        is_finite,
        is_past,
        is_relative,
        subject: group.start..group.start,
        object: group.end..group.end,
    }
}

/// Whether two verbs that `and` joins can share their verb of help: `did not stop and downloaded` do not.
fn alike(one: Tag, other: Form) -> bool {
    use Form::{Base, Ing, Participle, Past, PastOrParticiple, Third};
    let past = |form: Form| matches!(form, Past | Participle | PastOrParticiple);
    match one {
        Tag::Verb(one) => match one {
            Base | Third | Ing => one == other || one == Base && other == Third,
            _ => past(other) || other == Base,
        },
        _ => past(other),
    }
}

/// Whether a participle without a verb of help is a passive: `the records taken from it were sold`.
fn bare_passive(
    reading: &Reading,
    head: usize,
    tokens: &Range<usize>,
    tag: &impl Fn(usize) -> Tag,
    so_far: &[Predicate],
) -> bool {
    if reading.says(head + 1, &["by"]) {
        return true;
    }
    let border = |at: usize| matches!(tag(at), Tag::Stop | Tag::Turn | Tag::Cell);
    // A finite verb before it, whose object it describes.
    let left = (tokens.start..head)
        .rev()
        .take_while(|at| !border(*at) && tag(*at) != Tag::Sub)
        .min()
        .unwrap_or(head);
    let joined = head > tokens.start && matches!(tag(head - 1), Tag::Join);
    if so_far.iter().any(|other| other.is_finite && other.head >= left && !joined) {
        return true;
    }
    // A finite verb after it, whose subject it describes.
    let right = (head + 1..tokens.end).take_while(|at| !border(*at) && !matches!(tag(*at), Tag::Sub));
    for at in right {
        match tag(at) {
            Tag::Be | Tag::Modal | Tag::Have | Tag::Do => return true,
            Tag::Verb(Form::Past | Form::Third) => return true,
            Tag::Mark | Tag::Join => return false,
            _ => {}
        }
    }
    // Nothing before it is a subject.
    head == tokens.start || matches!(tag(head - 1), Tag::Stop | Tag::Cell)
}

/// What a clause with `that` is made by what it hangs on: `no sign that`, `denies that`, `does not believe that`
/// deny it, `cannot rule out that` leaves it open.
fn hangs_on(
    reading: &Reading,
    start: usize,
    group: usize,
    tag: &impl Fn(usize) -> Tag,
    so_far: &[Predicate],
) -> Option<Zone> {
    // The nearest `that` may stand before the subject.
    let that = (start..group).rev().find(|at| tag(*at) == Tag::Sub)?;
    if !reading.says(that, &["that"]) {
        return None;
    }
    let last = so_far.iter().rev().find(|other| other.head < that);
    // `rule out the possibility that`.
    if let Some(zone) = last.and_then(|last| excludes(reading, last))
        && last.is_some_and(|last| (last.group.end..that).all(|at| tag(at).is_nominal()))
    {
        return Some(zone);
    }
    // `it is not true that`, `it is false that`.
    let truth = that.saturating_sub(1).max(start);
    if last.is_some_and(|last| last.is_negated)
        && reading.says(truth, &["true", "correct", "accurate", "case"])
        || reading.says(truth, &["false", "untrue", "incorrect", "wrong"])
    {
        return Some(Zone::Denied);
    }
    let near = that.saturating_sub(6).max(start)..that;
    let proof =
        near.clone().rev().find(|at| reading.says(*at, PROOFS) || reading.says(*at, &["reason", "believe"]));
    if let Some(proof) = proof {
        return (proof.saturating_sub(5).max(start)..proof)
            .any(|at| matches!(tag(at), Tag::No | Tag::Neg) || denies(reading.word(at)))
            .then_some(Zone::Denied);
    }
    let last = last.filter(|last| last.group.end >= that.saturating_sub(1))?;
    let nobody = last.subject.clone().any(|at| tag(at) == Tag::No);
    let denied = nobody
        || reading.says(last.head, &["denies", "denied", "deny", "disputes", "disputed"])
        || last.is_negated
            && reading.says(
                last.head,
                &["believe", "think", "appear", "seem", "suggest", "assume", "find", "found", "see", "seen"],
            );
    denied.then_some(Zone::Denied)
}

/// Whether what `to` opens was done, was denied, and is past.
fn infinitive(reading: &Reading, start: usize, to: usize, so_far: &[Predicate]) -> (bool, bool, bool) {
    let near = |at: usize| reading.word(at).to_lowercase();
    let before = to.checked_sub(1).filter(|before| *before >= start).map(near).unwrap_or_default();
    // `used passwords leaked elsewhere to log in`: what only describes a noun is no head of it.
    let head = so_far.iter().rev().find(|other| other.is_finite || !other.is_relative).or(so_far.last());
    let Some(last) = head else { return (false, false, false) };
    match before.as_str() {
        "able" => {
            return (last.is_past && !last.is_negated && !last.is_possible, last.is_negated, last.is_past);
        }
        "unable" => return (false, true, last.is_past),
        _ => {}
    }
    // `to have fed it and to have bought proxies`.
    let joined =
        to > start && reading.says(to - 1, &["and", "or"]) && reading.says(last.group.start, &["to"]);
    if joined {
        return (!last.is_possible, last.is_negated, last.is_past);
    }
    let known = verbs::known(&near(last.head)).map_or(0, |known| known.class);
    let failed = matches!(
        near(last.head).as_str(),
        "fail" | "fails" | "failed" | "failing" | "neglected" | "forgot" | "omitted" | "declined" | "refused"
    );
    if known & DID_NOT != 0 && failed {
        return (true, true, last.is_past);
    }
    // `claims to have fed it`: it was done, says somebody.
    let perfect = reading.says(to + 1, &["have"]);
    let said = reading.says(
        last.head,
        &[
            "claims", "claim", "claimed", "alleges", "alleged", "said", "says", "believed", "reported",
            "admits", "admitted", "appears", "seems", "known", "thought", "purports",
        ],
    );
    if perfect && said {
        return (true, last.is_negated, true);
    }
    let anybody = (last.group.end..to).any(|at| {
        reading.says(
            at,
            &[
                "anyone",
                "anybody",
                "everyone",
                "everybody",
                "any",
                "users",
                "customers",
                "callers",
                "you",
                "one",
            ],
        )
    });
    // `exploited it to read`, `wrote a program to collect`: who says for what somebody did it says that it was done.
    let served = known & EXPLOIT != 0
        || reading.says(
            last.head,
            &[
                "used",
                "employed",
                "wrote",
                "built",
                "ran",
                "manipulated",
                "tricked",
                "combined",
                "automated",
                "iterated",
                "looped",
                "cycled",
                "rotated",
                "impersonated",
                "registered",
                "repurposed",
                "scripted",
                "chained",
                "altered",
                "modified",
                "tampered",
                "swapped",
            ],
        );
    if (known & DID != 0 || served) && last.is_past && !last.is_negated && !anybody {
        return (!last.is_possible, false, true);
    }
    (false, last.is_negated, false)
}

/// Whether a verb with this subject only describes the noun before it: `the pictures that drivers take`.
fn describes(reading: &Reading, subject: &Range<usize>, start: usize, tag: &impl Fn(usize) -> Tag) -> bool {
    let Some(that) = subject.start.checked_sub(1).filter(|that| *that > start && !subject.is_empty()) else {
        return false;
    };
    let noun = that - 1;
    tag(that) == Tag::Sub
        && reading.says(that, &["that", "which", "whom"])
        && tag(noun) == Tag::Noun
        && !reading.says(noun, PROOFS)
        && !reading.says(
            noun,
            &[
                "fact",
                "claim",
                "claims",
                "report",
                "reports",
                "possibility",
                "chance",
                "news",
                "belief",
                "assumption",
                "view",
                "doubt",
                "suspicion",
                "warning",
                "statement",
                "reason",
                "message",
            ],
        )
}

fn subject(nth: usize, found: &[Predicate], start: usize, tag: &impl Fn(usize) -> Tag) -> Range<usize> {
    let Some(predicate) = found.get(nth) else { return 0..0 };
    let none = predicate.group.start..predicate.group.start;
    let mut end = predicate.group.start;
    if predicate.is_relative && end > start && tag(end - 1) == Tag::Sub {
        end -= 1;
        while end > start && matches!(tag(end - 1), Tag::Prep | Tag::Mark) {
            end -= 1;
        }
    }
    // `does not seem to be included`, `was able to read`: the subject of the verb before it.
    let raised = nth.checked_sub(1).and_then(|nth| found.get(nth)).filter(|other| {
        let after = other.group.end..predicate.group.start;
        tag(predicate.group.start) == Tag::To
            && (after.is_empty() || after.len() == 1 && tag(after.start) == Tag::Adj)
    });
    if let Some(other) = raised {
        return other.subject.clone();
    }
    // A verb right behind `and` or `but` has the subject of the verb before it.
    if end > start && matches!(tag(end - 1), Tag::Join | Tag::Turn) && !predicate.is_relative {
        let before = found.get(..nth).unwrap_or_default();
        let shared = before.iter().rev().find(|other| other.is_finite && !other.is_relative);
        let shared = shared.filter(|other| other.is_passive == predicate.is_passive);
        return shared.map_or(none, |other| other.subject.clone());
    }
    let mut from = end;
    let mut nth = nth;
    while from > start {
        let at = from - 1;
        if tag(at).is_nominal() {
            from = at;
            continue;
        }
        // A verb that only describes a noun of the subject: go on before it.
        let Some((before, other)) = nth
            .checked_sub(1)
            .and_then(|before| Some((before, found.get(before)?)))
            .filter(|(_, other)| other.group.contains(&at))
        else {
            break;
        };
        if other.is_finite && !other.is_relative {
            // The object of the verb before goes up to the last `and`, or the last comma.
            // `although they were not taken, names and addresses were`.
            if tag(other.group.end) == Tag::Mark && other.group.end >= from.saturating_sub(1) {
                return other.group.end + 1..end;
            }
            let cut = (from..end).rev().find(|at| tag(*at) == Tag::Join);
            let cut = cut.or_else(|| (from..end).rev().find(|at| tag(*at) == Tag::Mark));
            // `we know 8,000 records were read`: without `that`.
            let told = predicate.is_finite
                && tag(predicate.group.start) != Tag::To
                && matches!(tag(predicate.group.start), Tag::Be | Tag::Have | Tag::Modal | Tag::Do);
            return match cut {
                Some(cut) => cut + 1..end,
                None if told => from..end,
                None => none,
            };
        }
        from = other.group.start;
        // `the pictures that drivers take at the door were`.
        if other.is_relative && !other.subject.is_empty() && other.subject.end == from {
            from = other.subject.start;
        }
        if other.is_relative && from > start && tag(from - 1) == Tag::Sub {
            from -= 1;
        }
        nth = before;
    }
    while from < end && matches!(tag(from), Tag::Mark | Tag::Join) {
        from += 1;
    }
    from..end
}

fn object(nth: usize, found: &[Predicate], end: usize, tag: &impl Fn(usize) -> Tag) -> Range<usize> {
    let Some(predicate) = found.get(nth) else { return 0..0 };
    let from = predicate.group.end;
    let next = found.get(nth + 1);
    let mut to = end;
    if let Some(next) = next {
        let own =
            next.subject.start >= from && next.is_finite && !next.is_relative && !next.subject.is_empty();
        to = if own { next.subject.start } else { next.group.start };
    }
    let finite_after =
        |at: usize| found.iter().any(|other| other.is_finite && !other.is_relative && other.head > at);
    // `returned fields that the app never displays: names`: the object of the second verb stands before it.
    let hangs = predicate
        .subject
        .start
        .checked_sub(1)
        .is_some_and(|before| !predicate.subject.is_empty() && tag(before) == Tag::Sub);
    let stop = (from..to).find(|at| match tag(*at) {
        Tag::Sub | Tag::Turn | Tag::Cell => true,
        // `was in it: names, addresses`.
        Tag::Stop => hangs || finite_after(*at),
        _ => false,
    });
    let mut to = stop.unwrap_or(to);
    while to > from && matches!(tag(to - 1), Tag::Mark | Tag::Join) {
        to -= 1;
    }
    // `copied and sold the records`: the object of the second is that of the first.
    if to == from
        && let Some(next) = next.filter(|next| next.group.start == from + 1 && tag(from) == Tag::Join)
    {
        return next.object.clone();
    }
    from..to
}

/// `remained out of reach`, `stayed safe`, `was within reach`: how its subject stands.
fn stays(reading: &Reading, predicate: &mut Predicate) {
    let is_copula = reading.says(
        predicate.head,
        &[
            "remained", "remain", "remains", "stayed", "stay", "stays", "kept", "was", "were", "is", "are",
            "stood", "lay", "been",
        ],
    );
    // `it does not stand in the entry`, `names appear in it`.
    let inside = reading
        .says(predicate.head, &["stand", "stands", "stood", "appear", "appears", "appeared", "figure"])
        && reading.says(predicate.group.end, &["in", "among", "on"])
        && (predicate.group.end + 1..predicate.object.end.min(predicate.group.end + 4))
            .any(|at| reading.says(at, &["it", "them", "the", "this", "that", "these"]));
    if inside {
        predicate.class |= verbs::EXPOSE;
        predicate.is_passive = true;
    }
    if !is_copula {
        return;
    }
    let near = predicate.object.start..predicate.object.end.min(predicate.object.start + 4);
    let adjective =
        near.clone().fold(0, |class, at| class | verbs::adjective(&reading.word(at).to_lowercase()));
    let reach = near.clone().find(|at| reading.says(*at, &["reach", "open"]));
    let class = match reach {
        Some(_) if near.clone().any(|at| reading.says(at, &["out", "beyond"])) => verbs::SAFE,
        Some(_) if near.clone().any(|at| reading.says(at, &["within", "in", "open"])) => verbs::OPEN,
        _ => adjective,
    };
    if class != 0 {
        predicate.class |= class;
        predicate.is_passive = true;
    }
}

/// What a verb does, with its particle.
fn class(reading: &Reading, nth: usize, found: &[Predicate]) -> Class {
    let Some(predicate) = found.get(nth) else { return 0 };
    let word = reading.word(predicate.head).to_lowercase();
    let mut class = verbs::adjective(&word);
    let Some(known) = verbs::known(&word) else {
        if reading.says(predicate.head, &["have", "has", "had", "having"]) {
            class |= verbs::HOLD | verbs::COUNT;
        }
        return class;
    };
    let end = predicate.object.end.max(predicate.group.end + 1).min(predicate.group.end + PARTICLE_REACH);
    let with = known.with.iter().find(|(with, _)| {
        // `put on a new version of a forum`: a noun may stand far behind its verb.
        let end = if with.len() > 4 || matches!(*with, "risk" | "open") { predicate.object.end } else { end };
        (predicate.group.end..end).any(|at| reading.word(at).eq_ignore_ascii_case(with))
    });
    // What is shut, mended or taken down is no taking.
    let undone = (predicate.group.end..end).any(|at| {
        reading.says(
            at,
            &["offline", "down", "action", "steps", "measures", "care", "place", "part", "advantage"],
        )
    });
    match with {
        Some((_, with)) => class | *with,
        None if undone && known.class & verbs::TAKE != 0 => class,
        None => class | known.class,
    }
}
