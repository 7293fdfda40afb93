//! The accounts, and the two halves of a charge: decide without changing, then commit.

use domain::Whose;
use smallvec::SmallVec;

use super::book::{Book, HEAVIEST, Known, Span, mark_of};
use super::charge::{ChargedSubject, Receipt};
use super::clock::HOUR_SECS;
use super::holder::{self, Taken};
use super::lost::Lost;
use super::plan::{Account, Full, Place, Plan};
use super::table::Table;
use super::totals::Totals;

/// Aliases of a subject that are entered beside its preferred key.
const ALIASES: usize = 4;

/// All accounts, and memory that is used again from charge to charge.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) table: Table,
    /// Look-ups, apart: they are counted before anything is known of who asks.
    pub(crate) look_ups: Table,
    /// Those over all operations, apart from the former: made-up doors displace doors only.
    pub(crate) look_ups_everywhere: Table,
    pub(crate) totals: Totals,
    /// When charges were made that nobody remembers.
    pub(crate) lost: Lost,
    /// What the charge at hand would enter into the account at hand.
    scratch: Book,
    /// Places of subjects that count.
    counted: Vec<usize>,
    /// Places of subjects that are new to the payer.
    fresh: Vec<usize>,
    /// Those of them that the accounts around count.
    beyond: Vec<usize>,
}

/// An account that has no room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) name: &'static str,
    pub(crate) full: Full,
    pub(crate) whose: Whose,
}

impl State {
    pub(crate) fn new(table: Table, look_ups: [Table; 2], totals: Totals) -> Self {
        let [look_ups, look_ups_everywhere] = look_ups;
        Self {
            table,
            look_ups,
            look_ups_everywhere,
            totals,
            lost: Lost::default(),
            scratch: Book::default(),
            counted: Vec::new(),
            fresh: Vec::new(),
            beyond: Vec::new(),
        }
    }

    /// Looks at an account.
    pub(crate) fn view<R>(&self, place: Place, now: u32, look: impl FnOnce(&Book) -> R) -> R {
        match place {
            Place::Table(key) => self.table.view(key, now, look),
            Place::Total(place) => self.totals.view(place, look),
        }
    }

    /// Whether nothing stands against the charge; else the account that stays full longest.
    /// Changes nothing but scratch memory.
    pub(crate) fn decide(&mut self, plan: &Plan<'_>, subjects: &[ChargedSubject], now: u32) -> Option<Spent> {
        let Self { table, look_ups, totals, lost, scratch, fresh, beyond, .. } = self;
        fresh.clear();
        let granted = |subject: &ChargedSubject| looked_up(look_ups, plan, subject, now);
        let counted = subjects.iter().enumerate().filter(|(_, subject)| counts(subject) && !granted(subject));
        // Whoever is taken for the payer is not held against what is lost: below, when that is known.
        let kept = Lost::default();
        let own = ask(table, totals, scratch, &plan.own, counted, now, &kept, |place| fresh.push(place));
        if fresh.is_empty() {
            return None;
        }
        let taken =
            plan.holder.as_ref().map(|holder| holder::taken(table, holder, subjects, fresh, now, lost));
        without(fresh, taken.as_deref().unwrap_or_default(), beyond);
        let mut strangers = |account: &Account<'_>| {
            ask(table, totals, scratch, account, named(subjects, beyond.as_slice()), now, lost, |_| {})
        };
        let own_lost = if lost.is_empty() { None } else { strangers(&plan.own) };
        let around = plan.around.iter().filter_map(strangers);
        let own = own_lost.into_iter().chain(own).map(|spent| Spent { whose: Whose::Caller, ..spent });
        let own: SmallVec<[Spent; 2]> = own.collect();
        let is_own_full = !own.is_empty();
        let longest = around.chain(own).max_by_key(|spent| spent.full.wait)?;
        // Whose own budget is spent is said so, also where another account keeps it waiting for longer.
        Some(if is_own_full { Spent { whose: Whose::Caller, ..longest } } else { longest })
    }

    /// Enters the charge into every account of its plan; `over`: although its budget was spent.
    pub(crate) fn commit(
        &mut self,
        plan: &Plan<'_>,
        subjects: &[ChargedSubject],
        over: bool,
        now: u32,
    ) -> Receipt {
        let mut receipt = Receipt::default();
        let (mut counted, mut fresh) = (std::mem::take(&mut self.counted), std::mem::take(&mut self.fresh));
        fresh.clear();
        counted.clear();
        let granted = |subject: &ChargedSubject| looked_up(&self.look_ups, plan, subject, now);
        let counts = |(place, subject): (usize, &ChargedSubject)| {
            (counts(subject) && !granted(subject)).then_some(place)
        };
        counted.extend(subjects.iter().enumerate().filter_map(counts));
        // An account is only begun for something to enter: a payer who reads what is its own, or
        // names only, takes no place in the table.
        if !counted.is_empty() {
            let each = named(subjects, &counted);
            receipt.weight = self.enter(&plan.own, each, over, now, &mut receipt, |place| fresh.push(place));
        }
        receipt.new_subjects = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        if !fresh.is_empty() {
            let mut beyond = std::mem::take(&mut self.beyond);
            let table = &mut self.table;
            let taken = plan
                .holder
                .as_ref()
                .map(|holder| holder::taken(table, holder, subjects, &fresh, now, &self.lost));
            let taken = taken.unwrap_or_default();
            if let Some(holder) = &plan.holder {
                holder::enter(table, holder, subjects, &fresh, &taken, now, &mut receipt);
            }
            without(&fresh, &taken, &mut beyond);
            receipt.strangers = SmallVec::from_slice(&beyond);
            if plan.holder.as_ref().is_some_and(|holder| holder.guessed_are_strangers) {
                receipt
                    .strangers
                    .extend(taken.iter().filter(|(_, why)| why.is_guess()).map(|(place, _)| *place));
            }
            for account in plan.around.iter().filter(|_| !beyond.is_empty()) {
                self.enter(account, named(subjects, &beyond), over, now, &mut receipt, |_| {});
            }
            self.beyond = beyond;
        }
        (self.counted, self.fresh) = (counted, fresh);
        receipt
    }

    /// Enters subjects into one account; the weight that was new to it.
    fn enter<'s>(
        &mut self,
        account: &Account<'_>,
        subjects: impl Iterator<Item = (usize, &'s ChargedSubject)>,
        over: bool,
        now: u32,
        receipt: &mut Receipt,
        mut new: impl FnMut(usize),
    ) -> u32 {
        let since = now.saturating_sub(account.rule.longest());
        let change = |book: &mut Book| {
            let first = book.next_number();
            let mut weight = 0u32;
            for (place, subject) in subjects {
                let added = enter_subject(book, subject, over, (now, since), first);
                if added > 0 {
                    weight = weight.saturating_add(added);
                    new(place);
                }
            }
            (weight, book.span_from(first))
        };
        match account.place {
            Place::Table(key) => self.table.open(key, now, change).map_or(0, |(weight, span)| {
                receipt.tables.push((key, span));
                weight
            }),
            Place::Total(place) => {
                let opened = self.totals.open(place, account.rule.most(), now, change);
                opened.map_or(0, |(weight, span)| {
                    receipt.totals.push((place, span));
                    weight
                })
            }
        }
    }

    /// Takes a charge back from all of its accounts, or from none; whether it did. It does not where
    /// another charge went free by the payer's own account, or any account has lost the entries.
    pub(crate) fn refund(&mut self, receipt: Receipt, now: u32) -> bool {
        let Receipt { tables, totals, new_subjects: _, weight: _, claimed: _, strangers: _ } = receipt;
        let relied = |&(key, span): &(u64, Span)| self.table.view(key, now, |book| book.is_relied_upon(span));
        let stands = tables.iter().all(|&(key, span)| self.table.view(key, now, |book| book.has(span)))
            && totals.iter().all(|&(place, span)| self.totals.view(place, |book| book.has(span)));
        if !stands || tables.first().is_some_and(relied) {
            return false;
        }
        for (key, span) in tables {
            self.table.change(key, now, |book| book.refund(span, now));
        }
        for (place, span) in totals {
            self.totals.open(place, u32::MAX, now, |book| book.refund(span, now));
        }
        true
    }
}

/// The subjects at `places`.
fn named<'s>(
    subjects: &'s [ChargedSubject],
    places: &[usize],
) -> impl Iterator<Item = (usize, &'s ChargedSubject)> {
    places.iter().filter_map(|&place| subjects.get(place).map(|subject| (place, subject)))
}

/// Whether a subject counts at all.
fn counts(subject: &ChargedSubject) -> bool {
    subject.weight > 0 && subject.basis != domain::Basis::Own && !subject.digests.is_empty()
}

/// `fresh` without those that are `taken` for the payer itself.
fn without(fresh: &[usize], taken: &[(usize, Taken)], beyond: &mut Vec<usize>) {
    beyond.clear();
    let counts = |place: &usize| taken.iter().all(|(other, _)| other != place);
    beyond.extend(fresh.iter().copied().filter(counts));
}

/// Whether a look-up granted this subject.
fn looked_up(look_ups: &Table, plan: &Plan<'_>, subject: &ChargedSubject, now: u32) -> bool {
    subject.basis == domain::Basis::LookUp
        && plan.look_ups.is_some_and(|key| {
            let since = now.saturating_sub(24 * HOUR_SECS);
            look_ups.view(key, now, |book| {
                subject.contact_digests().any(|digest| book.find(digest, since).is_some())
            })
        })
}

/// Whether `subjects` fit into `account`. Names those that it does not hold yet, as long as they
/// could fit at all.
#[expect(clippy::too_many_arguments, reason = "parts of State, which are borrowed apart")]
fn ask<'s>(
    table: &Table,
    totals: &Totals,
    scratch: &mut Book,
    account: &Account<'_>,
    subjects: impl Iterator<Item = (usize, &'s ChargedSubject)>,
    now: u32,
    lost: &Lost,
    mut new: impl FnMut(usize),
) -> Option<Spent> {
    let since = now.saturating_sub(account.rule.longest());
    let most = account.rule.most();
    let look = |book: &Book| {
        scratch.clear();
        let mut need = 0u32;
        for (place, subject) in subjects {
            let weight = subject.weight.min(HEAVIEST);
            let held = held(book, scratch, subject, since);
            if held < weight {
                need = need.saturating_add(weight.saturating_sub(held));
                new(place);
                if need > most {
                    break;
                }
                enter_as(scratch, subject, mark_of(weight, false), now, weight, 0);
            }
        }
        (need > 0).then(|| account.rule.refuses_beside(lost, book, need, now)).flatten()
    };
    let full = match account.place {
        Place::Table(key) => table.view(key, now, look),
        Place::Total(place) => totals.view(place, look),
    };
    // Those of the payer itself are told apart by who asks.
    let whose = match account.place {
        Place::Table(_) => Whose::Network,
        Place::Total(_) => Whose::Everyone,
    };
    full.map(|full| Spent { name: account.name, full, whose })
}

/// The weight at which a subject is held: under its preferred key, or, where that is a contact, under
/// all of its contacts. A shared contact makes no stranger known.
fn held(book: &Book, more: &Book, subject: &ChargedSubject, since: u32) -> u32 {
    // The newest entry decides, as it will after the commit: an alias that came with a lesser weight
    // hides the greater one.
    let mark = |digest: u64| {
        let newest = if more.is_empty() { None } else { more.find(digest, since) };
        newest.or_else(|| book.find(digest, since)).map_or(0, Known::granted)
    };
    let preferred = subject.digests.first().map_or(0, |digest| mark(*digest));
    if preferred >= subject.weight.min(HEAVIEST) {
        return preferred;
    }
    let contacts = subject.known_by().map(mark).min().unwrap_or(0);
    preferred.max(contacts)
}

/// Enters what of `subject` is new; entries from the number `own` on belong to the same charge. What
/// left above the budget is entered once as such, and once more when it is granted.
fn enter_subject(
    book: &mut Book,
    subject: &ChargedSubject,
    over: bool,
    (now, since): (u32, u32),
    own: u32,
) -> u32 {
    let held = if over { Known::counted } else { Known::granted };
    let weight = subject.weight.min(HEAVIEST);
    let preferred = subject.digests.first().and_then(|digest| book.find(*digest, since));
    let by_key = preferred.map_or(0, held);
    let contacts: Option<SmallVec<[Known; 4]>> = if by_key < weight && subject.contacts != 0 {
        subject.known_by().map(|digest| book.find(digest, since)).collect()
    } else {
        None
    };
    let by_contacts = contacts.iter().flatten().map(|known| held(*known)).min().unwrap_or(0);
    for known in preferred.into_iter().chain(contacts.into_iter().flatten()) {
        book.rely(known, own);
    }
    let added = weight.saturating_sub(by_key.max(by_contacts));
    if added > 0 {
        enter_as(book, subject, mark_of(weight, over), now, added, since);
    }
    added
}

fn enter_as(book: &mut Book, subject: &ChargedSubject, mark: u8, now: u32, added: u32, since: u32) {
    let mut digests = subject.digests.iter().copied();
    if let Some(preferred) = digests.next() {
        book.enter(preferred, mark, now, added, since);
        for alias in digests.filter(|alias| *alias != preferred).take(ALIASES) {
            book.enter(alias, mark, now, 0, since);
        }
    }
}
