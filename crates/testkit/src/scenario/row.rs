//! One line of the demo's table, and whether it is as it should be.

use std::fmt;

use domain::Mode;
use serde::Serialize;

use super::told::Told;
use crate::people::Tally;

/// What one scenario in one mode came to.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The scenario.
    pub name: &'static str,
    /// The gateway's mode.
    pub mode: Mode,
    /// Different customers the attacker received straight from the shop.
    pub records_without: usize,
    /// Different customers it received through the gateway.
    pub records_with: usize,
    /// The most it may receive through the gateway.
    pub expected_at_most: usize,
    /// See [`crate::attacker::Harvest::requests_until_contained`].
    pub requests_until_contained: u64,
    /// Honest requests that were answered, those behind the attacker's own address left out.
    pub benign_requests: u64,
    /// Those refused where the shop alone would have served.
    pub benign_refused: u64,
    /// Time of the run through the gateway.
    pub seconds: f64,
    /// Why that figure is expected.
    pub why: &'static str,
    /// Requests that the attacker sent through the gateway.
    pub attack_requests: u64,
    /// Those that got no answer.
    pub attack_unreachable: u64,
    /// Requests of the attacker that reached the shop through the gateway: all that the shop saw
    /// meanwhile, without the honest ones that were served. An honest request that was refused after
    /// the shop had answered counts here too.
    pub upstream_requests: u64,
    /// Attempts of honest people while nothing listened or the connection was cut.
    pub benign_unreachable: u64,
    /// Honest requests whose answer was not the shop's.
    pub benign_wrong: u64,
    /// Honest requests from behind the attacker's very address.
    pub shared_requests: u64,
    /// Those refused.
    pub shared_refused: u64,
    /// The honest people by kind.
    pub people: Tally,
    /// Whether the gateway was killed in the middle, so that some attempts find nothing.
    #[serde(skip)]
    pub restarts: bool,
    /// What the gateway said and did; `None` where nobody looked.
    #[serde(flatten)]
    pub told: Option<Told>,
    /// Records at the attacker's addresses before a detector speaks, at most.
    #[serde(skip)]
    pub told_within: Option<u64>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// More records left than expected.
    Leaked {
        /// Records received.
        records: usize,
        /// Records expected at most.
        at_most: usize,
    },
    /// Honest requests were refused.
    Refused(u64),
    /// Honest requests got another answer than the shop's.
    Wrong(u64),
    /// Something did not answer though nobody killed it; a dead gateway leaks nothing, and proves nothing.
    Unreachable(u64),
    /// No detector spoke in time.
    Unnoticed {
        /// Records when one did, if it did.
        records: Option<u64>,
        /// Records by which one must.
        at_most: u64,
    },
    /// Fewer records straight from the shop than through the gateway, or none: the attack is no attack.
    NoHole,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaked { records, at_most } => write!(f, "{records} records left, at most {at_most} may"),
            Self::Refused(many) => write!(f, "{many} honest requests were refused"),
            Self::Wrong(many) => write!(f, "{many} honest requests got a wrong answer"),
            Self::Unreachable(many) => write!(f, "{many} requests found nothing listening"),
            Self::Unnoticed { records: Some(records), at_most } => {
                write!(f, "a detector spoke after {records} records, at most {at_most} may pass before")
            }
            Self::Unnoticed { records: None, .. } => f.write_str("no detector spoke"),
            Self::NoHole => f.write_str("the attack got nothing straight from the shop"),
        }
    }
}

impl Row {
    /// Everything that is not as it should be; empty when the row is within its expectation.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let unreachable = self.attack_unreachable + self.benign_unreachable;
        let (records, at_most) = (self.records_with, self.expected_at_most);
        let noticed = self.told.as_ref().and_then(|told| told.records_until_signal);
        let late = self.told_within.filter(|at_most| noticed.is_none_or(|records| records > *at_most));
        [
            (records > at_most).then_some(Fault::Leaked { records, at_most }),
            (self.benign_refused > 0).then_some(Fault::Refused(self.benign_refused)),
            (self.benign_wrong > 0).then_some(Fault::Wrong(self.benign_wrong)),
            (unreachable > 0 && !self.restarts).then_some(Fault::Unreachable(unreachable)),
            late.map(|at_most| Fault::Unnoticed { records: noticed, at_most }),
            (self.records_without == 0 || self.records_without < records).then_some(Fault::NoHole),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            name: "post-batches",
            mode: Mode::Guard,
            records_without: 27_000,
            records_with: 20,
            expected_at_most: 20,
            requests_until_contained: 3,
            benign_requests: 5_000,
            benign_refused: 0,
            seconds: 1.5,
            why: "",
            attack_requests: 302,
            attack_unreachable: 0,
            upstream_requests: 3,
            benign_unreachable: 0,
            benign_wrong: 0,
            shared_requests: 30,
            shared_refused: 30,
            people: Tally::default(),
            restarts: false,
            told: None,
            told_within: None,
        }
    }

    #[test]
    fn a_row_is_faulty_for_each_of_its_reasons_alone() {
        assert_eq!(row().faults(), []);
        type Spoil = fn(&mut Row);
        let cases: [(Spoil, Fault); 6] = [
            (|row| row.records_with = 21, Fault::Leaked { records: 21, at_most: 20 }),
            (|row| row.benign_refused = 1, Fault::Refused(1)),
            (|row| row.benign_wrong = 2, Fault::Wrong(2)),
            (|row| row.benign_unreachable = 3, Fault::Unreachable(3)),
            (|row| row.attack_unreachable = 4, Fault::Unreachable(4)),
            (|row| row.records_without = 0, Fault::NoHole),
        ];
        for (spoil, fault) in cases {
            let mut spoilt = row();
            spoil(&mut spoilt);
            assert_eq!(spoilt.faults(), [fault]);
        }
        assert_eq!(Row { restarts: true, benign_unreachable: 9, ..row() }.faults(), []);
        for (records, late) in [(Some(12), false), (Some(13), true), (None, true)] {
            let told = Some(Told { records_until_signal: records, ..Told::default() });
            let fault = late.then_some(Fault::Unnoticed { records, at_most: 12 });
            assert_eq!(Row { told, told_within: Some(12), ..row() }.faults(), Vec::from_iter(fault));
        }
        assert_eq!(Row { told_within: Some(12), ..row() }.faults().len(), 1, "nobody looked");
    }

    #[test]
    fn the_json_has_the_fields_of_the_contract() {
        let json = serde_json::to_value(Row { told: Some(Told::default()), ..row() }).unwrap();
        for field in ["records_until_signal", "first_signal", "signals", "incidents", "severity", "actions"] {
            assert!(json.get(field).is_some(), "{field}");
        }
        for field in [
            "name",
            "mode",
            "records_without",
            "records_with",
            "expected_at_most",
            "requests_until_contained",
            "benign_requests",
            "benign_refused",
            "seconds",
        ] {
            assert!(!json[field].is_null(), "{field}");
        }
        assert_eq!(json["mode"], "guard");
    }
}
