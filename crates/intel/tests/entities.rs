//! Who plays which part, in sentences of many forms.
#![expect(clippy::unwrap_used, reason = "tests")]

use intel::{EntityRole as R, Intel, NotificationState as N};

/// What makes a text one of an incident, whoever is in it.
const STORY: &str = "An endpoint without a log-in returned 4,000 customer records with names and e-mail addresses, and \
    somebody downloaded all of them with a script.";

fn read(sentences: &str) -> Intel {
    intel::understand(format!("{STORY}\n\n{sentences}\n").as_bytes(), "a.txt").unwrap()
}

fn of(intel: &Intel, role: R) -> Vec<&str> {
    intel.entities.iter().filter(|one| one.role == role).map(|one| one.name.as_str()).collect()
}

/// Each row: a text, a part, and who plays it; nobody where empty.
fn plays(rows: &[(&str, R, &[&str])]) {
    let faults: Vec<String> = rows
        .iter()
        .filter_map(|(text, role, expected)| {
            let intel = read(text);
            let found = of(&intel, *role);
            (found != *expected).then(|| format!("{text}: {found:?}, expected {expected:?}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_victim_is_whose_customers_and_doors_they_are() {
    plays(&[
        ("Records of users of Veltora were put on a forum.", R::Victim, &["Veltora"]),
        ("Veltora, a maker of door locks, has closed the endpoint.", R::Victim, &["Veltora"]),
        ("The company is Veltora, and it has apologised.", R::Victim, &["Veltora"]),
        ("Veltora is a payment app with many fans.", R::Victim, &["Veltora"]),
        ("Who: Veltora, operator of car parks in three towns.", R::Victim, &["Veltora"]),
        ("Veltora began on 9 May 2024 to write to customers.", R::Victim, &["Veltora"]),
        ("The tester reported the hole to Veltora, and Veltora fixed it.", R::Victim, &["Veltora"]),
        ("Veltora Mobility said so on Monday. Veltora has fixed it.", R::Victim, &["Veltora Mobility"]),
        (
            "The county library switched the interface off. The library's readers know.",
            R::Victim,
            &["county library"],
        ),
        ("A transit authority runs the app, and it switched it off.", R::Victim, &["transit authority"]),
    ]);
}

#[test]
fn the_discoverer_is_who_found_it_and_not_who_only_speaks_of_it() {
    plays(&[
        (
            "Pinecone Labs, which found the flaw, reported it to the vendor.",
            R::Discoverer,
            &["Pinecone Labs"],
        ),
        ("The hole was found by a patient of the clinic.", R::Discoverer, &["patient"]),
        (
            "A broker noticed that a button came back, and reported it to the insurer.",
            R::Discoverer,
            &["broker"],
        ),
        ("A security researcher wrote to the bakery.", R::Discoverer, &["security researcher"]),
        ("Security researcher Ilse Quandt discovered the endpoint in May.", R::Discoverer, &["Ilse Quandt"]),
        ("Found by: Ilse Quandt", R::Discoverer, &["Ilse Quandt"]),
        ("It is the developers' duty to check tokens.", R::Discoverer, &[]),
        ("A journalist asked the company for a comment.", R::Discoverer, &[]),
        ("Veltora discovered a bug in its own API.", R::Discoverer, &[]),
    ]);
}

#[test]
fn attackers_with_a_name_are_known_by_what_they_are_called() {
    plays(&[
        (
            "A group that calls itself GreyLanterns published a file with the records.",
            R::Attacker,
            &["GreyLanterns"],
        ),
        (
            "A threat actor calling himself Wolfram says so. Wolfram says he emailed Veltora, and Wolfram told reporters.",
            R::Attacker,
            &["Wolfram", "threat actor"],
        ),
        ("The group known as GreyLanterns copied the data.", R::Attacker, &["GreyLanterns"]),
        ("The data was stolen by GreyLanterns, a ransomware gang.", R::Attacker, &["GreyLanterns"]),
    ]);
}

#[test]
fn who_works_for_another_is_a_third_party() {
    plays(&[
        ("The site is hosted by Ostwind Hosting.", R::ThirdParty, &["Ostwind Hosting"]),
        ("A subcontractor that develops the site had set it to public.", R::ThirdParty, &["subcontractor"]),
        (
            "The tokens had been given to two integrators, Ostwind and Feldweg.",
            R::ThirdParty,
            &["Ostwind", "Feldweg"],
        ),
        ("The shop's payment provider saw nothing of it.", R::ThirdParty, &["payment provider"]),
        ("At a provider this costs little.", R::ThirdParty, &[]),
    ]);
}

#[test]
fn authorities_keep_their_whole_name() {
    plays(&[
        (
            "The Office of the Comptroller of the Currency (OCC) imposed a penalty.",
            R::Authority,
            &["Office of the Comptroller of the Currency"],
        ),
        (
            "The Australian Communications and Media Authority has sued. ACMA asks for more.",
            R::Authority,
            &["Australian Communications and Media Authority"],
        ),
        (
            "The company told the Dutch Data Protection Authority on 3 May.",
            R::Authority,
            &["Dutch Data Protection Authority"],
        ),
        ("The Department of Justice seized the coins.", R::Authority, &["Department of Justice"]),
    ]);
}

#[test]
fn goods_with_a_name_are_targets() {
    plays(&[
        (
            "Product: Doorkeeper, an app for locks, operated by Veltora.",
            R::Target,
            &["endpoint", "Doorkeeper"],
        ),
        ("The app is called Doorkeeper.", R::Target, &["endpoint", "Doorkeeper"]),
    ]);
}

#[test]
fn telling_is_by_the_verb_and_whom_it_is_done_to() {
    let faults: Vec<String> = [
        (
            "The patients were informed by letter, and the data protection commissioner on 9 January.",
            "regulator",
            N::Done,
        ),
        (
            "The chain has notified the data protection authority; it will write to the members concerned.",
            "customers",
            N::Planned,
        ),
        ("Readers have not been informed so far.", "customers", N::Missing),
        ("We have started to write to the customers concerned.", "customers", N::Done),
        ("The recipients concerned will be informed by letter.", "customers", N::Planned),
        ("The insurer examines whether the policy holders have to be informed.", "customers", N::Evaluating),
        ("No authority was informed, since only a firm's data was concerned.", "regulator", N::Missing),
        ("It informed the state commissioner for data protection on the same day.", "regulator", N::Done),
        ("The breach was reported to the police.", "police", N::Done),
        ("We work with law enforcement.", "police", N::Done),
        ("You have 72 hours to tell the authority.", "regulator", N::Unmentioned),
        ("Customers should be told early.", "customers", N::Unmentioned),
    ]
    .iter()
    .filter_map(|(text, who, expected)| {
        let parties = read(text).notification.parties;
        let state =
            parties.iter().find(|party| party.who == *who).map_or(N::Unmentioned, |party| party.state);
        (state != *expected).then(|| format!("{text}: {state:?}, expected {expected:?}"))
    })
    .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_weakness_that_no_list_has_is_an_erratum_and_no_fact() {
    let intel = read("The weakness is CWE-99999 beside CWE-306.");
    let ids: Vec<&str> = intel.cwe.iter().map(|claim| claim.id.as_str()).collect();
    assert!(ids.contains(&"CWE-306") && !ids.contains(&"CWE-99999"), "{ids:?}");
    assert!(intel.errata.iter().any(|erratum| erratum.kind == intel::ErratumKind::UnknownId));
}
