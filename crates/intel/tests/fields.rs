//! Kinds of data by the names of fields, in lists and in rows; what is called by an address; versions.
#![expect(clippy::unwrap_used, reason = "tests")]

use intel::{Intel, ObservableRole, ObservableType};

const STORY: &str =
    "An endpoint without a log-in was called 900 times by a script, which downloaded 4,000 records.";

fn read(more: &str) -> Intel {
    intel::understand(format!("{STORY}\n\n{more}\n").as_bytes(), "a.md").unwrap()
}

/// What got out, and what did not, in words.
fn fates(intel: &Intel) -> (Vec<&'static str>, Vec<&'static str>) {
    let words = |claims: &[intel::ClassClaim]| claims.iter().map(|claim| claim.class.word()).collect();
    (words(&intel.data_classes_exposed), words(&intel.data_classes_not_exposed))
}

#[test]
fn a_field_is_what_ends_its_name() {
    for (text, out, kept) in [
        (
            "The answer holds the fields `pupil_name`, `birth_date` and `mobile_phone`.",
            vec!["name", "phone", "birth-date"],
            vec![],
        ),
        ("The answer holds the fields `file_name` and `host_name`.", vec![], vec![]),
        (
            "| Field | In the answer |\n|---|---|\n| `date_of_birth` | yes |\n| `password_hash` | no |\n",
            vec!["birth-date"],
            vec!["credential"],
        ),
    ] {
        assert_eq!(fates(&read(text)), (out, kept), "{text}");
    }
}

#[test]
fn what_stands_in_no_record_did_not_get_out() {
    let intel = read("Neither the date of birth nor the passport number stands in a record.");
    assert_eq!(fates(&intel).1, ["birth-date", "government-id"]);
    let intel = read("No financial or payment information was accessed.");
    assert_eq!(fates(&intel).1, ["payment", "financial"]);
}

#[test]
fn a_list_below_a_short_line_may_end_in_a_participle() {
    let intel = read(
        "Which information is concerned\nFirst and last name, delivery address, the medicines ordered and the name of the doctor.",
    );
    assert_eq!(fates(&intel).0, ["name", "postal-address", "health"]);
}

#[test]
fn a_url_behind_a_method_was_called_and_a_version_is_no_address() {
    let intel = read("The pupil sent `GET https://learn.example.org/api/marks?school=117` twice.");
    assert!(
        intel
            .observables
            .iter()
            .any(|one| one.kind == ObservableType::Url && one.role == ObservableRole::Indicator)
    );
    let intel = read("The hole is fixed in 11.10.0.2 and 11.9.1.1 of the server.");
    assert!(intel.observables.iter().all(|one| one.kind != ObservableType::Ipv4), "{:?}", intel.observables);
}

#[test]
fn one_number_of_rows_and_of_what_was_taken_of_them_mixes_no_units() {
    let mixes =
        |text: &str| read(text).errata.iter().any(|erratum| erratum.kind == intel::ErratumKind::MixedUnits);
    assert!(!mixes("The table holds 86,000 rows. The thief downloaded all 86,000 policies."));
}
