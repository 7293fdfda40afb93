//! What `tidegate intel -o` writes: every derived rule parses with pySigma, and of a hostile report no page
//! has an element, an attribute or a column.

use std::collections::BTreeSet;

use super::*;

const REPORTS: [&str; 3] = [
    "Acme Telecom leaked customer records. An attacker sent HTTP POST requests to /api/customers, which did not require authentication, and downloaded 5,000 records in batches of ten records with a script. Names, email addresses and phone numbers were exposed.",
    "A shop leaked orders. The endpoint /api/orders/{id} answered a GET request for any order without checking who owns it. An attacker enumerated order numbers and downloaded 900 orders with postal addresses.",
    "Attackers ran credential stuffing against the log-in of a shop with passwords from other breaches, from thousands of rotating IP addresses through proxies. Email addresses of 14,000 accounts were accessed.",
];

/// The folder of `report`, without replay.
fn derived(folder: &Path, name: &str, report: &str) -> PathBuf {
    let (file, out) = (folder.join(format!("{name}.md")), folder.join(name));
    std::fs::write(&file, report).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let output = command.arg("intel").arg(&file).arg("-o").arg(&out).arg("--no-replay").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    out
}

#[test]
fn pysigma_reads_every_derived_rule() {
    let folder = folder(&[("pipeline.yml", sigma::PIPELINE)]);
    let mut rules = Vec::new();
    for (nth, report) in REPORTS.iter().enumerate() {
        let out = derived(folder.path(), &nth.to_string(), report);
        let entries = std::fs::read_dir(out.join("sigma")).unwrap().map(|entry| entry.unwrap().path());
        rules.extend(entries.filter(|path| path.extension().is_some_and(|ending| ending == "yml")));
    }
    assert!(rules.len() >= 9, "{rules:?}");
    let pipeline = folder.path().join("pipeline.yml");
    let paths: Vec<&Path> = [&pipeline].into_iter().chain(&rules).map(PathBuf::as_path).collect();
    let Some(seen) = read("sigma", &paths) else { return };
    for (rule, one) in rules.iter().zip(seen.as_array().unwrap()) {
        assert_eq!(one["faults"], serde_json::json!([]), "{}", rule.display());
        let ours = std::fs::read_to_string(rule).unwrap();
        let ours = sigma::load(&[sigma::File { name: "r", text: &ours }], 1).rules;
        assert_eq!(one["rules"], ours.all().len(), "{}", rule.display());
        for field in one["fields"].as_array().unwrap() {
            assert!(sigma::Field::named(field.as_str().unwrap()).is_some(), "{}: {field}", rule.display());
        }
    }
}

#[test]
fn of_a_hostile_report_no_page_has_more_than_tidegate_writes() {
    let names = [
        "<img src=x onerror=alert(1)>",
        "`<b>`",
        "``<b>",
        "`https://evil.example/`",
        "www.evil.example",
        "@everyone",
        "[l](https://evil.example)",
        "![i](https://evil.example/i.png)",
        "a|b|c",
        "a\\|<b>|",
        "*a*_b_~~c~~",
        "&lt;b&gt;&#60;i&#62;",
        "<!-- x",
        "</table><h1>x",
        "$`x`$",
        "=HYPERLINK(1)",
    ];
    let folder = folder(&[]);
    let ours = BTreeSet::from([
        "h1", "h2", "p", "strong", "em", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td",
        "code", "pre",
    ]);
    for (nth, name) in names.iter().enumerate() {
        let report = format!(
            "# The leak at {name} Ltd\n\n{name} Ltd leaked records. An attacker of {name} sent HTTP POST requests to /api/customers, which did not require authentication, and downloaded 5,000 records in batches of ten records, {name} said. It was a Broken Object Level Authorization (BOLA) of {name}. Names were exposed.\n\n## Indicators\n\n- /api/{name}\n- hxxp://evil[.]example/{name}\n"
        );
        let out = derived(folder.path(), &format!("h{nth}"), &report);
        for file in ["report.md", "errata.md", "hunt.md", "playbook.md"] {
            let path = out.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            let Some(page) = read("markdown", &[&path]) else { return };
            let elements: BTreeSet<&str> =
                page["elements"].as_object().unwrap().keys().map(String::as_str).collect();
            assert!(elements.is_subset(&ours), "{file}, {name}: {elements:?}\n{text}");
            let attributes: BTreeSet<String> = page["attributes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one[0].as_str().unwrap().to_owned())
                .collect();
            // A fence has a class, a list that goes on a start: both are ours.
            assert!(
                attributes.iter().all(|one| one == "class" || one == "start"),
                "{file}, {name}: {attributes:?}\n{text}"
            );
            let plain = page["plain"].as_str().unwrap();
            for sign in ["@", "://", "www."] {
                assert!(!plain.contains(sign), "{file}, {name}: {sign} in {plain:?}\n{text}");
            }
        }
    }
}
