//! The slow, obvious model: the list of everything that was granted, and every account rebuilt from
//! it for every question.

use std::collections::BTreeMap;

use domain::{Basis, BudgetDecl, Claim, networks_of};
use policy::budget::{ChargedSubject, Settings};

use crate::world::{Who, holder_of};

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) who: Who,
    pub(crate) endpoint: u32,
    pub(crate) declared: Vec<BudgetDecl>,
    pub(crate) subjects: Vec<ChargedSubject>,
    /// Places of those that were taken for the payer, once it was granted.
    pub(crate) claimed: Vec<usize>,
}

struct Line {
    at: u64,
    digests: Vec<u64>,
    mark: u32,
    added: u32,
}

/// Name and windows as (limit, seconds).
type Account = (String, Vec<(u32, u64)>);
type Accounts = BTreeMap<String, Vec<Line>>;

const MONTH: u64 = 30 * 86_400;

fn bounds(list: &[BudgetDecl], times: u32, at_least: u32) -> Vec<(u32, u64)> {
    list.iter().map(|decl| ((decl.subjects * times).max(at_least), decl.per.secs_ceil())).collect()
}

/// Where it is kept whom a session is taken for, and what bounds that.
struct Session {
    own: String,
    /// Where those stand who show the contact of its log-in, all over the widest network.
    shown: Option<String>,
    firsts: Vec<Account>,
}

/// The payer's own account, those around it, and whom it may be taken for.
fn accounts(settings: &Settings, event: &Event) -> (Account, Vec<Account>, Option<Session>) {
    let Event { who, endpoint, declared, .. } = event;
    let most = declared.iter().map(|decl| decl.subjects).max().unwrap_or(0);
    let here = if declared.is_empty() { "all".to_owned() } else { format!("at {endpoint}") };
    let own = |default: &[BudgetDecl]| bounds(if declared.is_empty() { default } else { declared }, 1, 0);
    let networks = networks_of(who.address());
    let principal = |kind: &str, n: u64, list: &[BudgetDecl]| ((format!("{kind} {n} {here}")), own(list));
    match who {
        Who::Anonymous(_) => {
            let mut around = Vec::new();
            for network in &networks[1..] {
                let list = if declared.is_empty() {
                    bounds(&settings.network, 1, 0)
                } else {
                    bounds(declared, 5, 0)
                };
                around.push((format!("{network} {here}"), list));
            }
            around
                .push((format!("anonymous {endpoint}"), bounds(&settings.anonymous_endpoint, 1, most * 20)));
            if declared.is_empty() {
                around.push(("anonymous".into(), bounds(&settings.anonymous_everywhere, 1, 0)));
            }
            ((format!("{} {here}", networks[0]), own(&settings.address)), around, None)
        }
        Who::Confirmed(n, _) => {
            let holder = holder_of(*n);
            let name = holder.person.map_or(format!("session {n}"), |person| format!("person {person:?}"));
            let contact = holder.email.or(holder.phone);
            let kept = match contact {
                Some(contact) => format!("holder {contact:?} at {}", networks[0]),
                None => format!("holder {name}"),
            };
            let shown =
                contact.map(|contact| format!("shown {contact:?} at {}", networks[networks.len() - 1]));
            let (around, firsts) = around_signed_in(settings, event, &here);
            let own = (format!("{name} {here}"), own(&settings.confirmed));
            (own, around, Some(Session { own: kept, shown, firsts }))
        }
        Who::Role(name, n, _) if settings.roles.keys().any(|role| role.as_str() == *name) => {
            let list = settings.roles.iter().find(|(role, _)| role.as_str() == *name).unwrap().1;
            ((format!("role {n}"), bounds(list, 1, 0)), Vec::new(), None)
        }
        Who::Verified(n, _) | Who::Role(_, n, _) => {
            let (around, firsts) = around_signed_in(settings, event, &here);
            let session = Session { own: format!("holder verified {n}"), shown: None, firsts };
            (principal("verified", *n, &settings.verified), around, Some(session))
        }
        Who::Partner(n, _) => (principal("partner", *n, &settings.partner), Vec::new(), None),
    }
}

/// The accounts around whoever signed in, and those that bound whom it is taken for on no evidence.
fn around_signed_in(settings: &Settings, event: &Event, here: &str) -> (Vec<Account>, Vec<Account>) {
    let most = event.declared.iter().map(|decl| decl.subjects).max().unwrap_or(0);
    let networks = networks_of(event.who.address());
    let mut around = Vec::new();
    for (nth, network) in networks.iter().enumerate() {
        let list = if nth == 0 { &settings.signed_in_address } else { &settings.signed_in_network };
        around.push((format!("beyond {network} {here}"), bounds(list, 1, most * 5)));
    }
    let everybody = bounds(&settings.signed_in_endpoint, 1, most * 20);
    let kind = if matches!(event.who, Who::Confirmed(..)) { "confirmed" } else { "verified" };
    around.push((format!("all {kind} at {}", event.endpoint), everybody));
    let firsts = networks.iter().enumerate().map(|(nth, network)| {
        let list =
            if nth == 0 { &settings.signed_in_first_address } else { &settings.signed_in_first_network };
        (format!("firsts {network}"), bounds(list, 1, 0))
    });
    (around, firsts.collect())
}

fn held(lines: &[Line], subject: &ChargedSubject, since: u64) -> u32 {
    let mark = |digest: &u64| {
        let newest = lines.iter().rev().find(|line| line.digests.contains(digest));
        newest.filter(|line| line.at >= since).map_or(0, |line| line.mark)
    };
    let preferred = mark(&subject.digests[0]);
    let contacts = subject.digests.iter().enumerate().filter(|(nth, _)| subject.contacts >> nth & 1 == 1);
    // Who is told by an id is known by that id alone.
    let told_by_contact = subject.contacts & 1 == 1;
    let by_contacts = contacts.map(|(_, digest)| mark(digest)).min().unwrap_or(0);
    if told_by_contact { preferred.max(by_contacts) } else { preferred }
}

/// Enters subjects; tells which were new, and their weight.
fn enter(
    lines: &mut Vec<Line>,
    longest: u64,
    subjects: &[ChargedSubject],
    at: u64,
) -> (Vec<ChargedSubject>, u32) {
    let mut new = Vec::new();
    let mut need = 0;
    for subject in subjects {
        let held = held(lines, subject, at.saturating_sub(longest));
        if held < subject.weight {
            let added = subject.weight - held;
            let mut digests = vec![subject.digests[0]];
            digests.extend(subject.digests[1..].iter().filter(|alias| **alias != subject.digests[0]).take(4));
            lines.push(Line { at, digests, mark: subject.weight, added });
            need += added;
            new.push(subject.clone());
        }
    }
    (new, need)
}

fn longest(windows: &[(u32, u64)]) -> u64 {
    windows.iter().map(|(_, secs)| *secs).max().unwrap_or(MONTH)
}

/// Enters `event` into all accounts; whether every window had room.
fn apply(settings: &Settings, all: &mut Accounts, event: &Event) -> bool {
    let ((name, windows), around, first) = accounts(settings, event);
    let counted: Vec<ChargedSubject> = event
        .subjects
        .iter()
        .filter(|subject| subject.weight > 0 && subject.basis != Basis::Own)
        .cloned()
        .collect();
    let mut fits = true;
    let mut charge =
        |all: &mut Accounts, name: String, windows: &[(u32, u64)], subjects: &[ChargedSubject]| {
            let lines = all.entry(name).or_default();
            let (new, need) = enter(lines, longest(windows), subjects, event.at);
            let sum = |secs: u64| -> u32 {
                lines.iter().filter(|line| line.at + secs >= event.at).map(|line| line.added).sum()
            };
            fits &= need == 0 || windows.iter().all(|(limit, secs)| sum(*secs) <= *limit);
            new
        };
    let new = charge(all, name, &windows, &counted);
    let mut beyond = Vec::new();
    for subject in new {
        let taken = first.as_ref().is_some_and(|session| is_taken(all, session, &subject, event.at));
        if !taken {
            beyond.push(subject);
        }
    }
    for (name, windows) in around.into_iter().filter(|(_, windows)| !windows.is_empty()) {
        charge(all, name, &windows, &beyond);
    }
    fits
}

/// How an entry of a session's account came to be.
const BY_EVIDENCE: u32 = 1;
const BY_GUESS: u32 = 2;

/// Whether the session is taken for `subject`; enters it then.
fn is_taken(all: &mut Accounts, session: &Session, subject: &ChargedSubject, at: u64) -> bool {
    let fresh = |line: &&Line| line.at + MONTH >= at;
    let lines = all.entry(session.own.clone()).or_default();
    let used: u32 = lines.iter().filter(fresh).map(|line| line.added).sum();
    let known = |digest: &u64| {
        lines.iter().rev().filter(fresh).find(|line| line.digests.contains(digest)).map(|line| line.mark)
    };
    let preferred = subject.digests[0];
    let contacts: Vec<u64> = (0..subject.digests.len())
        .filter(|nth| subject.contacts >> nth & 1 == 1)
        .map(|nth| subject.digests[nth])
        .collect();
    let linked = used < 6 && contacts.iter().any(|contact| known(contact).is_some());
    match (known(&preferred), subject.claim) {
        (Some(BY_EVIDENCE), _) => return true,
        (Some(_), _) => return is_guessed(all, session, preferred, &contacts, at),
        (None, Claim::Own) if used < 6 => {
            if let Some(shown) = &session.shown {
                let lines = all.entry(shown.clone()).or_default();
                let mut others = lines.iter().filter(fresh);
                if others.clone().count() >= 6 && !others.any(|line| line.digests == [preferred]) {
                    return false;
                }
                if !lines.iter().filter(fresh).any(|line| line.digests == [preferred]) {
                    lines.push(Line { at, digests: vec![preferred], mark: 1, added: 1 });
                }
            }
            let line = Line { at, digests: vec![preferred], mark: BY_EVIDENCE, added: 1 };
            all.entry(session.own.clone()).or_default().push(line);
        }
        (None, Claim::Unknown) if used == 0 || linked => {
            if !is_guessed(all, session, preferred, &contacts, at) {
                return false;
            }
            let digests = [preferred].into_iter().chain(contacts).collect();
            let line = Line { at, digests, mark: BY_GUESS, added: 1 };
            all.entry(session.own.clone()).or_default().push(line);
        }
        _ => return false,
    }
    true
}

/// Whether the networks have room for `person`, taken for somebody on no evidence; enters it then.
fn is_guessed(all: &mut Accounts, session: &Session, person: u64, contacts: &[u64], at: u64) -> bool {
    let place = |(name, windows): &Account| {
        let since = at.saturating_sub(longest(windows));
        let lines = all.get(name).map_or(&[][..], Vec::as_slice);
        let known = lines.iter().any(|line| line.at >= since && line.digests.contains(&person));
        let sum = |secs: u64| -> u32 {
            lines.iter().filter(|line| line.at + secs >= at).map(|line| line.added).sum()
        };
        (known, known || windows.iter().all(|(limit, secs)| sum(*secs) < *limit))
    };
    let places: Vec<(bool, bool)> = session.firsts.iter().map(place).collect();
    if places.iter().any(|(_, room)| !room) {
        return false;
    }
    for ((name, _), _) in session.firsts.iter().zip(places).filter(|(_, (known, _))| !known) {
        let digests = [person].into_iter().chain(contacts.iter().copied()).collect();
        let line = Line { at, digests, mark: 1, added: 1 };
        all.entry(name.clone()).or_default().push(line);
    }
    true
}

/// Whether `event` would be granted after `granted`, which are in the order of time.
pub(crate) fn permits(settings: &Settings, granted: &[Event], event: &Event) -> bool {
    let mut all = Accounts::new();
    for event in granted {
        apply(settings, &mut all, event);
    }
    apply(settings, &mut all, event)
}
