//! Configurations of Tidegate and Cedar policies, joined with what else was read.
//!
//! A configuration is read as `serve` reads it, and what it lets through is what its own rules say
//! ([`checks::gate`]). Policies that no configuration names are in force nowhere: beside a configuration
//! they are told so; without any they are judged about the operations that the specifications have.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use checks::gate::{Door, Gate};
use domain::{IpPrefix, Mode, Timestamp};
use gateway::blueprint::UpstreamPlan;
use net::address::{ForwardingHeader, Trust};
use net::listener::ListenAddress;
use policy::authorize::{Declared, Notice, Policies, Source as PolicySource};
use spec::diagnostic::Diagnostic;
use spec::inventory::{
    Fault, Hop, Inventory, Kind, Listener, Patch, Place, Reach, Source, SourceId, Upstream,
};
use spec::reading::beside;
use spec::tree::Span;

use crate::commands::serve::demo_keys;
use crate::config::{self, Finding, Judged};

/// Joins every configuration and policy among the sources of `inventory`; what cannot be judged becomes
/// a fault of it.
pub(super) fn join(inventory: &mut Inventory, now: Timestamp) -> Vec<Gate> {
    let of = |inventory: &Inventory, kind: Kind| -> Vec<Source> {
        inventory.sources.iter().filter(|source| source.kind == kind).cloned().collect()
    };
    let mut gates: Vec<Gate> = Vec::new();
    let mut declared: Vec<Declared> = Vec::new();
    let configurations = of(inventory, Kind::Tidegate);
    let mut broken = false;
    for source in &configurations {
        match config::judge(&source.name, &source.text, &demo_keys(), now) {
            Ok(judged) => {
                told(inventory, &judged.warnings);
                declared.extend(judged.blueprint.operations.iter().map(|plan| plan.declared.clone()));
                let gate = gate(inventory, source, judged);
                checks::gate::join(inventory, &gate, now);
                gates.push(gate);
            }
            Err(findings) => {
                broken = true;
                told(inventory, &findings);
            }
        }
    }
    let named: BTreeSet<SourceId> = gates.iter().flat_map(|gate| gate.files.values().copied()).collect();
    let unnamed: Vec<Source> = of(inventory, Kind::Cedar)
        .into_iter()
        .filter(|source| source_of(inventory, &source.name).is_none_or(|id| !named.contains(&id)))
        .collect();
    // With a configuration at fault nobody knows which policies it names.
    if broken || unnamed.is_empty() {
        return gates;
    }
    if gates.is_empty() {
        declared = inventory.operations.iter().map(declared_by).collect();
    }
    let (patches, policies): (Vec<PolicySource>, Vec<PolicySource>) = unnamed
        .iter()
        .map(|source| PolicySource::new(&*source.name, &*source.text))
        .partition(|source| source.text.contains("@expires("));
    let (loaded, faults) = config::policy_faults(&declared, policies, patches, now);
    told(inventory, &faults);
    if !gates.is_empty() {
        for source in &unnamed {
            let diagnostic = Diagnostic::warning(
                "CHECK-005",
                "no configuration names this file, so its policies are not in force",
                Span::START,
            )
            .help("name it, or its folder, under `policies:` or `patches:` of the configuration");
            fault(inventory, &source.name, &source.text, diagnostic);
        }
    } else if let Some(loaded) = loaded {
        let gate = policies_alone(inventory, &unnamed, loaded, &declared);
        checks::gate::join(inventory, &gate, now);
        gates.push(gate);
    }
    gates
}

fn declared_by(operation: &spec::inventory::Operation) -> Declared {
    let intent = operation.intent.declared().cloned().map(Arc::new);
    Declared { id: operation.id.clone(), endpoint: operation.endpoint.clone(), intent }
}

/// The configuration of `source` as a gateway.
fn gate(inventory: &mut Inventory, source: &Source, judged: Judged) -> Gate {
    let Judged { config, blueprint, rules, declared_at, keys, warnings: _ } = judged;
    let file = source_of(inventory, &source.name).unwrap_or_default();
    let here = |span: Span| Place::new(file, span);
    let at = here(Span::START);
    prefixes(inventory, &config, source, &blueprint);
    let keys: BTreeMap<String, Place> = keys.into_iter().map(|(key, span)| (key, here(span))).collect();
    let files = policy_files(inventory, blueprint.policies.iter().chain(&blueprint.patches));
    let upstream = |plan: &UpstreamPlan| {
        let written = config.upstreams.get(&plan.name).map(|upstream| upstream.url.span);
        Upstream {
            service: None,
            name: plan.url.as_str().into(),
            hop: hop(&plan.url),
            at: here(written.unwrap_or(Span::START)),
        }
    };
    let upstreams: Vec<Upstream> = blueprint.upstreams.iter().map(upstream).collect();
    let mut doors: Vec<Door> = Vec::new();
    for plan in &blueprint.operations {
        let endpoint = plan.declared.endpoint.clone();
        let place = declared_at.get(&endpoint);
        let place = place.and_then(|(name, span)| Some(Place::new(source_of(inventory, name)?, *span)));
        let upstream = upstreams.get(plan.upstream).cloned();
        doors.push(Door { endpoint, at: place.unwrap_or(at), upstream });
    }
    let patched = keys.get("patches").copied().unwrap_or(at);
    doors.extend(rules.policies.patched_doors().map(|endpoint| Door {
        endpoint: endpoint.clone(),
        at: patched,
        upstream: upstreams.first().cloned(),
    }));
    let declares = config.endpoints.iter().map(|(endpoint, intent)| {
        let place = declared_at.get(endpoint).map_or(intent.span, |(_, span)| *span);
        (endpoint.clone(), intent.value.clone(), here(place))
    });
    let mut gate = Gate {
        name: source.name.clone(),
        at,
        mode: config.mode,
        doors,
        declares: declares.collect(),
        upstream: upstreams.first().cloned(),
        listener: Some(listener(&config, keys.get("listen").copied().unwrap_or(at))),
        near: is_near(&config),
        limits: blueprint.limits.clone(),
        budgets: blueprint.budgets.clone(),
        trusts: match &blueprint.trust {
            Trust::Networks { networks, .. } => networks.clone(),
            Trust::Direct => Vec::new(),
        },
        forwarding_header: match config.forwarding_header {
            ForwardingHeader::XForwardedFor => "x-forwarded-for".into(),
            ForwardingHeader::Forwarded => "forwarded".into(),
        },
        leeways: config
            .identify
            .issuers
            .iter()
            .map(|issuer| (issuer.issuer.to_string(), issuer.leeway.millis()))
            .collect(),
        believes: believes(&config, keys.get("identify").copied().unwrap_or(at)),
        keys,
        files,
        patches: Vec::new(),
        policies: rules.policies,
    };
    gate.patches = patches(inventory, &gate, &rules.notices);
    gate
}

/// Policies that stand by themselves, about the operations of the specifications.
fn policies_alone(
    inventory: &mut Inventory,
    files: &[Source],
    loaded: policy::authorize::Loaded,
    declared: &[Declared],
) -> Gate {
    let sources: Vec<PolicySource> =
        files.iter().map(|source| PolicySource::new(&*source.name, &*source.text)).collect();
    let files = policy_files(inventory, sources.iter());
    let at = Place::new(files.values().next().copied().unwrap_or_default(), Span::START);
    let known = |declared: &Declared| {
        let operation = inventory.operations.iter().find(|known| known.endpoint == declared.endpoint);
        operation.map_or(at, |operation| operation.id_at)
    };
    let policies: Policies = loaded.policies;
    let upstream = Upstream { service: None, name: "the service".into(), hop: Hop::Unknown, at };
    let mut doors: Vec<Door> = declared
        .iter()
        .map(|one| Door { endpoint: one.endpoint.clone(), at: known(one), upstream: Some(upstream.clone()) })
        .collect();
    doors.extend(policies.patched_doors().map(|endpoint| Door {
        endpoint: endpoint.clone(),
        at,
        upstream: Some(upstream.clone()),
    }));
    let none = policy::limit::Settings { client: None, ..policy::limit::Settings::default() };
    let mut gate = Gate {
        name: "policies".into(),
        at,
        mode: Mode::Guard,
        doors,
        declares: Vec::new(),
        upstream: Some(upstream),
        listener: None,
        near: false,
        limits: none,
        budgets: policy::budget::Settings::default(),
        trusts: Vec::new(),
        forwarding_header: "x-forwarded-for".into(),
        leeways: BTreeMap::new(),
        believes: Vec::new(),
        keys: BTreeMap::new(),
        files,
        patches: Vec::new(),
        policies,
    };
    gate.patches = patches(inventory, &gate, &loaded.notices);
    gate
}

/// Its patches, in force or ended.
fn patches(inventory: &Inventory, gate: &Gate, notices: &[Notice]) -> Vec<Patch> {
    let ended = notices.iter().filter_map(|notice| match notice {
        Notice::ExpiredPatch(patch) => Some(patch),
        _ => None,
    });
    gate.policies
        .patches()
        .chain(ended)
        .map(|patch| {
            let source = gate.files.get(&patch.at.file).and_then(|source| inventory.source(*source));
            let place = source.and_then(|source| gate.place(&patch.at, &source.text));
            Patch {
                id: patch.id.clone(),
                reason: patch.reason.clone(),
                expires: patch.expires,
                at: place.unwrap_or(gate.at),
            }
        })
        .collect()
}

/// Operations of documents that the configuration serves under another prefix than they say.
fn prefixes(
    inventory: &mut Inventory,
    config: &config::Config,
    source: &Source,
    blueprint: &gateway::blueprint::Blueprint,
) {
    for document in config.specs.iter().filter(|document| document.base.is_some()) {
        let name = beside(&source.name, &document.file.value.display().to_string());
        let Some(file) = source_of(inventory, &name) else { continue };
        for operation in inventory.operations.iter_mut().filter(|operation| operation.at.source == file) {
            let mut plans = blueprint.operations.iter();
            if let Some(plan) = plans.find(|plan| plan.declared.id == operation.id) {
                operation.endpoint = plan.declared.endpoint.clone();
            }
        }
    }
}

/// The policy files that a configuration names, taken up where they are not known yet.
fn policy_files<'s>(
    inventory: &mut Inventory,
    sources: impl Iterator<Item = &'s PolicySource>,
) -> BTreeMap<String, SourceId> {
    sources
        .map(|source| (source.file.clone(), take_up(inventory, &source.file, &source.text, Kind::Cedar)))
        .collect()
}

/// Everyone reaches what listens on more than this machine, unless callers come through known proxies on
/// other machines, whom the network is taken to let in alone. A proxy on this machine needs no more than
/// an address of this machine to be listened on.
fn listener(config: &config::Config, at: Place) -> Listener {
    let reach = match (is_near(config), config.trust.as_slice()) {
        (true, []) => Reach::Inside,
        (false, []) => Reach::World,
        (false, trusted) if IpPrefix::are_everyone(trusted) => Reach::World,
        (false, trusted) if trusted.iter().all(|network| network.base().is_loopback()) => Reach::World,
        // What these proxies let in comes here.
        (_, trusted) => Reach::Networks { networks: trusted.to_vec() },
    };
    Listener { address: config.listen.to_string().into(), tls: false, redirects: false, reach, at }
}

/// Whether only this machine connects to it.
fn is_near(config: &config::Config) -> bool {
    match &config.listen.0 {
        ListenAddress::Unix(_) => true,
        ListenAddress::Tcp(address) => address.ip().is_loopback(),
    }
}

/// What the configuration takes for a proof of who asks.
fn believes(config: &config::Config, at: Place) -> Vec<(String, Place)> {
    let mut all = Vec::new();
    for issuer in &config.identify.issuers {
        let name = &issuer.issuer;
        for audience in issuer.audience.as_slice() {
            all.push(format!("tokens of `{name}` for `{audience}`"));
        }
        all.push(format!("the claim `{}` of `{name}`, as the caller's name,", issuer.subject));
        for role in &issuer.roles {
            all.push(format!(
                "the claim `{}` = `{}` of `{name}`, for the role `{}`,",
                role.claim, role.is, role.role
            ));
        }
    }
    for key in &config.identify.api_keys {
        all.push(match &key.partner {
            Some(partner) => format!("the key `{}`, for the partner `{partner}`,", key.name),
            None => format!("the key `{}`", key.name),
        });
        all.extend(key.roles.iter().map(|role| format!("the key `{}`, for the role `{role}`,", key.name)));
    }
    all.into_iter().map(|belief| (belief, at)).collect()
}

fn hop(url: &str) -> Hop {
    let Some(rest) = url.strip_prefix("http://") else { return Hop::Tls };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_matches(['[', ']']);
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if near { Hop::Near } else { Hop::Unknown }
}

/// Makes faults of the inventory out of what a configuration's reading found.
fn told(inventory: &mut Inventory, findings: &[Finding]) {
    for finding in findings {
        fault(inventory, &finding.file, &finding.text, finding.diagnostic.clone());
    }
}

/// Each fault once: a specification is read by `check` and for the configuration that names it.
fn fault(inventory: &mut Inventory, name: &str, text: &str, diagnostic: Diagnostic) {
    let source = take_up(inventory, name, text, Kind::Unrecognised);
    let same = |known: &Fault| {
        known.source == source
            && known.diagnostic.at == diagnostic.at
            && known.diagnostic.message == diagnostic.message
    };
    if !inventory.faults.iter().any(same) {
        inventory.faults.push(Fault { source, diagnostic });
    }
}

fn source_of(inventory: &Inventory, name: &str) -> Option<SourceId> {
    let name = beside("", name);
    let position = inventory.sources.iter().position(|source| beside("", &source.name) == name)?;
    Some(SourceId(u32::try_from(position).ok()?))
}

fn take_up(inventory: &mut Inventory, name: &str, text: &str, kind: Kind) -> SourceId {
    source_of(inventory, name)
        .unwrap_or_else(|| inventory.add_source(Source { name: name.into(), text: text.into(), kind }))
}
