//! What is fast here against what is obvious: slices against all policies, kept answers against
//! fresh ones, facts against the schema.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{Entities, Policy, PolicyId, PolicySet, Request, Schema, ValidationMode, Validator};
use domain::{Audience, Claims, Intent, Method, Principal, PrincipalId, PrincipalKind, PublicDecl, RoleName};
use proptest::prelude::*;

use super::ask::question;
use super::check::told_apart;
use super::door::{Selection, Slice};
use super::inventory::Inventory;
use super::rule::Rule;
use super::schema::{Doorway, schema};
use super::*;

const DOORS: [(&str, &str); 4] = [
    ("listProducts", "GET /products"),
    ("readOrder", "GET /v1/{tenant}/orders/{id}"),
    ("POST /search", "POST /search"),
    ("exportOrders", "GET /export"),
];

fn inventory() -> Vec<Declared> {
    let public =
        PublicDecl { reason: "r".into(), owner: "o".into(), expires: Timestamp::from_secs(u64::MAX / 2000) };
    let mut intent = Intent::new(Audience::Public(public));
    intent.owner = Some("$.customer_id = claim.sub".parse().unwrap());
    let intent = Arc::new(intent);
    DOORS
        .iter()
        .map(|(id, door)| Declared {
            id: OperationId::new(id),
            endpoint: door.parse().unwrap(),
            intent: Some(intent.clone()),
        })
        .collect()
}

fn caller(nth: usize) -> Caller {
    let principal = |id: &str, kind, roles: &[&str], tenant: &[&str]| {
        let mut claims = Claims::default();
        tenant.iter().for_each(|tenant| claims.push("tenant", tenant));
        Caller::Verified(Arc::new(Principal {
            id: PrincipalId::new(id),
            kind,
            roles: roles.iter().map(|role| RoleName::new(role)).collect(),
            claims,
        }))
    };
    match nth % 5 {
        0 => Caller::Anonymous,
        1 => principal("ann", PrincipalKind::Token, &[], &["north"]),
        2 => principal("ann", PrincipalKind::Token, &["staff"], &["south"]),
        3 => principal("bob", PrincipalKind::ApiKey, &["staff", "root"], &["north", "south"]),
        _ => principal("key", PrincipalKind::Partner("acme".into()), &[], &[]),
    }
}

/// A head and a condition each, of every kind that the schema knows.
const HEADS: [&str; 12] = [
    "action in Action::\"call\", resource",
    "action == Action::\"listProducts\", resource",
    "action in Action::\"GET /products\", resource",
    "action in [Action::\"readOrder\", Action::\"POST /search\"], resource",
    "action in Action::\"call\", resource in Endpoint::\"GET /v1/{tenant}/orders/{id}\"",
    "action in Action::\"call\", resource == Endpoint::\"POST /search\"",
    "action in Action::\"call\", resource == Object::\"orders/7\"",
    "action in Action::\"call\", resource is Object",
    "action in Action::\"call\", resource is Endpoint",
    "action in Action::\"call\", resource is Object in Endpoint::\"GET /v1/{tenant}/orders/{id}\"",
    "action in [Action::\"POST /search\", Action::\"call\"], resource",
    "action in [Action::\"call\", Action::\"exportOrders\"], resource",
];
const PRINCIPALS: [&str; 5] = [
    "principal",
    "principal is User",
    "principal in Role::\"staff\"",
    "principal == User::\"ann\"",
    "principal is Anonymous",
];
const CONDITIONS: [&str; 8] = [
    "true",
    "principal.hasTag(\"tenant\") && principal.getTag(\"tenant\") == \"north\"",
    "principal is User && principal.claims.contains(\"tenant=south\")",
    "context.request.hasTag(\"query.q\") && context.request.getTag(\"query.q\") like \"a*\"",
    "context.numbers.hasTag(\"query.n\") && context.numbers.getTag(\"query.n\") * 2 > 6",
    "context.client.isInRange(ip(\"10.0.0.0/8\"))",
    "context.time > datetime(\"1970-01-01T00:01:00Z\")",
    "resource.path like \"/v1/*\" || context.method == \"POST\"",
];

/// Conditions with a fault, some of them for some kinds of callers or resources only.
const BROKEN: [&str; 6] = [
    "principal.id == \"x\"",
    "principal.name == \"x\"",
    "resource.id == \"x\"",
    "context.request.getTag(\"query.q\") == \"x\"",
    "principal is Partner && resource is Endpoint && context.owners.contains(\"x\")",
    "action in Action::\"GET /products\" && resource.kind == \"x\"",
];

/// Whether the head names the door, said once more by hand.
fn names(head: usize, door: usize) -> bool {
    matches!((head, door), (1 | 2, 0) | (3, 1 | 2) | (4 | 9, 1) | (5 | 10, 2) | (11, 3))
}

#[derive(Clone, Debug)]
struct Made {
    permit: bool,
    principal: usize,
    head: usize,
    condition: usize,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = (any::<bool>(), 0..PRINCIPALS.len(), 0..HEADS.len(), 0..CONDITIONS.len());
    proptest::collection::vec(
        one.prop_map(|(permit, principal, head, condition)| Made { permit, principal, head, condition }),
        0..6,
    )
}

fn text(made: &[Made]) -> String {
    made.iter()
        .enumerate()
        .map(|(nth, Made { permit, principal, head, condition })| {
            let effect = if *permit { "permit" } else { "forbid" };
            let (principal, head, condition) = (PRINCIPALS[*principal], HEADS[*head], CONDITIONS[*condition]);
            format!("@id(\"p{nth}\") {effect}({principal}, {head}) when {{ {condition} }};\n")
        })
        .collect()
}

/// Loads what was made, leaving out policies that strict validation finds can never apply.
fn load(made: &mut Vec<Made>, patches: &str, answers: usize) -> Policies {
    loop {
        let source = [Source::new("p", text(made))];
        let patches = [Source::new("q", patches)];
        match Policies::load_remembering(&inventory(), &source, &patches, Timestamp::default(), answers) {
            Ok(loaded) => return loaded.policies,
            Err(errors) => {
                let error = &errors[0];
                assert!(error.what.contains("can never apply"), "{error}");
                made.remove(error.at.line - 1);
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Asked {
    door: usize,
    caller: usize,
    q: Option<&'static str>,
    n: Option<&'static str>,
    id: &'static str,
    inside: bool,
    secs: u64,
}

fn asked() -> impl Strategy<Value = Asked> {
    let q = proptest::option::of(prop_oneof![Just("abc"), Just("xyz")]);
    let n = proptest::option::of(prop_oneof![Just("3"), Just("4"), Just("9223372036854775807")]);
    (0..DOORS.len() + 1, 0..5usize, q, n, prop_oneof![Just("7"), Just("8")], any::<bool>(), 0..120u64)
        .prop_map(|(door, caller, q, n, id, inside, secs)| Asked { door, caller, q, n, id, inside, secs })
}

fn with_facts<T>(asked: &Asked, see: impl FnOnce(&RequestFacts<'_>, Timestamp) -> T) -> T {
    let shadow = ("shadow", "GET /shadow/{x}");
    let (_, door) = DOORS.get(asked.door).unwrap_or(&shadow);
    let endpoint: Endpoint = door.parse().unwrap();
    let caller = caller(asked.caller);
    let found = |value: Option<&'static str>| value.map_or(Attribute::Missing, |v| Attribute::Text(v.into()));
    let attribute = |name: &AttributeName| match name.as_str() {
        "query.q" => found(asked.q),
        "query.n" => found(asked.n),
        "path.id" | "path.x" => found(Some(asked.id)),
        _ => Attribute::Missing,
    };
    let facts = RequestFacts {
        endpoint: &endpoint,
        method: endpoint.method(),
        path: if door.contains("/v1/") { "/v1/north/orders/7" } else { "/elsewhere" },
        caller: &caller,
        client: if asked.inside { "10.1.1.1" } else { "192.0.2.1" }.parse().unwrap(),
        internal_listener: false,
        mode: Mode::Guard,
        attribute: &attribute,
    };
    see(&facts, Timestamp::from_secs(asked.secs))
}

/// Every rule of every slice once, in the order of their ids.
fn all_rules(policies: &Policies) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let shadow = "GET /nowhere/{x}".parse().unwrap();
    let doors = DOORS.iter().map(|(_, door)| door.parse().unwrap()).chain(std::iter::once(shadow));
    for endpoint in doors {
        for rule in &policies.door(&endpoint).requests.chosen.rules {
            if !rules.iter().any(|known| known.id == rule.id) {
                rules.push(rule.clone());
            }
        }
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// Operations of three audiences, several of a kind.
fn wide_inventory() -> Vec<Declared> {
    let partner = Intent::new(Audience::Partner(vec!["acme".into()]));
    let intents = [None, Some(Intent::new(Audience::Authenticated)), Some(partner)].map(|i| i.map(Arc::new));
    let more = (0..24usize).map(|nth| {
        let parameter = if nth % 2 == 0 { "/{id}" } else { "" };
        Declared {
            id: OperationId::new(&format!("more{nth}")),
            endpoint: format!("GET /more{nth}{parameter}").parse().unwrap(),
            intent: intents[nth % 3].clone(),
        }
    });
    inventory().into_iter().chain(more).collect()
}

/// What strict validation finds against some doors: policy and place of each fault.
fn faults(policies: &PolicySet, doors: &[Doorway<'_>]) -> BTreeSet<(String, Option<usize>)> {
    let result = Validator::new(schema(doors).unwrap()).validate(policies, ValidationMode::Strict);
    let at = |error: &cedar_policy::ValidationError| {
        DetailedError::from(error).source_locations.first().map(|label| label.loc.start)
    };
    let errors = result.validation_errors().map(|error| (error.policy_id().to_string(), at(error)));
    let warnings = result.validation_warnings().map(|warning| (warning.policy_id().to_string(), None));
    errors.chain(warnings).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn one_operation_of_each_kind_finds_the_faults_that_all_find(
        mut policies in made(),
        broken in proptest::collection::vec((0..PRINCIPALS.len(), 0..HEADS.len(), 0..BROKEN.len()), 1..4),
        named in 0..24usize,
    ) {
        policies.truncate(2);
        let mut all = text(&policies);
        for (nth, (principal, head, condition)) in broken.into_iter().enumerate() {
            let (principal, head, condition) = (PRINCIPALS[principal], HEADS[head], BROKEN[condition]);
            all += &format!("@id(\"b{nth}\") forbid({principal}, {head}) when {{ {condition} }};\n");
        }
        all += &format!("forbid(principal is User, action in Action::\"more{named}\", resource is Object);\n");
        let set: PolicySet = all.parse().unwrap();
        let inventory = Inventory::new(&wide_inventory()).unwrap();
        let literals = set.policies().flat_map(Policy::entity_literals).collect::<Vec<_>>();
        let few = told_apart(inventory.doors(), literals.into_iter());
        prop_assert!(few.len() < 16);
        prop_assert_eq!(faults(&set, &inventory.doors()), faults(&set, &few), "{}", all);
    }

    #[test]
    fn a_slice_answers_as_all_policies_together_do(
        mut policies in made(),
        questions in proptest::collection::vec(asked(), 1..8),
    ) {
        let loaded = load(&mut policies, "", 0);
        let rules = all_rules(&loaded);
        for asked in &questions {
            with_facts(asked, |facts, now| {
                let door = loaded.door(facts.endpoint);
                let narrowed = policies.iter().any(|made| made.permit && names(made.head, asked.door));
                let base = (!narrowed).then(|| {
                    Policy::parse(Some(PolicyId::new("base")), "permit(principal, action, resource);").unwrap()
                });
                let action = door.requests.action.uid();
                let groups = match asked.door {
                    nth if nth < DOORS.len() => {
                        [door.vocabulary.action("call"), door.vocabulary.action(DOORS[nth].1)]
                            .into_iter().filter(|uid| *uid != action).collect()
                    }
                    _ => Default::default(),
                };
                let everything = Slice::new(
                    (action, groups),
                    Selection::new(rules.clone(), narrowed, base).unwrap().into(),
                    0,
                );
                let sliced = if door.requests.is_empty() {
                    Answer::Permitted(Vec::new())
                } else {
                    ask(door, &door.requests, facts, None, now)
                };
                assert_eq!(sliced, ask(door, &everything, facts, None, now), "{}", text(&policies));
            });
        }
    }

    #[test]
    fn a_kept_answer_is_the_fresh_one(
        mut policies in made(),
        mut questions in proptest::collection::vec(asked(), 1..40),
    ) {
        // Two patches that expire on the way, one of them about an undeclared door.
        let patches = "@id(\"x\") @reason(\"r\") @expires(\"1970-01-01T00:00:40Z\")
            forbid(principal in Role::\"staff\", action in Action::\"call\", resource);
            @id(\"y\") @reason(\"r\") @expires(\"1970-01-01T00:01:20Z\")
            forbid(principal is Anonymous, action in Action::\"GET /shadow/{y}\", resource);";
        let fresh = load(&mut policies, patches, 0);
        let keeping = load(&mut policies, patches, 1);
        questions.sort_by_key(|asked| asked.secs);
        // What is asked twice is answered from memory, where it may be.
        let twice: Vec<_> = questions.iter().flat_map(|asked| [asked, asked]).collect();
        for asked in twice {
            with_facts(asked, |facts, now| {
                let answer = |policies: &Policies| policies.authorize(facts, now).map(|_| ());
                assert_eq!(answer(&fresh), answer(&keeping), "{}", text(&policies));
            });
        }
    }
}

#[test]
fn answers_are_kept_where_only_the_principal_is_read_and_nowhere_else() {
    let kept = |condition: &str| {
        let source = format!(
            "forbid(principal, action in Action::\"listProducts\", resource) when {{ {condition} }};"
        );
        let loaded =
            Policies::load(&inventory(), &[Source::new("p", source)], &[], Timestamp::default()).unwrap();
        loaded.policies.door(&DOORS[0].1.parse().unwrap()).requests.answers.is_some()
    };
    let expected = [true, true, true, false, false, false, false, false];
    assert_eq!(CONDITIONS.map(kept), expected);
    assert!(kept("resource.declared && resource.method == \"GET\" && principal in Role::\"staff\""));
    assert!(!kept("resource == Endpoint::\"GET /products\""));
    assert!(!kept("if context.method == \"GET\" then true else principal is User"));
}

#[test]
fn what_cedar_is_asked_fits_the_schema_it_was_validated_with() {
    // Reads everything, so that nothing is left out.
    let reads = "context.request.hasTag(\"query.q\") && context.numbers.hasTag(\"query.n\") && context.method == \"x\"
        && context.client.isIpv4() && context.time > datetime(\"1970-01-01\") && resource.path == \"x\"
        && principal is User && principal.claims.contains(\"x\") && principal.hasTag(\"tenant\")";
    let source = format!(
        "@id(\"a\") forbid(principal, action in Action::\"call\", resource) when {{ {reads} }};
         @id(\"b\") forbid(principal, action in Action::\"disclose\", resource)
         when {{ {reads} && context.owners.contains(\"x\") && context.unowned }};"
    );
    let loaded =
        Policies::load(&inventory(), &[Source::new("p", source)], &[], Timestamp::default()).unwrap();
    let policies = loaded.policies;
    let (schema, _) = Schema::from_cedarschema_str(policies.schema()).unwrap();
    let owners = BTreeSet::from(["ann".to_owned()]);
    for door in 0..DOORS.len() + 1 {
        for caller in 0..5 {
            let asked = Asked { door, caller, q: Some("abc"), n: Some("3"), id: "7", inside: true, secs: 7 };
            with_facts(&asked, |facts, now| {
                let door = policies.door(facts.endpoint);
                let disclosed = Disclosed { owners: &owners, unowned: true };
                for (slice, disclosed) in [(&door.requests, None), (&door.responses, Some(disclosed))] {
                    let (request, entities) = question(door, slice, facts, disclosed, now).unwrap();
                    Entities::from_entities(entities.iter().cloned(), Some(&schema)).unwrap();
                    Request::new(
                        request.principal().unwrap().clone(),
                        request.action().unwrap().clone(),
                        request.resource().unwrap().clone(),
                        request.context().unwrap().clone(),
                        Some(&schema),
                    )
                    .unwrap();
                }
            });
        }
    }
}

#[test]
fn a_method_on_the_wire_is_the_one_policies_see() {
    let source =
        "forbid(principal, action in Action::\"call\", resource) when { context.method == \"HEAD\" };";
    let loaded =
        Policies::load(&inventory(), &[Source::new("p", source)], &[], Timestamp::default()).unwrap();
    let asked = Asked { door: 0, caller: 0, q: None, n: None, id: "7", inside: true, secs: 0 };
    with_facts(&asked, |facts, now| {
        assert!(loaded.policies.authorize(facts, now).is_ok());
        let head = RequestFacts { method: &Method::Head, ..*facts };
        assert!(loaded.policies.authorize(&head, now).is_err());
    });
}
