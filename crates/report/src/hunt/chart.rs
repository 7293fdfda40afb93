//! Pictures of a hunt, as SVG that stands in the page: nothing is loaded, run or styled from outside.
//!
//! Marks differ in shape as well as in colour: a filled circle left, a hollow square missed.

use domain::{Severity, Timestamp};
use hunt::{Basis, Finding, Point};
use maud::{Markup, html};

const WIDTH: u64 = 900;
const LEFT: u64 = 130;
const RIGHT: u64 = 30;
const HEIGHT: u64 = 260;
const FOOT: u64 = 30;
/// Findings in the picture of all.
const MOST_ROWS: usize = 40;

/// A place between two ends, in the pixels between `from` and `to`.
fn place(value: u64, low: u64, high: u64, from: u64, to: u64) -> u64 {
    let span = u128::from(high.saturating_sub(low).max(1));
    let part = u128::from(value.saturating_sub(low)) * u128::from(to - from) / span;
    from + u64::try_from(part).unwrap_or(0).min(to - from)
}

/// Object ids over time: an enumeration is a line that anyone can see.
pub(super) fn objects(points: &[Point]) -> Markup {
    let of = |wanted: Basis| points.iter().any(|point| point.basis == wanted);
    let name = if of(Basis::Sizes) || of(Basis::Pace) {
        "bytes sent"
    } else if of(Basis::Page) {
        "page"
    } else {
        "object number"
    };
    let numbers = || points.iter().map(|point| point.number);
    let (Some(low), Some(high)) = (numbers().min(), numbers().max()) else { return html! {} };
    let times = || points.iter().map(|point| point.at.millis());
    let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let bottom = HEIGHT - FOOT;
    let x = |point: &Point| place(point.at.millis(), first, last, LEFT, WIDTH - RIGHT);
    let y = |point: &Point| bottom - place(point.number, low, high, 0, bottom - 20);
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" width="100%" xmlns="http://www.w3.org/2000/svg"
            aria-label=(format!("{} numbers between {low} and {high} over time", points.len())) {
            (frame(bottom))
            @for point in points {
                @if point.served {
                    circle cx=(x(point)) cy=(y(point)) r="3" fill="#b3261e" fill-opacity="0.75" {}
                } @else {
                    rect x=(x(point).saturating_sub(3)) y=(y(point).saturating_sub(3)) width="6" height="6" fill="none" stroke="#1f4e8c" {}
                }
            }
            (label(LEFT - 8, bottom, "end", &low.to_string()))
            @if high > low { (label(LEFT - 8, 26, "end", &high.to_string())) }
            (label(8, bottom / 2, "start", name))
            (ends(first, last))
        }
    }
}

/// All findings over the time of the log.
pub(super) fn timeline(findings: &[Finding], first: Timestamp, last: Timestamp) -> Markup {
    let rows = u64::try_from(findings.len().min(MOST_ROWS)).unwrap_or(0);
    let bottom = 20 + rows * 22;
    let height = bottom + FOOT;
    let x = |at: Timestamp| place(at.millis(), first.millis(), last.millis(), LEFT, WIDTH - RIGHT);
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" width="100%" xmlns="http://www.w3.org/2000/svg" aria-label="findings over time" {
            (frame(bottom))
            @for (finding, row) in findings.iter().take(MOST_ROWS).zip(0u64..) {
                @let (from, to) = (x(finding.first), x(finding.last));
                (label(LEFT - 8, 20 + row * 22 + 13, "end", &finding.id))
                rect x=(from) y=(20 + row * 22 + 2) width=((to - from).max(4)) height="14" rx="2" fill=(colour(finding.severity)) {
                    title { (format!("{} {}, {} to {}", finding.id, finding.severity, finding.first, finding.last)) }
                }
            }
            (ends(first.millis(), last.millis()))
        }
    }
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "#8a8f98",
        Severity::Medium => "#c77f0a",
        Severity::High => "#b3261e",
        Severity::Critical => "#5b0b06",
    }
}

fn frame(bottom: u64) -> Markup {
    html! {
        line x1=(LEFT) y1="10" x2=(LEFT) y2=(bottom) stroke="#555" {}
        line x1=(LEFT) y1=(bottom) x2=(WIDTH - RIGHT) y2=(bottom) stroke="#555" {}
    }
}

fn ends(first: u64, last: u64) -> Markup {
    let time = |millis: u64| Timestamp::from_secs(millis / 1000).to_string();
    html! {
        (bottom_label(LEFT, "start", &time(first)))
        @if last > first { (bottom_label(WIDTH - RIGHT, "end", &time(last))) }
    }
}

fn bottom_label(x: u64, anchor: &str, text: &str) -> Markup {
    html! { text x=(x) y="100%" dy="-8" text-anchor=(anchor) font-size="13" font-family="sans-serif" fill="#333" { (text) } }
}

fn label(x: u64, y: u64, anchor: &str, text: &str) -> Markup {
    html! { text x=(x) y=(y) text-anchor=(anchor) font-size="13" font-family="sans-serif" fill="#333" { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_within_their_ends_whatever_the_numbers() {
        for (value, low, high, expected) in [
            (5, 5, 5, 10),
            (0, 0, u64::MAX, 10),
            (u64::MAX, 0, u64::MAX, 110),
            (50, 0, 100, 60),
            (9, 10, 20, 10),
        ] {
            assert_eq!(place(value, low, high, 10, 110), expected);
        }
    }
}
