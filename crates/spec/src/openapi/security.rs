//! What a document says about credentials: facts, not a decision.

use std::sync::Arc;

use crate::decode::nearest;
use crate::openapi::Version;
use crate::openapi::document::{Document, short};
use crate::openapi::here::{At, Here};
use crate::tree::Span;

/// The security requirement of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Whether the document says anything for this operation, itself or at the root.
    pub declared: bool,
    /// Any one of these lists suffices, and all of a list is needed. An empty list inside needs nothing.
    pub alternatives: Vec<Vec<Requirement>>,
    /// Where it is said.
    pub span: Option<Span>,
}

impl Security {
    /// Whether the operation may be called without any credential, as far as the document says.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.alternatives.is_empty() || self.alternatives.iter().any(Vec::is_empty)
    }
}

/// One scheme of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The scheme's name in the document.
    pub scheme: Arc<str>,
    /// What it is; `None` where it is not declared.
    pub kind: Option<SchemeKind>,
    /// The scopes or roles that it asks for.
    pub scopes: Vec<Arc<str>>,
}

/// What a security scheme is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeKind {
    /// A key in a header, query parameter or cookie.
    ApiKey {
        /// `header`, `query` or `cookie`.
        place: Arc<str>,
        /// The name of the header, parameter or cookie.
        name: Arc<str>,
    },
    /// An `Authorization` scheme, such as `bearer` or `basic`, in small letters.
    Http(Arc<str>),
    /// OAuth 2.
    OAuth2,
    /// OpenID Connect discovery.
    OpenIdConnect,
    /// A client certificate.
    MutualTls,
    /// A kind that no version of OpenAPI names.
    Other(Arc<str>),
}

/// Reads the `security` key of an operation, or of the root.
pub(super) fn read<'t>(document: &mut Document<'t>, operation: Here<'t>) -> (Security, Option<At>) {
    let own = operation.get("security");
    let Some(node) = own.or_else(|| document.root.get("security")) else { return Default::default() };
    let mut security = Security { declared: true, alternatives: Vec::new(), span: Some(node.node.span) };
    if node.mapping().is_some() || node.text().is_some() {
        document.error(
            "SPEC-003",
            "`security` must be a list",
            node.at(),
            "write `security: [{ scheme: [] }]`; the operation is read as needing no credential",
        );
    }
    let mut at = node.at();
    for alternative in node.items().take(32) {
        if alternative.entries().next().is_none() && at == node.at() {
            // This is what lets everyone in.
            at = alternative.at();
        }
        let mut all = Vec::new();
        for (name, scopes) in alternative.entries().take(32) {
            let kind = scheme(document, &name.text, alternative.spot(name.span));
            let scopes = scopes.items().filter_map(Here::text).take(64).map(Into::into).collect();
            all.push(Requirement { scheme: name.text.clone(), kind, scopes });
        }
        security.alternatives.push(all);
    }
    (security, Some(at))
}

pub(super) fn schemes<'t>(document: &Document<'t>) -> Option<Here<'t>> {
    let root = document.root;
    if document.version == Version::V2 {
        root.get("securityDefinitions")
    } else {
        root.get("components").and_then(|components| components.get("securitySchemes"))
    }
}

fn scheme(document: &mut Document<'_>, name: &str, at: At) -> Option<SchemeKind> {
    let declared = schemes(document);
    let Some(node) = declared.and_then(|schemes| schemes.get(name)) else {
        let known: Vec<&str> =
            declared.into_iter().flat_map(Here::entries).map(|(key, _)| &*key.text).collect();
        let near = nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("the security scheme `{}` is not declared{near}", short(name));
        let place = if document.version == Version::V2 {
            "securityDefinitions"
        } else {
            "components.securitySchemes"
        };
        document.error("SPEC-007", message, at, format!("declare it under `{place}`"));
        return None;
    };
    let node = document.resolve(node)?;
    let text = |key: &str| node.get(key).and_then(Here::text).unwrap_or_default();
    Some(match text("type") {
        "apiKey" => SchemeKind::ApiKey { place: text("in").into(), name: text("name").into() },
        "http" => SchemeKind::Http(text("scheme").to_ascii_lowercase().into()),
        "basic" => SchemeKind::Http("basic".into()),
        "oauth2" => SchemeKind::OAuth2,
        "openIdConnect" => SchemeKind::OpenIdConnect,
        "mutualTLS" => SchemeKind::MutualTls,
        other => {
            let message = format!("`{}` is no type of security scheme", short(other));
            document.warn(
                "SPEC-007",
                message,
                node.at(),
                "use apiKey, http, oauth2, openIdConnect or mutualTLS",
            );
            SchemeKind::Other(other.into())
        }
    })
}
