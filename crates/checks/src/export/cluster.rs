//! The declared audiences for a Kubernetes cluster: Gatekeeper and NetworkPolicy.
//!
//! YAML is written as JSON, which is YAML: nothing needs quoting by hand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Made, internal_networks, services};
use crate::catalogue::CATALOGUE;
use crate::facts::Facts;

/// Rego of the template: what one Ingress or HTTPRoute can be asked. In the older syntax, which every
/// Gatekeeper reads.
pub const TEMPLATE: &str = include_str!("gatekeeper.rego");

/// Checks that the template asks: the rest needs more than one object.
const ASKED: [&str; 2] = ["ACH-013", "ACH-014"];

/// A constraint template, its constraint with the internal paths of this run, and what is left out.
#[must_use]
pub fn gatekeeper(facts: &Facts<'_>) -> Vec<Made> {
    let internal = facts.operations.iter().filter(|operation| internal_networks(operation).is_some());
    let mut paths: Vec<String> = internal
        .map(|operation| {
            let template = operation.operation.endpoint.template().as_str();
            template.split('{').next().unwrap_or_default().to_owned()
        })
        .collect();
    paths.sort();
    paths.dedup();
    let parameters = json!({ "type": "object", "properties": {
        "internal": { "type": "array", "items": { "type": "string" } },
    } });
    let template = json!({
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": { "name": "tidegateexposure" },
        "spec": {
            "crd": { "spec": {
                "names": { "kind": "TidegateExposure" },
                "validation": { "openAPIV3Schema": parameters },
            } },
            "targets": [{ "target": "admission.k8s.gatekeeper.sh", "rego": TEMPLATE }],
        },
    });
    let constraint = json!({
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": "TidegateExposure",
        "metadata": { "name": "tidegate-exposure" },
        "spec": {
            "match": { "kinds": [
                { "apiGroups": ["networking.k8s.io"], "kinds": ["Ingress"] },
                { "apiGroups": ["gateway.networking.k8s.io"], "kinds": ["HTTPRoute"] },
            ] },
            "parameters": { "internal": paths },
        },
    });
    let mut readme = String::from(
        "# Tidegate for Gatekeeper\n\n`template.yaml` asks what one object can answer: whether an Ingress serves \
         plain http (ACH-013), and whether an Ingress or HTTPRoute leads to a path that is declared internal \
         (ACH-014). `constraint.yaml` names the internal paths of this run. The policy is tested in regorus \
         and, rewritten to its newer syntax, in OPA 1.20.2; in Gatekeeper itself it is unproven there.\n\nLeft out, because one object does not answer it:\n\n",
    );
    for check in CATALOGUE.iter().filter(|check| !ASKED.contains(&check.id)) {
        readme.push_str(&format!("- {} {}: {}\n", check.id, check.name, check.title));
    }
    vec![
        ("template.yaml".to_owned(), pretty(&template)),
        ("constraint.yaml".to_owned(), pretty(&constraint)),
        ("README.md".to_owned(), readme),
    ]
}

/// For each service: only the gateway reaches it; or, where every operation is internal, only its networks.
/// Documents of one name in several folders get a policy each: an equal name would replace another.
#[must_use]
pub fn networkpolicy(facts: &Facts<'_>) -> Vec<Made> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let policies = services(facts).into_iter().map(|service| {
        let mut name = service.slug.clone();
        for nth in 2.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = format!("{}-{nth}", service.slug);
        }
        let from: Vec<Value> = match &service.internal {
            Some(networks) => {
                networks.iter().map(|network| json!({ "ipBlock": { "cidr": network.to_string() } })).collect()
            }
            None => vec![json!({
                "namespaceSelector": {},
                "podSelector": { "matchLabels": { "app.kubernetes.io/name": "tidegate" } },
            })],
        };
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": { "name": format!("tidegate-{name}") },
            "spec": {
                "podSelector": { "matchLabels": { "app.kubernetes.io/name": service.slug } },
                "policyTypes": ["Ingress"],
                "ingress": [{ "from": from }],
            },
        });
        (format!("{name}.networkpolicy.yaml"), pretty(&policy))
    });
    policies.collect()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
