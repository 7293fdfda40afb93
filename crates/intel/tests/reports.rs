//! Reports in many styles, written for this test from public facts: what each asserts, and no more.
//!
//! They served while the rules were written; what the rules are worth on others is measured elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::print_stderr,
    reason = "tests"
)]

use intel::{Amount, EntityRole, Intel, NotificationState as N, NumberRole as R, Status};

struct Expected {
    report: &'static str,
    is_incident: bool,
    techniques: &'static [&'static str],
    owasp: &'static [&'static str],
    numbers: &'static [(u64, R)],
    exposed: &'static [&'static str],
    spared: &'static [&'static str],
    victim: Option<&'static str>,
    notification: N,
}

const REPORTS: &[Expected] = &[
    Expected {
        report: "optus.txt",
        is_incident: true,
        techniques: &["T1190", "T1657"],
        owasp: &["API5:2023"],
        numbers: &[(9_800_000, R::Accessed), (10_200, R::Accessed)],
        exposed: &["name", "email", "phone", "postal-address", "birth-date", "government-id"],
        spared: &["payment", "credential"],
        victim: Some("Optus"),
        notification: N::Done,
    },
    Expected {
        report: "tmobile.txt",
        is_incident: true,
        techniques: &["T1190"],
        owasp: &[],
        numbers: &[(37_000_000, R::Accessed)],
        exposed: &["name", "email", "phone", "postal-address", "birth-date", "account"],
        spared: &["government-id", "payment", "credential"],
        victim: Some("T-Mobile US"),
        notification: N::Done,
    },
    Expected {
        report: "peloton.md",
        is_incident: true,
        techniques: &["T1190"],
        owasp: &["API1:2023", "API5:2023"],
        numbers: &[(3_000_000, R::Exist)],
        exposed: &["health", "location", "demographic"],
        spared: &[],
        victim: Some("Peloton"),
        notification: N::Unmentioned,
    },
    Expected {
        report: "usps.html",
        is_incident: true,
        techniques: &["T1190"],
        owasp: &["API1:2023", "API2:2023"],
        numbers: &[(60_000_000, R::Exposed)],
        exposed: &["email", "phone", "postal-address", "account"],
        spared: &["government-id", "payment"],
        victim: Some("Postal Service"),
        notification: N::Unmentioned,
    },
    Expected {
        report: "trello.txt",
        is_incident: true,
        techniques: &["T1119", "T1589.002"],
        owasp: &["API4:2023", "API5:2023"],
        numbers: &[(15_115_516, R::Accessed)],
        exposed: &["name", "email", "account"],
        spared: &["credential"],
        victim: Some("Trello"),
        notification: N::Unmentioned,
    },
    Expected {
        report: "dell.txt",
        is_incident: true,
        techniques: &["T1119", "T1190", "T1585"],
        owasp: &["API4:2023"],
        numbers: &[(49_000_000, R::Accessed), (5_000, R::Requests)],
        exposed: &["name", "postal-address", "order"],
        spared: &["email", "phone", "payment", "financial"],
        victim: Some("Dell"),
        notification: N::Done,
    },
    Expected {
        report: "stuffing.txt",
        is_incident: true,
        techniques: &["T1078", "T1110.004", "T1119"],
        owasp: &["API2:2023"],
        numbers: &[(6_900_000, R::Accessed), (14_000, R::Accessed)],
        exposed: &["name", "birth-date", "location", "biometric", "account"],
        spared: &[],
        victim: Some("23andMe"),
        notification: N::Done,
    },
    Expected {
        report: "scooter.txt",
        is_incident: true,
        techniques: &["T1190"],
        owasp: &["API1:2023"],
        numbers: &[(200, R::Requests), (850_000, R::Exist)],
        exposed: &["name", "phone", "location"],
        spared: &["payment"],
        victim: Some("electric scooter rental firm"),
        notification: N::Done,
    },
    Expected {
        report: "leaked-key.txt",
        is_incident: true,
        techniques: &["T1078", "T1552.001"],
        owasp: &[],
        numbers: &[
            (48_211, R::Requests),
            (100, R::PerCall),
            (1_930_442, R::Accessed),
            (611_000, R::Accessed),
        ],
        exposed: &["name", "email", "postal-address", "order"],
        spared: &["payment", "credential"],
        victim: None,
        notification: N::Done,
    },
    Expected {
        report: "call-centre.txt",
        is_incident: true,
        techniques: &["T1078", "T1566.004"],
        owasp: &[],
        numbers: &[(2_100_000, R::Accessed)],
        exposed: &["name", "postal-address", "birth-date", "device"],
        spared: &["message"],
        victim: Some("operator"),
        notification: N::Unmentioned,
    },
    Expected {
        report: "dating.txt",
        is_incident: true,
        techniques: &["T1119", "T1190"],
        owasp: &["API3:2023", "API4:2023"],
        numbers: &[(3, R::Requests), (1_200_000, R::Accessed)],
        exposed: &["birth-date", "location", "photo", "device"],
        spared: &["message"],
        victim: Some("company"),
        notification: N::Unmentioned,
    },
    Expected {
        report: "portal.txt",
        is_incident: true,
        techniques: &["T1119", "T1190"],
        owasp: &["API4:2023", "API5:2023", "API9:2023"],
        numbers: &[(31_500, R::Accessed)],
        exposed: &["document"],
        spared: &["health"],
        victim: Some("university"),
        notification: N::Done,
    },
    Expected {
        report: "graphql.txt",
        is_incident: true,
        techniques: &["T1119", "T1190"],
        owasp: &["API5:2023"],
        numbers: &[(1_400_000, R::Exposed), (500, R::PerCall)],
        exposed: &["name", "birth-date", "government-id", "health"],
        spared: &["credential"],
        victim: Some("clinic"),
        notification: N::Done,
    },
    Expected {
        report: "notice.txt",
        is_incident: true,
        techniques: &["T1078"],
        owasp: &[],
        numbers: &[(12_480, R::Accessed)],
        exposed: &[],
        spared: &["payment"],
        victim: None,
        notification: N::Done,
    },
    Expected {
        report: "vendor-advisory.md",
        is_incident: false,
        techniques: &[],
        owasp: &[],
        numbers: &[],
        exposed: &[],
        spared: &[],
        victim: None,
        notification: N::Unmentioned,
    },
    Expected {
        report: "guide.txt",
        is_incident: false,
        techniques: &[],
        owasp: &[],
        numbers: &[],
        exposed: &[],
        spared: &[],
        victim: None,
        notification: N::Unmentioned,
    },
];

fn read(name: &str) -> (Vec<u8>, Intel) {
    let bytes = std::fs::read(format!("{}/tests/reports/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let intel = intel::understand(&bytes, name).unwrap();
    (bytes, intel)
}

#[test]
fn each_report_asserts_what_it_says_and_no_more() {
    let mut faults: Vec<String> = Vec::new();
    for expected in REPORTS {
        let name = expected.report;
        let (_, intel) = read(name);
        differ(&mut faults, name, &intel.is_incident, &expected.is_incident);
        let techniques: Vec<&str> = intel
            .techniques
            .iter()
            .filter(|claim| claim.status.is_asserted())
            .map(|claim| claim.id.as_str())
            .collect();
        differ(&mut faults, name, &techniques, &expected.techniques);
        let owasp: Vec<&str> = intel
            .owasp
            .iter()
            .filter(|claim| claim.status.is_asserted())
            .map(|claim| claim.id.as_str())
            .collect();
        differ(&mut faults, name, &owasp, &expected.owasp);
        let numbers: Vec<(u64, R)> = intel
            .numbers
            .iter()
            .filter(|number| number.role != R::Other)
            .filter_map(|number| match number.value {
                Amount::Whole(value) => Some((value, number.role)),
                Amount::Decimal(_) => None,
            })
            .collect();
        differ(&mut faults, name, &numbers, &expected.numbers);
        let words = |claims: &[intel::ClassClaim]| -> Vec<String> {
            claims
                .iter()
                .filter(|claim| claim.status.is_asserted())
                .map(|claim| claim.class.word().to_owned())
                .collect()
        };
        differ(&mut faults, name, &words(&intel.data_classes_exposed), &expected.exposed);
        differ(&mut faults, name, &words(&intel.data_classes_not_exposed), &expected.spared);
        let victim = intel
            .entities
            .iter()
            .find(|entity| entity.role == EntityRole::Victim)
            .map(|entity| entity.name.as_str());
        differ(&mut faults, name, &victim, &expected.victim);
        differ(&mut faults, name, &intel.notification.state, &expected.notification);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn differ(
    faults: &mut Vec<String>,
    name: &str,
    said: &impl std::fmt::Debug,
    expected: &impl std::fmt::Debug,
) {
    let (said, expected) = (format!("{said:?}"), format!("{expected:?}"));
    if said != expected {
        faults.push(format!("{name}: {said}\n  expected {expected}"));
    }
}

/// Every span of an object, wherever it stands.
/// Lists whose items are no claims, or have their place under another name (`span`, `places`).
const PLACED_OTHERWISE: [&str; 6] =
    ["knowledge", "is_incident_because", "frames", "statements", "dropped", "errata"];

fn spans(value: &serde_json::Value, found: &mut Vec<(u64, u64)>) {
    match value {
        serde_json::Value::Object(map) => {
            if let (Some(start), Some(end)) =
                (map.get("start").and_then(|at| at.as_u64()), map.get("end").and_then(|at| at.as_u64()))
            {
                found.push((start, end));
            }
            map.values().for_each(|value| spans(value, found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| spans(value, found)),
        _ => {}
    }
}

#[test]
fn every_claim_has_a_place_and_every_place_is_in_the_report() {
    for expected in REPORTS {
        let (bytes, intel) = read(expected.report);
        let value = serde_json::to_value(&intel).unwrap();
        let mut found = Vec::new();
        spans(&value, &mut found);
        assert!(
            found.iter().all(|(start, end)| start < end && *end <= bytes.len() as u64),
            "{}",
            expected.report
        );
        // Every list of claims: each claim has a place. A list that has none for good is named.
        let lists = value.as_object().unwrap().iter().filter_map(|(key, list)| Some((key, list.as_array()?)));
        for (list, claims) in lists.filter(|(key, _)| !PLACED_OTHERWISE.contains(&key.as_str())) {
            for claim in claims {
                assert!(
                    claim["spans"].as_array().is_some_and(|spans| !spans.is_empty()),
                    "{} {list} {claim}",
                    expected.report
                );
            }
        }
        for number in &intel.numbers {
            // The words at the place hold the number.
            let said =
                String::from_utf8_lossy(&bytes[number.spans[0].start..number.spans[0].end]).into_owned();
            assert!(said.chars().any(|letter| letter.is_alphanumeric()), "{said}");
        }
    }
}

#[test]
fn the_object_reads_back_and_is_the_same_every_time() {
    for expected in REPORTS {
        let (bytes, intel) = read(expected.report);
        let text = serde_json::to_string(&intel).unwrap();
        assert_eq!(serde_json::from_str::<Intel>(&text).unwrap(), intel, "{}", expected.report);
        let again = intel::understand(&bytes, expected.report).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text, "{}", expected.report);
    }
}

#[test]
fn a_thousand_runs_give_one_object() {
    use sha2::{Digest, Sha256};
    let bytes = std::fs::read(format!("{}/tests/reports/notice.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let hashes: std::collections::BTreeSet<_> = (0..1_000)
        .map(|_| {
            Sha256::digest(serde_json::to_vec(&intel::understand(&bytes, "notice.txt").unwrap()).unwrap())
        })
        .collect();
    assert_eq!(hashes.len(), 1);
}

#[test]
fn names_of_incidents_do_not_matter() {
    let (bytes, intel) = read("optus.txt");
    let renamed = String::from_utf8(bytes).unwrap().replace("Optus", "Examplia");
    let other = intel::understand(renamed.as_bytes(), "optus.txt").unwrap();
    let ids = |intel: &Intel| -> Vec<(String, Status)> {
        intel.techniques.iter().map(|claim| (claim.id.clone(), claim.status)).collect()
    };
    assert_eq!(ids(&intel), ids(&other));
    assert!(
        other.entities.iter().any(|entity| entity.role == EntityRole::Victim && entity.name == "Examplia")
    );
}
