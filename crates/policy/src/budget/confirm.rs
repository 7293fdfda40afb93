//! How many new confirmed principals one network may bring forth.
//!
//! A confirmed hint has a budget of its own, so whoever can make the upstream issue many of them
//! could have many budgets. Above the cap a hint stays unverified: it works as before at the
//! upstream, and is charged to its address.

use domain::{IpPrefix, SubjectDigest, Timestamp};

use super::book::Book;
use super::clock::Clock;
use super::keys::{Keys, Scope};
use super::plan::Rule;
use super::settings::ConfirmSettings;
use super::table::Table;

/// What a token or session was issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issue {
    /// A log-in or sign-up: the request brought an e-mail, a phone or a credential.
    LogIn,
    /// Nothing: the upstream gives a session to everyone who asks.
    Handed,
}

/// Counts new confirmed principals per address and network.
///
/// Bound: [`ConfirmSettings::keys`] accounts, evicted as those of [`super::Budgets`], which never
/// grants more than unlimited memory would.
#[derive(Debug)]
pub struct ConfirmCap {
    settings: ConfirmSettings,
    keys: Keys,
    clock: Clock,
    table: Table,
}

impl ConfirmCap {
    /// Nothing confirmed yet. `seed` as in [`super::Budgets::new`].
    #[must_use]
    pub fn new(settings: ConfirmSettings, seed: u64) -> Self {
        let table = Table::new(settings.keys, settings.keys.saturating_mul(8));
        Self { keys: Keys::new(seed), clock: Clock::default(), table, settings }
    }

    /// Whether the hint `digest` may be confirmed for this client; counts it if so. One that was
    /// counted before is free.
    pub fn allow(
        &mut self,
        networks: &[IpPrefix],
        digest: SubjectDigest,
        issue: Issue,
        now: Timestamp,
    ) -> bool {
        let now = self.clock.tick(now);
        let (scope, address, network) = match issue {
            Issue::LogIn => (Scope::LogIns, &self.settings.address, &self.settings.network),
            Issue::Handed => (Scope::Handed, &self.settings.handed_address, &self.settings.handed_network),
        };
        let accounts = || {
            let rules = std::iter::once(Rule::of(address)).chain(std::iter::repeat(Rule::of(network)));
            networks.iter().zip(rules).map(|(&prefix, rule)| (self.keys.network(prefix, scope), rule))
        };
        let new = |book: &Book, rule: &Rule<'_>| {
            book.find(digest.short(), now.saturating_sub(rule.longest())).is_none()
        };
        let fits = accounts().all(|(key, rule)| {
            self.table.view(key, now, |book| !new(book, &rule) || rule.refuses(book, 1, now).is_none())
        });
        if fits {
            for (key, rule) in accounts() {
                let enter = |book: &mut Book| {
                    if new(book, &rule) {
                        book.enter(digest.short(), 1, now, 1, now.saturating_sub(rule.longest()));
                    }
                };
                self.table.open(key, now, enter);
            }
        }
        fits && !networks.is_empty()
    }
}
