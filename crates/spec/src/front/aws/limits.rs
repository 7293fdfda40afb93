//! What narrows an API from outside: throttling of stages, usage plans, rate rules, resource policies.

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::values::{Faults, both_rates, both_reaches, number, rate, reach_of, wider, word, word_at};
use crate::inventory::{Place, Rate, Reach, SourceId};
use crate::tree::{Format, Node};

use super::model::{Api, Resource};
use super::{plan, template};

/// Limits of stages, usage plans and settings.
pub(super) fn limits(
    resource: &Resource<'_>,
    positions: &HashMap<Arc<str>, usize>,
    apis: &mut [(Arc<str>, Api)],
    source: SourceId,
) {
    let per_second = |node: Option<&Node>| {
        let node = node?;
        let count = ["ThrottlingRateLimit", "throttling_rate_limit", "RateLimit", "rate_limit"]
            .iter()
            .find_map(|key| node.get(key).and_then(number))?;
        // -1 is "no limit of its own".
        (count >= 0.0).then(|| rate(count, 1.0, Place::new(source, node.span)))
    };
    let (key, limit) = match &*resource.kind {
        "AWS::ApiGatewayV2::Stage" => {
            let settings = resource.value("DefaultRouteSettings");
            ("ApiId", per_second(settings.map(|node| node.items().first().unwrap_or(node))))
        }
        "AWS::ApiGateway::Stage" => {
            let settings = resource.value("MethodSettings").map(Node::items).unwrap_or_default();
            ("RestApiId", settings.iter().find(|one| for_all(one)).and_then(|one| per_second(Some(one))))
        }
        "terraform::MethodSettings" => {
            let all = resource.word("MethodPath").as_deref() == Some("*/*");
            let settings = resource.value("Settings").map(|node| node.items().first().unwrap_or(node));
            ("RestApiId", all.then(|| per_second(settings)).flatten())
        }
        _ => return,
    };
    let api = resource.link(key).and_then(|id| positions.get(&id).copied()).and_then(|at| apis.get_mut(at));
    if let (Some((_, api)), Some(limit)) = (api, limit) {
        api.limit = both_rates(api.limit.clone(), limit);
    }
}

fn for_all(setting: &Node) -> bool {
    let is = |key: &str, value: &str| word_at(setting, &[key]).is_none_or(|word| &*word == value);
    is("ResourcePath", "/*") && is("HttpMethod", "*")
}

/// Rate rules of web ACLs, by the API that they are associated with.
pub(super) fn waf_limits(
    resources: &[Resource<'_>],
    index: &HashMap<&str, &Resource<'_>>,
    source: SourceId,
) -> HashMap<Arc<str>, Rate> {
    let mut limits = HashMap::new();
    for resource in resources.iter().filter(|one| &*one.kind == "AWS::WAFv2::WebACLAssociation") {
        let acl = resource.link("WebAclArn").or_else(|| resource.link("WebACLArn"));
        let Some(acl) = acl.and_then(|id| index.get(&*id).copied()) else { continue };
        let Some(limit) = rate_rule(acl, source) else { continue };
        let Some(target) = resource.link("ResourceArn") else { continue };
        // The association names a stage, and the stage its API.
        let stage = index.get(&*target).copied();
        let api = stage.and_then(|stage| stage.link("RestApiId").or_else(|| stage.link("ApiId")));
        limits.insert(api.unwrap_or(target), limit);
    }
    limits
}

fn rate_rule(acl: &Resource<'_>, source: SourceId) -> Option<Rate> {
    let rules = acl.value("Rules").or_else(|| acl.value("Rule"))?;
    let inner = |node: &'_ Node, names: [&str; 2]| -> Option<Node> {
        let found = names.iter().find_map(|name| node.get(name))?;
        Some(found.items().first().unwrap_or(found).clone())
    };
    let mut limit: Option<Rate> = None;
    for rule in rules.items() {
        let statement = inner(rule, ["Statement", "statement"]);
        let based = statement.and_then(|s| inner(&s, ["RateBasedStatement", "rate_based_statement"]));
        let action = inner(rule, ["Action", "action"]);
        let blocks = action.is_some_and(|action| {
            ["Block", "block"].iter().any(|key| {
                action.get(key).is_some_and(|block| block.mapping().is_some() || !block.items().is_empty())
            })
        });
        let Some(based) = based.filter(|_| blocks) else { continue };
        // A rule with a scope of its own limits only what is within it.
        if ["ScopeDownStatement", "scope_down_statement"].iter().any(|key| {
            based.get(key).is_some_and(|node| node.mapping().is_some() || !node.items().is_empty())
        }) {
            continue;
        }
        let count = ["Limit", "limit"].iter().find_map(|key| based.get(key).and_then(number))?;
        let window = ["EvaluationWindowSec", "evaluation_window_sec"];
        let seconds = window.iter().find_map(|key| based.get(key).and_then(number)).unwrap_or(300.0);
        let own = rate(count, seconds, Place::new(source, rule.span));
        limit = Some(limit.map_or(own.clone(), |so_far| both_rates(so_far, own)));
    }
    limit
}

/// Whom a resource policy lets in: by address where it allows listed addresses only, or denies all others.
pub(super) fn policy_reach(policy: &Node, faults: &mut Faults) -> Reach {
    let parsed;
    let policy = match policy.text() {
        Some(text) => match crate::tree::read(text, Format::Json) {
            Ok(node) => {
                parsed = node;
                &parsed
            }
            Err(_) => return Reach::World,
        },
        None => policy,
    };
    let single = policy.get("Statement");
    let statements: Vec<&Node> = match single {
        Some(node) if node.mapping().is_some() => vec![node],
        Some(node) => node.items().iter().collect(),
        None => return Reach::World,
    };
    let listed = |statement: &Node, operator: &str, faults: &mut Faults| {
        let condition = statement.get("Condition")?.get(operator)?.get("aws:SourceIp")?;
        Some(reach_of(faults.networks(condition)))
    };
    let mut allowed = Reach::Nobody;
    let mut left = Reach::World;
    for statement in statements {
        if word_at(statement, &["Effect"]).as_deref() == Some("Allow") {
            // Other conditions than by address are taken as met.
            allowed = wider(allowed, listed(statement, "IpAddress", faults).unwrap_or(Reach::World));
        } else if let Some(only) = listed(statement, "NotIpAddress", faults) {
            left = both_reaches(left, only);
        }
    }
    both_reaches(allowed, left)
}

/// The limit of one key, for the APIs that a usage plan names.
pub(super) fn usage_plan(
    resource: &Resource<'_>,
    positions: &HashMap<Arc<str>, usize>,
    apis: &mut [(Arc<str>, Api)],
    source: SourceId,
) {
    if !matches!(&*resource.kind, "AWS::ApiGateway::UsagePlan" | "terraform::UsagePlan") {
        return;
    }
    let throttle = resource.value("Throttle").or_else(|| resource.value("ThrottleSettings"));
    let throttle = throttle.map(|node| node.items().first().unwrap_or(node));
    let count = throttle.and_then(|t| t.get("RateLimit").or_else(|| t.get("rate_limit"))).and_then(number);
    let (Some(count), Some(node)) = (count, throttle) else { return };
    let limit = rate(count, 1.0, Place::new(source, node.span));
    let stages = match resource.links {
        Some(links) => links.get("api_stages"),
        None => resource.value("ApiStages"),
    };
    for stage in stages.map(Node::items).unwrap_or_default() {
        let id = match resource.links {
            Some(_) => stage.get("api_id").and_then(plan::target),
            None => stage.get("ApiId").and_then(|id| template::target(id).or_else(|| word(id))),
        };
        let api = id.and_then(|id| positions.get(&id).copied()).and_then(|at| apis.get_mut(at));
        if let Some((_, api)) = api {
            api.key_limit = both_rates(api.key_limit.clone(), limit.clone());
        }
    }
}
