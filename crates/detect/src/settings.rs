//! What may be configured about detectors. The doc comments are the manual.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DetectorId, RoleName};
use serde::{Deserialize, Serialize};

use crate::nats::narrow;
use crate::signal::bit;
use crate::trial::{Bucket, Purse};

/// Trials that one source can have.
pub(crate) const TRIALS: u64 = 11;
/// Sources that one client can be: its principal, its address, the network around it.
pub(crate) const SOURCES: u64 = 3;
/// Trials of one endpoint.
const ENDPOINT_TRIALS: u64 = 3;

/// Detectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether exchanges are looked at.
    pub enabled: bool,
    /// One false alarm in so many client-days, over all detectors and restarts together. Minimum 100.
    pub false_alarm_in_client_days: u64,
    /// One false alarm in so many days of one endpoint. Minimum 100.
    pub false_alarm_in_endpoint_days: u64,
    /// What callers in a role may read, such as `staff: {per_hour: 60, per_day: 300}`. Their walks,
    /// pages and rhythm are their work; what they read is bounded by twice these numbers.
    pub roles: BTreeMap<RoleName, Allowance>,
    /// The same for partners. Unset: what the budget of the operation that they ask lets them, where it
    /// declares one; else a partner is any verified principal.
    pub partner: Option<Allowance>,
    /// Most strangers per hour of one endpoint that no signal is said of before a baseline is known,
    /// and that no baseline ever exceeds.
    pub endpoint_per_hour: u32,
    /// The same for strangers beyond the first two of each source.
    pub endpoint_beyond_per_hour: u32,
    /// Sources held in memory: addresses, networks, principals that did something that counts. About
    /// 32 bytes each time one is seen, 650 from the seventh time on. Minimum 64.
    pub sources: u32,
    /// Endpoints held in memory, 1 KB each; those beyond share one. Minimum 1.
    pub endpoints: u32,
    /// Detectors that are not listened to. They cost the same, and go on remembering.
    pub off: BTreeSet<DetectorId>,
    /// People who do not exist, whom nobody should read: an e-mail, a phone, or an id with its resource
    /// in singular, such as `customer/990001`. At most 1,024.
    pub canaries: Vec<String>,
}

/// What a role may read, of people who are strangers to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// In the busiest hour.
    pub per_hour: u32,
    /// On the busiest day.
    pub per_day: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            false_alarm_in_client_days: 1_000_000,
            false_alarm_in_endpoint_days: 100_000,
            roles: BTreeMap::new(),
            partner: None,
            endpoint_per_hour: 400,
            endpoint_beyond_per_hour: 100,
            sources: 400_000,
            endpoints: 4096,
            off: BTreeSet::new(),
            canaries: Vec::new(),
        }
    }
}

/// Most canaries.
pub(crate) const MOST_CANARIES: usize = 1024;

/// Why settings cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` must be {least} or more")]
pub struct SettingsError {
    /// The key.
    pub key: &'static str,
    /// Its minimum.
    pub least: u64,
}

impl Settings {
    /// One bit per detector that is listened to.
    pub(crate) fn on(&self) -> u16 {
        self.off.iter().fold(u16::MAX, |on, id| on & !bit(*id))
    }

    /// What a role or partner may read under `budgets` (people, and in how many seconds): as much, at
    /// any speed that no budget forbids. `None` without a budget.
    #[must_use]
    pub fn within(budgets: impl IntoIterator<Item = (u32, u64)>) -> Option<Allowance> {
        let scaled = |people: u32, secs: u64, span: u64| {
            narrow((u64::from(people) * span).checked_div(secs.clamp(1, span)).unwrap_or(0))
        };
        budgets.into_iter().fold(None, |least: Option<Allowance>, (people, secs)| {
            let (per_hour, per_day) = (scaled(people, secs, 3600), scaled(people, secs, 86_400));
            let least = least.unwrap_or(Allowance { per_hour, per_day });
            Some(Allowance { per_hour: least.per_hour.min(per_hour), per_day: least.per_day.min(per_day) })
        })
    }

    /// Whether they can be meant.
    ///
    /// # Errors
    /// The first key that is below its minimum.
    pub fn check(&self) -> Result<(), SettingsError> {
        let lowest = [
            ("false_alarm_in_client_days", self.false_alarm_in_client_days, 100),
            ("false_alarm_in_endpoint_days", self.false_alarm_in_endpoint_days, 100),
            ("endpoint_per_hour", u64::from(self.endpoint_per_hour), 2),
            ("endpoint_beyond_per_hour", u64::from(self.endpoint_beyond_per_hour), 2),
            ("sources", u64::from(self.sources), 64),
            ("endpoints", u64::from(self.endpoints), 1),
        ];
        let below = lowest.into_iter().find(|(_, value, least)| value < least);
        below.map_or(Ok(()), |(key, _, least)| Err(SettingsError { key, least }))
    }

    pub(crate) fn purse(&self) -> Purse {
        Purse::one_in(self.false_alarm_in_client_days.clamp(100, 1 << 40), TRIALS * SOURCES)
    }

    pub(crate) fn endpoint_purse(&self) -> Purse {
        Purse::one_in(self.false_alarm_in_endpoint_days.clamp(100, 1 << 40), ENDPOINT_TRIALS)
    }
}

/// Who a source is: decides what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An address without identity.
    Address,
    /// The network around it.
    Network,
    /// A confirmed or verified principal.
    Principal,
    /// One that works under an allowance.
    Allowed(Allowance),
}

/// Addresses' worth of a network.
pub(crate) const ADDRESSES_PER_NETWORK: u32 = 5;

impl Standing {
    /// Strangers at once and per day: the fast test and the slow one.
    pub(crate) fn new_objects(self) -> [Bucket; 2] {
        let address = [Bucket { burst: 14, per_day: 52 }, Bucket { burst: 28, per_day: 3 }];
        let principal = [Bucket { burst: 28, per_day: 100 }, Bucket { burst: 40, per_day: 6 }];
        match self {
            Self::Address => address,
            Self::Network => address.map(|bucket| bucket.times(ADDRESSES_PER_NETWORK)),
            Self::Principal => principal,
            Self::Allowed(Allowance { per_hour, per_day }) => {
                let [fast, slow] = principal;
                let of = |number: u32, spans: u32, least: Bucket| Bucket {
                    burst: number.saturating_mul(2).max(least.burst),
                    per_day: narrow(u64::from(number) * u64::from(spans)).max(least.per_day),
                };
                [of(per_hour, 24, fast), of(per_day, 1, slow)]
            }
        }
    }

    /// Objects that are not there.
    pub(crate) fn misses(self) -> Bucket {
        match self {
            Self::Address => Bucket { burst: 60, per_day: 190 },
            Self::Network => Bucket { burst: 60, per_day: 190 }.times(ADDRESSES_PER_NETWORK),
            Self::Principal => Bucket { burst: 20, per_day: 70 },
            Self::Allowed(Allowance { per_day, .. }) => {
                Bucket { burst: per_day.max(60), per_day: per_day.max(190) }
            }
        }
    }

    /// Doors that are not there.
    pub(crate) fn lost(self) -> Bucket {
        let one = Bucket { burst: 40, per_day: 100 };
        if self == Self::Network { one.times(ADDRESSES_PER_NETWORK) } else { one }
    }

    /// Sessions issued.
    pub(crate) fn issued(self) -> Bucket {
        let one = Bucket { burst: 1200, per_day: 3000 };
        if self == Self::Network { one.times(ADDRESSES_PER_NETWORK) } else { one }
    }

    /// Sessions that told of strangers, where `per_hour` of them are usual.
    pub(crate) fn spread(self, per_hour: u32) -> Bucket {
        let burst = if self == Self::Network { 12 * ADDRESSES_PER_NETWORK } else { 12 };
        Bucket { burst, per_day: per_hour.saturating_mul(24) }
    }

    /// How many sessions that told of strangers every address or network bears in an hour, and how many
    /// until it is known what is usual there: a thousand people of whom each is new to the gateway.
    pub(crate) fn sessions_per_hour(self) -> [u32; 2] {
        let one = [1, 30];
        if self == Self::Network { one.map(|rate| rate * ADDRESSES_PER_NETWORK) } else { one }
    }

    /// A number to keep it by; allowances are not kept.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Address => 0,
            Self::Network => 1,
            Self::Principal | Self::Allowed(_) => 2,
        }
    }

    pub(crate) fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Address,
            1 => Self::Network,
            _ => Self::Principal,
        }
    }

    /// Whether it walks, pages and ticks by trade.
    pub(crate) fn works(self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_read_what_its_tightest_budget_lets_it() {
        let allowed = |per_hour, per_day| Some(Allowance { per_hour, per_day });
        for (budgets, expected) in [
            (vec![], None),
            (vec![(200, 3600)], allowed(200, 4800)),
            (vec![(200, 3600), (500, 86_400)], allowed(200, 500)),
            (vec![(500, 86_400), (900, 30 * 86_400)], allowed(500, 500)),
            (vec![(10, 60)], allowed(600, 14_400)),
        ] {
            assert_eq!(Settings::within(budgets.clone()), expected, "{budgets:?}");
        }
    }

    #[test]
    fn settings_below_their_minimum_are_named() {
        let few = Settings { sources: 63, ..Settings::default() };
        assert_eq!(few.check().unwrap_err().to_string(), "`sources` must be 64 or more");
        assert_eq!(Settings::default().check(), Ok(()));
    }
}
