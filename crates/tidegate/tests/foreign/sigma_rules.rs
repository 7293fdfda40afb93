//! The shipped Sigma rules and the pipeline are what pySigma reads too.

use super::*;

#[test]
fn pysigma_reads_every_shipped_rule_and_the_pipeline_gives_it_the_names_that_are_known_here() {
    let folder = folder(&[("pipeline.yml", sigma::PIPELINE)]);
    let pipeline = folder.path().join("pipeline.yml");
    let rules: Vec<PathBuf> = sigma::PACK.iter().map(|one| root().join(one.name)).collect();
    // Names of a proxy's log are mapped as rsigma maps them.
    let proxy = folder.path().join("proxy.yml");
    std::fs::write(
        &proxy,
        "title: t\nlogsource: {category: proxy}\ndetection: {s: {c-uri: x, c-useragent: y, src_ip: z}, condition: s}\n",
    )
    .unwrap();
    let broken = folder.path().join("broken.yml");
    std::fs::write(
        &broken,
        "title: t\nlogsource: {category: proxy}\ndetection: {s: {a|contians: x}, condition: s}\n",
    )
    .unwrap();
    let paths: Vec<&Path> =
        [&pipeline].into_iter().chain(&rules).chain([&proxy, &broken]).map(PathBuf::as_path).collect();
    let Some(seen) = read("sigma", &paths) else { return };
    let seen = seen.as_array().unwrap();
    assert_eq!(seen.len(), rules.len() + 2);
    for (rule, one) in sigma::PACK.iter().zip(seen) {
        assert_eq!(one["faults"], serde_json::json!([]), "{}", rule.name);
        let ours = sigma::load(&[sigma::File { name: rule.name, text: rule.text }], 1);
        assert_eq!(one["rules"], ours.rules.all().len(), "{}", rule.name);
        for field in one["fields"].as_array().unwrap() {
            let known = sigma::Field::named(field.as_str().unwrap()).is_some();
            assert!(known || rule.name.starts_with("rules/endpoint/"), "{}: {field}", rule.name);
        }
    }
    assert_eq!(seen[rules.len()]["fields"], serde_json::json!(["c-ip", "cs-uri", "cs-user-agent"]));
    // The reader does judge.
    assert_ne!(seen[rules.len() + 1]["faults"], serde_json::json!([]));
}
