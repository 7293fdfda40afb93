//! What is known of an API before it runs: operations, what stands in front of them, what was seen.
//!
//! Three kinds of source end in one model: a specification gives [`Operation`]s, the configuration of
//! a proxy, a gateway or a cluster gives [`Front`]s, recorded traffic gives [`Seen`] endpoints. Every
//! fact knows its [`Place`]. Nothing is judged here, and no file is opened: the text is handed in.
//!
//! The model is also written as JSON (`serde`), so that a policy in another language judges exactly
//! what our own checks judge. Field names of that JSON are stable.

mod front;
mod ignore;
mod operation;

use std::sync::Arc;

use domain::{Endpoint, Timestamp};
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::tree::Span;

pub use front::{
    Auth, Front, Hop, Listener, PathMatch, Picker, Precedence, Rate, Reach, Route, Service, Upstream,
};
pub(crate) use front::{host_fits, one_spelling, path_fits, readable_pattern};
pub use ignore::{Ignore, Scope};
pub use operation::{
    Answer, Bulk, Example, Field, Gated, IntentState, Named, ObjectRef, Operation, PageSize, Parameter,
    Replaced, Scheme, Security, Server,
};

/// Everything that was read, from every file.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The files, in the order in which they were named or found. A [`Place`] points into it.
    pub sources: Vec<Source>,
    /// Operations of every specification.
    pub operations: Vec<Operation>,
    /// What stands in front of the services.
    pub fronts: Vec<Front>,
    /// Services of clusters, with who can reach them past every front.
    pub services: Vec<Service>,
    /// Virtual patches that are in force, or were.
    pub patches: Vec<Patch>,
    /// Endpoints that were seen in traffic.
    pub traffic: Vec<Seen>,
    /// Files that a document refers to: the file, the document.
    pub parts: Vec<(SourceId, SourceId)>,
    /// Findings that somebody answers for.
    pub ignores: Vec<Ignore>,
    /// What is wrong with the files themselves.
    pub faults: Vec<Fault>,
    /// What was found and not looked into.
    pub left_out: Vec<LeftOut>,
}

/// A file or folder that nobody looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path, as the user would name it.
    pub name: Arc<str>,
    /// Why: the same few words for all that are left out for the same reason.
    pub why: &'static str,
}

impl Inventory {
    /// Takes up a file and gives its number.
    pub fn add_source(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(source);
        id
    }

    /// The file of `id`.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::try_from(id.0).ok()?)
    }

    /// Whether `source` is a part of the document that `whole` spans.
    #[must_use]
    pub fn is_part_of(&self, source: SourceId, whole: Place) -> bool {
        whole.span.end == u32::MAX && self.parts.contains(&(source, whole.source))
    }

    /// Whether some file, or part of one, cannot be judged: then a gate must stay shut.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.diagnostic.severity == crate::diagnostic::Severity::Error)
    }
}

/// A file, by its position in [`Inventory::sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceId(pub u32);

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, as the user would name it.
    pub name: Arc<str>,
    /// Its text; empty where it could not be read.
    pub text: Arc<str>,
    /// What it is.
    pub kind: Kind,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// OpenAPI 2.0, 3.0, 3.1 or 3.2.
    OpenApi,
    /// A part of a specification that another file refers to.
    OpenApiPart,
    /// A configuration of Tidegate.
    Tidegate,
    /// Cedar policies or virtual patches.
    Cedar,
    /// nginx.
    Nginx,
    /// Envoy, static resources.
    Envoy,
    /// Kong, declarative.
    Kong,
    /// Kubernetes manifests: Ingress, HTTPRoute, Gateway, NetworkPolicy, Service.
    Kubernetes,
    /// APISIX, standalone.
    Apisix,
    /// Traefik, dynamic configuration.
    Traefik,
    /// A Caddyfile.
    Caddy,
    /// HAProxy.
    HaProxy,
    /// AWS CloudFormation or SAM.
    CloudFormation,
    /// A Terraform plan as JSON.
    Terraform,
    /// Known findings that somebody answers for, in a file of their own.
    Baseline,
    /// Recorded traffic: our exchange log.
    Traffic,
    /// Something else: listed, not judged.
    Unrecognised,
}

impl Kind {
    /// The word used in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenApi => "OpenAPI",
            Self::OpenApiPart => "part of an OpenAPI document",
            Self::Tidegate => "Tidegate configuration",
            Self::Cedar => "Cedar policies",
            Self::Nginx => "nginx",
            Self::Envoy => "Envoy",
            Self::Kong => "Kong",
            Self::Kubernetes => "Kubernetes",
            Self::Apisix => "APISIX",
            Self::Traefik => "Traefik",
            Self::Caddy => "Caddyfile",
            Self::HaProxy => "HAProxy",
            Self::CloudFormation => "CloudFormation",
            Self::Terraform => "Terraform plan",
            Self::Baseline => "baseline",
            Self::Traffic => "recorded traffic",
            Self::Unrecognised => "not recognised",
        }
    }
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub source: SourceId,
    /// Where in it.
    pub span: Span,
}

impl Place {
    /// The place of `span` in `source`.
    #[must_use]
    pub const fn new(source: SourceId, span: Span) -> Self {
        Self { source, span }
    }
}

impl Serialize for Place {
    /// As `{"source": 0, "line": 12, "column": 5, "start": 301, "end": 307}`.
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut place = out.serialize_struct("Place", 5)?;
        place.serialize_field("source", &self.source)?;
        place.serialize_field("line", &self.span.line)?;
        place.serialize_field("column", &self.span.column)?;
        place.serialize_field("start", &self.span.start)?;
        place.serialize_field("end", &self.span.end)?;
        place.end()
    }
}

/// What is wrong with a file: an error where a part of it cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub source: SourceId,
    /// What is wrong, and where.
    pub diagnostic: Diagnostic,
}

/// A virtual patch: what closes a hole until the service is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// Its id.
    pub id: Arc<str>,
    /// Why it is there.
    pub reason: Arc<str>,
    /// The last moment at which it acts.
    pub expires: Timestamp,
    /// Where it stands.
    pub at: Place,
}

/// An endpoint that recorded traffic has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Method and path template, as the gateway knew or learned it.
    pub endpoint: Endpoint,
    /// Exchanges that succeeded (2xx).
    pub served: u64,
    /// Of these, by callers without a verified or confirmed identity.
    pub anonymous: u64,
    /// Data classes that were seen to leave.
    pub classes: domain::ClassSet,
    /// Whether its intent was declared to the gateway.
    pub declared: bool,
    /// The last time.
    pub last: Timestamp,
    /// The first line that speaks of it.
    pub at: Place,
}

impl Seen {
    /// Whether it is the name under which the gateway counts paths that it knows no door of.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.endpoint.template().to_string() == "/{*unseen}"
    }
}
