//! How many distinct objects one caller may name within a window: the report's own rule against
//! parameters that count up. Off unless declared (`limit: [{distinct: 20, per: 1m}]`).
//!
//! Exact up to the limit: an object counts while its last naming lies within the window, in whole
//! seconds. It is free again in the second in which the window ends, so that whoever waits as long as
//! `Retry-After` says, never longer than the window, is let in; that may be a part of a second early.
//! Bounded by the limit itself, for what is refused is not kept. Evicted accounts are remembered as in
//! [`crate::budget`], so that a flood of callers frees nobody.

use domain::{BudgetDecl, IpPrefix, LimitDecl, Refusal, RefusalKind, SubjectDigest, Timestamp, Window};

use crate::budget::shared::{Book, Clock, Keys, Rule, Scope, Table};

/// Declared windows of one operation that count; further ones are not applied.
const DECLARED: u8 = 4;

/// Distinct object references by caller and operation.
#[derive(Debug)]
pub(crate) struct Distinct {
    table: Table,
    keys: Keys,
    clock: Clock,
}

impl Distinct {
    pub(crate) fn new(keys: u32, seed: u64) -> Self {
        let table = Table::new(keys, keys.saturating_mul(32));
        Self { table, keys: Keys::new(seed), clock: Clock::default() }
    }

    /// Whether a request that names `objects` (short digests) passes every declared window.
    ///
    /// # Errors
    /// The window that it fills for longest.
    pub(crate) fn look(&mut self, ask: &Ask<'_>, now: Timestamp) -> Result<(), Full> {
        let now = self.clock.tick(now);
        let mut fullest: Option<Full> = None;
        for (key, bound, per) in ask.accounts(self.keys) {
            let rule = Rule::of(std::slice::from_ref(&bound));
            let since = now.saturating_sub(rule.longest());
            let full = self.table.view(key, now, |book| {
                let mut new: Vec<u64> = ask
                    .objects
                    .iter()
                    .copied()
                    .filter(|&object| book.find(object, since).is_none())
                    .collect();
                new.sort_unstable();
                new.dedup();
                let need = u32::try_from(new.len()).unwrap_or(u32::MAX);
                (need > 0).then(|| rule.refuses(book, need, now)).flatten()
            });
            if let Some(full) = full {
                let wait = Window::from_secs(u64::from(full.wait)).min(whole_seconds(per));
                let full = Full { limit: full.limit, per, wait };
                if fullest.is_none_or(|other| other.wait < full.wait) {
                    fullest = Some(full);
                }
            }
        }
        fullest.map_or(Ok(()), Err)
    }

    /// Notes the objects of a request that passes.
    pub(crate) fn count(&mut self, ask: &Ask<'_>, now: Timestamp) {
        let now = self.clock.tick(now);
        for (key, bound, _) in ask.accounts(self.keys) {
            let since = now.saturating_sub(Rule::of(std::slice::from_ref(&bound)).longest());
            let note = |book: &mut Book| {
                for &object in ask.objects {
                    if let Some(known) = book.find(object, since) {
                        if book.at(known) == now {
                            continue;
                        }
                        book.withdraw(known);
                    }
                    book.enter(object, 1, now, 1, since);
                }
            };
            self.table.open(key, now, note);
        }
    }

    /// Accounts held.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.table.bytes()
    }
}

/// A window that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) limit: u32,
    /// The window as it was declared.
    pub(crate) per: Window,
    /// When the request would pass; at most the window.
    pub(crate) wait: Window,
}

impl Full {
    pub(crate) fn refusal(self) -> Refusal {
        let Self { limit, per, wait } = self;
        let detail = format!("more than {limit} distinct objects per {per}");
        Refusal::new(RefusalKind::DistinctLimited, detail).retry_after(wait)
    }
}

fn whole_seconds(window: Window) -> Window {
    Window::from_secs(window.secs_ceil().max(1))
}

/// The seconds before the last one, in which a naming still counts. A window of one second counts that
/// second and what is left of the next.
fn counted(per: Window) -> Window {
    Window::from_secs(per.secs_ceil().saturating_sub(1).max(1))
}

/// A request that names objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) networks: &'a [IpPrefix],
    pub(crate) principal: Option<SubjectDigest>,
    pub(crate) endpoint: u32,
    pub(crate) declared: &'a [LimitDecl],
    pub(crate) objects: &'a [u64],
}

impl Ask<'_> {
    /// Key, bound and declared window of each account.
    fn accounts(self, keys: Keys) -> impl Iterator<Item = (u64, BudgetDecl, Window)> {
        let bounds = self.declared.iter().filter_map(|decl| {
            let bound = |distinct| BudgetDecl { subjects: distinct, per: counted(decl.per) };
            Some((bound(decl.distinct?), decl.per))
        });
        (0..DECLARED).zip(bounds).map(move |(nth, (bound, per))| {
            let scope = Scope::Objects { endpoint: self.endpoint, nth };
            let key = match (self.principal, self.networks.first()) {
                (Some(digest), _) => keys.principal(digest, 0, scope),
                (None, Some(&address)) => keys.network(address, scope),
                (None, None) => keys.nobody(scope),
            };
            (key, bound, per)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::networks_of;
    use proptest::prelude::*;

    use super::*;

    fn per_minute(distinct: u32) -> LimitDecl {
        LimitDecl { requests: None, distinct: Some(distinct), per: Window::MINUTE }
    }

    proptest! {
        /// The slow model keeps the last naming of every object.
        #[test]
        fn it_counts_distinct_objects_as_the_list_of_all_namings_does(
            limit in 1u32..6,
            asks in prop::collection::vec((0u8..3, prop::collection::vec(1u64..12, 1..4), 0u64..40), 1..80),
        ) {
            let declared = [per_minute(limit)];
            let mut ours = Distinct::new(64, 1);
            let mut model: HashMap<(u8, u64), u64> = HashMap::new();
            let mut now = 1_000u64;
            for (caller, objects, gap) in asks {
                now += gap;
                let digests: Vec<u64> = objects.iter().map(|object| object << 8).collect();
                let networks = networks_of([10, 0, 0, caller].into());
                let ask = Ask { networks: &networks, principal: None, endpoint: 0, declared: &declared, objects: &digests };
                let at = Timestamp::from_secs(now);
                let live = |model: &HashMap<(u8, u64), u64>| {
                    model.iter().filter(|((who, _), last)| *who == caller && **last + 60 > now).count()
                };
                let mut after = model.clone();
                for &object in &objects {
                    after.insert((caller, object), now);
                }
                let grew = objects.iter().any(|&object| model.get(&(caller, object)).is_none_or(|last| last + 60 <= now));
                let passes = !grew || live(&after) <= usize::try_from(limit).unwrap();
                let refusal = ours.look(&ask, at);
                prop_assert_eq!(refusal.is_ok(), passes, "{:?}", refusal);
                if let (Err(full), [_]) = (refusal, &objects[..]) {
                    // Whoever waits as long as is said passes, and no second earlier.
                    let wait = full.wait.secs_ceil();
                    prop_assert!((1..=60).contains(&wait), "{:?}", full);
                    let live_at = |then: u64| {
                        model.iter().filter(|((who, _), last)| *who == caller && **last + 60 > then).count()
                    };
                    let limit = usize::try_from(limit).unwrap();
                    prop_assert!(live_at(now + wait) < limit && live_at(now + wait - 1) >= limit, "{:?}", full);
                }
                if passes {
                    ours.count(&ask, at);
                    model = after;
                }
            }
        }
    }

    #[test]
    fn a_flood_of_callers_frees_nobody() {
        let declared = [per_minute(2)];
        let mut table = Distinct::new(16, 9);
        let now = Timestamp::from_secs(1_000);
        let mut walk = |address: [u8; 4], object: u64| {
            let networks = networks_of(address.into());
            let objects = [object << 8];
            let ask = Ask {
                networks: &networks,
                principal: None,
                endpoint: 0,
                declared: &declared,
                objects: &objects,
            };
            let passes = table.look(&ask, now).is_ok();
            if passes {
                table.count(&ask, now);
            }
            passes
        };
        assert!(walk([10, 0, 0, 1], 1) && walk([10, 0, 0, 1], 2) && !walk([10, 0, 0, 1], 3));
        for n in 0..=255 {
            walk([10, 9, n, 7], 1);
            walk([10, 9, n, 7], 2);
        }
        assert!(!walk([10, 0, 0, 1], 3));
    }
}
