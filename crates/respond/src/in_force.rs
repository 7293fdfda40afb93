//! What to do with an exchange: the actions in force, as a snapshot that is asked without a lock.
//!
//! An exchange is judged twice: when its request is complete, and, where its answer tells of strangers,
//! before that answer leaves. [`stage`] says which of the two an action waits for:
//!
//! INVARIANT (own records pass): an automatic action never refuses the request of a confirmed or verified
//! principal. It is judged on the answer, and an answer that tells of no stranger passes. So nobody's own
//! records are withheld on anybody's behalf, whatever signals an attacker provokes.
//!
//! Cost: one binary search for each of at most six keys (principal, two or three networks, endpoint,
//! upstream), with at most eight actions under a key, and at most sixteen by hand against networks of
//! other lengths. Nothing is allocated.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::{IpPrefix, SubjectDigest, Timestamp, Window, networks_of};

use crate::action::{Action, ActionId, Measure, TRICKLE_MILLIS};
use crate::incident::IncidentId;
use crate::party::Party;
use crate::seen::Facts;
use crate::target::Target;

/// What to do with an exchange.
#[derive(Debug)]
pub enum Verdict {
    /// It goes on.
    Pass {
        /// A half-open action let it through: the gateway hands what came of it to
        /// [`crate::Response::showed`].
        trickled: bool,
    },
    /// It waits first.
    Slow {
        /// For so long.
        delay: Window,
        /// Its place among those that wait: dropped when it has waited.
        held: Held,
        /// As for [`Verdict::Pass`].
        trickled: bool,
    },
    /// It is refused, with `Retry-After`.
    Refuse {
        /// 429 or 503.
        status: u16,
        /// When asking again may help.
        retry_after: Window,
        /// The action that refuses it; of several the one that lasts longest.
        action: ActionId,
        /// What the action is about.
        incident: Option<IncidentId>,
    },
}

/// A place among the exchanges that a [`Measure::Slow`] lets wait.
#[derive(Debug)]
pub struct Held(Arc<Gate>);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| held.checked_sub(1));
    }
}

/// What an action counts while it is in force. Snapshots share it.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    held: AtomicU32,
    /// The latest span of [`TRICKLE_MILLIS`] in which an exchange was let through, and 1.
    slot: AtomicU64,
}

impl Gate {
    /// Whether the one exchange of this moment's span may pass.
    fn trickles(&self, now: Timestamp) -> bool {
        let slot = now.millis() / TRICKLE_MILLIS + 1;
        self.slot.fetch_max(slot, Ordering::Relaxed) < slot
    }

    fn hold(gate: &Arc<Self>, most: u32) -> Option<Held> {
        let next = |held: u32| (held < most).then_some(held + 1);
        let held = gate.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        held.is_ok().then(|| Held(Arc::clone(gate)))
    }
}

/// When an action is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Request,
    Answer,
}

/// When an exchange is judged by an action that holds it; `None`: this action lets it be.
pub(crate) fn stage(target: &Target, measure: Measure, automatic: bool, facts: &Facts) -> Option<Stage> {
    let spares = automatic && facts.caller.is_principal();
    match measure {
        // Being slow is no refusal, but whoever is slowed must be whom it is about.
        Measure::Slow { .. } => (!spares || target.names_principal()).then_some(Stage::Request),
        _ if spares || target.is_of_answers() => Some(Stage::Answer),
        _ => Some(Stage::Request),
    }
}

/// What an action is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Principal(SubjectDigest),
    Network(IpPrefix),
    Door(u64),
    Upstream(u64),
    /// A network whose length is none of those that every client has.
    Wide,
}

impl Key {
    pub(crate) fn of(target: &Target) -> Self {
        match *target {
            Target::Source { party: Party::Principal(digest), .. } => Self::Principal(digest),
            Target::Source { party: Party::Network(prefix), .. } => {
                if is_usual(prefix) {
                    Self::Network(prefix)
                } else {
                    Self::Wide
                }
            }
            Target::Kind { door, .. } | Target::Endpoint(door) => Self::Door(door),
            Target::Upstream(upstream) => Self::Upstream(upstream),
        }
    }
}

fn is_usual(prefix: IpPrefix) -> bool {
    match prefix.base() {
        IpAddr::V4(_) => matches!(prefix.length(), 24 | 32),
        IpAddr::V6(_) => matches!(prefix.length(), 48 | 56 | 64),
    }
}

#[derive(Clone, Debug)]
struct Row {
    key: Key,
    id: ActionId,
    incident: Option<IncidentId>,
    target: Target,
    measure: Measure,
    automatic: bool,
    until: Timestamp,
    ends: Timestamp,
    gate: Arc<Gate>,
}

impl Row {
    fn refuses(&self, retry_after: Window) -> Verdict {
        let Self { id: action, incident, measure, .. } = *self;
        Verdict::Refuse { status: status(measure), retry_after, action, incident }
    }
}

/// A snapshot of the actions in force. Bound: those of [`crate::Actions`].
#[derive(Clone, Debug, Default)]
pub struct InForce {
    /// Sorted by key.
    rows: Vec<Row>,
}

impl InForce {
    pub(crate) fn of<'a>(actions: impl Iterator<Item = (&'a Action, &'a Arc<Gate>)>) -> Self {
        let row = |(action, gate): (&Action, &Arc<Gate>)| Row {
            key: Key::of(&action.target),
            id: action.id,
            incident: action.incident,
            target: action.target,
            measure: action.measure,
            automatic: action.by.is_automatic(),
            until: action.until,
            ends: action.ends,
            gate: Arc::clone(gate),
        };
        let mut rows: Vec<_> = actions.map(row).collect();
        rows.sort_by_key(|row| row.key);
        Self { rows }
    }

    /// Whether nothing is in force: then nothing needs to be asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Actions in force.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Judges a request, before the upstream is asked.
    #[must_use]
    pub fn judge(&self, facts: &Facts, now: Timestamp) -> Verdict {
        self.decide(facts, now, Stage::Request)
    }

    /// Judges an answer that tells of so many strangers, before its first byte leaves.
    #[must_use]
    pub fn judge_answer(&self, facts: &Facts, strangers: u32, now: Timestamp) -> Verdict {
        if strangers == 0 {
            return Verdict::Pass { trickled: false };
        }
        self.decide(facts, now, Stage::Answer)
    }

    fn decide(&self, facts: &Facts, now: Timestamp, at: Stage) -> Verdict {
        if self.rows.is_empty() {
            return Verdict::Pass { trickled: false };
        }
        let (mut full, mut half_open, mut slow) = (None::<&Row>, false, None::<(u32, u32, &Row)>);
        self.matching(facts, now, at, |row| match row.measure {
            Measure::Slow { delay_millis, held } => {
                let heavier = slow.is_none_or(|(most, _, _)| delay_millis > most);
                if heavier {
                    slow = Some((delay_millis, held, row));
                }
            }
            _ if now < row.until => {
                let rank = |row: &Row| (row.until, status(row.measure));
                if full.is_none_or(|longest| rank(row) > rank(longest)) {
                    full = Some(row);
                }
            }
            _ => half_open = true,
        });
        if let Some(row) = full {
            return row.refuses(left(row.until, now));
        }
        if half_open {
            // Only now, so that a trickle is not spent on what another action refuses.
            let mut stopped = None::<&Row>;
            self.matching(facts, now, at, |row| {
                let is_refusal = !matches!(row.measure, Measure::Slow { .. });
                let graver = || stopped.is_none_or(|other| status(row.measure) > status(other.measure));
                if is_refusal && !row.gate.trickles(now) && graver() {
                    stopped = Some(row);
                }
            });
            if let Some(row) = stopped {
                return row.refuses(Window::from_millis(TRICKLE_MILLIS));
            }
        }
        let Some((delay_millis, most, row)) = slow else { return Verdict::Pass { trickled: half_open } };
        let delay = Window::from_millis(u64::from(delay_millis));
        match Gate::hold(&row.gate, most) {
            Some(held) => Verdict::Slow { delay, held, trickled: half_open },
            None if facts.caller.is_principal() => Verdict::Pass { trickled: half_open },
            None => row.refuses(delay.max(Window::from_secs(1))),
        }
    }

    fn matching<'s>(&'s self, facts: &Facts, now: Timestamp, at: Stage, mut each: impl FnMut(&'s Row)) {
        let mut under = |key: Key| {
            let from = self.rows.partition_point(|row| row.key < key);
            let rows = self.rows.get(from..).unwrap_or_default().iter();
            for row in rows.take_while(|row| row.key == key) {
                let waits = stage(&row.target, row.measure, row.automatic, facts);
                if now < row.ends && waits == Some(at) && row.target.holds(facts) {
                    each(row);
                }
            }
        };
        if let Some(digest) = facts.principal() {
            under(Key::Principal(digest));
        }
        networks_of(facts.client).into_iter().for_each(|network| under(Key::Network(network)));
        under(Key::Wide);
        under(Key::Door(facts.door));
        under(Key::Upstream(facts.upstream));
    }
}

fn status(measure: Measure) -> u16 {
    match measure {
        Measure::Close => 503,
        Measure::Refuse | Measure::Slow { .. } => 429,
    }
}

/// Whole seconds until `then`, at least one: nobody is told the millisecond.
fn left(then: Timestamp, now: Timestamp) -> Window {
    Window::from_secs(Window::from_millis(then.millis_since(now)).secs_ceil().max(1))
}
