//! What is decided about an answer before the ledger has it: charge, strangers, actions, refund.
//!
//! The decisions alone, without lock, clock, body or socket: the walk runs them around its tables, and
//! `cargo xtask leakbench` runs the same ones in virtual time. Nothing here knows how a subject was
//! found, or what a refusal looks like on the wire.

use domain::{ByAction, Refusal, RefusalKind, Timestamp, Window};
use policy::budget::Receipt;
use respond::{Facts, Held, InForce, Verdict};
use smallvec::SmallVec;

/// What an action in force does with an exchange.
#[derive(Debug)]
pub struct Acting {
    /// Why it does not go on.
    pub refusal: Option<Refusal>,
    /// For how long it waits, and its place among those that do.
    pub slowed: Option<(Window, Held)>,
    /// Whether a half-open action let it through.
    pub trickled: bool,
}

impl Acting {
    /// No action concerns it.
    pub const NOTHING: Self = Self { refusal: None, slowed: None, trickled: false };

    /// On a request, before the upstream is asked.
    pub fn on_request(in_force: &InForce, facts: impl FnOnce() -> Facts, now: Timestamp) -> Self {
        if in_force.is_empty() { Self::NOTHING } else { Self::of(in_force.judge(&facts(), now)) }
    }

    /// On an answer that tells of so many strangers, before its first byte leaves. Without `facts` no
    /// action judges it: the operation is declared public.
    #[must_use]
    pub fn on_answer(in_force: &InForce, facts: Option<&Facts>, strangers: u32, now: Timestamp) -> Self {
        match facts.filter(|_| strangers > 0 && !in_force.is_empty()) {
            None => Self::NOTHING,
            Some(facts) => Self::of(in_force.judge_answer(facts, strangers, now)),
        }
    }

    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass { trickled } => Self { trickled, ..Self::NOTHING },
            Verdict::Slow { delay, held, trickled } => {
                Self { slowed: Some((delay, held)), trickled, ..Self::NOTHING }
            }
            Verdict::Refuse { status, retry_after, action, incident } => {
                let (kind, detail) = match status {
                    503 => (RefusalKind::Quarantined, "an action has closed the endpoint or its upstream"),
                    _ => (RefusalKind::Contained, "an action refuses this source or kind of traffic"),
                };
                let by = ByAction {
                    action: action.to_string(),
                    incident: incident.map(|incident| incident.to_string()),
                };
                let refusal = Refusal::new(kind, detail).retry_after(retry_after).by(by);
                Self { refusal: Some(refusal), ..Self::NOTHING }
            }
        }
    }
}

/// An answer that was decided about.
#[derive(Debug)]
pub struct Settled {
    /// The charge.
    pub receipt: Receipt,
    /// What guard would have refused, where nothing is.
    pub over: Option<Refusal>,
    /// Subjects that were new to the payer.
    pub new_subjects: u32,
    /// Places of those who are strangers: new, not taken for the payer, not brought by the request.
    pub strangers: SmallVec<[usize; 4]>,
    /// Whether a half-open action let it through.
    pub trickled: bool,
}

/// An answer that does not leave.
#[derive(Debug)]
pub struct Unsettled {
    /// Why.
    pub refusal: Refusal,
    /// New subjects and strangers, where it was charged before: nothing of that charge stands.
    pub was_charged: Option<(u32, u32)>,
    /// Whether a half-open action would have let it through.
    pub trickled: bool,
}

/// Decides about an answer. `charge` decides and charges in one step; `is_brought` tells whom the
/// request itself brought, by its contents or by the name in its verified token, who is nobody's
/// stranger, granted as a look-up or not; `act` asks the
/// actions in force; what it refuses is given to `refund`, unless the mode does not act (`acts`).
///
/// # Errors
/// [`Unsettled`]; then nothing is charged.
pub fn settle(
    acts: bool,
    charge: impl FnOnce() -> Result<(Receipt, Option<Refusal>), Refusal>,
    is_brought: impl Fn(usize) -> bool,
    act: impl FnOnce(u32) -> Acting,
    refund: impl FnOnce(Receipt),
) -> Result<Settled, Box<Unsettled>> {
    let (receipt, mut over) =
        charge().map_err(|refusal| Box::new(Unsettled { refusal, was_charged: None, trickled: false }))?;
    let new_subjects = receipt.new_subjects();
    let strangers: SmallVec<[usize; 4]> =
        receipt.strangers().iter().copied().filter(|place| !is_brought(*place)).collect();
    let count = u32::try_from(strangers.len()).unwrap_or(u32::MAX);
    let Acting { refusal, trickled, .. } = act(count);
    if let Some(refusal) = refusal {
        if acts {
            refund(receipt);
            return Err(Box::new(Unsettled { refusal, was_charged: Some((new_subjects, count)), trickled }));
        }
        over = over.or(Some(refusal));
    }
    Ok(Settled { receipt, over, new_subjects, strangers, trickled })
}
