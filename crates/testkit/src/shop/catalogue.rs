//! What everybody may see: sellers, products, a script bundle. None of it is a leak.

use std::fmt::Write;

use super::reply::Reply;
use crate::dice::Dice;
use crate::names::{FAMILY, GIVEN, in_ascii};

/// How many sellers the catalogue names.
pub(crate) const SELLERS: usize = 200;

/// Sellers and products on a page.
pub(crate) const PAGE: usize = 10;

/// How many products there are.
pub(crate) const PRODUCTS: usize = 400;

/// The only telephone numbers of the catalogue, repeated over its pages (Ofcom's freephone range
/// for drama).
const SERVICE_LINES: [&str; 5] =
    ["+44 808 157 0100", "+44 808 157 0123", "+44 808 157 0200", "+44 808 157 0456", "+44 808 157 0789"];

/// The pages of the catalogue, made once.
#[derive(Debug)]
pub(crate) struct Catalogue {
    sellers: Vec<String>,
    script: bytes::Bytes,
}

impl Catalogue {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0xca7a_1096);
        let mut person = |taken: &dyn Fn(&str) -> bool| {
            loop {
                let name = format!("{} {}", dice.pick(GIVEN), dice.pick(FAMILY));
                if !taken(&name) {
                    return name;
                }
            }
        };
        let mut sellers: Vec<String> = Vec::with_capacity(SELLERS);
        while sellers.len() < SELLERS {
            let name = person(&|name| sellers.iter().any(|one| one == name));
            sellers.push(name);
        }
        let mut script = String::from("/*! harbour-shop bundle. Third-party notices:\n");
        for nth in 1..=60 {
            let name = person(&|_| false);
            let mail = in_ascii(&name.replace(' ', "."));
            let _written =
                writeln!(script, " * widget-{nth} v{nth}.0.1 (c) {name} <{mail}.{nth}@example.org> MIT");
        }
        script.push_str(" */\n\"use strict\";\n");
        for nth in 0..200 {
            let _written = writeln!(script, "export const part{nth}=(a,b)=>a*{nth}+b;");
        }
        Self { sellers, script: script.into() }
    }

    pub(crate) fn front() -> Reply {
        Reply::new(
            "text/html; charset=utf-8",
            format!(
                "<!doctype html><html><head><title>Harbour shop</title><script src=\"/assets/app.js\"></script>\
                 <link rel=\"stylesheet\" href=\"/assets/shop.css\"></head><body><h1>Harbour shop</h1>\
                 <p>Service line {}</p></body></html>",
                SERVICE_LINES[0]
            ),
        )
    }

    pub(crate) fn script(&self) -> Reply {
        Reply { ranges: true, ..Reply::new("text/javascript; charset=utf-8", self.script.clone()) }
    }

    pub(crate) fn styles() -> Reply {
        Reply::new("text/css", "body{font-family:sans-serif;margin:2rem}h1{color:#024}\n")
    }

    /// Ten sellers by name, and the service line of the page.
    pub(crate) fn sellers(&self, page: usize) -> Reply {
        let shown: Vec<_> = (1_usize..)
            .zip(&self.sellers)
            .skip(page.saturating_sub(1).saturating_mul(PAGE))
            .take(PAGE)
            .map(|(nth, name)| serde_json::json!({ "seller": nth, "name": name, "rating": 3 + nth % 3 }))
            .collect();
        let line = SERVICE_LINES.get(page % SERVICE_LINES.len());
        Reply::json(serde_json::json!({ "page": page, "sellers": shown, "service": line }).to_string())
    }

    /// Ten products.
    pub(crate) fn products(&self, page: usize) -> Reply {
        let first = page.saturating_sub(1).saturating_mul(PAGE);
        let shown: Vec<_> = (first..PRODUCTS.min(first.saturating_add(PAGE))).map(product).collect();
        let line = SERVICE_LINES.get(page % SERVICE_LINES.len());
        Reply::json(serde_json::json!({ "page": page, "products": shown, "service": line }).to_string())
    }

    /// One product by its stock number, `tg-1042`.
    pub(crate) fn product(&self, sku: &str) -> Reply {
        let nth = sku.strip_prefix("tg-").and_then(|digits| digits.parse::<usize>().ok());
        match nth.and_then(|nth| nth.checked_sub(1000)).filter(|nth| *nth < PRODUCTS) {
            Some(nth) => {
                let seller = self.sellers.get(nth % SELLERS);
                let line = SERVICE_LINES.get(nth % SERVICE_LINES.len());
                Reply::json(
                    serde_json::json!({ "product": product(nth), "sold_by": seller, "service": line })
                        .to_string(),
                )
            }
            None => Reply::not_found(),
        }
    }
}

fn product(nth: usize) -> serde_json::Value {
    serde_json::json!({
        "sku": format!("TG-{}", 1000 + nth),
        "title": format!("Harbour phone {}", 1 + nth % 40),
        "price": format!("{}.99", 49 + nth % 300),
        "ean": format!("40{:011}", 31_415_926_535_u64 + u64::try_from(nth).unwrap_or(0) * 7919),
        "updated": 1_770_000_000 + nth * 3600,
        "stock": nth % 17,
    })
}
