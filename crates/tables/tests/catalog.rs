//! The committed tables of `catalog` are what the data gives.

use tables::{catalog, data};

#[test]
fn the_tables_made_anew_are_the_committed_ones() {
    let Some(folder) = data::folder(None) else {
        eprintln!("left out: no data at ../shared/data; the committed tables are taken as they are");
        return;
    };
    let home = catalog::home().unwrap();
    let mut tables = catalog::make(&folder, &home, None).unwrap();
    assert_eq!(
        catalog::differences(&tables, &home).unwrap(),
        Vec::<&str>::new(),
        "run `cargo xtask catalog`"
    );

    // The comparison sees one changed character.
    tables.insert(
        "cwe.tsv",
        tables["cwe.tsv"].replacen("CAPEC", "CAPEK", 1).replacen("Missing Auth", "Missing auth", 1),
    );
    assert_eq!(catalog::differences(&tables, &home).unwrap(), ["cwe.tsv"]);
}
