//! APIs, their doors and their limits, whatever notation they were written in.
//!
//! Limits of a stage hold for all callers together, so each of them is within them; those of a usage
//! plan hold for one key and count only where a key is required; those of WAFv2 for one address.

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::values::{
    Faults, UNJUDGED, both, both_rates, both_reaches, flag, segments, word, word_at, words,
};
use crate::inventory::{
    Auth, Front, Hop, Kind, Listener, PathMatch, Place, Precedence, Rate, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::{Node, Span, Value};

use super::limits::{limits, policy_reach, usage_plan, waf_limits};
use super::{plan, template};

/// Deepest paths of a REST API, in parts.
const MOST_PARTS: usize = 64;

/// A resource by CloudFormation's names.
pub(super) struct Resource<'n> {
    pub(super) kind: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) values: &'n Node,
    /// Terraform's expressions; `None` in a template, whose values link by themselves.
    pub(super) links: Option<&'n Node>,
    pub(super) span: Span,
}

impl<'n> Resource<'n> {
    /// The value that CloudFormation calls `name`.
    pub(super) fn value(&self, name: &str) -> Option<&'n Node> {
        self.values.get(name).or_else(|| {
            let own = match (&*self.kind, name) {
                ("AWS::ApiGateway::Method", "AuthorizationType") => "authorization".to_owned(),
                _ => plan::snake(name),
            };
            self.values.get(&own)
        })
    }

    pub(super) fn word(&self, name: &str) -> Option<Arc<str>> {
        self.value(name).and_then(word)
    }

    /// The resource that the value `name` comes from.
    pub(super) fn link(&self, name: &str) -> Option<Arc<str>> {
        match self.links {
            Some(links) => links.get(&plan::snake(name)).and_then(plan::target),
            None => self.value(name).and_then(|value| template::target(value).or_else(|| word(value))),
        }
    }

    /// Whether the value `name` is the root of its API.
    fn is_at_root(&self, name: &str) -> bool {
        let text = match self.links {
            Some(links) => links.get(&plan::snake(name)).and_then(|node| node.get("references")),
            None => self.value(name).and_then(|value| value.get("Fn::GetAtt")),
        };
        let is_root = |text: &str| text.ends_with("RootResourceId") || text.ends_with("root_resource_id");
        words(text).iter().any(|text| is_root(text))
    }
}

/// One API while its doors are collected.
pub(super) struct Api {
    front: Front,
    pub(super) limit: Rate,
    /// The limit of one key, where a key is required.
    pub(super) key_limit: Rate,
    reach: Reach,
}

/// Reads the APIs into the inventory; returns the OpenAPI documents among the resources.
pub(super) fn read<'n>(resources: &[Resource<'n>], reading: &mut Reading<'_, '_>) -> Vec<&'n Node> {
    let mut faults = Faults::new(reading.source, "AWS-001");
    let source = reading.source;
    let index: HashMap<&str, &Resource<'n>> = resources.iter().map(|one| (&*one.id, one)).collect();
    let mut bodies = Vec::new();
    let mut apis: Vec<(Arc<str>, Api)> = Vec::new();
    let mut positions: HashMap<Arc<str>, usize> = HashMap::new();
    for resource in resources {
        if !matches!(&*resource.kind, "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api") {
            continue;
        }
        if resource.word("ProtocolType").as_deref() == Some("WEBSOCKET") {
            let node = Node { value: Value::Null, span: resource.span };
            faults.error(&node, "a WebSocket API is not read", UNJUDGED);
            continue;
        }
        bodies.extend(resource.value("Body").filter(|body| body.mapping().is_some()));
        positions.insert(resource.id.clone(), apis.len());
        apis.push((resource.id.clone(), api(resource, source, &mut faults)));
    }
    for resource in resources {
        limits(resource, &positions, &mut apis, source);
        usage_plan(resource, &positions, &mut apis, source);
        if &*resource.kind == "terraform::RestApiPolicy"
            && let Some(policy) = resource.value("Policy")
            && let Some((_, api)) =
                resource.link("RestApiId").and_then(|id| apis.get_mut(*positions.get(&id)?))
        {
            let so_far = std::mem::replace(&mut api.reach, Reach::World);
            api.reach = both_reaches(so_far, policy_reach(policy, &mut faults));
        }
    }
    let waf = waf_limits(resources, &index, source);
    for (id, api) in &mut apis {
        if let Some(limit) = waf.get(id) {
            api.limit = both_rates(api.limit.clone(), limit.clone());
        }
    }
    for resource in resources {
        let at = Place::new(source, resource.span);
        match &*resource.kind {
            "AWS::ApiGateway::Method" => {
                let Some(api) = found(resource, "RestApiId", &positions, &mut apis, &mut faults) else {
                    continue;
                };
                let path = path_of(resource, &index);
                let method = resource.word("HttpMethod").unwrap_or_else(|| "ANY".into());
                let auth = method_auth(resource, &index, source, at);
                let integration = resource.value("Integration");
                let mock = integration.and_then(|i| word_at(i, &["Type"])).as_deref() == Some("MOCK");
                api.add(&method, of_template(&path), auth, resource, !mock, &index, at);
            }
            "AWS::ApiGatewayV2::Route" => {
                let Some(api) = found(resource, "ApiId", &positions, &mut apis, &mut faults) else {
                    continue;
                };
                let key = resource.word("RouteKey").unwrap_or_else(|| "$default".into());
                let (method, path) = key.split_once(' ').unwrap_or(("ANY", "/{proxy+}"));
                let path = if &*key == "$default" { PathMatch::Any } else { of_template(path) };
                let auth = method_auth(resource, &index, source, at);
                api.add(method, path, auth, resource, true, &index, at);
            }
            "AWS::Lambda::Url" => {
                let open = resource.value("AuthType").or_else(|| resource.value("AuthorizationType"));
                let open = open.and_then(word).as_deref() == Some("NONE");
                let auth = if open { Auth::Open } else { Auth::Required { by: "AWS_IAM".into(), at } };
                reading.inventory.fronts.push(function_url(resource, auth, at));
            }
            _ => {}
        }
    }
    reading.inventory.faults.append(&mut faults.found);
    // An API whose doors stand in an OpenAPI document is judged there.
    reading
        .inventory
        .fronts
        .extend(apis.into_iter().map(|(_, api)| api.front).filter(|front| !front.routes.is_empty()));
    bodies
}

fn api(resource: &Resource<'_>, source: SourceId, faults: &mut Faults) -> Api {
    let at = Place::new(source, resource.span);
    let name = resource.word("Name").unwrap_or_else(|| resource.id.clone());
    let types = resource.value("EndpointConfiguration").map(|node| {
        let node = node.items().first().unwrap_or(node);
        words(node.get("Types").or_else(|| node.get("types")))
    });
    let private = types.is_some_and(|types| types.iter().any(|kind| &**kind == "PRIVATE"));
    let disabled = resource.value("DisableExecuteApiEndpoint").and_then(flag) == Some(true);
    let reach = if private { Reach::Inside } else { Reach::World };
    let by_policy = resource.value("Policy").map_or(Reach::World, |policy| policy_reach(policy, faults));
    let listener = Listener {
        address: if disabled { "custom domain".into() } else { "execute-api".into() },
        tls: true,
        redirects: false,
        reach: reach.clone(),
        at,
    };
    Api {
        front: Front {
            kind: if resource.links.is_some() { Kind::Terraform } else { Kind::CloudFormation },
            name: name.clone(),
            listeners: vec![listener],
            precedence: Precedence::ExactThenLongest,
            routes: Vec::new(),
            at,
        },
        limit: Rate::Unlimited,
        key_limit: Rate::Unlimited,
        reach: both_reaches(reach, by_policy),
    }
}

/// The API that `resource` belongs to; a fault where it is not in the file.
fn found<'a>(
    resource: &Resource<'_>,
    key: &str,
    positions: &HashMap<Arc<str>, usize>,
    apis: &'a mut Vec<(Arc<str>, Api)>,
    faults: &mut Faults,
) -> Option<&'a mut Api> {
    let name = resource.link(key).unwrap_or_else(|| "an API elsewhere".into());
    let known = positions.get(&name).copied().or_else(|| apis.iter().position(|(id, _)| *id == name));
    let position = match known {
        Some(position) => position,
        // Its door counts, wherever the API itself is made; one front for all of them.
        None if apis.len() < 10_000 => {
            let outside = Resource {
                kind: resource.kind.clone(),
                id: name.clone(),
                values: &OUTSIDE,
                links: resource.links,
                span: resource.span,
            };
            apis.push((name, api(&outside, faults.source, faults)));
            apis.len() - 1
        }
        None => return None,
    };
    apis.get_mut(position).map(|(_, api)| api)
}

static OUTSIDE: Node = Node { value: Value::Null, span: Span::START };

impl Api {
    #[expect(clippy::too_many_arguments, reason = "what a door is made of, in one place")]
    fn add(
        &mut self,
        method: &str,
        path: PathMatch,
        auth: Auth,
        resource: &Resource<'_>,
        leads_on: bool,
        index: &HashMap<&str, &Resource<'_>>,
        at: Place,
    ) {
        let behind = |name: Arc<str>| -> Arc<str> {
            let integration = index.get(&*name).filter(|one| &*one.kind == "AWS::ApiGatewayV2::Integration");
            integration.and_then(|one| one.link("IntegrationUri")).unwrap_or(name)
        };
        let target = resource.link("Target").map(behind).or_else(|| {
            let uri = resource.value("Integration").and_then(|node| node.get("Uri"))?;
            template::target(uri).or_else(|| word(uri))
        });
        let upstream = Upstream {
            service: None,
            name: target.unwrap_or_else(|| "integration".into()),
            hop: Hop::Unknown,
            at,
        };
        let keyed = resource.value("ApiKeyRequired").and_then(flag) == Some(true);
        let key_limit = if keyed { self.key_limit.clone() } else { Rate::Unlimited };
        self.front.routes.push(Route {
            name: resource.id.clone(),
            hosts: Vec::new(),
            path,
            methods: if method == "ANY" { Vec::new() } else { vec![method.to_ascii_uppercase().into()] },
            conditional: false,
            priority: 0,
            auth,
            rate: both_rates(self.limit.clone(), key_limit),
            reach: self.reach.clone(),
            upstream: leads_on.then_some(upstream),
            rewrite: None,
            at,
        });
    }
}

/// What a method or route demands.
fn method_auth(
    resource: &Resource<'_>,
    index: &HashMap<&str, &Resource<'_>>,
    source: SourceId,
    at: Place,
) -> Auth {
    let place = |name: &str| resource.value(name).map_or(at, |node| Place::new(source, node.span));
    let kind = resource.word("AuthorizationType").unwrap_or_else(|| "NONE".into());
    let by_kind = match &*kind {
        "NONE" => Auth::Open,
        "CUSTOM" | "REQUEST" => {
            let authorizer = resource.link("AuthorizerId").and_then(|name| index.get(&*name).copied());
            let verified = authorizer.and_then(|one| one.word("AuthorizerType").or_else(|| one.word("Type")));
            let by: Arc<str> = match authorizer {
                Some(authorizer) => format!("authorizer {}", authorizer.id).into(),
                None => "lambda authorizer".into(),
            };
            let at = place("AuthorizationType");
            match verified.as_deref() {
                Some("JWT" | "COGNITO_USER_POOLS") => Auth::Required { by, at },
                _ => Auth::External { by, at },
            }
        }
        _ => Auth::Required { by: kind.clone(), at: place("AuthorizationType") },
    };
    if resource.value("ApiKeyRequired").and_then(flag) == Some(true) {
        return both(by_kind, Auth::Required { by: "api key".into(), at: place("ApiKeyRequired") });
    }
    by_kind
}

/// The path of a method: its resource and the resources above it.
fn path_of(method: &Resource<'_>, index: &HashMap<&str, &Resource<'_>>) -> String {
    let mut parts: Vec<Arc<str>> = Vec::new();
    let mut next = if method.is_at_root("ResourceId") { None } else { method.link("ResourceId") };
    while let Some(resource) = next.and_then(|id| index.get(&*id).copied()) {
        parts.push(resource.word("PathPart").unwrap_or_else(|| "{unknown}".into()));
        if parts.len() >= MOST_PARTS || resource.is_at_root("ParentId") {
            break;
        }
        next = resource.link("ParentId");
    }
    parts.reverse();
    format!("/{}", parts.join("/"))
}

/// `/orders/{id}`, `/{proxy+}`.
pub(super) fn of_template(path: &str) -> PathMatch {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    if let Some(stem) = path.strip_suffix("/{proxy+}").filter(|stem| !stem.contains('{')) {
        return segments(stem);
    }
    if path.contains('{') { PathMatch::Template(path.into()) } else { PathMatch::Exact(path.into()) }
}

fn function_url(resource: &Resource<'_>, auth: Auth, at: Place) -> Front {
    let target = resource.link("TargetFunctionArn").or_else(|| resource.link("FunctionName"));
    let name: Arc<str> = target.unwrap_or_else(|| resource.id.clone());
    Front {
        kind: if resource.links.is_some() { Kind::Terraform } else { Kind::CloudFormation },
        name: format!("function URL {}", resource.id).into(),
        listeners: vec![Listener {
            address: "lambda-url".into(),
            tls: true,
            redirects: false,
            reach: Reach::World,
            at,
        }],
        precedence: Precedence::ExactThenLongest,
        routes: vec![Route {
            name: resource.id.clone(),
            hosts: Vec::new(),
            path: PathMatch::Any,
            methods: Vec::new(),
            conditional: false,
            priority: 0,
            auth,
            rate: Rate::Unlimited,
            reach: Reach::World,
            upstream: Some(Upstream { service: None, name, hop: Hop::Tls, at }),
            rewrite: None,
            at,
        }],
        at,
    }
}
