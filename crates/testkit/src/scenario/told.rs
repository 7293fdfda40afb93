//! What the gateway said and did about an attack, as its exchange log and its incidents tell.

use std::collections::BTreeMap;

use serde::Serialize;

/// What one detector said at the attacker's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spoken {
    /// Different people of others told of there when it first spoke, the answer at which it did included.
    pub records: u64,
    /// How often it spoke.
    pub times: u64,
}

/// What the gateway said and did. Signals are those at exchanges from an address of the attacker with a
/// door under `/api`: honest people who live there too are not told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// People of others told of at the attacker's addresses when the first detector spoke; absent where
    /// none did.
    pub records_until_signal: Option<u64>,
    /// Which detector that was.
    pub first_signal: Option<String>,
    /// All detectors that spoke there.
    pub signals: BTreeMap<String, Spoken>,
    /// Incidents of the run, whoever made them.
    pub incidents: usize,
    /// The gravest of them.
    pub severity: Option<String>,
    /// Actions that were taken by themselves, by step.
    pub actions: BTreeMap<String, usize>,
    /// Actions that wait for a person, for they would have hit too many innocents.
    pub actions_proposed: BTreeMap<String, usize>,
}

impl Told {
    /// Takes in one exchange of an attacker's address in the order of the log: people of others told of,
    /// and the detectors that spoke.
    pub fn exchange<'d>(&mut self, told_of: &mut u64, strangers: u64, said: impl Iterator<Item = &'d str>) {
        *told_of += strangers;
        for detector in said {
            if self.records_until_signal.is_none() {
                self.records_until_signal = Some(*told_of);
                self.first_signal = Some(detector.to_owned());
            }
            let spoken = self.signals.entry(detector.to_owned());
            spoken.or_insert(Spoken { records: *told_of, times: 0 }).times += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_is_counted_with_the_answer_at_which_it_came() {
        let (mut told, mut people) = (Told::default(), 0);
        told.exchange(&mut people, 10, [].into_iter());
        told.exchange(&mut people, 1, ["page-walk", "bulk"].into_iter());
        told.exchange(&mut people, 5, ["bulk"].into_iter());
        assert_eq!((told.records_until_signal, told.first_signal.as_deref()), (Some(11), Some("page-walk")));
        assert_eq!(told.signals["bulk"], Spoken { records: 11, times: 2 });
    }
}
