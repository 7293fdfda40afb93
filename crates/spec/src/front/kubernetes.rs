//! Kubernetes manifests: what leads into a cluster, and who reaches its pods past it.
//!
//! **Read**, over all files together, `---` documents and `List`s:
//! - `Ingress` (networking.k8s.io/v1, also the older v1beta1 form) with the annotations of
//!   ingress-nginx that decide access, and Traefik's and AWS's ([`ingress`]);
//! - Gateway API `Gateway` and `HTTPRoute`, and policies that are attached to them ([`gateway`]);
//! - Traefik's `Middleware` and `IngressRoute`;
//! - `Service`, `NetworkPolicy`, the pod labels of workloads, and which of them open a port of their node
//!   ([`network`]).
//!
//! **Not read**: ConfigMaps of controllers (global authentication, global snippets; those that pass ports
//! on are a fault, [`streams`]), pods on the network of their node that no Service of a route leads to,
//! meshes, policies of other network plugins, `GRPCRoute`, `TLSRoute`, `TCPRoute` and their like (a fault
//! names them). Helm templates
//! must be rendered first.
//!
//! After kubernetes.io/docs/concepts/services-networking, gateway-api.sigs.k8s.io (v1) and
//! kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations.

mod annotations;
mod gateway;
mod ingress;
mod network;
mod streams;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::inventory::{Inventory, Place, SourceId};
use crate::reading::{File, Reading};
use crate::tree::{Format, Node, Span, read_all};

use super::values::{Faults, UNJUDGED, word_at};
pub(crate) use streams::{is_of_streams, is_passed_port};

/// Most objects of one reading; further ones are a fault. Links between them cost the square of it at
/// the worst.
const MOST_OBJECTS: usize = 10_000;

/// The objects of a cluster, from every file.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    objects: Vec<Object>,
}

/// An object of a kind that matters here.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) source: SourceId,
    pub(super) kind: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) node: Node,
}

impl Object {
    pub(super) const fn place(&self, node: &Node) -> Place {
        Place::new(self.source, node.span)
    }

    /// The place of its `kind:` line.
    pub(super) fn at(&self) -> Place {
        self.place(self.node.get("kind").unwrap_or(&self.node))
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&Node> {
        self.node.get("metadata")?.get("annotations")?.get(key)
    }

    pub(super) fn spec(&self) -> Option<&Node> {
        self.node.get("spec")
    }

    /// `name`, or `namespace/name` where a namespace is written.
    pub(super) fn title(&self) -> Arc<str> {
        qualified(&self.namespace, &self.name)
    }
}

/// `name` in `namespace`, in one word.
pub(super) fn qualified(namespace: &str, name: &str) -> Arc<str> {
    if namespace == "default" { name.into() } else { format!("{namespace}/{name}").into() }
}

impl Cluster {
    pub(super) fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Object> {
        self.objects.iter().filter(move |object| &*object.kind == kind)
    }
}

/// Whether objects of this `apiVersion` and `kind` are read, or say that the file is a manifest.
pub(crate) fn is_known(version: &str, kind: &str) -> bool {
    let group = version.split_once('/').map_or("", |(group, _)| group);
    match group {
        "" => version.starts_with('v') && matches!(kind, "Service" | "Pod" | "Namespace" | "List"),
        "apps" => matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"),
        "networking.k8s.io" | "extensions" => matches!(kind, "Ingress" | "NetworkPolicy" | "IngressClass"),
        "gateway.networking.k8s.io" => true,
        "traefik.io" | "traefik.containo.us" => kind == "Middleware" || kind.starts_with("IngressRoute"),
        _ => false,
    }
}

/// Takes up the objects of a file. `root` is its tree where it is one document.
pub(super) fn read(file: &File, root: Option<&Node>, reading: &mut Reading<'_, '_>) {
    if let Some(root) = root {
        take(root, reading);
        return;
    }
    for document in read_all(&file.text, Format::of(&file.name, &file.text)) {
        match document {
            Ok(node) => take(&node, reading),
            Err(_) if template_sign(&file.text).is_some() => {
                let at = template_sign(&file.text).unwrap_or(Span::START);
                let fault = Diagnostic::error("KUBERNETES-001", "this manifest is a template", at);
                reading.fault(fault.help("render it first: `helm template CHART > rendered.yaml`"));
                return;
            }
            Err(error) => error.diagnostics().into_iter().for_each(|fault| reading.fault(fault)),
        }
    }
}

/// Where a Go template begins.
fn template_sign(text: &str) -> Option<Span> {
    let start = text.find("{{")?;
    let before = text.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |found| found + 1);
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let column = before.get(line_start..).map_or(0, |line| line.chars().count());
    Some(Span {
        start: number(start),
        end: number(start + 2),
        line: number(before.matches('\n').count() + 1),
        column: number(column + 1),
    })
}

fn take(node: &Node, reading: &mut Reading<'_, '_>) {
    let Some(kind) = word_at(node, &["kind"]) else { return };
    if kind.ends_with("List") && node.get("items").is_some() {
        node.get("items")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .for_each(|item| take_one(item, reading));
    } else {
        take_one(node, reading);
    }
}

fn take_one(node: &Node, reading: &mut Reading<'_, '_>) {
    let (Some(version), Some(kind)) = (word_at(node, &["apiVersion"]), word_at(node, &["kind"])) else {
        return;
    };
    let attached =
        node.get("spec").is_some_and(|spec| super::values::has_any(spec, &["targetRef", "targetRefs"]));
    if !is_known(&version, &kind) && !attached && !is_of_streams(node) {
        return;
    }
    if reading.pending.kubernetes.objects.len() >= MOST_OBJECTS {
        let message = format!("more than {MOST_OBJECTS} objects in one reading");
        reading
            .fault(Diagnostic::error("KUBERNETES-003", message, node.span).help("check fewer files at once"));
        return;
    }
    let name = word_at(node, &["metadata", "name"]).unwrap_or_else(|| "unnamed".into());
    let namespace = word_at(node, &["metadata", "namespace"]).unwrap_or_else(|| "default".into());
    let object = Object { source: reading.source, kind, name, namespace, node: node.clone() };
    reading.pending.kubernetes.objects.push(object);
}

/// Links the objects of every file.
pub(super) fn finish(cluster: Cluster, inventory: &mut Inventory) {
    if cluster.objects.is_empty() {
        return;
    }
    let network = network::Network::of(&cluster, inventory);
    ingress::read(&cluster, &network, inventory);
    gateway::read(&cluster, &network, inventory);
    streams::read(&cluster, inventory);
    for kind in ["GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "IngressRouteTCP", "IngressRouteUDP"] {
        for object in cluster.of_kind(kind) {
            let mut faults = Faults::new(object.source, "KUBERNETES-002");
            let at = object.node.get("kind").unwrap_or(&object.node);
            faults.error(at, format!("`{kind}` is not read"), UNJUDGED);
            inventory.faults.append(&mut faults.found);
        }
    }
    inventory.services.extend(network.into_services());
}
