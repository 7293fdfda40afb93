//! One line of the log for each change of an incident or an action. Who it is about stands in the state
//! folder and never here.

use detect::Grouped;
use domain::{Mode, Timestamp};
use respond::{Acted, Action, ActionId, By, Change, Ended, IncidentId, Response, Target, Told, Turn};
use telemetry::{Configured, DecidedWord, Occurrence};

/// What the line is about, beside the change.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) response: &'s Response,
    /// The group of the signal that changed it.
    pub(super) group: Option<Grouped>,
    pub(super) mode: Mode,
}

impl Scene<'_> {
    /// Tells all that changed.
    pub(super) fn tell(&self, told: &Told) {
        let Told { changes, acted, turns, no_room } = told;
        changes.iter().for_each(|change| self.change(*change));
        for one in acted {
            let (Acted::Taken(id) | Acted::Proposed(id)) = *one;
            self.acted(id);
        }
        turns.iter().for_each(|turn| self.turn(turn));
        if let Some((incident, step)) = no_room {
            let (incident, step) = (incident.to_string(), step.word());
            telemetry::NoRoomForAction { incident: Configured(&incident), step: Configured(step) }.emit();
        }
    }

    fn change(&self, change: Change) {
        let group = self.group.map(|group| group.id);
        match change {
            Change::Opened(id) => {
                let Some(incident) = self.response.incidents().find(id) else { return };
                telemetry::IncidentOpened {
                    incident: Configured(&id.to_string()),
                    group,
                    severity: incident.severity,
                    detector: incident.tallies.first().map(|tally| tally.detector),
                    endpoint: incident.doors.first().map(|door| &door.shown),
                    people: incident.people(),
                    sources: incident.sources(),
                    mode: self.mode,
                }
                .emit();
            }
            Change::Grew(id) => {
                let Some(incident) = self.response.incidents().find(id) else { return };
                telemetry::IncidentGrew {
                    incident: Configured(&id.to_string()),
                    group,
                    severity: incident.severity,
                    people: incident.people(),
                    sources: incident.sources(),
                    signals: incident.signals,
                }
                .emit();
            }
            Change::Resumed(id) => {
                let Some(incident) = self.response.incidents().find(id) else { return };
                telemetry::IncidentResumed {
                    incident: Configured(&id.to_string()),
                    group,
                    times: incident.resumed,
                    people: incident.people(),
                    sources: incident.sources(),
                }
                .emit();
            }
            Change::Reopened(id) => {
                let Some(incident) = self.response.incidents().find(id) else { return };
                telemetry::IncidentReopened {
                    incident: Configured(&id.to_string()),
                    group,
                    severity: incident.severity,
                    times: incident.reopened,
                }
                .emit();
            }
            Change::Merged(into, from) => telemetry::IncidentMerged {
                incident: Configured(&into.to_string()),
                from: Configured(&from.to_string()),
            }
            .emit(),
            Change::Contained(id) => {
                telemetry::IncidentContained { incident: Configured(&id.to_string()) }.emit();
            }
            Change::Closed(id) => closed(id, DecidedWord::Rule),
            Change::Forgotten(id) => {
                telemetry::IncidentForgotten { incident: Configured(&id.to_string()) }.emit();
            }
            Change::Joined(_) => {}
        }
    }

    /// An action was taken or proposed.
    pub(super) fn acted(&self, id: ActionId) {
        let Some(action) = self.response.actions().find(id) else { return };
        let (number, incident) = (id.to_string(), action.incident.map(|incident| incident.to_string()));
        let incident = incident.as_deref().map(Configured);
        let (step, target) = (Configured(action.rung.word()), Configured(sort(&action.target)));
        let (innocents, known) = (action.innocents.people, action.innocents.known);
        let action_number = Configured(&number);
        let named = action.named.as_deref().map(Configured);
        if action.phase == respond::Phase::Proposed {
            telemetry::ActionProposed {
                action: action_number,
                incident,
                step,
                target,
                named,
                innocents,
                known,
            }
            .emit();
        } else {
            let by = decided(action);
            let (until, mode) = (action.until, self.mode);
            telemetry::ActionTaken {
                action: action_number,
                incident,
                step,
                target,
                named,
                by,
                until,
                innocents,
                known,
                mode,
            }
            .emit();
        }
    }

    fn turn(&self, turn: &Turn) {
        match turn {
            Turn::HalfOpened(id) => {
                telemetry::ActionHalfOpened { action: Configured(&id.to_string()) }.emit();
            }
            Turn::Renewed(id) => {
                let until =
                    self.response.actions().find(*id).map_or(Timestamp::default(), |action| action.until);
                telemetry::ActionRenewed { action: Configured(&id.to_string()), until }.emit();
            }
            Turn::Ended(id, how) => ended(*id, how),
        }
    }
}

/// An incident was closed.
pub(super) fn closed(id: IncidentId, by: DecidedWord) {
    telemetry::IncidentClosed { incident: Configured(&id.to_string()), by }.emit();
}

/// An action is over.
pub(super) fn ended(id: ActionId, how: &Ended) {
    let how = match how {
        Ended::Undone { .. } => "undone",
        Ended::Declined { .. } => "declined",
        Ended::Lifted => "lifted",
        Ended::Expired => "expired",
        Ended::Lapsed => "lapsed",
        Ended::Displaced => "displaced",
    };
    telemetry::ActionEnded { action: Configured(&id.to_string()), how: Configured(how) }.emit();
}

fn decided(action: &Action) -> DecidedWord {
    match action.by {
        By::Rule => DecidedWord::Rule,
        By::Hand { .. } => DecidedWord::Hand,
    }
}

/// The sort of target, without whom it is about.
fn sort(target: &Target) -> &'static str {
    match target {
        Target::Source { .. } => "source",
        Target::Kind { .. } => "kind",
        Target::Endpoint(_) => "endpoint",
        Target::Upstream(_) => "upstream",
    }
}
