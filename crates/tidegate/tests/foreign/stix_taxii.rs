//! Bundles, layers and flows in the readers of OASIS and MITRE; and a bundle over a TAXII server.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// Every open report of the corpus, and the founding one where it is there.
fn reports() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("crates/intel/tests/corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.to_string_lossy().contains(".expected."))
        .filter(|path| !path.ends_with("README.md") && !path.ends_with("check-labels.py"))
        .collect();
    assert!(paths.len() >= 25, "{paths:?}");
    let founding = root().join("../shared/reports/phone-preorder-leak.txt");
    paths.extend(founding.exists().then_some(founding));
    paths.sort();
    paths
}

/// What each report becomes, as `intel -o` writes it, of one kind.
fn written(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let rules = |intel: &::intel::Intel| {
        let spans = intel.statements.first().map(|one| vec![one.span]).unwrap_or_default();
        let text = "title: Many\nlogsource: {category: webserver}\ndetection: {s: {cs-uri-stem: /api}, condition: s}\n";
        let (title, description) = ("Many".to_owned(), "Finds many.".to_owned());
        vec![stix::SigmaRule {
            title,
            description,
            text: text.to_owned(),
            techniques: vec!["T1119".to_owned()],
            spans,
        }]
    };
    let mut paths = Vec::new();
    for report in reports() {
        let name = report.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&report).unwrap();
        let intel = ::intel::understand(&bytes, &name).unwrap();
        let options = stix::Options { rules: rules(&intel), ..stix::Options::default() };
        let text = match kind {
            "bundle" => Some(stix::bundle(&intel, &bytes, &options).unwrap()),
            "layer" => Some(stix::navigator(&intel, &bytes)),
            _ => stix::attack_flow(&intel, &bytes, &options).unwrap(),
        };
        let Some(text) = text else { continue };
        let path = folder.join(format!("{name}.{kind}.json"));
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    paths
}

fn refs(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

/// What is left of the validator's faults without the two that ADR 21 documents.
fn undocumented(faults: &Value) -> Vec<String> {
    let all = faults.as_object().unwrap().values().flat_map(|faults| faults.as_array().unwrap());
    all.map(|fault| fault.as_str().unwrap().to_owned())
        .filter(|fault| !(fault.contains("{103}") && fault.contains("is not a valid UUIDv4 ID")))
        .filter(|fault| !(fault.contains("{202}") && fault.contains("'incident' is permitted")))
        .collect()
}

#[test]
fn the_validator_of_oasis_finds_nothing_in_bundles_and_flows_but_what_is_documented() {
    let folder = folder(&[]);
    let mut paths = written(folder.path(), "bundle");
    paths.extend(written(folder.path(), "flow"));
    let Some(faults) = read("stix", &refs(&paths)) else { return };
    assert_eq!(faults.as_object().unwrap().len(), paths.len());
    assert_eq!(undocumented(&faults), [""; 0]);
    // The validator does judge: a pattern that a quote broke out of, and a reference to nothing.
    let text = std::fs::read_to_string(&paths[0]).unwrap();
    let broken = folder.path().join("broken.json");
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    bundle["objects"].as_array_mut().unwrap().push(serde_json::json!({
        "type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-000000000001",
        "created": "2031-05-17T00:00:00Z", "modified": "2031-05-17T00:00:00Z", "name": "x", "description": "x",
        "indicator_types": ["unknown"], "valid_from": "2031-05-17T00:00:00Z", "pattern_type": "stix",
        "pattern": "[url:value = 'a'b']",
    }));
    std::fs::write(&broken, bundle.to_string()).unwrap();
    let judged = read("stix", &[&broken]).unwrap();
    assert_ne!(undocumented(&judged), [""; 0]);
}

#[test]
fn mitres_own_library_reads_every_layer_strictly_and_sees_every_technique() {
    let folder = folder(&[]);
    let paths = written(folder.path(), "layer");
    let Some(layers) = read("navigator", &refs(&paths)) else { return };
    for path in &paths {
        let read = &layers[path.to_str().unwrap()];
        assert_eq!((read["said"].as_str(), read["layer"].as_str()), (Some(""), Some("4.5")), "{read}");
        let ours: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let ids: Vec<&Value> =
            ours["techniques"].as_array().unwrap().iter().map(|one| &one["techniqueID"]).collect();
        assert_eq!(read["techniques"].as_array().unwrap().iter().collect::<Vec<_>>(), ids);
    }
}

#[test]
fn every_flow_has_the_objects_that_the_language_of_attack_flow_describes() {
    let folder = folder(&[]);
    let paths = written(folder.path(), "flow");
    assert!(paths.len() >= 10, "{paths:?}");
    let schema = root().join("crates/tidegate/tests/foreign/attack-flow.schema.json");
    let mut args = vec![schema.as_path()];
    args.extend(refs(&paths));
    let Some(faults) = read("flow", &args) else { return };
    for (path, faults) in faults.as_object().unwrap() {
        assert_eq!(faults, &serde_json::json!([]), "{path}");
    }
    // The schema does judge.
    let text = std::fs::read_to_string(&paths[0]).unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, text.replace("\"scope\": \"incident\"", "\"scope\": \"war\"")).unwrap();
    let judged = read("flow", &[&schema, &broken]).unwrap();
    assert_ne!(judged[broken.to_str().unwrap()], serde_json::json!([]));
}

/// A server of others, ended with the test.
struct Medallion(Child);

impl Drop for Medallion {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script() -> PathBuf {
    root().join("crates/tidegate/tests/foreign/taxii.py")
}

fn medallion(folder: &Path) -> Option<(Medallion, u16)> {
    let python = foreign("bin/python")?;
    let port = testkit::ports::free();
    let child = Command::new(python)
        .arg("-I")
        .arg(script())
        .args(["serve", &port.to_string()])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Medallion(child);
    let until = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "medallion does not listen");
        std::thread::sleep(Duration::from_millis(100));
    }
    Some((server, port))
}

fn client(what: &str, args: &[&str]) -> Value {
    let python = foreign("bin/python").unwrap();
    let output = Command::new(python).arg("-I").arg(script()).arg(what).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn taxii(args: &[&str], port: u16, credentials: &Path) -> Output {
    let url = format!("http://127.0.0.1:{port}/taxii2/");
    let file = credentials.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("intel").args(args).args(["--taxii", &url, "--credentials", file]).output().unwrap()
}

#[test]
fn a_bundle_goes_to_a_server_of_others_and_comes_back_the_same() {
    let folder = folder(&[("credentials", "reader:of-the-test\n"), ("wrong", "reader:wrong\n")]);
    let bundles = written(folder.path(), "bundle");
    let Some((_server, port)) = medallion(folder.path()) else { return };
    let credentials = folder.path().join("credentials");
    let objects = |path: &Path| -> std::collections::BTreeMap<String, Value> {
        let bundle: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let objects = bundle["objects"].as_array().unwrap().iter();
        objects.map(|object| (object["id"].as_str().unwrap().to_owned(), object.clone())).collect()
    };
    let refused = taxii(&["push", bundles[0].to_str().unwrap()], port, &folder.path().join("wrong"));
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    // Ours to theirs; the second time everything is there already.
    for _ in 0..2 {
        let pushed = taxii(&["push", bundles[0].to_str().unwrap()], port, &credentials);
        assert_eq!(pushed.status.code(), Some(0), "{}", String::from_utf8_lossy(&pushed.stderr));
    }
    let seen = client("read", &[&port.to_string()]);
    let sent = objects(&bundles[0]);
    assert_eq!(seen.as_object().unwrap().len(), sent.len());
    for (id, object) in &sent {
        assert_eq!(&seen[id], object, "{id}");
    }
    // Theirs to ours: what their client writes comes back as one bundle a report.
    client("write", &[&port.to_string(), bundles[1].to_str().unwrap()]);
    let into = folder.path().join("pulled");
    let pulled = taxii(&["pull", into.to_str().unwrap()], port, &credentials);
    assert_eq!(pulled.status.code(), Some(0), "{}", String::from_utf8_lossy(&pulled.stderr));
    let files: BTreeSet<PathBuf> = std::fs::read_dir(&into).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for bundle in &bundles[..2] {
        let sent = objects(bundle);
        let report = sent.keys().find(|id| id.starts_with("report--")).unwrap();
        assert_eq!(objects(&into.join(format!("{report}.json"))), sent);
    }
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    assert_eq!(undocumented(&read("stix", &paths).unwrap()), [""; 0]);
}
