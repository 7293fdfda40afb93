//! The committed tables are whole, sorted as the look-ups need them, and lead nowhere that is not there.

use catalog::{attack, cwe, d3fend};

const TABLES: [(&str, &str, usize); 8] = [
    ("attack-techniques", include_str!("../data/attack-techniques.tsv"), 7),
    ("attack-tactics", include_str!("../data/attack-tactics.tsv"), 4),
    ("attack-mitigations", include_str!("../data/attack-mitigations.tsv"), 3),
    ("attack-actors", include_str!("../data/attack-actors.tsv"), 3),
    ("d3fend-techniques", include_str!("../data/d3fend-techniques.tsv"), 6),
    ("d3fend-artifacts", include_str!("../data/d3fend-artifacts.tsv"), 3),
    ("d3fend-attack", include_str!("../data/d3fend-attack.tsv"), 2),
    ("cwe", include_str!("../data/cwe.tsv"), 5),
];

#[test]
fn every_row_has_all_its_cells() {
    for (name, text, cells) in TABLES {
        for line in text.lines() {
            assert_eq!(line.split('\t').count(), cells, "{name}: {line}");
        }
        assert!(text.ends_with('\n') && text.lines().count() > 1, "{name}");
    }
}

#[test]
fn tables_are_sorted_by_what_they_are_searched_by() {
    assert!(attack::techniques().is_sorted_by(|left, right| left.id < right.id));
    assert!(attack::mitigations().is_sorted_by(|left, right| left.id < right.id));
    assert!(attack::actors().is_sorted_by(|left, right| left.id < right.id));
    assert!(d3fend::techniques().is_sorted_by(|left, right| left.id < right.id));
    assert!(cwe::weaknesses().is_sorted_by(|left, right| left.number < right.number));
    assert_ne!(cwe::weaknesses()[0].number, 0);
    let keys = |nth: usize| TABLES[nth].1.lines().map(|line| line.split('\t').next().unwrap());
    assert!(keys(5).is_sorted_by(|left, right| left < right), "artifacts");
    assert!(keys(6).is_sorted_by(|left, right| left < right), "techniques as D3FEND links them");
}

/// The members of a list cell.
fn members(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').filter(|member| !member.is_empty())
}

#[test]
fn every_link_leads_to_a_row() {
    for line in TABLES[0].1.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        assert!(cells[3] != "revoked" || attack::technique(cells[4]).is_some(), "{line}");
        assert!(members(cells[5]).all(|id| attack::tactic(id).is_some()), "{line}");
        assert!(members(cells[6]).all(|id| attack::mitigation(id).is_some()), "{line}");
    }
    for actor in attack::actors() {
        assert!(actor.techniques().all(|id| attack::technique(id).is_some()), "{}", actor.id);
    }
    for (table, column) in [(4, 5), (6, 1)] {
        for line in TABLES[table].1.lines() {
            let cell = line.split('\t').nth(column).unwrap();
            for link in members(cell) {
                let (verb, artifact) = link.split_once(' ').unwrap();
                assert!(!verb.is_empty() && d3fend::artifact(artifact).is_some(), "{line}");
            }
        }
    }
    for line in TABLES[6].1.lines() {
        assert!(attack::technique(line.split('\t').next().unwrap()).is_some(), "{line}");
    }
    for line in TABLES[7].1.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let known = |number: &str| number.parse().ok().and_then(cwe::weakness).is_some();
        assert!(members(cells[3]).all(known), "{line}");
    }
}

#[test]
fn a_current_technique_has_tactics_a_name_and_an_id_of_mitres() {
    for technique in attack::techniques() {
        assert!(!technique.name.is_empty(), "{}", technique.id);
        assert_eq!(technique.stix_id().len(), "attack-pattern--".len() + 36, "{}", technique.id);
        if technique.status == attack::Status::Current {
            assert!(technique.tactics().count() > 0, "{}", technique.id);
            assert!(!technique.id.contains('.') || technique.parent().is_some(), "{}", technique.id);
        }
    }
}

#[test]
fn every_revoked_id_ends_at_a_current_technique() {
    for technique in attack::techniques() {
        let gone = attack::current(technique.id).is_none();
        assert_eq!(gone, technique.status == attack::Status::Deprecated, "{}", technique.id);
    }
}

#[test]
fn what_is_embedded_is_what_the_manifest_says() {
    for (name, text, _) in TABLES {
        let row =
            catalog::MANIFEST.lines().find_map(|line| line.strip_prefix(&format!("{name}.tsv\t"))).unwrap();
        let mut cells = row.split('\t');
        assert_eq!(cells.next().unwrap(), text.lines().count().to_string(), "{name}");
        assert_eq!(cells.next().unwrap(), text.len().to_string(), "{name}");
    }
}

/// The licences ask for their own text and MITRE's copyright designation in every copy.
#[test]
fn the_terms_of_the_sources_stand_beside_the_tables() {
    let notice = include_str!("../NOTICE");
    let designation = "(c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.";
    assert!(notice.contains(designation));
    assert!(include_str!("../../../NOTICE").contains(designation));
    for (terms, words) in [
        (include_str!("../data/LICENSE-ATTACK-CAPEC.txt"), "to use ATT&CK"),
        (include_str!("../data/LICENSE-ATTACK-CAPEC.txt"), "(CAPEC"),
        (include_str!("../data/LICENSE-CWE.txt"), "royalty-free license to use\nCWE"),
        (include_str!("../data/LICENSE-D3FEND.md"), "MIT License"),
    ] {
        assert!(terms.contains(words), "{words}");
    }
}
