//! Each kind of erratum in a report that has nothing to do with the founding one, and beside it the same
//! report with the fault mended.
#![allow(clippy::unwrap_used, reason = "tests")]

use intel::ErratumKind::{self, *};

fn kinds(report: &str) -> Vec<ErratumKind> {
    intel::understand(report.as_bytes(), "a.txt")
        .unwrap()
        .errata
        .into_iter()
        .map(|erratum| erratum.kind)
        .collect()
}

#[test]
fn a_fault_is_found_and_its_mending_is_silent() {
    let hole = "The booking API did not require authentication and an attacker downloaded 9,000 bookings.";
    let paged = "The booking API did not require authentication. It returned bookings in batches of 50 records and an attacker downloaded 9,000 bookings.";
    for (kind, wrong, right) in [
        (LabelAgainstDefinition, format!("{hole} This is API9:2023."), format!("{hole} This is API5:2023.")),
        (LabelAgainstDefinition, format!("{hole} It is a Broken Object Level Authorization flaw."), format!("{hole} It is a Broken Function Level Authorization flaw.")),
        (MissingTactic, format!("{hole} T1020 applies."), format!("{hole} T1119 and T1020 apply.")),
        (PairingNotInOntology, format!("{hole} T1190 applies. D3-WSAA counters it."), format!("{hole} T1190 applies. D3-ITF counters it.")),
        (CategoryNotTechnique, format!("{hole} Use D3-NTA."), format!("{hole} Use D3-ISVA.")),
        (UnknownId, format!("{hole} T9999 applies."), format!("{hole} T1190 applies.")),
        (RevokedId, format!("{hole} T1002 applies."), format!("{hole} T1560 applies.")),
        (RevokedId, format!("{hole} OWASP lists it as API1:2019."), format!("{hole} OWASP lists it as API5:2023.")),
        (NameAgainstId, format!("{hole}\nT1190 - Automated Exfiltration"), format!("{hole}\nT1190 - Exploit Public-Facing Application")),
        (RequestsNotRecords, format!("{paged} Gateways should apply rate limiting."), format!("{paged} Gateways should count the number of records.")),
        (NeedsIdentity, format!("{hole} Teams should monitor user session anomalies."), format!("{hole} Teams should monitor the endpoint as a whole.")),
        (SingleSourceAdvice, format!("{hole} Teams should block the source IP."), format!("{hole} Teams should close the endpoint.")),
        (ToolMisplaced, format!("{hole} The CI/CD pipeline should run OPA Gatekeeper."), format!("{hole} The CI/CD pipeline should run conftest.")),
        (MixedUnits, format!("{hole} The leak affected 40,000 customers. In total 40,000 records were exposed."), format!("{hole} The leak affected 40,000 customers. In total 40,000 customers were exposed.")),
        (Arithmetic, "An attacker sent 100 requests to the API, which returned 10 records per request, and downloaded 9,000 records.".to_owned(), "An attacker sent 900 requests to the API, which returned 10 records per request, and downloaded 9,000 records.".to_owned()),
        (OrderOfEvents, "The hole in the API was found on May 9, 2031. The vulnerability was fixed on May 2, 2031. An attacker downloaded 900 records.".to_owned(), "The hole in the API was found on May 2, 2031. The vulnerability was fixed on May 9, 2031. An attacker downloaded 900 records.".to_owned()),
    ] {
        assert!(kinds(&wrong).contains(&kind), "{kind:?} is not found in: {wrong}\n{:?}", kinds(&wrong));
        assert!(!kinds(&right).contains(&kind), "{kind:?} is found in: {right}");
    }
}

#[test]
fn each_erratum_has_two_places_and_one_is_in_the_report() {
    let report = "The API did not require authentication and an attacker downloaded 9,000 bookings. T1020 and T1002 apply. D3-NTA helps. This is API9:2023.";
    let intel = intel::understand(report.as_bytes(), "a.txt").unwrap();
    assert!(intel.errata.len() >= 4);
    for erratum in intel.errata {
        assert!(
            erratum.places.len() >= 2 && erratum.places.iter().any(|place| place.span.is_some()),
            "{erratum:?}"
        );
    }
}

#[test]
fn an_id_that_no_knowledge_base_can_have_is_named_once_with_its_place() {
    let hole =
        "The booking API did not require authentication and an attacker downloaded 9,000 bookings (T1190).";
    for id in [
        "API99:2023",
        "API0:2023",
        "CWE-9999999999",
        "CWE-99999",
        "M9999",
        "M1999",
        "CAPEC-0",
        "CAPEC-99999",
        "T9999",
        "TA9999",
        "D3-QQQ",
    ] {
        let report = format!("{hole} It is {id}.");
        let errata = intel::understand(report.as_bytes(), "a.txt").unwrap().errata;
        let unknown: Vec<_> = errata.iter().filter(|erratum| erratum.kind == UnknownId).collect();
        assert_eq!(unknown.len(), 1, "{id}: {errata:?}");
        assert!(unknown.iter().all(|erratum| erratum.message.contains(&format!("no such id as {id} "))));
        let span = unknown.first().unwrap().places.iter().find_map(|place| place.span).unwrap();
        assert_eq!(report.get(span.start..span.end), Some(id));
    }
    for known in
        ["API10:2023", "API1:2019", "CWE-639", "M1054", "CAPEC-62", "CAPEC-1000", "T1190.", "the road M4000x"]
    {
        assert!(!kinds(&format!("{hole} It is {known}.")).contains(&UnknownId), "{known}");
    }
    assert!(!kinds("The lorry on the M4000 lost 9,000 records of the API.").contains(&UnknownId));
}
