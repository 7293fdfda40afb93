//! The doc comment of each detector is its page in the catalogue.

use detect::DetectorId;

const PAGES: [(DetectorId, &str); 13] = [
    (DetectorId::SequentialIds, include_str!("../../src/detectors/sequential_ids.rs")),
    (DetectorId::NewObjects, include_str!("../../src/detectors/new_objects.rs")),
    (DetectorId::PageWalk, include_str!("../../src/detectors/page_walk.rs")),
    (DetectorId::Bulk, include_str!("../../src/detectors/bulk.rs")),
    (DetectorId::MissStorm, include_str!("../../src/detectors/miss_storm.rs")),
    (DetectorId::AnonymousData, include_str!("../../src/detectors/anonymous_data.rs")),
    (DetectorId::Foreign, include_str!("../../src/detectors/foreign.rs")),
    (DetectorId::Volume, include_str!("../../src/detectors/volume.rs")),
    (DetectorId::EndpointSweep, include_str!("../../src/detectors/endpoint_sweep.rs")),
    (DetectorId::SurfaceScan, include_str!("../../src/detectors/surface_scan.rs")),
    (DetectorId::SessionMinting, include_str!("../../src/detectors/session_minting.rs")),
    (DetectorId::Automation, include_str!("../../src/detectors/automation.rs")),
    (DetectorId::Canary, include_str!("../../src/detectors/canary.rs")),
];

/// The lines of a file's doc comment, one heading level deeper and without line breaks inside a
/// paragraph.
fn page(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let mut page = String::new();
    for line in lines {
        if let Some(heading) = line.strip_prefix("# ") {
            page += &format!("#### {heading}\n\n");
        } else if line.is_empty() {
            page.push_str("\n\n");
        } else {
            if !page.is_empty() && !page.ends_with('\n') {
                page.push(' ');
            }
            page.push_str(line);
        }
    }
    page
}

#[test]
fn every_page_says_what_it_sees_and_misses() {
    assert_eq!(PAGES.map(|(id, _)| id), DetectorId::ALL);
    for (id, source) in PAGES {
        let page = page(source);
        let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("#### ")).collect();
        assert_eq!(headings, ["Sees", "Misses", "Evidence", "Error budget", "References"], "{id}");
        let references = page.rsplit("#### References").next().unwrap();
        for kind in ["OWASP API", "ATT&CK T", "D3FEND D3-"] {
            assert!(references.contains(kind), "{id} names no {kind}");
        }
    }
}

#[test]
fn the_manual_holds_every_page_as_it_stands() {
    let manual = include_str!("../../../../docs/detect.md");
    for (id, source) in PAGES {
        let section = format!("### {id}\n\n{}\n", page(source));
        println!("{section}");
        assert!(manual.contains(&section), "docs/detect.md lacks the page of {id} as it stands");
    }
}

/// The ids that pages name, held against the facts beside the project where they are there.
#[test]
fn every_technique_and_countermeasure_that_a_page_names_exists() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let read = |name: &str| std::fs::read_to_string(data.join(name));
    let (Ok(attack), Ok(d3fend)) = (read("attack/techniques.jsonl"), read("d3fend/d3fend-protege.ttl"))
    else {
        println!("no data at {}: the ids are not held against it", data.display());
        return;
    };
    for (id, source) in PAGES {
        let page = page(source);
        let words = page.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
        for word in words.map(|word| word.trim_end_matches('.')) {
            let is_technique = word.len() >= 5
                && word
                    .strip_prefix('T')
                    .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
            assert!(!is_technique || attack.contains(&format!("\"id\": \"{word}\"")), "{id}: {word}");
            assert!(!word.starts_with("D3-") || d3fend.contains(&format!("\"{word}\"")), "{id}: {word}");
        }
    }
}
