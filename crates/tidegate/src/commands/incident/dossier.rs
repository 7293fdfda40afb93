//! `tidegate incident dossier`: the gateway's incident and the ledger's account of it, in one.

use domain::Timestamp;
use ledger::Filter;
use report::incident_dossier::IncidentDossier;
use respond::{Incident as OneIncident, IncidentId, State};
use store::{FileSystem, LedgerReader};

use super::{Known, Socket, find, read};
use crate::cli::{DossierFormat, Incident};
use crate::commands::ledger::{ending, read_failure};
use crate::exit::{Outcome, data};

/// Writes the dossier of the incident `id`.
///
/// # Errors
/// No such incident, no ledger, or a disk that refuses.
pub(super) fn tell(
    incident: &Incident,
    socket: &Socket,
    id: IncidentId,
    format: DossierFormat,
    now: Timestamp,
) -> Outcome {
    let Known { kept, running: _, acts } = read(incident, socket)?;
    let one = find(&kept, id)?;
    let disk = FileSystem;
    let reader = LedgerReader::open(&incident.state, &disk).map_err(read_failure)?;
    let (filter, scope) = scope_of(one, now);
    let account = reader.dossier(&filter, scope, now).map_err(read_failure)?;
    let duties = respond::duties(account.account.subjects.at_most, account.exposed, one.first);
    let prevention = respond::preventions(one, now);
    let told = IncidentDossier {
        incident: one,
        kept: &kept,
        acts,
        account: &account,
        duties: &duties,
        prevention: &prevention,
    };
    data(&match format {
        DossierFormat::Text => told.text(now),
        DossierFormat::Json => told.json(),
        DossierFormat::Html => told.html(now),
    })?;
    Ok(ending(&account.gaps))
}

/// The endpoints of an incident, from when what its signals speak of began until it was closed.
fn scope_of(incident: &OneIncident, now: Timestamp) -> (Filter, Vec<String>) {
    let until = match (incident.state, incident.closed) {
        (State::Closed, Some(closed)) => closed,
        _ => now,
    };
    let endpoints: Vec<_> = incident.doors.iter().map(|door| door.shown.clone()).collect();
    let mut scope = vec![format!("incident {}", incident.id)];
    scope.push(format!("from {} to {until}", incident.began));
    scope.extend(endpoints.iter().map(|endpoint| format!("endpoint {endpoint}")));
    (Filter { since: Some(incident.began), until: Some(until), endpoints, ..Filter::default() }, scope)
}
