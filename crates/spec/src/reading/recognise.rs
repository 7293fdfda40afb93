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
    if !looks_structured(file) {
        return (Kind::Unrecognised, Ok(None));
    }
    match super::tree(file) {
        Ok(root) => (of_tree(&root), Ok(Some(root))),
        Err(faults) => match meant_as(&file.text) {
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
    } else if has("upstreams") || has("endpoints") {
        Kind::Tidegate
    } else {
        Kind::Unrecognised
    }
}

/// Whether the tree is an object of a cluster, or a list of such.
fn is_manifest(root: &Node) -> bool {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(ToOwned::to_owned);
    let known = |node: &Node| match (text(node, "apiVersion"), text(node, "kind")) {
        (Some(version), Some(kind)) => front::is_manifest(&version, &kind),
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
    let known = |version: &str, kind: &str, attached: bool| {
        !kind.is_empty() && (front::is_manifest(version, kind) || attached && version.contains('/'))
    };
    let word = |rest: &'_ str| -> usize { rest.find(" #").unwrap_or(rest.len()) };
    for line in file.text.lines() {
        if line.starts_with("---") {
            if known(version, kind, attached) {
                return true;
            }
            (version, kind, attached) = ("", "", false);
        } else if let Some(rest) = line.strip_prefix("apiVersion:") {
            version = rest.get(..word(rest)).unwrap_or_default().trim().trim_matches(['"', '\'']);
        } else if let Some(rest) = line.strip_prefix("kind:") {
            kind = rest.get(..word(rest)).unwrap_or_default().trim().trim_matches(['"', '\'']);
        } else if line.starts_with("  targetRef:") || line.starts_with("  targetRefs:") {
            attached = true;
        }
    }
    known(version, kind, attached)
}

fn is_template(root: &Node) -> bool {
    let is_resource =
        |node: &Node| node.get("Type").and_then(Node::text).is_some_and(|kind| kind.starts_with("AWS::"));
    root.get("AWSTemplateFormatVersion").is_some()
        || root.get("Resources").is_some_and(|all| all.entries().any(|(_, node)| is_resource(node)))
}

fn is_traefik(root: &Node) -> bool {
    let within = |part: &str, key: &str| {
        let node = root.get("http").and_then(|node| node.get(part));
        node.is_some_and(|node| node.entries().any(|(_, entry)| key.is_empty() || entry.get(key).is_some()))
    };
    let points = root.get("entryPoints");
    within("routers", "rule")
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
            ("AWSTemplateFormatVersion", Kind::CloudFormation),
            ("planned_values", Kind::Terraform),
        ];
        let key = |sign: &str| {
            line.strip_prefix(sign)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        signs.into_iter().find(|(sign, _)| key(sign)).map(|(_, kind)| kind)
    });
    let starts = |sign: &str| text.lines().any(|line| line.trim_start().starts_with(sign));
    kind.or_else(|| {
        if text.contains("AWS::") && starts("Resources:") {
            Some(Kind::CloudFormation)
        } else if starts("http:") && (starts("routers:") || starts("middlewares:")) {
            Some(Kind::Traefik)
        } else if text.trim_end().ends_with("#END") && (starts("routes:") || starts("global_rules:")) {
            Some(Kind::Apisix)
        } else {
            None
        }
    })
}

fn looks_structured(file: &File) -> bool {
    let name = file.name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
        || file.text.trim_start().starts_with(['{', '['])
        || meant_as(&file.text).is_some()
}

/// Whether a text is CloudFormation's, whose tags are functions.
pub(super) fn has_functions(text: &str) -> bool {
    text.contains("AWS::") || text.contains("AWSTemplateFormatVersion")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, text: &str) -> Kind {
        recognise(&File { name: name.into(), text: text.into() }).0
    }

    #[test]
    fn a_file_is_what_its_text_says() {
        for (name, text, expected) in [
            ("a.yaml", "openapi: 3.1.0\npaths: {}\n", Kind::OpenApi),
            ("a.json", "{\"swagger\": \"2.0\"}", Kind::OpenApi),
            ("a.yaml", "openapi: 3.1.0\n  bad: [\n", Kind::OpenApi),
            ("i.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\n", Kind::Kubernetes),
            (
                "i.yaml",
                "# a\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Service # c\n",
                Kind::Kubernetes,
            ),
            ("i.yaml", "kind: \"Deployment\"\napiVersion: 'apps/v1'\n", Kind::Kubernetes),
            (
                "i.yaml",
                "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: [\n",
                Kind::Kubernetes,
            ),
            ("i.json", "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}", Kind::Kubernetes),
            (
                "p.yaml",
                "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nspec:\n  targetRefs: []\n",
                Kind::Kubernetes,
            ),
            ("e.yaml", "static_resources:\n  listeners: []\n", Kind::Envoy),
            ("e.json", "{\"admin\": {}, \"static_resources\": {}}", Kind::Envoy),
            ("e.yaml", "admin: {}\nstatic_resources:\n  listeners: [\n", Kind::Envoy),
            ("k.yml", "_format_version: \"3.0\"\nservices: []\n", Kind::Kong),
            ("k.json", "{\"_format_version\": \"3.0\", \"upstreams\": []}", Kind::Kong),
            (
                "a.yaml",
                "routes:\n  - uri: /a\n    upstream: {nodes: {\"127.0.0.1:1\": 1}}\n#END\n",
                Kind::Apisix,
            ),
            ("a.yaml", "global_rules:\n  - id: 1\n    plugins: {}\n#END\n", Kind::Apisix),
            ("a.yaml", "routes:\n  - uri: [\n#END\n", Kind::Apisix),
            ("t.yml", "http:\n  routers:\n    a: {rule: 'Path(`/`)', service: s}\n", Kind::Traefik),
            ("t.yml", "http:\n  middlewares:\n    a: {basicAuth: {}}\n", Kind::Traefik),
            ("t.yml", "entryPoints:\n  web: {address: ':80'}\n", Kind::Traefik),
            ("t.yml", "http:\n  routers:\n    a: [\n", Kind::Traefik),
            (
                "c.yaml",
                "Resources:\n  A: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: !Sub '${X}'}}\n",
                Kind::CloudFormation,
            ),
            ("c.template", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", Kind::CloudFormation),
            (
                "c.json",
                "{\"Resources\": {\"A\": {\"Type\": \"AWS::Lambda::Function\"}}}",
                Kind::CloudFormation,
            ),
            (
                "p.json",
                "{\"format_version\": \"1.2\", \"planned_values\": {\"root_module\": {}}}",
                Kind::Terraform,
            ),
            ("t.yaml", "endpoints:\n  GET /a: {audience: public}\n", Kind::Tidegate),
            // What is none of these.
            (
                "docker-compose.yml",
                "services:\n  web:\n    image: nginx\n    ports: ['80:80']\nvolumes: {}\n",
                Kind::Unrecognised,
            ),
            (
                "ci.yml",
                "name: ci\non: [push]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
                Kind::Unrecognised,
            ),
            (
                "package.json",
                "{\"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {}}",
                Kind::Unrecognised,
            ),
            (
                "values.yaml",
                "replicaCount: 1\ningress:\n  enabled: true\n  annotations: {}\nservice: {type: ClusterIP}\n",
                Kind::Unrecognised,
            ),
            ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n", Kind::Unrecognised),
            (
                "kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
                Kind::Unrecognised,
            ),
            ("config", "apiVersion: v1\nkind: Config\nclusters: []\n", Kind::Unrecognised),
            (
                "catalog.yaml",
                "apiVersion: backstage.io/v1alpha1\nkind: API\nspec: {type: openapi}\n",
                Kind::Unrecognised,
            ),
            ("a.yaml", "routes:\n  - route: shop.example.com\napplications: []\n", Kind::Unrecognised),
            ("routes.yaml", "routes:\n  - {path: /a, component: A}\n", Kind::Unrecognised),
            (
                "prometheus.yml",
                "scrape_configs:\n  - job_name: a\n    static_configs: []\n",
                Kind::Unrecognised,
            ),
            ("README.md", "# Shop\nWe use openapi and swagger, and kind: words.\n", Kind::Unrecognised),
            ("notes.txt", "static_resources are listed below\n", Kind::Unrecognised),
            ("b.yaml", "a: [\n", Kind::Unrecognised),
            (
                "state.json",
                "{\"version\": 4, \"terraform_version\": \"1.9.0\", \"resources\": []}",
                Kind::Unrecognised,
            ),
            ("tsconfig.json", "{\"compilerOptions\": {}, // c\n}", Kind::Unrecognised),
            ("empty.yaml", "", Kind::Unrecognised),
            ("list.json", "[1, 2]", Kind::Unrecognised),
            ("playbook.yml", "- hosts: all\n  tasks:\n    - name: a\n", Kind::Unrecognised),
        ] {
            assert_eq!(kind(name, text), expected, "{name}:\n{text}");
        }
    }
}
