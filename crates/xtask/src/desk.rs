//! What the virtual gates of the benches share: the desk that hears of exchanges, the decision about an
//! answer, and digests of things that have numbers.
//!
//! Both run the gateway's own lines (`gateway::settle`, `respond::hear`); what differs between the benches is
//! who asks whom for what, and stays there.

use std::cell::RefCell;

use domain::{Basis, SubjectDigest, Timestamp};
use gateway::settle::{Acting, Settled, Unsettled, settle};
use policy::budget::{Budgets, Charge};
use respond::{Facts, HowEnded, InForce, Response, Rung, Seen, Told};
use testkit::dice::Dice;

/// Incidents and actions, as the gateway's desk holds them.
pub(crate) struct Desk {
    response: Response,
    /// What is in force.
    pub(crate) in_force: InForce,
    /// Actions that were taken.
    pub(crate) taken: u64,
    last_second: u64,
}

impl AsMut<Response> for Desk {
    fn as_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl Desk {
    /// A desk that has heard of nothing, and takes every step but those that are `off`.
    pub(crate) fn new(off: &[Rung], seed: u64) -> Self {
        let settings = respond::Settings { off: off.iter().copied().collect(), ..Default::default() };
        let response = Response::new(settings, seed);
        Self { response, in_force: InForce::default(), taken: 0, last_second: 0 }
    }

    /// What time alone does, once a second as in the gateway.
    pub(crate) fn tick(&mut self, at: Timestamp) {
        if at.secs() != self.last_second {
            self.last_second = at.secs();
            let told = self.response.tick(at);
            self.changed(&told);
        }
    }

    /// Hears how an exchange ended and what was said of it.
    pub(crate) fn hear<'s>(
        &mut self,
        seen: &Seen<'_>,
        ended: HowEnded,
        said: impl IntoIterator<Item = &'s detect::Signal>,
        at: Timestamp,
    ) {
        respond::hear(self, seen, ended, said, at, |desk, told, _| desk.changed(told));
    }

    /// Puts actions into force, where they changed.
    fn changed(&mut self, told: &Told) {
        let taken = told.acted.iter().filter(|acted| matches!(acted, respond::Acted::Taken(_))).count();
        self.taken += u64::try_from(taken).unwrap_or(0);
        if told.moves() {
            self.in_force = self.response.in_force();
        }
    }

    /// Incidents that are known of.
    pub(crate) fn incidents(&self) -> usize {
        self.response.incidents().iter().count()
    }

    /// Decides about an answer. `judged` are the facts by which actions judge it, if they do; where the mode
    /// does not act (`acts`), everything is charged and nothing refused.
    pub(crate) fn settle(
        &self,
        budgets: &mut Budgets,
        charge: &Charge<'_>,
        judged: Option<&Facts>,
        acts: bool,
        at: Timestamp,
    ) -> Result<Settled, Box<Unsettled>> {
        let budgets = RefCell::new(budgets);
        settle(
            acts,
            || {
                let mut budgets = budgets.borrow_mut();
                if acts {
                    budgets.charge(charge, at).map(|receipt| (receipt, None))
                } else {
                    Ok(budgets.charge_anyway(charge, at))
                }
            },
            |place| charge.subjects.get(place).is_none_or(|subject| subject.basis == Basis::LookUp),
            |strangers| Acting::on_answer(&self.in_force, judged, strangers, at),
            |receipt| {
                budgets.borrow_mut().refund(receipt, at);
            },
        )
    }
}

/// The digest of something by its number; `kind` keeps people, e-mails and tokens apart.
pub(crate) fn digest(number: u64, kind: u64) -> SubjectDigest {
    let mut dice = Dice::new(number ^ (kind << 56));
    SubjectDigest::new(((u128::from(dice.roll()) << 64) | u128::from(dice.roll())).to_be_bytes())
}
