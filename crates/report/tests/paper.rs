//! The account, the dossier, the verification and the export as they are printed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64::Engine;
use domain::*;
use expect_test::expect;
use ledger::*;
use report::account::Ground;
use report::export::Line;
use report::{account, dossier, export, verification};
use sha2::Digest;

const GROUND: Ground<'_> = Ground { gaps: &[], pruned: false, head: Head::GENESIS };

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + secs)
}

fn exposure(nth: u64, client: &str, people: &[u8], basis: Basis) -> Exposure {
    Exposure {
        exchange: ExchangeId::of(1, nth),
        at: at(nth),
        endpoint: "POST /api/customers".parse().unwrap(),
        operator: Some("shop vendor".into()),
        recipient: Recipient {
            kind: "anonymous".into(),
            principal: None,
            role: None,
            client: client.parse().unwrap(),
        },
        subjects: people
            .iter()
            .map(|n| ExposedSubject {
                digests: [[*n; 16], [n + 100; 16]].into_iter().map(SubjectDigest::new).collect(),
                classes: [DataClass::Name, DataClass::Email].into_iter().collect(),
                basis,
            })
            .collect(),
    }
}

fn refusal() -> Withheld {
    let Exposure { endpoint, operator, recipient, .. } = exposure(0, "198.51.100.7", &[], Basis::Budget);
    Withheld {
        at: at(30),
        endpoint,
        operator,
        recipient,
        kind: RefusalKind::BudgetSpent,
        subjects: 4980,
        count: 498,
        budget: None,
    }
}

/// The incident in small: two batches sent, one broken off, then refused.
fn leak() -> Account {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    fold.exposure(&exposure(1, "198.51.100.7", &[1, 2, 3], Basis::Budget), Completion::Sent);
    fold.exposure(&exposure(2, "198.51.100.7", &[4, 5], Basis::Budget), Completion::Partly);
    let mut staff = exposure(3, "192.0.2.9", &[1], Basis::Budget);
    staff.recipient.kind = "verified".into();
    staff.recipient.principal = Some(SubjectDigest::new([0xab; 16]));
    staff.recipient.role = Some("staff".into());
    fold.exposure(&staff, Completion::Sent);
    fold.exposure(&exposure(4, "192.0.2.10", &[9], Basis::Own), Completion::Sent);
    fold.refusal(&refusal());
    fold.finish()
}

fn paper(account: Account) -> Dossier {
    Dossier::new(at(100), vec!["since 2026-11-18".into()], account, 1, false, vec![], Head::GENESIS)
}

#[test]
fn an_account_reads_as_a_page() {
    expect![[r#"
        people         at least 3, at most 5 people
        between        2026-11-18T11:06:41Z and 2026-11-18T11:06:43Z
        exposures      2 sent, 1 broken off
        name           at least 3, at most 5 people
        email          at least 3, at most 5 people
        own records    1 person read their own, 1 times (not counted above)
        recipients
          anonymous from 198.51.100.7: at least 3, at most 5 people, name, email, 2026-11-18T11:06:41Z to 2026-11-18T11:06:42Z
          verified staff abababababab… from 192.0.2.9: 1 person, name, email, 2026-11-18T11:06:43Z
        doors
          POST /api/customers (shop vendor): at least 3, at most 5 people, name, email, 2026-11-18T11:06:41Z to 2026-11-18T11:06:43Z
        operators
          shop vendor: at least 3, at most 5 people
        refusals
          budget-spent at POST /api/customers: at least 498 refusals, at least 4980 records withheld, 2026-11-18T11:07:10Z
        ledger head    0000000000000000000000000000000000000000000000000000000000000000
    "#]]
    .assert_eq(&account::text(&leak(), GROUND, 10));
    let short = account::text(&leak(), GROUND, 1);
    assert!(short.contains("recipients (the first 1 of 2)"), "{short}");
}

#[test]
fn the_json_of_an_account_is_stable() {
    let value: serde_json::Value = serde_json::from_str(&account::json(&leak(), GROUND)).unwrap();
    assert_eq!(value["format"], "tidegate.account/1");
    let account = &value["account"];
    expect![[r#"{"at_least":3,"at_most":5}"#]].assert_eq(&account["subjects"].to_string());
    expect![[r#"{"kind":"verified","principal":"abababababababababababababababab","roles":["staff"],"clients":["192.0.2.9"],"more_clients":false,"subjects":{"at_least":1,"at_most":1},"classes":["name","email"],"exposures":{"sent":1,"partly":0,"unknown":0,"nothing":0},"first":"2026-11-18T11:06:43Z","last":"2026-11-18T11:06:43Z"}"#]]
        .assert_eq(&account["recipients"][1].to_string());
    expect![[r#"{"kind":"budget-spent","endpoint":"POST /api/customers","count":498,"at_least":true,"subjects":4980,"first":"2026-11-18T11:07:10Z","last":"2026-11-18T11:07:10Z"}"#]]
        .assert_eq(&account["refusals"][0].to_string());
    let names: Vec<&str> = account.as_object().unwrap().keys().map(String::as_str).collect();
    expect![[r#"["subjects", "own_subjects", "exposures", "first", "last", "reads", "classes", "recipients", "endpoints", "operators", "refusals", "stops", "overflow"]"#]]
        .assert_eq(&format!("{names:?}"));
}

#[test]
fn a_dossier_names_every_refusal_that_met_a_recipient_and_none_twice() {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    let mut other = exposure(2, "198.51.100.7", &[4], Basis::Budget);
    other.endpoint = "GET /people".parse().unwrap();
    fold.exposure(&exposure(1, "198.51.100.7", &[1, 2, 3], Basis::Budget), Completion::Sent);
    fold.exposure(&other, Completion::Sent);
    for (kind, endpoint, subjects) in [
        (RefusalKind::BudgetSpent, "POST /api/customers", 12),
        (RefusalKind::BudgetSpent, "GET /people", 7),
        (RefusalKind::Forbidden, "GET /people", 0),
    ] {
        fold.refusal(&Withheld {
            kind,
            endpoint: endpoint.parse().unwrap(),
            subjects,
            count: 2,
            ..refusal()
        });
    }
    let paper = paper(fold.finish());
    assert_eq!(paper.account.stops.len(), 3);
    let text = dossier::text(&paper);
    let line = text.lines().find(|line| line.starts_with("stopped by")).unwrap();
    expect!["stopped by     budget-spent at POST /api/customers since 2026-11-18T11:07:10Z: at least 2 refusals, at least 12 records withheld; met 1 of 1 recipient of this data; also budget-spent at GET /people since 2026-11-18T11:07:10Z: at least 2 refusals, at least 7 records withheld, met 1; also forbidden at GET /people since 2026-11-18T11:07:10Z: at least 2 refusals, at least 0 records withheld, met 1"]
        .assert_eq(line);
    let page = dossier::html(&paper);
    for stop in [
        "budget-spent at POST /api/customers",
        "also budget-spent at GET /people",
        "also forbidden at GET /people",
    ] {
        assert_eq!(page.matches(stop).count(), 1, "{stop}: {page}");
    }
}

#[test]
fn a_dossier_reads_as_a_page() {
    expect![[r#"
        drawn up       2026-11-18T11:08:20Z
        scope          since 2026-11-18
        people         at least 3, at most 5 people
        between        2026-11-18T11:06:41Z and 2026-11-18T11:06:43Z
        exposures      2 sent, 1 broken off
        name           at least 3, at most 5 people
        email          at least 3, at most 5 people
        own records    1 person read their own, 1 times (not counted above)
        exposed        name, email
        not exposed    phone, postal-address, birth-date, government-id, payment, credential
        stopped by     budget-spent at POST /api/customers since 2026-11-18T11:07:10Z: at least 498 refusals, at least 4980 records withheld; met 1 of 2 recipients of this data
        recipients
          anonymous from 198.51.100.7: at least 3, at most 5 people, name, email, 2026-11-18T11:06:41Z to 2026-11-18T11:06:42Z
          verified staff abababababab… from 192.0.2.9: 1 person, name, email, 2026-11-18T11:06:43Z
        doors
          POST /api/customers (shop vendor): at least 3, at most 5 people, name, email, 2026-11-18T11:06:41Z to 2026-11-18T11:06:43Z
        operators
          shop vendor: at least 3, at most 5 people
        refusals
          budget-spent at POST /api/customers: at least 498 refusals, at least 4980 records withheld, 2026-11-18T11:07:10Z
        likely consequences
          email: phishing and spam, and attempts to log in elsewhere with passwords leaked before. Advice: expect phishing; use a different password everywhere and a second factor.
          name: messages that address the person by name are believed more readily. Advice: distrust messages that know your name and ask for more.
        what these figures do not say
          where nothing links two keys (an id here, an e-mail there), one person counts twice in "at most" and may be missing from "at least"
          exposures that broke off midway, or whose end nobody saw, are in "at most" and not in "at least"
          records that were proved the recipient's own are left out; if a token was stolen, ask for its principal's own reads too
          "not exposed" means that no metered answer was seen to carry it; images and encrypted contents are not read
          an exposure is one entry of the ledger: an answer too large to be judged whole leaves in parts, and each part is an exposure of its own
          a recipient is an address or a credential: several may be one person, and one may be several
        ledger head    0000000000000000000000000000000000000000000000000000000000000000
    "#]]
    .assert_eq(&dossier::text(&paper(leak())));
}

#[test]
fn a_dossier_of_nothing_says_so() {
    let nothing = paper(Fold::new(AccountBounds::default(), vec![]).finish());
    let text = dossier::text(&nothing);
    assert!(text.contains("0 people") && text.contains("nothing left in this scope"), "{text}");
    assert!(dossier::html(&nothing).contains("None."));
}

#[test]
fn the_json_of_a_dossier_is_stable() {
    let value: serde_json::Value = serde_json::from_str(&dossier::json(&paper(leak()))).unwrap();
    assert_eq!(value["format"], "tidegate.dossier/1");
    let dossier = &value["dossier"];
    expect![[r#"{"how":"refused","kind":"budget-spent","endpoint":"POST /api/customers","recipients":1,"since":"2026-11-18T11:07:10Z","refusals":498,"at_least":true,"withheld":4980,"but_more_left":false}"#]]
        .assert_eq(&dossier["stopped"].to_string());
    assert_eq!(
        dossier["caveats"].as_array().unwrap().len(),
        value["caveat_sentences"].as_array().unwrap().len()
    );
    let names: Vec<&str> = dossier.as_object().unwrap().keys().map(String::as_str).collect();
    expect![[r#"["drawn_up", "scope", "account", "exposed", "not_exposed", "stopped", "consequences", "caveats", "gaps", "head"]"#]]
        .assert_eq(&format!("{names:?}"));
}

/// What the text says, the page says; and it says it on a screen of 400 pixels.
#[test]
fn the_page_leaves_nothing_out_and_needs_no_wide_screen() {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    fold.exposure(&exposure(1, "198.51.100.7", &[1, 2], Basis::WouldRefuse), Completion::Sent);
    fold.exposure(&exposure(2, "192.0.2.10", &[9], Basis::Own), Completion::Sent);
    fold.refusal(&refusal());
    let dossier = paper(fold.finish());
    let (text, page) = (dossier::text(&dossier), dossier::html(&dossier));
    for said in [
        "2 records that guard would have refused",
        "1 person read their own",
        "at least 498 refusals, at least 4980 records withheld; met 1 of 1 recipient of this data",
        "shop vendor",
        Caveat::ExposuresAreEntries.sentence(),
    ] {
        assert!(text.contains(said) && page.contains(said), "{said}\n{text}\n{page}");
    }
    let read = page.split_once("</style>").unwrap().1;
    assert!(!read.contains('`') && !text.contains('`'), "Markdown that nobody renders");
    // On a narrow screen a row is a block, and each cell names its column.
    assert!(page.contains("@media(max-width:45rem)"));
    assert_eq!(page.matches("<td").count(), page.matches(" data-head=").count());
}

#[test]
fn what_is_not_whole_says_so_before_any_figure() {
    let gaps = [Gap::Damaged { segment: 3, why: "the file is missing".into() }];
    let text = account::text(&leak(), Ground { gaps: &gaps, ..GROUND }, 10);
    expect![[r#"
        NOT WHOLE      part of the ledger is lost: every figure is what is left to count, and more may have left
        gap            segment 3: the file is missing
        people         at least 3 people (of what is left, up to 5)
        between        2026-11-18T11:06:41Z and 2026-11-18T11:06:43Z
        exposures      2 sent, 1 broken off
    "#]].assert_eq(&text.lines().take(5).map(|line| format!("{line}\n")).collect::<String>());
    assert!(!text.contains("at most"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&account::json(&leak(), Ground { gaps: &gaps, ..GROUND })).unwrap();
    assert_eq!((&json["whole"], &json["gaps"][0]["segment"]), (&false.into(), &3.into()));
    let dossier = Dossier::new(at(9), vec![], leak(), 1, false, gaps.to_vec(), Head::GENESIS);
    assert!(dossier::text(&dossier).starts_with("NOT WHOLE"));
    let page = dossier::html(&dossier);
    let (warning, figures) = (page.find("Not whole.").unwrap(), page.find("People concerned").unwrap());
    assert!(warning < figures && !page.contains(", at most"), "{page}");
}

/// Names that an attacker can choose: a learned path, an operator, a role, a scope on the command line.
fn hostile() -> Dossier {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    let mut bad = exposure(1, "198.51.100.7", &[1], Basis::Budget);
    bad.endpoint = "GET /<script>alert(1)</script>/\u{202e}\u{1b}[31m".parse().unwrap();
    bad.operator = Some("=cmd|' /C calc'!A0\"><img src=x onerror=alert(1)>".into());
    bad.recipient.role = Some("\u{1b}]0;owned\u{7}".into());
    fold.exposure(&bad, Completion::Sent);
    let gaps = vec![Gap::Damaged { segment: 3, why: "<b>".into() }];
    Dossier::new(at(9), vec!["</dd><script>".into()], fold.finish(), 1, true, gaps, Head::GENESIS)
}

#[test]
fn hostile_names_are_inert_on_the_page_and_on_the_terminal() {
    let page = dossier::html(&hostile());
    for live in ["<script", "<img", "<b>", "</dd><script"] {
        assert!(!page.contains(live), "{live}");
    }
    assert!(page.contains("&lt;script&gt;"));
    let text = dossier::text(&hostile());
    assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
}

#[test]
fn the_page_allows_its_own_style_and_nothing_else() {
    let page = dossier::html(&paper(leak()));
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    let policy =
        page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(
        policy.replace("&#39;", "'"),
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
    for reaching_out in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(reaching_out), "{reaching_out}");
    }
}

#[test]
fn an_export_has_a_line_for_each_entry_and_a_row_for_each_subject() {
    let mut one = exposure(1, "198.51.100.7", &[1, 2], Basis::Budget);
    one.operator = Some("=1+1".into());
    expect![[r#"{"entry":"exposure","exchange":"00000000000000010000000000000001","at":"2026-11-18T11:06:41Z","endpoint":"POST /api/customers","operator":"=1+1","recipient":{"kind":"anonymous","principal":null,"role":null,"client":"198.51.100.7"},"end":"sent","subjects":[{"digests":["01010101010101010101010101010101","65656565656565656565656565656565"],"classes":["name","email"],"basis":"budget"},{"digests":["02020202020202020202020202020202","66666666666666666666666666666666"],"classes":["name","email"],"basis":"budget"}]}"#]]
        .assert_eq(&export::ndjson(Line::Exposure(&one, Completion::Sent)));
    let mut csv = export::CSV_HEAD.to_owned();
    let refused = refusal();
    for line in [Line::Exposure(&one, Completion::Sent), Line::Repeated(&one, 4), Line::Refused(&refused)] {
        export::csv(line, &mut csv);
        let json: serde_json::Value = serde_json::from_str(&export::ndjson(line)).unwrap();
        assert!(json["entry"].is_string());
    }
    let rows: Vec<&str> = csv.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 1 + 2 + 2 + 1);
    let columns = rows[0].split(',').count();
    for row in &rows[1..] {
        // No cell of this example holds a comma but the classes.
        assert_eq!(row.replace("name, email", "").split(',').count(), columns, "{row}");
        assert!(row.split(',').all(|cell| !cell.starts_with("\"=")), "{row}");
    }
    assert!(rows[1].contains("\"'=1+1\""));
}

#[test]
fn a_verification_names_each_fault_and_its_place() {
    let mark = Mark { segment: 4, length: 900, head: Head::GENESIS };
    let mut found = Verification {
        segments: 2,
        entries: 7,
        bytes: 800,
        since: Some(at(0)),
        until: Some(at(9)),
        head: Head::GENESIS,
        checkpoint: Some(Checkpoint { through: mark, at: at(1), segments: 4, bytes: 3000 }),
        torn_bytes: 5,
        anchor: Some(Anchor { segment: 5, length: 100, at: Some(at(3)) }),
        cuts: vec![at(2)],
        faults: vec![],
    };
    expect![[r#"
        ledger         whole
        read           7 entries in 2 segments, 800 bytes
        between        2026-11-18T11:06:40Z and 2026-11-18T11:06:49Z
        head           0000000000000000000000000000000000000000000000000000000000000000
        anchor         found in segment 5 after 100 bytes, at 2026-11-18T11:06:43Z
        pruned         4 segments up to number 4 at 2026-11-18T11:06:41Z
        torn tail      5 bytes that were never acknowledged, or are being written
        torn tail      cut by the opening at 2026-11-18T11:06:42Z
    "#]]
    .assert_eq(&verification::text(&found));
    found.faults = vec![
        Fault::Missing { segment: 6 },
        Fault::Damaged { segment: 5, at_byte: 99, why: "a frame is torn or damaged" },
        Fault::Appended { segment: 5, at_byte: 120, bytes: 35 },
        Fault::Exchanged { segment: 5 },
        Fault::NoCheckpoint { segment: 5 },
        Fault::ForgedCheckpoint,
        Fault::TailLost { known: mark },
        Fault::TailLostBefore { at: at(5) },
        Fault::AnchorNotFound { anchor: Head::GENESIS },
    ];
    let text = verification::text(&found);
    assert!(text.contains("NOT WHOLE") && text.matches("\nfault ").count() == 9, "{text}");
    let json: serde_json::Value = serde_json::from_str(&verification::json(&found)).unwrap();
    assert_eq!(json["verification"]["faults"][6]["fault"], "tail-lost");
    assert_eq!(json["verification"]["since"], "2026-11-18T11:06:40Z");
}
