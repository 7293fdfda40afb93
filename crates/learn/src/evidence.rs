//! What a log says for a proposal: who reads at which door, and how much at most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use detect::CallerKind;
use domain::{ClassSet, Endpoint, Exchange, Timestamp};

use crate::doors::place;
use crate::owners::Owners;
use crate::people::People;
use crate::spent::{Days, day_of};
use crate::suspects::{Suspects, names};
use crate::{caller, charged, is_own, left};

/// Most doors. Exchanges of those beyond are counted and nothing is proposed for them.
const MOST_DOORS: usize = 4096;
/// Most callers that all doors together tell apart.
const MOST_CALLERS: usize = 2_000_000;
/// Most names at a door, and in all.
const MOST_NAMES: usize = 256;
/// Most caller-days of one name at one door, and most days of a door.
const MOST_DAYS: usize = 4096;

/// Everything that was learned, by door and by name.
///
/// Keyed by what the log holds: at most 4,096 doors, 256 names, two million callers. Nothing is evicted;
/// [`Evidence::left_out`] counts what lies beyond.
#[derive(Debug)]
pub struct Evidence {
    pub(crate) doors: BTreeMap<Endpoint, Door>,
    pub(crate) names: BTreeMap<Arc<str>, Named>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) exchanges: u64,
    pub(crate) aside: u64,
    left_out: u64,
    room: usize,
}

/// A door.
#[derive(Debug, Default)]
pub(crate) struct Door {
    pub(crate) declared: bool,
    /// Answers that left, and are learned from.
    pub(crate) exchanges: u64,
    pub(crate) callers: People,
    pub(crate) days: BTreeSet<u64>,
    /// By kind of caller: answers, and those that told of others.
    pub(crate) kinds: [Kind; 5],
    pub(crate) classes: ClassSet,
    pub(crate) looked_up: u64,
    pub(crate) issued: u64,
    pub(crate) names: BTreeMap<Arc<str>, NameHere>,
    pub(crate) owners: Owners,
    /// Exchanges of suspects.
    pub(crate) aside: u64,
    pub(crate) aside_callers: People,
    /// Classes that suspects were told.
    pub(crate) aside_classes: ClassSet,
    /// Names of suspects.
    pub(crate) aside_names: BTreeSet<Arc<str>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kind {
    pub(crate) exchanges: u64,
    pub(crate) others: u64,
}

/// A role or partner at a door.
#[derive(Debug, Default)]
pub(crate) struct NameHere {
    /// Answers that told of others than the caller.
    pub(crate) others: u64,
    /// Caller and day of each.
    pub(crate) caller_days: BTreeSet<(u64, u64)>,
    /// What partners read here.
    pub(crate) spent: Days,
}

/// A role or partner, over all doors.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) is_partner: bool,
    pub(crate) has_budget: bool,
    pub(crate) exchanges: u64,
    pub(crate) callers: People,
    pub(crate) spent: Days,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            doors: BTreeMap::new(),
            names: BTreeMap::new(),
            from: Timestamp::from_millis(u64::MAX),
            until: Timestamp::from_millis(0),
            exchanges: 0,
            aside: 0,
            left_out: 0,
            room: MOST_CALLERS,
        }
    }
}

impl Evidence {
    /// Takes in one exchange, in the order of the log.
    pub fn take(&mut self, exchange: &Exchange, suspects: &Suspects) {
        // A later part of an answer is no exchange more; whom it tells of counts.
        let once = u64::from(exchange.continues.is_none());
        self.exchanges = self.exchanges.saturating_add(once);
        self.from = self.from.min(exchange.at);
        self.until = self.until.max(exchange.at);
        if self.doors.len() >= MOST_DOORS && !self.doors.contains_key(&exchange.endpoint) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let who = caller(exchange);
        let door = self.doors.entry(exchange.endpoint.clone()).or_default();
        door.declared = exchange.declared;
        if suspects.set_aside(exchange) {
            self.aside = self.aside.saturating_add(once);
            door.aside = door.aside.saturating_add(once);
            door.aside_callers.add(who, &mut self.room);
            door.aside_classes = door.aside_classes.union(exchange.classes);
            let room = MOST_NAMES.saturating_sub(door.aside_names.len());
            door.aside_names.extend(names(exchange).take(room).cloned());
            return;
        }
        if !left(exchange) {
            return;
        }
        door.exchanges = door.exchanges.saturating_add(once);
        door.callers.add(who, &mut self.room);
        if door.days.len() < MOST_DAYS {
            door.days.insert(day_of(exchange));
        }
        door.classes = door.classes.union(exchange.classes);
        door.looked_up = door.looked_up.saturating_add(u64::from(exchange.looked_up > 0));
        door.issued = door.issued.saturating_add(u64::from(exchange.issued > 0));
        let kind = CallerKind::of(&exchange.caller);
        let tells_of_others = charged(exchange) > 0;
        if let Some(kind) = door.kinds.get_mut(place(kind)) {
            kind.exchanges = kind.exchanges.saturating_add(once);
            kind.others = kind.others.saturating_add(u64::from(tells_of_others));
        }
        let is_own = is_own(exchange);
        let is_named = names(exchange).next().is_some();
        if kind == CallerKind::Verified && exchange.records > 0 && (is_own || !is_named) {
            door.owners.take(who, exchange);
        }
        for name in names(exchange) {
            let is_known = self.names.contains_key(name) && door.names.contains_key(name);
            if !is_known && (self.names.len() >= MOST_NAMES || door.names.len() >= MOST_NAMES) {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            let named = self.names.entry(Arc::clone(name)).or_default();
            named.is_partner = exchange.partner.is_some();
            named.has_budget = exchange.role.as_ref() == Some(name);
            named.exchanges = named.exchanges.saturating_add(once);
            named.callers.add(who, &mut self.room);
            let here = door.names.entry(Arc::clone(name)).or_default();
            if !tells_of_others {
                continue;
            }
            named.spent.take(who, exchange);
            here.others = here.others.saturating_add(1);
            if here.caller_days.len() < MOST_DAYS {
                here.caller_days.insert((who, day_of(exchange)));
            }
            if named.is_partner {
                here.spent.take(who, exchange);
            }
        }
    }

    /// Exchanges of doors, and names, beyond a bound.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        let days = self.names.values().map(|named| named.spent.left_out);
        self.left_out.saturating_add(days.sum())
    }

    /// Whether nothing was taken in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.exchanges == 0
    }
}
