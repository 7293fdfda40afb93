//! The doors behind which the customers stand, holes included.
//!
//! What each door forgets is named at its arm. Those that do check (own data, staff, partner, log-in,
//! guest look-up) check properly: the incident's shop was not careless everywhere either.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::Value;

use super::accounts::Who;
use super::door::Door;
use super::reply::Reply;
use super::{Call, Shelves, keys, render};
use crate::directory::{CUSTOMERS, Customer, FIRST_CUSTOMER};

/// Largest page of the doors that do bound it.
const BOUNDED_PAGE: usize = 100;

/// The answer of `door`, or `None` where no customer stands behind it.
pub(crate) fn answer(shelves: &Shelves, call: &Call<'_>) -> Option<Reply> {
    Some(match call.door {
        Door::LogIn => log_in(shelves, call),
        Door::SignUp => sign_up(shelves, call),
        Door::Me => me(shelves, call),
        Door::MyOrders => my_orders(shelves, call),
        // Hole: any valid token reads any order.
        Door::Order => match &call.who {
            None => Reply::error(StatusCode::UNAUTHORIZED, "log in first"),
            Some(_) => {
                let id = call.value.parse().unwrap_or(0);
                found(shelves.directory.by_order(id).map(|one| render::order(id, one)))
            }
        },
        // The incident's hole: no authentication, any page, any size.
        Door::Customers => customers(shelves, call),
        // Holes: no authentication, sequential ids.
        Door::CustomerQuery | Door::UserV2 => record(shelves, call.query("id")),
        Door::CustomerPath | Door::UserV1 => record(shelves, Some(call.value.clone())),
        Door::Contact => found(by_id(shelves, &call.value).map(render::contact)),
        Door::Address => found(by_id(shelves, &call.value).map(render::address)),
        Door::Invoice => found(by_id(shelves, &call.value).map(render::invoice)),
        // Hole: ids are hard to guess, and listed on the wish lists.
        Door::Profile => found(shelves.directory.by_uuid(&call.value).map(render::one)),
        Door::Bulk => bulk(shelves, call),
        Door::Feed => feed(shelves, call),
        Door::Search => search(shelves, call),
        Door::Export => match call.query("id") {
            Some(id) => match by_id(shelves, &id) {
                Some(one) => {
                    let mut out = String::from(render::CSV_HEAD);
                    render::csv_row(&mut out, one);
                    Reply { ranges: true, ..Reply::new("text/csv; charset=utf-8", out) }
                }
                None => Reply::not_found(),
            },
            None => Reply { ranges: true, ..Reply::new("text/csv; charset=utf-8", shelves.export()) },
        },
        Door::GuestOrders => {
            let email = call.text("email");
            found(shelves.directory.by_email(&email).map(|one| render::guest_orders(&shelves.directory, one)))
        }
        Door::StaffCustomers => match &call.who {
            Some(Who::Staff) => {
                Reply::json(page_of(shelves, call.page(), call.size("size", 25).min(BOUNDED_PAGE)))
            }
            Some(Who::Customer(_)) => Reply::error(StatusCode::FORBIDDEN, "staff only"),
            None => Reply::error(StatusCode::UNAUTHORIZED, "log in first"),
        },
        Door::PartnerShipments => shipments(shelves, call),
        _ => return None,
    })
}

fn found(body: Option<String>) -> Reply {
    body.map_or_else(Reply::not_found, Reply::json)
}

fn by_id<'a>(shelves: &'a Shelves, id: &str) -> Option<&'a Customer> {
    shelves.directory.by_id(id.parse().ok()?)
}

fn record(shelves: &Shelves, id: Option<String>) -> Reply {
    let id = id.unwrap_or_default();
    match by_id(shelves, &id) {
        Some(one) => Reply::json(render::one(one)),
        None => {
            let person = id.parse().ok().and_then(|id| shelves.accounts.by_id(id));
            found(person.map(|one| render::signed_up(&one).to_string()))
        }
    }
}

fn page_of(shelves: &Shelves, page: usize, size: usize) -> String {
    let shown =
        shelves.directory.customers().iter().skip(page.saturating_sub(1).saturating_mul(size)).take(size);
    format!(r#"{{"page":{page},"total":{CUSTOMERS},"customers":{}}}"#, render::customers(shown))
}

fn customers(shelves: &Shelves, call: &Call<'_>) -> Reply {
    if let Some(email) = call.json.get("email").and_then(Value::as_str) {
        return match (shelves.directory.by_email(email), shelves.accounts.by_email(email)) {
            (Some(one), _) => {
                Reply::json(format!(r#"{{"customers":{}}}"#, render::customers([one].into_iter())))
            }
            (None, Some(one)) => {
                Reply::json(serde_json::json!({ "customers": [render::signed_up(&one)] }).to_string())
            }
            (None, None) => Reply::json(r#"{"customers":[]}"#),
        };
    }
    let number = |name: &str, default| {
        call.json.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(default)
    };
    Reply::json(page_of(shelves, number("page", 1), number("size", 10)))
}

fn bulk(shelves: &Shelves, call: &Call<'_>) -> Reply {
    let ids = call.json.get("ids").and_then(Value::as_array);
    let shown =
        ids.into_iter().flatten().filter_map(|id| shelves.directory.by_id(id.as_u64()?)).take(BOUNDED_PAGE);
    Reply::json(format!(r#"{{"customers":{}}}"#, render::customers(shown)))
}

/// A cursor is the last id shown, wrapped so that it looks opaque.
fn feed(shelves: &Shelves, call: &Call<'_>) -> Reply {
    let after = match call.query("cursor") {
        None => FIRST_CUSTOMER - 1,
        Some(cursor) => {
            let inner = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            match inner.as_deref().and_then(|text| text.strip_prefix("after:")?.parse().ok()) {
                Some(after) => after,
                None => return Reply::error(StatusCode::BAD_REQUEST, "no such cursor"),
            }
        }
    };
    let skip = usize::try_from((after + 1).saturating_sub(FIRST_CUSTOMER)).unwrap_or(CUSTOMERS);
    let size = call.size("limit", 50).min(BOUNDED_PAGE);
    let shown = shelves.directory.customers().get(skip..).unwrap_or(&[]);
    let shown = shown.get(..size).unwrap_or(shown);
    let next = shown
        .last()
        .filter(|_| shown.len() == size)
        .map_or_else(|| "null".to_owned(), |last| format!("\"{}\"", cursor_after(last.id)));
    Reply::json(format!(r#"{{"items":{},"next":{next}}}"#, render::customers(shown.iter())))
}

/// The cursor whose page begins behind the customer with `id`.
pub(crate) fn cursor_after(id: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{id}"))
}

fn search(shelves: &Shelves, call: &Call<'_>) -> Reply {
    let wanted = call.query("q").unwrap_or_default();
    let hit = shelves.directory.by_email(&wanted).or_else(|| by_id(shelves, &wanted));
    Reply::json(format!(r#"{{"results":{}}}"#, render::customers(hit.into_iter())))
}

fn me(shelves: &Shelves, call: &Call<'_>) -> Reply {
    match &call.who {
        Some(Who::Customer(id)) => record(shelves, Some(id.to_string())),
        Some(Who::Staff) => Reply::json(r#"{"role":"staff"}"#),
        None => Reply::error(StatusCode::UNAUTHORIZED, "log in first"),
    }
}

fn my_orders(shelves: &Shelves, call: &Call<'_>) -> Reply {
    match &call.who {
        Some(Who::Customer(id)) => match shelves.directory.by_id(*id) {
            Some(one) => Reply::json(render::orders_page(&shelves.directory, one, call.page())),
            None => Reply::json(r#"{"page":1,"total":0,"orders":[]}"#),
        },
        Some(Who::Staff) => Reply::error(StatusCode::FORBIDDEN, "customers only"),
        None => Reply::error(StatusCode::UNAUTHORIZED, "log in first"),
    }
}

/// By e-mail, or by customer number (`user`): then the answer is the session alone.
fn log_in(shelves: &Shelves, call: &Call<'_>) -> Reply {
    if let Some(one) = call.text("user").strip_prefix("customer-").and_then(|id| by_id(shelves, id)) {
        return if one.password() == call.text("password") {
            session(shelves, one.id, "null", StatusCode::OK)
        } else {
            Reply::error(StatusCode::UNAUTHORIZED, "wrong user or password")
        };
    }
    let (email, password) = (call.text("email"), call.text("password"));
    let person = match (shelves.directory.by_email(&email), shelves.accounts.by_email(&email)) {
        (Some(one), _) if one.password() == password => Some((one.id, render::one(one))),
        (None, Some(one)) if one.password == password => Some((one.id, render::signed_up(&one).to_string())),
        _ => None,
    };
    match person {
        Some((id, record)) => session(shelves, id, &record, StatusCode::OK),
        None => Reply::error(StatusCode::UNAUTHORIZED, "wrong e-mail or password"),
    }
}

fn sign_up(shelves: &Shelves, call: &Call<'_>) -> Reply {
    let (name, email, password) = (call.text("name"), call.text("email"), call.text("password"));
    let fine = email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    if !fine || name.is_empty() || password.is_empty() || shelves.directory.by_email(&email).is_some() {
        return Reply::error(StatusCode::BAD_REQUEST, "name, a new e-mail and password are needed");
    }
    let person = shelves.accounts.sign_up(&name, &email, &password);
    session(shelves, person.id, &render::signed_up(&person).to_string(), StatusCode::CREATED)
}

fn session(shelves: &Shelves, id: u64, record: &str, status: StatusCode) -> Reply {
    match shelves.accounts.open(id) {
        Some((token, cookie)) => Reply {
            cookie: Some(format!("session={cookie}; Path=/; HttpOnly; SameSite=Lax")),
            ..Reply::json(format!(
                r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":28800,"customer":{record}}}"#
            ))
            .status(status)
        },
        None => Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "no session"),
    }
}

fn shipments(shelves: &Shelves, call: &Call<'_>) -> Reply {
    let key = call.head.headers.get("x-api-key").and_then(|value| value.to_str().ok());
    if !keys::PARTNERS.iter().any(|(_, known)| Some(*known) == key) {
        return Reply::error(StatusCode::UNAUTHORIZED, "partners only");
    }
    let (page, size) = (call.page(), call.size("size", BOUNDED_PAGE).min(BOUNDED_PAGE));
    let orders =
        shelves.directory.customers().iter().skip(page.saturating_sub(1).saturating_mul(size)).take(size);
    let shown: Vec<String> = orders
        .filter_map(|one| Some(render::shipment(*shelves.directory.orders_of(one.id).first()?, one)))
        .collect();
    Reply::json(format!(r#"{{"page":{page},"shipments":[{}]}}"#, shown.join(",")))
}
