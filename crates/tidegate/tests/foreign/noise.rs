//! How much is told of specifications that others wrote, and that none of it is a bound of ours.

use super::*;

/// Checks that only a declared intent can answer ([`checks::Check::needs_intent`]).
fn of_intent(id: &Value) -> bool {
    let found = checks::CATALOGUE.iter().find(|check| *id == check.id);
    found.is_some_and(|check| check.needs_intent)
}

/// A specification that was judged.
struct Judged {
    name: String,
    operations: u64,
    /// What is told beside intent.
    told: u64,
    /// The operations that this stands for.
    named: u64,
    /// Whether something in it could not be judged, and for what.
    errors: Vec<String>,
}

fn judge(folder: &Path, name: &str) -> Judged {
    let output = check(folder, &[name, "--format", "json"]);
    let told: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}"));
    let beside: Vec<&Value> =
        told["findings"].as_array().unwrap().iter().filter(|finding| !of_intent(&finding["id"])).collect();
    let errors = told["faults"].as_array().unwrap().iter().filter(|fault| fault["level"] == "error");
    Judged {
        name: name.to_owned(),
        operations: told["summary"]["operations"].as_u64().unwrap(),
        told: beside.len() as u64,
        named: beside.iter().map(|finding| finding["count"].as_u64().unwrap().max(1)).sum(),
        errors: errors.map(|fault| format!("{} {}", fault["code"], fault["message"])).collect(),
    }
}

/// Every JSON document below the folder.
fn documents(folder: &Path) -> Vec<Judged> {
    let mut names: Vec<String> = Vec::new();
    for version in ["2.0/json", "3.0/json", "3.1/json", "."] {
        let Ok(entries) = std::fs::read_dir(folder.join(version)) else { continue };
        let paths = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "json"));
        names.extend(
            paths.map(|path| path.strip_prefix(folder).unwrap_or(&path).to_str().unwrap().to_owned()),
        );
    }
    names.sort();
    names.iter().map(|name| judge(folder, name)).collect()
}

#[test]
fn large_specifications_of_others_have_at_most_one_finding_per_20_operations_beside_intent() {
    let Some(specs) = foreign("specs/whole") else { return };
    let specs = specs.parent().unwrap();
    let mut all = documents(&specs.join("github"));
    all.extend(documents(&specs.join("readme")));
    let beyond: Vec<_> =
        all.iter().filter(|one| one.errors.iter().any(|error| error.contains("SPEC-012"))).collect();
    assert!(beyond.is_empty(), "{}: {:?}", beyond[0].name, beyond[0].errors);
    let judged = || all.iter().filter(|one| one.errors.is_empty());
    let large: Vec<&Judged> = judged().filter(|one| one.operations >= 100).collect();
    let sum = |of: fn(&Judged) -> u64, least: bool| {
        judged().filter(|one| (one.operations >= 100) == least).map(of).sum::<u64>()
    };
    for one in &large {
        println!(
            "{}: {} operations, {} findings that name {} operations",
            one.name, one.operations, one.told, one.named
        );
        assert!(one.told * 20 <= one.operations, "{}: {} findings", one.name, one.told);
    }
    assert!(large.len() >= 3 && sum(|one| one.operations, true) > 2_000, "they are there");
    // The small ones are examples of one thing each. What is told there is told once a document, so the
    // mark does not fit them; more than today is noticed all the same.
    let (operations, told) = (sum(|one| one.operations, false), sum(|one| one.told, false));
    println!("{} small ones: {operations} operations, {told} findings", judged().count() - large.len());
    assert!(told * 3 <= operations, "{told} findings over {operations} operations");
    let unjudged: Vec<&str> = all.iter().filter(|one| !one.errors.is_empty()).map(|one| &*one.name).collect();
    println!("with faults of their own: {unjudged:?}");
}
