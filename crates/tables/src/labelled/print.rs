//! The tables that the chore prints.

use super::Report;
use super::count::{Count, Score};

/// Columns of the table by report, with the key and a short head.
const COLUMNS: &[(&str, &str)] = &[
    ("is_incident", "inc"),
    ("techniques", "tech"),
    ("owasp", "owasp"),
    ("owasp_stated", "label"),
    ("cwe", "cwe"),
    ("numbers", "num"),
    ("data_classes_exposed", "out"),
    ("data_classes_not_exposed", "kept"),
    ("entities", "ent"),
    ("observables", "obs"),
    ("dates", "date"),
    ("errata", "err"),
    ("notification", "told"),
];

/// Hits, misses and false answers of each open report.
pub(super) fn by_report(reports: &[&Report]) {
    println!("open reports: hits/missed/false");
    print!("{:30}", "");
    for (_, head) in COLUMNS {
        print!("{head:>9}");
    }
    println!();
    for report in reports {
        print!("{:30}", report.name);
        for (key, _) in COLUMNS {
            let count = report.score.of(key);
            let shown = [count.hits, count.missed, count.wrong].map(halves).join("/");
            print!("{:>9}", if shown == "0/0/0" { "-".to_owned() } else { shown });
        }
        println!();
    }
}

fn halves(twice: u32) -> String {
    format!("{}{}", twice / 2, if twice.is_multiple_of(2) { "" } else { "½" })
}

/// Each fault of the open reports.
pub(super) fn faults(reports: &[&Report]) {
    for report in reports {
        println!("== {}", report.name);
        for (key, count) in &report.score.keys {
            for fault in &count.faults {
                println!("  {key:12} {fault}");
            }
        }
        for fault in &report.score.evidence.faults {
            println!("  no evidence  {fault}");
        }
    }
}

/// Sums of both sets beside each other, and the marks.
pub(super) fn totals(open: &Score, aside: &Score) {
    println!(
        "\n{:26} {:>34}   {:>34}",
        "",
        format!("{} open", open.reports),
        format!("{} kept aside", aside.reports)
    );
    let head = format!("{:>6} {:>6} {:>6} {:>6} {:>6}", "prec", "recall", "F1", "right", "n");
    println!("{:26} {head}   {head}", "");
    for key in open.keys.keys() {
        println!("{key:26} {}   {}", figures(&open.of(key)), figures(&aside.of(key)));
    }
    println!("\n{:58} {:>8} {:>10}", "mark", "open", "kept aside");
    let both = [open, aside];
    let techniques = both.map(|score| score.of("techniques"));
    mark("precision of asserted techniques >= 0.97", techniques.each_ref().map(Count::precision), 0.97);
    mark("F1 of asserted techniques >= 0.90", techniques.each_ref().map(Count::f1), 0.90);
    mark("numbers with the right meaning >= 0.98", both.map(|score| score.of("numbers").right()), 0.98);
    let [without, without_aside] =
        both.map(|score| format!("{} of {}", score.evidence.without, score.evidence.claims));
    println!("{:50} {without:>16} {without_aside:>16}", "statements without evidence = 0");
}

fn figures(count: &Count) -> String {
    format!(
        "{:6.3} {:6.3} {:6.3} {:6.3} {:>6}",
        count.precision(),
        count.recall(),
        count.f1(),
        count.right(),
        halves(count.hits + count.missed)
    )
}

fn mark(name: &str, figures: [f64; 2], least: f64) {
    let shown = figures.map(|figure| format!("{figure:.3}{}", if figure < least { " missed" } else { "" }));
    let [open, aside] = shown;
    println!("{name:50} {open:>16} {aside:>16}");
}
