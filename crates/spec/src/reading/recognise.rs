//! What a file is, by its look: never by its name alone.
//!
//! A text that cannot be read, but was plainly meant as a kind we judge, is of that kind and at fault:
//! a gate must not open because of a typing error. Everything else is left alone.

use super::File;
use crate::diagnostic::Diagnostic;
use crate::front;
use crate::inventory::Kind;
use crate::tree::Node;

/// What `file` is, and its tree where it is YAML or JSON of one document.
///
/// # Errors
/// (in the second part) what is wrong with a text that looks like a kind we judge.
pub fn recognise(file: &File) -> (Kind, Result<Option<Node>, Vec<Diagnostic>>) {
    if has_manifests(file) {
        return (Kind::Kubernetes, Ok(None));
    }
    if is_cedar(file) {
        return (Kind::Cedar, Ok(None));
    }
    if let Some(kind) = crate::front::recognise(&file.text) {
        return (kind, Ok(None));
    }
    if !looks_structured(file) {
        return (Kind::Unrecognised, Ok(None));
    }
    match super::tree(file) {
        Ok(root) => (of_tree(&root), Ok(Some(root))),
        Err(faults) => match meant_as(&file.text).filter(|_| !is_prose(file)) {
            Some(kind) => (kind, Err(faults)),
            None => (Kind::Unrecognised, Ok(None)),
        },
    }
}

fn of_tree(root: &Node) -> Kind {
    let has = |key: &str| root.get(key).is_some();
    let maps = |key: &str| root.get(key).is_some_and(|node| node.mapping().is_some());
    if has("openapi") || has("swagger") {
        Kind::OpenApi
    } else if has("tidegate-baseline") {
        Kind::Baseline
    } else if is_manifest(root) {
        Kind::Kubernetes
    } else if maps("static_resources") || maps("dynamic_resources") {
        Kind::Envoy
    } else if has("_format_version") {
        Kind::Kong
    } else if is_template(root) {
        Kind::CloudFormation
    } else if maps("planned_values") && has("format_version") {
        Kind::Terraform
    } else if is_traefik(root) {
        Kind::Traefik
    } else if is_apisix(root) {
        Kind::Apisix
    } else if is_tidegate(root) {
        Kind::Tidegate
    } else {
        Kind::Unrecognised
    }
}

/// Whether the tree is an object of a cluster, or a list of such.
fn is_manifest(root: &Node) -> bool {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(ToOwned::to_owned);
    let known = |node: &Node| match (text(node, "apiVersion"), text(node, "kind")) {
        (Some(version), Some(kind)) => front::is_manifest(&version, &kind) || front::is_of_streams(node),
        _ => false,
    };
    known(root) || root.get("items").is_some_and(|items| items.items().iter().any(known))
}

/// Whether some document of a YAML text is an object of a cluster. Looks at lines only, so that a text
/// of many documents, one of them broken, is still recognised.
fn has_manifests(file: &File) -> bool {
    if file.name.to_ascii_lowercase().ends_with(".json") {
        return false;
    }
    let (mut version, mut kind, mut attached) = ("", "", false);
    // Whether a port is passed on.
    let mut passed = false;
    let known = |version: &str, kind: &str, attached: bool| {
        !kind.is_empty() && (front::is_manifest(version, kind) || attached && version.contains('/'))
    };
    let word = |rest: &'_ str| -> usize { rest.find(" #").unwrap_or(rest.len()) };
    for line in file.text.lines() {
        if line.starts_with("---") {
            if known(version, kind, attached) || passed && kind == "ConfigMap" {
                return true;
            }
            (version, kind, attached) = ("", "", false);
            passed = false;
        } else if let Some(rest) = line.strip_prefix("apiVersion:") {
            version = rest.get(..word(rest)).unwrap_or_default().trim().trim_matches(['"', '\'']);
        } else if let Some(rest) = line.strip_prefix("kind:") {
            kind = rest.get(..word(rest)).unwrap_or_default().trim().trim_matches(['"', '\'']);
        } else if line.starts_with("  targetRef:") || line.starts_with("  targetRefs:") {
            attached = true;
        } else if let Some((key, value)) = line.strip_prefix("  ").and_then(|line| line.split_once(':')) {
            let bare = |text: &'_ str| text.trim().trim_matches(['"', '\'']).to_owned();
            passed |= front::is_passed_port(&bare(key), &bare(value.get(..word(value)).unwrap_or_default()));
        }
    }
    known(version, kind, attached) || passed && kind == "ConfigMap"
}

/// Whether a template has anything that can be a door: one of databases and queues is left alone.
fn is_template(root: &Node) -> bool {
    let leads = ["AWS::ApiGateway", "AWS::Serverless::", "AWS::Lambda::Url"];
    root.get("Resources").is_some_and(|all| {
        all.entries().any(|(_, node)| {
            let kind = node.get("Type").and_then(Node::text).unwrap_or_default();
            leads.iter().any(|lead| kind.starts_with(lead))
        })
    })
}

fn is_traefik(root: &Node) -> bool {
    let within = |part: &str, key: &str| {
        let node = root.get("http").and_then(|node| node.get(part));
        node.is_some_and(|node| node.entries().any(|(_, entry)| key.is_empty() || entry.get(key).is_some()))
    };
    let points = root.get("entryPoints");
    let streams = |key: &str| root.get(key).and_then(|streams| streams.get("routers")).is_some();
    streams("tcp")
        || streams("udp")
        || within("routers", "rule")
        || within("middlewares", "")
        || points.is_some_and(|points| points.entries().any(|(_, point)| point.get("address").is_some()))
}

fn is_apisix(root: &Node) -> bool {
    let any = |key: &str, test: &dyn Fn(&Node) -> bool| {
        root.get(key).is_some_and(|list| list.items().iter().any(test))
    };
    let has = |node: &Node, keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
    let leads = ["upstream", "upstream_id", "service_id", "plugins", "plugin_config_id"];
    any("routes", &|route| has(route, &["uri", "uris"]) && has(route, &leads))
        || any("global_rules", &|rule| has(rule, &["plugins"]))
        || any("plugin_configs", &|rule| has(rule, &["plugins"]))
        || any("stream_routes", &|route| has(route, &leads))
}

/// Whether a file holds policies or virtual patches. Nothing else than Cedar has this ending.
fn is_cedar(file: &File) -> bool {
    file.name.to_ascii_lowercase().ends_with(".cedar")
}

/// A configuration of ours: upstreams with an address, intents of endpoints, or a mode of ours beside
/// another key of ours. Names alone are not enough, for `endpoints` and `upstreams` are others' too.
fn is_tidegate(root: &Node) -> bool {
    let any = |key: &str, test: &dyn Fn(&str, &Node) -> bool| {
        let entries = root.get(key).into_iter().flat_map(Node::entries);
        entries.take(64).any(|(name, node)| test(&name.text, node))
    };
    let mode = root.get("mode").and_then(Node::text);
    let ours = ["listen", "upstreams", "specs", "endpoints", "policies", "patches", "trust", "direct"];
    any("upstreams", &|_, node| node.get("url").is_some())
        || any("endpoints", &|name, _| is_door(name))
        || mode.is_some_and(is_mode) && ours.iter().any(|key| root.get(key).is_some())
}

fn is_mode(word: &str) -> bool {
    matches!(word, "observe" | "guard" | "enforce")
}

/// `GET /orders/{id}`: a method in capitals and a path.
fn is_door(name: &str) -> bool {
    name.split_once(' ').is_some_and(|(method, path)| {
        path.starts_with('/') && !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

/// What a text that cannot be read was meant as: by keys at the start of its lines.
fn meant_as(text: &str) -> Option<Kind> {
    let kind = text.lines().take(400).find_map(|line| {
        let line = line.trim_start_matches([' ', '{', '"', '\'', '\u{feff}']);
        let signs = [
            ("openapi", Kind::OpenApi),
            ("swagger", Kind::OpenApi),
            ("static_resources", Kind::Envoy),
            ("_format_version", Kind::Kong),
            ("planned_values", Kind::Terraform),
        ];
        let key = |sign: &str| {
            line.strip_prefix(sign)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        signs.into_iter().find(|(sign, _)| key(sign)).map(|(_, kind)| kind)
    });
    let kind = kind.or_else(|| meant_as_json(text));
    let starts = |sign: &str| text.lines().any(|line| line.trim_start().starts_with(sign));
    kind.or_else(|| {
        if starts("Resources:") && (text.contains("AWS::ApiGateway") || text.contains("AWS::Serverless::")) {
            Some(Kind::CloudFormation)
        } else if starts("http:") && (starts("routers:") || starts("middlewares:")) {
            Some(Kind::Traefik)
        } else if meant_as_tidegate(text) {
            Some(Kind::Tidegate)
        } else if text.trim_end().ends_with("#END") && (starts("routes:") || starts("global_rules:")) {
            Some(Kind::Apisix)
        } else {
            None
        }
    })
}

/// JSON may stand on one line, and its first key may be any: keys in quotes anywhere, with a second sign
/// where others have such keys too.
fn meant_as_json(text: &str) -> Option<Kind> {
    if !text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[']) {
        return None;
    }
    let after = |key: &str| {
        let ends = text.match_indices(key).map(|(at, found)| at + found.len());
        let rests = ends.filter_map(|end| text.get(end..)?.trim_start().strip_prefix(':'));
        rests.map(str::trim_start).take(1_000).collect::<Vec<_>>()
    };
    let has = |key: &str| !after(key).is_empty();
    let word =
        |key: &str| after(key).into_iter().filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
    let version = |key: &str| {
        after(key).iter().any(|rest| rest.trim_start_matches('"').starts_with(|c: char| c.is_ascii_digit()))
    };
    let manifest = || {
        let kinds: Vec<&str> = word("\"kind\"").collect();
        word("\"apiVersion\"").any(|version| kinds.iter().any(|kind| front::is_manifest(version, kind)))
    };
    let gateway = || {
        text.contains("AWS::ApiGateway")
            || text.contains("AWS::Serverless::")
            || text.contains("AWS::Lambda::Url")
    };
    if (version("\"openapi\"") || version("\"swagger\"")) && (has("\"paths\"") || has("\"info\"")) {
        Some(Kind::OpenApi)
    } else if has("\"static_resources\"") || has("\"dynamic_resources\"") {
        Some(Kind::Envoy)
    } else if has("\"_format_version\"") {
        Some(Kind::Kong)
    } else if has("\"planned_values\"") {
        Some(Kind::Terraform)
    } else if has("\"tidegate-baseline\"") {
        Some(Kind::Baseline)
    } else if has("\"Resources\"") && gateway() {
        Some(Kind::CloudFormation)
    } else if manifest() {
        Some(Kind::Kubernetes)
    } else if word("\"mode\"").any(is_mode) && (has("\"listen\"") || has("\"specs\"")) {
        Some(Kind::Tidegate)
    } else if has("\"routers\"") && has("\"rule\"") && has("\"http\"") {
        Some(Kind::Traefik)
    } else {
        None
    }
}

/// A mode of ours, or an intent under `endpoints:`.
fn meant_as_tidegate(text: &str) -> bool {
    let mut below = "";
    text.lines().take(2_000).any(|line| {
        if let Some((key, rest)) = line.split_once(':').filter(|_| !line.starts_with([' ', '#', '-'])) {
            below = key;
            let word = rest.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            return key == "mode" && is_mode(word);
        }
        below == "endpoints" && is_door(line.trim_start().trim_start_matches(['"', '\'']))
    })
}

fn looks_structured(file: &File) -> bool {
    let name = file.name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
        || file.text.trim_start().starts_with(['{', '['])
        || meant_as(&file.text).is_some()
}

/// Whether a file is a text for people, which may show pieces of configurations.
fn is_prose(file: &File) -> bool {
    let name = file.name.to_ascii_lowercase();
    [".md", ".markdown", ".rst", ".adoc"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a text is CloudFormation's, whose tags are functions.
pub(super) fn has_functions(text: &str) -> bool {
    text.contains("AWS::") || text.contains("AWSTemplateFormatVersion")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trees;
