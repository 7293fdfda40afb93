//! The page in a browser (Debian package `chromium`, headless): it draws, complains of nothing, and leads
//! from a node to its sentence and back. Says so when there is no browser.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;
use std::process::Command;

const REPORT: &str = "# A shop's API </script><script>document.title='owned'</script>\n\n\
     The API asked for no authentication (CWE-306). In May 2031 a researcher sent POST requests to the API \
     and downloaded 5,000 of 27,000 customer records with names and email addresses, ten per request. \
     ATT&CK: T1190. \u{1d54f} No passwords were exposed. He deleted the data.";

/// The document after the page's scripts ran, and what the browser said; nothing where there is no browser.
fn browse(name: &str, fragment: &str, report: &str, more: usize) -> Option<(String, String, usize)> {
    let mut intel = intel::understand(report.as_bytes(), "report.md").unwrap();
    let sample = intel.statements.first().unwrap().span;
    intel.observables.extend((0..more).map(|nth| intel::Observable {
        value: format!("http://h{nth}.example/"),
        kind: intel::ObservableType::Url,
        role: intel::ObservableRole::Indicator,
        status: intel::Status::Stated,
        is_pattern: false,
        spans: vec![sample],
    }));
    let graph = intel::graph(&intel);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("graph.html");
    std::fs::write(&file, graph::page(&intel, &graph, report.as_bytes())).unwrap();
    let out = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .args(["--virtual-time-budget=10000", "--window-size=1500,1000"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}{fragment}", file.display()))
        .output();
    let Ok(out) = out else {
        assert!(std::env::var("TIDEGATE_FOREIGN").as_deref() != Ok("all"), "no chromium");
        eprintln!("no chromium (Debian: chromium): that the page draws in a browser is left out");
        return None;
    };
    let said = String::from_utf8_lossy(&out.stderr);
    let said = said.lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    Some((String::from_utf8_lossy(&out.stdout).into_owned(), said, graph.nodes.len()))
}

/// The texts of the statements that are marked.
fn shown(document: &str) -> Vec<&str> {
    let parts = document.split(" shown\"").skip(1);
    parts.map(|part| part.split_once('>').unwrap().1.split('<').next().unwrap()).collect()
}

fn detail(document: &str) -> &str {
    document.split_once("id=\"detail\"").unwrap().1.split("</section>").next().unwrap()
}

#[test]
fn a_chosen_node_shows_its_sentence_and_the_browser_complains_of_nothing() {
    let Some((document, said, nodes)) = browse("node", "#node=technique:T1190", REPORT, 0) else { return };
    assert_eq!(said, "");
    assert!(document.contains(&format!("data-drawn=\"{nodes}\"")), "every node of the table is drawn");
    assert_eq!(document.split("id=\"edges\"").next().unwrap().matches("<tr data-row=").count(), nodes);
    assert!(detail(&document).contains("T1190 Exploit Public-Facing Application"));
    let shown = shown(&document);
    assert!(shown.len() == 1 && shown.iter().all(|text| text.contains("T1190")), "{shown:?}");
    assert!(!document.contains("<title>owned"), "a report's script does not run");
}

#[test]
fn a_sentence_leads_back_to_its_nodes() {
    let Some((document, _, _)) = browse("plain", "", REPORT, 0) else { return };
    let sentence = document.split("<a ").skip(1).find(|part| part.contains("T1190")).unwrap();
    let id = sentence.split_once("id=\"").unwrap().1.split('"').next().unwrap();
    let (document, said, _) = browse("sentence", &format!("#{id}"), REPORT, 0).unwrap();
    assert_eq!(said, "");
    let detail = detail(&document);
    assert!(detail.contains("From the same sentence") && detail.contains("T1190"), "{detail}");
}

#[test]
fn five_thousand_nodes_are_drawn() {
    let Some((document, said, nodes)) = browse("many", "", REPORT, intel::NODES_MAX) else { return };
    assert_eq!((said.as_str(), nodes), ("", intel::NODES_MAX));
    assert!(document.contains(&format!("data-drawn=\"{nodes}\"")));
}
