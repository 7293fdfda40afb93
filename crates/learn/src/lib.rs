//! What recorded traffic teaches: an inventory of doors, and a proposal of intents, roles and budgets.
//!
//! Fed with one exchange of the exchange log after the other, in three readings:
//!
//! ```text
//! Suspects  who was under signal                  -> of them nothing is learned
//! Evidence  who reads what, and how much at most  -> propose -> Proposal
//! Replay    what the proposal would have refused  -> beside each of its lines
//! ```
//! [`Doors`] needs one reading. Everything is bounded, and what lies beyond a bound is counted; nothing
//! is applied, written or printed here (see `report::proposal`), and nothing asks a clock: the day of a
//! proposal is that of the last exchange.
//!
//! INVARIANT (an attack is not normal): no exchange of a suspect gives anybody an audience, an owner, a
//! role or a budget ([`Suspects::set_aside`]).
//!
//! ```
//! # let line = report::exchange::EXAMPLE;
//! let exchange = report::exchange::parse(line).unwrap();
//! let mut suspects = learn::Suspects::default();
//! suspects.take(&exchange);
//! // Somebody without a name who met the end of a budget: nothing is learned of them.
//! assert!(suspects.set_aside(&exchange));
//! ```

mod doors;
mod evidence;
mod headroom;
mod owners;
mod people;
mod propose;
mod replay;
mod spent;
mod suspects;

pub use doors::{DoorSeen, Doors};
pub use evidence::Evidence;
pub use headroom::{MOST_A_DAY, MOST_AN_HOUR, with_headroom};
pub use people::People;
pub use propose::{DoorProposal, Proposal, RoleProposal, Seen, Undecided, propose};
pub use replay::{Refused, Replay};
pub use spent::Busiest;
pub use suspects::Suspects;

use domain::{Exchange, Outcome};

/// Whether an answer left: a success, not refused.
#[must_use]
pub fn left(exchange: &Exchange) -> bool {
    (200..400).contains(&exchange.status) && !matches!(exchange.outcome, Outcome::Refused(_))
}

/// The caller as one number: its principal, else its address or IPv6 /64.
#[must_use]
pub fn caller(exchange: &Exchange) -> u64 {
    match (&exchange.principal, exchange.client) {
        (Some(principal), _) => principal.short(),
        (None, std::net::IpAddr::V4(address)) => u64::from(address.to_bits()) | 1 << 40,
        (None, std::net::IpAddr::V6(address)) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

/// Whether all records of an answer equal a claim of the caller's verified token: its own, though nobody
/// declared it yet.
#[must_use]
pub fn is_own(exchange: &Exchange) -> bool {
    exchange.owned.iter().any(|seen| seen.equal == seen.of)
}

/// People of an answer that left who count towards a budget: neither the caller's own, nor brought by the
/// request, nor told by their name alone.
#[must_use]
pub fn charged(exchange: &Exchange) -> u32 {
    if !left(exchange) || exchange.classes.weight() == 0 || is_own(exchange) {
        return 0;
    }
    exchange.disclosed.saturating_sub(exchange.own_subjects).saturating_sub(exchange.looked_up)
}
