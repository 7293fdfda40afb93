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
        let mut last = None;
        for segment in endpoint.template().segments() {
            let Segment::Literal(text) = segment else { continue };
            if is_machine(&text) {
                matter = matter.min(Self::Data);
            }
            let of_words = words(&text).filter_map(of_word).min();
            last = of_words.or(last);
            if of_words == Some(Self::People) {
                matter = Self::People;
            }
            if is_idle(&text) {
                return Self::Idle;
            }
        }
        match (matter, last) {
            (Self::People, _) => Self::People,
            // The resource that is named last is what is read: `/users/{id}/posts` shows posts.
            (_, Some(Self::Catalogue)) => Self::Catalogue,
            (Self::Page, _) if !matches!(endpoint.method(), Method::Get | Method::Head) => Self::Data,
            (other, _) => other,
        }
    }
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

/// Whether a raw path ends like a file that only shows: a style, a script, a picture, a font, a film.
pub(crate) fn is_asset(path: &[u8]) -> bool {
    let from = path.len().saturating_sub(6);
    let Some(tail) = path.get(from..) else { return false };
    let Some(dot) = memchr::memrchr(b'.', tail) else { return false };
    let Some(ending) = tail.get(dot + 1..) else { return false };
    let mut lower = [0u8; 5];
    for (to, byte) in lower.iter_mut().zip(ending) {
        *to = byte.to_ascii_lowercase();
    }
    let lower = lower.get(..ending.len()).unwrap_or_default();
    matches!(
        lower,
        b"css"
            | b"js"
            | b"mjs"
            | b"map"
            | b"png"
            | b"jpg"
            | b"jpeg"
            | b"gif"
            | b"svg"
            | b"webp"
            | b"avif"
            | b"ico"
            | b"bmp"
            | b"woff"
            | b"woff2"
            | b"ttf"
            | b"otf"
            | b"eot"
            | b"mp4"
            | b"webm"
            | b"mp3"
            | b"ogg"
            | b"wasm"
    )
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
        ] {
            assert_eq!(Matter::of(&endpoint.parse().unwrap()), matter, "{endpoint}");
        }
    }

    #[test]
    fn assets_are_told_by_their_ending() {
        for (path, is) in [
            ("/a/style.css", true),
            ("/X.PNG", true),
            ("/f.woff2", true),
            ("/orders/17", false),
            ("/a.json", false),
            ("/", false),
            ("/css", false),
        ] {
            assert_eq!(is_asset(path.as_bytes()), is, "{path}");
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
