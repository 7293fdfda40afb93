//! The bytes of the ledger: what is written reads back, and what is not what was written never does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

use domain::*;
use ledger::*;
use proptest::prelude::*;

fn header() -> Header {
    Header { number: 7, created: Timestamp::from_secs(1_800_000_000), previous: Mark::GENESIS }
}

fn write(entries: &[Entry]) -> (Vec<u8>, Mark) {
    let (mut bytes, mut writer) = (Vec::new(), Writer::after(&header()));
    entries.iter().for_each(|entry| writer.push(entry, &mut bytes).unwrap());
    (bytes, writer.mark())
}

/// Every entry up to the first place that is none.
fn read(bytes: &[u8]) -> (Vec<Entry>, Mark) {
    let (mut rest, mut reader, mut entries) = (bytes, Reader::after(&header()), Vec::new());
    while let Frame::Whole(entry, used) = reader.next(rest) {
        entries.push(*entry);
        rest = &rest[used..];
    }
    (entries, reader.mark())
}

fn digest() -> impl Strategy<Value = SubjectDigest> {
    any::<[u8; 16]>().prop_map(SubjectDigest::new)
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![1_800_000_000_000..1_800_000_100_000_u64, any::<u64>()].prop_map(Timestamp::from_millis)
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![
        Just("GET /"),
        Just("POST /api/customers"),
        Just("GET /v1/{tenant}/orders/{id}"),
        Just("PURGE /ü/{*rest}")
    ]
    .prop_map(|text| text.parse().unwrap())
}

fn client() -> impl Strategy<Value = std::net::IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(Into::into), any::<[u8; 16]>().prop_map(Into::into)]
}

fn recipient() -> impl Strategy<Value = Recipient> {
    (
        prop_oneof![Just("anonymous"), Just("verified")],
        prop::option::of(digest()),
        prop::option::of("[a-zä]{0,9}"),
        client(),
    )
        .prop_map(|(kind, principal, role, client)| Recipient {
            kind: kind.into(),
            principal,
            role: role.map(Into::into),
            client,
        })
}

fn subject() -> impl Strategy<Value = ExposedSubject> {
    let basis = prop_oneof![
        Just(Basis::Own),
        Just(Basis::LookUp),
        Just(Basis::Budget),
        Just(Basis::WouldRefuse),
        Just(Basis::Claimed),
        Just(Basis::Named)
    ];
    (prop::collection::vec(digest(), 1..=8), any::<u8>(), basis).prop_map(|(digests, bits, basis)| {
        ExposedSubject { digests: digests.into(), classes: ClassSet::from_bits(bits), basis }
    })
}

fn holder() -> impl Strategy<Value = domain::Holder> {
    let part = || prop::option::of(digest());
    (part(), part(), part()).prop_map(|(email, phone, person)| domain::Holder { email, phone, person })
}

fn exchange() -> impl Strategy<Value = ExchangeId> {
    prop_oneof![any::<u64>().prop_map(|nth| ExchangeId::of(5, nth)), any::<u128>().prop_map(ExchangeId::new)]
}

fn exposure() -> impl Strategy<Value = Exposure> {
    let operator = prop::option::of(prop_oneof![Just("shop vendor"), Just("")]);
    (exchange(), time(), endpoint(), operator, recipient(), prop::collection::vec(subject(), 0..5)).prop_map(
        |(exchange, at, endpoint, operator, recipient, subjects)| Exposure {
            exchange,
            at,
            endpoint,
            operator: operator.map(Into::into),
            recipient,
            subjects,
        },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let completion = prop_oneof![
        Just(Completion::Sent),
        Just(Completion::Partly),
        Just(Completion::Nothing),
        Just(Completion::Unknown)
    ];
    prop_oneof![
        4 => exposure().prop_map(Entry::Intended),
        3 => (exchange(), completion, time())
            .prop_map(|(exchange, completion, at)| Entry::Completed { exchange, completion, at }),
        1 => (exposure(), any::<u32>()).prop_map(|(exposure, count)| Entry::Repeated { exposure, count }),
        1 => (digest(), client(), any::<u8>(), holder(), time()).prop_map(
            |(digest, client, length, holder, at)| {
                Entry::Confirmed { digest, network: IpPrefix::of(client, length), holder, at }
            }
        ),
        1 => (time(), endpoint(), recipient(), 0..19_usize, any::<u64>(), any::<u32>(), 0..4_usize).prop_map(
            |(at, endpoint, recipient, kind, subjects, count, budget)| Entry::Refused(Withheld {
                at, endpoint, operator: None, recipient, kind: RefusalKind::ALL[kind], subjects, count,
                budget: Whose::ALL.get(budget).copied()
            })
        ),
        1 => (time(), any::<u64>(), any::<bool>())
            .prop_map(|(at, cut_bytes, tail_lost)| Entry::Started(Started { at, cut_bytes, tail_lost })),
        1 => time().prop_map(|at| Entry::Counted { at }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(entries in prop::collection::vec(entry(), 0..40)) {
        let (bytes, mark) = write(&entries);
        prop_assert_eq!(read(&bytes), (entries, mark));
    }

    /// Whatever a disk or a person does to the bytes: what still reads is a beginning of what was
    /// written. Never a panic, never an entry that nobody wrote, never one out of order.
    #[test]
    fn changed_bytes_read_as_a_beginning_or_not_at_all(
        entries in prop::collection::vec(entry(), 1..12),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        drop_frame in any::<bool>(),
    ) {
        let (mut bytes, _) = write(&entries);
        if drop_frame {
            // Frames removed from the front: whole and unharmed, but not where they were.
            let (first, _) = write(&entries[..1]);
            bytes.drain(..first.len());
        } else {
            for (at, value) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let (read, _) = read(&bytes);
        prop_assert!(read.len() <= entries.len());
        prop_assert_eq!(&read[..], &entries[..read.len()]);
        prop_assert!(!drop_frame || read.is_empty());
    }

    #[test]
    fn bytes_from_nowhere_are_no_entries(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).0.is_empty());
        prop_assert!(Header::decode(&bytes).is_err());
    }

    /// Payloads with a right checksum and link, made by somebody who has the code: still no panic.
    #[test]
    fn a_forged_payload_is_an_entry_or_an_error(payload in prop::collection::vec(any::<u8>(), 1..200), kind in 0_u8..8) {
        use sha2::{Digest, Sha256};
        let mut payload = payload;
        payload[0] = kind;
        let mut hash = Sha256::new();
        hash.update(Reader::after(&header()).mark().head.bytes());
        hash.update(&payload);
        let link: [u8; 32] = hash.finalize().into();
        let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
        let mut crc = crc32fast::Hasher::new();
        [&length[..], &link[..8], &payload].iter().for_each(|part| crc.update(part));
        let mut frame = length.to_vec();
        frame.extend_from_slice(&crc.finalize().to_le_bytes());
        frame.extend_from_slice(&link[..8]);
        frame.extend_from_slice(&payload);
        match Reader::after(&header()).next(&frame) {
            Frame::Whole(entry, used) => { prop_assert_eq!(used, frame.len()); let _ = entry.at(); }
            Frame::Short(needed) => prop_assert!(needed > frame.len()),
            Frame::Broken(_) => {}
        }
    }

    #[test]
    fn a_header_reads_back(number: u64, created: u64, segment: u64, length: u64, flip in 0..704_usize) {
        let previous = Mark { segment, length, head: "ab".repeat(32).parse().unwrap() };
        let header = Header { number, created: Timestamp::from_millis(created), previous };
        let mut bytes = header.encode();
        prop_assert_eq!(Header::decode(&bytes), Ok(header));
        bytes[flip / 8] ^= 1 << (flip % 8);
        prop_assert!(Header::decode(&bytes).is_err());
    }
}

#[test]
fn one_read_of_one_person_costs_about_a_hundred_bytes() {
    let exposure = |nth: u64| Exposure {
        exchange: ExchangeId::of(77, nth),
        at: Timestamp::from_millis(1_800_000_000_000 + 3 * nth),
        endpoint: "GET /v1/orders/{id}".parse().unwrap(),
        operator: Some("shop vendor".into()),
        recipient: Recipient {
            kind: "verified".into(),
            principal: Some(SubjectDigest::new([3; 16])),
            role: None,
            client: "192.0.2.7".parse().unwrap(),
        },
        subjects: vec![ExposedSubject {
            digests: (0..3).map(|n| SubjectDigest::new([n; 16])).collect(),
            classes: [DataClass::Email, DataClass::Name].into_iter().collect(),
            basis: Basis::Own,
        }],
    };
    let (mut bytes, mut writer) = (Vec::new(), Writer::after(&header()));
    let (mut intended, mut completed) = (0, 0);
    for nth in 0..10_000 {
        let before = bytes.len();
        let exposure = exposure(nth);
        let (exchange, at) = (exposure.exchange, exposure.at);
        writer.push(&Entry::Intended(exposure), &mut bytes).unwrap();
        intended += bytes.len() - before;
        let before = bytes.len();
        writer.push(&Entry::Completed { exchange, completion: Completion::Sent, at }, &mut bytes).unwrap();
        completed += bytes.len() - before;
    }
    let (intended, completed) = (intended as f64 / 1e4, completed as f64 / 1e4);
    println!(
        "bytes an entry: intended {intended:.1}, completed {completed:.1}; {:.0} MB per million exchanges",
        intended + completed
    );
    assert!(intended < 104.0 && completed < 25.0, "{intended} {completed}");
}

#[test]
fn an_entry_that_does_not_fit_changes_nothing() {
    let person = |digests: usize| ExposedSubject {
        digests: (0..digests).map(|_| SubjectDigest::default()).collect(),
        classes: ClassSet::EMPTY,
        basis: Basis::Budget,
    };
    let with = |subjects: Vec<ExposedSubject>, role: Option<String>| {
        Entry::Intended(Exposure {
            exchange: ExchangeId::new(1),
            at: Timestamp::from_secs(1),
            endpoint: "GET /".parse().unwrap(),
            operator: None,
            recipient: Recipient {
                kind: "anonymous".into(),
                principal: None,
                role: role.map(Into::into),
                client: "::1".parse().unwrap(),
            },
            subjects,
        })
    };
    let (mut bytes, mut writer) = (Vec::new(), Writer::after(&header()));
    let before = writer.mark();
    for bad in [
        with(vec![person(0)], None),
        with(vec![person(9)], None),
        with(vec![person(8); 200_000], None),
        with(vec![person(1)], Some("r".repeat(5000))),
    ] {
        assert!(writer.push(&bad, &mut bytes).is_err());
    }
    assert!(bytes.is_empty());
    assert_eq!(writer.mark(), before);
    // A page of 100,000 people is one entry.
    writer.push(&with(vec![person(3); 100_000], None), &mut bytes).unwrap();
    assert_eq!(read(&bytes).0.len(), 1);
}

#[test]
fn more_texts_than_a_segment_remembers_still_read_back() {
    let entries: Vec<Entry> = (0..9000)
        .map(|nth| {
            Entry::Refused(Withheld {
                at: Timestamp::from_secs(nth),
                endpoint: format!("GET /learned/{nth}").parse().unwrap(),
                operator: None,
                recipient: Recipient {
                    kind: "anonymous".into(),
                    principal: None,
                    role: None,
                    client: "::1".parse().unwrap(),
                },
                kind: RefusalKind::BudgetSpent,
                subjects: 1,
                count: 1,
                budget: None,
            })
        })
        .collect();
    assert_eq!(read(&write(&entries).0).0, entries);
}
