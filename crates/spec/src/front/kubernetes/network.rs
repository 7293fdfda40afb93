//! Services, network policies and pod labels: who reaches a pod without passing a front.
//!
//! A policy holds for a service's pods where it selects a workload that the service selects; where no
//! such workload is in the files, where its labels are among the service's own selector. A `hostPort` or
//! `hostNetwork` of such a workload opens the service to who reaches the nodes. Policies add
//! up (kubernetes.io/docs/concepts/services-networking/network-policies). Ports of a policy are not
//! looked at: a policy that opens one port counts as if it opened all, and so does a
//! `hostPort`.

use std::collections::HashMap;
use std::sync::Arc;

use domain::IpPrefix;

use crate::front::address::{listen_reach, private};
use crate::front::values::{Faults, both_reaches, flag, reach_of, wider, word, word_at, words};
use crate::inventory::{Inventory, Place, Reach, Service};
use crate::tree::{Node, Value};

use super::{Cluster, Object};

/// Most workloads of one service; more are a fault.
const MOST_WORKLOADS: usize = 32;

/// Services with what network policies make of them.
pub(super) struct Network {
    known: Vec<Known>,
    /// Positions in `known` by namespace and name.
    names: HashMap<(Arc<str>, Arc<str>), usize>,
}

struct Known {
    service: Service,
    external_name: Option<Arc<str>>,
    /// Who may open a connection to its pods; the world where no policy holds.
    pods: Reach,
}

struct Policy {
    namespace: Arc<str>,
    selector: Selector,
    lets_in: Reach,
    at: Place,
}

type Labels = Vec<(Arc<str>, Arc<str>)>;

struct Workload<'c> {
    namespace: &'c str,
    labels: Labels,
    /// Whether its pods are on the network of their node.
    on_host: bool,
    /// Whether a port of their node leads to them (`hostPort`).
    port_of_host: bool,
}

impl Network {
    pub(super) fn of(cluster: &Cluster, inventory: &mut Inventory) -> Self {
        let policies: Vec<Policy> =
            cluster.of_kind("NetworkPolicy").filter_map(|object| policy(object, inventory)).collect();
        let workloads: Vec<Workload<'_>> = cluster.objects.iter().filter_map(workload).collect();
        let known: Vec<Known> = cluster
            .of_kind("Service")
            .map(|object| known(object, &policies, &workloads, inventory))
            .collect();
        let name = |known: &Known| (known.service.namespace.clone(), known.service.name.clone());
        let names = known.iter().enumerate().map(|(nth, known)| (name(known), nth)).collect();
        Self { known, names }
    }

    fn find(&self, namespace: &str, name: &str) -> Option<&Known> {
        let nth = self.names.get(&(Arc::from(namespace), Arc::from(name)))?;
        self.known.get(*nth)
    }

    /// The host outside the cluster that a service stands for.
    pub(super) fn external_name(&self, namespace: &str, name: &str) -> Option<&str> {
        self.find(namespace, name)?.external_name.as_deref()
    }

    /// Whether network policies keep everyone from the pods of a service.
    pub(super) fn is_shut(&self, namespace: &str, name: &str) -> bool {
        self.find(namespace, name).is_some_and(|known| known.pods == Reach::Nobody)
    }

    pub(super) fn into_services(self) -> impl Iterator<Item = Service> {
        self.known.into_iter().map(|known| known.service)
    }
}

fn labels(node: Option<&Node>) -> Labels {
    node.map(|node| {
        node.entries().filter_map(|(key, value)| Some((key.text.clone(), word(value)?))).collect()
    })
    .unwrap_or_default()
}

fn workload(object: &Object) -> Option<Workload<'_>> {
    let pod = match &*object.kind {
        "Pod" => &object.node,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => object.spec()?.get("template")?,
        _ => return None,
    };
    let spec = pod.get("spec");
    let containers = spec.and_then(|spec| spec.get("containers")).map(Node::items).unwrap_or_default();
    let ports = containers.iter().filter_map(|container| container.get("ports")).flat_map(Node::items);
    let from_outside = |port: &Node| {
        let address = word_at(port, &["hostIP"]).unwrap_or_default();
        is_written(port.get("hostPort")) && (address.is_empty() || listen_reach(&address) != Reach::Inside)
    };
    Some(Workload {
        namespace: &object.namespace,
        labels: labels(pod.get("metadata")?.get("labels")),
        on_host: spec.and_then(|spec| spec.get("hostNetwork")).and_then(flag) == Some(true),
        port_of_host: ports.into_iter().any(from_outside),
    })
}

fn known(
    object: &Object,
    policies: &[Policy],
    workloads: &[Workload<'_>],
    inventory: &mut Inventory,
) -> Known {
    let exposure =
        object.spec().and_then(|spec| word_at(spec, &["type"])).unwrap_or_else(|| "ClusterIP".into());
    let mut faults = Faults::new(object.source, "KUBERNETES-004");
    let selector = labels(object.spec().and_then(|spec| spec.get("selector")));
    let mut selected: Vec<(usize, &Workload<'_>)> = workloads
        .iter()
        .enumerate()
        .filter(|(_, one)| *one.namespace == *object.namespace && covers(&selector, &one.labels))
        .collect();
    // Network policies do not hold for pods on the network of their node
    // (kubernetes.io/docs/concepts/services-networking/network-policies).
    let on_host = selected.iter().any(|(_, one)| one.on_host);
    let port_of_host = selected.iter().any(|(_, one)| one.port_of_host);
    if selected.len() > MOST_WORKLOADS {
        let mut beyond = Faults::new(object.source, "KUBERNETES-003");
        let what = format!("the Service `{}` selects more than {MOST_WORKLOADS} workloads", object.title());
        let at = object.node.get("kind").unwrap_or(&object.node);
        beyond.error(at, what, "check fewer files at once, or select fewer");
        inventory.faults.append(&mut beyond.found);
        selected.truncate(MOST_WORKLOADS);
    }
    let mut pods: Vec<&Labels> = Vec::new();
    for (_, one) in &selected {
        if !pods.contains(&&one.labels) {
            pods.push(&one.labels);
        }
    }
    let holds = |policy: &&Policy| {
        policy.namespace == object.namespace
            && !selector.is_empty()
            && if pods.is_empty() {
                policy.selector.matches(&selector)
            } else {
                pods.iter().any(|pod| policy.selector.matches(pod))
            }
    };
    let holding: Vec<&Policy> = policies.iter().filter(holds).collect();
    let lets_in = if holding.is_empty() {
        Reach::World
    } else {
        holding.iter().map(|policy| policy.lets_in.clone()).fold(Reach::Nobody, wider)
    };
    let opened = match port_of_host {
        true => Reach::World,
        false => opened(object, &exposure, &mut faults),
    };
    inventory.faults.append(&mut faults.found);
    let service = Service {
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        exposure,
        reach: if on_host { Reach::World } else { both_reaches(opened, lets_in.clone()) },
        selector,
        workloads: selected.iter().map(|(nth, _)| *nth).collect(),
        policies: holding.iter().map(|policy| policy.at).collect(),
        at: object.at(),
    };
    let external_name = object.spec().and_then(|spec| word_at(spec, &["externalName"]));
    Known { service, external_name, pods: lets_in }
}

/// Whether `pod` has every label of `selector`; an empty selector of a service selects nothing.
fn covers(selector: &Labels, pod: &Labels) -> bool {
    !selector.is_empty() && selector.iter().all(|label| pod.contains(label))
}

/// Whom the type of a service lets in.
fn opened(object: &Object, exposure: &str, faults: &mut Faults) -> Reach {
    let Some(spec) = object.spec() else { return Reach::Inside };
    let external = !words(spec.get("externalIPs")).is_empty();
    let by_type = match exposure {
        "LoadBalancer" => {
            let sources = spec
                .get("loadBalancerSourceRanges")
                .or_else(|| object.annotation("service.beta.kubernetes.io/load-balancer-source-ranges"));
            let sources = sources.map_or(Reach::World, |sources| reach_of(faults.networks(sources)));
            if is_internal(object) { both_reaches(private(), sources) } else { sources }
        }
        "NodePort" => Reach::World,
        _ => Reach::Inside,
    };
    if external { Reach::World } else { by_type }
}

/// Whether an annotation of a cloud asks for a load balancer within its private network.
fn is_internal(object: &Object) -> bool {
    let says = |key: &str, value: &str| {
        object.annotation(key).and_then(word).is_some_and(|word| word.eq_ignore_ascii_case(value))
    };
    says("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal")
        || says("service.beta.kubernetes.io/aws-load-balancer-internal", "true")
        || says("service.beta.kubernetes.io/azure-load-balancer-internal", "true")
        || says("networking.gke.io/load-balancer-type", "internal")
        || says("cloud.google.com/load-balancer-type", "internal")
}

/// A policy for incoming connections; `None` where it holds for outgoing ones only.
fn policy(object: &Object, inventory: &mut Inventory) -> Option<Policy> {
    let spec = object.spec()?;
    let types = words(spec.get("policyTypes"));
    if !types.is_empty() && !types.iter().any(|kind| &**kind == "Ingress") {
        return None;
    }
    let mut faults = Faults::new(object.source, "KUBERNETES-004");
    let rules = faults.list(spec.get("ingress"), "ingress");
    let lets_in = rules.iter().map(|rule| lets_in(rule, &mut faults)).fold(Reach::Nobody, wider);
    inventory.faults.append(&mut faults.found);
    let selector = Selector::of(spec.get("podSelector"));
    Some(Policy { namespace: object.namespace.clone(), selector, lets_in, at: object.at() })
}

/// Whom one rule lets in.
fn lets_in(rule: &Node, faults: &mut Faults) -> Reach {
    let peers = faults.list(rule.get("from"), "from");
    if peers.is_empty() {
        return Reach::World;
    }
    peers
        .iter()
        .map(|peer| match peer.get("ipBlock").and_then(|block| block.get("cidr")) {
            Some(cidr) => {
                let networks: Vec<IpPrefix> = faults.networks(cidr);
                reach_of(networks)
            }
            // Pods and namespaces are within the cluster.
            None => Reach::Inside,
        })
        .fold(Reach::Nobody, wider)
}

/// A label selector: `matchLabels` and `matchExpressions`, all of which must hold.
struct Selector {
    labels: Labels,
    expressions: Vec<Expression>,
}

struct Expression {
    key: Arc<str>,
    operator: Arc<str>,
    values: Vec<Arc<str>>,
}

impl Selector {
    fn of(node: Option<&Node>) -> Self {
        let expressions = node.and_then(|node| node.get("matchExpressions")).map(Node::items);
        let expression = |node: &Node| {
            let values = words(node.get("values"));
            Some(Expression {
                key: word_at(node, &["key"])?,
                operator: word_at(node, &["operator"])?,
                values,
            })
        };
        Self {
            labels: labels(node.and_then(|node| node.get("matchLabels"))),
            expressions: expressions.unwrap_or_default().iter().filter_map(expression).collect(),
        }
    }

    fn matches(&self, pod: &Labels) -> bool {
        let value = |key: &str| pod.iter().find(|(name, _)| &**name == key).map(|(_, value)| value);
        self.labels.iter().all(|label| pod.contains(label))
            && self.expressions.iter().all(|e| match (&*e.operator, value(&e.key)) {
                ("In", Some(value)) => e.values.contains(value),
                ("NotIn", Some(value)) => !e.values.contains(value),
                ("NotIn" | "DoesNotExist", None) | ("Exists", Some(_)) => true,
                _ => false,
            })
    }
}

/// Whether an annotation is a switch that is on.
pub(super) fn is_on(object: &Object, key: &str) -> bool {
    object.annotation(key).and_then(flag) == Some(true)
}

/// Whether a node is there and not empty text.
pub(super) fn is_written(node: Option<&Node>) -> bool {
    node.is_some_and(|node| match &node.value {
        Value::Null => false,
        Value::Text(text) => !text.trim().is_empty(),
        _ => true,
    })
}
