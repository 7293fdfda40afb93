//! Look-ups: requests that bring the e-mail or phone of the person they ask for.
//!
//! Guest order look-ups, log-ins and sign-ups name their own subject, so they are not charged to the
//! caller's budget but counted per address, sized for many people behind one. Whoever guesses is
//! told by what comes back: once most look-ups of an address at an operation find nobody, it gets a
//! fraction. Counted are distinct e-mails and phones; asking for one again is free.
//!
//! The same numbers hold once more over all operations together, so that many doors, or paths made up
//! below one whose upstream ignores the rest, give no more than one. There, a miss that is *covered*
//! by a find at the same door counts as a typing error; the others add up over all doors. A find
//! covers one miss and only where the address first finds that person: one e-mail of one's own,
//! found at every door, covers nothing. A door that finds more than it misses goes on being served
//! whatever is guessed at others behind the same address.
//!
//! A success that names nobody, at a door never seen to name anybody, may be a newsletter, or a look-up
//! door under a made-up path that found nobody. What tells them apart is use: the first few of an
//! address at each door add up as misses over all doors, later ones do not. At the door itself they
//! are no misses, and they outweigh none.
//!
//! An upstream that fails (5xx) where it should say "nobody" tells as much by it. A few failures of
//! an address are free, whatever the door; then they are misses.

use domain::{IpPrefix, Refusal, RefusalKind, Timestamp, Window};
use smallvec::SmallVec;

use super::Budgets;
use super::book::Book;
use super::clock::{HOUR_SECS, secs};
use super::keys::Scope;
use super::plan::{Full, Rule};
use super::settings::LookUpSettings;
use super::state::State;
use super::table::Table;

/// What came of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The upstream knew the person: a success that names it, a log-in or sign-up that succeeded.
    Found,
    /// The upstream did something, and nobody can tell whether it knew the person: a success that
    /// names nobody, at a door that was never seen to name anybody. No miss at that door, and it
    /// covers none; the first two of an address at each door are misses over all doors.
    Done,
    /// The upstream knew nobody: a client error, or an answer without any subject where a success
    /// names one.
    NotFound,
    /// The upstream failed: nothing, or a miss once the address has had its failures.
    Failed,
    /// The upstream was not reached: it does not count.
    None,
}

/// Marks of entries.
const UNDER_WAY: u8 = 1;
/// Over all operations: missed and not covered.
const MISSED: u8 = 2;
/// Found, by this address for the first time.
const FOUND: u8 = 3;
/// At one operation: found there after elsewhere. Over all: neither a find nor an uncovered miss.
const SETTLED: u8 = 4;
/// At one operation: [`Answer::Done`].
const DONE: u8 = 5;

/// How many of an address's [`Answer::Done`] at one door are misses over all doors. With two, nine
/// doors of this kind in an hour are free of any bound but the loose one; paths that are made up for
/// one guess each give twenty guesses.
const UNPROVEN: u32 = 2;

/// Look-ups are remembered for a day, the longest window that they have by default.
const MEMORY_SECS: u32 = 24 * HOUR_SECS;

/// Distinct look-ups of one address, by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    under_way: u32,
    missed: u32,
    found: u32,
    settled: u32,
    done: u32,
}

impl Tally {
    /// What an evicted account had is taken as misses: the worst it can have been.
    fn of(book: &Book, since: u32) -> Self {
        let mut tally = Self::default();
        for (mark, weight) in book.weights(since) {
            let sum = match mark {
                Some(FOUND) => &mut tally.found,
                Some(SETTLED) => &mut tally.settled,
                Some(DONE) => &mut tally.done,
                Some(UNDER_WAY) => &mut tally.under_way,
                _ => &mut tally.missed,
            };
            *sum = sum.saturating_add(weight);
        }
        tally
    }

    fn mostly_misses(self, settings: &LookUpSettings) -> bool {
        self.missed >= settings.misses.max(1) && self.missed > self.found.saturating_add(self.settled)
    }

    /// Whether the door has a find to spare for one more miss.
    fn covers_another(self) -> bool {
        self.found > self.missed
    }
}

/// Which of an address's accounts look-ups are counted in.
#[derive(Clone, Copy, Debug)]
struct Rules<'s> {
    loose: Rule<'s>,
    missing: Rule<'s>,
    failing: Rule<'s>,
    misses: u32,
    unanswered: u32,
    address: bool,
}

impl<'s> Rules<'s> {
    /// Of the `nth` block of a client, the address first.
    fn of(settings: &'s LookUpSettings, nth: usize) -> Self {
        let address = nth == 0;
        let (loose, missing, failing) = if address {
            (&settings.address, &settings.address_missing, &settings.address_failing)
        } else {
            (&settings.network, &settings.network_missing, &settings.network_failing)
        };
        Self {
            loose: Rule::of(loose),
            missing: Rule::of(missing),
            failing: Rule::of(failing),
            misses: settings.misses.max(1),
            unanswered: settings.unanswered,
            address,
        }
    }

    fn why(&self, address: &'static str, network: &'static str) -> &'static str {
        if self.address { address } else { network }
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
        let (doors, everywhere_table) = (&self.state.look_ups, &self.state.look_ups_everywhere);
        for (nth, &prefix) in networks.iter().enumerate() {
            let rules = Rules::of(settings, nth);
            let here = self.keys.network(prefix, Scope::LookUps(endpoint));
            let everywhere = self.keys.network(prefix, Scope::LookUpsEverywhere);
            let refused = everywhere_table.view(everywhere, now, |all| {
                // Whom the block has found it may ask for at every door: it learns of nobody.
                let asked = not_found(all, brought, now);
                doors.view(here, now, |here| {
                    let judged = judge(settings, &rules, here, &asked, now);
                    judged.or_else(|| judge_everywhere(&rules, all, here, &asked, now))
                })
            });
            if let Some((why, full)) = refused {
                let detail = format!("{why}: {} look-ups per {}", full.limit, full.per);
                return Err(Refusal::new(RefusalKind::LookUpsSpent, detail)
                    .retry_after(Window::from_secs(u64::from(full.wait))));
            }
        }
        self.enter_look_ups(networks, endpoint, brought, now);
        Ok(())
    }

    /// Counts a look-up that was refused and passed all the same: for observe mode.
    pub fn look_up_anyway(&mut self, networks: &[IpPrefix], endpoint: u32, brought: &[u64], now: Timestamp) {
        let now = self.clock.tick(now);
        self.enter_look_ups(networks, endpoint, brought, now);
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
        for (nth, &prefix) in networks.iter().enumerate() {
            let rules = Rules::of(&self.settings.look_ups, nth);
            let failures = self.keys.network(prefix, Scope::Failures);
            let here = self.keys.network(prefix, Scope::LookUps(endpoint));
            let everywhere = self.keys.network(prefix, Scope::LookUpsEverywhere);
            let (doors, all) = (&mut self.state.look_ups, &mut self.state.look_ups_everywhere);
            let answer = match answer {
                // It stays under way, so that asking again is free.
                Answer::Failed if forgiven(all, &rules, failures, brought, now) => continue,
                Answer::Failed => Answer::NotFound,
                other => other,
            };
            for &digest in brought {
                let since = now.saturating_sub(MEMORY_SECS);
                let mark = |book: &Book| book.find(digest, since).map(|known| known.mark);
                let before = all.view(everywhere, now, mark);
                let noted = doors.change(here, now, |book| note(book, digest, answer, before, now));
                // A door whose account is gone can show no finds, and no use.
                let door = noted.unwrap_or_default();
                all.change(everywhere, now, |book| note_everywhere(book, digest, answer, door, now));
            }
        }
    }

    fn enter_look_ups(&mut self, networks: &[IpPrefix], endpoint: u32, brought: &[u64], now: u32) {
        let since = now.saturating_sub(MEMORY_SECS);
        for &prefix in networks {
            let State { look_ups, look_ups_everywhere, .. } = &mut self.state;
            for (table, scope) in
                [(look_ups, Scope::LookUps(endpoint)), (look_ups_everywhere, Scope::LookUpsEverywhere)]
            {
                let key = self.keys.network(prefix, scope);
                table.open(key, now, |book| {
                    for &digest in brought {
                        if book.find(digest, since).is_none() {
                            book.enter(digest, UNDER_WAY, now, 1, since);
                        }
                    }
                });
            }
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
        let since = now.saturating_sub(MEMORY_SECS);
        for &prefix in networks {
            let everywhere = self.keys.network(prefix, Scope::LookUpsEverywhere);
            let known = |book: &Book| digests.iter().any(|&digest| book.find(digest, since).is_some());
            let State { look_ups, look_ups_everywhere, .. } = &mut self.state;
            let mark = if look_ups_everywhere.view(everywhere, now, known) { SETTLED } else { FOUND };
            let here = self.keys.network(prefix, Scope::LookUps(endpoint));
            for (table, key, mark) in [(look_ups, here, mark), (look_ups_everywhere, everywhere, FOUND)] {
                table.open(key, now, |book| {
                    let known = known(book);
                    for (nth, &digest) in digests.iter().enumerate() {
                        if book.find(digest, since).is_none() {
                            book.enter(digest, mark, now, u32::from(nth == 0 && !known), since);
                        }
                    }
                });
            }
        }
    }
}

/// Whether a failure is one of the few that count for nothing; notes it then.
fn forgiven(table: &mut Table, rules: &Rules<'_>, key: u64, brought: &[u64], now: u32) -> bool {
    let since = now.saturating_sub(rules.failing.longest());
    let new = |book: &Book| {
        let new = brought.iter().filter(|digest| book.find(**digest, since).is_none()).count();
        u32::try_from(new).unwrap_or(u32::MAX)
    };
    let free = table.view(key, now, |book| {
        let need = new(book);
        need == 0 || rules.failing.refuses(book, need, now).is_none()
    });
    if free {
        table.open(key, now, |book| {
            for &digest in brought {
                if book.find(digest, since).is_none() {
                    book.enter(digest, MISSED, now, 1, since);
                }
            }
        });
    }
    free
}

/// Notes an answer at its door. Returns what the door had before it, where it is the first answer for
/// this person there: another pays for nothing. `before` is what was known of the person over all doors.
fn note(book: &mut Book, digest: u64, answer: Answer, before: Option<u8>, now: u32) -> Tally {
    let since = now.saturating_sub(MEMORY_SECS);
    let Some(known) = book.find(digest, since) else { return Tally::default() };
    let tally = Tally::of(book, since);
    match (answer, known.mark) {
        (_, FOUND) => {}
        (Answer::Found, _) => {
            book.remark(known, if before == Some(FOUND) { SETTLED } else { FOUND });
        }
        (Answer::Done, MISSED) => book.remark(known, DONE),
        (Answer::Done, UNDER_WAY) => {
            book.remark(known, DONE);
            return tally;
        }
        (Answer::NotFound, UNDER_WAY) => {
            book.remark(known, MISSED);
            return tally;
        }
        (Answer::None, UNDER_WAY) => book.withdraw(known),
        _ => {}
    }
    Tally::default()
}

/// Notes an answer over all doors; `door` is what the door that gave it had before.
fn note_everywhere(book: &mut Book, digest: u64, answer: Answer, door: Tally, now: u32) {
    let since = now.saturating_sub(MEMORY_SECS);
    let Some(known) = book.find(digest, since) else { return };
    let missed = |paid: bool| if paid { SETTLED } else { MISSED };
    match (answer, known.mark) {
        (_, FOUND) => {}
        (Answer::Found, _) => book.remark(known, FOUND),
        (Answer::Done, UNDER_WAY) => book.remark(known, missed(door.done >= UNPROVEN)),
        (Answer::NotFound, UNDER_WAY) => book.remark(known, missed(door.covers_another())),
        (Answer::None, UNDER_WAY) => book.withdraw(known),
        _ => {}
    }
}

/// Why the account of an address (or of a network) at one operation has no room for what was brought.
fn judge(
    settings: &LookUpSettings,
    rules: &Rules<'_>,
    book: &Book,
    brought: &[u64],
    now: u32,
) -> Option<(&'static str, Full)> {
    let need = needed(book, brought, now)?;
    let tally = Tally::of(book, now.saturating_sub(rules.loose.longest()));
    if tally.mostly_misses(settings)
        && let Some(full) = rules.missing.refuses(book, need, now)
    {
        let why = ("most look-ups of the address find nobody", "most look-ups of the network find nobody");
        return Some((rules.why(why.0, why.1), full));
    }
    if let Some(full) = rules.loose.refuses(book, need, now) {
        let why = rules.why("look-ups of the address are spent", "look-ups of the network are spent");
        return Some((why, full));
    }
    under_way(rules, book, tally, need, now)
}

/// The same over all operations; `here` is the account at the one that is asked.
fn judge_everywhere(
    rules: &Rules<'_>,
    book: &Book,
    here: &Book,
    brought: &[u64],
    now: u32,
) -> Option<(&'static str, Full)> {
    let need = needed(book, brought, now)?;
    if let Some(full) = rules.loose.refuses(book, need, now) {
        let why = rules.why(
            "look-ups of the address are spent at all operations",
            "look-ups of the network are spent at all operations",
        );
        return Some((why, full));
    }
    let door = Tally::of(here, now.saturating_sub(MEMORY_SECS));
    if door.covers_another() {
        return None;
    }
    let full = |decl: &domain::BudgetDecl| {
        let (span, limit) = (secs(decl.per), decl.subjects);
        let missed = Tally::of(book, now.saturating_sub(span)).missed;
        let recent = Tally::of(book, now.saturating_sub(secs(Window::MINUTE))).under_way;
        let used = missed.saturating_add(recent);
        // Before so many misses nobody can say that most do not exist.
        (missed >= rules.misses && used.saturating_add(need) > limit).then_some(Full {
            wait: span,
            limit,
            per: decl.per,
            is_lost: false,
        })
    };
    if let Some(full) = rules.missing.windows.iter().filter_map(full).max_by_key(|full| full.wait) {
        let why = rules.why(
            "most look-ups of the address find nobody, at all operations together",
            "most look-ups of the network find nobody, at all operations together",
        );
        return Some((why, full));
    }
    under_way(rules, book, door, need, now)
}

/// Those of `brought` whom the block did not find yet, whatever the door; `all` is its account over all.
fn not_found(all: &Book, brought: &[u64], now: u32) -> SmallVec<[u64; 4]> {
    let since = now.saturating_sub(MEMORY_SECS);
    let found = |digest: &u64| all.find(*digest, since).is_some_and(|known| known.mark == FOUND);
    brought.iter().copied().filter(|digest| !found(digest)).collect()
}

/// How many of `brought` are new; `None` when none is.
fn needed(book: &Book, brought: &[u64], now: u32) -> Option<u32> {
    let since = now.saturating_sub(MEMORY_SECS);
    let new = brought.iter().filter(|digest| book.find(**digest, since).is_none()).count();
    (new > 0).then(|| u32::try_from(new).unwrap_or(u32::MAX))
}

/// Whether too many are under way for what this door has found.
fn under_way(
    rules: &Rules<'_>,
    book: &Book,
    door: Tally,
    need: u32,
    now: u32,
) -> Option<(&'static str, Full)> {
    // Only recent ones: an answer that never came must not count against the address for a day.
    let recent = Tally::of(book, now.saturating_sub(secs(Window::MINUTE)));
    let found = door.found.saturating_add(door.settled).saturating_add(door.done);
    let room = rules.unanswered.saturating_add(found.saturating_mul(2));
    (rules.address && recent.under_way.saturating_add(need) > room.max(1)).then_some((
        "too many look-ups of the address are under way",
        Full { wait: 1, limit: room, per: Window::MINUTE, is_lost: false },
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
