//! Figures as text: the tables of `docs/benchmarks.md`.

use std::fmt::Write;

use testkit::days::Habit;

use super::bound::per_million;
use super::marks::MARKED;
use super::quiet::{Counts, Quiet};
use super::{Figures, adaptive, alone, attackers, cost, curve, without};

/// Everything that was played.
pub(crate) fn text(figures: &Figures) -> String {
    let mut out = String::new();
    if !figures.attackers.is_empty() {
        attackers(&mut out, &figures.attackers);
    }
    if !figures.adaptive.is_empty() {
        adaptive(&mut out, &figures.adaptive);
    }
    if !figures.alone.is_empty() {
        alone(&mut out, &figures.alone);
    }
    if !figures.without.is_empty() {
        without(&mut out, &figures.without);
    }
    if let Some(quiet) = &figures.quiet {
        self::quiet(&mut out, quiet);
    }
    if !figures.curve.is_empty() {
        curve(&mut out, &figures.curve);
    }
    if let Some(cost) = &figures.cost {
        self::cost(&mut out, cost);
    }
    for missed in &figures.missed {
        line(&mut out, format_args!("mark missed: {}: {}", missed.mark, missed.measured));
    }
    out
}

/// Writing to a text does not fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

fn attackers(out: &mut String, rows: &[attackers::Row]) {
    line(
        out,
        format_args!(
            "| attacker | sources | people at the first refusal | after an hour (mark) | after a day (mark) | first signal: requests, people | actions | honest requests refused | of readers without identity |"
        ),
    );
    line(out, format_args!("|---|---:|---:|---:|---:|---|---:|---:|---:|"));
    for row in rows {
        let contained = row.contained.map_or_else(|| "never".to_owned(), |people| people.to_string());
        let signal = row.signal.as_ref().map_or_else(
            || "none".to_owned(),
            |(requests, people, who)| format!("{requests}, {people}: {who}"),
        );
        let [hour, day] = row.marks;
        line(
            out,
            format_args!(
                "| {} | {} | {contained} | {} ({hour}) | {} ({day}) | {signal} | {} | {} | {} |",
                row.name, row.sources, row.hour, row.day, row.actions, row.innocents, row.readers
            ),
        );
    }
    line(out, format_args!(""));
}

fn adaptive(out: &mut String, paces: &[adaptive::Pace]) {
    line(
        out,
        format_args!(
            "| adaptive | sources | people a day, unseen | per source in 20 days | in three weeks | the next pace ends by | with |"
        ),
    );
    line(out, format_args!("|---|---:|---:|---:|---:|---|---:|"));
    for pace in paces {
        let way = match pace.way {
            adaptive::Way::Anonymous => "without identity",
            adaptive::Way::Session => "signed in",
        };
        line(
            out,
            format_args!(
                "| {way} | {} | {} | {} | {} | {} | {} |",
                pace.sources, pace.a_day, pace.per_source, pace.in_all, pace.ended_by, pace.then
            ),
        );
    }
    line(out, format_args!(""));
}

fn alone(out: &mut String, seen: &[alone::Seen]) {
    line(out, format_args!("| detector alone | its attack | requests | people | case |"));
    line(out, format_args!("|---|---|---:|---:|---|"));
    for one in seen {
        let (requests, people) = one.spoke.map_or_else(
            || ("silent".to_owned(), String::new()),
            |(requests, people)| (requests.to_string(), people.to_string()),
        );
        line(
            out,
            format_args!("| {} | {} | {requests} | {people} | {} |", one.detector, one.attack, one.case),
        );
    }
    line(out, format_args!(""));
}

fn without(out: &mut String, rows: &[without::Missing]) {
    line(out, format_args!("| without | attack | figure | with it | without it |"));
    line(out, format_args!("|---|---|---|---:|---:|"));
    for without::Missing { part, attack, figure, with, without } in rows {
        let figure = match figure {
            without::Figure::PeopleToldOf => "people at the first signal, observe",
            without::Figure::PeopleRefusedAt => "people at the first refusal, guard",
            without::Figure::PeopleLeft => "people that left in 3,700 requests, guard",
            without::Figure::RequestsSlowedAt => "requests until one waits, guard",
        };
        let number = |number: &Option<u64>| number.map_or_else(|| "never".to_owned(), |one| one.to_string());
        let (with, without) = (number(with), number(without));
        line(out, format_args!("| {part} | {attack} | {figure} | {with} | {without} |"));
    }
    line(out, format_args!(""));
}

fn quiet(out: &mut String, quiet: &Quiet) {
    line(
        out,
        format_args!(
            "| people | client-days | requests | false alarms per million (95 % upper bound) | false refusals per million (95 % upper bound) |"
        ),
    );
    line(out, format_args!("|---|---:|---:|---:|---:|"));
    let mut row = |name: &str, counts: &Counts| {
        let rate = |events: u64| {
            let (rate, upper) = per_million(events, counts.client_days);
            format!("{rate:.2} ({upper:.2})")
        };
        line(
            out,
            format_args!(
                "| {name} | {} | {} | {} | {} |",
                counts.client_days,
                counts.exchanges,
                rate(counts.alarms),
                rate(counts.refusals)
            ),
        );
    };
    for habit in Habit::ALL {
        if let Some(counts) = quiet.habits.get(&habit) {
            row(habit.word(), counts);
        }
    }
    for (group, habits) in MARKED {
        row(&format!("**{group}**"), &quiet.of(habits));
    }
    line(out, format_args!(""));
    let work = quiet.work;
    line(
        out,
        format_args!(
            "{} client-days, {} requests, {} counted by detectors, {} times somebody was told of, {} signals (of them {} facts, {} of endpoints in {} endpoint-days), {} incidents, {} actions",
            quiet.client_days(),
            work.exchanges,
            work.counted,
            work.told,
            work.signals,
            quiet.facts,
            quiet.endpoint_signals,
            quiet.endpoint_days,
            quiet.incidents,
            work.actions
        ),
    );
    for (group, habits) in MARKED {
        let on = |(day, [alarms, refusals]): (u32, [u64; 2])| format!("{day}: {alarms}, {refusals}");
        let days: Vec<String> = quiet.of(habits).days.into_iter().map(on).collect();
        if !days.is_empty() {
            line(out, format_args!("{group}, alarms and refusals by day: {}", days.join("; ")));
        }
    }
    for (habit, counts) in &quiet.habits {
        for (why, count) in &counts.why {
            line(out, format_args!("{}: {count} x {why}", habit.word()));
        }
        if counts.slowed > 0 {
            line(out, format_args!("{}: {} requests waited", habit.word(), counts.slowed));
        }
    }
    line(out, format_args!(""));
}

fn curve(out: &mut String, cells: &[curve::Cell]) {
    line(
        out,
        format_args!(
            "| people per address: hour, day | readers of 1,000 a day | refused by budgets | with detectors and actions | spoken of | refused at homes |"
        ),
    );
    line(out, format_args!("|---|---:|---:|---:|---:|---:|"));
    for cell in cells {
        line(
            out,
            format_args!(
                "| {}, {} | {} | {} | {} | {} | {} |",
                cell.budget,
                cell.budget * 2,
                cell.readers,
                cell.refused,
                cell.refused_with_detectors,
                cell.alarms,
                cell.homes
            ),
        );
    }
    line(out, format_args!(""));
}

fn cost(out: &mut String, cost: &cost::Cost) {
    let each = |bytes: u64| bytes.checked_div(cost.keys).unwrap_or(0);
    line(out, format_args!("all tables, a request of a town's day: {:.0} ns", cost.walk_nanos));
    line(
        out,
        format_args!(
            "detectors: {:.0} ns a request where one in ten counts, {:.0} ns one that counts",
            cost.detect_nanos, cost.counted_nanos
        ),
    );
    line(
        out,
        format_args!(
            "{} keys: {} MB resident; counted {} + {} + {} bytes a key (budgets, limits, detectors)",
            cost.keys,
            cost.resident / 1_000_000,
            each(cost.budgets),
            each(cost.limits),
            each(cost.detectors)
        ),
    );
}
