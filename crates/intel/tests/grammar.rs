//! How sentences are read by their grammar, in ways of saying that no report of the corpus has.
#![allow(clippy::unwrap_used, reason = "tests")]

use intel::{Amount, Class, FrameKind, Intel, NumberRole as R};

fn read(text: &str) -> Intel {
    intel::understand(text.as_bytes(), "a.md").unwrap()
}

/// A sentence in a story that makes it one of an incident.
fn told(sentence: &str) -> Intel {
    read(&format!(
        "The API asked for no log-in. An attacker downloaded records.\n\n{sentence}\n\nThe company has closed the hole."
    ))
}

#[test]
fn a_number_has_its_role_by_the_verb_that_governs_it() {
    for (sentence, value, unit, role) in [
        ("Somebody got hold of the invoices of some 61k tenants.", 61_000, "tenants", R::Accessed),
        ("Half a million letters were pulled from the archive.", 500_000, "letters", R::Accessed),
        ("Three hundred and twelve bookings were looked at.", 312, "bookings", R::Accessed),
        ("312 of our 9,800 workspaces were looked at.", 9_800, "workspaces", R::Exist),
        ("312 of our 9,800 workspaces were looked at.", 312, "workspaces", R::Accessed),
        ("The service keeps one and a half million diaries.", 1_500_000, "diaries", R::Exist),
        ("As many as 40,000 members could be read by anybody.", 40_000, "members", R::Exposed),
        ("The page lists fifty orders at once.", 50, "orders", R::PerCall),
        ("She could see the pupils of every school, 50 at a time.", 50, "pupils", R::PerCall),
        ("The thief copied every guest of three years, 87,000 in all.", 87_000, "guest", R::Accessed),
        ("A program sent 4.1 million log-in requests.", 4_100_000, "requests", R::Requests),
        ("13,200 of our users were shown pictures of others.", 13_200, "users", R::Exposed),
        (
            "Data relating to 9,400 policyholders were taken by strangers.",
            9_400,
            "policyholders",
            R::Accessed,
        ),
        ("The seller claims to have fed it with 500,000 names.", 500_000, "names", R::Other),
        ("We carry 1.2 million people a day.", 1_200_000, "people per day", R::Other),
    ] {
        let intel = told(sentence);
        let found: Vec<_> =
            intel.numbers.iter().map(|one| (one.value, one.unit.as_str(), one.role)).collect();
        assert!(found.contains(&(Amount::Whole(value), unit, role)), "{sentence} {found:?}");
    }
}

#[test]
fn times_and_years_count_nothing() {
    let intel = told("Between 01:10 and 04:30 in 2019 nobody looked.");
    assert!(intel.numbers.is_empty(), "{:?}", intel.numbers);
}

#[test]
fn data_got_out_or_did_not_by_the_verb_that_governs_it() {
    use Class::*;
    for (sentence, out, kept) in [
        (
            "Names, phone numbers and, where stored, dates of birth were visible.",
            &[Name, Phone, BirthDate][..],
            &[][..],
        ),
        ("Neither passwords nor bank details were among the data.", &[], &[Payment, Credential]),
        ("What did not come back: no phone numbers, no bank details.", &[], &[Phone, Payment]),
        ("It does not hold, the company writes, e-mail addresses or phone numbers.", &[], &[Email, Phone]),
        ("E-mail addresses could not be retrieved; nor could the phone numbers.", &[], &[Email, Phone]),
        ("Messages remained out of reach.", &[], &[Message]),
        ("Passwords were stored in a different database.", &[], &[Credential]),
        ("There is no sign that passport numbers were taken.", &[], &[GovernmentId]),
        ("Nobody saw any passwords.", &[], &[Credential]),
        (
            "The answer holds more than the page shows:\n\n- full name,\n- phone number and\n- home address.",
            &[Name, Phone, PostalAddress],
            &[],
        ),
        (
            "| Field | In the answer? |\n|---|---|\n| Full name | yes |\n| Password | no |",
            &[Name],
            &[Credential],
        ),
        ("Bank details are kept by a partner. Those were not touched.", &[], &[Payment]),
        ("By entering a phone number and a date of birth one got in.", &[], &[]),
    ] {
        let intel = told(sentence);
        let of = |claims: &[intel::ClassClaim]| claims.iter().map(|claim| claim.class).collect::<Vec<_>>();
        assert_eq!(of(&intel.data_classes_exposed), out, "{sentence}");
        assert_eq!(of(&intel.data_classes_not_exposed), kept, "{sentence}");
    }
}

#[test]
fn what_was_not_checked_says_which_check_was_missing() {
    use FrameKind::*;
    for (sentence, kind) in [
        (
            "The server had not verified whether the person asking was the holder of the ticket.",
            NoObjectCheck,
        ),
        ("Nobody compared the caller with the owner of the document.", NoObjectCheck),
        ("It returned the list irrespective of the school to which the user belonged.", NoObjectCheck),
        ("It checks that the caller is signed in, but not which school she belongs to.", NoObjectCheck),
        ("Nothing prevented a partner from querying others.", NoObjectCheck),
        ("The endpoint wanted neither a cookie nor a code.", NoAuthentication),
        ("You did not need an account for it.", NoAuthentication),
        ("The middleware that asks for a session was left out.", NoAuthentication),
        ("The API trusted that its caller was the app.", BrokenAuthentication),
    ] {
        let intel = read(sentence);
        assert!(
            intel.frames.iter().any(|frame| frame.kind == kind && !frame.is_negated),
            "{sentence} {:?}",
            intel.frames
        );
    }
}

#[test]
fn a_page_of_a_site_is_no_page_of_records() {
    for sentence in
        ["He tried them at the log-in page of the shop.", "They never saw the confirmation page of it."]
    {
        assert!(!told(sentence).frames.iter().any(|frame| frame.kind == FrameKind::Paged), "{sentence}");
    }
    assert!(told("He read pages of 50 records.").frames.iter().any(|frame| frame.kind == FrameKind::Paged));
}

#[test]
fn a_line_that_is_only_a_bracket_is_no_statement() {
    let intel = read("It answered:\n\n```json\n{\n  \"name\": \"x\"\n}\n```\n");
    let empty = |text: &str| !text.chars().any(char::is_alphanumeric);
    assert!(intel.statements.iter().all(|one| !empty(&one.text)));
}

#[test]
fn what_a_page_hides_by_its_own_style_is_not_read() {
    let page = "<html><head><style>.gone { display: none }</style></head><body><p>An attacker downloaded 5,000 records.</p>\
        <div class=\"note gone\">Passwords of 7,777,777 patients were taken.</div></body></html>";
    let intel = intel::understand(page.as_bytes(), "a.html").unwrap();
    assert!(intel.numbers.iter().all(|number| number.value != Amount::Whole(7_777_777)));
    assert!(intel.data_classes_exposed.is_empty());
}

#[test]
fn an_explanation_for_its_reader_tells_of_no_incident() {
    let intel = read(
        "Imagine a parcel service. You open /parcels/1001 and see your parcel. You change the number to 1002 and see \
         your neighbour's. The server looked up the parcel and never asked whose it is.\n\nCheck ownership in one place.",
    );
    assert!(!intel.is_incident);
    assert!(intel.techniques.iter().all(|claim| !claim.status.is_asserted()));
}

#[test]
fn an_id_beside_the_name_of_another_is_what_the_name_says() {
    let intel = told("T1110 Automated Exfiltration: a program downloaded reading after reading.");
    assert!(intel.techniques.iter().any(|claim| claim.id == "T1020" && claim.status.is_asserted()));
}
