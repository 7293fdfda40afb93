//! Which action a signal leads to: the narrowest that would have stopped it.
//!
//! - A signal that tells of nobody who left (scans, guesses) slows its source, and never climbs. Attempts
//!   at others' records that were refused (`foreign`) slow nobody: they are refused anyhow, however fast.
//! - A leak by a source refuses the source at this endpoint; everywhere, where it was refused at another
//!   one already. A leak that no single source did refuses the kind of traffic.
//! - One step up when the step failed: an action that holds this exchange has been in force for longer
//!   than `grace` and a leak went on in spite of it; or `crowd` sources are refused here and another came.
//! - On each step there are several targets that would have stopped it. The one with the fewest predicted
//!   innocents is taken; of equals the one that refuses before the upstream is asked. Where the time
//!   before is not known, only answers that tell of strangers are withheld.
//! - A step that is configured to be off is as if it were not there.
//! - More innocents than the incident's severity bears, or the step `isolate`: proposed, not taken.
//!
//! INVARIANT (narrow): budgets bound a leak, actions end it sooner. So what hits more than a source is taken
//! by itself only where the innocents are known from the time before ([`crate::Innocents::known`]), and
//! only against what no budget of a source sees: `crowd` sources or more. `anonymous-data` says what an
//! endpoint tells everybody, and not who takes it: nothing is done because of it alone. Nor because of
//! `spent-budget`: what it speaks of is refused already.

use detect::Signal;
use domain::{DetectorId, Timestamp};

use crate::action::{Measure, Rung};
use crate::actions::Actions;
use crate::asked::Plan;
use crate::incident::Incident;
use crate::party::Party;
use crate::seen::Seen;
use crate::settings::Settings;
use crate::target::{Callers, Target, What};
use crate::traffic::Traffic;

/// The steps from the mildest that stops a leak.
const STEPS: [Rung; 4] = [Rung::RefuseSource, Rung::RefuseKind, Rung::Quarantine, Rung::Isolate];

/// Whether a signal tells of people who left. A canary was not read by chance, told or not.
pub(crate) fn leaks(signal: &Signal) -> bool {
    signal.evidence.people > 0 || signal.detector == DetectorId::Canary
}

/// Whether a signal speaks of somebody who takes. `anonymous-data` speaks of what is given to anybody,
/// `spent-budget` of who is given nothing any more.
pub(crate) fn accuses(signal: &Signal) -> bool {
    !matches!(signal.detector, DetectorId::AnonymousData | DetectorId::SpentBudget)
}

/// What a choice rests on.
pub(crate) struct Ground<'g> {
    pub(crate) settings: &'g Settings,
    pub(crate) actions: &'g Actions,
    pub(crate) traffic: &'g Traffic,
    pub(crate) incident: &'g Incident,
    pub(crate) signal: &'g Signal,
    pub(crate) seen: &'g Seen<'g>,
    pub(crate) now: Timestamp,
}

impl Ground<'_> {
    /// What to do; nothing on steps up to `above`, which had no room.
    pub(crate) fn choose(&self, above: Option<Rung>) -> Option<Plan> {
        let party = Party::of(self.signal.source);
        if !accuses(self.signal) {
            return None;
        }
        if !leaks(self.signal) {
            let is_refused_anyhow = self.signal.detector == DetectorId::Foreign;
            let is_off = self.settings.off.contains(&Rung::Slow);
            let party = party.filter(|_| above.is_none() && !is_refused_anyhow && !is_off)?;
            let target = Target::Source { party, door: None, what: What::Any };
            return self.plan(Rung::Slow, &[target]);
        }
        if self.is_acted_on() {
            return None;
        }
        let steps = STEPS.into_iter().filter(|step| {
            (party.is_some() || *step != Rung::RefuseSource)
                && above.is_none_or(|above| *step > above)
                && !self.settings.off.contains(step)
        });
        let step = steps.into_iter().find(|step| !self.failed(*step))?;
        self.plan(step, &self.targets(step, party))
    }

    /// Whether something that holds this exchange is too young to judge: taken or renewed just now.
    fn is_acted_on(&self) -> bool {
        self.holding().any(|action| self.now < action.since.plus(self.settings.grace))
    }

    /// Refusals in force that hold this exchange, by whomever.
    fn holding(&self) -> impl Iterator<Item = &crate::action::Action> {
        self.actions.iter().filter(|action| {
            action.is_in_force(self.now)
                && !matches!(action.measure, Measure::Slow { .. })
                && action.target.holds(&self.seen.facts)
        })
    }

    fn failed(&self, step: Rung) -> bool {
        let door = self.signal.endpoint;
        let refused_here = || {
            let refused = self.actions.iter().filter(|action| {
                action.rung == Rung::RefuseSource
                    && action.incident == Some(self.incident.id)
                    && action.is_in_force(self.now)
            });
            refused.filter(|action| match action.target {
                Target::Source { door: at, .. } => at.is_none_or(|at| at == door),
                _ => false,
            })
        };
        let crowd = usize::try_from(self.settings.crowd.max(1)).unwrap_or(usize::MAX);
        let is_crowd = step == Rung::RefuseSource && refused_here().count() >= crowd;
        is_crowd || self.holding().any(|action| action.rung == step)
    }

    /// The targets of a step that would have stopped this, those first that stop it before the upstream
    /// is asked. No answer of a public endpoint is ever withheld, so there only requests can be refused; of
    /// a principal not even those.
    fn targets(&self, step: Rung, party: Option<Party>) -> Vec<Target> {
        let door = self.signal.endpoint;
        let here = self.incident.doors.iter().find(|known| known.key == door);
        match (step, party) {
            (Rung::RefuseSource, Some(party)) => {
                let elsewhere = self.actions.iter().any(|action| {
                    let of_party = matches!(action.target, Target::Source { party: one, .. } if one == party);
                    of_party && action.is_in_force(self.now) && action.rung == step
                });
                let at = if elsewhere { None } else { Some(door) };
                let strangers = Target::Source { party, door: at, what: What::Strangers };
                let any = Target::Source { party, door: at, what: What::Any };
                match (party, self.seen.public) {
                    // A principal is judged on its answers anyway.
                    (Party::Principal(_), false) => vec![strangers],
                    (Party::Principal(_), true) => Vec::new(),
                    (Party::Network(_), false) => vec![any, strangers],
                    (Party::Network(_), true) => vec![any],
                }
            }
            (Rung::RefuseKind, _) => {
                let callers = Callers::of(&self.seen.facts)
                    .max(here.map_or(Callers::Unidentified, |here| here.callers));
                let from_page = here.and_then(|here| here.page).filter(|page| *page >= 2).map(What::FromPage);
                let of_answers = Some(What::Strangers).filter(|_| !self.seen.public);
                let whats = from_page.into_iter().chain([What::Any]).chain(of_answers);
                whats.map(|what| Target::Kind { door, callers, what }).collect()
            }
            (Rung::Quarantine, _) => vec![Target::Endpoint(door)],
            (Rung::Isolate, _) => vec![Target::Upstream(self.seen.facts.upstream)],
            (Rung::Slow | Rung::RefuseSource, _) => Vec::new(),
        }
    }

    /// Whether so many sources take part that refusing one after the other ends nothing.
    fn is_crowd(&self) -> bool {
        let sources = self.incident.sources().max(self.signal.evidence.sources.unwrap_or(0));
        sources >= self.settings.crowd.max(1)
    }

    /// When what somebody is accused of began: what an endpoint tells everybody may have begun long before,
    /// and its visitors since then are no part of the attack.
    fn began(&self) -> Timestamp {
        let accusing =
            self.incident.tallies.iter().filter(|tally| tally.detector != DetectorId::AnonymousData);
        accusing.map(|tally| tally.first).min().unwrap_or(self.incident.began)
    }

    fn plan(&self, rung: Rung, targets: &[Target]) -> Option<Plan> {
        let Self { settings, incident, signal, now, .. } = *self;
        if incident.severity < settings.from(rung) {
            return None;
        }
        let measure = match rung {
            Rung::Slow => {
                Measure::Slow { delay_millis: settings.slow_millis.min(30_000), held: settings.slow_held }
            }
            Rung::RefuseSource | Rung::RefuseKind => Measure::Refuse,
            Rung::Quarantine | Rung::Isolate => Measure::Close,
        };
        let began = self.began();
        let parties: Vec<_> = incident.parties.iter().map(|tally| tally.party).collect();
        let predicted = targets
            .iter()
            .map(|target| (*target, self.traffic.predict(target, measure, true, &parties, began, now)));
        // Where the time before is not known, whoever is refused before the answer is known may be anybody.
        let sure = |(target, innocents): &(Target, crate::traffic::Innocents)| {
            innocents.known || target.is_of_answers() || targets.len() == 1
        };
        let (target, innocents) = predicted.filter(sure).min_by_key(|(_, innocents)| innocents.people)?;
        let named = match target {
            Target::Source { door: None, .. } => None,
            _ => Some(self.seen.endpoint.to_string()),
        };
        Some(Plan {
            incident: incident.id,
            rung,
            target,
            named,
            measure,
            reason: reason(signal, incident),
            innocents,
            automatic: settings.automatic
                && innocents.people <= settings.innocents(incident.severity)
                && match rung {
                    Rung::Slow | Rung::RefuseSource => true,
                    // INVARIANT (narrow)
                    Rung::RefuseKind | Rung::Quarantine => innocents.known && self.is_crowd(),
                    Rung::Isolate => false,
                },
            span: settings.span(),
        })
    }
}

/// What spoke, and of how many: those that it counts, of the incident beside them where these are others'.
fn reason(signal: &Signal, incident: &Incident) -> String {
    let (own, all) = (signal.evidence.people, incident.people());
    let people = match own {
        0 => "nobody told".to_owned(),
        own => format!("at least {own} people"),
    };
    let beside = if all > own { format!("; of the incident at least {all}") } else { String::new() };
    format!("{} ({}), {people}{beside}", signal.detector, signal.evidence.case)
}
