//! Inventories built by hand, in as few words as a test can be read with.
#![allow(dead_code, reason = "each test uses its own part")]

pub(crate) mod cases;
pub(crate) mod made;

use std::sync::Arc;

use domain::{DataClass, Endpoint, OperationId, Timestamp};
use spec::inventory::{
    Answer, Auth, Bulk, Example, Field, Front, Gated, Hop, IntentState, Inventory, Kind, Listener, ObjectRef,
    Operation, PageSize, Parameter, PathMatch, Place, Precedence, Rate, Reach, Route, Scheme, Security, Seen,
    Server, Service, Source, SourceId, Upstream,
};
use spec::tree::Span;

/// A day in 2026, when everything here is judged.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

/// The place of `line` in file `source`.
pub(crate) fn place(source: u32, line: u32) -> Place {
    Place::new(SourceId(source), Span { start: line * 100, end: line * 100 + 5, line, column: 3 })
}

/// An operation that is described well: a bearer token, JSON, refusals, one record without personal data.
pub(crate) fn op(endpoint: &str) -> Op {
    Op::new(endpoint, 0, 10)
}

/// An operation under construction.
#[derive(Clone, Debug)]
pub(crate) struct Op(pub(crate) Operation);

impl Op {
    pub(crate) fn new(endpoint: &str, source: u32, line: u32) -> Self {
        let at = place(source, line);
        let endpoint: Endpoint = endpoint.parse().unwrap();
        let answer = Answer { described: true, media: vec!["application/json".into()], ..Answer::default() };
        Self(Operation {
            id: OperationId::new(&endpoint.to_string()),
            intent: IntentState::Absent,
            security: guarded(Some(place(source, line + 1))),
            parameters: Vec::new(),
            object_refs: Vec::new(),
            page_size: None,
            bulk: Vec::new(),
            brings: domain::ClassSet::EMPTY,
            answer: Answer { at: Some(place(source, line + 2)), ..answer },
            statuses: vec!["200".into(), "401".into(), "403".into(), "429".into()],
            examples: Vec::new(),
            servers: vec![Server {
                url: "https://api.example.com".into(),
                plain: false,
                at: place(source, 2),
            }],
            tags: Vec::new(),
            text: String::new(),
            deprecated: false,
            at,
            id_at: place(source, line),
            endpoint,
            gated: Gated::default(),
        })
    }

    fn here(&self, offset: u32) -> Place {
        place(self.0.at.source.0, self.0.at.span.line + offset)
    }

    pub(crate) fn at(mut self, source: u32, line: u32) -> Self {
        let open = self.0.security.open;
        self.0.at = place(source, line);
        self.0.id_at = self.0.at;
        self.0.security.at = self.0.security.at.map(|_| place(source, line + 1));
        self.0.answer.at = Some(place(source, line + 2));
        debug_assert_eq!(open, self.0.security.open);
        self
    }

    pub(crate) fn id(mut self, id: &str) -> Self {
        self.0.id = OperationId::new(id);
        self
    }

    pub(crate) fn tag(mut self, tag: &str) -> Self {
        self.0.tags.push(tag.into());
        self
    }

    /// Declares an intent, written as JSON.
    pub(crate) fn intent(mut self, json: &str) -> Self {
        let intent = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        self.0.intent = IntentState::Declared { intent: Box::new(intent), at: self.here(3) };
        self
    }

    /// `security: []`.
    pub(crate) fn open(mut self) -> Self {
        self.0.security =
            Security { declared: true, open: true, own: true, at: Some(self.here(1)), ..Security::default() };
        self
    }

    /// No `security`, here or at the root.
    pub(crate) fn unsaid(mut self) -> Self {
        self.0.security = Security { open: true, ..Security::default() };
        self
    }

    /// `security: [{}, {bearerAuth: []}]`.
    pub(crate) fn optional(mut self) -> Self {
        self.0.security.open = true;
        self
    }

    pub(crate) fn scheme(mut self, scheme: Scheme) -> Self {
        self.0.security.schemes = vec![scheme];
        self
    }

    /// An input that names a record; `enumerable` as in the model.
    pub(crate) fn names(mut self, name: &str, enumerable: Option<&str>) -> Self {
        self.0.object_refs.push(ObjectRef {
            name: name.into(),
            place: "path".into(),
            enumerable: enumerable.map(Into::into),
            at: self.here(4),
        });
        self
    }

    pub(crate) fn parameter(mut self, name: &str, place: &str) -> Self {
        self.0.parameters.push(Parameter {
            name: name.into(),
            place: place.into(),
            required: false,
            kind: Some("string".into()),
            format: None,
            pattern: None,
            maximum: None,
            max_length: None,
            max_items: None,
            is_enum: false,
            example: None,
            at: self.here(4),
        });
        self
    }

    pub(crate) fn page(mut self, most: Option<u64>) -> Self {
        self.0.page_size =
            Some(PageSize { name: "limit".into(), place: "query".into(), most, at: self.here(4) });
        self
    }

    pub(crate) fn bulk(mut self, most: Option<u64>) -> Self {
        self.0.bulk.push(Bulk { name: "ids".into(), most, at: self.here(5) });
        self
    }

    /// An answer that is a list, of at most `most` records.
    pub(crate) fn many(mut self, most: Option<u64>) -> Self {
        self.0.answer.many = true;
        self.0.answer.most = most;
        self
    }

    pub(crate) fn field(mut self, path: &str, class: Option<DataClass>) -> Self {
        let at = place(self.0.at.source.0, self.0.at.span.line + 6);
        self.0.answer.fields.push(Field {
            path: path.into(),
            kind: Some("string".into()),
            format: None,
            example: None,
            class,
            at,
        });
        self
    }

    /// The request may bring `class`.
    pub(crate) fn brings(mut self, class: DataClass) -> Self {
        self.0.brings = self.0.brings.union([class].into_iter().collect());
        self
    }

    pub(crate) fn statuses(mut self, statuses: &[&str]) -> Self {
        self.0.statuses = statuses.iter().map(|status| Arc::from(*status)).collect();
        self
    }

    pub(crate) fn edit(mut self, edit: impl FnOnce(&mut Operation)) -> Self {
        edit(&mut self.0);
        self
    }

    pub(crate) fn plain(mut self) -> Self {
        for server in &mut self.0.servers {
            server.plain = true;
            server.url = "http://api.example.com".into();
        }
        self
    }

    pub(crate) fn example(mut self) -> Self {
        self.0.examples.push(Example { what: "a JSON Web Token".into(), at: self.here(7) });
        self
    }
}

/// A bearer token is needed.
pub(crate) fn guarded(at: Option<Place>) -> Security {
    Security { declared: true, schemes: vec![scheme("bearerAuth", "bearer")], at, ..Security::default() }
}

pub(crate) fn scheme(name: &str, kind: &str) -> Scheme {
    Scheme {
        name: name.into(),
        kind: kind.into(),
        place: None,
        key: None,
        scopes: Vec::new(),
        alternative: 0,
    }
}

/// An API key in `place`.
pub(crate) fn key(place: &str, key: &str) -> Scheme {
    Scheme { place: Some(place.into()), key: Some(key.into()), ..scheme("key", "api-key") }
}

/// A route that leads to `http://app` and guards nothing.
pub(crate) fn route(path: PathMatch) -> Route {
    Route {
        name: format!("location {path:?}").into(),
        hosts: Vec::new(),
        path,
        methods: Vec::new(),
        conditional: false,
        priority: 0,
        auth: Auth::Open,
        rate: Rate::Unlimited,
        reach: Reach::World,
        upstream: Some(Upstream {
            service: None,
            name: "http://app".into(),
            hop: Hop::Near,
            at: place(1, 1),
        }),
        rewrite: None,
        at: place(1, 1),
    }
}

/// A prefix route at `line` of file 1.
pub(crate) fn prefix(path: &str, line: u32) -> Route {
    Route {
        name: format!("location {path}").into(),
        at: place(1, line),
        ..route(PathMatch::Prefix(path.into()))
    }
}

/// A service of the cluster that `reach` gets to without passing a front.
pub(crate) fn service(name: &str, reach: Reach) -> Service {
    Service {
        name: name.into(),
        namespace: "shop".into(),
        exposure: "LoadBalancer".into(),
        selector: Vec::new(),
        workloads: Vec::new(),
        reach,
        policies: Vec::new(),
        at: place(1, 80),
    }
}

pub(crate) fn required() -> Auth {
    Auth::Required { by: "auth_request /check".into(), at: place(1, 90) }
}

pub(crate) fn limited(per_hour: f64) -> Rate {
    Rate::Limited { per_hour, at: place(1, 91) }
}

/// A front of `routes` that listens with TLS for everyone.
pub(crate) fn front(routes: Vec<Route>) -> Front {
    Front {
        kind: Kind::Nginx,
        name: "api.example.com".into(),
        listeners: vec![listener(true)],
        precedence: Precedence::NginxLocations,
        routes,
        at: place(1, 1),
    }
}

pub(crate) fn listener(tls: bool) -> Listener {
    let address = if tls { "443 ssl" } else { "80" };
    Listener { address: address.into(), tls, redirects: false, reach: Reach::World, at: place(1, 2) }
}

pub(crate) fn seen(endpoint: &str, served: u64, anonymous: u64, line: u32) -> Seen {
    Seen {
        endpoint: endpoint.parse().unwrap(),
        served,
        anonymous,
        classes: domain::ClassSet::EMPTY,
        declared: false,
        last: NOW,
        at: place(2, line),
    }
}

/// An inventory of a specification (file 0), a front's configuration (file 1) and traffic (file 2).
pub(crate) fn inventory(operations: Vec<Op>, fronts: Vec<Front>, traffic: Vec<Seen>) -> Inventory {
    let mut inventory = Inventory::default();
    for (name, kind) in [
        ("shop.openapi.yaml", Kind::OpenApi),
        ("nginx.conf", Kind::Nginx),
        ("exchanges.ndjson", Kind::Traffic),
    ] {
        inventory.add_source(Source { name: name.into(), text: "".into(), kind });
    }
    let mut line = 10;
    for operation in operations {
        let source = operation.0.at.source.0;
        // Every operation has lines of its own, unless a test gave it some.
        let operation =
            if operation.0.at.span.line == 10 { operation.moved(source, line) } else { operation };
        line += 10;
        inventory.operations.push(operation.0);
    }
    inventory.fronts = fronts;
    inventory.traffic = traffic;
    inventory
}

impl Op {
    /// The same, so many lines further down.
    fn moved(mut self, source: u32, line: u32) -> Self {
        let by = line - self.0.at.span.line;
        let shift = |place: &mut Place| {
            *place = self::place(source, place.span.line + by);
        };
        shift(&mut self.0.at);
        shift(&mut self.0.id_at);
        self.0.security.at.iter_mut().for_each(shift);
        self.0.answer.at.iter_mut().for_each(shift);
        if let IntentState::Declared { at, .. } = &mut self.0.intent {
            shift(at);
        }
        self.0.object_refs.iter_mut().for_each(|object| shift(&mut object.at));
        self.0.parameters.iter_mut().for_each(|parameter| shift(&mut parameter.at));
        self.0.page_size.iter_mut().for_each(|page| shift(&mut page.at));
        self.0.bulk.iter_mut().for_each(|bulk| shift(&mut bulk.at));
        self.0.answer.fields.iter_mut().for_each(|field| shift(&mut field.at));
        self.0.examples.iter_mut().for_each(|example| shift(&mut example.at));
        self
    }
}

/// Ids of checks and their subjects, as one line each: `ACH-004 GET /orders/{id}`.
pub(crate) fn told(inventory: &Inventory) -> Vec<String> {
    let findings = checks::check(inventory, checks::Options::default(), NOW);
    findings.iter().map(|finding| format!("{} {}", finding.check.id, finding.subject)).collect()
}
