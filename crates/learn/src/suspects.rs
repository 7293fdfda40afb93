//! Of whom nothing is learned: callers under signal, and doors that are being emptied.
//!
//! *Unnamed* callers (anonymous, unverified, confirmed, verified without a role) are set aside with all
//! they did in the whole log once a detector spoke of them or a budget refused them, also before.
//!
//! *Named* callers are those to whom the configuration gives a role or a partner's name. Reading many is
//! what a name is for, and until a budget is declared for it detectors take it for a walk, pages, bulk,
//! a sweep, a spike, a clock or one hand with many sessions. So these signals say nothing against them where at least half of the
//! readers of that name raise them; where fewer do, those who do are set aside, and so is everybody of
//! whom another detector speaks (guessing, scanning, others' records, canaries). Who is left is held
//! against the others of its name ([`crate::propose`]): a stolen token works harder than its owner.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::{DetectorId, Endpoint, Exchange, Outcome, RefusalKind};

use crate::people::People;
use crate::{caller, charged};

/// Most suspects. Beyond, every unnamed caller is one.
const MOST: usize = 262_144;
/// Most doors under signal. Beyond, every unnamed caller is a suspect.
const MOST_DOORS: usize = 65_536;
/// Most names of roles and partners; the configuration has fewer.
const MOST_NAMES: usize = 1024;

/// Who is set aside. Filled by a first reading of the whole log.
#[derive(Debug)]
pub struct Suspects {
    callers: People,
    /// Addresses of unnamed callers under signal: whoever comes from there without a name is set aside.
    addresses: People,
    doors: HashSet<Endpoint>,
    names: BTreeMap<Arc<str>, Name>,
    detectors: BTreeMap<DetectorId, u64>,
    room: usize,
}

#[derive(Debug, Default)]
struct Name {
    readers: People,
    signalled: People,
}

impl Default for Suspects {
    fn default() -> Self {
        Self {
            callers: People::default(),
            addresses: People::default(),
            doors: HashSet::new(),
            names: BTreeMap::new(),
            detectors: BTreeMap::new(),
            room: MOST,
        }
    }
}

/// What a name explains.
const fn is_explained(detector: DetectorId) -> bool {
    matches!(
        detector,
        DetectorId::SequentialIds
            | DetectorId::NewObjects
            | DetectorId::PageWalk
            | DetectorId::Bulk
            | DetectorId::Volume
            | DetectorId::EndpointSweep
            | DetectorId::Automation
            // A budget that is too small for the work is what is to be learned.
            | DetectorId::SpentBudget
            // It speaks of the address: an office of verified staff looks like one hand with many sessions.
            | DetectorId::SessionMinting
    )
}

/// Whether it speaks of a door, and of whoever asked there by accident.
const fn is_of_door(detector: DetectorId) -> bool {
    matches!(detector, DetectorId::Volume | DetectorId::EndpointSweep | DetectorId::AnonymousData)
}

/// The names of a caller: its partner's, else its roles.
pub(crate) fn names(exchange: &Exchange) -> impl Iterator<Item = &Arc<str>> {
    exchange.partner.iter().chain(exchange.roles.iter().filter(|_| exchange.partner.is_none()))
}

fn is_named(exchange: &Exchange) -> bool {
    exchange.partner.is_some() || !exchange.roles.is_empty()
}

impl Suspects {
    /// Takes in one exchange.
    pub fn take(&mut self, exchange: &Exchange) {
        let who = caller(exchange);
        for signal in &exchange.signals {
            let count = self.detectors.entry(signal.detector).or_insert(0);
            *count = count.saturating_add(1);
        }
        if is_named(exchange) {
            let (mut explained, mut other) = (false, false);
            for signal in &exchange.signals {
                if is_explained(signal.detector) { explained = true } else { other = true }
            }
            if other {
                self.callers.add(who, &mut self.room);
            }
            if !explained && charged(exchange) == 0 {
                return;
            }
            for name in names(exchange) {
                if self.names.len() >= MOST_NAMES && !self.names.contains_key(name) {
                    continue;
                }
                let name = self.names.entry(Arc::clone(name)).or_default();
                name.readers.add(who, &mut self.room);
                if explained {
                    name.signalled.add(who, &mut self.room);
                }
            }
            return;
        }
        let over = matches!(
            exchange.outcome,
            Outcome::Refused(RefusalKind::BudgetSpent | RefusalKind::Contained | RefusalKind::Foreign)
                | Outcome::WouldRefuse(
                    RefusalKind::BudgetSpent | RefusalKind::Contained | RefusalKind::Foreign
                )
        );
        if over || exchange.signals.iter().any(|signal| !is_of_door(signal.detector)) {
            self.callers.add(who, &mut self.room);
            self.addresses.add(address(exchange), &mut self.room);
        }
        if exchange.signals.iter().any(|signal| is_of_door(signal.detector)) {
            if self.doors.len() < MOST_DOORS {
                self.doors.insert(exchange.endpoint.clone());
            } else {
                self.callers.and_more();
            }
        }
    }

    /// Whether nothing is learned of this exchange.
    #[must_use]
    pub fn set_aside(&self, exchange: &Exchange) -> bool {
        let who = caller(exchange);
        if self.callers.contains(who) {
            return true;
        }
        if !is_named(exchange) {
            return self.callers.has_more()
                || self.addresses.has_more()
                || self.addresses.contains(address(exchange))
                || (charged(exchange) > 0 && self.doors.contains(&exchange.endpoint))
                || exchange.signals.iter().any(|signal| !is_of_door(signal.detector));
        }
        !names(exchange).any(|name| self.names.get(name).is_none_or(|name| name.explains(who)))
    }

    /// Whether detectors said of the door itself that nobody in particular is told there of others, or
    /// that it is being emptied.
    #[must_use]
    pub fn is_suspect_door(&self, endpoint: &Endpoint) -> bool {
        self.doors.contains(endpoint)
    }

    /// How many signals each detector gave.
    #[must_use]
    pub const fn detectors(&self) -> &BTreeMap<DetectorId, u64> {
        &self.detectors
    }

    /// Of those of this name who read anybody, how many were under signals that the name explains.
    #[must_use]
    pub fn signalled(&self, name: &str) -> (usize, usize) {
        self.names.get(name).map_or((0, 0), |name| (name.signalled.len(), name.readers.len()))
    }
}

impl Name {
    fn explains(&self, who: u64) -> bool {
        let half = self.signalled.len().saturating_mul(2) >= self.readers.len();
        half || !(self.signalled.contains(who) || self.signalled.has_more())
    }
}

fn address(exchange: &Exchange) -> u64 {
    match exchange.client {
        std::net::IpAddr::V4(address) => u64::from(address.to_bits()) | 1 << 40,
        std::net::IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}
