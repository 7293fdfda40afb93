//! What findings are called in ATT&CK: as the detectors' own pages say, and as ATT&CK says.
#![allow(clippy::unwrap_used, reason = "tests")]

use domain::DetectorId;
use report::attack::techniques;

#[test]
fn each_detector_has_the_techniques_of_its_page() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../detect/src/detectors");
    for detector in DetectorId::ALL {
        let page = format!("{pages}/{}.rs", detector.word().replace('-', "_"));
        let text = std::fs::read_to_string(&page).unwrap();
        let line = text.lines().find_map(|line| line.split_once("ATT&CK ")).unwrap().1;
        let listed = line.split(" D3FEND").next().unwrap().trim_end_matches('.');
        let ours: Vec<&str> = techniques(detector).iter().map(|technique| technique.id).collect();
        assert_eq!(listed, ours.join(", "), "{detector}");
    }
}

#[test]
fn ids_names_and_tactics_are_those_of_attack() {
    for ours in DetectorId::ALL.into_iter().flat_map(techniques) {
        let theirs = catalog::attack::current(ours.id).unwrap();
        assert_eq!((ours.id, ours.name), (theirs.id, theirs.name));
        let tactic = ours.tactic.unwrap();
        let tactics: Vec<(&str, &str)> = theirs.tactics().map(|tactic| (tactic.id, tactic.name)).collect();
        assert!(tactics.contains(&tactic), "{}: {tactic:?} is none of {tactics:?}", ours.id);
    }
}
