//! The example files that ship with Tidegate load, and do what their comments say.

use domain::Mode;
use policy::authorize::{Declared, Policies, Source};
use policy::own::{OwnerValue, decide_owners};

use crate::world::*;

const SPECIFICATION: &str = include_str!("../../../../examples/shop.openapi.yaml");
const DESK: &str = include_str!("../../../../examples/policies/service-desk.cedar");
const GUARDIANS: &str = include_str!("../../../../examples/policies/guardians.cedar");
const PATCH: &str = include_str!("../../../../examples/patches/customers-by-page.cedar");

fn inventory() -> Vec<Declared> {
    let own = r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub"}"#;
    vec![
        operation(
            "listCustomersForStaff",
            "GET /api/staff/customers",
            r#"{"audience":"authenticated","roles":["staff"]}"#,
        ),
        operation("readOrder", "GET /api/orders/{id}", own),
        operation("listMyOrders", "GET /api/orders", own),
    ]
}

fn examples(inventory: &[Declared]) -> Policies {
    let source = |file: &str, text: &str| Source::new(format!("examples/{file}"), text);
    let policies = [source("service-desk.cedar", DESK), source("guardians.cedar", GUARDIANS)];
    let loaded = Policies::load(inventory, &policies, &[source("customers-by-page.cedar", PATCH)], NOON);
    loaded.unwrap_or_else(|errors| panic!("{}", told(&errors))).policies
}

#[test]
fn the_operations_that_the_examples_name_are_those_of_the_example_specification() {
    for declared in inventory() {
        let (path, id) = (declared.endpoint.template().as_str(), declared.id.as_str());
        let path = SPECIFICATION.find(&format!("  {path}:\n")).expect(path);
        let id = SPECIFICATION.find(&format!("operationId: {id}\n")).expect(id);
        assert!(path < id);
    }
}

#[test]
fn the_service_desk_is_for_staff_in_small_pages() {
    let policies = examples(&inventory());
    let desk = ask("GET /api/staff/customers");
    for (request, expected) in [
        (desk.clone().by(user("ann")), "forbidden: not permitted by any of service-desk"),
        (desk.clone().by(staff("eve")), "permit"),
        (desk.clone().by(staff("eve")).with("query.size", text("100")), "permit"),
        (
            desk.clone().by(staff("eve")).with("query.size", text("101")),
            "forbidden: forbidden by service-desk-pages",
        ),
        (
            desk.by(staff("eve")).with("query.size", text("1e9")),
            "forbidden: `query.size` is not what its policy reads: service-desk-pages",
        ),
    ] {
        assert_eq!(request.told(&policies), expected);
    }
}

#[test]
fn a_guardian_reads_the_orders_of_their_ward_and_of_nobody_else() {
    let policies = examples(&inventory());
    let guardian = person(domain::PrincipalKind::Token, "ann", &[], &[("guardian_of", "kim")]);
    for (caller, owners, leaves) in [
        (&guardian, ["ann", "kim"], true),
        (&guardian, ["kim", "bob"], false),
        (&user("ann"), ["ann", "kim"], false),
        (&user("kim"), ["kim", "kim"], true),
    ] {
        let request = ask("GET /api/orders").by(caller.clone());
        let permit = request.of(&policies).unwrap();
        let records = owners.map(|owner| [OwnerValue::Text(owner.into())]);
        let decided = request.facts(|facts| decide_owners(&permit, facts, &|_| false, records, NOON));
        assert_eq!(decided.is_ok(), leaves, "{owners:?}");
    }
}

#[test]
fn the_patch_stops_the_incident_and_nobody_with_a_token() {
    // Without any declared operation: guard mode, no specification.
    let policies = Policies::load(&[], &[], &[Source::new("p", PATCH)], NOON).unwrap().policies;
    let door = ask("POST /api/customers").mode(Mode::Guard);
    assert!(door.told(&policies).starts_with("patched: forbidden by customers-by-page"));
    assert_eq!(door.by(user("ann")).told(&policies), "permit");
    assert_eq!(ask("GET /api/orders").mode(Mode::Guard).told(&policies), "permit");
}
