//! The only home of output formats

pub mod account;
pub mod attack;
pub mod check;
pub mod dossier;
pub mod exchange;
pub mod export;
pub mod finding;
pub mod hunt;
pub mod incident;
pub mod incident_dossier;
mod inert;
pub mod inventory;
pub mod markup;
mod page;
pub mod proposal;
pub mod verification;

pub use inert::{json, plain};

/// A whole number for people: 27000 as `27,000`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One JSON value, indented, with a line end. The types here have texts as keys and finite numbers:
/// writing them cannot fail.
fn json_text(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
