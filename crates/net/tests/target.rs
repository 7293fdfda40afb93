//! One reading: every alias in `aliases.tsv`, and properties over made-up targets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use net::target::{Fault, Target, TargetError};
use proptest::prelude::*;

const ALIASES: &str = include_str!("aliases.tsv");

fn aliases() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ALIASES.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [raw, canonical, faults] = columns[..] else { panic!("three columns: {line}") };
        (raw, canonical, faults)
    })
}

fn words(target: &Target) -> String {
    target.faults().iter().map(|fault| fault.word()).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_alias_reaches_its_one_canonical_target_or_is_refused() {
    let mut reached = 0;
    for (raw, canonical, faults) in aliases() {
        match Target::parse(raw) {
            Ok(target) => {
                assert_eq!(target.path_and_query().as_str(), canonical, "{raw}");
                assert_eq!(target.segments().as_slice(), ["api", "customers", "7"], "{raw}");
                assert_eq!(words(&target), faults, "{raw}");
                reached += 1;
            }
            Err(error) => assert_eq!(("refused", error.word()), (canonical, faults), "{raw}"),
        }
    }
    assert!(reached >= 60, "only {reached} aliases");
}

#[test]
fn a_parsed_request_line_reads_as_its_text_does() {
    for (raw, ..) in aliases().filter(|(raw, ..)| !raw.contains('#')) {
        // What the http crate does not parse never reaches us: the listener answers 400.
        let Ok(uri) = raw.parse::<http::Uri>() else { continue };
        assert_eq!(Target::read(&uri), Target::parse(raw), "{raw}");
    }
}

#[test]
fn ordinary_targets_pass_as_they_are() {
    for (raw, segments, query) in [
        ("/", "", ""),
        ("/v1/orders/7", "v1|orders|7", ""),
        ("/a/b@c:d,e=f!g$h&i'(j)*~-._k", "a|b@c:d,e=f!g$h&i'(j)*~-._k", ""),
        ("/stra%C3%9Fe/100%25", "straße|100%", ""),
        ("/a%3Fb/c%23d", "a?b|c#d", ""),
        ("/a%20b/1.5", "a b|1.5", ""),
        ("/x?flag", "x", "flag="),
        ("/x?flag=&a=b=c", "x", "flag=|a=b=c"),
        ("/x?next=https://a.example/p?q", "x", "next=https://a.example/p?q"),
        ("/x?q=%C3%A4%20%26%2B", "x", "q=ä &+"),
        ("/x?u=https%3A%2F%2Fa.example%2F%253F", "x", "u=https://a.example/%3F"),
    ] {
        let target = Target::parse(raw).unwrap();
        assert_eq!(target.faults(), [], "{raw}");
        assert_eq!(target.segments().join("|"), segments, "{raw}");
        let pairs: Vec<String> = target.query().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs.join("|"), query, "{raw}");
        assert_eq!(target.path(), raw.split('?').next().unwrap(), "{raw}");
    }
}

#[test]
fn a_canonical_target_is_shared_with_the_request_line_and_not_copied() {
    let uri: http::Uri = "/v1/orders/7?page=2&size=10".parse().unwrap();
    let target = Target::read(&uri).unwrap();
    let given = uri.path_and_query().unwrap().as_str().as_ptr();
    assert!(std::ptr::eq(target.path_and_query().as_str().as_ptr(), given));
}

#[test]
fn a_query_pair_can_be_taken_out() {
    for (raw, left) in [
        ("/x?_method=DELETE", "/x"),
        ("/x?a=1&_method=DELETE&b", "/x?a=1&b"),
        ("/x?a%26=1&_m%65thod=PUT&c=%3D%26", "/x?a%26=1&c=%3D%26".replace("%3D", "=").leak()),
    ] {
        let target = Target::parse(raw).unwrap().without_query("_method").unwrap();
        assert_eq!(target.path_and_query().as_str(), left);
        assert_eq!(target.query().filter(|(name, _)| *name == "_method").count(), 0);
    }
}

#[test]
fn bounds_hold() {
    let long = format!("/{}", "a".repeat(Target::MOST_BYTES));
    assert_eq!(Target::parse(&long), Err(TargetError::TooLong));
    let deep = "/a".repeat(Target::MOST_SEGMENTS + 1);
    assert_eq!(Target::parse(&deep), Err(TargetError::TooLong));
    assert_eq!(Target::read(&deep.parse().unwrap()), Err(TargetError::TooLong));
    let wide = format!("/a?{}", "b&".repeat(Target::MOST_PAIRS + 1));
    assert_eq!(Target::parse(&wide), Err(TargetError::TooLong));
    assert!(Target::parse(&"/a".repeat(Target::MOST_SEGMENTS)).is_ok());
}

#[test]
fn a_target_does_not_show_itself_in_debug_output() {
    let target = Target::parse("/people/ann@example.com//?mail=ann@example.com").unwrap();
    let shown = format!("{target:?}");
    assert!(shown.contains("EmptySegment") && !shown.contains("ann"), "{shown}");
}

#[test]
fn fault_words_are_distinct() {
    let mut words: Vec<_> = Fault::ALL.iter().map(|fault| fault.word()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Fault::ALL.len());
}

/// Targets made of the pieces that matter.
fn targets() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9]{1,3}".boxed(),
        proptest::sample::select(vec![
            "/",
            "/",
            "/",
            "//",
            ".",
            "..",
            "...",
            ";",
            "%2f",
            "%2F",
            "%5c",
            "\\",
            "%2e",
            "%2E%2e",
            "%25",
            "%252e",
            "%252F",
            "%20",
            "+",
            "%2B",
            "%3B",
            "%3f",
            "%23",
            "%41",
            "%c3%a9",
            "é",
            "?",
            "&",
            "=",
            "a=1",
            "a=2",
            "%26",
            "%3D",
            "%",
            "%4",
            "%00",
            "%c0%af",
            "~",
            "|",
            "\"",
            "{",
            "}",
            "'",
            "%7E",
            "%25%32%66",
            "%0A",
        ])
        .prop_map(str::to_owned)
        .boxed(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

/// How carelessly an upstream may read a path: decode it `rounds` times (leniently), cut at `;`,
/// read `\` as `/`, join slashes, resolve dots, drop trailing dots.
fn careless(path: &str, rounds: usize) -> Vec<String> {
    let mut text = path.to_owned();
    for _ in 0..rounds {
        text = percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned();
    }
    let mut segments: Vec<String> = Vec::new();
    for part in text.replace('\\', "/").split('/') {
        let part = part.split(';').next().unwrap().trim_end_matches(' ');
        match part {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other.trim_end_matches('.').to_owned()),
        }
    }
    segments
}

proptest! {
    #[test]
    fn the_canonical_form_is_a_fixed_point(raw in targets()) {
        if let Ok(once) = Target::parse(&raw) {
            let text = once.path_and_query().as_str().to_owned();
            let again = Target::parse(&text).unwrap();
            prop_assert_eq!(again.path_and_query().as_str(), text.as_str());
            prop_assert_eq!(again.segments(), once.segments());
            prop_assert!(again.query().eq(once.query()));
            let allowed = [Fault::TrailingSlash, Fault::DuplicateQueryKey];
            // A name that looks encoded once more keeps its one spelling and its fault.
            let named = once.query().any(|(name, _)| name.contains('%'));
            prop_assert!(again.faults().iter().all(|fault| allowed.contains(fault)
                || named && *fault == Fault::DoubleEncoding), "{} -> {:?}", raw, again.faults());
        }
    }

    #[test]
    fn no_careless_upstream_reads_the_canonical_path_otherwise(raw in targets()) {
        if let Ok(target) = Target::parse(&raw) {
            for rounds in 1..=3 {
                prop_assert_eq!(careless(target.path(), rounds), target.segments().to_vec(), "{} {}", &raw, rounds);
            }
        }
    }

    #[test]
    fn a_target_without_fault_is_what_a_plain_reader_reads(raw in targets()) {
        if let Ok(target) = Target::parse(&raw)
            && target.faults().is_empty()
        {
            let path = raw.split('?').next().unwrap();
            let plain: Vec<String> = path.split('/').skip(1).filter(|part| !part.is_empty())
                .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned()).collect();
            prop_assert_eq!(plain, target.segments().to_vec());
        }
    }

    #[test]
    fn the_short_way_for_canonical_targets_agrees_with_the_long_one(raw in targets()) {
        if let Ok(uri) = raw.parse::<http::Uri>()
            && !raw.contains('#')
        {
            // `parse` always takes the long way.
            prop_assert_eq!(Target::read(&uri).map(|t| view(&t)), Target::parse(&raw).map(|t| view(&t)));
        }
    }

    #[test]
    fn a_canonical_target_takes_the_short_way_or_differs_in_nothing(raw in targets()) {
        if let Ok(target) = Target::parse(&raw) {
            let uri: http::Uri = target.path_and_query().as_str().parse().unwrap();
            prop_assert_eq!(view(&Target::read(&uri).unwrap()).0, view(&target).0);
        }
    }

    #[test]
    fn no_text_makes_it_panic(raw in "\\PC{0,40}") {
        let _ = Target::parse(&raw);
        let _ = Target::parse(&format!("/{raw}"));
    }
}

type View = ((String, Vec<String>, Vec<(String, String)>), Vec<Fault>);

fn view(target: &Target) -> View {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    (
        (
            target.path_and_query().to_string(),
            target.segments().iter().map(ToString::to_string).collect(),
            target.query().map(owned).collect(),
        ),
        target.faults().to_vec(),
    )
}
