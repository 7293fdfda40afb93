//! Pre-selection loses no rule, and what is not known matches nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use domain::Timestamp;
use proptest::prelude::*;
use sigma::{Event, Field, Fields, File, Reason, Rules, load};

fn rules(text: &str) -> Rules {
    let loaded = load(&[File { name: "r.yml", text }], 7);
    assert!(!loaded.has_errors(), "{:#?}\n{text}", loaded.faults);
    loaded.rules
}

fn rule(source: &str, detection: &str) -> String {
    format!("title: t\nlogsource: {{category: {source}}}\ndetection:\n{detection}\n")
}

fn seen<'e>(target: &'e str, agent: Option<&'e str>, given: Fields) -> Event<'e> {
    Event {
        given,
        method: Some(b"GET"),
        target: Some(target.as_bytes()),
        agent: agent.map(str::as_bytes),
        status: Some(200),
        ..Event::default()
    }
}

#[test]
fn what_is_not_known_matches_nothing_not_even_under_not() {
    let unknown: [(&str, &str); 9] = [
        ("webserver", "  s: {CommandLine: x}\n  condition: s"),
        ("webserver", "  s: {CommandLine: x}\n  condition: not s"),
        ("webserver", "  s: {cs-method: GET}\n  f: {unknown|contains: x}\n  condition: s and not f"),
        ("webserver", "  s: {cs-method: GET}\n  f: {unknown: null}\n  condition: s and f"),
        ("webserver", "  s: {cs-method: GET, unknown|exists: false}\n  condition: s"),
        ("webserver", "  s: {cs-method: GET}\n  f: {unknown|neq: x}\n  condition: s or f"),
        ("webserver", "  s: {cs-method: GET, cs-uri|fieldref: unknown}\n  condition: not s"),
        ("process_creation", "  s: {cs-method: GET}\n  condition: s"),
        ("nothing_known", "  s: {cs-method: POST}\n  condition: not s"),
    ];
    for (source, detection) in unknown {
        let mut rules = rules(&rule(source, detection));
        assert!(!rules.all()[0].is_applicable(), "{detection}");
        assert!(rules.matches(&seen("/", None, Fields::ALL), Timestamp::default()).is_empty(), "{detection}");
    }
}

#[test]
fn what_a_log_does_not_tell_matches_nothing_under_not_and_what_was_not_sent_does() {
    let text = rule(
        "webserver",
        "  s: {cs-method: GET}\n  f: {cs-user-agent|contains: bot}\n  condition: s and not f",
    );
    let mut rules = rules(&text);
    let told = Fields::of(&[Field::Method, Field::Agent]);
    for (agent, given, expected) in [
        (None, told, 1),
        (Some("bot"), told, 0),
        (Some("x"), told, 1),
        (None, Fields::of(&[Field::Method]), 0),
    ] {
        let found = rules.matches(&seen("/", agent, given), Timestamp::default());
        assert_eq!(found.len(), expected, "{agent:?}");
    }
    let blind = rules.blind(Fields::of(&[Field::Method]));
    assert_eq!(blind.len(), 1);
    assert_eq!(blind[0].1, Fields::of(&[Field::Agent]));
    assert!(rules.blind(told).is_empty());
}

#[test]
fn a_correlation_is_blind_where_what_it_groups_by_or_every_rule_it_counts_is_not_told() {
    let base = |name: &str, field: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource: {{category: webserver}}\ndetection: {{s: {{{field}: x}}, condition: s}}\n---\n"
        )
    };
    let of = |kind: &str, condition: &str| {
        let text = format!(
            "{}{}title: c\ncorrelation: {{type: {kind}, rules: [a, b], group-by: [c-ip], timespan: 1h{condition}}}\n",
            base("a", "cs-host"),
            base("b", "cs-referer")
        );
        rules(&text)
    };
    let blind = |rules: &Rules, fields: &[Field]| {
        let blind = rules.blind(Fields::of(fields));
        blind.iter().any(|(index, _)| rules.get(*index).unwrap().is_correlation)
    };
    let count = of("event_count", ", condition: {gte: 2}");
    let order = of("temporal_ordered", "");
    for (fields, count_blind, order_blind) in [
        (&[Field::Client, Field::Host, Field::Referer][..], false, false),
        (&[Field::Client, Field::Host], false, true),
        (&[Field::Client], true, true),
        (&[Field::Host, Field::Referer], true, true),
    ] {
        assert_eq!((blind(&count, fields), blind(&order, fields)), (count_blind, order_blind), "{fields:?}");
    }
}

#[test]
fn a_condition_is_told_when_it_begins_to_hold_and_again_after_a_whole_window() {
    let text = rule("webserver", "  s: {cs-method: GET}\n  condition: s")
        .replace("title: t", "title: t\nname: t")
        + "---\ntitle: c\ncorrelation: {type: event_count, rules: [t], group-by: [cs-host], timespan: 10s, condition: {gte: 3}}\n";
    let mut rules = rules(&text);
    let mut told = Vec::new();
    for second in (0..30).chain([50, 51, 52, 53]) {
        let event = Event { host: Some(b"a"), ..seen("/", None, Fields::ALL) };
        let found = rules.matches(&event, Timestamp::from_secs(second));
        told.extend(found.iter().map(|one| (second, one.count, one.group[0].1.clone())));
        // Without the field there is no group.
        assert!(rules.matches(&seen("/", None, Fields::ALL), Timestamp::from_secs(second)).is_empty());
    }
    let of = |second, count| (second, Some(count), "a".to_owned());
    assert_eq!(told, [of(2, 3), of(12, 4), of(22, 4), of(52, 3)]);
}

#[test]
fn why_a_rule_is_not_applicable_is_said_with_its_line_and_a_near_name() {
    let loaded = load(
        &[File { name: "r.yml", text: &rule("webserver", "  s:\n    cs-user-agnt: x\n  condition: s") }],
        7,
    );
    let (reason, at) = &loaded.rules.all()[0].reasons[0];
    assert_eq!(*reason, Reason::Field { name: "cs-user-agnt".into(), nearest: Some("cs-user-agent") });
    assert_eq!((at.line, at.column), (5, 5));
}

#[test]
fn the_names_of_a_proxys_log_are_mapped_and_a_product_must_be_the_logs_own() {
    let mut rules = rules(&rule("proxy", "  s: {c-uri|contains: /x, c-useragent: a}\n  condition: s"));
    let event = seen("/x?y", Some("A"), Fields::ALL);
    assert_eq!(rules.matches(&event, Timestamp::default()).len(), 1);
    let text = "title: t\nlogsource: {category: webserver, product: apache}\ndetection: {s: {cs-method: GET}, condition: s}\n";
    let mut rules = self::rules(text);
    for (product, expected) in [("Apache", 1), ("nginx", 0), ("", 0)] {
        let found = rules.matches(&Event { product, ..event }, Timestamp::default());
        assert_eq!(found.len(), expected, "{product}");
    }
}

#[test]
fn a_broken_document_leaves_the_others_whole_and_is_told_at_its_line() {
    let text = "title: a\nlogsource: {category: webserver}\ndetection: {s: {cs-method: GET}, condition: s}\n---\n\
                title: b\nlogsource: {category: webserver}\ndetection:\n  s: {cs-method|contians: GET}\n  condition: s\n---\n\
                title: c\nlogsource: {category: webserver}\ndetection:\n  s: {cs-method: GET}\n  condition: s and\n";
    let loaded = load(&[File { name: "r.yml", text }], 7);
    let told: Vec<_> = loaded
        .faults
        .iter()
        .filter(|f| f.diagnostic.code != "SIGMA-003")
        .map(|f| f.diagnostic.at.line)
        .collect();
    assert_eq!(told, [8, 15], "{:#?}", loaded.faults);
    assert_eq!(loaded.rules.all().len(), 1);
}

#[test]
fn a_correlation_that_builds_on_itself_or_on_nothing_is_an_error() {
    let of = |rules: &str| {
        format!(
            "title: c\nid: 9fb93534-081c-4253-b1e2-73a87984a8ab\nname: c\ncorrelation: {{type: event_count, rules: [{rules}], group-by: [c-ip], timespan: 1h, condition: {{gte: 3}}}}\n"
        )
    };
    for (rules, message) in [("c", "builds on itself"), ("nobody", "no rule has")] {
        let loaded = load(&[File { name: "r.yml", text: &of(rules) }], 7);
        assert!(loaded.faults.iter().any(|f| f.diagnostic.message.contains(message)), "{:#?}", loaded.faults);
    }
}

/// Values that meet letters, case, patterns, numbers and what is not ASCII.
const WORDS: [&str; 12] =
    ["/api/v1/users", "users", "curl/", "CURL", "kiss", "404", "/a?b", "*.env", "v?/x", "ü", "a", "200"];

fn item() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "cs-method",
        "cs-uri-stem",
        "cs-uri-query",
        "cs-user-agent",
        "sc-status",
        "c-ip",
    ]);
    let modifier = prop::sample::select(vec![
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|re",
        "|neq",
        "|contains|cased",
        "|exists",
    ]);
    let values = prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..10);
    (field, modifier, values).prop_map(|(field, modifier, values)| {
        let quoted: Vec<String> = match modifier {
            "|exists" => return format!("{field}|exists: {}", values.len() % 2 == 0),
            "|re" => values.iter().map(|value| format!("'(?i){}'", value.replace(['*', '?'], "."))).collect(),
            _ => values.iter().map(|value| format!("'{value}'")).collect(),
        };
        format!("{field}{modifier}: [{}]", quoted.join(", "))
    })
}

fn any_rule() -> impl Strategy<Value = String> {
    let detection = || prop::collection::vec(prop::collection::vec(item(), 1..3), 1..3);
    let keywords = prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..3);
    let condition = prop::sample::select(vec![
        "a",
        "a and b",
        "a or b",
        "a and not b",
        "not a",
        "1 of them",
        "all of them",
        "a or (b and k)",
        "k",
        "a and not k",
        "not (a or not b)",
    ]);
    (detection(), detection(), keywords, condition).prop_map(|(a, b, k, condition)| {
        let of = |name: &str, detection: Vec<Vec<String>>| {
            let mut text = format!("  {name}:\n");
            for items in detection {
                let mut seen = Vec::new();
                for (nth, item) in items.iter().enumerate() {
                    let key = item.split(':').next().unwrap().to_owned();
                    if seen.contains(&key) {
                        continue;
                    }
                    seen.push(key);
                    text += &format!("    {} {item}\n", if nth == 0 { "-" } else { " " });
                }
            }
            text
        };
        let k: Vec<String> = k.iter().map(|word| format!("'{word}'")).collect();
        rule(
            "webserver",
            &format!("{}{}  k: [{}]\n  condition: {condition}", of("a", a), of("b", b), k.join(", ")),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn with_pre_selection_the_same_rules_match_as_by_rsigma_alone(
        texts in prop::collection::vec(any_rule(), 1..80),
        events in prop::collection::vec(
            (prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..4), prop::option::of(prop::sample::select(WORDS.to_vec())),
             prop::sample::select(vec!["GET", "get", "users", "ü"]), prop::option::of(prop::sample::select(vec![200u16, 404])), any::<bool>(), any::<bool>()),
            1..20,
        ),
    ) {
        let files: Vec<File<'_>> = texts.iter().map(|text| File { name: "r.yml", text }).collect();
        let mut rules = load(&files, 7).rules;
        for (parts, agent, method, status, client, broken) in events {
            let mut target = parts.concat().into_bytes();
            if broken {
                target.push(0xff);
            }
            let kelvin = agent.map(|agent| agent.replace('k', "\u{212a}"));
            let event = Event {
                given: Fields::ALL,
                method: Some(method.as_bytes()),
                target: Some(&target),
                agent: if broken { kelvin.as_deref() } else { agent }.map(str::as_bytes),
                status,
                client: client.then(|| "192.0.2.1".parse().unwrap()),
                ..Event::default()
            };
            let mut fast = rules.matching(&event);
            let mut slow = rules.matching_slowly(&event);
            fast.sort();
            slow.sort();
            prop_assert_eq!(fast, slow);
        }
    }
}
