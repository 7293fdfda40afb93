//! All actions: taken by the ladder or by hand, undone, renewed, ended.
//!
//! Bounds: of automatic actions in force 256 that slow a source, 256 that refuse one and 128 against kinds,
//! endpoints and upstreams, each a bound of its own, so that scanners who are slowed take no room from the
//! refusal of a thief; 64 by hand, 128 proposals, 8 in force under one key (16 by hand for networks of
//! unusual length), 512 ended ones. What is full takes no more and says so; the ladder then goes
//! one step up, so that many sources become one kind of traffic. A proposal about a graver incident displaces
//! the one about the least grave, of equals the oldest. Of ended ones the oldest are forgotten.
//!
//! INVARIANT (nothing lasts): every action in force has `until <= ends`, an automatic one at most 15 and 20
//! minutes from when it was taken or renewed, one by hand at most a day and never more than was said. What
//! is renewed is so for an hour since it was taken, against a source for a day; then a signal must come anew.

// long: the life of an action, from taking to its end, under one invariant.

use std::sync::Arc;

use domain::{Timestamp, Window, networks_of};
use smallvec::SmallVec;

use crate::action::{
    Action, ActionId, By, CLEAN, Ended, HALF_OPEN, MOST_BY_HAND as LONGEST_BY_HAND, Measure, Phase, Rung,
};
use crate::asked::{ActError, ByHand, Plan, Turn, UndoError, name, short};
use crate::in_force::{Gate, InForce, Key};
use crate::incident::IncidentId;
use crate::party::Party;
use crate::seen::Facts;
use crate::target::{Target, What};
use crate::traffic::Innocents;

/// Most automatic actions in force that slow a source.
const MOST_SLOWED: usize = 256;
/// Most automatic actions in force that refuse a source.
const MOST_SOURCES: usize = 256;
/// Most other automatic actions in force: where sources have no room, their kind of traffic has.
const MOST_KINDS: usize = 128;
/// Most actions by hand in force.
const MOST_BY_HAND: usize = 64;
/// Most open proposals.
const MOST_PROPOSED: usize = 128;
/// Most in force that are found by the same key.
const MOST_UNDER_KEY: usize = 8;
/// Most by hand against networks of unusual length.
const MOST_WIDE: usize = 16;
/// Most ended actions that are remembered.
const MOST_ENDED: usize = 512;
/// A proposal is forgotten after this long.
const LAPSE: Window = Window::HOUR;
/// What a person undid or turned down is not taken, or not proposed, again for this long.
const RESPECT: Window = Window::HOUR;
/// So many trickled exchanges that show the leak renew an action, beyond those of its innocents.
const LEAKS: u32 = 3;
/// An action against more than a source is renewed for so long since it was taken, and then ends.
const MOST_RENEWED: Window = Window::HOUR;
/// The same of an action against a source.
const MOST_RENEWED_SOURCE: Window = Window::DAY;

#[derive(Clone, Debug)]
struct Entry {
    action: Action,
    gate: Arc<Gate>,
    /// Trickled exchanges that showed the leak, since it half-opened.
    leaks: u32,
    /// Who was let through and told of strangers since then, of an action against more than a source.
    /// Bound: the exchanges that are let through while it is half-open.
    leakers: Vec<Party>,
}

impl Entry {
    fn new(action: Action) -> Self {
        Self { action, gate: Arc::default(), leaks: 0, leakers: Vec::new() }
    }

    /// Takes in an exchange that showed the leak; whether that is more than innocents show.
    ///
    /// INVARIANT (innocents renew nothing): whoever is let through and told of strangers may be one of
    /// those whom the action hits for nothing. In ten minutes they are as many as were predicted, in the
    /// five of a half-open door half of them; so `LEAKS` beyond all of them must show the leak, and where
    /// the action is against more than a source, each of them must be another caller.
    fn leaked(&mut self, facts: &Facts) -> bool {
        if is_source(&self.action.target) {
            self.leaks = self.leaks.saturating_add(1);
        } else {
            let caller = facts.principal().map(Party::Principal);
            let caller = caller.or_else(|| networks_of(facts.client).first().copied().map(Party::Network));
            if let Some(caller) = caller.filter(|caller| !self.leakers.contains(caller)) {
                self.leaks = self.leaks.saturating_add(1);
                self.leakers.push(caller);
            }
        }
        self.leaks >= self.action.innocents.people.saturating_add(LEAKS)
    }

    /// Puts it in force anew, unless it was for so long that a person should look at it.
    fn renew(&mut self, span: Window, now: Timestamp) -> Option<Turn> {
        let most = if is_source(&self.action.target) { MOST_RENEWED_SOURCE } else { MOST_RENEWED };
        // A clock that was ahead when it was taken, and was set back, must not stretch the hour or the day.
        self.action.taken = self.action.taken.min(now);
        if now >= self.action.taken.plus(most) {
            return None;
        }
        self.action.renewals = self.action.renewals.saturating_add(1);
        self.action.run(now, span.min(self.action.most()));
        self.leaks = 0;
        self.leakers.clear();
        Some(Turn::Renewed(self.action.id))
    }
}

/// All actions. See the module for bounds.
#[derive(Clone, Debug, Default)]
pub struct Actions {
    entries: Vec<Entry>,
    /// The last number given.
    last: u64,
}

impl Actions {
    /// Makes room for a proposal about an incident as grave as `gravity`: ends the one about the least grave
    /// of the others, of equals the oldest, where that is less grave. Which one it was.
    pub(crate) fn displace<G: Ord>(
        &mut self,
        gravity: &G,
        of: impl Fn(IncidentId) -> Option<G>,
        now: Timestamp,
    ) -> Option<ActionId> {
        let proposed = self.entries.iter_mut().map(|entry| &mut entry.action);
        let proposed = proposed.filter(|action| action.phase == Phase::Proposed);
        let ranked = proposed.map(|action| (action.incident.and_then(&of), action.taken, action));
        let (least, _, action) = ranked.min_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)))?;
        if least.as_ref() >= Some(gravity) {
            return None;
        }
        action.phase = Phase::Ended { at: now, how: Ended::Displaced };
        let id = action.id;
        self.forget();
        Some(id)
    }

    /// Takes or proposes what the ladder decided.
    pub(crate) fn take(&mut self, plan: Plan, now: Timestamp) -> Result<ActionId, ActError> {
        let Plan { incident, rung, target, named, measure, reason, innocents, automatic, span } = plan;
        let automatic = match self.turned_down(&target, now) {
            Some((id, Ended::Declined { .. })) => return Err(ActError::Same(*id)),
            Some(_) => false,
            None => automatic,
        };
        self.room(&target, measure, automatic, true, now)?;
        let mut action = Action {
            id: self.next(),
            incident: Some(incident),
            rung,
            target,
            named: named.as_deref().map(name),
            measure,
            by: By::Rule,
            reason: short(&reason),
            taken: now,
            since: now,
            until: now.plus(LAPSE),
            ends: now.plus(LAPSE),
            renewals: 0,
            clean: 0,
            innocents,
            phase: Phase::Proposed,
        };
        if automatic {
            action.run(now, span.min(action.most()));
        }
        Ok(self.push(action))
    }

    /// Takes what a person asks for. It closes for everybody whom it names, own records included: whom it
    /// is predicted to hit is part of the action.
    ///
    /// # Errors
    /// When it cannot be meant, is in force already, or a bound is reached.
    pub(crate) fn act(
        &mut self,
        asked: ByHand,
        innocents: Innocents,
        now: Timestamp,
    ) -> Result<ActionId, ActError> {
        let measure = self.judge(&asked, now)?;
        let ByHand { rung, target, named, span, who, reason, incident } = asked;
        if who.trim().is_empty() {
            return Err(ActError::Nameless);
        }
        let mut action = Action {
            id: self.next(),
            incident,
            rung,
            target,
            named: named.as_deref().map(name),
            measure,
            by: By::Hand { who: short(&who) },
            reason: short(&reason),
            taken: now,
            since: now,
            until: now,
            ends: now,
            renewals: 0,
            clean: 0,
            innocents,
            phase: Phase::InForce,
        };
        action.run(now, span);
        Ok(self.push(action))
    }

    /// What would be done, whoever asks.
    ///
    /// # Errors
    /// When it cannot be meant, is in force already, or a bound is reached.
    pub(crate) fn judge(&self, asked: &ByHand, now: Timestamp) -> Result<Measure, ActError> {
        let ByHand { rung, target, named: _, span, who: _, reason, incident: _ } = asked;
        if reason.trim().is_empty() {
            return Err(ActError::Nameless);
        }
        let most = LONGEST_BY_HAND;
        if *span < Window::from_secs(1) || *span > most {
            return Err(ActError::Span { span: *span, most });
        }
        let measure = match (rung, target) {
            (
                Rung::Slow,
                Target::Source { what: What::Any | What::FromPage(_), .. }
                | Target::Kind { what: What::Any | What::FromPage(_), .. },
            ) => Measure::Slow { delay_millis: 2000, held: 32 },
            (Rung::RefuseSource, Target::Source { .. }) | (Rung::RefuseKind, Target::Kind { .. }) => {
                Measure::Refuse
            }
            (Rung::Quarantine, Target::Endpoint(_)) | (Rung::Isolate, Target::Upstream(_)) => Measure::Close,
            _ => return Err(ActError::Mismatch { rung: *rung }),
        };
        self.room(target, measure, true, false, now)?;
        Ok(measure)
    }

    /// Takes a proposal: it acts as an automatic action does, own records pass. It stands under the name
    /// of whoever took it.
    ///
    /// # Errors
    /// When there is no such open proposal, or a bound is reached.
    pub(crate) fn accept(
        &mut self,
        id: ActionId,
        who: &str,
        span: Window,
        now: Timestamp,
    ) -> Result<(), ActError> {
        if who.trim().is_empty() {
            return Err(ActError::Nameless);
        }
        let found = self.find(id).filter(|action| action.phase == Phase::Proposed);
        let (target, measure) =
            found.map(|action| (action.target, action.measure)).ok_or(ActError::NotProposed(id))?;
        self.room_in_force(&target, measure, true, now)?;
        if let Some(entry) = self.entry(id) {
            let reason = format!("taken by {}: {}", short(who), entry.action.reason);
            entry.action.reason = short(&reason);
            entry.action.taken = now;
            entry.action.run(now, span.min(entry.action.most()));
        }
        Ok(())
    }

    /// Undoes an action, or turns a proposal down. For an hour the ladder only proposes what was undone,
    /// and does not speak of what was turned down.
    ///
    /// # Errors
    /// When it is over, or there is none.
    pub(crate) fn undo(&mut self, id: ActionId, who: &str, now: Timestamp) -> Result<(), UndoError> {
        let entry = self.entry(id).ok_or(UndoError::Unknown(id))?;
        let who = short(who);
        let how = match entry.action.phase {
            Phase::Ended { .. } => return Err(UndoError::Over(id)),
            Phase::Proposed => Ended::Declined { who },
            Phase::InForce => Ended::Undone { who },
        };
        entry.action.phase = Phase::Ended { at: now, how };
        self.forget();
        Ok(())
    }

    /// Ends the automatic actions of an incident that a person closed.
    pub(crate) fn undo_all(&mut self, incident: IncidentId, who: &str, now: Timestamp) {
        for entry in &mut self.entries {
            let action = &mut entry.action;
            let is_open = !matches!(action.phase, Phase::Ended { .. });
            if action.incident == Some(incident) && action.by.is_automatic() && is_open {
                action.phase = Phase::Ended { at: now, how: Ended::Undone { who: short(who) } };
            }
        }
        self.forget();
    }

    /// An incident turned out to be another.
    pub(crate) fn rehome(&mut self, from: IncidentId, into: IncidentId) {
        let of_it = self.entries.iter_mut().filter(|entry| entry.action.incident == Some(from));
        of_it.for_each(|entry| entry.action.incident = Some(into));
    }

    /// What half-open actions learn from an exchange that they let through. What is renewed is so for
    /// `span`.
    pub(crate) fn showed(
        &mut self,
        facts: &Facts,
        leak: bool,
        span: Window,
        now: Timestamp,
    ) -> SmallVec<[Turn; 2]> {
        let mut turns = SmallVec::new();
        for entry in &mut self.entries {
            if !entry.action.is_half_open(now) || !entry.action.target.holds(facts) {
                continue;
            }
            if leak {
                if entry.leaked(facts) {
                    turns.extend(entry.renew(span, now));
                }
            } else {
                entry.action.clean = entry.action.clean.saturating_add(1);
                if entry.action.clean >= CLEAN && entry.leaks == 0 {
                    entry.action.phase = Phase::Ended { at: now, how: Ended::Lifted };
                    turns.push(Turn::Ended(entry.action.id, Ended::Lifted));
                }
            }
        }
        self.forget();
        turns
    }

    /// Renews what is half-open and holds an exchange at which a leak was signalled.
    pub(crate) fn spoken(&mut self, facts: &Facts, span: Window, now: Timestamp) -> SmallVec<[Turn; 2]> {
        let half_open =
            |entry: &&mut Entry| entry.action.is_half_open(now) && entry.action.target.holds(facts);
        self.entries.iter_mut().filter(half_open).filter_map(|entry| entry.renew(span, now)).collect()
    }

    /// Ends what is over, and says what half-opened since `before`.
    pub(crate) fn tick(&mut self, before: Timestamp, now: Timestamp) -> SmallVec<[Turn; 2]> {
        let mut turns = SmallVec::new();
        for entry in &mut self.entries {
            let action = &mut entry.action;
            let how = match action.phase {
                Phase::Ended { .. } => continue,
                Phase::Proposed if now >= action.ends => Ended::Lapsed,
                Phase::InForce if now >= action.ends && action.until < action.ends => Ended::Lifted,
                Phase::InForce if now >= action.ends => Ended::Expired,
                _ => {
                    if action.is_half_open(now) && before < action.until {
                        turns.push(Turn::HalfOpened(action.id));
                    }
                    continue;
                }
            };
            action.phase = Phase::Ended { at: now, how: how.clone() };
            turns.push(Turn::Ended(action.id, how));
        }
        self.forget();
        turns
    }

    /// What is in force, for the hot path.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        let in_force = self.entries.iter().filter(|entry| entry.action.phase == Phase::InForce);
        InForce::of(in_force.map(|entry| (&entry.action, &entry.gate)))
    }

    /// All actions that are remembered, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Action> {
        self.entries.iter().map(|entry| &entry.action)
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: ActionId) -> Option<&Action> {
        self.iter().find(|action| action.id == id)
    }

    /// The last number given: a number is never used twice.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Puts actions that were kept in force again. What is over by `now` stays over, and nothing gets
    /// longer than it could be if it was taken now: a clock that was wrong keeps nobody out for a year.
    pub(crate) fn restore(kept: Vec<Action>, last: u64, now: Timestamp) -> Self {
        let mut actions = Self { entries: Vec::new(), last };
        for mut action in kept {
            action.reason = short(&action.reason);
            action.named = action.named.as_deref().map(name);
            let is_open = !matches!(action.phase, Phase::Ended { .. });
            let over = is_open && now >= action.ends;
            if over {
                let how = if action.phase == Phase::Proposed { Ended::Lapsed } else { Ended::Expired };
                action.phase = Phase::Ended { at: now, how };
            } else if is_open {
                let is_proposed = action.phase == Phase::Proposed;
                let most = if is_proposed { LAPSE } else { action.most() };
                let more = if action.by.is_automatic() { HALF_OPEN } else { Window::from_secs(0) };
                (action.taken, action.since) = (action.taken.min(now), action.since.min(now));
                action.until = action.until.min(action.ends).min(now.plus(most));
                action.ends = action.ends.min(action.until.plus(more));
            }
            let full = is_open
                && !over
                && actions.room(
                    &action.target,
                    action.measure,
                    action.phase == Phase::InForce,
                    action.by.is_automatic(),
                    now,
                ) != Ok(());
            if full || actions.find(action.id).is_some() {
                continue;
            }
            actions.last = actions.last.max(action.id.0);
            actions.entries.push(Entry::new(action));
        }
        actions.forget();
        actions
    }

    /// Whether the same is there already, or as much as may be.
    fn room(
        &self,
        target: &Target,
        measure: Measure,
        in_force: bool,
        automatic: bool,
        now: Timestamp,
    ) -> Result<(), ActError> {
        if in_force {
            return self.room_in_force(target, measure, automatic, now);
        }
        let proposed = || self.iter().filter(|action| action.phase == Phase::Proposed);
        let same = |action: &&Action| action.target == *target && action.measure == measure;
        let running = self.iter().find(|action| action.is_in_force(now) && same(action));
        if let Some(action) = running.or_else(|| proposed().find(same)) {
            return Err(ActError::Same(action.id));
        }
        if proposed().count() >= MOST_PROPOSED { Err(ActError::Full) } else { Ok(()) }
    }

    fn room_in_force(
        &self,
        target: &Target,
        measure: Measure,
        automatic: bool,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let in_force = || self.iter().filter(|action| action.is_in_force(now));
        let alike = |action: &&Action| action.by.is_automatic() == automatic;
        let same = |action: &&Action| action.target == *target && action.measure == measure;
        if let Some(action) = in_force().filter(alike).find(same) {
            return Err(ActError::Same(action.id));
        }
        let key = Key::of(target);
        let under = in_force().filter(|action| Key::of(&action.target) == key).count();
        let most_under = if key == Key::Wide { MOST_WIDE } else { MOST_UNDER_KEY };
        let (of_its_sort, most) = if automatic {
            let sort = Sort::of(target, measure);
            let of_sort = |action: &&Action| Sort::of(&action.target, action.measure) == sort;
            (in_force().filter(alike).filter(of_sort).count(), sort.most())
        } else {
            (in_force().filter(alike).count(), MOST_BY_HAND)
        };
        let full = of_its_sort >= most || under >= most_under;
        if full { Err(ActError::Full) } else { Ok(()) }
    }

    /// What a person undid or turned down last within an hour, of the same step.
    fn turned_down(&self, target: &Target, now: Timestamp) -> Option<(&ActionId, &Ended)> {
        let by_hand = self.iter().filter(|action| action.target.is_like(target)).filter_map(|action| {
            let Phase::Ended { at, how } = &action.phase else { return None };
            let is_hand = matches!(how, Ended::Undone { .. } | Ended::Declined { .. });
            (is_hand && now < at.plus(RESPECT)).then_some((*at, &action.id, how))
        });
        by_hand.max_by_key(|(at, id, _)| (*at, **id)).map(|(_, id, how)| (id, how))
    }

    fn next(&mut self) -> ActionId {
        self.last = self.last.saturating_add(1);
        ActionId(self.last)
    }

    fn push(&mut self, action: Action) -> ActionId {
        let id = action.id;
        self.entries.push(Entry::new(action));
        id
    }

    fn entry(&mut self, id: ActionId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.action.id == id)
    }

    /// Forgets the oldest of too many ended ones.
    fn forget(&mut self) {
        let is_ended = |entry: &Entry| matches!(entry.action.phase, Phase::Ended { .. });
        let ended = self.entries.iter().filter(|entry| is_ended(entry)).count();
        let mut surplus = ended.saturating_sub(MOST_ENDED);
        self.entries.retain(|entry| {
            let goes = surplus > 0 && is_ended(entry);
            surplus -= usize::from(goes);
            !goes
        });
    }
}

/// What shares one bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Slowed,
    Refused,
    Kind,
}

impl Sort {
    fn of(target: &Target, measure: Measure) -> Self {
        match (is_source(target), measure) {
            (true, Measure::Slow { .. }) => Self::Slowed,
            (true, _) => Self::Refused,
            (false, _) => Self::Kind,
        }
    }

    const fn most(self) -> usize {
        match self {
            Self::Slowed => MOST_SLOWED,
            Self::Refused => MOST_SOURCES,
            Self::Kind => MOST_KINDS,
        }
    }
}

fn is_source(target: &Target) -> bool {
    matches!(target, Target::Source { .. })
}
