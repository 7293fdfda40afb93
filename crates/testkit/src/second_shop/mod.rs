//! A second shop that resembles the first in nothing but its customers.
//!
//! Its words are German, French or abbreviations, no key is called `email`, and its records come as
//! maps keyed by id, columns, rows, JSON in a string, CSV with semicolons, XML, HTML, NDJSON, and
//! objects under aliases. Whoever tuned a meter to the first shop is found out here.

mod shapes;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;

pub use shapes::{SHAPES, Shape};

use crate::attacker::{Field, Harvest, harvest_of};
use crate::client::Ask;
use crate::dice::Dice;
use crate::directory::{CUSTOMERS, Customer, Directory};
use crate::server::Server;

/// Records on a page of every list.
pub const PAGE: usize = 10;

/// Log-ins kept; beyond that the shop forgets them all.
const SESSIONS: usize = 100_000;

/// A running second shop. It ends when it is dropped.
#[derive(Debug)]
pub struct SecondShop {
    server: Server,
    office: Arc<Office>,
}

#[derive(Debug)]
struct Office {
    directory: Arc<Directory>,
    sessions: Mutex<HashMap<String, u64>>,
    dice: Mutex<Dice>,
}

impl SecondShop {
    /// Opens the second shop of `seed` on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(seed: u64) -> std::io::Result<Self> {
        let office = Arc::new(Office {
            directory: Arc::new(Directory::new(seed)),
            sessions: Mutex::default(),
            dice: Mutex::new(Dice::new(seed ^ 0x002d_5e55)),
        });
        let behind = Arc::clone(&office);
        let server = Server::start(0, move |head, body| behind.answer(head, body)).await?;
        Ok(Self { server, office })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its customers.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.office.directory
    }
}

/// Empties the second shop through the door that speaks `shape`, page by page.
///
/// Straight at the shop it gets all 27,000. `field.server` says where; `signs_up` and `restart`
/// have no meaning here.
pub async fn empty_out(shape: Shape, field: &Field) -> Harvest {
    harvest_of(field, CUSTOMERS / PAGE, 4, move |turn| {
        Ask::get(format!("{}?seite={}", shape.path(), turn + 1))
    })
    .await
}

impl Office {
    fn answer(&self, head: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
        let path = head.uri.path();
        let page = head.uri.query().and_then(|query| query.strip_prefix("seite=")?.parse().ok()).unwrap_or(1);
        if let Some(shape) = SHAPES.into_iter().find(|shape| shape.path() == path) {
            return said(StatusCode::OK, shape.content_type(), shape.write(self.page(page)));
        }
        let found = match (head.method.as_str(), path) {
            ("GET", "/waren") => Some(wares(page)),
            ("GET", "/mein/konto") => self.caller(head).map(shapes::file_card),
            ("POST", "/anmelden") => return self.log_in(body),
            // Hole: files are open to everyone, by number.
            ("GET", path) => path
                .strip_prefix("/akte/K-")
                .and_then(|number| self.directory.by_id(number.parse().ok()?))
                .map(shapes::file_card),
            _ => None,
        };
        match found {
            Some(text) => said(StatusCode::OK, "application/json", text),
            None => said(StatusCode::NOT_FOUND, "application/json", r#"{"fehler":"nicht gefunden"}"#.into()),
        }
    }

    fn page(&self, page: usize) -> &[Customer] {
        self.directory.customers().chunks(PAGE).nth(page.saturating_sub(1)).unwrap_or(&[])
    }

    fn caller(&self, head: &Parts) -> Option<&Customer> {
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let session =
            bearer.or_else(|| text("cookie")?.split("; ").find_map(|pair| pair.strip_prefix("sid=")))?;
        let id = *self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(session)?;
        self.directory.by_id(id)
    }

    fn log_in(&self, body: &[u8]) -> Response<Full<Bytes>> {
        let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| json.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let known =
            self.directory.by_email(text("benutzer")).filter(|one| one.password() == text("kennwort"));
        let Some(one) = known else {
            return said(StatusCode::UNAUTHORIZED, "application/json", r#"{"fehler":"unbekannt"}"#.into());
        };
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let session = format!("{:016x}{:016x}", dice.roll(), dice.roll());
        drop(dice);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS {
            sessions.clear();
        }
        sessions.insert(session.clone(), one.id);
        drop(sessions);
        let mut answer = said(
            StatusCode::OK,
            "application/json",
            format!(r#"{{"sitzung":"{session}","konto":{}}}"#, shapes::file_card(one)),
        );
        if let Ok(cookie) = format!("sid={session}; Path=/; HttpOnly").parse() {
            answer.headers_mut().insert("set-cookie", cookie);
        }
        answer
    }
}

fn said(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Full::new(body.into()))
        .unwrap_or_default()
}

/// Ten wares; the hotline is the same on every page (Ofcom's freephone range for drama).
fn wares(page: usize) -> String {
    let first = page.saturating_sub(1).saturating_mul(PAGE);
    let wares: Vec<_> = (first..first.saturating_add(PAGE))
        .map(|nth| serde_json::json!({ "artikel": format!("W{:06}", nth), "preis": 990 + nth % 500, "bestand": nth % 9 }))
        .collect();
    serde_json::json!({ "seite": page, "waren": wares, "hotline": "+44 808 157 0555" }).to_string()
}
