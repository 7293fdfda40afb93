//! Own-record reads, counted instead of written.
//!
//! The first read of a record by its own subject is an entry of its own, durable before the answer.
//! Further reads by the same principal from the same address, of the same subjects with no further
//! class of data, through the same door within the same hour, only raise a count. The count is
//! written as [`Entry::Repeated`] when the hour is over, when the slot is needed, and at the end.
//! A crash loses at most the counts of the current hour; that the reads began is never lost.
//!
//! # Bound
//! `slots` reads over all shards, about 400 bytes each. A full shard evicts its oldest slot and
//! writes its count: a flood of principals costs entries, never an account.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use domain::{Basis, Exposure, Timestamp, Window};
use ledger::Entry;

const SHARDS: usize = 16;
/// An answer about more own subjects than this is written each time.
const MOST_SUBJECTS: usize = 16;
const HOUR_MILLIS: u64 = 3_600_000;

pub(crate) struct Coalescer {
    shards: Vec<Mutex<Shard>>,
    fingerprints: RandomState,
    slots_per_shard: usize,
}

#[derive(Default)]
struct Shard {
    slots: HashMap<u64, Slot, BuildHasherDefault<Fingerprint>>,
    /// Fingerprints from oldest to newest; each stands here once while it has a slot.
    order: VecDeque<u64>,
}

struct Slot {
    first: Exposure,
    last: Timestamp,
    count: u32,
}

/// The keys are fingerprints from a keyed hash already.
#[derive(Default)]
struct Fingerprint(u64);

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

impl Coalescer {
    /// A table of at most `slots` reads; 0 switches coalescing off.
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            fingerprints: RandomState::new(),
            slots_per_shard: slots.div_ceil(SHARDS),
        }
    }

    /// Counts `exposure` where the same read is durable already; whether it was.
    pub(crate) fn hit(&self, exposure: &Exposure) -> bool {
        let Some((shard, fingerprint)) = self.place(exposure) else { return false };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        match shard.slots.get_mut(&fingerprint) {
            Some(slot) if slot.covers(exposure) => {
                slot.count = slot.count.saturating_add(1);
                slot.last = slot.last.max(exposure.at);
                true
            }
            _ => false,
        }
    }

    /// Remembers `exposure`, which is durable now; the count that had to go, if any.
    pub(crate) fn remember(&self, exposure: Exposure) -> Option<Entry> {
        let (shard, fingerprint) = self.place(&exposure)?;
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Slot { last: exposure.at, first: exposure, count: 0 };
        if let Some(old) = shard.slots.insert(fingerprint, slot) {
            return old.repeats();
        }
        shard.order.push_back(fingerprint);
        if shard.slots.len() <= self.slots_per_shard {
            return None;
        }
        let oldest = shard.order.pop_front()?;
        shard.slots.remove(&oldest)?.repeats()
    }

    /// The counts of reads from hours before that of `now`; all of them when `now` is `None`.
    /// Shard by shard, so that nobody waits long: call it for each shard from 0 until `None`.
    pub(crate) fn sweep(&self, shard: usize, now: Option<Timestamp>) -> Option<Vec<Entry>> {
        let mut guard = self.shards.get(shard)?.lock().unwrap_or_else(PoisonError::into_inner);
        let Shard { slots, order } = &mut *guard;
        let is_over = |slot: &Slot| now.is_none_or(|now| hour(slot.first.at) < hour(now));
        let mut entries = Vec::new();
        // In the order of the first reads, so that the ledger reads like one.
        order.retain(|fingerprint| match slots.get(fingerprint) {
            Some(slot) if !is_over(slot) => true,
            Some(_) => {
                entries.extend(slots.remove(fingerprint).and_then(Slot::repeats));
                false
            }
            None => false,
        });
        Some(entries)
    }

    fn place(&self, exposure: &Exposure) -> Option<(&Mutex<Shard>, u64)> {
        let principal = exposure.recipient.principal?;
        let is_own = |subject: &domain::ExposedSubject| subject.basis == Basis::Own;
        if self.slots_per_shard == 0
            || !(1..=MOST_SUBJECTS).contains(&exposure.subjects.len())
            || !exposure.subjects.iter().all(is_own)
        {
            return None;
        }
        let mut hash = self.fingerprints.build_hasher();
        hash.write(principal.bytes());
        hash.write(exposure.endpoint.template().as_str().as_bytes());
        hash.write_u64(hour(exposure.at));
        for digest in exposure.subjects.iter().filter_map(|subject| subject.digests.first()) {
            hash.write(digest.bytes());
        }
        let fingerprint = hash.finish();
        let nth = usize::try_from(fingerprint % wide(SHARDS)).unwrap_or(0);
        Some((self.shards.get(nth)?, fingerprint))
    }
}

impl Slot {
    /// Whether the account says everything about `exposure` that an entry of its own would, but
    /// its exact time. Fingerprints are not trusted: everything is compared.
    fn covers(&self, exposure: &Exposure) -> bool {
        let Exposure { exchange: _, at, endpoint, operator, recipient, subjects } = exposure;
        hour(self.first.at) == hour(*at)
            && self.first.recipient == *recipient
            && self.first.endpoint == *endpoint
            && self.first.operator == *operator
            && self.first.subjects.len() == subjects.len()
            && self.first.subjects.iter().zip(subjects).all(|(known, now)| {
                known.classes.union(now.classes) == known.classes
                    && now.digests.iter().all(|digest| known.digests.contains(digest))
            })
    }

    fn repeats(self) -> Option<Entry> {
        let exposure = Exposure { at: self.last, ..self.first };
        (self.count > 0).then_some(Entry::Repeated { exposure, count: self.count })
    }
}

const fn hour(at: Timestamp) -> u64 {
    at.millis() / HOUR_MILLIS
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Refusals of one kind to one recipient at one door, counted within the hour after the first. What is counted
/// is written whenever it doubles what is on record, so that a kill leaves at least half of it.
///
/// # Bound
/// 4,096 recipients an hour. Those beyond share one line per kind, door and kind of recipient, with
/// the unspecified address: the count of refusals stays right, only who they were is not kept.
pub(crate) struct Refusals {
    table: Mutex<HashMap<RefusalKey, Pending>>,
}

/// What is counted and not written yet.
struct Pending {
    withheld: ledger::Withheld,
    written: u32,
}

type RefusalKey = (domain::RefusalKind, domain::Endpoint, domain::Recipient, Option<domain::Whose>, u64);

const MOST_REFUSED: usize = 4096;

impl Refusals {
    pub(crate) fn new() -> Self {
        Self { table: Mutex::default() }
    }

    /// Takes a refusal in; the entry to write now, if it is the first of its kind in its hour, or doubles what
    /// is on record.
    pub(crate) fn take(&self, mut withheld: ledger::Withheld) -> Option<Entry> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let key =
            |w: &ledger::Withheld| (w.kind, w.endpoint.clone(), w.recipient.clone(), w.budget, hour(w.at));
        if table.len() >= MOST_REFUSED && !table.contains_key(&key(&withheld)) {
            withheld.recipient.principal = None;
            withheld.recipient.role = None;
            withheld.recipient.client = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        }
        if let Some(known) = table.get_mut(&key(&withheld)) {
            let Pending { withheld: counted, written } = known;
            counted.at = counted.at.max(withheld.at);
            counted.count = counted.count.saturating_add(withheld.count);
            counted.subjects = counted.subjects.saturating_add(withheld.subjects);
            if counted.count < *written {
                return None;
            }
            *written = written.saturating_add(counted.count);
            let due = counted.clone();
            (counted.count, counted.subjects) = (0, 0);
            return Some(Entry::Refused(due));
        }
        // The slot counts what comes after the first, which is written now.
        let counted = ledger::Withheld { count: 0, subjects: 0, ..withheld.clone() };
        table.insert(key(&withheld), Pending { withheld: counted, written: withheld.count });
        Some(Entry::Refused(withheld))
    }

    /// The counts of hours before that of `over`, all when `None`, and after them that nothing else of these
    /// hours was counted; at a close, that is by `now`.
    pub(crate) fn sweep(&self, over: Option<Timestamp>, now: Timestamp) -> Vec<Entry> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut any = false;
        let mut entries: Vec<Entry> = table
            .extract_if(|(_, _, _, _, of), _| over.is_none_or(|over| *of < hour(over)))
            .inspect(|_| any = true)
            .filter(|(_, pending)| pending.withheld.count > 0)
            .map(|(_, pending)| Entry::Refused(pending.withheld))
            .collect();
        if any {
            // A refusal of this very millisecond is before it too: nobody is refused any more at a close.
            let begun = |over| Timestamp::from_millis(hour(over) * HOUR_MILLIS);
            let at = over.map_or_else(|| now.plus(Window::from_millis(1)), begun);
            entries.push(Entry::Counted { at });
        }
        entries
    }
}
