//! What would have kept an incident from happening: a virtual patch for now, intent for good.
//!
//! Derived from the endpoints where signals spoke. It only ever narrows: a patch can only forbid, and the
//! intent asks for identity, an owner and limits where there was none. A person reviews both; nothing here
//! applies itself. The form (Cedar, YAML) is `report`'s.

use domain::{Endpoint, IpPrefix, Severity, Timestamp, Window};

use crate::incident::Incident;
use crate::target::Callers;

/// How long a patch of a dossier acts: until the service is mended, and not for ever.
pub const PATCHED_FOR: Window = Window::from_secs(14 * 86_400);

/// What would have prevented an incident at one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prevention {
    /// Where.
    pub endpoint: Endpoint,
    /// Whether its intent is declared: what is proposed must not take its place.
    pub declared: bool,
    /// The patch's `@id`: the incident's name in small letters, and a number.
    pub id: String,
    /// Its `@reason`, on one line.
    pub reason: String,
    /// Its `@expires`.
    pub expires: Timestamp,
    /// Whom the patch lets pass.
    pub passes: Passes,
}

/// Whom a patch lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passes {
    /// Signed-in people and keys: all of whom signals spoke had no credential that anybody vouched for.
    Identified,
    /// Everybody but these networks: it is known who took the records, and that nobody else did.
    Others(Vec<IpPrefix>),
    /// Nobody: signed-in callers took part, so that only the ownership of records tells who may read.
    Nobody,
}

/// What would have prevented `incident`, by endpoint, the one with most people first; at most sixteen. Nothing
/// where nobody left and no canary was read: then what is in force held, and anything else could be weaker.
#[must_use]
pub fn preventions(incident: &Incident, now: Timestamp) -> Vec<Prevention> {
    if incident.people() == 0 && incident.severity < Severity::Critical {
        return Vec::new();
    }
    let name = incident.id.to_string().to_ascii_lowercase();
    let gravest = incident.tallies.iter().max_by_key(|tally| (tally.severity, tally.people));
    let said = gravest.map_or_else(String::new, |tally| format!(", {} ({})", tally.detector, tally.case));
    let mut doors: Vec<_> = incident.doors.iter().collect();
    doors.sort_by_key(|door| std::cmp::Reverse((door.people, door.signals)));
    let one = |(nth, door): (usize, &&crate::incident::Door)| Prevention {
        endpoint: door.shown.clone(),
        declared: door.declared,
        id: format!("{name}-{}", nth + 1),
        reason: format!("{}{said}, at least {} people", incident.id, incident.people()),
        expires: now.plus(PATCHED_FOR),
        passes: match door.callers {
            Callers::Unidentified => Passes::Identified,
            Callers::Unnamed | Callers::Anyone => Passes::Nobody,
        },
    };
    doors.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use detect::{DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};

    use super::*;
    use crate::incident::IncidentId;
    use crate::seen::Seen;

    #[test]
    fn nothing_is_proposed_in_the_place_of_rules_that_held() {
        let now = Timestamp::from_secs(1_800_000_000);
        let door: Endpoint = "GET /orders/{id}".parse().unwrap();
        let foreign = Signal {
            detector: DetectorId::Foreign,
            source: Source::Network("198.51.100.7/32".parse().unwrap()),
            endpoint: detect::endpoint_key(&door),
            severity: Severity::High,
            evidence: Evidence { case: "others", people: 0, steps: 9, ..Evidence::default() },
            error: ErrorBudget::OneInClientDays(1_000_000),
            first: now,
            last: now,
        };
        let mut incident = Incident::new(IncidentId::new(7), &foreign);
        let seen = Seen { declared: true, ..Seen::quiet(now, "198.51.100.7".parse().unwrap(), &door) };
        incident.take(&foreign, &seen, &[]);
        assert_eq!(preventions(&incident, now), []);
        let mut leak = foreign;
        leak.evidence.people = 3;
        incident.take(&leak, &seen, &[]);
        let [one] = &preventions(&incident, now)[..] else { panic!("one endpoint") };
        assert!(one.declared);
        // A canary was read, whomever it stands for.
        incident.parties.clear();
        incident.severity = Severity::Critical;
        assert_eq!(preventions(&incident, now).len(), 1);
    }

    #[test]
    fn the_door_with_most_people_is_patched_first_and_signed_in_people_pass_where_none_took_part() {
        let now = Timestamp::from_secs(1_800_000_000);
        let said = |door: &Endpoint, people| Signal {
            detector: DetectorId::SequentialIds,
            source: Source::Endpoint(detect::endpoint_key(door)),
            endpoint: detect::endpoint_key(door),
            severity: Severity::High,
            evidence: Evidence { case: "walk", people, steps: 9, ..Evidence::default() },
            error: ErrorBudget::OneInClientDays(1_000_000),
            first: now,
            last: now,
        };
        let doors: [Endpoint; 2] = ["GET /orders/{id}".parse().unwrap(), "POST /preorders".parse().unwrap()];
        let first = said(&doors[0], 11);
        let mut incident = Incident::new(IncidentId::new(7), &first);
        for (door, people) in [(&doors[0], 11), (&doors[1], 40)] {
            let seen = Seen::quiet(now, "198.51.100.7".parse().unwrap(), door);
            incident.take(&said(door, people), &seen, &[]);
        }
        incident.doors[0].callers = Callers::Unnamed;
        let found = preventions(&incident, now);
        let told: Vec<_> =
            found.iter().map(|one| (one.endpoint.to_string(), one.id.as_str(), one.passes.clone())).collect();
        assert_eq!(
            told,
            [
                ("POST /preorders".to_owned(), "inc-000007-1", Passes::Identified),
                ("GET /orders/{id}".to_owned(), "inc-000007-2", Passes::Nobody),
            ]
        );
        assert_eq!(found[0].reason, "INC-000007, sequential-ids (walk), at least 51 people");
        assert_eq!(found[0].expires, now.plus(Window::from_secs(14 * 86_400)));
    }
}
