//! The rule pack: every file is embedded, loads without a word, and does on its samples what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sigma::{File, PACK, Rules, sample, shipped};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

#[test]
fn every_file_below_rules_is_embedded_with_its_samples() {
    let mut there = BTreeSet::new();
    for folder in std::fs::read_dir(root()).unwrap() {
        let folder = folder.unwrap().path();
        for file in std::fs::read_dir(&folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            there.insert(format!("rules/{}/{name}", folder.file_name().unwrap().to_str().unwrap()));
        }
    }
    let embedded = PACK.iter().flat_map(|one| {
        let stem = one.name.strip_suffix(".yml").unwrap();
        [one.name.to_owned(), format!("{stem}.fires.ndjson"), format!("{stem}.silent.ndjson")]
    });
    assert_eq!(there, embedded.collect());
}

#[test]
fn the_pack_loads_without_a_fault_and_only_rules_for_endpoints_are_not_applicable() {
    let loaded = shipped(1);
    let faults: Vec<_> = loaded.faults.iter().map(|f| (PACK[f.file].name, &f.diagnostic)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    for rule in loaded.rules.all() {
        assert_eq!(
            rule.is_applicable(),
            !rule.file.starts_with("rules/endpoint/"),
            "{}: {:?}",
            rule.title,
            rule.reasons
        );
        assert!(rule.id.is_some() && rule.level.is_some(), "{}", rule.title);
        assert!(rule.tags.iter().any(|tag| tag.starts_with("attack.t")), "{}", rule.title);
        assert!(!rule.d3fend.is_empty() && !rule.owasp.is_empty(), "{}", rule.title);
        assert!(rule.description.len() > 40, "{}", rule.title);
    }
}

#[test]
fn every_rule_speaks_on_its_samples_and_is_silent_on_the_others() {
    let mut wrong = Vec::new();
    for one in PACK {
        let file = File { name: one.name, text: one.text };
        let told: Vec<String> = titles(&sigma::load(&[file], 1).rules);
        let mut spoke: BTreeMap<String, usize> = told.iter().map(|title| (title.clone(), 0)).collect();
        for (kind, lines) in [("fires", one.fires), ("silent", one.silent)] {
            assert!(!lines.is_empty(), "{}: no {kind}", one.name);
            for line in lines.lines() {
                let sample =
                    sample::read(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", one.name));
                let found =
                    sample::play(&file, &sample).unwrap_or_else(|error| panic!("{}: {error}", one.name));
                let right = match (kind, &sample.rule) {
                    ("fires", Some(rule)) => found.contains(rule),
                    ("fires", None) => !found.is_empty(),
                    _ => found.is_empty(),
                };
                if !right {
                    wrong.push(format!("{} {kind} `{}`: {found:?}", one.name, sample.name));
                }
                for title in found {
                    *spoke.get_mut(&title).unwrap() += 1;
                }
            }
        }
        wrong.extend(
            spoke
                .iter()
                .filter(|(_, n)| **n == 0)
                .map(|(title, _)| format!("{}: `{title}` never speaks", one.name)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn titles(rules: &Rules) -> Vec<String> {
    rules.all().iter().filter(|rule| rule.is_told).map(|rule| rule.title.clone()).collect()
}
