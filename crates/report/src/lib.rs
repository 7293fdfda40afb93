//! The only home of output formats

pub mod account;
pub mod check;
pub mod dossier;
pub mod exchange;
pub mod export;
mod inert;
pub mod verification;

/// One JSON value, indented, with a line end. The types here have texts as keys and finite numbers:
/// writing them cannot fail.
fn json_text(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
