//! Leak budgets: how many distinct data subjects a caller may be told of.
//!
//! [`Budgets::charge`] decides about one response before a byte of it leaves, and charges it in the
//! same step: to the payer's own account and to those around it (its networks, totals over
//! everybody), all of them or none. Requests are not counted here, nor records: the same person
//! twice is one subject, and reading someone again is free.
//!
//! What it never does: read a clock (`now` is passed in), know an endpoint or a field by name, keep
//! a personal value (digests only), or forget for free. The table is bounded; an account that must
//! leave it leaves an upper bound of itself behind, which whoever comes back begins with, so that no
//! flood of keys, eviction or restart gives anyone a budget that unlimited memory would not have
//! given. What its networks and the totals over everybody hold stays there untouched.
//!
//! Whom a caller knows is told by the preferred key of a record, or by all of its e-mails and phones
//! together. Neither a hotline that strangers share makes anyone known, nor a record that puts a
//! stranger's number beside a contact that the caller already has.
//!
//! ```
//! # use domain::{Basis, Claim, Timestamp, networks_of};
//! # use policy::budget::{Budgets, Charge, ChargedSubject, Payer, Settings};
//! let mut budgets = Budgets::new(Settings::default(), 42);
//! let networks = networks_of("198.51.100.7".parse().unwrap());
//! let page = |first: u64| -> Vec<ChargedSubject> {
//!     (first..first + 10)
//!         .map(|n| ChargedSubject { digests: [n << 8].into_iter().collect(), contacts: 0, weight: 1, basis: Basis::Budget, claim: Claim::Unknown })
//!         .collect()
//! };
//! let mut ask = |subjects: &[ChargedSubject]| {
//!     let charge = Charge { payer: Payer::Networks(&networks), endpoint: 0, declared: &[], subjects };
//!     budgets.charge(&charge, Timestamp::from_secs(1_800_000_000)).is_ok()
//! };
//! assert!(ask(&page(10)) && ask(&page(20))); // twenty people
//! assert!(!ask(&page(30))); // the third page of ten does not leave
//! assert!(ask(&page(10))); // the first one again is free
//! ```

mod book;
mod charge;
mod clock;
mod holder;
mod keys;
mod look_up;
mod lost;
mod places;
mod plan;
mod settings;
mod sketch;
mod state;
mod table;
mod totals;

/// What limits on distinct objects share with budgets.
pub(crate) mod shared {
    pub(crate) use super::book::Book;
    pub(crate) use super::clock::Clock;
    pub(crate) use super::keys::{Keys, Scope};
    pub(crate) use super::plan::Rule;
    pub(crate) use super::table::Table;
}

use domain::{
    Basis, BudgetDecl, Claim, ExposedSubject, Exposure, Holder, Refusal, RefusalKind, Timestamp, Window,
    networks_of,
};

pub use charge::{Charge, ChargedSubject, Payer, Receipt};
pub use look_up::Answer;
pub use settings::{LookUpSettings, Settings, SettingsError, check_windows};

use clock::Clock;
use keys::Keys;
use state::{Spent, State};
use table::Table;
use totals::Totals;

/// All budgets of one gateway.
///
/// Memory is bounded by [`Settings::keys`] and [`Settings::subjects`]; see there for bytes. A warm
/// re-read looks into one account and allocates nothing.
#[derive(Debug)]
pub struct Budgets {
    settings: Settings,
    keys: Keys,
    clock: Clock,
    state: State,
}

/// How far one window of one account is used; for `tidegate explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account, in words.
    pub account: &'static str,
    /// Weight charged within the window.
    pub used: u32,
    /// What the window allows.
    pub limit: u32,
    /// The window.
    pub per: Window,
}

impl Budgets {
    /// Empty budgets under `settings`. `seed` must be secret and random, else clients can choose
    /// addresses whose accounts share what is remembered of evicted ones.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        let table = Table::new(settings.keys, settings.subjects);
        let look_ups =
            [(); 2].map(|()| Table::new(settings.look_ups.keys, settings.look_ups.keys.saturating_mul(8)));
        let totals = Totals::new(settings.subjects / 2);
        Self {
            keys: Keys::new(seed),
            clock: Clock::default(),
            state: State::new(table, look_ups, totals),
            settings,
        }
    }

    /// Uses other settings from now on and keeps every account. The size of the table stays.
    pub fn reload(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Charges a disclosure to every account that it concerns, or to none.
    ///
    /// # Errors
    /// A refusal of kind `budget-spent` with the time until the same charge could fit (the whole
    /// window when it can never fit); the account is named in its detail.
    pub fn charge(&mut self, charge: &Charge<'_>, now: Timestamp) -> Result<Receipt, Refusal> {
        let now = self.clock.tick(now);
        let plan = plan::plan(&self.settings, self.keys, charge);
        match self.state.decide(&plan, charge.subjects, now) {
            Some(spent) => Err(refusal(spent)),
            None => Ok(self.state.commit(&plan, charge.subjects, false, now)),
        }
    }

    /// Charges whatever the budgets say, and tells what they would have refused: for observe mode. Those
    /// who left above the budget count, and are not granted by it: guard refuses to tell of them again.
    pub fn charge_anyway(&mut self, charge: &Charge<'_>, now: Timestamp) -> (Receipt, Option<Refusal>) {
        let now = self.clock.tick(now);
        let plan = plan::plan(&self.settings, self.keys, charge);
        let spent = self.state.decide(&plan, charge.subjects, now);
        (self.state.commit(&plan, charge.subjects, spent.is_some(), now), spent.map(refusal))
    }

    /// Takes a charge back because no byte of the response left; whether it did.
    ///
    /// Where another response of the same payer went free in the meantime, because its subjects were
    /// already paid for by this charge, the charge stays as it is: those subjects did leave. It also
    /// stays where one of its accounts was evicted or has forgotten it, for then nobody can tell.
    pub fn refund(&mut self, receipt: Receipt, now: Timestamp) -> bool {
        let now = self.clock.tick(now);
        self.state.refund(receipt, now)
    }

    /// Charges again what the ledger says has left, in its order, before the first request.
    ///
    /// With the same settings every later decision is the one that would have been taken without the
    /// restart, with two exceptions: the ledger does not say which digests are contacts, so whoever
    /// went free by contacts alone is charged now; and look-ups that found nobody are not in it.
    ///
    /// `endpoint` and `declared` are today's for the exposure's door, `holder` is what is known of the
    /// session that received it: nothing, where an earlier version wrote it down. Then its first person
    /// is taken for the holder, as that version did.
    pub fn restore(&mut self, exposure: &Exposure, endpoint: u32, declared: &[BudgetDecl], holder: Holder) {
        let networks = networks_of(exposure.recipient.client);
        let recipient = &exposure.recipient;
        let payer = match (&*recipient.kind, recipient.principal, &recipient.role) {
            ("partner", Some(digest), _) => Payer::Partner { digest, networks: &networks },
            ("verified", Some(digest), Some(name)) => Payer::Role { name, digest, networks: &networks },
            ("verified", Some(digest), None) => Payer::Verified { digest, networks: &networks },
            ("confirmed", Some(digest), _) => Payer::Confirmed { digest, holder, networks: &networks },
            _ => Payer::Networks(&networks),
        };
        let mut subjects = Vec::with_capacity(exposure.subjects.len());
        for exposed in &exposure.subjects {
            let digests = exposed.digests.iter().map(domain::SubjectDigest::short).collect();
            match exposed.basis {
                Basis::Own => {}
                Basis::LookUp if plan::looks_up(payer) => {
                    self.restore_look_up(&networks, endpoint, digests, exposure.at);
                }
                Basis::LookUp | Basis::Budget | Basis::WouldRefuse | Basis::Claimed | Basis::Named => {
                    subjects.push(ChargedSubject {
                        digests,
                        // The ledger does not say which digests are contacts. They are entered all the
                        // same; the kinds only matter for the subject that asks.
                        contacts: 0,
                        weight: exposed.classes.weight(),
                        basis: Basis::Budget,
                        claim: match payer {
                            Payer::Verified { .. } | Payer::Role { .. } => restored_account_claim(exposed),
                            _ => restored_claim(exposed, &holder),
                        },
                    })
                }
            }
        }
        let charge = Charge { payer, endpoint, declared, subjects: &subjects };
        let now = self.clock.tick(exposure.at);
        let plan = plan::plan(&self.settings, self.keys, &charge);
        // One answer left above the budget as a whole.
        let over = exposure.subjects.iter().any(|subject| subject.basis == Basis::WouldRefuse);
        let _kept = self.state.commit(&plan, &subjects, over, now);
    }

    /// What was charged between `from` and `until` is lost: nobody knows to whom.
    ///
    /// From now on every account counts as if it had been charged in that time whatever its windows
    /// then allowed. Only people for whom a session is taken on evidence ([`Claim::Own`]) are left out,
    /// and own records and look-ups, as ever: who asks for what is theirs is served, strangers' data
    /// waits until the lost time has left the windows. At most [`lost::MOST_SPANS`] spans are kept
    /// apart; beyond, the two nearest become one that covers both.
    pub fn forgot(&mut self, from: Timestamp, until: Timestamp) {
        let secs = |at: Timestamp| u32::try_from(at.secs()).unwrap_or(u32::MAX);
        // The last second counts whole.
        self.state.lost.note(secs(from), secs(until).saturating_add(1));
    }

    /// Use and limit of every window that a charge of this payer at this endpoint would meet.
    #[must_use]
    pub fn standing(&self, charge: &Charge<'_>, now: Timestamp) -> Vec<Standing> {
        let now = self.clock.read(now);
        let plan = plan::plan(&self.settings, self.keys, charge);
        let accounts = std::iter::once(&plan.own).chain(&plan.around);
        accounts
            .flat_map(|account| {
                self.state.view(account.place, now, |book| {
                    let windows = account.rule.standing(book, now, &self.state.lost);
                    let named = |(used, limit, per)| Standing { account: account.name, used, limit, per };
                    windows.map(named).collect::<Vec<_>>()
                })
            })
            .collect()
    }

    /// Accounts held, of [`Settings::keys`].
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.state.table.len()
    }

    /// Entries held, of [`Settings::subjects`].
    #[must_use]
    pub fn entries(&self) -> usize {
        self.state.table.entries()
    }

    /// Bytes reserved by all accounts; what was never touched costs no memory yet.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables = self.state.table.bytes().saturating_add(self.state.look_ups.bytes());
        let tables = tables.saturating_add(self.state.look_ups_everywhere.bytes());
        tables.saturating_add(self.state.totals.bytes())
    }
}

/// How a subject stood to the holder when it left. The ledger says whether it was taken for the
/// holder, and by which word is seen by its digests.
fn restored_claim(exposed: &ExposedSubject, holder: &Holder) -> Claim {
    // As in `Holder::claim`: the id is the preferred key, and a phone beside an e-mail owns nothing.
    let by_id = holder.person.is_some() && holder.person == exposed.digests.first().copied();
    let shown = holder.contact().is_some_and(|contact| exposed.digests.contains(&contact));
    match exposed.basis {
        Basis::Claimed if by_id || shown => Claim::Own,
        Basis::Claimed => Claim::Unknown,
        _ if holder.is_known() => Claim::Foreign,
        _ => Claim::Unknown,
    }
}

/// How a subject stood to a verified account when it left: nothing else decides whether it was taken for
/// the account, so the basis says all of it.
fn restored_account_claim(exposed: &ExposedSubject) -> Claim {
    match exposed.basis {
        Basis::Named => Claim::Own,
        Basis::Claimed => Claim::Unknown,
        _ => Claim::Foreign,
    }
}

fn refusal(spent: Spent) -> Refusal {
    let Spent { name, full, whose } = spent;
    let why = if full.is_lost {
        "counts as spent, for the part of the ledger that says otherwise is lost"
    } else {
        "is spent"
    };
    Refusal::new(
        RefusalKind::BudgetSpent,
        format!("budget of the {name} {why}: {} subjects per {}", full.limit, full.per),
    )
    .retry_after(Window::from_secs(u64::from(full.wait)))
    .about(whose)
}
