//! What holds of every output, over the open corpus and the founding report.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use intel::{Intel, Status};
use proptest::prelude::*;
use serde_json::Value;
use stix::{EVIDENCE_EXTENSION, Known, Options, SigmaRule, Tlp, unproven};

/// Every open report of the corpus, and the founding one where it is there.
fn reports() -> Vec<(String, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = ["../intel/tests/corpus", "../intel/tests/reports"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(here.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.to_string_lossy().contains(".expected."))
        .filter(|path| !path.ends_with("README.md") && !path.ends_with("check-labels.py"))
        .collect();
    let founding = here.join("../../../shared/reports/phone-preorder-leak.txt");
    if founding.exists() {
        paths.push(founding);
    } else {
        eprintln!("left out: {} is not there", founding.display());
    }
    paths.sort();
    paths
        .iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect()
}

fn read(name: &str, report: &[u8]) -> Intel {
    intel::understand(report, name).unwrap()
}

fn objects(bundle: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(bundle).unwrap()["objects"].as_array().unwrap().clone()
}

fn kinds(bundle: &str) -> BTreeSet<String> {
    objects(bundle).iter().map(|object| object["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_report_gives_a_bundle_of_which_every_statement_has_its_place() {
    let reports = reports();
    assert!(reports.len() >= 40, "{}", reports.len());
    for (name, report) in &reports {
        let intel = read(name, report);
        let bundle = stix::bundle(&intel, report, &Options::default()).unwrap();
        assert_eq!(unproven(&bundle, report), [], "{name}");
        assert_eq!(kinds(&bundle).contains("incident"), intel.is_incident, "{name}");
        if let Some(flow) = stix::attack_flow(&intel, report, &Options::default()).unwrap() {
            assert_eq!(unproven(&flow, report), [], "{name}");
            assert!(intel.is_incident, "{name}");
        }
    }
}

#[test]
fn the_same_report_gives_the_same_bytes_and_sorted_objects() {
    for (name, report) in reports().iter().take(8) {
        let intel = read(name, report);
        let make = || {
            let options = Options::default();
            let flow = stix::attack_flow(&intel, report, &options).unwrap();
            (stix::bundle(&intel, report, &options).unwrap(), stix::navigator(&intel, report), flow)
        };
        assert_eq!(make(), make(), "{name}");
        let ids: Vec<String> =
            objects(&make().0).iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect();
        assert!(ids.is_sorted(), "{name}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}");
    }
}

#[test]
fn only_what_the_report_asserts_is_used_and_the_confidence_says_how_it_stands() {
    for (name, report) in &reports() {
        let intel = read(name, report);
        let bundle = stix::bundle(&intel, report, &Options::default()).unwrap();
        let objects = objects(&bundle);
        let used: BTreeSet<String> = objects
            .iter()
            .filter(|object| object["relationship_type"] == "uses")
            .map(|uses| {
                let extension = &uses["extensions"][EVIDENCE_EXTENSION];
                let stated = extension["status"] == "stated";
                assert!(stated || extension["status"] == "claimed", "{name}");
                assert_eq!(uses["confidence"], if stated { 85 } else { 50 }, "{name}");
                assert_eq!(extension["provenance"], "report", "{name}");
                let target = objects.iter().find(|object| object["id"] == uses["target_ref"]).unwrap();
                target["external_references"][0]["external_id"].as_str().unwrap().to_owned()
            })
            .collect();
        let asserted: BTreeSet<String> = intel
            .techniques
            .iter()
            .filter(|claim| claim.status.is_asserted() && intel.is_incident)
            .map(|claim| claim.id.clone())
            .collect();
        assert_eq!(used, asserted, "{name}");
    }
}

#[test]
fn techniques_have_mitres_ids_and_a_version_that_mitres_own_takes_the_place_of() {
    let report = b"Researchers found that the API asked for no authentication. T1190 - Exploit Public-Facing Application: they downloaded 5,000 customer records.";
    let bundle = stix::bundle(&read("r.txt", report), report, &Options::default()).unwrap();
    let objects = objects(&bundle);
    let technique =
        objects.iter().find(|object| object["external_references"][0]["external_id"] == "T1190").unwrap();
    assert_eq!(technique["id"], "attack-pattern--3f886f2a-874f-4333-b794-aa6075009b1c");
    assert_eq!(technique["modified"], stix::UNDATED);
    assert_eq!(technique["kill_chain_phases"][0]["phase_name"], "initial-access");
    assert!(technique.get("extensions").is_none(), "evidence belongs to what is said of it");
}

#[test]
fn time_is_the_reports_own_else_what_is_given_else_the_documented_instant() {
    let dated = b"Published 2031-05-17\n\nThe API asked for no authentication. A researcher downloaded 5,000 records.";
    let undated = b"The API asked for no authentication. A researcher downloaded 5,000 records.";
    let given = Options { published: stix::published("2030-01-02").ok(), ..Options::default() };
    let published = |report: &[u8], options: &Options| {
        let bundle = stix::bundle(&read("r.txt", report), report, options).unwrap();
        let objects = objects(&bundle);
        let report = objects.iter().find(|object| object["type"] == "report").unwrap();
        assert_eq!(report["created"], report["published"]);
        report["published"].as_str().unwrap().to_owned()
    };
    assert_eq!(published(dated, &given), "2031-05-17T00:00:00.000Z");
    assert_eq!(published(undated, &given), "2030-01-02T00:00:00.000Z");
    assert_eq!(published(undated, &Options::default()), stix::UNDATED);
}

#[test]
fn everything_about_the_report_carries_the_marking_and_another_marking_has_other_ids() {
    let report = b"The API asked for no authentication. A researcher downloaded 5,000 records.";
    let intel = read("r.txt", report);
    let mut seen = BTreeSet::new();
    for tlp in Tlp::ALL {
        let bundle = stix::bundle(&intel, report, &Options { tlp, ..Options::default() }).unwrap();
        for object in objects(&bundle) {
            if object["extensions"].get(EVIDENCE_EXTENSION).is_some() {
                assert_eq!(object["object_marking_refs"], serde_json::json!([tlp.marking()]));
                assert!(seen.insert(object["id"].as_str().unwrap().to_owned()), "{object}");
            }
        }
    }
}

#[test]
fn a_rule_becomes_an_indicator_that_indicates_its_techniques() {
    let report = b"The API asked for no authentication. A researcher downloaded 5,000 records.";
    let intel = read("r.txt", report);
    let rules = vec![SigmaRule {
        title: "Many pages".into(),
        description: "One client reads page after page.".into(),
        text: "title: Many pages\n".into(),
        techniques: vec!["T1119".into()],
        spans: vec![intel.frames[0].span],
    }];
    let bundle = stix::bundle(&intel, report, &Options { rules, ..Options::default() }).unwrap();
    assert_eq!(unproven(&bundle, report), []);
    let objects = objects(&bundle);
    let rule = objects.iter().find(|object| object["pattern_type"] == "sigma").unwrap();
    assert_eq!(rule["pattern"], "title: Many pages\n");
    assert!(
        objects.iter().any(|one| one["relationship_type"] == "indicates" && one["source_ref"] == rule["id"])
    );
}

#[test]
fn observables_of_the_attack_are_objects_with_the_ids_of_stix_and_examples_are_not() {
    let report = b"On 2031-05-17 the attacker downloaded 5,000 records with names from the API, which asked for no authentication.\n\nIndicators of compromise\n\n198[.]51[.]100[.]7\nhxxps://leak[.]example[.]net/dump'] OR [file:name = 'x\n";
    let intel = read("r.txt", report);
    let used: Vec<_> =
        intel.observables.iter().filter(|seen| seen.role == intel::ObservableRole::Indicator).collect();
    assert!(!used.is_empty(), "{:?}", intel.observables);
    let bundle = stix::bundle(&intel, report, &Options::default()).unwrap();
    assert_eq!(unproven(&bundle, report), []);
    let objects = objects(&bundle);
    let address = objects.iter().find(|object| object["type"] == "ipv4-addr").unwrap();
    // python: uuid5(00abedb4-aa42-466c-9c01-fed23315a9b7, '{"value":"198.51.100.7"}')
    assert_eq!(address["id"], "ipv4-addr--12592121-be4c-5a93-a813-5a5af16e50db");
    for indicator in objects.iter().filter(|object| object["type"] == "indicator") {
        assert!(!indicator["pattern"].as_str().unwrap().contains("] OR ["), "{indicator}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let payloads = [
        "permit(principal, action, resource);",
        "<script>alert(1)</script>",
        "\"}],\"x\":[{\"type\":\"malware\"",
        "']; [file:name = '",
        "!!python/object/apply:os.system",
        "=cmd|' /C calc'!A0",
        "\u{202e}\u{0000}\u{feff}",
    ];
    for payload in payloads {
        let report = format!(
            "{payload} Breach\n\nResearchers at {payload} Corp found that the Shop{payload} API asked for no authentication. An attacker downloaded 5,000 records with names from /api/{payload}/users. Hunt for /api/v[1-9]/{payload}."
        );
        let Ok(intel) = intel::understand(report.as_bytes(), "r.txt") else { continue };
        let bundle = stix::bundle(&intel, report.as_bytes(), &Options::default()).unwrap();
        assert_eq!(unproven(&bundle, report.as_bytes()), [], "{payload}");
        assert!(!kinds(&bundle).contains("malware"), "{payload}");
        let layer: Value = serde_json::from_str(&stix::navigator(&intel, report.as_bytes())).unwrap();
        assert_eq!(layer["versions"]["layer"], "4.5");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_text_breaks_a_bundle(text in "\\PC{0,300}") {
        let report = format!("The API asked for no authentication. {text}. An attacker downloaded 5,000 records.");
        let intel = intel::understand(report.as_bytes(), "r.txt").unwrap();
        let bundle = stix::bundle(&intel, report.as_bytes(), &Options::default()).unwrap();
        prop_assert_eq!(unproven(&bundle, report.as_bytes()), []);
        stix::attack_flow(&intel, report.as_bytes(), &Options::default()).unwrap();
    }
}

#[test]
fn what_the_report_does_not_say_is_found_unproven() {
    let report = b"The API asked for no authentication. A researcher downloaded 5,000 records with names.";
    let bundle = stix::bundle(&read("r.txt", report), report, &Options::default()).unwrap();
    let tampered = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut value: Value = serde_json::from_str(&bundle).unwrap();
        change(value["objects"].as_array_mut().unwrap());
        unproven(&value.to_string(), report)
    };
    assert_eq!(tampered(&|_| {}), []);
    let incident =
        |objects: &mut Vec<Value>| objects.iter().position(|object| object["type"] == "incident").unwrap();
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Vec<Value>));
    let changes: [Change<'_>; 5] = [
        ("say something else", &|objects| {
            let at = incident(objects);
            objects[at]["extensions"][EVIDENCE_EXTENSION]["facts"][0]["evidence"][0]["quote"] =
                "9,000".into();
        }),
        ("say something else", &|objects| {
            let at = incident(objects);
            objects[at]["extensions"][EVIDENCE_EXTENSION]["evidence"][0]["start"] = 1.into();
        }),
        ("no place in the report", &|objects| {
            let at = incident(objects);
            objects[at]["extensions"][EVIDENCE_EXTENSION]["evidence"][0]["end"] = 9_999.into();
        }),
        ("no evidence", &|objects| {
            let at = incident(objects);
            objects[at]["extensions"][EVIDENCE_EXTENSION]["evidence"] = Value::Array(Vec::new());
        }),
        ("nothing with evidence leads to it", &|objects| {
            objects.push(serde_json::json!({
                "type": "malware", "id": "malware--3f886f2a-874f-4333-b794-aa6075009b1c", "name": "Invented",
            }));
        }),
    ];
    for (what, change) in changes {
        let faults = tampered(change);
        assert!(faults.iter().any(|fault| fault.what.contains(what)), "{what}: {faults:?}");
    }
}

#[test]
fn the_layer_says_of_each_technique_how_it_stands_in_the_words_of_the_report() {
    for (name, report) in &reports() {
        let intel = read(name, report);
        let layer: Value = serde_json::from_str(&stix::navigator(&intel, report)).unwrap();
        let annotations = layer["techniques"].as_array().unwrap();
        assert!(annotations.len() >= intel.techniques.len(), "{name}");
        for claim in &intel.techniques {
            let of: Vec<_> =
                annotations.iter().filter(|one| one["techniqueID"] == claim.id.as_str()).collect();
            assert_eq!(of.len(), 1, "{name} {}", claim.id);
            let comment = of[0]["comment"].as_str().unwrap();
            let span = claim.spans.iter().min().unwrap();
            assert!(comment.contains(&format!("(bytes {}-{})", span.start, span.end)), "{name}");
            let red = of[0]["color"] == "#c0392b";
            assert_eq!(red, claim.status == Status::Stated, "{name} {}", claim.id);
        }
    }
}

#[test]
fn a_flow_starts_with_what_made_it_possible_and_leaves_out_what_was_not_told() {
    let report = b"The API asked for no authentication. Researchers exploited it (T1190) and a script downloaded 5,000 customer records (T1020). Phishing (T1566) may follow.";
    let intel = read("r.txt", report);
    let flow = stix::attack_flow(&intel, report, &Options::default()).unwrap().unwrap();
    let objects = objects(&flow);
    let flows: Vec<_> = objects.iter().filter(|object| object["type"] == "attack-flow").collect();
    assert_eq!(flows.len(), 1);
    let start = flows[0]["start_refs"][0].as_str().unwrap();
    assert!(start.starts_with("attack-condition--"), "{start}");
    let action = |id: &str| objects.iter().find(|object| object["technique_id"] == id);
    let condition = objects.iter().find(|object| object["id"] == start).unwrap();
    assert_eq!(condition["on_true_refs"][0], action("T1190").unwrap()["id"]);
    assert_eq!(action("T1190").unwrap()["effect_refs"][0], action("T1020").unwrap()["id"]);
    assert!(action("T1566").is_none());
    let advice = b"APIs should ask for authentication. Attackers may use T1190.";
    assert_eq!(stix::attack_flow(&read("a.txt", advice), advice, &Options::default()).unwrap(), None);
}

#[test]
fn the_nearest_earlier_report_is_named_with_what_is_shared_and_nobody_is_accused() {
    let of = |name: &str, report: &str| {
        let bundle =
            stix::bundle(&read(name, report.as_bytes()), report.as_bytes(), &Options::default()).unwrap();
        Known::read(name, &bundle).unwrap()
    };
    let this = of(
        "this",
        "The API asked for no authentication (T1190). An attacker downloaded 5,000 records with names and email addresses.",
    );
    let near = of(
        "near",
        "An API at the bank asked for no authentication (T1190). An attacker downloaded 70 records with names and phone numbers.",
    );
    let far = of(
        "far",
        "Attackers logged in with passwords from other breaches. They saw the messages of 300 users.",
    );
    let told = stix::correlate(&this, &[far.clone(), near.clone(), this.clone()], &[]);
    assert_eq!(told.compared, 2, "a report is not compared with itself");
    assert_eq!(told.nearest[0].name, "near");
    assert!(told.nearest[0].shared.contains(&"technique T1190".to_owned()), "{told:?}");
    assert!(told.nearest[0].shared.contains(&"data name".to_owned()), "{told:?}");
    let (shared, mine, theirs) = (told.nearest[0].shared.len(), this.facts.len(), near.facts.len());
    assert_eq!(told.nearest[0].per_mille, shared * 1000 / (mine + theirs - shared));
    let context = told.context.iter().find(|context| context.technique == "T1190").unwrap();
    assert!(context.used_by.iter().any(|actor| actor.starts_with('G')), "{context:?}");
    assert!(told.says.contains("no attribution"));
    assert!(stix::correlate(&this, &[], &[]).nearest.is_empty());
}
