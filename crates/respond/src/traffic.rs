//! Who was seen lately, per endpoint: whom would an action have hit that did nothing?
//!
//! Of each endpoint seven slots of five minutes are kept, and in each at most 48 callers. When a slot is
//! full it keeps every second caller by hash, and counts each for two, then every fourth, and so on: up to
//! 48 the count is exact, beyond it is an estimate (about one in seven off), and no number of
//! callers makes it grow. The hash is seeded, so nobody can choose to be left out.
//!
//! Bound: 256 endpoints, about 8 MB; the one that was silent longest is forgotten. Kept in memory only:
//! it holds addresses.
//!
//! A caller is its principal, else its address (/32, /64). What else an unidentified caller shows (hints,
//! agents) it makes up for nothing: such neighbours behind one address count as innocents where a whole
//! address is refused, so making them up can only make an action narrower, never prevent one.
//!
//! *When* matters: the innocents are those who came before it began. Whoever came after may be
//! the attack itself, and its width is no reason to let it pass. Where the time before is not known, all
//! who came lately count, and the prediction says that it does not know.
//!
//! INVARIANT (known): the time before is known of an endpoint only when the endpoint was in this table for
//! the ten whole minutes that are looked at. Nobody at a door that nobody was seen at yet is no knowledge:
//! the first visitor of a page would be the attack, and everybody after him its crowd. So nothing is known
//! after a start, of a door that is asked for the first time, and of what began more than 25 minutes ago.

use std::collections::BTreeMap;
use std::ops::Range;

use detect::CallerKind;
use domain::{IpPrefix, SubjectDigest, Timestamp, networks_of};
use serde::{Deserialize, Serialize};

use crate::action::Measure;
use crate::in_force::{Stage, stage};
use crate::party::Party;
use crate::seen::{Facts, Seen};
use crate::target::{Target, What};

/// Length of a slot.
const SLOT_MILLIS: u64 = 300_000;
/// Slots of an endpoint.
const SLOTS: u64 = 7;
/// Slots of a prediction: ten minutes.
const LOOKED_AT: u64 = 2;
/// Callers of a slot.
const MOST_CALLERS: usize = 48;
/// Endpoints.
const MOST_DOORS: usize = 256;

/// Whom an action would have hit in ten minutes, beside those it is meant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Innocents {
    /// How many.
    pub people: u32,
    /// Whether the time before it began is known: the endpoint was observed for ten whole minutes of it.
    /// Else all who came lately were counted.
    pub known: bool,
}

/// Recent traffic. See the module for bounds.
#[derive(Clone, Debug)]
pub struct Traffic {
    seed: u64,
    doors: BTreeMap<u64, Recent>,
    /// The first exchange.
    since: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
struct Recent {
    upstream: u64,
    /// The first exchange since it is in the table.
    since: Timestamp,
    last: Timestamp,
    /// The oldest first, each with its number since the epoch.
    slots: Vec<(u64, Slot)>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// Each caller stands for `2^level`.
    level: u32,
    callers: Vec<Caller>,
}

#[derive(Clone, Debug)]
struct Caller {
    hash: u64,
    client: std::net::IpAddr,
    kind: CallerKind,
    principal: Option<SubjectDigest>,
    works: bool,
    /// One bit for each hint and agent, by hash.
    neighbours: u16,
    /// Whether it was told of strangers.
    told: bool,
    /// The latest page it asked for.
    page: Option<u64>,
}

impl Traffic {
    /// No traffic yet. `seed` must be secret.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, doors: BTreeMap::new(), since: None }
    }

    /// Takes an exchange in, after its answer. One that was refused by an action is none.
    pub fn take(&mut self, seen: &Seen<'_>) {
        self.since.get_or_insert(seen.at);
        let door = seen.facts.door;
        if !self.doors.contains_key(&door) && self.doors.len() >= MOST_DOORS {
            let silent = self.doors.iter().min_by_key(|(_, recent)| recent.last).map(|(door, _)| *door);
            silent.map(|door| self.doors.remove(&door));
        }
        let hash = self.hash(&seen.facts);
        let neighbour = self.neighbour(seen);
        let recent = self.doors.entry(door).or_insert_with(|| Recent { since: seen.at, ..Recent::default() });
        recent.upstream = seen.facts.upstream;
        recent.last = recent.last.max(seen.at);
        let (nth, newest) = (nth(seen.at), nth(recent.last));
        recent.slots.retain(|(slot, _)| slot + SLOTS > newest);
        if nth + SLOTS <= newest {
            return;
        }
        let place = recent.slots.partition_point(|(slot, _)| *slot < nth);
        if recent.slots.get(place).is_none_or(|(slot, _)| *slot != nth) {
            recent.slots.insert(place, (nth, Slot::default()));
        }
        if let Some((_, slot)) = recent.slots.get_mut(place) {
            slot.take(hash, neighbour, seen);
        }
    }

    /// Whom an action that is `automatic` or by hand would have hit in ten minutes, beside `parties`,
    /// when it is about something that began at `began`.
    #[must_use]
    pub fn predict(
        &self,
        target: &Target,
        measure: Measure,
        automatic: bool,
        parties: &[Party],
        began: Timestamp,
        now: Timestamp,
    ) -> Innocents {
        let (began, newest) = (nth(began), nth(now));
        let known = self.knows(target, began) && newest < began.saturating_add(SLOTS - LOOKED_AT);
        let slots = if known { began.saturating_sub(LOOKED_AT)..began } else { Self::lately(newest) };
        Innocents { people: self.count(target, measure, automatic, parties, &slots), known }
    }

    /// Whom an action by hand would have hit in the last ten minutes, beside `parties`: what nothing began,
    /// has no time before it.
    #[must_use]
    pub fn predict_now(
        &self,
        target: &Target,
        measure: Measure,
        parties: &[Party],
        now: Timestamp,
    ) -> Innocents {
        let newest = nth(now);
        let people = self.count(target, measure, false, parties, &Self::lately(newest));
        Innocents { people, known: self.knows(target, newest) }
    }

    /// The slots of the last ten minutes, and what the present one has of more.
    fn lately(newest: u64) -> Range<u64> {
        newest.saturating_sub(LOOKED_AT)..newest + 1
    }

    /// INVARIANT (known), see the module: whether the target was observed for all of the slots that lie
    /// before this one.
    fn knows(&self, target: &Target, before: u64) -> bool {
        let since = match *target {
            Target::Kind { door, .. } | Target::Endpoint(door) | Target::Source { door: Some(door), .. } => {
                self.doors.get(&door).map(|recent| recent.since)
            }
            Target::Source { door: None, .. } | Target::Upstream(_) => self.since,
        };
        since.is_some_and(|since| nth(since).saturating_add(LOOKED_AT) < before)
    }

    /// How many people of these slots an action would have hit.
    fn count(
        &self,
        target: &Target,
        measure: Measure,
        automatic: bool,
        parties: &[Party],
        slots: &Range<u64>,
    ) -> u32 {
        let of_target = |(door, recent): &(&u64, &Recent)| match *target {
            Target::Source { door: only, .. } => only.is_none_or(|only| only == **door),
            Target::Kind { door: only, .. } | Target::Endpoint(only) => only == **door,
            Target::Upstream(upstream) => recent.upstream == upstream,
        };
        let mut people = 0u64;
        let mut counted = std::collections::BTreeSet::new();
        for (door, recent) in self.doors.iter().filter(of_target) {
            let within = || recent.slots.iter().filter(|(nth, _)| slots.contains(nth)).map(|(_, slot)| slot);
            // Slots are counted together at the coarsest level among them: each caller once.
            let level = within().map(|slot| slot.level).max().unwrap_or(0);
            for caller in within().flat_map(|slot| &slot.callers).filter(|caller| is_kept(caller.hash, level))
            {
                let facts = caller.facts(*door, recent.upstream);
                let hit = caller.hit(&facts, target, measure, automatic, parties);
                if hit > 0 && counted.insert(caller.hash) {
                    people = people.saturating_add(hit << level.min(32));
                }
            }
        }
        u32::try_from(people).unwrap_or(u32::MAX)
    }

    /// Callers held: for tests of the bound.
    #[must_use]
    pub fn len(&self) -> usize {
        self.doors.values().flat_map(|recent| &recent.slots).map(|(_, slot)| slot.callers.len()).sum()
    }

    /// Whether nobody was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.doors.is_empty()
    }

    fn hash(&self, facts: &Facts) -> u64 {
        match facts.principal() {
            Some(digest) => wide(self.seed, u128::from_be_bytes(*digest.bytes())),
            None => {
                let address = address(facts);
                let bits = match address.base() {
                    std::net::IpAddr::V4(v4) => u128::from(v4.to_bits()),
                    std::net::IpAddr::V6(v6) => v6.to_bits(),
                };
                wide(self.seed ^ u64::from(address.length()), bits)
            }
        }
    }

    fn neighbour(&self, seen: &Seen<'_>) -> u16 {
        let hint = seen.facts.identity.map_or(0, |digest| digest.short());
        let agent = seen.agent.map_or(0, |digest| digest.short());
        1u16 << (mix(mix(self.seed, hint), agent) & 15)
    }
}

impl Slot {
    fn take(&mut self, hash: u64, neighbour: u16, seen: &Seen<'_>) {
        if !is_kept(hash, self.level) {
            return;
        }
        let facts = &seen.facts;
        if let Some(caller) = self.callers.iter_mut().find(|caller| caller.hash == hash) {
            caller.neighbours |= neighbour;
            caller.told |= seen.strangers > 0;
            caller.page = caller.page.max(facts.page);
            return;
        }
        while self.callers.len() >= MOST_CALLERS && self.level < 63 {
            self.level += 1;
            let level = self.level;
            self.callers.retain(|caller| is_kept(caller.hash, level));
        }
        if is_kept(hash, self.level) && self.callers.len() < MOST_CALLERS {
            self.callers.push(Caller {
                hash,
                client: facts.client,
                kind: facts.caller,
                principal: facts.principal(),
                works: facts.works,
                neighbours: neighbour,
                told: seen.strangers > 0,
                page: facts.page,
            });
        }
    }
}

impl Caller {
    fn facts(&self, door: u64, upstream: u64) -> Facts {
        Facts {
            client: self.client,
            caller: self.kind,
            identity: self.principal,
            works: self.works,
            door,
            upstream,
            page: self.page,
        }
    }

    /// How many people behind this caller an action would have hit.
    fn hit(
        &self,
        facts: &Facts,
        target: &Target,
        measure: Measure,
        automatic: bool,
        parties: &[Party],
    ) -> u64 {
        let waits = stage(target, measure, automatic, facts);
        let is_hit = target.holds(facts) && waits.is_some() && (waits != Some(Stage::Answer) || self.told);
        let is_party = parties.iter().any(|party| match party {
            Party::Principal(_) => party.holds(facts),
            // A principal behind a network that takes part is somebody else.
            Party::Network(_) => self.principal.is_none() && party.holds(facts),
        });
        let is_whole_address = self.principal.is_none() && what(target) != Some(What::Strangers);
        let neighbours = if is_whole_address { u64::from(self.neighbours.count_ones()).max(1) } else { 1 };
        if !is_hit { 0 } else { neighbours - u64::from(is_party) }
    }
}

fn what(target: &Target) -> Option<What> {
    match target {
        Target::Source { what, .. } | Target::Kind { what, .. } => Some(*what),
        Target::Endpoint(_) | Target::Upstream(_) => None,
    }
}

/// The narrowest block: /32 or /64.
fn address(facts: &Facts) -> IpPrefix {
    networks_of(facts.client).first().copied().unwrap_or_else(|| IpPrefix::of(facts.client, 128))
}

/// The slot of a moment.
fn nth(at: Timestamp) -> u64 {
    at.millis() / SLOT_MILLIS
}

/// Whether a slot of this level keeps a caller: one in `2^level` of them.
fn is_kept(hash: u64, level: u32) -> bool {
    hash.leading_zeros() >= level
}

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(u128::from(b ^ 0xa409_3822_299f_31d0));
    let [a, b, c, d, e, f, g, h, low @ ..] = product.to_be_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_be_bytes(low)
}

fn wide(seed: u64, number: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, low @ ..] = number.to_be_bytes();
    mix(mix(seed, u64::from_be_bytes([a, b, c, d, e, f, g, h])), u64::from_be_bytes(low))
}
