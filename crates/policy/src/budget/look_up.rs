//! Look-ups: requests that bring the e-mail or phone of the person they ask for.
//!
//! Guest order look-ups, log-ins and sign-ups name their own subject, so they are not charged to the
//! caller's budget but counted per address, sized for many people behind one. Whoever guesses is
//! told by what comes back: once most look-ups of an address at an operation find nobody, it gets a
//! fraction. Counted are distinct e-mails and phones; asking for one again is free.

use domain::{IpPrefix, Refusal, RefusalKind, Timestamp, Window};
use smallvec::SmallVec;

use super::Budgets;
use super::book::Book;
use super::clock::{HOUR_SECS, secs};
use super::keys::Scope;
use super::plan::{Full, Rule};
use super::settings::LookUpSettings;

/// What came of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The upstream knew the person, or did what was asked: a success that names a subject, a
    /// log-in or sign-up that succeeded.
    Found,
    /// The upstream knew nobody: a client error, or an answer without any subject where a success
    /// names one.
    NotFound,
    /// The upstream gave no answer: it does not count.
    None,
}

/// Marks of entries.
const UNDER_WAY: u8 = 1;
const MISSED: u8 = 2;
const FOUND: u8 = 3;

/// Distinct look-ups of one address, by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    under_way: u32,
    missed: u32,
    found: u32,
}

impl Tally {
    /// What an evicted account had is taken as misses: the worst it can have been.
    fn of(book: &Book, since: u32) -> Self {
        let mut tally = Self::default();
        for (mark, weight) in book.weights(since) {
            let sum = match mark {
                Some(FOUND) => &mut tally.found,
                Some(UNDER_WAY) => &mut tally.under_way,
                _ => &mut tally.missed,
            };
            *sum = sum.saturating_add(weight);
        }
        tally
    }

    fn mostly_misses(self, settings: &LookUpSettings) -> bool {
        self.missed >= settings.misses.max(1) && self.missed > self.found
    }
}

impl Budgets {
    /// Grants or refuses a look-up before the upstream is asked, so that guesses stop reaching it.
    ///
    /// `brought` are short digests of the e-mails and phones in the request. A granted look-up is
    /// counted; tell [`Budgets::look_up_result`] what came of it.
    ///
    /// # Errors
    /// A refusal of kind `look-ups-spent` with the time until there is room.
    pub fn look_up_allowed(
        &mut self,
        networks: &[IpPrefix],
        endpoint: u32,
        brought: &[u64],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let now = self.clock.tick(now);
        if brought.is_empty() {
            return Ok(());
        }
        let settings = &self.settings.look_ups;
        for (nth, &prefix) in networks.iter().enumerate() {
            let key = self.keys.network(prefix, Scope::LookUps(endpoint));
            let refused =
                self.state.look_ups.view(key, now, |book| judge(settings, nth == 0, book, brought, now));
            if let Some((why, full)) = refused {
                let detail = format!("{why}: {} look-ups per {}", full.limit, full.per);
                return Err(Refusal::new(RefusalKind::LookUpsSpent, detail)
                    .retry_after(Window::from_secs(u64::from(full.wait))));
            }
        }
        self.enter_look_ups(networks, endpoint, brought, UNDER_WAY, now);
        Ok(())
    }

    /// Counts a look-up that was refused and passed all the same: for observe mode.
    pub fn look_up_anyway(&mut self, networks: &[IpPrefix], endpoint: u32, brought: &[u64], now: Timestamp) {
        let now = self.clock.tick(now);
        self.enter_look_ups(networks, endpoint, brought, UNDER_WAY, now);
    }

    /// Notes what came of a look-up that was granted. One found before stays found.
    pub fn look_up_result(
        &mut self,
        networks: &[IpPrefix],
        endpoint: u32,
        brought: &[u64],
        answer: Answer,
        now: Timestamp,
    ) {
        let now = self.clock.tick(now);
        let since = now.saturating_sub(24 * HOUR_SECS);
        for &prefix in networks {
            let key = self.keys.network(prefix, Scope::LookUps(endpoint));
            self.state.look_ups.change(key, now, |book| {
                for &digest in brought {
                    let Some(known) = book.find(digest, since) else { continue };
                    match answer {
                        Answer::Found => book.remark(known, FOUND),
                        Answer::NotFound if known.mark != FOUND => book.remark(known, MISSED),
                        Answer::None if known.mark == UNDER_WAY => book.withdraw(known),
                        Answer::NotFound | Answer::None => {}
                    }
                }
            });
        }
    }

    fn enter_look_ups(&mut self, networks: &[IpPrefix], endpoint: u32, brought: &[u64], mark: u8, now: u32) {
        let since = now.saturating_sub(24 * HOUR_SECS);
        for &prefix in networks {
            let key = self.keys.network(prefix, Scope::LookUps(endpoint));
            self.state.look_ups.open(key, now, |book| {
                for &digest in brought {
                    if book.find(digest, since).is_none() {
                        book.enter(digest, mark, now, 1, since);
                    }
                }
            });
        }
    }

    /// A look-up that the ledger knows of: it found somebody, under one of these digests.
    pub(super) fn restore_look_up(
        &mut self,
        networks: &[IpPrefix],
        endpoint: u32,
        digests: SmallVec<[u64; 3]>,
        at: Timestamp,
    ) {
        let now = self.clock.tick(at);
        let since = now.saturating_sub(24 * HOUR_SECS);
        for &prefix in networks {
            let key = self.keys.network(prefix, Scope::LookUps(endpoint));
            self.state.look_ups.open(key, now, |book| {
                let known = digests.iter().any(|&digest| book.find(digest, since).is_some());
                for (nth, &digest) in digests.iter().enumerate() {
                    if book.find(digest, since).is_none() {
                        book.enter(digest, FOUND, now, u32::from(nth == 0 && !known), since);
                    }
                }
            });
        }
    }
}

/// Why the account of an address (or of a network) has no room for what was brought.
fn judge(
    settings: &LookUpSettings,
    address: bool,
    book: &Book,
    brought: &[u64],
    now: u32,
) -> Option<(&'static str, Full)> {
    let (loose, missing) = if address {
        (&settings.address, &settings.address_missing)
    } else {
        (&settings.network, &settings.network_missing)
    };
    let (loose, missing) = (Rule::of(loose), Rule::of(missing));
    let since = now.saturating_sub(24 * HOUR_SECS);
    let new = |digest: &&u64| book.find(**digest, since).is_none();
    let need = u32::try_from(brought.iter().filter(new).count()).unwrap_or(u32::MAX);
    if need == 0 {
        return None;
    }
    let tally = Tally::of(book, now.saturating_sub(loose.longest()));
    let why = |address_text, network_text| if address { address_text } else { network_text };
    if tally.mostly_misses(settings)
        && let Some(full) = missing.refuses(book, need, now)
    {
        return Some((
            why("most look-ups of the address find nobody", "most look-ups of the network find nobody"),
            full,
        ));
    }
    if let Some(full) = loose.refuses(book, need, now) {
        return Some((why("look-ups of the address are spent", "look-ups of the network are spent"), full));
    }
    // Only recent ones: an answer that never came must not count against the address for a day.
    let recent = Tally::of(book, now.saturating_sub(secs(Window::MINUTE)));
    let room = settings.unanswered.saturating_add(tally.found.saturating_mul(2));
    (address && recent.under_way.saturating_add(need) > room.max(1)).then_some((
        "too many look-ups of the address are under way",
        Full { wait: 1, limit: room, per: Window::MINUTE },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_evicted_account_had_counts_as_misses() {
        let book = Book::inherited(super::super::sketch::Profile { at: 100, hour: 4, day: 6, total: 6 });
        assert_eq!(Tally::of(&book, 0), Tally { missed: 6, ..Tally::default() });
    }
}
