//! Ports that ingress-nginx passes on as they are: the ConfigMaps of `--tcp-services-configmap` and
//! `--udp-services-configmap`, known by what they hold, for their names are the controller's.
//!
//! After kubernetes.github.io/ingress-nginx/user-guide/exposing-tcp-udp-services.

use super::super::values::{Faults, UNJUDGED, word};
use super::Cluster;
use crate::inventory::Inventory;
use crate::tree::Node;

/// Whether an entry is a port and where it leads: `"9000": default/example-go:8080`, perhaps `:PROXY`.
pub(crate) fn is_passed_port(key: &str, value: &str) -> bool {
    let Some((namespace, service)) = value.split_once('/') else { return false };
    let mut parts = service.split(':');
    let (name, port) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    key.parse::<u16>().is_ok()
        && is_name(namespace)
        && is_name(name)
        && is_name(port)
        && parts.all(|flag| flag.is_empty() || flag == "PROXY")
}

/// Whether an object holds nothing but such entries.
pub(crate) fn is_of_streams(object: &Node) -> bool {
    let is_map = object.get("kind").and_then(Node::text) == Some("ConfigMap");
    let Some(data) = object.get("data").filter(|_| is_map) else { return false };
    let passed = |value: &Node, key: &str| word(value).is_some_and(|value| is_passed_port(key, &value));
    data.entries().next().is_some() && data.entries().all(|(key, value)| passed(value, &key.text))
}

/// Tells of each.
pub(super) fn read(cluster: &Cluster, inventory: &mut Inventory) {
    for object in cluster.of_kind("ConfigMap") {
        let mut faults = Faults::new(object.source, "KUBERNETES-002");
        for (key, value) in object.node.get("data").into_iter().flat_map(Node::entries) {
            let to = word(value).unwrap_or_default();
            let what = format!("`{}` passes port {} on to `{to}`", object.title(), key.text);
            faults.error(value, what, UNJUDGED);
        }
        inventory.faults.append(&mut faults.found);
    }
}
