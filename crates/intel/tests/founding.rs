//! The founding report: every fact that an expert states, none invented. The report lies beside the
//! project (`../shared/reports`), never in it; where it is absent the test says so and passes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use intel::{
    Amount, Class, Discourse, EntityRole, ErratumKind as K, EventKind, Intel, NotificationState, NumberRole,
    ObservableRole, Status, TechniqueClaim,
};

/// Beside the project, or beside the tree that this one is a second working tree of.
fn report() -> Option<Vec<u8>> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = ["../../../shared", "../../../../shared"]
        .iter()
        .find_map(|shared| std::fs::read(here.join(shared).join("reports/phone-preorder-leak.txt")).ok());
    if found.is_none() {
        eprintln!("left out: ../shared/reports/phone-preorder-leak.txt is not there");
    }
    found
}

fn read() -> Option<(Vec<u8>, Intel)> {
    let bytes = report()?;
    let intel = intel::understand(&bytes, "report.txt").unwrap();
    Some((bytes, intel))
}

fn with(techniques: &[TechniqueClaim], status: Status) -> Vec<&str> {
    techniques.iter().filter(|claim| claim.status == status).map(|claim| claim.id.as_str()).collect()
}

fn asserted(claims: &[intel::Claim]) -> Vec<&str> {
    claims.iter().filter(|claim| claim.status.is_asserted()).map(|claim| claim.id.as_str()).collect()
}

#[test]
fn techniques_are_asserted_supposed_suggested_or_only_feared() {
    let Some((_, intel)) = read() else { return };
    assert_eq!(with(&intel.techniques, Status::Stated), ["T1020", "T1190"]);
    assert_eq!(with(&intel.techniques, Status::Claimed), [""; 0]);
    assert_eq!(with(&intel.techniques, Status::Hypothetical), ["T1595.002"]);
    assert_eq!(with(&intel.techniques, Status::Suggested), ["T1119", "T1213.006"]);
    let feared: Vec<&str> = intel.consequences.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(feared, ["T1566", "T1598"]);
}

#[test]
fn weaknesses_are_by_definition_and_the_label_stands_apart() {
    let Some((_, intel)) = read() else { return };
    assert_eq!(asserted(&intel.owasp), ["API4:2023", "API5:2023"]);
    assert_eq!(asserted(&intel.owasp_stated), ["API1:2023"]);
    let of = |id: &str| intel.owasp.iter().find(|claim| claim.id == id).map(|claim| claim.status);
    assert_eq!(of("API1:2023"), Some(Status::Hypothetical), "asserted in one place, contradicted in another");
    assert_eq!(of("API3:2023"), Some(Status::Suggested));
    assert_eq!(asserted(&intel.cwe), ["CWE-306", "CWE-770", "CWE-799", "CWE-862"]);
    assert_eq!(asserted(&intel.d3fend), ["D3-ACH", "D3-ITF", "D3-NTA", "D3-WSAA"]);
    assert!(intel.d3fend.iter().any(|claim| claim.id == "D3-ISVA" && claim.status == Status::Suggested));
    for id in ["M1035", "M1037", "M1048", "M1054"] {
        assert!(
            intel.mitigations.iter().any(|claim| claim.id == id && claim.status == Status::Suggested),
            "{id}"
        );
    }
    assert!(intel.cves.is_empty());
}

#[test]
fn numbers_say_what_they_count_and_nothing_more() {
    let Some((_, intel)) = read() else { return };
    let numbers: BTreeSet<(u64, &str, NumberRole)> = intel
        .numbers
        .iter()
        .filter_map(|number| match number.value {
            Amount::Whole(value) => Some((value, number.unit.as_str(), number.role)),
            Amount::Decimal(_) => None,
        })
        .collect();
    let expected = [
        (10, "records", NumberRole::PerCall),
        (5_000, "records", NumberRole::Accessed),
        (27_000, "customers", NumberRole::Exposed),
        (27_000, "records", NumberRole::Exist),
        (27_000, "records", NumberRole::Exposed),
    ];
    assert_eq!(numbers, BTreeSet::from(expected), "27,000 were never taken");
    let derived: Vec<(Amount, &str)> =
        intel.derived.iter().map(|derived| (derived.value, derived.arithmetic.as_str())).collect();
    assert_eq!(
        derived,
        [
            (Amount::Whole(500), "5000 / 10"),
            (Amount::Whole(2_700), "27000 / 10"),
            (Amount::Decimal(18.5), "5000 / 27000")
        ]
    );
}

#[test]
fn classes_are_exposed_or_denied_by_the_victim() {
    let Some((_, intel)) = read() else { return };
    let exposed: Vec<Class> = intel.data_classes_exposed.iter().map(|claim| claim.class).collect();
    assert_eq!(exposed, [Class::Name, Class::Email, Class::Phone, Class::PostalAddress]);
    let spared: Vec<(Class, Option<&str>)> =
        intel.data_classes_not_exposed.iter().map(|claim| (claim.class, claim.by.as_deref())).collect();
    assert!(spared.contains(&(Class::Payment, Some("The company"))), "{spared:?}");
    assert!(spared.contains(&(Class::GovernmentId, Some("The company"))), "{spared:?}");
    // `No specific indicators such as IP addresses were mentioned` says nothing of what got out.
    assert!(spared.iter().all(|(class, _)| *class != Class::Device), "{spared:?}");
}

#[test]
fn one_person_found_it_and_is_no_threat_actor() {
    let Some((_, intel)) = read() else { return };
    let of =
        |role: EntityRole| intel.entities.iter().filter(|entity| entity.role == role).collect::<Vec<_>>();
    let victims = of(EntityRole::Victim);
    assert_eq!(victims.len(), 1);
    assert_eq!((victims[0].is_named, victims[0].sector.as_deref()), (true, Some("telecommunications")));
    assert_eq!(of(EntityRole::Discoverer).len(), 1);
    assert!(of(EntityRole::Attacker).is_empty());
    let third = of(EntityRole::ThirdParty);
    assert_eq!(
        (third.len(), third[0].status, third[0].by.as_ref()),
        (1, Status::Claimed, Some(&victims[0].name))
    );
}

#[test]
fn observables_are_to_be_looked_for_and_never_indicators() {
    let Some((_, intel)) = read() else { return };
    let told: Vec<(&str, ObservableRole)> =
        intel.observables.iter().map(|one| (one.value.as_str(), one.role)).collect();
    use ObservableRole::{Example, Hunting, Placeholder};
    assert_eq!(
        told,
        [
            ("/api/customers", Example),
            ("/api/orders", Example),
            ("/api/v[1-9]/users", Hunting),
            ("/api/v[1-9]/orders", Hunting),
            ("curl -X POST https://[domain]/api/...", Placeholder),
            ("API Gateway Logs", Hunting),
            ("Web Application Firewall (WAF) Logs", Hunting),
            ("/api/customers?id=1", Example),
            ("/api/customers?id=2", Example),
        ]
    );
}

#[test]
fn events_follow_each_other_without_dates() {
    let Some((_, intel)) = read() else { return };
    use EventKind::{
        Accessed, Confirmed, Deleted, Discovered, EvaluatingDuties, Investigating, Stopped, Surfaced,
    };
    let kinds: Vec<EventKind> = intel.timeline.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [Discovered, Accessed, Stopped, Deleted, Surfaced, Confirmed, Investigating, EvaluatingDuties]
    );
    assert!(intel.dates.is_empty() && intel.timeline.iter().all(|event| event.date.is_none()));
    assert_eq!(intel.notification.state, NotificationState::Evaluating);
    assert!(intel.is_incident);
}

#[test]
fn every_erratum_of_the_expert_is_found_with_both_places() {
    let Some((_, intel)) = read() else { return };
    let found: BTreeSet<K> = intel.errata.iter().map(|erratum| erratum.kind).collect();
    let expected = [
        K::LabelAgainstDefinition,
        K::AdviceMissesAttack,
        K::IllustrationContradictsTerm,
        K::ToolMisplaced,
        K::MixedUnits,
        K::PairingNotInOntology,
        K::CategoryNotTechnique,
        K::MissingTactic,
        K::Contradiction,
        K::CertaintyUnsupported,
        K::SingleSourceAdvice,
        K::RequestsNotRecords,
        K::NeedsIdentity,
    ];
    assert_eq!(found, BTreeSet::from(expected));
    let pairings = intel.errata.iter().filter(|erratum| erratum.kind == K::PairingNotInOntology).count();
    assert_eq!(pairings, 3, "three of four pairings are not in the ontology");
    assert!(intel.errata.iter().all(|erratum| erratum.places.len() > 1));
}

#[test]
fn boilerplate_is_dropped_and_said_so() {
    let Some((bytes, intel)) = read() else { return };
    let said = |words: &str| {
        let at = String::from_utf8(bytes.clone()).unwrap().find(words).unwrap();
        intel.dropped.iter().any(|dropped| dropped.span.start <= at && at < dropped.span.end)
    };
    for words in
        ["Cybersecurity professional with", "Help others stay", "Every tactic", "Risk has been assessed"]
    {
        assert!(said(words), "{words}");
    }
    let asserts = intel
        .statements
        .iter()
        .filter(|statement| matches!(statement.role, Discourse::Stated | Discourse::Claimed))
        .count();
    assert!(asserts > 15);
}
