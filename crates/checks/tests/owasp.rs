//! `docs/owasp.md` is what the catalogue says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[test]
fn the_page_about_the_owasp_top_ten_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/owasp.md");
    let page = checks::owasp::page();
    if std::env::var_os("TIDEGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == page, "write it anew: TIDEGATE_WRITE_DOCS=1 cargo test -p checks --test owasp");
}

#[test]
fn every_risk_names_a_check_or_says_why_not() {
    let page = checks::owasp::page();
    for nth in 1..=10 {
        let line = page.lines().find(|line| line.starts_with(&format!("| API{nth}:2023 "))).unwrap();
        let cells: Vec<&str> = line.split(" | ").collect();
        assert!(cells[1].contains("ACH-") || cells[1].len() > "not covered, because ".len(), "{line}");
    }
}
