//! Questions of the command line.

use std::path::Path;
use std::sync::Arc;

use domain::*;
use ledger::{Entry, Filter, Stopped};
use store::testing::FaultyDisk;
use store::{Ledger, LedgerReader, LedgerSettings, Restored};

use crate::support::*;

fn reader(disk: &FaultyDisk) -> LedgerReader<'_> {
    LedgerReader::open(Path::new(DIR), disk).unwrap()
}

/// Three recipients, two doors, two operators, one hour apart.
fn scene() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    runtime().block_on(async {
        for (nth, (client, door, operator, people)) in [
            ("192.0.2.1", "POST /api/customers", None, [1, 2]),
            ("192.0.2.99", "GET /partner", Some("vendor"), [2, 3]),
            ("198.51.100.1", "POST /api/customers", None, [4, 5]),
        ]
        .into_iter()
        .enumerate()
        {
            let at = later(3600 * nth as u64);
            let mut exposure = exposure(nth as u64, at, &people);
            exposure.recipient.client = client.parse().unwrap();
            exposure.endpoint = door.parse().unwrap();
            exposure.operator = operator.map(Into::into);
            let durable = append(&ledger, exposure).await;
            ledger.complete(&durable, Completion::Sent, at);
        }
    });
    ledger.close();
    disk
}

#[test]
fn each_condition_narrows_the_account() {
    let disk = scene();
    let all = Filter::default();
    for (what, filter, people) in [
        ("all", all.clone(), 5),
        ("since", Filter { since: Some(later(3000)), ..all.clone() }, 4),
        ("until", Filter { until: Some(later(3600)), ..all.clone() }, 3),
        ("endpoint", Filter { endpoints: vec!["GET /partner".parse().unwrap()], ..all.clone() }, 2),
        ("operator", Filter { operator: Some("vendor".into()), ..all.clone() }, 2),
        ("network", Filter { client: Some("192.0.2.0/24".parse().unwrap()), ..all.clone() }, 3),
        ("address", Filter { client: Some("198.51.100.1".parse().unwrap()), ..all.clone() }, 2),
        ("subject", Filter { subjects: Some([person(2)].into()), ..all.clone() }, 1),
        ("nobody", Filter { principals: Some([person(2)].into()), ..all.clone() }, 0),
        ("two conditions", Filter { operator: Some("vendor".into()), since: Some(later(3700)), ..all }, 0),
    ] {
        assert_eq!(reader(&disk).account(&filter).unwrap().0.subjects.at_most, people, "{what}");
    }
}

#[test]
fn a_person_is_found_under_keys_that_only_other_records_link() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let key = ledger.digest_key();
    let [id, mail, phone] = [
        key.subject(&SubjectKey::new(KeyKind::OwnId, "customer/7")),
        key.subject(&SubjectKey::new(KeyKind::Email, "ann@example.com")),
        key.subject(&SubjectKey::new(KeyKind::Phone, "+4915112345678")),
    ];
    runtime().block_on(async {
        for (nth, keys) in [vec![id], vec![phone], vec![id, mail], vec![mail, phone]].into_iter().enumerate()
        {
            let mut exposure = exposure(nth as u64, NOW, &[1, 99]);
            exposure.subjects[0].digests = keys.into();
            let _ = append(&ledger, exposure).await;
        }
    });
    ledger.close();
    let reader = reader(&disk);
    let found = reader.subject_digests(&[SubjectKey::new(KeyKind::Email, "ann@example.com")]);
    let linked = reader.linked(found.clone()).unwrap();
    assert_eq!(linked, [id, mail, phone].into());
    let count = |subjects| {
        let filter = Filter { subjects: Some(subjects), ..Filter::default() };
        let account = reader.account(&filter).unwrap().0;
        (account.reads.budget, account.subjects.at_most)
    };
    assert_eq!(count(found), (2, 1));
    assert_eq!(count(linked), (4, 1));
}

#[test]
fn a_principal_is_found_by_id_and_a_hint_by_its_value() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let key = ledger.digest_key();
    runtime().block_on(async {
        for (nth, digest) in [key.principal(&PrincipalId::new("issuer|c1")), key.credential("session-token")]
            .into_iter()
            .enumerate()
        {
            let mut exposure = exposure(nth as u64, NOW, &[nth as u64]);
            exposure.recipient.principal = Some(digest);
            let _ = append(&ledger, exposure).await;
        }
    });
    ledger.close();
    for (id, people) in [("issuer|c1", 1), ("session-token", 1), ("c1", 0)] {
        let reader = reader(&disk);
        let filter = Filter { principals: Some(reader.principal_digests(id)), ..Filter::default() };
        assert_eq!(reader.account(&filter).unwrap().0.subjects.at_most, people, "{id}");
    }
}

#[test]
fn a_dossier_has_the_scope_the_refusal_and_the_anchor() {
    let disk = scene();
    let (ledger, ..) = open_with(&disk, LedgerSettings::default(), later(9000));
    // One of the recipients is refused, and a stranger, who received nothing.
    for (client, subjects) in [("198.51.100.1", 10), ("203.0.113.5", 70)] {
        let Exposure { endpoint, operator, mut recipient, .. } = exposure(0, NOW, &[]);
        recipient.client = client.parse().unwrap();
        let (at, kind, budget) = (later(9000), RefusalKind::BudgetSpent, Some(Whose::Caller));
        ledger.refused(ledger::Withheld {
            at,
            endpoint,
            operator,
            recipient,
            kind,
            subjects,
            count: 1,
            budget,
        });
    }
    ledger.close();
    let endpoint: Endpoint = "POST /api/customers".parse().unwrap();
    let filter = Filter { endpoints: vec![endpoint.clone()], ..Filter::default() };
    let dossier =
        reader(&disk).dossier(&filter, vec!["endpoint POST /api/customers".into()], later(9001)).unwrap();
    assert_eq!((dossier.account.subjects.at_least, dossier.account.subjects.at_most), (4, 4));
    assert_eq!(dossier.head, ledger.head());
    let Stopped::Refused { kind, withheld, recipients, .. } = dossier.stopped else {
        panic!("{:?}", dossier.stopped)
    };
    assert_eq!((kind, withheld, recipients), (RefusalKind::BudgetSpent, 10, 1));
    assert_eq!(dossier.account.refusals[0].subjects, 80, "the account has both");
    assert!(dossier.gaps.is_empty());
}

#[test]
fn budgets_get_back_what_left_and_not_what_stayed() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let network: IpPrefix = "192.0.2.0/24".parse().unwrap();
    let holder = domain::Holder { email: Some(person(6)), phone: None, person: Some(person(7)) };
    runtime().block_on(async {
        for (nth, end) in [Some(Completion::Sent), Some(Completion::Nothing), Some(Completion::Partly), None]
            .into_iter()
            .enumerate()
        {
            let mut mixed = exposure(nth as u64, NOW, &[1, 2]);
            mixed.subjects[1].basis = Basis::Own;
            let durable = append(&ledger, mixed).await;
            end.into_iter().for_each(|end| ledger.complete(&durable, end, NOW));
        }
        let _ = append(&ledger, own(9, NOW, 9)).await;
        let _ =
            ledger.append(Entry::Confirmed { digest: person(5), network, holder, at: NOW }).await.unwrap();
    });
    disk.kill();
    drop(ledger);
    // Once from the segment, once from its summary; and after 31 days nothing.
    for (days, expected) in [(0, 4), (1, 4), (31, 0)] {
        let disk = disk.next_process();
        let mut found = Vec::new();
        let mut restore = |restored: Restored<'_>| {
            found.push(match restored {
                Restored::Exposure(exposure, end) => {
                    assert_eq!(exposure.subjects.len(), 1, "own records are free");
                    (exposure.exchange, Some(end))
                }
                Restored::Confirmed { digest, holder: restored, .. } => {
                    assert_eq!((digest, restored), (person(5), holder));
                    (ExchangeId::new(0), None)
                }
                _ => panic!("a kind that this test does not know"),
            });
        };
        let now = later(days * DAY);
        let disk: Arc<dyn store::Disk> = Arc::new(disk);
        let (ledger, opening) =
            Ledger::open(Path::new(DIR), LedgerSettings::default(), disk, now, &mut restore).unwrap();
        ledger.close();
        assert_eq!(found.len(), expected);
        assert_eq!(opening.exposures + opening.hints, expected as u64);
        if expected > 0 {
            let ends: Vec<_> = found.iter().filter_map(|(_, end)| *end).collect();
            assert_eq!(ends, [Completion::Sent, Completion::Partly, Completion::Unknown]);
        }
    }
}

#[test]
fn there_is_no_account_without_a_ledger() {
    let error = LedgerReader::open(Path::new("/nowhere"), &FaultyDisk::new()).err().unwrap();
    assert!(error.to_string().contains("/nowhere"));
}
