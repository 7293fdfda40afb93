//! The manual says what the code does.

use domain::{ClassSet, DataClass};
use respond::{Rung, Settings, SeverityRule};

const MANUAL: &str = include_str!("../../../../docs/respond.md");

#[test]
fn the_manual_has_the_rules_of_how_grave_an_incident_is() {
    let number = |number: u32| if number == 0 { String::new() } else { format!("{number} ") };
    let words = |classes: ClassSet| {
        let words = DataClass::ALL.into_iter().filter(|class| classes.contains(*class)).map(DataClass::word);
        let words = words.collect::<Vec<_>>().join(", ");
        if words.is_empty() { words } else { words + " " }
    };
    let rows = SeverityRule::defaults().into_iter().map(|rule| {
        let SeverityRule { people, sources, classes, detector, severity } = rule;
        let detector = detector.map_or(String::new(), |detector| format!("{detector} "));
        let (people, sources, classes) = (number(people), number(sources), words(classes));
        format!("| {people}| {sources}| {classes}| {detector}| {severity} |\n")
    });
    let table = MANUAL.split("<!-- begin severity -->").nth(1).unwrap();
    let table = table.split("<!-- end severity -->").next().unwrap();
    let body: String = table.trim().lines().skip(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(body, rows.collect::<String>());
}

#[test]
fn the_manual_has_the_defaults() {
    let Settings {
        automatic,
        action_span,
        innocents: [low, medium, high, critical],
        from: [slow, source, kind, quarantine, isolate],
        off,
        slow_millis,
        slow_held,
        crowd,
        grace,
        severity: _,
    } = Settings::default();
    for row in [
        format!("| `mode` | `{}`;", if automatic { "act" } else { "propose" }),
        format!("| `action_span` | `{action_span}` |"),
        format!("| `innocents` | `[{low}, {medium}, {high}, {critical}]` by severity |"),
        format!("not taken: low {low}, medium {medium}, high {high}, critical {critical}."),
        format!("| `from` | `[{slow}, {source}, {kind}, {quarantine}, {isolate}]` by step |"),
        format!("| `off` | `{:?}` |", off.iter().collect::<Vec<_>>()),
        format!("| `slow_millis` | `{slow_millis}` |"),
        format!("| `slow_held` | `{slow_held}` for each `slow` |"),
        format!("| `crowd` | `{crowd}` |"),
        format!("| `grace` | `{grace}` |"),
    ] {
        assert!(MANUAL.contains(&row), "{row}");
    }
    for rung in [Rung::Slow, Rung::RefuseSource, Rung::RefuseKind, Rung::Quarantine, Rung::Isolate] {
        assert!(MANUAL.contains(&format!("\n| `{}` |", rung.word())), "{}", rung.word());
    }
}
