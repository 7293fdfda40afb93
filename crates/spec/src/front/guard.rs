//! Guards put together: what two of them say when both must be passed, or either.

use std::sync::Arc;

use domain::IpPrefix;

use crate::inventory::{Auth, Rate, Reach};

/// Both guards must be passed: the stronger one decides.
pub(super) fn both(one: Auth, other: Auth) -> Auth {
    if strength(&other) > strength(&one) { other } else { one }
}

/// Either guard is enough: the weaker one decides.
pub(super) fn either(one: Auth, other: Auth) -> Auth {
    if strength(&other) < strength(&one) { other } else { one }
}

/// How little passes: open first, denied last.
pub(super) const fn strength(auth: &Auth) -> u8 {
    match auth {
        Auth::Open => 0,
        Auth::Optional { .. } => 1,
        Auth::Unknown { .. } => 2,
        Auth::Required { .. } => 3,
        Auth::Denied { .. } => 4,
    }
}

/// Both limits hold: the lower figure; a limit without a figure only where there is no other.
pub(super) fn both_rates(one: Rate, other: Rate) -> Rate {
    match (one, other) {
        (Rate::Unlimited, rate)
        | (rate, Rate::Unlimited)
        | (Rate::Unknown { .. }, rate @ Rate::Limited { .. }) => rate,
        (Rate::Limited { per_hour, at }, Rate::Limited { per_hour: other, at: there }) => {
            let (per_hour, at) = if other < per_hour { (other, there) } else { (per_hour, at) };
            Rate::Limited { per_hour, at }
        }
        (rate, Rate::Unknown { .. }) => rate,
    }
}

/// Callers who pass both: the addresses that stand in both lists.
pub(super) fn both_reaches(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Nobody, _) | (_, Reach::Nobody) => Reach::Nobody,
        (Reach::World, reach) | (reach, Reach::World) => reach,
        (Reach::Inside, _) | (_, Reach::Inside) => Reach::Inside,
        (Reach::Networks { networks: one }, Reach::Networks { networks: other }) => {
            let mut networks = Vec::new();
            for a in &one {
                for b in &other {
                    if within(a, b) {
                        networks.push(*a);
                    } else if within(b, a) {
                        networks.push(*b);
                    }
                }
            }
            reach_of(networks)
        }
    }
}

fn within(inner: &IpPrefix, outer: &IpPrefix) -> bool {
    outer.length() <= inner.length() && outer.contains(inner.base())
}

/// What a list of the only allowed networks means.
pub(super) fn reach_of(mut networks: Vec<IpPrefix>) -> Reach {
    networks.sort_unstable();
    networks.dedup();
    if networks.is_empty() {
        Reach::Nobody
    } else if networks.iter().any(|network| network.length() == 0) {
        Reach::World
    } else if networks.iter().all(|network| network.base().is_loopback()) {
        Reach::Inside
    } else {
        Reach::Networks { networks }
    }
}

/// A text of a file for a message: short, on one line.
pub(super) fn shown(text: &str) -> Arc<str> {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    if short.len() < text.len() && text.chars().nth(120).is_some() {
        short.push_str("...");
    }
    short.into()
}
