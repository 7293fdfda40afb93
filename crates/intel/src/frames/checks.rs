//! Checks that were not made, by the verb of looking and by what was not looked at.
//!
//! `had not verified whether the person asking was the holder`, `nobody compares the caller with the owner`,
//! `irrespective of the school to which the user belonged`: one way of reading for all of them.

use std::ops::Range;

use crate::lexicon::Concept as C;
use crate::model::FrameKind as F;
use crate::reading::{Reading, Sentence};
use crate::syntax::verbs as v;
use crate::syntax::{Predicate, Syntax, Tag};

/// How far behind the verb the words stand that say what was not checked.
const COMPLEMENT: usize = 18;

/// What was not checked, by the words that tell it. The first that fits is meant.
const OBJECTS: &[(F, &[&str])] = &[
    (
        F::NoObjectCheck,
        &[
            "owner",
            "owners",
            "owned",
            "owns",
            "own",
            "ownership",
            "holder",
            "belong",
            "belongs",
            "belonged",
            "belonging",
            "whose",
            "entitled",
            "entitlement",
            "tenant",
            "theirs",
            "his",
            "hers",
            "assigned",
            "related",
            "recipient",
        ],
    ),
    (
        F::NoFunctionCheck,
        &[
            "role",
            "roles",
            "privilege",
            "privileges",
            "administrator",
            "administrators",
            "admin",
            "staff",
            "employee",
            "clearance",
        ],
    ),
    (
        F::BrokenAuthentication,
        &["signature", "signatures", "signed", "expiry", "issuer", "audience", "genuine", "authentic"],
    ),
    (
        F::NoAuthentication,
        &[
            "identity",
            "identify",
            "caller",
            "requester",
            "session",
            "logged",
            "login",
            "authentication",
            "authenticated",
            "credentials",
            "token",
            "authenticate",
            "password",
            "who",
            "certificate",
        ],
    ),
    (
        F::NoObjectCheck,
        &[
            "permission",
            "permissions",
            "rights",
            "authorized",
            "authorised",
            "authorization",
            "authorisation",
            "allowed",
            "permitted",
            "access",
        ],
    ),
];

/// Words for `whatever it is`.
const INDIFFERENT: &[&str] = &["irrespective", "regardless", "whoever", "whichever"];

/// Every missing check of a sentence.
pub(super) fn missing(
    reading: &Reading,
    syntax: &Syntax,
    nth: usize,
    sentence: &Sentence,
) -> Vec<(F, Range<usize>)> {
    let mut found = Vec::new();
    let end = sentence.tokens.end;
    let asks = |predicate: &&Predicate| {
        // `without looking at the tenant`.
        let minds = reading.says(
            predicate.head,
            &[
                "look",
                "looks",
                "looked",
                "looking",
                "regarding",
                "minding",
                "caring",
                "considering",
                "consulting",
            ],
        );
        predicate.class & v::CHECK != 0 || minds && predicate.is_negated
    };
    for predicate in syntax.of_sentence(nth).iter().filter(asks) {
        let nobody = predicate.subject.clone().any(|at| syntax.tag(at) == Tag::No);
        // `it identified neither the server nor the person`, `asked for nothing`.
        let nothing = !predicate.is_passive
            && predicate.object.clone().take(3).any(|at| {
                syntax.tag(at) == Tag::No && reading.says(at, &["neither", "nothing", "nobody", "none"])
            });
        if (predicate.is_negated == nobody && !nothing) || !looks(reading, predicate) {
            continue;
        }
        let complement = predicate.group.end..clause_end(syntax, predicate, end);
        let named = of(reading, complement.clone()).or_else(|| {
            // `ownership was never checked`.
            predicate.is_passive.then(|| of(reading, predicate.subject.clone())).flatten()
        });
        if let Some((kind, last)) = named {
            let from = if nobody { predicate.subject.start } else { predicate.group.start };
            found.push((kind, from..last.max(predicate.group.end)));
        }
    }
    for predicate in syntax.of_sentence(nth) {
        found.extend(unneeded(reading, syntax, predicate, end));
        found.extend(unhindered(reading, syntax, predicate));
        found.extend(trusted(reading, predicate, end));
        found.extend(removed(reading, syntax, predicate, end));
        found.extend(anyone(reading, predicate));
    }
    found.extend(assigned(reading, syntax, nth, sentence));
    for at in sentence.tokens.clone() {
        let no_matter = reading.says(at, &["matter"])
            && (at.saturating_sub(2)..at).any(|before| {
                reading.says(before, &["no", "not", "doesn't", "didn't", "doesnt", "doesn’t", "didn’t"])
            });
        // `checks that the caller is signed in, but not which school the caller belongs to`.
        let but_not = reading.says(at, &["not"])
            && reading.says(at.saturating_sub(1), &["but", "and"])
            && reading.says(at + 1, &["which", "whose", "whether", "who"]);
        if !reading.says(at, INDIFFERENT) && !no_matter && !but_not {
            continue;
        }
        let complement = at + 1..(at + 12).min(end);
        if reading.says(at, &["whoever", "whichever"]) {
            continue;
        }
        if let Some((kind, last)) = of(reading, complement) {
            found.push((kind, at..last));
        }
    }
    found
}

/// `a deployment removed the permission check`, `the middleware that asks for a session was left out`.
fn removed(
    reading: &Reading,
    syntax: &Syntax,
    predicate: &Predicate,
    end: usize,
) -> Option<(F, Range<usize>)> {
    let gone = reading.says(
        predicate.head,
        &[
            "removed",
            "dropped",
            "disabled",
            "omitted",
            "left",
            "lost",
            "deleted",
            "skipped",
            "forgotten",
            "forgot",
            "lacked",
            "lacks",
            "missing",
        ],
    );
    let theme = if predicate.is_passive { predicate.subject.clone() } else { predicate.object.clone() };
    let check = theme.clone().any(|at| {
        reading.says(
            at,
            &[
                "check",
                "checks",
                "middleware",
                "authentication",
                "authorization",
                "authorisation",
                "control",
                "controls",
                "validation",
                "guard",
                "filter",
                "login",
            ],
        )
    });
    if !gone || !check || predicate.is_negated || predicate.is_possible {
        return None;
    }
    let words = theme.start.min(predicate.group.start)..clause_end(syntax, predicate, end);
    of(reading, words)
        .map(|(kind, last)| (kind, theme.start.min(predicate.group.start)..last.max(predicate.group.end)))
}

/// Proofs of who somebody is that a caller can be asked for.
const PROOFS: &[&str] = &[
    "account",
    "login",
    "log",
    "cookie",
    "token",
    "key",
    "password",
    "session",
    "credentials",
    "registration",
    "authentication",
    "certificate",
    "sign",
];

/// `you did not need an account for it`, `wants neither a cookie nor a code`.
fn unneeded(
    reading: &Reading,
    syntax: &Syntax,
    predicate: &Predicate,
    end: usize,
) -> Option<(F, Range<usize>)> {
    let needs = reading.says(
        predicate.head,
        &[
            "need", "needs", "needed", "want", "wants", "wanted", "take", "takes", "took", "asked", "asks",
            "ask", "require", "requires", "required", "demand", "demanded",
        ],
    );
    let no = predicate.is_negated
        || predicate
            .subject
            .clone()
            .chain(predicate.object.clone().take(2))
            .any(|at| syntax.tag(at) == Tag::No);
    let asked = predicate.group.end..end.min(predicate.group.end + 7);
    let last = asked.clone().find(|at| reading.says(*at, PROOFS))?;
    // `you need not change your password`.
    if (asked.start..last).any(|at| reading.says(at, &["change", "reset", "replace", "renew", "update"])) {
        return None;
    }
    (needs && no && !predicate.is_possible && !reading.has(predicate.subject.clone(), &[C::Authority]))
        .then(|| (F::NoAuthentication, predicate.group.start.saturating_sub(1)..last + 1))
}

/// `nothing in the API prevented a partner from querying others`.
fn unhindered(reading: &Reading, syntax: &Syntax, predicate: &Predicate) -> Option<(F, Range<usize>)> {
    let hinders = reading.says(
        predicate.head,
        &["prevented", "prevents", "prevent", "stopped", "stops", "stop", "kept", "hindered", "keeps"],
    );
    let no = predicate.is_negated || predicate.subject.clone().any(|at| syntax.tag(at) == Tag::No);
    let from = predicate.object.clone().any(|at| reading.says(at, &["from"]));
    (hinders && no && from && predicate.object.len() > 2 && !predicate.is_possible)
        .then(|| (F::NoObjectCheck, predicate.subject.start.min(predicate.group.start)..predicate.object.end))
}

/// `the API trusted that its caller is the partner`, `relies on a header that the client sends`.
fn trusted(reading: &Reading, predicate: &Predicate, end: usize) -> Option<(F, Range<usize>)> {
    let trusts = reading.says(
        predicate.head,
        &["trusted", "trusts", "believed", "believes", "relied", "relies", "assumed", "assumes"],
    ) && !predicate.is_negated
        && !predicate.is_passive;
    let door = reading.has(predicate.subject.clone(), &[C::Endpoint, C::Api]);
    let complement = predicate.group.end..end.min(predicate.group.end + 8);
    let last = complement.clone().find(|at| {
        reading.says(
            *at,
            &[
                "caller",
                "client",
                "browser",
                "header",
                "cookie",
                "parameter",
                "sender",
                "request",
                "requests",
                "app",
                "phone",
                "device",
                "whatever",
            ],
        )
    })?;
    (trusts && door).then(|| (F::BrokenAuthentication, predicate.group.start..last + 1))
}

/// `anyone with an account was able to open the logs of any workspace`.
fn anyone(reading: &Reading, predicate: &Predicate) -> Option<(F, Range<usize>)> {
    let sees = predicate.class & (v::SEE | v::TAKE) != 0 && !predicate.is_negated && !predicate.is_passive;
    let who = reading.has(predicate.subject.clone(), &[C::Anyone, C::Ordinary]);
    let object = predicate.object.clone();
    let whose = object.clone().any(|at| reading.says(at, &["any", "every", "all"]))
        && reading.has(object.clone(), &[C::People, C::Record, C::Data])
        || reading.has(object.clone(), &[C::Others]);
    (sees && who && whose && !object.is_empty())
        .then(|| (F::NoObjectCheck, predicate.subject.start.min(predicate.group.start)..object.end))
}

/// A field that a caller sets who should not: `sent the request again with accountType set to clerk`.
fn assigned(
    reading: &Reading,
    syntax: &Syntax,
    nth: usize,
    sentence: &Sentence,
) -> Option<(F, Range<usize>)> {
    let field = sentence.tokens.clone().find(|at| {
        let is_code = reading.tokens.get(*at).is_some_and(|token| token.kind == crate::reading::Kind::Code);
        // `accountType`, `is_admin`.
        let letters = reading.word(*at).as_bytes();
        let is_field = letters
            .iter()
            .zip(letters.iter().skip(1))
            .any(|(one, next)| one.is_ascii_lowercase() && next.is_ascii_uppercase())
            || letters.contains(&b'_');
        (is_code || is_field)
            && (reading.says(at + 1, &["set", "changed", "switched"]) && reading.says(at + 2, &["to"])
                || reading.says(at + 1, &["to"])
                    && (at.saturating_sub(3)..*at).any(|at| reading.says(at, &["set", "setting", "changed"])))
    })?;
    let sent = syntax.of_sentence(nth).iter().find(|verb| {
        verb.is_past
            && !verb.is_negated
            && !verb.is_possible
            && reading.says(
                verb.head,
                &[
                    "sent",
                    "resent",
                    "repeated",
                    "replayed",
                    "added",
                    "included",
                    "put",
                    "posted",
                    "patched",
                    "set",
                    "changed",
                    "submitted",
                ],
            )
    })?;
    Some((F::MassAssignment, sent.group.start.min(field)..field.max(sent.group.end) + 1))
}

/// Whether a verb of looking looks at something here: `not required to pay` does not.
fn looks(reading: &Reading, predicate: &Predicate) -> bool {
    let word = reading.word(predicate.head).to_lowercase();
    let strict = !matches!(
        word.as_str(),
        "confirm"
            | "confirmed"
            | "confirms"
            | "established"
            | "establish"
            | "insist"
            | "insisted"
            | "determined"
            | "determine"
    );
    strict && !reading.has(predicate.subject.clone(), &[C::Authority])
}

fn clause_end(syntax: &Syntax, predicate: &Predicate, end: usize) -> usize {
    let to = end.min(predicate.group.end + COMPLEMENT);
    (predicate.group.end..to)
        .find(|at| matches!(syntax.tag(*at), Tag::Turn | Tag::Stop | Tag::Cell))
        .unwrap_or(to)
}

fn of(reading: &Reading, tokens: Range<usize>) -> Option<(F, usize)> {
    OBJECTS.iter().find_map(|(kind, words)| {
        tokens.clone().find(|at| reading.says(*at, words)).map(|at| (*kind, at + 1))
    })
}
