//! A part of the ledger is lost, and what was charged then with it.

use domain::{Claim, Timestamp};
use policy::budget::ChargedSubject;
use proptest::prelude::*;

use crate::world::*;

/// The windows of an address without identity, as `tidegate config default` prints them.
const ADDRESS: [(u64, usize); 3] = [(3600, 20), (86_400, 40), (30 * 86_400, 200)];
const DAY: u64 = 86_400;

/// A gate that remembers nothing of the time from `START` to `until`, which is now.
fn forgetful(until: u64) -> Gate {
    let mut gate = guard();
    gate.budgets.forgot(Timestamp::from_secs(START), Timestamp::from_secs(until));
    gate.now = until;
    gate
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever was told in the lost time, and whenever its teller comes again: together it is no more
    /// than one budget, in any window.
    #[test]
    fn a_loss_gives_nobody_a_second_budget(
        before in prop::collection::vec(0..3 * DAY, 1..300),
        after in prop::collection::vec(0..40 * DAY, 1..300),
    ) {
        let (mut before, mut after) = (before, after);
        before.sort_unstable();
        after.sort_unstable();
        let mut times = Vec::new();
        let mut ask = |gate: &mut Gate, at: u64| {
            gate.now = at;
            let next = times.len() as u64 + 1;
            if gate.tells(&at_home(), 1, &[person(next)]) {
                times.push(at);
            }
        };
        let mut gate = guard();
        before.iter().for_each(|at| ask(&mut gate, START + at));
        let lost = START + before[before.len() - 1];
        let mut gate = forgetful(lost);
        after.iter().for_each(|at| ask(&mut gate, lost + at));
        for (secs, most) in ADDRESS {
            for last in &times {
                let within = times.iter().filter(|at| *at <= last && **at + secs > *last).count();
                prop_assert!(within <= most, "{within} within {secs} s");
            }
        }
    }
}

fn at_home() -> Who {
    at("192.0.2.7")
}

#[test]
fn nobody_waits_longer_than_the_lost_time_can_have_filled() {
    // Ten minutes are lost: an hour's worth may be spent, and not the day's.
    let mut gate = forgetful(START + 600);
    let refused = gate.charge(&at_home(), 1, &[], &[person(1)]).unwrap_err();
    assert!(refused.detail.contains("that says otherwise is lost"), "{}", refused.detail);
    let wait = refused.retry_after.unwrap().millis() / 1000;
    assert!((3500..=3700).contains(&wait), "{wait}");
    gate.now += 3700;
    assert_eq!(gate.scrape(&at_home(), 1, 1, 100, 10), 20, "the day has twenty left");
    gate.now += 3700;
    assert_eq!(gate.scrape(&at_home(), 1, 500, 100, 10), 0);
    gate.now += DAY;
    assert_eq!(gate.scrape(&at_home(), 1, 600, 100, 10), 20, "a day later it is as if nothing were lost");
}

#[test]
fn who_asks_for_what_is_theirs_is_served_all_the_same() {
    let mut gate = forgetful(START + 600);
    let office = "198.51.100.9".parse().unwrap();
    for n in 10_000..10_200_u64 {
        let own = ChargedSubject { claim: Claim::Own, ..keyed(&[n + 50_001, n], 0b10) };
        assert!(gate.tells(&Who::Confirmed(n, office), 1, &[own]), "{n}");
    }
    // Strangers' data waits, for them too.
    assert!(!gate.tells(&Who::Confirmed(10_000, office), 1, &[person(1), person(2)]));
}

#[test]
fn a_loss_that_no_window_sees_is_none() {
    let mut gate = forgetful(START + 600);
    gate.now += 31 * DAY;
    assert_eq!(gate.scrape(&at_home(), 1, 1, 100, 10), 20);
    assert_eq!(gate.scrape(&Who::Verified(1, "203.0.113.4".parse().unwrap()), 1, 500, 100, 10), 50);
}
