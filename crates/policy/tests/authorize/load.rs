//! Files that do not load say where, what and what to do; files that do may have notices.

use expect_test::{Expect, expect};

use crate::world::*;

fn wrong(policies: &str, expected: Expect) {
    let errors = load(policies, "").expect_err("it loads");
    expected.assert_eq(&told(&errors));
}

fn wrong_patch(patches: &str, expected: Expect) {
    let errors = load("", patches).expect_err("it loads");
    expected.assert_eq(&told(&errors));
}

#[test]
fn text_that_is_no_policy() {
    wrong(
        "\npermit(principal, action);\n\nforbid(principal action, resource);",
        expect![[r#"
        shop.cedar:2:25: this policy is missing the `resource` variable in the scope
          help: policy scopes must contain a `principal`, `action`, and `resource` element in that order
        shop.cedar:4:18: unexpected token `action`
          help: expected `!=`, `)`, `,`, `:`, `<`, `<=`, `==`, `>`, `>=`, `in`, or `is`
    "#]],
    );
    wrong(
        "permit(principal, action in Action::\"call\", resource)",
        expect![[r#"
        shop.cedar:1:54: unexpected end of input
          help: expected `;` or identifier
    "#]],
    );
    wrong(
        "permit(principal == ?principal, action in Action::\"call\", resource);",
        expect![[r#"
        shop.cedar:1:21: expected a static policy, got a template containing the slot ?principal
          help: try removing the template slot(s) from this policy
    "#]],
    );
}

#[test]
fn an_unguarded_tag() {
    wrong(
        "// pages\nforbid(principal, action in Action::\"call\", resource)\nwhen { context.request.getTag(\"query.page\") == \"7\" };",
        expect![[r#"
            shop.cedar:3:8: unable to guarantee safety of access to tag `"query.page"` on entity type `Request`
              help: try testing for the tag's presence with `.hasTag("query.page") && ..`
        "#]],
    );
    wrong(
        "forbid(principal is User, action in Action::\"call\", resource)\nwhen { context.request.hasTag(\"query.a\") && context.request.getTag(\"query.b\") == \"7\" };",
        expect![[r#"
            shop.cedar:2:45: unable to guarantee safety of access to tag `"query.b"` on entity type `Request`
              help: try testing for the tag's presence with `.hasTag("query.b") && ..`
        "#]],
    );
}

#[test]
fn names_that_nobody_knows() {
    wrong(
        "forbid(principal, action == Action::\"readOder\", resource);",
        expect![[r#"
        shop.cedar:1:38: no operation is called `readOder`
          help: did you mean `readOrder`?
    "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"GET /v1/{t}/orders/{o}\", resource);",
        expect![[r#"
        shop.cedar:1:38: no operation is called `GET /v1/{t}/orders/{o}`
          help: did you mean `GET /v1/{tenant}/orders/{id}`?
    "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource in Endpoint::\"GET /product\");",
        expect![[r#"
        shop.cedar:1:68: no door is called `GET /product`
          help: did you mean `GET /products`?
    "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"completely different\", resource);",
        expect![[r#"
        shop.cedar:1:38: no operation is called `completely different`
          help: name an operation id or a door such as `GET /v1/orders/{id}` of the inventory
    "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"readOrder\", resource)\nwhen { context.request.hasTag(\"path.order\") };",
        expect![[r#"
            shop.cedar:2:31: no operation in this scope has a path parameter `order`
              help: there is `path.id`, `path.tenant`
        "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource)\nwhen { context.request.hasTag(\"qery.page\") };",
        expect![[r#"
            shop.cedar:2:31: `qery.page` names no attribute of a request: it must start with `query.`, `header.`, `body.` or `path.`
              help: did you mean `query.page`?
        "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource)\nwhen { context.request.hasTag(\"header.Authorization\") || context.request.hasTag(\"header.cookie\") };",
        expect![[r#"
            shop.cedar:2:31: `header.Authorization` names no attribute of a request: a claim that nobody verified is no ground for a decision
              help: use `principal` for who asks and `context.client` for the address
            shop.cedar:2:81: `header.cookie` names no attribute of a request: a claim that nobody verified is no ground for a decision
              help: use `principal` for who asks and `context.client` for the address
        "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource) when { context.clients };",
        expect![[r#"
            shop.cedar:1:62: attribute `clients` in context for Action::"call" not found
              help: did you mean `client`?
        "#]],
    );
    wrong(
        "forbid(principal is Usr, action in Action::\"call\", resource);",
        expect![[r#"
            shop.cedar:1:21: unrecognized entity type `Usr`
              help: did you mean `User`?
        "#]],
    );
}

#[test]
fn types_that_do_not_fit() {
    wrong(
        "forbid(principal, action in Action::\"call\", resource)\nwhen { context.numbers.hasTag(\"query.page\") && context.numbers.getTag(\"query.page\") == \"7\" };",
        expect![[r#"
            shop.cedar:2:48: the types Long and String are not compatible
              help: both operands to a `==` expression must have compatible types. Types must be exactly equal to be compatible
        "#]],
    );
    // An anonymous caller has no id.
    wrong(
        "forbid(principal, action in Action::\"listProducts\", resource) when { principal.id == \"x\" };",
        expect![[r#"
            shop.cedar:1:70: attribute `id` on entity type `Anonymous` not found
              help: ask `principal is User &&` first: it may be nobody
        "#]],
    );
    // A request has no owners.
    wrong(
        "forbid(principal, action in Action::\"call\", resource) when { context.owners.contains(\"x\") };",
        expect![[r#"
            shop.cedar:1:62: attribute `owners` in context for Action::"call" not found
              help: did you mean `numbers`?
        "#]],
    );
}

#[test]
fn a_policy_must_show_what_it_reads() {
    wrong(
        "forbid(principal is User, action in Action::\"call\", resource)\nwhen { context.request.hasTag(principal.id) };",
        expect![[r#"
            shop.cedar:2:27: the name of a tag is computed
              help: write it out, such as `"query.page"`: what a policy reads must be known when it loads
        "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource) when { context.request == context.request };",
        expect![[r#"
            shop.cedar:1:70: `context.request` is read by name only
              help: write `context.request.hasTag("query.page")` or `.getTag("query.page")`
        "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource) when { context has client };",
        expect![[r#"
        shop.cedar:1:62: the context is read attribute by attribute
          help: write `context.client`, `context.time`, `context.request.getTag(...)` and so on
    "#]],
    );
    wrong(
        "forbid(principal, action in Action::\"call\", resource) when { User::\"ann\".hasTag(\"tenant\") };",
        expect![[r#"
            shop.cedar:1:77: only `principal`, `context.request` and `context.numbers` have tags
              help: write for example `principal.hasTag("tenant")`
        "#]],
    );
}

#[test]
fn a_policy_that_means_something_else_than_it_seems() {
    wrong(
        "permit(principal in Role::\"staff\", action, resource);",
        expect![[r#"
        shop.cedar:1:36: a `permit` without action would also release other people's records
          help: write `action in Action::"call"` for requests, `action in Action::"disclose"` for responses
    "#]],
    );
    wrong(
        "forbid(principal, action == Action::\"POST /api/customers\", resource);",
        expect![[r#"
        shop.cedar:1:19: no request is itself `POST /api/customers`, which is a group
          help: write `action in Action::"POST /api/customers"`
    "#]],
    );
    wrong(
        "permit(principal, action in Action::\"disclose searchCustomers\", resource);",
        expect![[r#"
        shop.cedar:1:19: no record of `searchCustomers` has an owner that could be permitted
          help: declare `owner:` in its intent, such as `$.customer_id = claim.sub`
    "#]],
    );
    wrong(
        "forbid(principal is Anonymous, action == Action::\"exportOrders\", resource);",
        expect![[r#"
        shop.cedar:1:1: this policy can never apply
          help: no caller that its operations admit gets this far: look at the audience, the types and the scope
    "#]],
    );
    wrong(
        "@id(\"a\") forbid(principal, action, resource);\n@id(\"a\") forbid(principal, action, resource);",
        expect![[r#"
        shop.cedar:2:1: two policies are called `a`
          help: the first stands at shop.cedar:1:1
    "#]],
    );
    wrong(
        "@id(\"a b\") forbid(principal, action, resource);",
        expect![[r#"
        shop.cedar:1:1: `a b` cannot name a policy
          help: use 1 to 80 letters, digits, `.`, `_`, `-`: it stands in logs
    "#]],
    );
}

#[test]
fn a_patch_that_is_none() {
    wrong_patch(
        "permit(principal, action in Action::\"call\", resource);",
        expect![[r#"
        patch.cedar:1:1: a virtual patch can only forbid
          help: move a `permit` to the policies, where it is reviewed as one
        patch.cedar:1:1: a virtual patch needs `@expires`
          help: add its last day or moment, such as `@expires("2027-06-30")`
        patch.cedar:1:1: a virtual patch needs `@id`
          help: add a name for logs and reports, such as `@id("2026-11-preorders")`
        patch.cedar:1:1: a virtual patch needs `@reason`
          help: add why it is needed, such as `@reason("no check on /orders")`
    "#]],
    );
    wrong_patch(
        "@id(\"a\") @reason(\"\") @expires(\"soon\")\nforbid(principal, action, resource);",
        expect![[r#"
            patch.cedar:1:22: `soon` is no day or time; write `2027-06-30` or `2027-06-30T12:00:00Z`
              help: a patch without an end is forgotten, not kept
            patch.cedar:2:1: a virtual patch needs `@reason`
              help: add why it is needed, such as `@reason("no check on /orders")`
        "#]],
    );
    wrong_patch(
        "@id(\"a\") @reason(\"x\") @expires(\"2026-12-31\")\nforbid(principal, action in Action::\"GET /v1/{x}/orders/{y}\", resource);",
        expect![[r#"
            patch.cedar:2:38: no operation is called `GET /v1/{x}/orders/{y}`
              help: did you mean `GET /v1/{tenant}/orders/{id}`?
        "#]],
    );
}

#[test]
fn an_expired_patch_is_left_out_and_told() {
    let loaded = load(
        "",
        "@id(\"old\") @reason(\"x\") @expires(\"2026-11-19\")\nforbid(principal, action == Action::\"nobody knows me any more\", resource);",
    )
    .unwrap();
    let notices: Vec<_> = loaded.notices.iter().map(ToString::to_string).collect();
    assert_eq!(notices, ["patch.cedar:1:1: patch `old` expired 2026-11-19T23:59:59.999Z and was left out"]);
    assert_eq!(ask("GET /products").told(&loaded.policies), "permit");
}

#[test]
fn what_has_no_effect_is_told() {
    let loaded = load(
        "@id(\"idle\") permit(principal in Role::\"root\", action in Action::\"call\", resource);",
        "@id(\"new\") @reason(\"x\") @expires(\"2026-12-31\") forbid(principal, action in Action::\"GET /new\", resource);",
    )
    .unwrap();
    let notices: Vec<_> = loaded.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        notices,
        [
            "patch.cedar:1:1: patch `new` is about `GET /new`, which is not declared",
            "shop.cedar:1:1: `idle` permits what every audience permits already, so it has no effect",
        ]
    );
}

#[test]
fn no_text_makes_the_loader_panic() {
    for text in [
        "\"",
        "//",
        ";;",
        "@id(\"",
        "permit(",
        "\u{feff}",
        "\0;",
        "forbid(principal,action,resource)when{\"\\",
        "é;é",
    ] {
        let _ = load(text, text);
    }
}
