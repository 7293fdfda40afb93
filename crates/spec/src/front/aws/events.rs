//! SAM: functions whose events are doors, and the APIs that they belong to.
//!
//! An event without `RestApiId` or `ApiId` belongs to the implicit API, whose authorizers stand under
//! `Globals`. The authorizer of an event wins over the default of its API; `NONE` switches it off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::values::{Faults, both, flag, number, rate, word, word_at};
use crate::inventory::{
    Auth, Front, Hop, Kind, Listener, PathMatch, Place, Precedence, Rate, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::Node;

use super::model::{Resource, of_template};
use super::template::target;

/// Reads the events of functions, and documents in `DefinitionBody`.
pub(super) fn read(root: &Node, resources: &[Resource<'_>], reading: &mut Reading<'_, '_>) {
    let source = reading.source;
    let mut faults = Faults::new(source, "AWS-002");
    let mut apis: Vec<Front> = Vec::new();
    let mut positions: HashMap<Arc<str>, usize> = HashMap::new();
    let index: HashMap<&str, &Resource<'_>> = resources.iter().map(|one| (&*one.id, one)).collect();
    for function in resources.iter().filter(|one| &*one.kind == "AWS::Serverless::Function") {
        if let Some(url) = function.value("FunctionUrlConfig") {
            reading.inventory.fronts.push(function_url(function, url, source));
        }
        for (key, event) in function.value("Events").into_iter().flat_map(Node::entries) {
            let is_rest = match word_at(event, &["Type"]).as_deref() {
                Some("Api") => true,
                Some("HttpApi") => false,
                _ => continue,
            };
            let at = Place::new(source, key.span);
            let empty = Node { value: crate::tree::Value::Null, span: key.span };
            let properties = event.get("Properties").unwrap_or(&empty);
            let named = properties.get(if is_rest { "RestApiId" } else { "ApiId" });
            let id = named.and_then(|node| target(node).or_else(|| word(node)));
            let implicit = if is_rest { "ServerlessRestApi" } else { "ServerlessHttpApi" };
            let id: Arc<str> = id.unwrap_or_else(|| implicit.into());
            let object = index.get(&*id).copied();
            let globals =
                root.get("Globals").and_then(|all| all.get(if is_rest { "Api" } else { "HttpApi" }));
            let scope = Scope { object, globals, source };
            let position = *positions.entry(id.clone()).or_insert_with(|| {
                apis.push(scope.front(&id, at));
                apis.len() - 1
            });
            if is_rest && properties.get("Path").is_none() {
                faults.error(event, "an event of type Api without a path", "write `Path` and `Method`");
                continue;
            }
            let path = word_at(properties, &["Path"]);
            let path = path.as_deref().map_or(PathMatch::Any, of_template);
            let method =
                word_at(properties, &["Method"]).unwrap_or_else(|| "ANY".into()).to_ascii_uppercase();
            let any = matches!(method.as_str(), "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
            let Some(front) = apis.get_mut(position) else { continue };
            front.routes.push(Route {
                name: format!("{}.{}", function.id, key.text).into(),
                hosts: Vec::new(),
                path,
                methods: if any { Vec::new() } else { vec![method.into()] },
                conditional: false,
                priority: 0,
                auth: scope.auth(properties.get("Auth"), at),
                rate: scope.limit(),
                reach: Reach::World,
                upstream: Some(Upstream { service: None, name: function.id.clone(), hop: Hop::Tls, at }),
                rewrite: None,
                at,
            });
        }
    }
    reading.inventory.faults.append(&mut faults.found);
    reading.inventory.fronts.extend(apis);
}

/// An API with what `Globals` say of all of its kind.
struct Scope<'n> {
    object: Option<&'n Resource<'n>>,
    globals: Option<&'n Node>,
    source: SourceId,
}

impl<'n> Scope<'n> {
    fn front(&self, id: &Arc<str>, at: Place) -> Front {
        let private = self.value("EndpointConfiguration").is_some_and(|node| {
            word(node).or_else(|| word_at(node, &["Type"])).as_deref() == Some("PRIVATE")
        });
        let reach = if private { Reach::Inside } else { Reach::World };
        Front {
            kind: Kind::CloudFormation,
            name: id.clone(),
            listeners: vec![Listener {
                address: "execute-api".into(),
                tls: true,
                redirects: false,
                reach,
                at,
            }],
            precedence: Precedence::ExactThenLongest,
            routes: Vec::new(),
            at: self.object.map_or(at, |object| Place::new(self.source, object.span)),
        }
    }

    fn value(&self, key: &str) -> Option<&'n Node> {
        self.object.and_then(|object| object.value(key)).or_else(|| self.globals?.get(key))
    }

    fn in_auth(&self, key: &str) -> Option<&'n Node> {
        let own = self.object.and_then(|object| object.value("Auth")).and_then(|auth| auth.get(key));
        own.or_else(|| self.globals?.get("Auth")?.get(key))
    }

    fn auth(&self, own: Option<&Node>, at: Place) -> Auth {
        let place = |node: &Node| Place::new(self.source, node.span);
        let named = own.and_then(|own| own.get("Authorizer")).or_else(|| self.in_auth("DefaultAuthorizer"));
        let by_name = match named {
            None => Auth::Open,
            Some(node) => self.authorizer(&word(node).unwrap_or_default(), place(node)),
        };
        let key = own.and_then(|own| own.get("ApiKeyRequired")).or_else(|| self.in_auth("ApiKeyRequired"));
        if key.and_then(flag) == Some(true) {
            return both(by_name, Auth::Required { by: "api key".into(), at: key.map_or(at, place) });
        }
        by_name
    }

    fn authorizer(&self, name: &str, at: Place) -> Auth {
        if name == "NONE" {
            return Auth::Open;
        }
        if name == "AWS_IAM" {
            return Auth::Required { by: "AWS_IAM".into(), at };
        }
        let by: Arc<str> = format!("authorizer {name}").into();
        let written = self.in_auth("Authorizers").and_then(|all| all.get(name));
        // A pool or a token issuer verifies; a function decides by its code.
        let verifies = written.is_some_and(|one| {
            one.get("FunctionArn").is_none()
                && (one.get("UserPoolArn").is_some() || one.get("JwtConfiguration").is_some())
        });
        if verifies { Auth::Required { by, at } } else { Auth::External { by, at } }
    }

    fn limit(&self) -> Rate {
        let settings = self.value("DefaultRouteSettings").or_else(|| self.value("MethodSettings"));
        let settings = settings.map(|node| node.items().first().unwrap_or(node));
        let count = settings.and_then(|node| node.get("ThrottlingRateLimit")).and_then(number);
        match (count, settings) {
            (Some(count), Some(node)) if count >= 0.0 => rate(count, 1.0, Place::new(self.source, node.span)),
            _ => Rate::Unlimited,
        }
    }
}

fn function_url(function: &Resource<'_>, url: &Node, source: SourceId) -> Front {
    let at = Place::new(source, url.span);
    let open = word_at(url, &["AuthType"]).as_deref() == Some("NONE");
    let auth = if open { Auth::Open } else { Auth::Required { by: "AWS_IAM".into(), at } };
    let scope = Scope { object: None, globals: None, source };
    let mut front = scope.front(&format!("function URL {}", function.id).into(), at);
    front.routes.push(Route {
        name: function.id.clone(),
        hosts: Vec::new(),
        path: PathMatch::Any,
        methods: Vec::new(),
        conditional: false,
        priority: 0,
        auth,
        rate: Rate::Unlimited,
        reach: Reach::World,
        upstream: Some(Upstream { service: None, name: function.id.clone(), hop: Hop::Tls, at }),
        rewrite: None,
        at,
    });
    front
}
