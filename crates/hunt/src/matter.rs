//! What an endpoint is about, by the words of its template: the least that a log without bodies tells.
//!
//! A word decides nothing alone. Whether the objects of an endpoint are everybody's is told by who asks
//! for them ([`crate::doors`]); here stand only the two ends that need no waiting: what is plainly about
//! people, and what plainly is not data at all.

use domain::{Endpoint, Method, Segment};

/// What an endpoint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// Records about people: customers, orders, accounts.
    People,
    /// Machine-readable, of what nobody said.
    Data,
    /// Anything else: a page, a form, a script.
    Page,
    /// What a shop or a magazine shows to everybody.
    Catalogue,
    /// Health checks, styles, pictures: nothing that could leak.
    Idle,
}

impl Matter {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Data => "data",
            Self::Page => "page",
            Self::Catalogue => "catalogue",
            Self::Idle => "idle",
        }
    }

    /// By words alone.
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        let mut matter = Self::Page;
        let (mut last, mut is_health, mut names_objects) = (None, false, false);
        for segment in endpoint.template().segments() {
            let Segment::Literal(text) = segment else {
                names_objects = true;
                continue;
            };
            if is_machine(&text) {
                matter = matter.min(Self::Data);
            }
            let of_words = words(&text).filter_map(of_word).min();
            last = of_words.or(last);
            if of_words == Some(Self::People) {
                matter = Self::People;
            }
            is_health |= is_idle(&text);
        }
        match (matter, last) {
            (Self::People, _) => Self::People,
            // `/orders/{id}/status` is a part of an order; a health check names no object.
            _ if is_health && !names_objects => Self::Idle,
            // The resource that is named last is what is read: `/users/{id}/posts` shows posts.
            (_, Some(Self::Catalogue)) => Self::Catalogue,
            (Self::Page, _) if !matches!(endpoint.method(), Method::Get | Method::Head) => Self::Data,
            (other, _) => other,
        }
    }
}

/// Whether the words of an endpoint say that it gives records about people to programs, or exports them.
pub(crate) fn gives_data(endpoint: &Endpoint) -> bool {
    let matter = Matter::of(endpoint);
    let literals = || {
        endpoint.template().segments().filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text),
            _ => None,
        })
    };
    let exports = || literals().any(|text| words(&text).any(|word| EXPORTS.contains(&word)));
    match matter {
        Matter::People => literals().any(|text| is_machine(&text)) || exports(),
        Matter::Data => exports(),
        _ => false,
    }
}

/// What is done where everything is taken at once.
const EXPORTS: [&str; 8] =
    ["backup", "download", "downloads", "dump", "export", "exports", "extract", "sync"];

/// Whether a part of a path is a word for records about people.
pub(crate) fn is_about_people(part: &str) -> bool {
    words(part).any(|word| of_word(&word.to_ascii_lowercase()) == Some(Matter::People))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
    stem.split(['-', '_', '.', '~', ':'])
}

/// What records about people are called, sorted.
const PEOPLE: &[&str] = &[
    "account",
    "address",
    "applicant",
    "appointment",
    "booking",
    "buyer",
    "candidate",
    "card",
    "cardholder",
    "citizen",
    "claim",
    "client",
    "contact",
    "crm",
    "customer",
    "delivery",
    "employee",
    "guest",
    "identity",
    "invoice",
    "kunde",
    "kunden",
    "lead",
    "loan",
    "mail",
    "member",
    "message",
    "mitglied",
    "order",
    "passenger",
    "passport",
    "patient",
    "payment",
    "payout",
    "payroll",
    "people",
    "person",
    "policyholder",
    "preorder",
    "prescription",
    "profile",
    "purchase",
    "receipt",
    "rechnung",
    "refund",
    "registration",
    "reservation",
    "resident",
    "salary",
    "shipment",
    "staff",
    "statement",
    "student",
    "subscriber",
    "subscription",
    "tenant",
    "ticket",
    "transaction",
    "transfer",
    "user",
    "visitor",
    "voter",
    "whois",
];

/// What everybody is shown, sorted.
const CATALOGUE: &[&str] = &[
    "archive",
    "article",
    "author",
    "banner",
    "blog",
    "book",
    "brand",
    "catalog",
    "catalogue",
    "category",
    "collection",
    "comment",
    "currency",
    "doc",
    "docs",
    "event",
    "faq",
    "feature",
    "feed",
    "forum",
    "gallery",
    "game",
    "help",
    "icon",
    "image",
    "img",
    "inventory",
    "item",
    "job",
    "language",
    "locale",
    "media",
    "menu",
    "movie",
    "music",
    "news",
    "offer",
    "page",
    "photo",
    "picture",
    "podcast",
    "post",
    "price",
    "product",
    "promotion",
    "quote",
    "rating",
    "recipe",
    "release",
    "review",
    "search",
    "shop",
    "song",
    "stock",
    "store",
    "story",
    "tag",
    "term",
    "theme",
    "thread",
    "thumbnail",
    "topic",
    "translation",
    "video",
    "weather",
    "wiki",
];

fn of_word(word: &str) -> Option<Matter> {
    let listed = |list: &[&str], word: &str| list.binary_search(&word).is_ok();
    let singular = word
        .strip_suffix("ies")
        .and_then(|stem| {
            PEOPLE.iter().chain(CATALOGUE).copied().find(|one| one.strip_suffix('y') == Some(stem))
        })
        .or_else(|| word.strip_suffix('s').filter(|one| listed(PEOPLE, one) || listed(CATALOGUE, one)))
        .or_else(|| word.strip_suffix("es").filter(|one| listed(PEOPLE, one) || listed(CATALOGUE, one)));
    let word = singular.unwrap_or(word);
    if listed(PEOPLE, word) {
        Some(Matter::People)
    } else if listed(CATALOGUE, word) {
        Some(Matter::Catalogue)
    } else {
        None
    }
}

/// Words that only interfaces for programs have.
fn is_machine(text: &str) -> bool {
    let is_version = text.strip_prefix('v').is_some_and(|rest| {
        (1..=4).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    is_version
        || [
            "ajax", "api", "apis", "gql", "graphql", "internal", "json", "jsonrpc", "odata", "query", "rest",
            "rpc", "xhr",
        ]
        .contains(&text)
        || [".json", ".xml", ".csv", ".ndjson"].iter().any(|ending| text.ends_with(ending))
}

fn is_idle(text: &str) -> bool {
    [
        "_health",
        "alive",
        "favicon.ico",
        "health",
        "healthcheck",
        "healthy",
        "healthz",
        "heartbeat",
        "livez",
        "liveness",
        "metrics",
        "ping",
        "readiness",
        "ready",
        "readyz",
        "robots.txt",
        "sitemap.xml",
        "status",
        "up",
        "uptime",
    ]
    .contains(&text)
}

/// What the end of a raw path says: whether it is a file that only shows (a style, a script, a picture).
///
/// A server that ignores what follows an id answers `/orders/17.css` with the order, so that an ending
/// behind something like an id is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// None of a file that shows.
    None,
    /// One, behind a name.
    Asset,
    /// One of a style, a script, a font, behind what may be an id.
    TextAfterId,
    /// One of a picture, a sound, a film, behind what may be an id.
    PictureAfterId,
}

impl Ending {
    /// Of a raw path.
    pub(crate) fn of(path: &[u8]) -> Self {
        let from = path.len().saturating_sub(6);
        let Some(tail) = path.get(from..) else { return Self::None };
        let Some(dot) = memchr::memrchr(b'.', tail) else { return Self::None };
        let mut lower = [0u8; 5];
        let Some(ending) = tail.get(dot + 1..).filter(|ending| ending.len() <= lower.len()) else {
            return Self::None;
        };
        for (to, byte) in lower.iter_mut().zip(ending) {
            *to = byte.to_ascii_lowercase();
        }
        let is_text = match lower.get(..ending.len()).unwrap_or_default() {
            b"css" | b"js" | b"mjs" | b"map" | b"woff" | b"woff2" | b"ttf" | b"otf" | b"eot" | b"wasm" => {
                true
            }
            b"png" | b"jpg" | b"jpeg" | b"gif" | b"svg" | b"webp" | b"avif" | b"ico" | b"bmp" | b"mp4"
            | b"webm" | b"mp3" | b"ogg" => false,
            _ => return Self::None,
        };
        let before = path.get(..from + dot).unwrap_or_default();
        let name = memchr::memrchr(b'/', before).and_then(|slash| before.get(slash + 1..)).unwrap_or(before);
        match (is_like_id(name), is_text) {
            (false, _) => Self::Asset,
            (true, true) => Self::TextAfterId,
            (true, false) => Self::PictureAfterId,
        }
    }
}

/// Whether the name of a file may be an id: digits (with a few marks and letters), hexadecimal, or anything
/// before a `;`. Not `jquery-3.7.1.min` and `main.9f8c17ab`, which have a name of their own.
fn is_like_id(name: &[u8]) -> bool {
    let id = memchr::memchr(b';', name).and_then(|end| name.get(..end)).unwrap_or(name);
    let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_hex = id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    digits > 0 && (is_hex || digits * 2 >= id.len()) || id.len() < name.len()
}

/// A value of a path without what a server may ignore behind it: `;parameters`, the ending of an asset.
pub(crate) fn bare(value: &str) -> &str {
    let value = value.split_once(';').map_or(value, |(before, _)| before);
    match value.rsplit_once('.') {
        Some((before, _)) if !before.is_empty() && Ending::of(value.as_bytes()) != Ending::None => before,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_people_from_catalogues_and_health_checks() {
        for (endpoint, matter) in [
            ("POST /api/customers", Matter::People),
            ("GET /v1/orders/{id}", Matter::People),
            ("GET /addresses/{id}", Matter::People),
            ("GET /users/{id}/posts", Matter::People),
            ("GET /api/products/{id}", Matter::Catalogue),
            ("GET /blog/{id}", Matter::Catalogue),
            ("GET /categories/{id}", Matter::Catalogue),
            ("GET /api/v2/widgets/{id}", Matter::Data),
            ("GET /data.json", Matter::Data),
            ("POST /contact-us", Matter::People),
            ("POST /submit", Matter::Data),
            ("GET /about", Matter::Page),
            ("GET /", Matter::Page),
            ("GET /api/healthz", Matter::Idle),
            ("GET /orders/{id}/status", Matter::People),
            ("GET /customers/ping", Matter::People),
            ("GET /api/jobs/{id}/status", Matter::Catalogue),
            ("GET /api/widgets/{id}/health", Matter::Data),
        ] {
            assert_eq!(Matter::of(&endpoint.parse().unwrap()), matter, "{endpoint}");
        }
    }

    #[test]
    fn assets_are_told_by_their_ending_and_one_behind_an_id_is_no_proof() {
        use Ending::{Asset, None, PictureAfterId, TextAfterId};
        for (path, ending) in [
            ("/a/style.css", Asset),
            ("/X.PNG", Asset),
            ("/f.woff2", Asset),
            ("/js/jquery-3.7.1.min.js", Asset),
            ("/js/main.9f8c17ab.js", Asset),
            ("/fonts/roboto-v30-latin-700.woff2", Asset),
            ("/orders/17", None),
            ("/a.json", None),
            ("/", None),
            ("/css", None),
            ("/orders/17.css", TextAfterId),
            ("/orders/17;.css", TextAfterId),
            ("/orders/ann;x=.js", TextAfterId),
            ("/orders/0b5e1c9e-7a5d-4c7f-9b7a-123456789012.map", TextAfterId),
            ("/orders/A-0017.woff2", TextAfterId),
            ("/orders/17.png", PictureAfterId),
        ] {
            assert_eq!(Ending::of(path.as_bytes()), ending, "{path}");
        }
        for (value, id) in
            [("17;.css", "17"), ("17.css", "17"), ("17.json", "17.json"), ("17", "17"), (".css", ".css")]
        {
            assert_eq!(bare(value), id);
        }
    }

    #[test]
    fn every_listed_word_is_found() {
        for word in ["account", "whois", "addresses", "deliveries", "categories", "wiki", "archive"] {
            assert!(of_word(word).is_some(), "{word}");
        }
        assert_eq!(of_word("xyz"), None);
        assert!(PEOPLE.is_sorted() && CATALOGUE.is_sorted(), "they are searched by halves");
    }
}
