//! Which incidents a change is about, for those who are told of them.

use std::collections::BTreeSet;

use respond::{Acted, Change, IncidentId, Response, Told, Turn};

/// Those that changed, or about which something was done.
pub(super) fn at_once(told: &Told, response: &Response) -> BTreeSet<IncidentId> {
    let changes = told.changes.iter().filter_map(|change| match *change {
        Change::Opened(id)
        | Change::Grew(id)
        | Change::Resumed(id)
        | Change::Reopened(id)
        | Change::Merged(id, _)
        | Change::Contained(id)
        | Change::Closed(id) => Some(id),
        Change::Joined(_) | Change::Forgotten(_) => None,
    });
    let acted = told.acted.iter().map(|acted| match *acted {
        Acted::Taken(id) | Acted::Proposed(id) => id,
    });
    let turned = told.turns.iter().map(|turn| match turn {
        Turn::HalfOpened(id) | Turn::Renewed(id) | Turn::Ended(id, _) => *id,
    });
    let about = |id| response.actions().find(id).and_then(|action| action.incident);
    changes.chain(acted.chain(turned).filter_map(about)).collect()
}

/// Those that one more signal joined: what waits to be told is renewed. Not within the second in which one
/// opened, for its first state is on the way still and must not be overtaken by an update.
pub(super) fn later<'t>(told: &'t Told, response: &'t Response) -> impl Iterator<Item = IncidentId> + 't {
    let is_just_opened = |id| {
        let incident = response.incidents().find(id);
        incident.is_some_and(|incident| incident.last.millis_since(incident.first) < 1000)
    };
    told.changes.iter().filter_map(move |change| match *change {
        Change::Joined(id) if !is_just_opened(id) => Some(id),
        _ => None,
    })
}
