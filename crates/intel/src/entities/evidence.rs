//! Which part somebody plays, by the verbs that he is subject and object of and the words beside him.

use std::collections::BTreeMap;

use super::mention::{Mention, owns};
use super::words::{self as w, Noun, deed, singular};
use crate::lexicon::Concept as C;
use crate::model::EntityRole as R;
use crate::report::Report;
use crate::syntax::{Predicate, Tag};

/// Points for each part.
pub(super) type Points = BTreeMap<R, i32>;

/// Verbs by which one works for another, against those by which one has a thing.
const SERVES: &[&str] = &[
    "hosted",
    "supplied",
    "provided",
    "maintained",
    "built",
    "developed",
    "printed",
    "processed",
    "delivered",
    "managed",
    "administered",
];

/// What one mention says.
pub(super) fn points(report: &Report, mention: &Mention) -> Points {
    let mut points = Points::new();
    let reading = &report.reading;
    let mut add = |role: R, more: i32| *points.entry(role).or_default() += more;
    let is_party = mention.is_named || mention.is(Noun::Body) || mention.is(Noun::Helper);
    let before = preposition(report, mention);
    beside(report, mention, before, &mut add);
    let governors = report.syntax.governors(mention.sentence, mention.head());
    let through = beyond(report, mention, governors.first().map(|governor| governor.predicate));
    // The nearest verb says most; one further off counts where he does that too.
    if let Some(governor) = governors.first() {
        let verb = governor.predicate;
        let what = deed(reading.word(done(report, mention.sentence, verb)));
        let by = before.is_some_and(|at| reading.says(at, &["by"]));
        if governor.is_denied && what & w::RESPOND == 0 {
            return points;
        }
        if by && verb.is_passive && verb.object.contains(&mention.head()) {
            agent(report, mention, verb, what, &mut add);
        } else if !governor.is_theme && before.is_none() && !is_modifier(report, mention) {
            subject(report, mention, verb, what, &mut add);
        } else if governor.is_theme && before.is_none() && !is_modifier(report, mention) {
            theme(report, mention, verb, what, &mut add);
        } else if (is_party || mention.is(Noun::Judge))
            && before.is_some_and(|at| reading.says(at, &["to", "with"]))
            && what & (w::FIND | w::TELL) != 0
        {
            add(if mention.is(Noun::Judge) { R::Authority } else { R::Victim }, 3);
        }
    }
    if let Some(verb) = through.filter(|_| before.is_none() && !is_modifier(report, mention)) {
        let what = deed(reading.word(done(report, mention.sentence, verb)));
        subject(report, mention, verb, what, &mut add);
    }
    points
}

/// The verb of a subject that goes on: `a nurse who uses our shop noticed`, `a pupil of a school noticed`,
/// `the developer saw it and reported it`.
fn beyond<'a>(report: &'a Report, mention: &Mention, nearest: Option<&Predicate>) -> Option<&'a Predicate> {
    let reading = &report.reading;
    let all = report.syntax.of_sentence(mention.sentence);
    let after = mention.tokens.end;
    let goes_on = reading.says(after, &["who", "which", "that", "of", "from", "at"]);
    let acts = |verb: &Predicate| verb.is_finite && !verb.is_passive && !verb.is_negated;
    match nearest {
        Some(near) if goes_on && (near.is_relative || near.head < mention.head()) => {
            let first = all.iter().find(|verb| verb.head > after && !verb.is_relative && acts(verb))?;
            let asks = (after..first.head).any(|at| matches!(report.syntax.tag(at), Tag::Stop | Tag::Turn));
            (!asks && near.head != first.head).then_some(first)
        }
        None if goes_on => all.iter().find(|verb| verb.head > after && !verb.is_relative && acts(verb)),
        Some(near) if near.subject.contains(&mention.head()) && !near.is_passive => {
            let next = all.iter().find(|verb| verb.head > near.head)?;
            let joined = next.group.start.checked_sub(1).is_some_and(|at| report.syntax.tag(at) == Tag::Join);
            (joined && acts(next)).then_some(next)
        }
        _ => None,
    }
}

/// The verb that says what is done: `write` of `began to write`.
fn done(report: &Report, sentence: usize, verb: &Predicate) -> usize {
    let reading = &report.reading;
    let begins = [
        "began",
        "begins",
        "begin",
        "started",
        "starts",
        "decided",
        "had",
        "has",
        "plans",
        "planned",
        "continues",
        "continued",
    ];
    if !begins.iter().any(|word| reading.says(verb.head, &[word])) {
        return verb.head;
    }
    let next = report.syntax.of_sentence(sentence).iter().find(|next| next.head > verb.head);
    next.filter(|next| next.group.clone().any(|at| report.syntax.tag(at) == Tag::To))
        .map_or(verb.head, |next| next.head)
}

/// The preposition that a mention hangs on.
pub(super) fn preposition(report: &Report, mention: &Mention) -> Option<usize> {
    let mut at = mention.tokens.start.checked_sub(1)?;
    // What describes it, one article, and no more.
    for _ in 0..2 {
        if matches!(report.syntax.tag(at), Tag::Adj | Tag::Noun) && !owns(&report.reading, at) {
            at = at.checked_sub(1)?;
        }
    }
    if report.syntax.tag(at) == Tag::Det {
        at = at.checked_sub(1)?;
    }
    matches!(report.syntax.tag(at), Tag::Prep | Tag::To).then_some(at)
}

/// Whether a mention only describes the noun after it: `Examplia users`, `the company's log`.
fn is_modifier(report: &Report, mention: &Mention) -> bool {
    let after = mention.tokens.end;
    owns(&report.reading, mention.head())
        || report.syntax.tag(after) == Tag::Noun
            && report.reading.tokens.get(after).is_some_and(|next| !next.is_capital)
}

/// What stands right beside a mention.
fn beside(report: &Report, mention: &Mention, before: Option<usize>, add: &mut impl FnMut(R, i32)) {
    let reading = &report.reading;
    let after = mention.tokens.end;
    if mention.is(Noun::Judge) {
        add(R::Authority, 3);
    }
    labelled(report, mention, add);
    if mention.is_named {
        match mention.nouns.first() {
            Some(Noun::Finder) => add(R::Discoverer, 3),
            Some(Noun::Villain) => add(R::Attacker, 4),
            Some(Noun::Helper) => add(R::ThirdParty, 3),
            Some(Noun::Body) => add(R::Victim, 3),
            Some(Noun::Press) => add(R::Reference, 5),
            Some(Noun::Product) => add(R::Target, 3),
            _ => {}
        }
        if reading.has(after..after + 3, &[C::Researcher])
            && !owns(reading, mention.head())
            && report.syntax.tag(after) == Tag::Noun
        {
            add(R::Discoverer, 3);
        }
        if reading.says(after, &["group", "gang", "ransomware", "collective"]) {
            add(R::Attacker, 2);
        }
        if reading.says(after, &["spokesperson", "spokesman", "spokeswoman"]) {
            add(R::Victim, 3);
        }
        if reading.says(
            after,
            &["department", "account", "repository", "repositories", "bucket", "channel", "forum"],
        ) {
            add(R::Reference, 4);
        }
        let product = [
            "app",
            "portal",
            "service",
            "platform",
            "api",
            "plugin",
            "software",
            "website",
            "site",
            "system",
            "application",
            "console",
            "gateway",
        ];
        if product.iter().any(|word| reading.says(after, &[word])) && !owns(reading, mention.head()) {
            add(R::Target, 2);
            // `its Examplia Go app`, `Examplia's Go app`.
            let owned = mention
                .tokens
                .start
                .checked_sub(1)
                .is_some_and(|at| owns(reading, at) || reading.says(at, &["its", "their", "our", "the"]));
            if owned {
                add(R::Target, 2);
            }
        } else if mention.tokens.start.checked_sub(1).is_some_and(|at| {
            owns(reading, at) && reading.tokens.get(at).is_some_and(|token| token.is_capital)
        }) {
            add(R::Target, 2);
        }
        let direct = before.filter(|at| *at + 1 == mention.tokens.start);
        if direct.is_some_and(|at| reading.says(at, &["on", "via", "through"])) {
            add(R::Reference, 2);
        }
        if let Some(at) = direct {
            if reading.says(at, &["by"]) && at.checked_sub(1).is_some_and(|verb| reading.says(verb, SERVES)) {
                add(R::ThirdParty, 4);
            }
            let owned = at.saturating_sub(3)..at;
            let of_theirs = reading.has(owned.clone(), &[C::People, C::Record, C::Data, C::Api, C::Auth])
                || owned.into_iter().any(|at| {
                    reading.says(
                        at,
                        &[
                            "bounty",
                            "programme",
                            "program",
                            "repositories",
                            "systems",
                            "infrastructure",
                            "infrastructures",
                        ],
                    )
                });
            if reading.says(at, &["of"]) && of_theirs {
                add(R::Victim, 3);
            }
        }
        let articled =
            before.filter(|at| (*at + 1..mention.tokens.start).all(|at| report.syntax.tag(at) == Tag::Det));
        if let Some(at) = articled.filter(|at| reading.says(*at, &["in"])) {
            if reading.has(at.saturating_sub(4)..at, &[C::Flaw]) {
                add(R::Target, 3);
            } else {
                // A place.
                add(R::Victim, -3);
            }
        }
    }
    let serves =
        reading.says(after, &["that", "which", "who"]) && deed(reading.word(after + 1)) & w::WORK != 0;
    if mention.is(Noun::Helper) && !mention.is_named {
        let det = mention.tokens.start.checked_sub(1);
        let ours = det.is_some_and(|at| reading.says(at, &["its", "their", "our"]) || owns(reading, at));
        let some = det.is_some_and(|at| reading.says(at, &["a", "an", "one", "another"]));
        add(R::ThirdParty, 1 + i32::from(ours) * 2 + i32::from(some) + i32::from(serves) * 2);
    } else if mention.is(Noun::Body)
        && !mention.is_named
        && serves
        && reading.has(after..after + 6, &[C::People])
    {
        add(R::ThirdParty, 1);
    }
    // A body that stands for itself: `the library's interface`, `the shop said`.
    let doors = reading.has(after..after + 3, &[C::Endpoint, C::People, C::Data, C::Company, C::Record]);
    let one =
        singular(&reading.word(mention.head()).to_lowercase()) == reading.word(mention.head()).to_lowercase();
    if !mention.is_named && mention.is(Noun::Body) && one && !mention.is(Noun::Finder) {
        add(R::Victim, i32::from(!mention.is(Noun::Product)));
        // `at our online pharmacy`: who writes speaks of itself.
        if mention.tokens.start.checked_sub(1).is_some_and(|at| reading.says(at, &["our"]))
            && !mention.is(Noun::Helper)
        {
            add(R::Victim, 3);
        }
        if owns(reading, mention.head()) && doors {
            add(R::Victim, 2);
        }
        let leak = mention.tokens.start.saturating_sub(6)..mention.tokens.start;
        let into = leak
            .clone()
            .any(|at| reading.says(at, &["into"]) && deed(reading.word(at.saturating_sub(1))) & w::TELL == 0);
        if into && before.is_some_and(|at| reading.says(at, &["of", "into"])) {
            add(R::Victim, 3);
        }
        if before.is_some_and(|at| reading.says(at, &["at", "of", "by", "from"]))
            && reading.has(leak, &[C::Flaw, C::Endpoint, C::Api])
        {
            add(R::Victim, 2);
        }
    }
}

/// What a label before it says: `Vendor: Examplia`, `Found by: Jo Doe`.
fn labelled(report: &Report, mention: &Mention, add: &mut impl FnMut(R, i32)) {
    const LABELS: &[(R, &[&str])] = &[
        (
            R::Victim,
            &[
                "who",
                "company",
                "organisation",
                "organization",
                "victim",
                "vendor",
                "operator",
                "controller",
                "entity",
                "maker",
            ],
        ),
        (
            R::Target,
            &["product", "products", "affected", "component", "software", "app", "application", "package"],
        ),
        (
            R::Discoverer,
            &[
                "credit",
                "credits",
                "finder",
                "researcher",
                "researchers",
                "reporter",
                "acknowledgement",
                "acknowledgements",
                "thanks",
            ],
        ),
        (R::Attacker, &["actor", "attacker", "attribution", "adversary"]),
    ];
    let reading = &report.reading;
    let Some(sentence) = reading.sentences.get(mention.sentence) else { return };
    let first = sentence.tokens.start;
    let before = mention.tokens.start.checked_sub(1).filter(|at| *at > first);
    let articled = before.filter(|at| report.syntax.tag(*at) == Tag::Det).and_then(|at| at.checked_sub(1));
    let near = articled.or(before).filter(|at| *at > first && *at <= first + 3);
    let Some(colon) = near.filter(|at| reading.word(*at) == ":" || report.syntax.tag(*at) == Tag::Cell)
    else {
        return;
    };
    if (first..colon).any(|at| reading.says(at, &["by"])) {
        add(R::Discoverer, 4);
    } else if let Some((role, _)) = LABELS.iter().find(|(_, words)| reading.says(first, words)) {
        add(*role, 4);
    }
}

/// What it says that somebody does it.
fn subject(
    report: &Report,
    mention: &Mention,
    verb: &Predicate,
    what: w::Deed,
    add: &mut impl FnMut(R, i32),
) {
    let reading = &report.reading;
    let looks = mention.is(Noun::Finder) && !mention.is_named;
    let party = mention.is_named || (mention.is(Noun::Body) || mention.is(Noun::Helper)) && !looks;
    let human = mention.is(Noun::Finder) || mention.is(Noun::Person) || mention.is_named;
    let after = verb.group.end..verb.group.end + 12;
    let own = after.clone().take(6).any(|at| reading.says(at, &["its", "their", "our"]));
    if mention.is(Noun::Judge) && what & (w::JUDGE | w::RESPOND) != 0 {
        add(R::Authority, 2);
        return;
    }
    if what & w::JUDGE != 0 && mention.is_named {
        add(R::Authority, 3);
    }
    if what & w::FIND != 0
        && human
        && (!mention.is(Noun::Body) || mention.is(Noun::Person) || mention.is(Noun::Finder))
    {
        let that = reading.says(verb.group.end, &["that", "how", "what"])
            && !reading.says(verb.head, &["said", "says", "wrote", "writes", "reported"]);
        let notices = that && mention.is_named && !mention.is(Noun::Finder) && !mention.is(Noun::Person);
        if notices {
            // A company that notices something notices it at its own.
            add(R::Victim, 2);
        }
        let flaw = that && !mention.is_named
            || !notices
                && reading.has(
                    after.clone(),
                    &[C::Flaw, C::Endpoint, C::Api, C::Expose, C::Bola, C::Others, C::Secret],
                )
            || after
                .clone()
                .take(2)
                .any(|at| reading.says(at, &["it", "this", "that", "them", "upon", "across"]));
        let tells = after.clone().take(5).any(|at| reading.says(at, &["to"]));
        let writes = reading
            .says(verb.head, &["wrote", "write", "writes", "reported", "reports", "said", "came", "saw"]);
        if own && mention.is_named {
            add(R::Victim, 2);
        } else if flaw && (!writes || tells || !mention.is_named) {
            add(R::Discoverer, 3);
        }
    }
    let press = mention.is(Noun::Press) && reading.has(after.clone().start..after.start + 4, &[C::Company]);
    if what & w::TELL != 0 && press && !mention.is_named {
        add(R::Discoverer, 3);
    } else if what & w::TELL != 0
        && (mention.is(Noun::Person) || mention.is(Noun::Finder))
        && !verb.is_possible
    {
        add(R::Discoverer, 2 + i32::from(mention.is(Noun::Finder)));
    }
    let one = mention.is_named
        || singular(&reading.word(mention.head()).to_lowercase())
            == reading.word(mention.head()).to_lowercase();
    if party && one && what & w::RESPOND != 0 && !verb.is_possible {
        let talks = reading.says(verb.head, &["said", "says", "told", "wrote", "stated", "took", "takes"]);
        let tells = what & w::TELL != 0 && reading.has(after.clone(), &[C::People]);
        add(R::Victim, if !tells && (talks || what & w::FIND != 0) { 1 } else { 2 });
    }
    if party && what & w::LET_OUT != 0 && what & w::OFFER == 0 {
        add(R::Victim, 2);
    }
    let data = reading.has(after, &[C::Data, C::Record, C::People, C::Dataset]);
    if what & w::HARM != 0 && (mention.is_named || mention.is(Noun::Villain)) && !verb.is_possible {
        add(R::Attacker, 3);
    } else if what & w::OFFER != 0 && mention.is_named && data {
        add(R::Attacker, 1);
    }
}

/// What it says that it is done to somebody.
fn theme(report: &Report, mention: &Mention, verb: &Predicate, what: w::Deed, add: &mut impl FnMut(R, i32)) {
    let reading = &report.reading;
    if mention.is(Noun::Judge) {
        if what & w::TELL != 0 {
            add(R::Authority, 2);
        }
        return;
    }
    let party = mention.is_named || mention.is(Noun::Body) || mention.is(Noun::Helper);
    if party
        && what & (w::HARM | w::JUDGE) != 0
        && !reading.says(verb.head, &["stolen", "stole", "steal", "scraped", "ordered"])
    {
        add(R::Victim, 3);
    }
    if party && what & w::TELL != 0 {
        let speaker = verb
            .subject
            .clone()
            .any(|at| reading.says(at, &["spokesperson", "spokesman", "spokeswoman", "company", "firm"]));
        let press = mention.is_named
            && reading.says(verb.head, &["told", "tells"])
            && (speaker || verb.subject.is_empty());
        if press {
            add(R::Reference, 4);
        } else {
            add(R::Victim, 2);
        }
    }
}

/// What it says that something was done by somebody.
fn agent(report: &Report, mention: &Mention, verb: &Predicate, what: w::Deed, add: &mut impl FnMut(R, i32)) {
    let reading = &report.reading;
    let human = mention.is(Noun::Finder) || mention.is(Noun::Person) || mention.is_named;
    let spoken = reading.says(verb.head, &["reported", "written", "published"]);
    if mention.is(Noun::Judge) {
        add(R::Authority, 2);
    } else if what & (w::FIND | w::TELL) != 0 && human && !(spoken && mention.is(Noun::Press)) {
        add(R::Discoverer, 4);
    } else if reading.says(verb.head, SERVES)
        && (mention.is_named || mention.is(Noun::Body) || mention.is(Noun::Helper))
    {
        add(R::ThirdParty, 4);
    } else if what & w::WORK != 0 || reading.says(verb.head, &["owned"]) {
        add(R::Victim, 3);
    } else if what & (w::HARM | w::TAKE) != 0 && (mention.is_named || mention.is(Noun::Villain)) {
        add(R::Attacker, 4);
    }
}
