//! Records of an answer against their owners.

use std::borrow::Cow;

use domain::{Caller, Mode, Ownership};
use policy::authorize::{Declared, Policies};
use policy::own::{OwnerValue, Whose, decide_owners};
use proptest::prelude::*;

use crate::world::*;

const DOOR: &str = "GET /v1/{tenant}/orders/{id}";

fn inventory(owner: &str, more: &str) -> Vec<Declared> {
    let owner = if owner.is_empty() { String::new() } else { format!(r#","owner":{owner}"#) };
    vec![operation(
        "readOrder",
        DOOR,
        &format!(r#"{{"audience":{{"internal":["0.0.0.0/0"]}}{owner}{more}}}"#),
    )]
}

fn of(text: &str) -> OwnerValue<'_> {
    match text {
        "-" => OwnerValue::Missing,
        "null" => OwnerValue::Null,
        "?" => OwnerValue::Unusable,
        text => OwnerValue::Text(Cow::Borrowed(text)),
    }
}

/// Records written `ann bob -`, each field of a record joined by `+`.
fn records(text: &str) -> Vec<Vec<OwnerValue<'_>>> {
    text.split_whitespace().map(|record| record.split('+').map(of).collect()).collect()
}

/// One letter per record (`o`wn, `f`oreign, `c`ut), or the refusal.
fn told(policies: &Policies, request: &Ask, of: &str, parent: bool) -> String {
    let permit = request.of(policies).unwrap();
    let decided = request.facts(|facts| decide_owners(&permit, facts, &|_| parent, records(of), request.now));
    match decided {
        Ok(owners) => {
            let letter = |whose: &Whose| match whose {
                Whose::Own => 'o',
                Whose::Foreign => 'f',
                Whose::Cut => 'c',
            };
            let letters: String = owners.records().iter().map(letter).collect();
            match owners.noted() {
                None => letters,
                Some(noted) => format!("{letters}, noted {}: {}", noted.kind, noted.detail),
            }
        }
        Err(refusal) => format!("{}: {}", refusal.kind, refusal.detail),
    }
}

struct Row<'r> {
    caller: Caller,
    records: &'r str,
    expected: &'r str,
}

fn check(owner: &str, more: &str, policies: &str, rows: &[(Caller, &str, &str)]) {
    let loaded = load_into(&inventory(owner, more), policies, "")
        .unwrap_or_else(|errors| panic!("{}", crate::world::told(&errors)))
        .policies;
    for (caller, records, expected) in rows {
        let row = Row { caller: caller.clone(), records, expected };
        let request = ask(DOOR).by(row.caller);
        assert_eq!(told(&loaded, &request, row.records, false), row.expected, "{records}");
    }
}

const FIELD: &str = r#""$.customer_id = claim.sub""#;
const STRIP: &str = r#","on_foreign":"strip""#;

#[test]
fn a_record_without_a_usable_owner_is_foreign() {
    check(
        FIELD,
        "",
        "",
        &[
            (user("ann"), "", ""),
            (user("ann"), "ann ann", "oo"),
            (user("ann"), "ann bob", "foreign: owner rule: 1 records of others"),
            (user("ann"), "ann -", "foreign: owner rule: 1 records without owner"),
            (user("ann"), "null", "foreign: owner rule: 1 records without owner"),
            (user("ann"), "? ann bob", "foreign: owner rule: 1 records without owner"),
            (user("ann"), "Ann", "foreign: owner rule: 1 records of others"),
            (Caller::Anonymous, "ann", "foreign: owner rule: 1 records of others"),
        ],
    );
    check(FIELD, STRIP, "", &[(user("ann"), "ann bob - ann null ?", "occocc"), (user("ann"), "bob", "c")]);
}

#[test]
fn a_role_reads_records_of_others_charged_to_its_budget() {
    let more = r#","roles":["staff"]"#;
    check(
        FIELD,
        more,
        "",
        &[
            (staff("eve"), "ann eve - null", "foff"),
            (user("ann"), "bob", "foreign: owner rule: 1 records of others"),
        ],
    );
}

#[test]
fn without_a_rule_every_record_is_foreign_and_left_to_the_budget() {
    check("", "", "", &[(user("ann"), "ann -", "ff"), (Caller::Anonymous, "ann", "f")]);
}

#[test]
fn where_only_roles_are_declared_records_are_for_them_alone() {
    check(
        "",
        r#","roles":["staff"]"#,
        "",
        &[
            (staff("eve"), "ann -", "ff"),
            (user("ann"), "ann", "foreign: owner rule: 1 records without owner"),
            (Caller::Anonymous, "ann", "foreign: owner rule: 1 records without owner"),
        ],
    );
}

#[test]
fn a_claim_with_two_values_owns_nothing() {
    let two = person(domain::PrincipalKind::Token, "ann", &[], &[("org", "a"), ("org", "b")]);
    check(r#""$.org = claim.org""#, STRIP, "", &[(two, "a b", "cc"), (user("ann"), "a -", "cc")]);
}

#[test]
fn every_part_of_a_rule_must_hold() {
    let both = r#"["$.tenant = claim.tenant","$.customer_id = claim.sub"]"#;
    check(both, STRIP, "", &[(user("ann"), "north+ann south+ann north+bob -+ann north+- north", "occccc")]);
    // The path says 1042 and north.
    check(r#""path.id = claim.sub""#, STRIP, "", &[(user("1042"), "x -", "oo"), (user("ann"), "ann", "c")]);
    check(
        r#"["path.tenant = claim.tenant","$.customer_id = claim.sub"]"#,
        STRIP,
        "",
        &[(user("ann"), "ann bob", "oc")],
    );
}

#[test]
fn a_child_is_the_callers_when_its_parent_was_shown_as_such() {
    let loaded =
        load_into(&inventory(r#""parent GET /v1/{tenant}/orders/{id}""#, ""), "", "").unwrap().policies;
    let request = ask(DOOR).by(user("ann"));
    assert_eq!(told(&loaded, &request, "x", true), "o");
    assert_eq!(told(&loaded, &request, "x", false), "foreign: owner rule: 1 records without owner");
    // Nothing was ever shown to nobody.
    assert_eq!(
        told(&loaded, &request.by(Caller::Anonymous), "x", true),
        "foreign: owner rule: 1 records without owner"
    );
}

#[test]
fn a_permit_lets_the_whole_set_of_owners_out_or_nothing() {
    let policy = r#"
        @id("ward") permit(principal is User, action in Action::"disclose readOrder", resource)
            when { ["bob", "cem"].containsAll(context.owners) };
        @id("vip") forbid(principal, action in Action::"disclose", resource)
            when { context.owners.contains("vip") };
        @id("nobodys") forbid(principal == User::"strict", action in Action::"disclose", resource)
            when { context.unowned };
    "#;
    check(
        FIELD,
        r#","roles":["staff"]"#,
        policy,
        &[
            (user("ann"), "ann bob cem bob", "offf"),
            (user("ann"), "bob dan", "foreign: owner rule: 2 records of others"),
            // `containsAll` of an empty set would hold: denied before Cedar is asked.
            (user("ann"), "- null", "foreign: owner rule: 2 records without owner"),
            (user("ann"), "bob -", "foreign: owner rule: 1 records without owner"),
            (Caller::Anonymous, "bob", "foreign: owner rule: 1 records of others"),
            // `forbid` wins over the role, and does not see what is the caller's own.
            (staff("eve"), "dan", "f"),
            (staff("eve"), "dan vip", "forbidden: forbidden by vip"),
            (user("vip"), "vip", "o"),
            (staff("strict"), "dan -", "forbidden: forbidden by nobodys"),
            (staff("eve"), "dan -", "ff"),
        ],
    );
    check(
        FIELD,
        STRIP,
        policy,
        &[
            (user("ann"), "ann bob - dan", "occc"),
            (user("ann"), "ann bob -", "ofc"),
            (user("ann"), "ann -", "oc"),
            (user("ann"), "ann vip", "forbidden: forbidden by vip"),
        ],
    );
}

#[test]
fn observe_notes_and_cuts_nothing() {
    for (more, noted) in [
        ("", "of, noted foreign: owner rule: 1 records of others"),
        (STRIP, "of, noted foreign: owner rule: 1 records would be cut"),
    ] {
        let loaded = load_into(&inventory(FIELD, more), "", "").unwrap().policies;
        let request = ask(DOOR).by(user("ann")).mode(Mode::Observe);
        assert_eq!(told(&loaded, &request, "ann bob", false), noted);
    }
}

#[test]
fn more_owners_than_a_policy_can_judge_are_refused() {
    let policy = r#"permit(principal, action in Action::"disclose readOrder", resource);"#;
    let loaded = load_into(&inventory(FIELD, ""), policy, "").unwrap().policies;
    let owners = |count: usize| (0..count).map(|n| format!("c{n} ")).collect::<String>();
    let request = ask(DOOR).by(user("ann"));
    let most = policy::own::MOST_OWNERS;
    assert_eq!(told(&loaded, &request, &owners(most), false), "f".repeat(most));
    assert!(
        told(&loaded, &request, &owners(most + 1), false).contains("more owners than a policy can judge")
    );
}

#[test]
fn a_value_does_not_show_itself() {
    assert_eq!(format!("{:?}", of("ann@example.com")), "Text(..)");
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{1,2}",
        1 => Just("-".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("?".to_owned()),
        1 => Just("a\u{1f}b".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The native short-hand against the Cedar policy that says the same, for one and for two fields.
    #[test]
    fn a_short_hand_says_what_its_cedar_policy_says(
        rows in proptest::collection::vec((value(), value()), 0..6),
        claims in proptest::collection::vec(("sub|tenant", "[ab]{1,2}"), 0..4),
        two in any::<bool>(),
        verified in any::<bool>(),
    ) {
        let caller = || {
            if !verified {
                return Caller::Anonymous;
            }
            let mut all = domain::Claims::default();
            claims.iter().for_each(|(name, value)| all.push(name, value));
            Caller::Verified(std::sync::Arc::new(domain::Principal {
                id: domain::PrincipalId::new("p"),
                kind: domain::PrincipalKind::Token,
                roles: Default::default(),
                claims: all,
            }))
        };
        let (native, foreign_to_all) = if two {
            (r#"["$.tenant = claim.tenant","$.id = claim.sub"]"#, r#"["$.tenant = claim.none","$.id = claim.none"]"#)
        } else {
            (r#""$.id = claim.sub""#, r#""$.id = claim.none""#)
        };
        // Cedar cannot join texts, so the joined claim is written out as policy generators would.
        let of_caller = |name: &str| match caller() {
            Caller::Verified(principal) => principal.claims.single(name).map(str::to_owned),
            _ => None,
        };
        let policy = if two {
            let mine = match (of_caller("tenant"), of_caller("sub")) {
                (Some(tenant), Some(sub)) => format!("[\"{tenant}\\u{{1f}}{sub}\"]"),
                _ => "[\"nobody\"]".to_owned(),
            };
            format!("permit(principal is User, action in Action::\"disclose readOrder\", resource) when {{ {mine}.containsAll(context.owners) }};")
        } else {
            "permit(principal is User, action in Action::\"disclose readOrder\", resource)
             when { principal.hasTag(\"sub\") && [principal.getTag(\"sub\")].containsAll(context.owners) };".to_owned()
        };
        let by_rule = load_into(&inventory(native, ""), "", "").unwrap().policies;
        let by_cedar = load_into(&inventory(foreign_to_all, ""), &policy, "").unwrap().policies;

        let records: Vec<Vec<OwnerValue<'_>>> = rows
            .iter()
            .map(|(tenant, id)| if two { vec![of(tenant), of(id)] } else { vec![of(id)] })
            .collect();
        let request = ask(DOOR).by(caller());
        let leaves = |policies: &Policies| {
            let permit = request.of(policies).unwrap();
            request.facts(|facts| decide_owners(&permit, facts, &|_| false, &records, NOON)).is_ok()
        };
        prop_assert_eq!(leaves(&by_rule), leaves(&by_cedar));
        // And the written rule, said once more in the plainest words.
        let names: &[&str] = if two { &["tenant", "sub"] } else { &["sub"] };
        let plainly = records.iter().all(|record| {
            record.iter().zip(names).all(|(value, name)| match (value, of_caller(name)) {
                (OwnerValue::Text(text), Some(claim)) => *text == claim,
                _ => false,
            })
        });
        prop_assert_eq!(leaves(&by_rule), plainly);
    }

    #[test]
    fn the_owner_of_a_path_rule_is_the_one_in_the_path(id in "[ab]{1,2}", sub in "[ab]{1,2}") {
        let owner: Ownership = "path.id = claim.sub".parse().unwrap();
        let loaded = load_into(&inventory(&serde_json::to_string(&owner).unwrap(), ""), "", "").unwrap().policies;
        let id: &'static str = Box::leak(id.into_boxed_str());
        let request = ask(DOOR).by(user(&sub)).with("path.id", text(id));
        prop_assert_eq!(told(&loaded, &request, "x", false) == "o", id == sub);
    }
}
