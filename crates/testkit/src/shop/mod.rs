//! The demo shop: a real HTTP server with the incident's hole and eleven more like it.
//!
//! 27,000 synthetic customers stand behind doors of which some check who calls and some do not
//! (see [`DOORS`] and `records`). It listens on loopback only, knows nothing of any gateway, and
//! counts what reached it.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use testkit::client::{Address, Ask, Client};
//! let shop = testkit::shop::Shop::start(7).await.unwrap();
//! let mut anyone = Client::new([127, 0, 0, 9].into(), &Address::new(shop.address()));
//! let page = anyone.send(&Ask::post("/api/customers", r#"{"page":1,"size":10}"#)).await.unwrap();
//! assert_eq!(page.json()["customers"].as_array().unwrap().len(), 10);
//! # });
//! ```

mod accounts;
mod catalogue;
mod counters;
mod door;
pub mod keys;
mod path;
mod records;
mod render;
mod reply;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use accounts::{Accounts, Who};
use catalogue::Catalogue;
pub use counters::{Counters, Reached};
pub use door::{DOORS, Door, OPEN_DOORS};
use reply::Reply;

use crate::directory::{CUSTOMERS, Directory};
use crate::server::Server;

pub(crate) use records::cursor_after;

/// How many random ids stand on a page of the wish lists.
pub(crate) const WISHLIST_PAGE: usize = 500;

/// A running shop. It ends when it is dropped.
#[derive(Debug)]
pub struct Shop {
    server: Server,
    shelves: Arc<Shelves>,
}

/// Everything that the doors answer from.
#[derive(Debug)]
pub(crate) struct Shelves {
    pub(crate) directory: Arc<Directory>,
    pub(crate) accounts: Accounts,
    catalogue: Catalogue,
    counters: Counters,
    export: OnceLock<Bytes>,
}

impl Shop {
    /// Opens the shop of `seed` on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(seed: u64) -> std::io::Result<Self> {
        Self::start_on(seed, 0).await
    }

    /// Opens the shop of `seed` on `port` of 127.0.0.1.
    ///
    /// # Errors
    /// The port could not be bound.
    pub async fn start_on(seed: u64, port: u16) -> std::io::Result<Self> {
        let shelves = Arc::new(Shelves {
            directory: Arc::new(Directory::new(seed)),
            accounts: Accounts::new(seed),
            catalogue: Catalogue::new(seed),
            counters: Counters::default(),
            export: OnceLock::new(),
        });
        let behind = Arc::clone(&shelves);
        let server = Server::start(port, move |head, body| behind.answer(head, body)).await?;
        Ok(Self { server, shelves })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its customers.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.shelves.directory
    }

    /// What reached it so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shelves.counters
    }
}

/// One request, read.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    head: &'a Parts,
    door: Door,
    value: String,
    who: Option<Who>,
    json: Value,
}

impl Call<'_> {
    fn query(&self, name: &str) -> Option<String> {
        path::query_value(self.head.uri.query()?, name)
    }

    fn page(&self) -> usize {
        self.size("page", 1)
    }

    fn size(&self, name: &str, default: usize) -> usize {
        self.query(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// A text of the JSON body; empty where it is missing.
    fn text(&self, name: &str) -> String {
        self.json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Whether the caller proved to be a customer and asks for nobody else. Doors that take no id
    /// answer about the caller anyway.
    fn is_own(&self, directory: &Directory) -> bool {
        let Some(Who::Customer(caller)) = self.who else { return false };
        let names_caller = |id: &str| id.parse() == Ok(caller);
        let mail_is_callers = |mail: &str| directory.by_email(mail).is_some_and(|one| one.id == caller);
        match self.door {
            Door::Me | Door::MyOrders => true,
            Door::Order => {
                directory.by_order(self.value.parse().unwrap_or(0)).is_some_and(|one| one.id == caller)
            }
            Door::CustomerPath | Door::UserV1 | Door::Contact | Door::Address | Door::Invoice => {
                names_caller(&self.value)
            }
            Door::CustomerQuery | Door::UserV2 | Door::Export => {
                self.query("id").is_some_and(|id| names_caller(&id))
            }
            Door::Profile => directory.by_uuid(&self.value).is_some_and(|one| one.id == caller),
            Door::Customers => mail_is_callers(&self.text("email")),
            Door::Search => self.query("q").is_some_and(|q| names_caller(&q) || mail_is_callers(&q)),
            Door::Bulk => self.json.get("ids").is_some_and(|ids| *ids == serde_json::json!([caller])),
            _ => false,
        }
    }
}

impl Shelves {
    fn answer(&self, head: &Parts, body: &[u8]) -> http::Response<http_body_util::Full<Bytes>> {
        let (door, value) = Door::reached(head.method.as_str(), head.uri.path());
        let json =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() };
        let who = self.accounts.who(&head.headers);
        let call = Call { head, door, value, who, json };
        self.counters.note(door, call.is_own(&self.directory));
        self.reply(&call).finish(head)
    }

    fn reply(&self, call: &Call<'_>) -> Reply {
        match call.door {
            Door::Front => Catalogue::front(),
            Door::Script => self.catalogue.script(),
            Door::Styles => Catalogue::styles(),
            Door::Sellers => self.catalogue.sellers(call.page()),
            Door::Products => self.catalogue.products(call.page()),
            Door::Product => self.catalogue.product(&call.value),
            Door::Wishlists => self.wishlists(call.page()),
            Door::KeySet => Reply::json(keys::key_set()),
            Door::Nowhere => Reply::not_found(),
            _ => records::answer(self, call).unwrap_or_else(Reply::not_found),
        }
    }

    /// Random ids of people who made a wish list, and nothing about them.
    fn wishlists(&self, page: usize) -> Reply {
        let people = self.directory.customers().iter();
        let shown: Vec<&str> = people
            .skip(page.saturating_sub(1).saturating_mul(WISHLIST_PAGE))
            .take(WISHLIST_PAGE)
            .map(|one| one.uuid.as_str())
            .collect();
        Reply::json(serde_json::json!({ "page": page, "profiles": shown }).to_string())
    }

    /// The CSV export of everyone.
    fn export(&self) -> Bytes {
        let made = self.export.get_or_init(|| {
            let mut out = String::with_capacity(CUSTOMERS * 130);
            out.push_str(render::CSV_HEAD);
            self.directory.customers().iter().for_each(|one| render::csv_row(&mut out, one));
            out.into()
        });
        made.clone()
    }
}
