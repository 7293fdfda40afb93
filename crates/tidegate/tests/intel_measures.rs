//! What `tidegate intel -o` derives: it is used by the program itself, run against the demo shop, and nothing
//! of a hostile report gets out of its quotes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use countermeasures::replay::{Figures, Replay};
use countermeasures::{Measures, Report};
use serde_json::Value;
use tidegate::commands::intel::replay;

const PAGES: &str = "Acme Telecom leaked customer records. An attacker sent HTTP POST requests to /api/customers, which did not require authentication, and downloaded 300 records in batches of ten records with a script. Names, email addresses and phone numbers were exposed.";
const OBJECTS: &str = "A shop leaked orders. The endpoint /api/orders/{id} answered a GET request for any order without checking who owns it. An attacker enumerated order numbers and downloaded 60 orders with postal addresses.";

/// Payloads, each of which would do something somewhere if it got out of its quotes.
const HOSTILE: &str = "# Leak at `Acme`<script>alert(1)</script>\n\n\
    A | b | c leaked customer records; permit(principal, action, resource); An attacker sent HTTP POST requests to \
    /api/customers, which did not require authentication, and downloaded 5,000 records in batches of ten records. \
    Names of $(touch /tmp/owned) and email addresses were exposed, says =HYPERLINK(\"https://evil.example\") Ltd.\n\n\
    The company `rm -rf /` said that !!python/object/apply:os.system [\"id\"] was exploited. \
    See [here](javascript:alert(1)) and ![x](https://evil.example/x.png), @everyone.\n\n\
    ## Indicators\n\n- /api/x\"];permit(principal,action,resource);//\n- /api/$(touch${IFS}/tmp/owned)/users\n- /a'; DROP TABLE exchange; --\n- \
    /api/v[1-9]/users|id\n- hxxp://evil[.]example/`id`/x\n- @SUM(1+1)*cmd|'/C calc'!A0\n- <img src=x onerror=alert(1)>\n";

fn tidegate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The folder of `report`, without replay.
fn derived(place: &Path, report: &str) -> PathBuf {
    let (file, out) = (place.join("report.md"), place.join("out"));
    std::fs::write(&file, report).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let written =
        tidegate(&["intel", &text(&file), "-o", &text(&out), "--no-replay", "--expires", "2099-12-31"]);
    assert_eq!(written.status.code(), Some(0), "{}", said(&written));
    out
}

fn files(out: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(out).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let name = file.path().strip_prefix(out).unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect()
}

#[test]
fn rules_patches_and_intent_are_read_by_the_commands_that_use_them() {
    let place = tempfile::tempdir().unwrap();
    for report in [PAGES, OBJECTS, HOSTILE] {
        let out = derived(place.path(), report);
        let at = |name: &str| out.join(name).to_str().unwrap().to_owned();
        for command in [["sigma", "check", &at("sigma")], ["sigma", "test", &at("sigma")]] {
            let output = tidegate(&command);
            assert_eq!(output.status.code(), Some(0), "{command:?}: {}", said(&output));
        }
        // Who issues tokens no report can know: that is all that it asks for.
        let validated = said(&tidegate(&["config", "validate", &at("patch/intent.yaml")]));
        assert!(validated.contains("can be used") && !validated.contains("error"), "{validated}");
        let warned: Vec<&str> = validated.lines().filter(|line| line.starts_with("warning")).collect();
        assert!(warned.iter().all(|line| line.contains("nobody can be verified")), "{validated}");
        let page = std::fs::read_to_string(out.join("report.md")).unwrap();
        assert!(page.contains("Left out (`--no-replay`)"), "{page}");
    }
}

#[test]
fn every_command_of_the_playbook_and_of_the_hunt_exists_with_its_flags() {
    let place = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for report in [
        PAGES,
        OBJECTS,
        "A shop leaked records. An attacker downloaded 900 records from many rotating IP addresses.",
    ] {
        let out = derived(place.path(), report);
        for name in ["playbook.md", "hunt.md"] {
            let text = std::fs::read_to_string(out.join(name)).unwrap();
            lines.extend(
                text.lines().map(str::trim).filter(|line| line.starts_with("tidegate ")).map(str::to_owned),
            );
        }
    }
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let mut command: Vec<&str> = words.iter().copied().take(3).collect();
        let help = loop {
            let mut asked = command.clone();
            asked.push("--help");
            let output = tidegate(&asked);
            // `tidegate hunt access.log --help` is help too: names of files are no commands.
            let named = said(&output)
                .lines()
                .any(|line| line.starts_with(&format!("Usage: tidegate {}", command.join(" "))));
            if output.status.success() && named {
                break said(&output);
            }
            command.pop();
            assert!(!command.is_empty(), "{line}");
        };
        for flag in words.iter().filter(|word| word.starts_with('-')) {
            assert!(
                help.contains(&format!("{flag} "))
                    || help.contains(&format!("{flag},"))
                    || help.contains(&format!("{flag}\n")),
                "{line}: {flag}\n{help}"
            );
        }
        let group = ["incident", "ledger", "sigma", "config"].contains(&words[0]);
        assert!(!group || command.len() >= 2, "{line}: no such command of the group");
    }
}

#[test]
fn nothing_of_a_hostile_report_becomes_policy_rule_command_or_mark_up() {
    let place = tempfile::tempdir().unwrap();
    let out = derived(place.path(), HOSTILE);
    let files = files(&out);
    let acts =
        |name: &str| name.starts_with("sigma/") || name.starts_with("patch/") || name.starts_with("playbook");
    for (name, text) in &files {
        if acts(name) {
            for word in ["evil", "owned", "DROP", "python", "Acme", "SUM", "script>", "permit(", "alert"] {
                assert!(!text.contains(word), "{name}: {word}\n{text}");
            }
        }
    }
    let patches: Vec<&String> = files.keys().filter(|name| name.ends_with(".cedar")).collect();
    assert_eq!(patches, ["patch/derived-post-api-customers.cedar"]);
    let hunt = &files["hunt.md"];
    let mut inside = false;
    for line in hunt.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            for word in ["owned", "DROP", "$(", "`", "evil.example/", "permit", "|id"] {
                assert!(!line.contains(word), "{word}: {line}");
            }
        }
    }
    // In Markdown what is not code has no sign left that could begin an element, a link or a column.
    for name in ["report.md", "errata.md", "hunt.md", "playbook.md"] {
        for line in files[name].lines() {
            let plain = without_code(line);
            for sign in ["<script", "<img", "](", "@everyone", "https://evil"] {
                assert!(!plain.replace("\\]", "").contains(sign), "{name}: {sign}: {line}");
            }
        }
    }
    assert!(files["report.md"].contains("alert(1)"), "the report is quoted, not suppressed");
    assert!(files["countermeasures.json"].contains("left_out"));
}

/// `line` without its code spans.
fn without_code(line: &str) -> String {
    let (mut plain, mut rest) = (String::new(), line);
    while let Some(start) = rest.find('`') {
        plain.push_str(&rest[..start]);
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let after = &rest[start + ticks..];
        let fence = "`".repeat(ticks);
        match after.find(&fence) {
            Some(end) => rest = &after[end + ticks..],
            None => {
                rest = after;
                break;
            }
        }
    }
    plain + rest
}

/// The figures of what `measures` derived, by this very program.
fn run(measures: &Measures) -> Figures {
    match replay::run(Path::new(env!("CARGO_BIN_EXE_tidegate")), measures).unwrap() {
        Replay::Replayed(figures) => *figures,
        Replay::NotReplayed { why } => panic!("{why}"),
    }
}

fn measures(report: &str) -> Measures {
    let intel = intel::understand(report.as_bytes(), "report.txt").unwrap();
    Measures::of(&Report::new("report.txt", report.as_bytes(), &intel, None), &[], "2099-12-31").unwrap()
}

#[test]
fn a_replay_has_the_reports_own_figures_and_a_broken_patch_shows_in_it() {
    let mut derived = measures(PAGES);
    let figures = run(&derived);
    assert_eq!((figures.requests, figures.batch, figures.leaked_without), (30, 10, 300));
    assert_eq!((figures.leaked_with_patch, figures.leaked_with_intent), (Some(0), Some(0)));
    for innocents in [&figures.innocents_with_patch, &figures.innocents_with_intent] {
        let innocents = innocents.as_ref().unwrap();
        assert!(innocents.refused == 0 && innocents.requests > 1_000, "{innocents:?}");
    }
    let seen: Vec<_> =
        figures.rules.iter().map(|seen| (seen.rule.as_str(), seen.requests, seen.innocents)).collect();
    let expected = [
        ("sigma/unauthenticated_records.yml", Some(1), 0),
        ("sigma/page_walk.yml", Some(10), 0),
        ("sigma/volume.yml", Some(10), 0),
    ];
    assert_eq!(seen, expected);
    // The same patch, but for another door.
    for patch in &mut derived.patches {
        patch.cedar = patch.cedar.replace("/api/customers", "/api/customer");
    }
    let broken = run(&derived);
    assert!(broken.leaked_with_patch.unwrap() > 0, "{broken:?}");
}

#[test]
fn objects_of_others_are_read_with_an_account_and_the_patch_closes_the_door() {
    let figures = run(&measures(OBJECTS));
    assert_eq!((figures.requests, figures.leaked_with_patch), (60, Some(0)));
    assert!(figures.leaked_without >= 50, "{figures:?}");
    let innocents = figures.innocents_with_patch.unwrap();
    assert!(
        innocents.refused > 0 && innocents.refused < innocents.requests / 2,
        "its price is told: {innocents:?}"
    );
    let by_patch = innocents.because.keys().all(|why| why.starts_with("patched at GET /api/orders/"));
    assert!(by_patch && !innocents.because.is_empty(), "{innocents:?}");
    let walk = figures.rules.iter().find(|seen| seen.rule == "sigma/object_enumeration.yml").unwrap();
    assert!(walk.requests.is_some_and(|requests| requests <= 12), "{walk:?}");
}

#[test]
fn a_replay_in_which_nobody_leaks_even_without_the_patch_is_said_to_prove_nothing() {
    // The shop answers a POST that pages through a body, and no GET of that path.
    let report = PAGES.replace("POST", "GET");
    match replay::run(Path::new(env!("CARGO_BIN_EXE_tidegate")), &measures(&report)).unwrap() {
        Replay::NotReplayed { why } => assert!(why.contains("GET /api/customers"), "{why}"),
        Replay::Replayed(figures) => panic!("{figures:?}"),
    }
}

#[test]
fn a_report_whose_door_the_shop_does_not_have_says_why_it_was_not_replayed() {
    let place = tempfile::tempdir().unwrap();
    let (file, out) = (place.path().join("report.txt"), place.path().join("out"));
    std::fs::write(&file, PAGES.replace("/api/customers", "/v9/subscribers")).unwrap();
    let written = tidegate(&["intel", file.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert_eq!(written.status.code(), Some(0), "{}", said(&written));
    let page = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(page.contains("*Not replayed*: the demo shop has no door `POST /v9/subscribers`."), "{page}");
    let object: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("countermeasures.json")).unwrap()).unwrap();
    assert_eq!(object["replay"]["replay"], "not-replayed");
    assert_eq!(object["expires"].as_str().map(str::len), Some(10));
}
