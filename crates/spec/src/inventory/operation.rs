//! What a specification says of one operation, beyond its door.

use std::sync::Arc;

use domain::{Endpoint, Intent, OperationId};
use serde::Serialize;

use super::Place;
use crate::openapi::{self, SchemeKind};

/// One operation of a specification, with every fact that a check asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// Its door, with the path prefix of its server.
    pub endpoint: Endpoint,
    /// Its name.
    pub id: OperationId,
    /// What its owner declared.
    pub intent: IntentState,
    /// What the document says about credentials.
    pub security: Security,
    /// Named inputs, those of the body included (dotted: `filter.customer_id`).
    pub parameters: Vec<Parameter>,
    /// Inputs that name a record: the operation reads or changes what they point to.
    pub object_refs: Vec<ObjectRef>,
    /// How many records one call asks for, where a parameter says so.
    pub page_size: Option<PageSize>,
    /// Lists in the request of which every element names or makes a record.
    pub bulk: Vec<Bulk>,
    /// Data classes that the request itself may bring: what comes back of them is no news to the caller.
    pub brings: domain::ClassSet,
    /// What a success returns.
    pub answer: Answer,
    /// Statuses that the document describes: `200`, `4XX`, `default`.
    pub statuses: Vec<Arc<str>>,
    /// Examples with something secret in them.
    pub examples: Vec<Example>,
    /// Where it is served.
    pub servers: Vec<Server>,
    /// Its tags.
    pub tags: Vec<Arc<str>>,
    /// Summary and description, together at most 2,000 characters.
    pub text: String,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// Where its method stands.
    pub at: Place,
    /// Where its `operationId` stands, else its method.
    pub id_at: Place,
    /// What a configuration of Tidegate and its policies say of it beside its document.
    pub gated: Gated,
}

/// What a configuration of Tidegate and its policies say of an operation.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Gated {
    /// The document's intent, where the configuration has another in its place.
    pub replaced: Option<Replaced>,
    /// The policy that asks for more than being signed in, so that no ordinary caller gets through.
    pub narrowed_by: Option<Named>,
    /// The policy that lets any signed-in caller have the records of others, whatever the owner rule.
    pub released_by: Option<Named>,
    /// Whether a configuration that knows it names no issuer of tokens, so that no credential carries a
    /// claim beside `sub`.
    pub only_subject: bool,
}

/// An intent that a configuration of Tidegate has another in the place of.
#[derive(Clone, Debug, Serialize)]
pub struct Replaced {
    /// The declaration.
    pub intent: Box<Intent>,
    /// Where it stands.
    pub at: Place,
}

/// A named thing with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands.
    pub at: Place,
}

/// The intent of an operation.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum IntentState {
    /// Nothing is declared.
    Absent,
    /// Something is declared that cannot be read; the file has a fault that says why.
    Unreadable {
        /// Where.
        at: Place,
    },
    /// What is declared.
    Declared {
        /// The declaration.
        intent: Box<Intent>,
        /// Where the nearest `x-tidegate` stands, or the line under `endpoints:`.
        at: Place,
    },
}

impl IntentState {
    /// The declaration, where there is one.
    #[must_use]
    pub const fn declared(&self) -> Option<&Intent> {
        match self {
            Self::Declared { intent, .. } => Some(intent),
            _ => None,
        }
    }
}

/// What a document says about credentials.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Security {
    /// Whether it says anything for this operation, itself or at the root.
    pub declared: bool,
    /// Whether a call without any credential is allowed: nothing declared, `[]`, or an alternative `{}`.
    pub open: bool,
    /// The schemes of every alternative.
    pub schemes: Vec<Scheme>,
    /// Where it is said.
    pub at: Option<Place>,
    /// Whether it is said at the operation itself.
    pub own: bool,
    /// The schemes that its document declares, whether or not anything asks for them.
    #[serde(skip)]
    pub offers: Arc<[Scheme]>,
}

/// A security scheme that an operation names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scheme {
    /// Its name in the document.
    pub name: Arc<str>,
    /// `api-key`, `basic`, `bearer`, `oauth2`, `openid-connect`, `mutual-tls`, another HTTP scheme,
    /// `undeclared`, or the authorizer of an AWS API Gateway: `aws-sigv4`, `aws-lambda`, `aws-cognito`,
    /// `aws-jwt`.
    pub kind: Arc<str>,
    /// Of an API key: `header`, `query` or `cookie`.
    pub place: Option<Arc<str>>,
    /// Of an API key: the header, parameter or cookie.
    pub key: Option<Arc<str>>,
    /// Scopes or roles that it asks for.
    pub scopes: Vec<Arc<str>>,
    /// The alternative that it belongs to, from 0: all schemes of one are needed together.
    pub alternative: usize,
}

impl Security {
    /// What `security` says, with its place.
    #[must_use]
    pub fn of(security: &openapi::Security, at: Option<Place>) -> Self {
        let alternatives = security.alternatives.iter().enumerate();
        let schemes =
            alternatives.flat_map(|(nth, all)| all.iter().map(move |one| Scheme::of(one, nth))).collect();
        let open = security.is_optional();
        Self { declared: security.declared, open, schemes, at, ..Self::default() }
    }
}

impl Scheme {
    pub(crate) fn of(requirement: &openapi::Requirement, alternative: usize) -> Self {
        let (kind, place, key): (Arc<str>, _, _) = match &requirement.kind {
            None => ("undeclared".into(), None, None),
            Some(SchemeKind::ApiKey { place, name }) => {
                ("api-key".into(), Some(place.clone()), Some(name.clone()))
            }
            Some(SchemeKind::Http(scheme)) => (scheme.clone(), None, None),
            Some(SchemeKind::OAuth2) => ("oauth2".into(), None, None),
            Some(SchemeKind::OpenIdConnect) => ("openid-connect".into(), None, None),
            Some(SchemeKind::MutualTls) => ("mutual-tls".into(), None, None),
            Some(SchemeKind::Other(other)) => (other.clone(), None, None),
        };
        let scopes = requirement.scopes.clone();
        Self { name: requirement.scheme.clone(), kind, place, key, scopes, alternative }
    }
}

/// A named input.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its name; of a body field the dotted path, `[]` after a list: `ids[]`, `filter.customer_id`.
    pub name: Arc<str>,
    /// `path`, `query`, `header`, `cookie`, `body` or `form`.
    pub place: Arc<str>,
    /// Whether a request must have it.
    pub required: bool,
    /// `string`, `integer`, `number`, `boolean`, `array`, `object`; `None` where nothing is said.
    pub kind: Option<Arc<str>>,
    /// Its `format`.
    pub format: Option<Arc<str>>,
    /// Its `pattern`, at most 200 characters.
    pub pattern: Option<Arc<str>>,
    /// The largest number allowed.
    pub maximum: Option<f64>,
    /// The longest text allowed.
    pub max_length: Option<u64>,
    /// The longest list allowed.
    pub max_items: Option<u64>,
    /// Whether only listed values are allowed.
    pub is_enum: bool,
    /// An example or default as text, at most 100 characters.
    pub example: Option<Arc<str>>,
    /// Where it is named.
    pub at: Place,
}

/// An input that names a record.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectRef {
    /// The input's name, as in [`Parameter::name`].
    pub name: Arc<str>,
    /// The input's place, as in [`Parameter::place`].
    pub place: Arc<str>,
    /// Why its values can be guessed one after the other: `integer`, `short-digits`, `user-name`,
    /// `email`, `phone`; `None` for UUIDs, hashes and what nothing is known of.
    pub enumerable: Option<Arc<str>>,
    /// Where it is named.
    pub at: Place,
}

/// The parameter that says how many records one call returns.
#[derive(Clone, Debug, Serialize)]
pub struct PageSize {
    /// Its name.
    pub name: Arc<str>,
    /// Its place.
    pub place: Arc<str>,
    /// The most that is allowed; `None`: no bound is stated.
    pub most: Option<u64>,
    /// Where it is named.
    pub at: Place,
}

/// A list in the request of which every element names or makes a record.
#[derive(Clone, Debug, Serialize)]
pub struct Bulk {
    /// The dotted path in the body, or the parameter's name.
    pub name: Arc<str>,
    /// The longest list allowed; `None`: no bound is stated.
    pub most: Option<u64>,
    /// Where it is named.
    pub at: Place,
}

/// What a success returns.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// Whether the document describes any content of a success.
    pub described: bool,
    /// Media types.
    pub media: Vec<Arc<str>>,
    /// Scalar fields of its records.
    pub fields: Vec<Field>,
    /// Whether it can hold many records: a list, or a map with free keys, at any depth.
    pub many: bool,
    /// The longest outermost list of records that is allowed; `None`: no bound is stated.
    pub most: Option<u64>,
    /// Whether objects with any further fields may stand in it (`additionalProperties: true`, no schema).
    pub open_ended: bool,
    /// Whether an object in it leads back to itself, so that fields below it there are not listed.
    pub circular: bool,
    /// Whether a header of the answer says that nothing may store it.
    pub no_store: bool,
    /// Whether it is a whole file of records without fields: CSV, a sheet, an archive, a stream, bytes of
    /// any type; not images, pages, fonts and PDF.
    pub file: bool,
    /// Where its schema stands.
    pub at: Option<Place>,
}

/// A scalar field of an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Dotted path, `[]` after a list, `*` for a free key: `data[].customer.email`.
    pub path: Arc<str>,
    /// `string`, `integer` and so on; `None` where nothing is said.
    pub kind: Option<Arc<str>>,
    /// Its `format`.
    pub format: Option<Arc<str>>,
    /// An example as text, at most 200 characters.
    pub example: Option<Arc<str>>,
    /// The data class that name, format or example say; `None`: nothing personal.
    pub class: Option<domain::DataClass>,
    /// Where it is described.
    pub at: Place,
}

/// Something secret in an example.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// What it is, in words: `a JSON Web Token`, `a private key`, `a password`.
    pub what: Arc<str>,
    /// Where it stands.
    pub at: Place,
}

/// Where an operation is served.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// The address as written, at most 200 characters.
    pub url: Arc<str>,
    /// Whether it is plain http to a host that is not this machine.
    pub plain: bool,
    /// Where it is written.
    pub at: Place,
}
