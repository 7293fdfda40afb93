//! JUnit XML: valid by the schema of Jenkins, and read by junitparser as the findings that were told.

use std::collections::BTreeMap;

use super::*;

#[test]
fn junit_is_valid_by_the_schema_of_jenkins_and_its_readers_see_each_finding() {
    let Some(schema) = foreign("junit-10.xsd") else { return };
    let nginx = "server {\n  listen 80;\n  location / { proxy_pass http://app; }\n}\n";
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("guarded.yaml", &guarded()),
        ("hostile.yaml", &hostile()),
        ("nginx.conf", nginx),
        ("broken.yaml", "openapi: 3.1.0\npaths: [\n"),
        ("unjudged.yaml", &unjudged()),
    ]);
    let runs: [(&[&str], u64); 6] = [
        (&["open.yaml"], 0),
        (&["hostile.yaml"], 0),
        (&["guarded.yaml", "nginx.conf"], 0),
        (&["open.yaml", "broken.yaml"], 1),
        (&["open.yaml", "unjudged.yaml"], 1),
        (&["open.yaml", "--base", "guarded.yaml"], 0),
    ];
    for (args, errors) in runs {
        let path = written(folder.path(), &[args, &["--format", "junit"]].concat(), "out.xml");
        let json = written(folder.path(), &[args, &["--format", "json"]].concat(), "out.json");
        let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
        let Some(seen) = read("junit", &[&schema, &path]) else { return };
        assert_eq!(seen["faults"], serde_json::json!([]), "{args:?}");
        let mut failures: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        let mut told = failures.clone();
        let mut unjudged = 0;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for case in seen["cases"].as_array().unwrap() {
            unjudged += case["errors"].as_u64().unwrap();
            let key = (text(&case["suite"]), text(&case["name"]));
            let messages = case["failures"].as_array().unwrap().iter();
            failures.entry(key).or_default().extend(messages.map(text));
            let warned = json["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "warning");
            for finding in warned.filter(|one| inert(&one["subject"]) == text(&case["name"])) {
                assert!(text(&case["out"]).contains(finding["id"].as_str().unwrap()), "{finding}");
            }
        }
        failures.retain(|_, messages| !messages.is_empty());
        for finding in json["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "error") {
            let message = format!("{}: {}", text(&finding["id"]), inert(&finding["message"]));
            let key = (text(&finding["file"]), inert(&finding["subject"]));
            told.entry(key).or_default().push(message);
        }
        for widening in json["widened"].as_array().unwrap() {
            let key = (text(&widening["file"]), "lets nothing new through".to_owned());
            told.entry(key).or_default().push(inert(&widening["message"]));
        }
        assert_eq!((failures, unjudged), (told, errors), "{args:?}");
    }
    // The schema does judge.
    let broken =
        std::fs::read_to_string(folder.path().join("out.xml")).unwrap().replace("testcase", "testcage");
    let path = folder.path().join("broken.xml");
    std::fs::write(&path, broken).unwrap();
    assert_ne!(read("junit", &[&schema, &path]).unwrap()["faults"], serde_json::json!([]));
}

/// The mark of direction as it is printed.
fn inert(text: &Value) -> String {
    let shown = |letter: char| match letter {
        '\u{202e}' => format!("\\u{{{:x}}}", u32::from(letter)),
        other => other.to_string(),
    };
    text.as_str().unwrap().chars().map(shown).collect()
}
