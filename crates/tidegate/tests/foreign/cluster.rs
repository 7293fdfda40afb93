//! Exports for a cluster: Gatekeeper's policy in OPA, and manifests by the schemas of Kubernetes.

use super::rego::{opa, texts};
use super::*;

fn internal() -> String {
    guarded()
        .replace("audience: authenticated", "audience: {internal: [10.20.0.0/16, '2001:db8::/48']}")
        .replace("        owner: path.id = claim.sub\n", "")
        .replace("/orders/{id}", "/jobs/{id}")
}

fn ingress(path: &str, tls: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: shop}}\nspec:\n{tls}  rules:\n  - host: shop.example\n    http:\n      paths:\n      - {{path: {path}, pathType: Prefix, backend: {{service: {{name: jobs, port: {{number: 80}}}}}}}}\n"
    )
}

fn route(path: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: shop}}\nspec:\n  parentRefs: [{{name: edge}}]\n  hostnames: [shop.example]\n  rules:\n  - matches: [{{path: {{type: PathPrefix, value: {path}}}}}]\n    backendRefs: [{{name: jobs, port: 80}}]\n"
    )
}

/// A path for some ids only of `/jobs/{id}`: the template refuses it, the native checks see no operation
/// that it serves.
const PART: &str = "/jobs/old";

/// What a route hangs on; only the native checks look at more than one object.
const GATEWAY: &str = "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: shop
  listeners: [{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}]
";

const TLS: &str = "  tls: [{hosts: [shop.example], secretName: shop}]\n";

/// The template in the newer syntax: `if` and `contains` where OPA 1.0 asks for them. Gatekeeper reads
/// the older one, which the engine here does not.
fn newer(template: &str) -> String {
    let newer = template.replace("violation[{\"msg\": msg}] {", "violation contains {\"msg\": msg} if {");
    let newer = newer.replace("paths[path] {", "paths contains path if {");
    let newer = newer.replace("leads_to(path, internal) {", "leads_to(path, internal) if {");
    assert_eq!(newer.matches(" if {").count(), template.matches("{\n").count(), "every rule is rewritten");
    newer
}

#[test]
fn gatekeepers_policy_refuses_in_opa_what_the_native_checks_find_in_the_same_manifest() {
    let folder = folder(&[("jobs.yaml", &internal()), ("gateway.yaml", GATEWAY)]);
    let exported = check(folder.path(), &["jobs.yaml", "--export", "gatekeeper", "--out", "out"]);
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    let out = folder.path().join("out");
    let Some(documents) = read("yaml", &[&out.join("template.yaml"), &out.join("constraint.yaml")]) else {
        return;
    };
    let (template, constraint) = (&documents[0], &documents[1]);
    // Shapes that the admission of Gatekeeper itself asks for.
    assert_eq!(template["apiVersion"], "templates.gatekeeper.sh/v1");
    assert_eq!(template["kind"], "ConstraintTemplate");
    let kind = template["spec"]["crd"]["spec"]["names"]["kind"].as_str().unwrap();
    assert_eq!(template["metadata"]["name"], kind.to_lowercase(), "the name is the kind in small letters");
    let targets = template["spec"]["targets"].as_array().unwrap();
    assert_eq!((targets.len(), &targets[0]["target"]), (1, &"admission.k8s.gatekeeper.sh".into()));
    assert_eq!(constraint["apiVersion"], "constraints.gatekeeper.sh/v1beta1");
    assert_eq!(constraint["kind"], kind);
    let schema = &template["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"];
    for name in constraint["spec"]["parameters"].as_object().unwrap().keys() {
        assert!(!schema["properties"][name].is_null(), "{name} has no schema");
    }
    let policy = folder.path().join("template.rego");
    std::fs::write(&policy, newer(targets[0]["rego"].as_str().unwrap())).unwrap();
    for (manifest, ids) in [
        (ingress("/jobs", TLS), &["ACH-014"][..]),
        (ingress("/jobs/", TLS), &["ACH-014"]),
        (ingress(PART, TLS), &["ACH-014"]),
        (ingress("/", TLS), &["ACH-014"]),
        (ingress("/jobs", ""), &["ACH-013", "ACH-014"]),
        (ingress("/orders", TLS), &[]),
        (ingress("/orders", ""), &["ACH-013"]),
        (route("/jobs"), &["ACH-014"]),
        (route("/"), &["ACH-014"]),
        (route("/orders"), &[]),
    ] {
        let path = folder.path().join("manifest.yaml");
        std::fs::write(&path, &manifest).unwrap();
        let object = read("yaml", &[&path]).unwrap()[0].clone();
        let (group, version) = object["apiVersion"].as_str().unwrap().split_once('/').unwrap();
        // What Gatekeeper makes of an AdmissionReview.
        let review = serde_json::json!({
            "kind": { "group": group, "version": version, "kind": object["kind"] },
            "operation": "CREATE", "name": "shop", "namespace": "default",
            "userInfo": { "username": "deployer" }, "object": object,
        });
        let input = folder.path().join("input.json");
        let value = serde_json::json!({ "review": review, "parameters": constraint["spec"]["parameters"] });
        std::fs::write(&input, value.to_string()).unwrap();
        let Some(violations) = opa(&[&policy], &input, "data.tidegate.violation") else { return };
        let told: Vec<String> = texts(&violations).iter().map(|text| text[..7].to_owned()).collect();
        assert_eq!(told, ids, "{manifest}");
        let native = check(
            folder.path(),
            &["jobs.yaml", "manifest.yaml", "gateway.yaml", "--strict", "--format", "json"],
        );
        let native: Value = serde_json::from_slice(&native.stdout).unwrap();
        let found = native["findings"].as_array().unwrap();
        let mut native: Vec<&str> = found
            .iter()
            .filter(|one| one["file"] == "manifest.yaml" || one["also"]["file"] == "manifest.yaml")
            .filter_map(|one| one["id"].as_str())
            .filter(|id| ["ACH-013", "ACH-014"].contains(id))
            .collect();
        native.sort_unstable();
        native.dedup();
        let ids = if manifest.contains(PART) { &[] } else { ids };
        assert_eq!(native, ids, "native, {manifest}");
    }
}

#[test]
fn a_network_policy_is_taken_by_the_schemas_of_kubernetes() {
    let strange = internal();
    let folder = folder(&[
        ("jobs.yaml", &internal()),
        ("a/shop.yaml", &guarded()),
        ("b/shop.yaml", &strange),
        ("Ünder_score.long.yaml", &guarded()),
    ]);
    let exported = check(folder.path(), &[".", "--export", "networkpolicy", "--out", "out"]);
    let names = String::from_utf8(exported.stdout).unwrap();
    let paths: Vec<PathBuf> = names.lines().map(|name| folder.path().join(name)).collect();
    assert_eq!(paths.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "one each: {names}");
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let Some(faults) = read("kubernetes", &paths) else { return };
    assert_eq!(faults, serde_json::json!([]));
    let documents = read("yaml", &paths).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for document in documents.as_array().unwrap() {
        assert_eq!(document["apiVersion"], "networking.k8s.io/v1");
        let name = document["metadata"]["name"].as_str().unwrap();
        assert!(seen.insert(name), "a second `{name}` would replace the first");
        // RFC 1123, which names of Kubernetes follow.
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
    }
    // The schemas do judge.
    let text = std::fs::read_to_string(paths[0]).unwrap().replace("podSelector", "pots");
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, text).unwrap();
    assert_ne!(read("kubernetes", &[&broken]).unwrap(), serde_json::json!([]));
}
