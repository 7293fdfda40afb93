//! The doc comment of each detector is its page in the catalogue.

use detect::DetectorId;

use crate::world::manual_holds;

const PAGES: [(DetectorId, &str); 14] = [
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
    (DetectorId::SpentBudget, include_str!("../../src/detectors/spent_budget.rs")),
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
    let pages: Vec<_> = PAGES.iter().map(|(id, source)| format!("### {id}\n\n{}\n", page(source))).collect();
    manual_holds("pages", &pages.join("\n"));
}

/// An id of ATT&CK is `T` with four digits and perhaps three more; one of D3FEND `D3-` with capitals.
#[test]
fn the_ids_that_a_page_names_have_their_form() {
    let digits = |text: &str, many: usize| text.len() == many && text.bytes().all(|b| b.is_ascii_digit());
    for (id, source) in PAGES {
        let page = page(source);
        let references = page.rsplit("#### References").next().unwrap();
        for word in references.split([' ', ',', '\n']).map(|word| word.trim_end_matches('.')) {
            if let Some(rest) = word.strip_prefix('T') {
                let (whole, part) = rest.split_once('.').unwrap_or((rest, "000"));
                assert!(digits(whole, 4) && digits(part, 3), "{id}: {word}");
            } else if let Some(rest) = word.strip_prefix("D3-") {
                assert!(rest.len() >= 2 && rest.bytes().all(|b| b.is_ascii_uppercase()), "{id}: {word}");
            } else if let Some(rest) = word.strip_prefix("API") {
                let (number, year) = rest.split_once(':').unwrap();
                assert!((1..=10).contains(&number.parse::<u8>().unwrap()) && year == "2023", "{id}: {word}");
            }
        }
    }
}
