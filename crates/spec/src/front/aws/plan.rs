//! Resources of a Terraform plan, by CloudFormation's names for them.
//!
//! Ids of what is yet to be made are not in a plan; which resource a value comes from is, under
//! `configuration`, and that is what links them here. References into other modules are not followed
//! beyond the module's own resources.

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::values::{word, word_at};
use crate::tree::Node;

use super::model::Resource;

/// Deepest modules.
const MOST_DEPTH: usize = 32;

/// Terraform's type, and CloudFormation's.
const KINDS: [(&str, &str); 14] = [
    ("aws_api_gateway_rest_api", "AWS::ApiGateway::RestApi"),
    ("aws_api_gateway_resource", "AWS::ApiGateway::Resource"),
    ("aws_api_gateway_method", "AWS::ApiGateway::Method"),
    ("aws_api_gateway_authorizer", "AWS::ApiGateway::Authorizer"),
    ("aws_api_gateway_method_settings", "terraform::MethodSettings"),
    ("aws_api_gateway_usage_plan", "terraform::UsagePlan"),
    ("aws_api_gateway_rest_api_policy", "terraform::RestApiPolicy"),
    ("aws_api_gateway_stage", "AWS::ApiGateway::Stage"),
    ("aws_apigatewayv2_api", "AWS::ApiGatewayV2::Api"),
    ("aws_apigatewayv2_route", "AWS::ApiGatewayV2::Route"),
    ("aws_apigatewayv2_authorizer", "AWS::ApiGatewayV2::Authorizer"),
    ("aws_apigatewayv2_stage", "AWS::ApiGatewayV2::Stage"),
    ("aws_lambda_function_url", "AWS::Lambda::Url"),
    ("aws_wafv2_web_acl", "AWS::WAFv2::WebACL"),
];

/// The resources of a plan, those of child modules too.
pub(super) fn resources(root: &Node) -> Vec<Resource<'_>> {
    let mut found = Vec::new();
    let values = root.get("planned_values").and_then(|values| values.get("root_module"));
    let configuration = root.get("configuration").and_then(|c| c.get("root_module"));
    if let Some(values) = values {
        module(values, configuration, "", 0, &mut found);
    }
    found
}

fn module<'n>(
    values: &'n Node,
    configuration: Option<&'n Node>,
    prefix: &str,
    depth: usize,
    found: &mut Vec<Resource<'n>>,
) {
    let written = configuration.and_then(|c| c.get("resources")).map(Node::items).unwrap_or_default();
    let written: HashMap<Arc<str>, &Node> =
        written.iter().filter_map(|node| Some((word_at(node, &["address"])?, node))).collect();
    for node in values.get("resources").map(Node::items).unwrap_or_default() {
        let (Some(kind), Some(address)) = (word_at(node, &["type"]), word_at(node, &["address"])) else {
            continue;
        };
        let association = &*kind == "aws_wafv2_web_acl_association";
        let kind = if association { Some("AWS::WAFv2::WebACLAssociation") } else { cloud_formation(&kind) };
        let Some(kind) = kind else { continue };
        let own = address.strip_prefix(prefix).unwrap_or(&address);
        // `count` and `for_each` are written once for all instances.
        let own = own.split('[').next().unwrap_or_default();
        let links = written.get(own).and_then(|node| node.get("expressions"));
        found.push(Resource {
            kind: kind.into(),
            id: own.into(),
            values: node.get("values").unwrap_or(node),
            links,
            span: node.get("address").unwrap_or(node).span,
        });
    }
    if depth >= MOST_DEPTH {
        return;
    }
    let calls = configuration.and_then(|c| c.get("module_calls"));
    for child in values.get("child_modules").map(Node::items).unwrap_or_default() {
        let address = word_at(child, &["address"]).unwrap_or_default();
        let name = address.rsplit_once("module.").map_or("", |(_, name)| name);
        let name = name.split('[').next().unwrap_or_default();
        let inner = calls.and_then(|calls| calls.get(name)).and_then(|call| call.get("module"));
        module(child, inner, &format!("{address}."), depth + 1, found);
    }
}

fn cloud_formation(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(terraform, _)| *terraform == kind).map(|(_, own)| *own)
}

/// The address of the resource that an expression refers to first: `aws_api_gateway_rest_api.shop`.
pub(super) fn target(expression: &Node) -> Option<Arc<str>> {
    let references = expression.get("references").map(Node::items)?;
    let first = references.iter().filter_map(word).find(|text| text.starts_with("aws_"))?;
    let mut parts = first.split('.');
    let (kind, name) = (parts.next()?, parts.next()?);
    Some(format!("{kind}.{}", name.split('[').next().unwrap_or_default()).into())
}

/// `HttpMethod` as Terraform writes it.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (nth, sign) in name.chars().enumerate() {
        if sign.is_ascii_uppercase() {
            if nth > 0 {
                text.push('_');
            }
            text.push(sign.to_ascii_lowercase());
        } else {
            text.push(sign);
        }
    }
    text
}
