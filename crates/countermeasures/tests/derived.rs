//! What is derived from a report: it speaks where it must, only forbids, and nothing of the report gets out
//! of its quotes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use countermeasures::facts::Way;
use countermeasures::hunt::{Language, TABLE};
use countermeasures::replay::{Asks, plan};
use countermeasures::tree::Yaml;
use countermeasures::{Measures, Report, hunt, playbook};
use domain::Timestamp;
use intel::Intel;
use policy::authorize::{Policies, Source};
use serde_json::Value;

const PAGES: &str = "Acme Telecom leaked customer records. An attacker sent HTTP POST requests to /api/customers, which did not require authentication, and downloaded 5,000 records in batches of ten records with a script. Names, email addresses and phone numbers were exposed. Security teams may want to hunt for the following patterns: /api/v[1-9]/users";
const OBJECTS: &str = "A shop leaked orders. The endpoint /api/orders/{id} answered a GET request for any order without checking who owns it. An attacker enumerated order numbers and downloaded 900 orders with postal addresses.";
const GUESSED: &str = "Attackers ran credential stuffing against the log-in of a shop with passwords from other breaches, from thousands of rotating IP addresses through proxies. Email addresses of 14,000 accounts were accessed.";

struct Told {
    bytes: Vec<u8>,
    intel: Intel,
}

impl Told {
    fn of(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            intel: intel::understand(text.as_bytes(), "report.txt").unwrap(),
        }
    }

    fn report(&self) -> Report<'_> {
        Report::new("report.txt", &self.bytes, &self.intel, Some("2031-05-17"))
    }

    fn measures(&self) -> Measures {
        Measures::of(&self.report(), &[], "2031-12-31").unwrap()
    }
}

fn measures(text: &str) -> Measures {
    Told::of(text).measures()
}

fn names(measures: &Measures) -> Vec<&'static str> {
    measures.rules.iter().map(|rule| rule.name).collect()
}

#[test]
fn rules_follow_from_how_the_records_were_taken() {
    let pages = measures(PAGES);
    assert_eq!(names(&pages), ["unauthenticated_records", "page_walk", "page_walk_web", "volume"]);
    let objects = measures(OBJECTS);
    assert!(objects.facts.ways.contains(&Way::Objects) && !objects.facts.ways.contains(&Way::Pages));
    assert!(
        names(&objects).starts_with(&["object_enumeration", "object_enumeration_web"]),
        "{:?}",
        names(&objects)
    );
    let guessed = names(&measures(GUESSED));
    assert!(guessed.contains(&"guessed_credentials") && guessed.contains(&"many_sources"), "{guessed:?}");
    assert_eq!(names(&measures("A bakery closed. Nothing was taken.")), [""; 0]);
}

#[test]
fn what_did_not_happen_and_a_page_that_is_no_page_of_records_derive_nothing() {
    // Advice that tells what others did: its frames are asserted, and nothing happened.
    let advice = include_str!("../../intel/tests/corpus/hardening-guide.md");
    assert!(!Told::of(advice).intel.is_incident);
    let derived = measures(advice);
    assert!(
        derived.rules.is_empty() && derived.patches.is_empty() && derived.intent.is_none(),
        "{:?}",
        derived.facts
    );
    let page = "A shop leaked records. An attacker sent a GET request to /api/hooks without authentication. The log-in page of the shop was changed.";
    assert!(!measures(page).facts.ways.contains(&Way::Pages));
}

#[test]
fn every_rule_speaks_on_its_own_sample_and_is_silent_on_people() {
    for text in [PAGES, OBJECTS, GUESSED] {
        for rule in measures(text).rules {
            let yaml = rule.yaml();
            let file = sigma::File { name: rule.name, text: &yaml };
            let loaded = sigma::load(&[file], 1);
            assert!(loaded.faults.is_empty(), "{}: {:?}\n{yaml}", rule.name, loaded.faults);
            assert!(loaded.rules.all().iter().all(sigma::Rule::is_applicable), "{yaml}");
            for (samples, speaks) in [(rule.fires(), true), (rule.silent(), false)] {
                assert!(!samples.is_empty());
                for line in samples.lines() {
                    let sample = sigma::sample::read(line).unwrap();
                    let spoke = sigma::sample::play(&file, &sample).unwrap();
                    assert_eq!(!spoke.is_empty(), speaks, "{}: {line}\n{yaml}", rule.name);
                }
            }
        }
    }
}

#[test]
fn tags_are_techniques_of_attack_under_their_own_tactics() {
    for text in [PAGES, OBJECTS, GUESSED] {
        for rule in measures(text).rules {
            let yaml = rule.yaml();
            let loaded = sigma::load(&[sigma::File { name: "r", text: &yaml }], 1).rules;
            for told in loaded.all() {
                let tags: Vec<&str> =
                    told.tags.iter().filter_map(|tag| tag.strip_prefix("attack.")).collect();
                let (techniques, tactics): (Vec<&str>, Vec<&str>) =
                    tags.into_iter().partition(|tag| tag[1..].starts_with(|c: char| c.is_ascii_digit()));
                let known: Vec<_> = techniques
                    .iter()
                    .map(|id| catalog::attack::technique(&id.to_ascii_uppercase()).unwrap())
                    .collect();
                assert!(
                    !known.is_empty()
                        && known.iter().all(|one| one.status == catalog::attack::Status::Current)
                );
                for tactic in tactics {
                    let named = known.iter().any(|one| one.tactics().any(|of| of.shortname == tactic));
                    assert!(named, "{}: {tactic}", rule.name);
                }
                for id in told.d3fend.iter().chain(&told.owasp) {
                    assert!(catalog::entry(id).is_some(), "{id}");
                }
            }
        }
    }
}

#[test]
fn the_lower_the_reports_numbers_the_earlier_a_rule_speaks() {
    let threshold = |text: &str, name: &str| {
        measures(text).rules.iter().find(|rule| rule.name == name).unwrap().threshold
    };
    let few = PAGES.replace("5,000 records", "300 records");
    let many = PAGES.replace("5,000 records", "20,000 records");
    assert_eq!((threshold(PAGES, "page_walk"), threshold(&many, "page_walk")), (10, 20));
    assert_eq!((threshold(PAGES, "page_walk_web"), threshold(&few, "page_walk_web")), (20, 10));
    assert_eq!((threshold(PAGES, "volume"), threshold(&many, "volume")), (100, 200));
    assert!(measures(PAGES).intent.unwrap().contains("subjects: 20, per: \"1h\""));
    assert!(measures(&few).intent.unwrap().contains("subjects: 5, per: \"1h\""));
}

#[test]
fn a_patch_loads_strictly_and_forbids_what_the_report_names() {
    let now = Timestamp::parse_expiry("2031-06-01").unwrap();
    for (text, id, users_pass) in
        [(PAGES, "derived-post-api-customers", true), (OBJECTS, "derived-get-api-orders-id", false)]
    {
        let derived = measures(text);
        let patch = derived.patches.first().unwrap();
        assert_eq!((patch.id.as_str(), patch.users_pass), (id, users_pass), "{}", patch.cedar);
        let loaded = Policies::load(&[], &[], &[Source::new("p.cedar", patch.cedar.clone())], now).unwrap();
        let in_force: Vec<_> = loaded.policies.patches().collect();
        assert_eq!((in_force.len(), &*in_force[0].reason), (1, patch.reason.as_str()));
        assert!(!patch.cedar.contains("permit"), "{}", patch.cedar);
    }
    assert!(measures(GUESSED).patches.is_empty() && measures(GUESSED).intent.is_none());
}

#[test]
fn a_door_of_ones_own_takes_the_place_of_the_reports() {
    let told = Told::of(PAGES);
    let own = ["GET /v2/people".parse().unwrap()];
    let derived = Measures::of(&told.report(), &own, "2031-12-31").unwrap();
    assert_eq!(derived.patches.len(), 1);
    assert_eq!(derived.patches[0].endpoint.to_string(), "GET /v2/people");
    assert!(!derived.intent.unwrap().contains("/api/customers"));
}

#[test]
fn the_plan_of_a_replay_has_the_reports_own_numbers_and_says_what_it_assumed() {
    let doors = [("POST", "/api/customers"), ("GET", "/api/orders/{id}")];
    let pages = plan(&measures(PAGES).facts, &doors).unwrap();
    assert_eq!((pages.asks, pages.batch, pages.requests, pages.assumed.len()), (Asks::Pages, 10, 500, 0));
    let objects = plan(&measures(OBJECTS).facts, &doors).unwrap();
    assert_eq!((objects.asks, objects.requests), (Asks::Path, 900));
    let silent = plan(
        &measures(&PAGES.replace("5,000 records in batches of ten", "records in batches of ten")).facts,
        &doors,
    );
    assert_eq!(silent.unwrap().assumed, ["500 requests"]);
    // Ids in a query go to a GET alone: with a POST the replay would run another door.
    let ids = "A shop leaked customers. An attacker sent POST requests to /api/customers?id=1, /api/customers?id=2 \
               and so on, enumerated the customer ids and downloaded 900 records with names.";
    let why = plan(&measures(ids).facts, &doors).unwrap_err();
    assert!(why.contains("takes no id in its query string"), "{why}");
    assert!(plan(&measures(PAGES).facts, &doors[1..]).unwrap_err().contains("no door `POST /api/customers`"));
    assert!(plan(&measures(GUESSED).facts, &doors).unwrap_err().contains("names no door"));
}

/// A log of a quiet day, and of somebody who takes pages of `/api/customers`.
fn log(lines: &mut dyn FnMut(&str, &str, &str, u32, u32)) {
    for n in 0..30 {
        lines("192.0.2.10", "GET", &format!("/catalogue/products?page={n}"), 200, n);
        lines("203.0.113.66", "POST", "/api/customers", 200, n);
    }
    lines("192.0.2.11", "POST", "/api/customers", 200, 31);
    lines("192.0.2.12", "GET", "/api/v2/users", 200, 32);
    lines("192.0.2.13", "POST", "/api/customersx", 200, 33);
}

#[test]
fn queries_for_grep_run_and_name_the_one_who_took_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(folder.path().join("access.log")).unwrap();
    log(&mut |client, method, target, status, n| {
        writeln!(file, "{client} - - [17/May/2031:10:00:{:02} +0000] \"{method} {target} HTTP/1.1\" {status} 512 \"-\" \"x\"", n % 60).unwrap();
    });
    let found: Vec<String> = measures(PAGES)
        .queries
        .iter()
        .filter(|query| query.language == Language::Grep)
        .map(|query| {
            let output =
                Command::new("sh").args(["-c", &query.text]).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{}: {output:?}", query.text);
            String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(found, ["30 203.0.113.66 1 192.0.2.11", "1 192.0.2.12"]);
}

#[test]
fn queries_for_sql_run_and_name_the_one_who_took_pages() {
    let base = rusqlite::Connection::open_in_memory().unwrap();
    base.execute_batch(TABLE).unwrap();
    log(&mut |client, method, target, status, n| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let at = format!("2031-05-17T10:00:{:02}Z", n % 60);
        base.execute(
            "INSERT INTO exchange VALUES (?1, ?2, ?3, ?4, ?5, ?6, 512)",
            (at, client, method, path, query, status),
        )
        .unwrap();
    });
    let first = |text: &str| {
        let mut statement = base.prepare(text).unwrap();
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap().map(|row| row.get::<_, String>(0).unwrap())
    };
    let found: Vec<Option<String>> = measures(PAGES)
        .queries
        .iter()
        .filter(|query| query.language == Language::Sql)
        .map(|query| first(&query.text))
        .collect();
    let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
    assert_eq!(found, [Some("203.0.113.66"), Some("192.0.2.12"), Some("POST")]);
}

#[test]
fn a_shell_reads_a_word_as_one_word_and_yaml_a_text_as_one_text() {
    for text in ["$(id)", "`id`", "a'; id; '", "-rf", "", "a b", "\"x\"", "\\", "!!", "*"] {
        let script = format!("printf %s {}", hunt::shell(text));
        let mut child =
            Command::new("sh").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), text, "{script}");
    }
    for text in [
        "no",
        "1h",
        "a: b",
        "!!python/object x",
        "x\n- y",
        "a\"b\\",
        "",
        "# c",
        "- a",
        "&a",
        "*a",
        "\u{202e}",
    ] {
        let yaml = Yaml::Map(vec![("key".to_owned(), text.into())]).text();
        assert_eq!(yaml.lines().count(), 1, "{yaml}");
        let written = yaml.trim_end().strip_prefix("key: ").unwrap();
        assert!(written.starts_with('"') && written.ends_with('"') && written.is_ascii(), "{yaml}");
    }
}

#[test]
fn the_playbook_is_one_chain_from_start_to_end_with_an_id_for_each_step() {
    let told = Told::of(PAGES);
    let steps = told.measures().steps;
    let book: Value = serde_json::from_str(&playbook::json(&told.report(), &steps)).unwrap();
    let workflow = book["workflow"].as_object().unwrap();
    assert_eq!(workflow.len(), steps.len() + 2, "an id stands for one step");
    let mut at = book["workflow_start"].as_str().unwrap();
    let mut seen = Vec::new();
    while workflow[at]["type"] != "end" {
        if workflow[at]["type"] == "action" {
            seen.push(workflow[at]["name"].as_str().unwrap());
            assert!(book["agent_definitions"].get(workflow[at]["agent"].as_str().unwrap()).is_some());
        }
        at = workflow[at]["on_completion"].as_str().unwrap();
        assert!(seen.len() <= steps.len(), "a circle");
    }
    assert_eq!(seen, steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>());
    assert_eq!(book["created"], "2031-05-17T00:00:00.000Z");
    let page = playbook::markdown(&told.report(), &steps);
    assert!(page.contains("72 hours after becoming aware") && page.contains("no legal advice"), "{page}");
}

#[test]
fn the_page_lists_what_was_left_out_and_what_was_mended_with_its_place() {
    let told = Told::of(
        "# Leak\n\nAn attacker downloaded 900 records from an API without authentication.It was open.\n\nIt lost ~~10,000~~ records.\n\nSubscribe to our newsletter for more.\n",
    );
    let page = countermeasures::page::markdown(&told.report(), &told.measures());
    assert!(page.contains("## Left out and mended"), "{page}");
    for row in [
        "| left out: withdrawn | 1 | 10 |",
        "| left out: navigation | 1 |",
        "| mended: sentences-glued | 1 |",
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    assert!(page.lines().take(4).any(|line| line.starts_with("Read: all ")), "{page}");
    let clean = Told::of("An attacker downloaded 900 records from an API without authentication.");
    assert!(
        !countermeasures::page::markdown(&clean.report(), &clean.measures()).contains("Left out and mended")
    );
}
