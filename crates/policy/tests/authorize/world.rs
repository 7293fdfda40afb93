//! A small shop's inventory and people, and requests to it.

use std::sync::Arc;

use domain::{
    Caller, Claims, Endpoint, Intent, Mode, OperationId, Principal, PrincipalId, PrincipalKind, Refusal,
    RoleName, Timestamp,
};
use policy::authorize::{
    Attribute, AttributeName, Declared, LoadError, Loaded, Permit, Policies, RequestFacts, Source,
};

/// 2026-11-20T12:00:00Z, a Friday.
pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_795_176_000);

pub(crate) fn operation(id: &str, door: &str, intent: &str) -> Declared {
    let intent = (!intent.is_empty()).then(|| serde_json::from_str::<Intent>(intent).unwrap().into());
    Declared { id: OperationId::new(id), endpoint: door.parse().unwrap(), intent }
}

pub(crate) fn shop() -> Vec<Declared> {
    let public =
        r#"{"audience":{"public":{"reason":"shop window","owner":"web team","expires":"2027-06-30"}}}"#;
    vec![
        operation("listProducts", "GET /products", public),
        operation(
            "searchCustomers",
            "POST /api/customers",
            r#"{"audience":"authenticated","roles":["staff"]}"#,
        ),
        operation(
            "readOrder",
            "GET /v1/{tenant}/orders/{id}",
            r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub","roles":["staff"]}"#,
        ),
        operation("exportOrders", "GET /export", r#"{"audience":{"partner":["acme","bolt"]}}"#),
        operation("health", "GET /internal/health", r#"{"audience":{"internal":["10.0.0.0/8"]}}"#),
        operation("legacy", "GET /legacy", ""),
    ]
}

pub(crate) fn load(policies: &str, patches: &str) -> Result<Loaded, Vec<LoadError>> {
    load_into(&shop(), policies, patches)
}

pub(crate) fn load_into(
    inventory: &[Declared],
    policies: &str,
    patches: &str,
) -> Result<Loaded, Vec<LoadError>> {
    Policies::load(
        inventory,
        &[Source::new("shop.cedar", policies)],
        &[Source::new("patch.cedar", patches)],
        NOON,
    )
}

pub(crate) fn loaded(policies: &str, patches: &str) -> Policies {
    load(policies, patches).unwrap_or_else(|errors| panic!("{}", told(&errors))).policies
}

pub(crate) fn told(errors: &[LoadError]) -> String {
    errors.iter().map(|error| format!("{error}\n")).collect()
}

pub(crate) fn person(kind: PrincipalKind, id: &str, roles: &[&str], claims: &[(&str, &str)]) -> Caller {
    let mut all = Claims::default();
    all.push("sub", id);
    claims.iter().for_each(|(name, value)| all.push(name, value));
    Caller::Verified(Arc::new(Principal {
        id: PrincipalId::new(id),
        kind,
        roles: roles.iter().map(|role| RoleName::new(role)).collect(),
        claims: all,
    }))
}

pub(crate) fn user(id: &str) -> Caller {
    person(PrincipalKind::Token, id, &[], &[("tenant", "north")])
}

pub(crate) fn staff(id: &str) -> Caller {
    person(PrincipalKind::Token, id, &["staff"], &[("tenant", "north")])
}

pub(crate) fn partner(name: &str) -> Caller {
    person(PrincipalKind::Partner(name.into()), &format!("key-{name}"), &[], &[])
}

/// A request, with defaults for everything but its door.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
    pub(crate) caller: Caller,
    pub(crate) client: String,
    pub(crate) mode: Mode,
    pub(crate) now: Timestamp,
    pub(crate) attributes: Vec<(&'static str, Attribute<'static>)>,
}

pub(crate) fn ask(door: &str) -> Ask {
    let endpoint: Endpoint = door.parse().unwrap();
    Ask {
        path: endpoint.template().to_string(),
        endpoint,
        caller: Caller::Anonymous,
        client: "192.0.2.7".into(),
        mode: Mode::Enforce,
        now: NOON,
        attributes: vec![("path.tenant", text("north")), ("path.id", text("1042"))],
    }
}

pub(crate) fn text(value: &'static str) -> Attribute<'static> {
    Attribute::Text(value.into())
}

impl Ask {
    pub(crate) fn by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    pub(crate) fn from(mut self, client: &str) -> Self {
        self.client = client.into();
        self
    }

    pub(crate) fn at(mut self, when: &str) -> Self {
        self.now = Timestamp::parse_expiry(when).unwrap();
        self
    }

    pub(crate) fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: Attribute<'static>) -> Self {
        self.attributes.retain(|(known, _)| *known != name);
        self.attributes.push((name, value));
        self
    }

    pub(crate) fn facts<T>(&self, see: impl FnOnce(&RequestFacts<'_>) -> T) -> T {
        let attribute = |name: &AttributeName| {
            let found = self.attributes.iter().find(|(known, _)| *known == name.as_str());
            found.map_or(Attribute::Missing, |(_, value)| value.clone())
        };
        see(&RequestFacts {
            endpoint: &self.endpoint,
            method: self.endpoint.method(),
            path: &self.path,
            caller: &self.caller,
            client: self.client.parse().unwrap(),
            internal_listener: false,
            mode: self.mode,
            attribute: &attribute,
        })
    }

    pub(crate) fn of(&self, policies: &Policies) -> Result<Permit, Refusal> {
        self.facts(|facts| policies.authorize(facts, self.now))
    }

    /// `permit`, or kind and detail of the refusal.
    pub(crate) fn told(&self, policies: &Policies) -> String {
        match self.of(policies) {
            Ok(permit) => match permit.noted() {
                None => "permit".into(),
                Some(noted) => format!("permit, noted {}: {}", noted.kind, noted.detail),
            },
            Err(refusal) => format!("{}: {}", refusal.kind, refusal.detail),
        }
    }
}
