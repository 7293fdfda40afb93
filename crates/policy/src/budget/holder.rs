//! Whom a session is taken for.
//!
//! People who read what is their own must not fill the accounts around them, or a thousand honest
//! customers behind one address would refuse each other. So whoever may be the holder of the session
//! that asks is left out of those accounts; and whoever certainly is not, counts from the first
//! record on, however many sessions are opened. One session has one person at all doors together:
//!
//! - who is known already from an earlier record of the session, by its preferred key;
//! - who shows the contact that the log-in brought, or the id that the upstream's answer to it told
//!   ([`Claim::Own`]): one person under at most [`MOST_KEYS`] keys, for another contact that stands in
//!   everybody's record must not make everybody the holder. The contact is the client's word, so the
//!   bound holds over all of its widest network together: addresses there are cheap;
//! - where nothing can be compared ([`Claim::Unknown`]), the first person that the session shows, and
//!   whoever a later record links to it by a contact. There is no evidence for it, so it is counted
//!   in accounts of the address and its networks, of each address that it is read from; where these
//!   are full, it counts like any other.

use smallvec::SmallVec;

use domain::Claim;

use super::book::Book;
use super::charge::{ChargedSubject, Receipt};
use super::clock::LONGEST_SECS;
use super::lost::Lost;
use super::plan::{Account, HolderPlan, Place};
use super::table::Table;

/// Keys under which one person is met: a number at one door, a random id at another.
pub(crate) const MOST_KEYS: u32 = 6;

/// Why a subject is taken for the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was before, for what the log-in told.
    Known,
    /// It was before, when nothing said otherwise.
    FirstAgain,
    /// It shows what the log-in told.
    Own,
    /// Nothing says otherwise.
    First,
}

impl Taken {
    /// Whether nothing but the want of evidence speaks for it.
    pub(crate) const fn is_guess(self) -> bool {
        matches!(self, Self::First | Self::FirstAgain)
    }
}

/// The mark of an entry: why whoever it names was taken for the holder.
const BY_EVIDENCE: u8 = 1;
const BY_GUESS: u8 = 2;

/// Which subjects at `fresh` are taken for the holder. Changes nothing.
pub(crate) fn taken(
    table: &Table,
    plan: &HolderPlan<'_>,
    subjects: &[ChargedSubject],
    fresh: &[usize],
    now: u32,
    lost: &Lost,
) -> SmallVec<[(usize, Taken); 2]> {
    let since = now.saturating_sub(LONGEST_SECS);
    table.view(plan.own, now, |book| {
        let mut used = book.sum(since);
        let mut entered: SmallVec<[(u64, u8); 8]> = SmallVec::new();
        let mut firsts: SmallVec<[u64; 4]> = SmallVec::new();
        let mut met: SmallVec<[u64; 8]> = SmallVec::new();
        let mut shown: SmallVec<[u64; 4]> = SmallVec::new();
        let mut taken = SmallVec::new();
        for &place in fresh {
            let Some((subject, &preferred)) =
                subjects.get(place).and_then(|subject| Some((subject, subject.digests.first()?)))
            else {
                continue;
            };
            let known = |digest: u64| {
                let newest = entered.iter().rev().find(|(other, _)| *other == digest).map(|(_, mark)| *mark);
                newest.or_else(|| book.find(digest, since).map(|known| known.mark))
            };
            let linked =
                || used < MOST_KEYS && subject.contact_digests().any(|contact| known(contact).is_some());
            let is_met = met.contains(&preferred);
            let guessable = || is_met || has_room(table, &plan.firsts, &firsts, preferred, now, lost);
            let why = match (known(preferred), subject.claim) {
                (Some(BY_GUESS), _) if guessable() => Taken::FirstAgain,
                (Some(BY_GUESS), _) => continue,
                (Some(_), _) => Taken::Known,
                (None, Claim::Own) if used < MOST_KEYS && may_show(table, plan, &shown, preferred, now) => {
                    Taken::Own
                }
                (None, Claim::Unknown) if (used == 0 || linked()) && guessable() => Taken::First,
                (None, Claim::Own | Claim::Unknown | Claim::Foreign) => continue,
            };
            let contacts = || subject.contact_digests();
            match why {
                Taken::Known | Taken::FirstAgain => {}
                Taken::Own => {
                    entered.push((preferred, BY_EVIDENCE));
                    shown.push(preferred);
                }
                Taken::First => {
                    entered.push((preferred, BY_GUESS));
                    entered.extend(contacts().map(|contact| (contact, BY_GUESS)));
                }
            }
            if matches!(why, Taken::Own | Taken::First) {
                used = used.saturating_add(1);
            }
            if why.is_guess() && !is_met {
                firsts.push(preferred);
                met.extend(std::iter::once(preferred).chain(contacts()));
            }
            taken.push((place, why));
        }
        taken
    })
}

/// Whether `person` may be one of the few who show the contact of the log-in, beside those that this
/// charge shows.
fn may_show(table: &Table, plan: &HolderPlan<'_>, pending: &[u64], person: u64, now: u32) -> bool {
    let since = now.saturating_sub(LONGEST_SECS);
    plan.shown.is_none_or(|key| {
        table.view(key, now, |book| {
            let new = |digest: &&u64| book.find(**digest, since).is_none();
            let others = u32::try_from(pending.iter().filter(new).count()).unwrap_or(u32::MAX);
            !new(&&person) || book.sum(since).saturating_add(others) < MOST_KEYS
        })
    })
}

/// Whether every account of `accounts` has room for `person` beside those of this charge.
fn has_room(
    table: &Table,
    accounts: &[Account<'_>],
    pending: &[u64],
    person: u64,
    now: u32,
    lost: &Lost,
) -> bool {
    accounts.iter().all(|account| {
        let Place::Table(key) = account.place else { return false };
        let since = now.saturating_sub(account.rule.longest());
        table.view(key, now, |book| {
            let new = |digest: &&u64| book.find(**digest, since).is_none();
            let others = u32::try_from(pending.iter().filter(new).count()).unwrap_or(u32::MAX);
            !new(&&person) || account.rule.refuses_beside(lost, book, others.saturating_add(1), now).is_none()
        })
    })
}

/// Enters whom the session is `taken` for. `fresh` are all new subjects of the charge.
pub(crate) fn enter(
    table: &mut Table,
    plan: &HolderPlan<'_>,
    subjects: &[ChargedSubject],
    fresh: &[usize],
    taken: &[(usize, Taken)],
    now: u32,
    receipt: &mut Receipt,
) {
    let since = now.saturating_sub(LONGEST_SECS);
    // A charge that counts in full because of an earlier one, which must stand from now on.
    if fresh.len() > taken.len() {
        table.change(plan.own, now, Book::rely_on_newest);
        if let Some(shown) = plan.shown {
            table.change(shown, now, Book::rely_on_newest);
        }
    }
    if taken.is_empty() {
        return;
    }
    let each = || taken.iter().filter_map(|&(place, why)| Some((subjects.get(place)?, why)));
    let span = table.open(plan.own, now, |book| {
        let first = book.next_number();
        for (subject, why) in each() {
            let Some(&preferred) = subject.digests.first() else { continue };
            match why {
                Taken::Known | Taken::FirstAgain => {
                    if let Some(known) = book.find(preferred, since) {
                        book.rely(known, first);
                    }
                }
                Taken::Own => book.enter(preferred, BY_EVIDENCE, now, 1, since),
                Taken::First => {
                    book.enter(preferred, BY_GUESS, now, 1, since);
                    for contact in subject.contact_digests().filter(|contact| *contact != preferred) {
                        book.enter(contact, BY_GUESS, now, 0, since);
                    }
                }
            }
        }
        book.span_from(first)
    });
    receipt.tables.extend(span.map(|span| (plan.own, span)));
    let people = || each().filter(|(_, why)| matches!(why, Taken::Known | Taken::Own));
    for key in plan.shown.into_iter().filter(|_| people().next().is_some()) {
        enter_people(table, key, people(), now, since, receipt);
    }
    let people = || each().filter(|(_, why)| *why != Taken::Own);
    for account in plan.firsts.iter().filter(|_| people().next().is_some()) {
        let Place::Table(key) = account.place else { continue };
        let since = now.saturating_sub(account.rule.longest());
        enter_people(table, key, people(), now, since, receipt);
    }
    receipt.claimed.extend(taken.iter().map(|(place, _)| *place));
}

/// Enters `people` into the account of `key`, and relies on those whom it holds already.
fn enter_people<'s>(
    table: &mut Table,
    key: u64,
    people: impl Iterator<Item = (&'s ChargedSubject, Taken)>,
    now: u32,
    since: u32,
    receipt: &mut Receipt,
) {
    let span = table.open(key, now, |book| {
        let first = book.next_number();
        for (subject, why) in people {
            let Some(&preferred) = subject.digests.first() else { continue };
            match (book.find(preferred, since), why) {
                // Whoever goes free because of an earlier entry holds it: it must not be refunded.
                (Some(known), _) => book.rely(known, first),
                (None, Taken::Known) => {}
                (None, Taken::Own | Taken::First | Taken::FirstAgain) => {
                    book.enter(preferred, 1, now, 1, since);
                    let aliases = subject.contact_digests().filter(|contact| *contact != preferred);
                    for contact in aliases.filter(|_| why != Taken::Own) {
                        book.enter(contact, 1, now, 0, since);
                    }
                }
            }
        }
        book.span_from(first)
    });
    receipt.tables.extend(span.map(|span| (key, span)));
}
