//! A page that stands alone: it loads nothing and runs nothing, and its policy allows one style by hash.

use domain::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The only style that the page's policy allows; its hash stands in [`POLICY`].
const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top}dt{font-weight:bold}dd{overflow-wrap:anywhere}code{overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere}.when{white-space:pre}.gap{border:2px solid #a00;padding:0 1rem}@media(max-width:45rem){dd{margin-left:1rem}table,tbody,tr,td{display:block}thead{display:none}tr{border:1px solid #999;margin-bottom:.5rem}td{border:0;overflow-wrap:anywhere}td::before{content:attr(data-head);display:block;font-size:.8rem}.when{white-space:pre-line}}@media print{body{margin:0}}";

/// Nothing is loaded, run, framed or sent; one style is allowed by its SHA-256.
const POLICY: &str = "default-src 'none'; style-src 'sha256-jC1H6JzDn0u0vSh00wjf0xz1LK8OYGBGX7zx68up47w='; base-uri 'none'; form-action 'none'";

/// `body` as a whole page.
///
/// # Security
/// Every text is escaped by `maud`, and a strict content security policy stands in the page, for it is
/// opened from a file and no server can send one.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// First and last, one below the other: a time never breaks in its middle.
pub(crate) fn lines(first: Timestamp, last: Timestamp) -> String {
    if first == last { first.to_string() } else { format!("{first}\n{last}") }
}

pub(crate) fn row(name: &str, value: &str) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

/// A table, or the word that there is nothing.
pub(crate) fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Markup {
    let rows: Vec<_> = rows.collect();
    html! {
        @if rows.is_empty() {
            p { "None." }
        } @else {
            table {
                thead { tr { @for head in heads { th { (head) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (head, cell) in heads.iter().zip(row) {
                                td.when[matches!(*head, "When" | "Finding")] data-head=(head) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}
