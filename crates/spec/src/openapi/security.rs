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
        let asks_nothing = |all: &Vec<Requirement>| all.iter().all(Requirement::is_nothing);
        self.alternatives.is_empty() || self.alternatives.iter().any(asks_nothing)
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

impl Requirement {
    /// Whether it asks for nothing: `{type: http, scheme: none}` or `{type: none}`, with which some say so.
    fn is_nothing(&self) -> bool {
        let Some(SchemeKind::Http(word) | SchemeKind::Other(word)) = &self.kind else { return false };
        ["none", "anonymous", "noauth"].iter().any(|nothing| word.eq_ignore_ascii_case(nothing))
    }
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

/// Most alternatives, schemes of one and scopes of one that are read.
const MOST_EACH: usize = 256;

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
    for (nth, alternative) in node.items().enumerate() {
        if nth >= MOST_EACH {
            beyond(document, "alternatives", alternative.at());
            break;
        }
        if alternative.entries().next().is_none() && at == node.at() {
            // This is what lets everyone in.
            at = alternative.at();
        }
        let mut all = Vec::new();
        for (nth, (name, scopes)) in alternative.entries().enumerate() {
            let at = alternative.spot(name.span);
            if nth >= MOST_EACH {
                beyond(document, "schemes in one alternative", at);
                break;
            }
            if scopes.node.items().len() > MOST_EACH {
                beyond(document, "scopes of one scheme", at);
            }
            let kind = scheme(document, &name.text, at);
            let scopes = scopes.items().filter_map(Here::text).take(MOST_EACH).map(Into::into).collect();
            all.push(Requirement { scheme: name.text.clone(), kind, scopes });
        }
        security.alternatives.push(all);
    }
    (security, Some(at))
}

fn beyond(document: &mut Document<'_>, what: &str, at: At) {
    let message = format!("`security` has more than {MOST_EACH} {what}");
    document.beyond(message, at, "name fewer: those from here on are not judged");
}

pub(super) fn schemes<'t>(document: &Document<'t>) -> Option<Here<'t>> {
    let root = document.root;
    if document.version == Version::V2 {
        root.get("securityDefinitions")
    } else {
        root.get("components").and_then(|components| components.get("securitySchemes"))
    }
}

/// The schemes that the document declares, at most 64.
pub(super) fn offered(document: &mut Document<'_>) -> Vec<Requirement> {
    let Some(declared) = schemes(document) else { return Vec::new() };
    let names: Vec<_> = declared
        .entries()
        .filter(|(key, _)| !key.text.starts_with("x-"))
        .map(|(key, _)| (key.text.clone(), declared.spot(key.span)))
        .take(64)
        .collect();
    let known = document.faults.len();
    let requirement = |(name, at): (Arc<str>, At)| {
        let kind = scheme(document, &name, at);
        Requirement { scheme: name, kind, scopes: Vec::new() }
    };
    let all = names.into_iter().map(requirement).collect();
    // What is wrong with a scheme is told where an operation asks for it.
    document.faults.truncate(known);
    all
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
            document.skipped(
                "SPEC-007",
                message,
                node.at(),
                "use apiKey, http, oauth2, openIdConnect or mutualTLS",
            );
            SchemeKind::Other(other.into())
        }
    })
}
