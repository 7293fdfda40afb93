//! Incidents, actions and recent traffic behind one call.

use std::collections::BTreeSet;

use detect::Signal;
use domain::Timestamp;
use smallvec::SmallVec;

use crate::action::{ActionId, Ended, Phase, Rung};
use crate::actions::Actions;
use crate::asked::{ActError, ByHand, Turn, UndoError};
use crate::in_force::InForce;
use crate::incident::{Incident, IncidentId};
use crate::incidents::{Change, Incidents};
use crate::kept::{Kept, RestoreError, VERSION};
use crate::ladder::{Ground, accuses, leaks};
use crate::party::Party;
use crate::seen::Seen;
use crate::settings::Settings;
use crate::target::Target;
use crate::timeline::Happened;
use crate::traffic::{Innocents, Traffic};

/// An action that the ladder took or proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It is in force.
    Taken(ActionId),
    /// A person must take it.
    Proposed(ActionId),
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Of incidents.
    pub changes: SmallVec<[Change; 2]>,
    /// Actions that were taken or proposed.
    pub acted: SmallVec<[Acted; 1]>,
    /// Actions that half-opened, were renewed or ended.
    pub turns: SmallVec<[Turn; 2]>,
    /// The incident about which a step found no room, not even as a proposal in the place of a less grave
    /// one: nothing new is done about it.
    pub no_room: Option<(IncidentId, Rung)>,
}

impl Told {
    /// Whether [`Response::in_force`] is another than before.
    #[must_use]
    pub fn moves(&self) -> bool {
        let is_move = |turn: &Turn| {
            !matches!(turn, Turn::HalfOpened(_) | Turn::Ended(_, Ended::Lapsed | Ended::Displaced))
        };
        self.acted.iter().any(|acted| matches!(acted, Acted::Taken(_))) || self.turns.iter().any(is_move)
    }

    /// Whether nothing changed that must be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { changes, acted, turns, no_room } = self;
        changes.is_empty() && acted.is_empty() && turns.is_empty() && no_room.is_none()
    }
}

/// What is known of incidents, and what is done about them.
#[derive(Clone, Debug)]
pub struct Response {
    settings: Settings,
    incidents: Incidents,
    actions: Actions,
    traffic: Traffic,
    /// The last time that was looked at.
    now: Timestamp,
}

impl Response {
    /// Nothing happened yet. `seed` must be secret and random.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        let incidents = Incidents::new(settings.severity.clone());
        Self {
            settings,
            incidents,
            actions: Actions::default(),
            traffic: Traffic::new(seed),
            now: Timestamp::default(),
        }
    }

    /// What was kept, with its actions in force again, except those that are over by `now`.
    ///
    /// # Errors
    /// When another version wrote it.
    pub fn restore(settings: Settings, seed: u64, kept: Kept, now: Timestamp) -> Result<Self, RestoreError> {
        let Kept { version, incidents, folded, actions, last_action } = kept;
        if version != VERSION {
            return Err(RestoreError::Version { found: version });
        }
        Ok(Self {
            incidents: Incidents::restore(incidents, folded, settings.severity.clone()),
            actions: Actions::restore(actions, last_action, now),
            traffic: Traffic::new(seed),
            settings,
            now,
        })
    }

    /// All that is to be kept.
    #[must_use]
    pub fn kept(&self) -> Kept {
        Kept {
            version: VERSION,
            incidents: self.incidents.iter().cloned().collect(),
            folded: self.incidents.folded(),
            actions: self.actions.iter().cloned().collect(),
            last_action: self.actions.last(),
        }
    }

    /// Puts other settings into force. Actions go on as they were taken.
    pub fn reload(&mut self, settings: Settings) {
        self.incidents.set_rules(settings.severity.clone());
        self.settings = settings;
    }

    /// Takes in an exchange after its answer, whoever it was: recent traffic, from which innocents are
    /// predicted. Not one that an action refused.
    pub fn saw(&mut self, seen: &Seen<'_>) {
        self.traffic.take(seen);
    }

    /// Takes in what half-open actions learn from an exchange that they let through
    /// ([`crate::Verdict::Pass`] with `trickled`).
    pub fn showed(&mut self, seen: &Seen<'_>, now: Timestamp) -> Told {
        let mut told = self.tick(now);
        let turns = self.actions.showed(&seen.facts, seen.shows_leak(), self.settings.span(), now);
        self.turned(&mut told, turns, now);
        told
    }

    /// Takes in what was said of an exchange.
    pub fn observe(&mut self, signals: &[Signal], seen: &Seen<'_>, now: Timestamp) -> Told {
        let mut told = self.tick(now);
        for signal in signals {
            let (id, changes) = self.incidents.observe(signal, seen);
            for change in &changes {
                if let Change::Merged(into, from) = change {
                    self.actions.rehome(*from, *into);
                }
            }
            told.changes.extend(changes);
            if leaks(signal) && accuses(signal) {
                let turns = self.actions.spoken(&seen.facts, self.settings.span(), now);
                self.turned(&mut told, turns, now);
            }
            let acted = self.climb(id, signal, seen, &mut told, now);
            told.acted.extend(acted);
        }
        told
    }

    /// The ladder's choice; one step up where a step has no room. Where none has, a proposal takes the place
    /// of one about a less grave incident, or it is said that nothing is done.
    fn climb(
        &mut self,
        id: IncidentId,
        signal: &Signal,
        seen: &Seen<'_>,
        told: &mut Told,
        now: Timestamp,
    ) -> Option<Acted> {
        let mut above: Option<Rung> = None;
        loop {
            let Self { settings, actions, traffic, incidents, .. } = self;
            let incident = incidents.find(id)?;
            let choice = Ground { settings, actions, traffic, incident, signal, seen, now }.choose(above);
            let Some(plan) = choice else {
                told.no_room = told.no_room.or(above.map(|rung| (id, rung)));
                return None;
            };
            let (rung, automatic) = (plan.rung, plan.automatic);
            match self.actions.take(plan.clone(), now) {
                Ok(action) => return Some(self.acted(id, action, now)),
                Err(ActError::Full) if !automatic => {
                    let gravity = |id| self.incidents.find(id).map(Incident::gravity);
                    let room = gravity(id).and_then(|own| self.actions.displace(&own, gravity, now));
                    let Some(gone) = room else {
                        told.no_room = Some((id, rung));
                        return None;
                    };
                    let turns = std::iter::once(Turn::Ended(gone, Ended::Displaced)).collect();
                    self.turned(told, turns, now);
                    return self.actions.take(plan, now).ok().map(|action| self.acted(id, action, now));
                }
                Err(ActError::Full) if above != Some(rung) => above = Some(rung),
                Err(_) => return None,
            }
        }
    }

    fn acted(&mut self, incident: IncidentId, action: ActionId, now: Timestamp) -> Acted {
        let is_taken = self.actions.find(action).is_some_and(|action| action.phase == Phase::InForce);
        let (acted, what) = if is_taken {
            (Acted::Taken(action), Happened::Taken(action))
        } else {
            (Acted::Proposed(action), Happened::Proposed(action))
        };
        self.incidents.happened(incident, now, what);
        acted
    }

    /// What time alone does. To be called every few seconds.
    pub fn tick(&mut self, now: Timestamp) -> Told {
        let mut told = Told::default();
        let turns = self.actions.tick(self.now, now);
        self.now = now;
        self.turned(&mut told, turns, now);
        let in_force = self.actions.iter().filter(|action| action.is_in_force(now));
        let acted: BTreeSet<_> = in_force.filter_map(|action| action.incident).collect();
        told.changes.extend(self.incidents.tick(now, |id| acted.contains(&id)));
        told
    }

    fn turned(&mut self, told: &mut Told, turns: SmallVec<[Turn; 2]>, now: Timestamp) {
        for turn in turns {
            let (action, what) = match &turn {
                Turn::HalfOpened(id) => (*id, Happened::HalfOpened(*id)),
                Turn::Renewed(id) => (*id, Happened::Renewed(*id)),
                Turn::Ended(id, _) => (*id, Happened::Ended(*id)),
            };
            self.tell(action, now, what);
            told.turns.push(turn);
        }
    }

    fn tell(&mut self, action: ActionId, now: Timestamp, what: Happened) {
        if let Some(incident) = self.actions.find(action).and_then(|action| action.incident) {
            self.incidents.happened(incident, now, what);
        }
    }

    /// Takes an action that a person asks for.
    ///
    /// # Errors
    /// When it cannot be meant, is in force already, or a bound is reached.
    pub fn act(&mut self, asked: ByHand, now: Timestamp) -> Result<ActionId, ActError> {
        self.tick(now);
        let innocents = self.predict(&asked, now);
        let id = self.actions.act(asked, innocents, now)?;
        self.tell(id, now, Happened::Taken(id));
        Ok(id)
    }

    /// Whether an action by hand would be taken, whoever asks: to be said before whom it would hit.
    ///
    /// # Errors
    /// When it cannot be meant, is in force already, or a bound is reached.
    pub fn judge(&self, asked: &ByHand, now: Timestamp) -> Result<(), ActError> {
        self.actions.judge(asked, now).map(drop)
    }

    /// Whom an action by hand would hit: to be shown before it is asked for.
    #[must_use]
    pub fn predict(&self, asked: &ByHand, now: Timestamp) -> Innocents {
        let incident = asked.incident.and_then(|id| self.incidents.find(id));
        let mut parties: Vec<Party> =
            incident.into_iter().flat_map(|incident| &incident.parties).map(|tally| tally.party).collect();
        // An address or a principal is whom it is meant for; of a network everybody in it is hit.
        if let Target::Source { party, .. } = asked.target
            && party.is_single()
        {
            parties.push(party);
        }
        let measure = if matches!(asked.rung, Rung::Quarantine | Rung::Isolate) {
            crate::action::Measure::Close
        } else {
            crate::action::Measure::Refuse
        };
        match incident {
            Some(incident) => {
                self.traffic.predict(&asked.target, measure, false, &parties, incident.began, now)
            }
            None => self.traffic.predict_now(&asked.target, measure, &parties, now),
        }
    }

    /// Takes a proposal.
    ///
    /// # Errors
    /// When there is no such open proposal, or a bound is reached.
    pub fn accept(&mut self, id: ActionId, who: &str, now: Timestamp) -> Result<(), ActError> {
        self.tick(now);
        self.actions.accept(id, who, self.settings.span(), now)?;
        self.tell(id, now, Happened::Taken(id));
        Ok(())
    }

    /// Undoes an action, or turns a proposal down. For an hour the ladder only proposes what was undone,
    /// and does not speak of what was turned down.
    ///
    /// # Errors
    /// When it is over, or there is none.
    pub fn undo(&mut self, id: ActionId, who: &str, now: Timestamp) -> Result<(), UndoError> {
        self.tick(now);
        self.actions.undo(id, who, now)?;
        self.tell(id, now, Happened::Ended(id));
        Ok(())
    }

    /// Closes an incident, and ends what is done about it by itself; what people did goes on. `false`
    /// where there is none, or it is closed.
    pub fn close(&mut self, id: IncidentId, who: &str, now: Timestamp) -> bool {
        self.tick(now);
        let id = self.incidents.find(id).map_or(id, |incident| incident.id);
        self.actions.undo_all(id, who, now);
        self.incidents.close(id, who, now)
    }

    /// Adds a note to an incident. `false` where there is none.
    pub fn note(&mut self, id: IncidentId, who: &str, text: &str, now: Timestamp) -> bool {
        self.incidents.note(id, who, text, now)
    }

    /// What is in force, for the hot path: to be taken anew whenever something moved.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        self.actions.in_force()
    }

    /// All incidents.
    #[must_use]
    pub fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    /// All actions.
    #[must_use]
    pub fn actions(&self) -> &Actions {
        &self.actions
    }

    /// Recent traffic.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}
