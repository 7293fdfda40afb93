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
    // A column of nothing would look like a perfect one.
    let sets: Vec<(&str, &Score)> = [("open", open), ("kept aside", aside)]
        .into_iter()
        .filter(|(name, score)| score.reports > 0 || *name == "open")
        .collect();
    let row = |name: &str, of: &dyn Fn(&Score) -> String| {
        let cells: Vec<String> = sets.iter().map(|(_, score)| format!("{:>34}", of(score))).collect();
        println!("{name:42} {}", cells.join("   "));
    };
    let heads: Vec<String> =
        sets.iter().map(|(name, score)| format!("{:>34}", format!("{} {name}", score.reports))).collect();
    println!("\n{:42} {}", "", heads.join("   "));
    row("", &|_| format!("{:>6} {:>6} {:>6} {:>6} {:>6}", "prec", "recall", "F1", "right", "n"));
    for key in open.keys.keys() {
        row(key, &|score| figures(&score.of(key)));
    }
    println!("\nmarks");
    let mark =
        |figure: f64, least: f64| format!("{figure:.3}{}", if figure < least { " missed" } else { "" });
    row("precision of asserted techniques >= 0.97", &|score| mark(score.of("techniques").precision(), 0.97));
    row("F1 of asserted techniques >= 0.90", &|score| mark(score.of("techniques").f1(), 0.90));
    row("numbers with the right meaning >= 0.98", &|score| mark(score.of("numbers").right(), 0.98));
    row("statements without evidence = 0", &|score| {
        format!("{} of {}", score.evidence.without, score.evidence.claims)
    });
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
