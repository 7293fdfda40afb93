//! What a proposal would have refused over the same log: a last reading, with the budgets of the gateway.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use detect::CallerKind;
use domain::{
    Audience, Basis, Endpoint, Exchange, Intent, KeyKind, OnForeign, RoleName, SubjectDigest, networks_of,
};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer, Settings};

use crate::owners::holds;
use crate::propose::Proposal;
use crate::suspects::Suspects;
use crate::{charged, left};

/// Exchanges that would have been refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Of those that were learned from.
    pub learned: u64,
    /// Of suspects.
    pub aside: u64,
}

/// The proposal, put to the log.
#[derive(Debug)]
pub struct Replay {
    doors: HashMap<Endpoint, (u32, Intent)>,
    budgets: Budgets,
    roles: Vec<Arc<str>>,
    by_door: BTreeMap<Endpoint, Refused>,
    by_role: BTreeMap<Arc<str>, Refused>,
}

impl Replay {
    /// `proposal` over the budgets in force.
    #[must_use]
    pub fn new(proposal: &Proposal, budgets: &Settings) -> Self {
        let mut settings = budgets.clone();
        for role in &proposal.roles {
            settings.roles.insert(RoleName::new(&role.role), role.budget());
        }
        let roles = settings.roles.keys().map(|role| role.as_str().into()).collect();
        let doors = (1_u32..).zip(&proposal.doors);
        Self {
            doors: doors.map(|(nth, door)| (door.endpoint.clone(), (nth, door.intent.clone()))).collect(),
            // The seed keeps clients from choosing whose account is evicted; nobody chooses here any more.
            budgets: Budgets::new(settings, 0),
            roles,
            by_door: BTreeMap::new(),
            by_role: BTreeMap::new(),
        }
    }

    /// Puts the proposal to one exchange that the log says was answered.
    pub fn take(&mut self, exchange: &Exchange, suspects: &Suspects) {
        if !left(exchange) {
            return;
        }
        let door = self.doors.get(&exchange.endpoint);
        let is_aside = suspects.set_aside(exchange);
        let count = |refused: &mut Refused| {
            let count = if is_aside { &mut refused.aside } else { &mut refused.learned };
            *count = count.saturating_add(1);
        };
        if door.is_some_and(|(_, intent)| !admits(intent, exchange)) {
            count(self.by_door.entry(exchange.endpoint.clone()).or_default());
            return;
        }
        // Budgets are counted for those to whom the proposal gives one: for others nothing changes.
        let role = self.roles.iter().find(|role| exchange.roles.contains(role)).cloned();
        let declared = door.map_or(&[][..], |(_, intent)| intent.budget.as_slice());
        let networks = networks_of(exchange.client);
        let payer = match (CallerKind::of(&exchange.caller), exchange.principal, &role) {
            (CallerKind::Partner, Some(digest), _) if !declared.is_empty() => {
                Payer::Partner { digest, networks: &networks }
            }
            (CallerKind::Verified, Some(digest), Some(name)) => {
                Payer::Role { name, digest, networks: &networks }
            }
            _ => return,
        };
        let is_own =
            door.is_some_and(|(_, intent)| intent.owner.as_ref().is_some_and(|owner| holds(owner, exchange)));
        if is_own {
            return;
        }
        let subjects = subjects(exchange);
        let endpoint = door.map_or(0, |(number, _)| *number);
        let charge = Charge { payer, endpoint, declared, subjects: &subjects };
        if self.budgets.charge(&charge, exchange.at).is_err() {
            match role.filter(|_| declared.is_empty()) {
                Some(role) => count(self.by_role.entry(role).or_default()),
                None => count(self.by_door.entry(exchange.endpoint.clone()).or_default()),
            }
        }
    }

    /// What would have been refused at a door.
    #[must_use]
    pub fn at(&self, endpoint: &Endpoint) -> Refused {
        self.by_door.get(endpoint).copied().unwrap_or_default()
    }

    /// What would have been refused by the budget of a role.
    #[must_use]
    pub fn of_role(&self, role: &str) -> Refused {
        self.by_role.get(role).copied().unwrap_or_default()
    }
}

/// Whether audience, owner and roles let the answer leave, as far as the log tells.
fn admits(intent: &Intent, exchange: &Exchange) -> bool {
    let kind = CallerKind::of(&exchange.caller);
    let is_verified = matches!(kind, CallerKind::Verified | CallerKind::Partner);
    let is_admitted = match &intent.audience {
        Audience::Public(_) => true,
        Audience::Authenticated => is_verified,
        Audience::Partner(names) => exchange.partner.as_ref().is_some_and(|name| names.contains(name)),
        Audience::Internal(networks) => networks.iter().any(|network| network.contains(exchange.client)),
    };
    let is_ruled = intent.owner.is_some() || !intent.roles.is_empty();
    if !is_admitted || !is_ruled || exchange.records == 0 || intent.on_foreign == OnForeign::Strip {
        return is_admitted;
    }
    let in_role = exchange.roles.iter().any(|role| intent.roles.contains(role));
    in_role || intent.owner.as_ref().is_some_and(|owner| holds(owner, exchange))
}

/// People who are charged: the log names at most 256 of an answer, the others are somebody too.
fn subjects(exchange: &Exchange) -> Vec<ChargedSubject> {
    let weight = exchange.classes.weight();
    let many = usize::try_from(charged(exchange)).unwrap_or(0);
    let unnamed = (1_u128..).map(|nth| {
        SubjectDigest::new(
            (exchange.id.number().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (nth << 64)).to_be_bytes(),
        )
    });
    let people = exchange.subjects.iter().copied().chain(unnamed).take(many);
    people.map(|digest| ChargedSubject::new([(KeyKind::OwnId, digest)], weight, Basis::Budget)).collect()
}
