//! What the extensions of AWS API Gateway say of credentials.
//!
//! An API key there is a quota, not an identity; who may call is said by an authorizer, by
//! `x-amazon-apigateway-auth` at the operation, or by nobody (`NONE`).

use super::Facts;
use crate::inventory::{Scheme, Security};
use crate::openapi::here::Here;
use crate::openapi::security::schemes;

/// Adds to `security` what the extensions say.
pub(super) fn adjust<'t>(facts: &mut Facts<'t, '_>, operation: Here<'t>, security: &mut Security) {
    let declared = schemes(&facts.document);
    for scheme in &mut security.schemes {
        let Some(node) = declared.and_then(|all| all.get(&scheme.name)) else { continue };
        let Some(node) = facts.document.resolve(node) else { continue };
        if let Some(kind) = authorizer(node) {
            scheme.kind = kind.into();
        }
    }
    let Some(auth) = operation.get("x-amazon-apigateway-auth") else { return };
    let Some(kind) = auth.get("type").and_then(Here::text) else { return };
    let at = Some(facts.place(auth.at()));
    security.declared = true;
    match kind.to_ascii_uppercase().as_str() {
        // An authorizer that `security` names is what the gateway then asks.
        "NONE" if !security.schemes.iter().any(|scheme| scheme.kind.starts_with("aws-")) => {
            security.open = true;
            security.at = at;
        }
        "NONE" => {}
        "AWS_IAM" => add(security, "aws-sigv4", at),
        "COGNITO_USER_POOLS" => add(security, "aws-cognito", at),
        "CUSTOM" => add(security, "aws-lambda", at),
        _ => {}
    }
}

fn add(security: &mut Security, kind: &str, at: Option<crate::inventory::Place>) {
    security.open = false;
    security.at = security.at.or(at);
    if !security.schemes.iter().any(|scheme| &*scheme.kind == kind) {
        security.schemes.push(Scheme {
            name: "x-amazon-apigateway-auth".into(),
            kind: kind.into(),
            place: None,
            key: None,
            scopes: Vec::new(),
            alternative: 0,
        });
    }
}

/// Which authorizer stands behind a scheme.
fn authorizer(scheme: Here<'_>) -> Option<&'static str> {
    let text = |here: Option<Here<'_>>| here.and_then(Here::text).map(str::to_ascii_lowercase);
    let behind = scheme.get("x-amazon-apigateway-authorizer").and_then(|one| text(one.get("type")));
    let named = text(scheme.get("x-amazon-apigateway-authtype"));
    Some(match (behind.as_deref(), named.as_deref()) {
        (Some("jwt"), _) => "aws-jwt",
        (Some("cognito_user_pools"), _) | (None, Some("cognito_user_pools")) => "aws-cognito",
        (Some("token" | "request"), _) | (None, Some("custom" | "oauth2")) => "aws-lambda",
        (None, Some("awssigv4")) => "aws-sigv4",
        _ => return None,
    })
}
