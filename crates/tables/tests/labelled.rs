//! What `intel` reads of the labelled reports that lie open may get better, not worse.
#![allow(clippy::unwrap_used, reason = "tests")]

use tables::labelled::{Score, open, sum};

fn scored() -> Score {
    sum(&open().unwrap())
}

#[test]
fn the_open_reports_keep_their_floors() {
    let score = scored();
    assert_eq!(score.reports, 56, "every report was read");
    let techniques = score.of("techniques");
    assert!(techniques.precision() >= 0.97, "precision of techniques {:.3}", techniques.precision());
    assert!(techniques.f1() >= 0.96, "F1 of techniques {:.3}", techniques.f1());
    for (key, floor) in [
        ("is_incident", 1.0),
        ("numbers", 0.97),
        ("owasp", 0.89),
        ("owasp_stated", 0.93),
        ("cwe", 0.88),
        ("dates", 0.96),
        ("data_classes_exposed", 0.89),
        ("data_classes_not_exposed", 0.94),
        ("entities", 0.92),
        ("notification", 0.89),
    ] {
        assert!(score.of(key).f1() >= floor, "F1 of {key} {:.3}", score.of(key).f1());
    }
}

#[test]
fn nothing_is_said_of_an_open_report_without_its_place() {
    let score = scored();
    assert!(score.evidence.claims > 2_300, "{} claims", score.evidence.claims);
    assert_eq!(score.evidence.without, 0);
}
