//! The declared audiences for a Kubernetes cluster: Gatekeeper and NetworkPolicy.
//!
//! YAML is written as JSON, which is YAML: nothing needs quoting by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::IpPrefix;
use serde_json::{Value, json};
use spec::inventory::Service;

use super::{Document, Made, comment, internal_networks, services, slug};
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

/// A policy for each service of the cluster that a declared document is behind: only the gateway reaches
/// it; or, where every operation is internal, only its networks. What the files do not say is no policy
/// but a line of the README: one that selects no pod, or lets everybody in, would look like a guard.
#[must_use]
pub fn networkpolicy(facts: &Facts<'_>) -> Vec<Made> {
    let mut left_out: Vec<String> = Vec::new();
    let mut behind: BTreeMap<usize, Vec<Behind<'_, '_, '_>>> = BTreeMap::new();
    let documents = services(facts);
    if documents.is_empty() {
        return Vec::new();
    }
    for document in &documents {
        let found = cluster_services(facts, document);
        if found.is_empty() {
            left_out.push(format!(
                "`{}`: no Service of a cluster that a route leads it to is among the files",
                document.name
            ));
        }
        for nth in found {
            behind.entry(nth).or_default().push(document);
        }
    }
    let gateway = facts.inventory.services.iter().find(|service| is_gateway(service));
    let mut made: Vec<Made> = Vec::new();
    for (nth, documents) in behind {
        let Some(service) = facts.inventory.services.get(nth) else { continue };
        let title = format!("{}/{}", service.namespace, service.name);
        if service.selector.is_empty() {
            left_out.push(format!("the Service `{title}`: it has no selector, so its pods are not known"));
            continue;
        }
        let internal: Option<Vec<&Vec<IpPrefix>>> =
            documents.iter().map(|document| document.internal.as_ref()).collect();
        let from: Vec<Value> = match (internal, gateway) {
            (Some(networks), _) => {
                let networks: BTreeSet<&IpPrefix> = networks.into_iter().flatten().collect();
                networks.iter().map(|network| json!({ "ipBlock": { "cidr": network.to_string() } })).collect()
            }
            (None, Some(gateway)) if !gateway.selector.is_empty() => vec![json!({
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": &*gateway.namespace } },
                "podSelector": { "matchLabels": labels(gateway) },
            })],
            (None, _) => {
                left_out.push(format!(
                    "the Service `{title}`: no Service of the gateway (`tidegate`) with a selector is among the \
                     files, so who may come to it is not known"
                ));
                continue;
            }
        };
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": { "name": format!("tidegate-{}", service.name), "namespace": &*service.namespace },
            "spec": {
                "podSelector": { "matchLabels": labels(service) },
                "policyTypes": ["Ingress"],
                "ingress": [{ "from": from }],
            },
        });
        let name = format!("{}.{}", slug(&service.namespace), slug(&service.name));
        // Names that differ only in what a file's name leaves out: one would replace the other.
        let taken = made.iter().filter(|(other, _)| other.starts_with(&name)).count();
        let name = if taken == 0 { name } else { format!("{name}-{}", nth + 1) };
        made.push((format!("{name}.networkpolicy.yaml"), pretty(&policy)));
    }
    made.push(("README.md".to_owned(), readme(&left_out)));
    made
}

type Behind<'d, 'f, 'i> = &'d Document<'f, 'i>;

fn readme(left_out: &[String]) -> String {
    let mut readme = String::from(
        "# Network policies of the declared audiences\n\nEach file selects the pods of one Service by the \
         Service's own selector and lets in the gateway, by its namespace and its Service's selector; or, where \
         every operation behind the Service is internal, the declared networks. In a cluster itself they are \
         unproven there.\n",
    );
    if !left_out.is_empty() {
        readme.push_str("\nLeft out, because the files do not say it:\n\n");
    }
    for line in left_out {
        readme.push_str(&format!("- {}\n", comment(line)));
    }
    readme
}

fn labels(service: &Service) -> Value {
    let labels = service.selector.iter().map(|(key, value)| (key.to_string(), Value::from(&**value)));
    Value::Object(labels.collect())
}

/// Whether a service is that of the gateway itself: its name says so, or its pods' label.
fn is_gateway(service: &Service) -> bool {
    let label = |(key, value): &(Arc<str>, Arc<str>)| {
        matches!(&**key, "app.kubernetes.io/name" | "app") && &**value == "tidegate"
    };
    &*service.name == "tidegate" || service.selector.iter().any(label)
}

/// Positions of the services of the cluster that routes to the operations of a document lead to.
fn cluster_services(facts: &Facts<'_>, document: &Document<'_, '_>) -> BTreeSet<usize> {
    let routes = document.operations.iter().flat_map(|operation| &operation.served_by);
    let upstreams = routes.filter_map(|served| {
        facts.fronts.get(served.front)?.routes.get(served.route)?.route.upstream.as_ref()
    });
    let authorities: BTreeSet<String> = upstreams.map(|upstream| upstream.authority()).collect();
    let services = &facts.inventory.services;
    let mut found = BTreeSet::new();
    for authority in &authorities {
        let host = authority.split(':').next().unwrap_or_default();
        // `orders`, `shop/orders`, `orders.shop.svc`
        let (namespace, name) = match host.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => {
                let mut parts = host.split('.');
                let name = parts.next().unwrap_or_default();
                (parts.next(), name)
            }
        };
        let fits = |service: &Service| {
            *service.name == *name && namespace.is_none_or(|namespace| *service.namespace == *namespace)
        };
        let mut fitting =
            services.iter().enumerate().filter(|(_, service)| fits(service) && !is_gateway(service));
        // A bare name that several namespaces have is none of them.
        if let (Some((nth, _)), None) = (fitting.next(), fitting.next()) {
            found.insert(nth);
        }
    }
    found
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
