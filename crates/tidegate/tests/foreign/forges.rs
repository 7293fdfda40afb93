//! What forges show: workflow commands of GitHub, code quality of GitLab, comments in Markdown.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_workflow_command_is_read_as_it_was_meant_whatever_a_document_says() {
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("hostile.yaml", &hostile()),
        ("a, b:100%/open.yaml", OPEN),
        ("unjudged.yaml", &unjudged()),
    ]);
    for file in ["open.yaml", "hostile.yaml", "a, b:100%/open.yaml", "unjudged.yaml"] {
        let path = written(folder.path(), &[file, "--format", "github"], "out.txt");
        let json = written(folder.path(), &[file, "--format", "json"], "out.json");
        let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
        let Some(seen) = read("commands", &[&path]) else { return };
        let seen: Vec<&Value> = seen.as_array().unwrap().iter().filter(|one| one["text"] != "").collect();
        let told = json["findings"].as_array().unwrap();
        let faults = json["faults"].as_array().unwrap().len();
        assert!(told.len() + faults > 0);
        assert_eq!(seen.len(), told.len() + faults, "every line is a command of ours: {seen:#?}");
        for seen in &seen {
            // An independent writer says the same in the same letters.
            assert_eq!(seen["same"], true, "{seen}");
        }
        for (seen, told) in seen.iter().skip(faults).zip(told) {
            assert_eq!((&seen["name"], &seen["file"]), (&told["level"], &told["file"]), "{seen}");
            assert_eq!(seen["at"].as_str().unwrap(), told["line"].to_string(), "{seen}");
            assert!(seen["title"].as_str().unwrap().starts_with(told["id"].as_str().unwrap()), "{seen}");
        }
    }
}

#[test]
fn a_code_quality_report_has_what_gitlab_asks_for() {
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("hostile.yaml", &hostile()),
        (
            "nginx.conf",
            "server { listen 80; location / { proxy_pass http://app; } }\nserver { listen 81; location / { proxy_pass http://app; } }\n",
        ),
        ("broken.yaml", "openapi: 3.1.0\npaths: [\n"),
        ("unjudged.yaml", &unjudged()),
        ("guarded.yaml", &guarded()),
    ]);
    let runs: [&[&str]; 3] = [&["."], &["./open.yaml"], &["open.yaml", "--base", "guarded.yaml"]];
    for args in runs {
        let path = written(folder.path(), &[args, &["--format", "gitlab"]].concat(), "out.json");
        let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let issues = report.as_array().unwrap();
        let mut fingerprints = BTreeSet::new();
        for issue in issues {
            let text = |name: &str| issue[name].as_str().filter(|text| !text.is_empty()).unwrap();
            assert!(!text("description").chars().any(char::is_control) && !text("check_name").is_empty());
            // docs.gitlab.com, "Code Quality report format".
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&text("severity")), "{issue}");
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(folder.path().join(path).is_file() && !path.starts_with("./"), "{path}");
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0, "{issue}");
            assert!(fingerprints.insert(text("fingerprint")), "of equal fingerprints one is lost: {issue}");
        }
        assert!(issues.len() > 2, "{args:?}");
    }
}

#[test]
fn a_comment_in_markdown_is_only_what_tidegate_says() {
    let one = |path: &str| OPEN.replace("/orders/{id}:", &format!("{path:?}:"));
    let names = [
        "/a<img src=x onerror=alert(1)>/{id}",
        "/`<b>`/{id}",
        "/``<b>/{id}",
        "/`https://evil.example/`/{id}",
        "/www.evil.example/{id}",
        "/https://evil.example/{id}",
        "/a@evil.example/{id}",
        "/@everyone/{id}",
        "/[l](https://evil.example)/{id}",
        "/![i](https://evil.example/i.png)/{id}",
        "/`[l](https://evil.example)`/{id}",
        "/a|b|c/{id}",
        "/a\\|<b>|/{id}",
        "/a\\/{id}",
        "/*a*_b_~~c~~/{id}",
        "/&lt;b&gt;&#60;i&#62;/{id}",
        "/<!-- /{id}",
        "/</details><h1>x/{id}",
        "/`\\`<b>\\`/{id}",
        "/$`x`$/{id}",
    ];
    let mut files: Vec<(String, String)> =
        names.iter().enumerate().map(|(nth, path)| (format!("{nth}.yaml"), one(path))).collect();
    files.push(("hostile.yaml".into(), hostile()));
    files.push(("unjudged.yaml".into(), unjudged()));
    files.push(("@a`<b>https:/evil.example.yaml".replace('/', "-"), OPEN.into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let ours = BTreeSet::from([
        "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "details",
        "summary",
    ]);
    for (nth, (file, _)) in files.iter().enumerate() {
        let path = written(folder.path(), &[file, "--format", "markdown"], "out.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let unjudged = text.contains("could not be judged");
        let Some(page) = read("markdown", &[&path]) else { return };
        let elements: BTreeSet<&str> =
            page["elements"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(elements.is_subset(&ours), "{file}: {elements:?}\n{text}");
        assert_eq!(page["attributes"], serde_json::json!([]), "{file}\n{text}");
        let rows = page["rows"].as_array().unwrap();
        assert!(
            (rows.len() > 2 || unjudged) && rows.iter().all(|cells| cells == 4),
            "{file}: {rows:?}\n{text}"
        );
        // What a forge makes a link or a mention of stands in code, where it makes none.
        let plain = page["plain"].as_str().unwrap();
        for sign in ["@", "://", "www."] {
            assert!(!plain.contains(sign), "{file}: {sign} in {plain:?}\n{text}");
        }
        let name = names.get(nth).filter(|name| !name.contains(['|', '`', '\\', '#']));
        if let Some(name) = name {
            assert!(page["code"].as_str().unwrap().contains(name), "{name} is shown as it is\n{text}");
        }
    }
}
