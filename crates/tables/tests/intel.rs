//! The committed weights are those that their recipe names.

use suggest::Model;
use tables::data;

#[test]
fn the_weights_have_the_digest_and_size_of_their_recipe() {
    let folder = data::root().unwrap().join("crates/suggest/data");
    let bytes = std::fs::read(folder.join("weights.bin")).unwrap();
    let recipe = data::text(&folder.join("RECIPE.tsv")).unwrap();
    let cell = |name: &str| {
        let row = recipe.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        row.trim_start().to_owned()
    };
    assert_eq!(cell("sha256\t"), data::digest(&bytes), "run `cargo xtask intel-train`");
    assert_eq!(cell("bytes\t"), bytes.len().to_string());
    assert_eq!(cell("classes\t"), Model::embedded().classes().len().to_string());

    let Some(data) = data::folder(None) else {
        eprintln!("left out: no data at ../shared/data; its digests are taken as they are");
        return;
    };
    for name in ["tram/reports.jsonl", "tram/sentences.jsonl", "attack/procedures.jsonl"] {
        let digest = data::digest(data::text(&data.join(name)).unwrap().as_bytes());
        assert_eq!(
            cell(&format!("source {name}\t")),
            digest,
            "{name} is not what the weights were trained on"
        );
    }
}
