//! `graph.html` in headless Chromium, with real clicks and keys.

use super::*;

const REPORT: &str = "# A shop's API </script><script>document.title='owned'</script>\n\n\
     The API asked for no authentication (CWE-306). In May 2031 a researcher sent POST requests to the API \
     and downloaded 5,000 of 27,000 customer records with names and email addresses. \u{1d54f} ATT&CK: \
     T1190. Inbound Traffic Filtering (D3-ITF) is recommended.";

/// What `page.py` saw, by links to these nodes too. Nothing where the browser is not there.
fn used(intel: &intel::Intel, graph: &intel::Graph, linked: &[&str]) -> Option<Value> {
    let chromium = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .map(|name| Path::new("/usr/bin").join(name))
        .find(|path| path.exists());
    let Some(chromium) = chromium else {
        left_out("chromium");
        return None;
    };
    let python = foreign("bin/python")?;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("graph.html");
    std::fs::write(&page, graph::page(intel, graph, REPORT.as_bytes())).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/page.py");
    let output = Command::new(python).arg(script).arg(chromium).arg(&page).args(linked).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn has(said: &Value, what: &str, text: &str) {
    assert!(said[what].as_str().unwrap().contains(text), "{what}: {said}");
}

#[test]
fn a_click_shows_the_sentence_and_a_sentence_its_claims() {
    let intel = intel::understand(REPORT.as_bytes(), "report.md").unwrap();
    let graph = intel::graph(&intel);
    let Some(said) = used(&intel, &graph, &["technique:T1190"]) else { return };
    assert_eq!(said["console"].as_array().unwrap().len(), 0, "{said}");
    assert_eq!(said["requests"], 0, "it loads nothing");
    assert_eq!(said["drawn"], graph.nodes.len());
    assert_eq!(said["rows"], graph.nodes.len());
    has(&said, "picture", "ATT&CK: T1190");
    has(&said, "marked", "ATT&CK: T1190");
    has(&said, "sentence", "From the same sentence");
    assert!(said["chosen"].as_u64().unwrap() >= 1, "{said}");
    has(&said, "keyboard", "downloaded 5,000 of 27,000 customer records");
    let report = graph.edges.iter().filter(|edge| edge.provenance == intel::Provenance::Report).count();
    assert_eq!(said["edges"], graph.edges.len());
    assert_eq!(said["edges_filtered"], graph.edges.len() - report);
    has(&said, "found", "found");
    has(&said, "linked", "T1190 Exploit Public-Facing Application");
    has(&said, "linked_marked", "T1190");
    has(&said, "linked_sentence", "From the same sentence");
    assert_ne!(said["title"], "owned", "a report's script does not run");
}

#[test]
fn five_thousand_claims_are_drawn_and_answer_a_click() {
    let mut intel = intel::understand(REPORT.as_bytes(), "report.md").unwrap();
    let span = intel.statements[0].span;
    intel.observables = (0..intel::NODES_MAX)
        .map(|nth| intel::Observable {
            value: format!("http://h{nth}.example/"),
            kind: intel::ObservableType::Url,
            role: intel::ObservableRole::Indicator,
            status: intel::Status::Stated,
            is_pattern: false,
            spans: vec![span],
        })
        .collect();
    let graph = intel::graph(&intel);
    let Some(said) = used(&intel, &graph, &[]) else { return };
    assert_eq!(said["drawn"], intel::NODES_MAX);
    has(&said, "picture", "ATT&CK: T1190");
    assert_eq!(said["console"].as_array().unwrap().len(), 0, "{said}");
    // On a quiet machine 2 s; a browser beside a build takes several times that.
    assert!(said["seconds"].as_f64().unwrap() < 60.0, "{said}");
}
