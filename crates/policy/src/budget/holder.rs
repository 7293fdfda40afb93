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
//!   everybody's record must not make everybody the holder;
//! - where nothing can be compared ([`Claim::Unknown`]), the first person that the session shows, and
//!   whoever a later record links to it by a contact. There is no evidence for it, so it is counted
//!   in accounts of the address and its networks; where these are full, it counts like any other.

use smallvec::SmallVec;

use domain::Claim;

use super::book::Book;
use super::charge::{ChargedSubject, Receipt};
use super::clock::LONGEST_SECS;
use super::plan::{Account, HolderPlan, Place};
use super::table::Table;

/// Keys under which one person is met: a number at one door, a random id at another.
pub(crate) const MOST_KEYS: u32 = 6;

/// Why a subject is taken for the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was before.
    Known,
    /// It shows what the log-in told.
    Own,
    /// Nothing says otherwise.
    First,
}

/// Which subjects at `fresh` are taken for the holder. Changes nothing.
pub(crate) fn taken(
    table: &Table,
    plan: &HolderPlan<'_>,
    subjects: &[ChargedSubject],
    fresh: &[usize],
    now: u32,
) -> SmallVec<[(usize, Taken); 2]> {
    let since = now.saturating_sub(LONGEST_SECS);
    table.view(plan.own, now, |book| {
        let mut used = book.sum(since);
        let mut entered: SmallVec<[u64; 8]> = SmallVec::new();
        let mut firsts: SmallVec<[u64; 4]> = SmallVec::new();
        let mut taken = SmallVec::new();
        for &place in fresh {
            let Some((subject, &preferred)) =
                subjects.get(place).and_then(|subject| Some((subject, subject.digests.first()?)))
            else {
                continue;
            };
            let knows = |digest: u64| entered.contains(&digest) || book.find(digest, since).is_some();
            let linked = || used < MOST_KEYS && subject.contact_digests().any(knows);
            let why = match subject.claim {
                _ if knows(preferred) => Taken::Known,
                Claim::Own if used < MOST_KEYS => Taken::Own,
                Claim::Unknown
                    if (used == 0 || linked()) && has_room(table, &plan.firsts, &firsts, preferred, now) =>
                {
                    Taken::First
                }
                Claim::Own | Claim::Unknown | Claim::Foreign => continue,
            };
            if why != Taken::Known {
                used = used.saturating_add(1);
                entered.push(preferred);
            }
            if why == Taken::First {
                entered.extend(subject.contact_digests());
                firsts.push(preferred);
            }
            taken.push((place, why));
        }
        taken
    })
}

/// Whether every account of `accounts` has room for `person` beside those of this charge.
fn has_room(table: &Table, accounts: &[Account<'_>], pending: &[u64], person: u64, now: u32) -> bool {
    accounts.iter().all(|account| {
        let Place::Table(key) = account.place else { return false };
        let since = now.saturating_sub(account.rule.longest());
        table.view(key, now, |book| {
            let new = |digest: &&u64| book.find(**digest, since).is_none();
            let others = u32::try_from(pending.iter().filter(new).count()).unwrap_or(u32::MAX);
            !new(&&person) || account.rule.refuses(book, others.saturating_add(1), now).is_none()
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
                Taken::Known => {
                    if let Some(known) = book.find(preferred, since) {
                        book.rely(known, first);
                    }
                }
                Taken::Own => book.enter(preferred, 1, now, 1, since),
                Taken::First => {
                    book.enter(preferred, 1, now, 1, since);
                    for contact in subject.contact_digests().filter(|contact| *contact != preferred) {
                        book.enter(contact, 1, now, 0, since);
                    }
                }
            }
        }
        book.span_from(first)
    });
    receipt.tables.extend(span.map(|span| (plan.own, span)));
    for account in &plan.firsts {
        let Place::Table(key) = account.place else { continue };
        let mut people = each().filter(|(_, why)| *why == Taken::First).peekable();
        if people.peek().is_none() {
            break;
        }
        let since = now.saturating_sub(account.rule.longest());
        let span = table.open(key, now, |book| {
            let first = book.next_number();
            for digest in people.filter_map(|(subject, _)| subject.digests.first().copied()) {
                match book.find(digest, since) {
                    Some(known) => book.rely(known, first),
                    None => book.enter(digest, 1, now, 1, since),
                }
            }
            book.span_from(first)
        });
        receipt.tables.extend(span.map(|span| (key, span)));
    }
    receipt.claimed.extend(taken.iter().map(|(place, _)| *place));
}
