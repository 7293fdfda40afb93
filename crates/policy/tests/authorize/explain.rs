//! What `tidegate explain` is told.

use domain::Mode;
use expect_test::expect;

use crate::world::*;

const POLICIES: &str = r#"
@id("staff") permit(principal in Role::"staff", action == Action::"searchCustomers", resource);
@id("lab") forbid(principal, action, resource) when { context.client.isInRange(ip("198.51.100.0/24")) };
@id("shared") permit(principal, action in Action::"disclose readOrder", resource)
    when { context.owners.contains("bob") };
"#;
const PATCH: &str = r#"
@id("batch") @reason("ten strangers per page") @expires("2026-12-31")
forbid(principal, action in Action::"POST /api/customers", resource)
when { context.numbers.hasTag("body.size") && context.numbers.getTag("body.size") > 1 };
"#;

fn told(request: &Ask) -> String {
    let policies = loaded(POLICIES, PATCH);
    let explanation = request.facts(|facts| policies.explain(facts, request.now));
    // What is explained is what would be decided.
    let decided = request.clone().mode(Mode::Enforce).of(&policies);
    let permitted = explanation.outcome == policy::authorize::Outcome::Permitted;
    assert_eq!(permitted, decided.is_ok());
    serde_json::to_string_pretty(&explanation).unwrap()
}

#[test]
fn every_policy_with_a_say_is_named_with_its_place() {
    let request = ask("POST /api/customers").by(staff("eve")).with("body.size", text("10"));
    expect![[r#"
        {
          "operation": "searchCustomers",
          "endpoint": "POST /api/customers",
          "declared": true,
          "audience": "authenticated",
          "admitted": true,
          "caller": "verified",
          "narrowed": true,
          "cedar_asked": true,
          "considered": [
            {
              "id": "staff",
              "effect": "permit",
              "reason": null,
              "expires": null,
              "expired": false,
              "at": {
                "file": "shop.cedar",
                "line": 2,
                "column": 1
              },
              "reads": []
            },
            {
              "id": "lab",
              "effect": "forbid",
              "reason": null,
              "expires": null,
              "expired": false,
              "at": {
                "file": "shop.cedar",
                "line": 3,
                "column": 1
              },
              "reads": []
            },
            {
              "id": "batch",
              "effect": "forbid",
              "reason": "ten strangers per page",
              "expires": "2026-12-31T23:59:59.999Z",
              "expired": false,
              "at": {
                "file": "patch.cedar",
                "line": 2,
                "column": 1
              },
              "reads": [
                "body.size"
              ]
            }
          ],
          "determined_by": [
            "batch"
          ],
          "on_response": [
            {
              "id": "lab",
              "effect": "forbid",
              "reason": null,
              "expires": null,
              "expired": false,
              "at": {
                "file": "shop.cedar",
                "line": 3,
                "column": 1
              },
              "reads": []
            }
          ],
          "owner": null,
          "outcome": {
            "decision": "refused",
            "kind": "patched",
            "detail": "forbidden by batch"
          }
        }"#]]
    .assert_eq(&told(&request));
}

#[test]
fn where_no_policy_can_match_cedar_is_not_asked() {
    let policies = loaded(
        r#"@id("staff") permit(principal in Role::"staff", action == Action::"searchCustomers", resource);"#,
        "",
    );
    let request = ask("GET /products");
    let explanation = request.facts(|facts| policies.explain(facts, NOON));
    assert!(!explanation.cedar_asked && explanation.considered.is_empty());
    assert_eq!(explanation.outcome, policy::authorize::Outcome::Permitted);
}

#[test]
fn the_audience_alone_refuses_before_any_policy() {
    let explanation: serde_json::Value = serde_json::from_str(&told(&ask("POST /api/customers"))).unwrap();
    assert_eq!(explanation["admitted"], false);
    assert_eq!(explanation["cedar_asked"], false);
    assert_eq!(explanation["outcome"]["kind"], "unauthenticated");
}
