//! People and orders as the shop writes them.

use std::fmt::Write;

use super::accounts::SignedUp;
use crate::directory::{Customer, Directory};

/// The CSV export's first line.
pub(crate) const CSV_HEAD: &str = "id,uuid,name,email,phone,street,postcode,city,country\r\n";

/// A whole customer record.
pub(crate) fn customer(out: &mut String, one: &Customer) {
    let Customer { id, uuid, given, family, email, phone, street, city, postcode, country } = one;
    // Writing into a String cannot fail.
    let _written = write!(
        out,
        r#"{{"id":{id},"uuid":"{uuid}","name":"{given} {family}","email":"{email}","phone":"{phone}","address":{{"street":"{street}","postcode":"{postcode}","city":"{city}","country":"{country}"}}}}"#
    );
}

/// A list of whole customer records.
pub(crate) fn customers<'a>(all: impl Iterator<Item = &'a Customer>) -> String {
    let mut out = String::from("[");
    for one in all {
        if out.len() > 1 {
            out.push(',');
        }
        customer(&mut out, one);
    }
    out.push(']');
    out
}

/// The record of one customer alone.
pub(crate) fn one(customer_record: &Customer) -> String {
    let mut out = String::with_capacity(320);
    customer(&mut out, customer_record);
    out
}

/// Somebody who signed up and has given no address yet.
pub(crate) fn signed_up(one: &SignedUp) -> serde_json::Value {
    serde_json::json!({ "id": one.id, "name": one.name, "email": one.email })
}

/// Where an order goes: `"ship_to":{...},"contact":{...}`.
fn delivery(one: &Customer) -> String {
    let Customer { given, family, email, phone, street, city, postcode, country, .. } = one;
    format!(
        r#""ship_to":{{"name":"{given} {family}","street":"{street}","postcode":"{postcode}","city":"{city}","country":"{country}"}},"contact":{{"email":"{email}","phone":"{phone}"}}"#
    )
}

/// An order with everything that stands in it.
pub(crate) fn order(id: u64, one: &Customer) -> String {
    let (total, sku, day) = (4900 + id % 7 * 1350, 1000 + id % 400, 1 + id % 28);
    format!(
        r#"{{"id":{id},"customer_id":{},"placed":"2026-03-{day:02}T10:15:00Z","total":"{}.{:02}","currency":"EUR","items":[{{"sku":"TG-{sku}","title":"Harbour phone","quantity":1}}],{}}}"#,
        one.id,
        total / 100,
        total % 100,
        delivery(one)
    )
}

/// One page of somebody's own orders, five a page.
pub(crate) fn orders_page(directory: &Directory, one: &Customer, page: usize) -> String {
    let ids = directory.orders_of(one.id);
    let shown: Vec<String> =
        ids.chunks(5).nth(page.saturating_sub(1)).unwrap_or(&[]).iter().map(|id| order(*id, one)).collect();
    format!(r#"{{"page":{page},"total":{},"orders":[{}]}}"#, ids.len(), shown.join(","))
}

/// What a guest learns who knows the e-mail of an order.
pub(crate) fn guest_orders(directory: &Directory, one: &Customer) -> String {
    let shown: Vec<String> = directory.orders_of(one.id).iter().take(3).map(|id| order(*id, one)).collect();
    format!(r#"{{"orders":[{}]}}"#, shown.join(","))
}

/// Telephone only.
pub(crate) fn contact(one: &Customer) -> String {
    format!(r#"{{"customer_id":{},"phone":"{}"}}"#, one.id, one.phone)
}

/// Name and postal address only.
pub(crate) fn address(one: &Customer) -> String {
    format!(
        r#"{{"customer_id":{},"name":"{}","street":"{}","postcode":"{}","city":"{}","country":"{}"}}"#,
        one.id,
        one.name(),
        one.street,
        one.postcode,
        one.city,
        one.country
    )
}

/// An invoice, billed to name, address and e-mail.
pub(crate) fn invoice(one: &Customer) -> String {
    format!(
        r#"{{"number":"R-{}","customer_id":{},"total":"119.00","bill_to":{{"name":"{}","street":"{}","postcode":"{}","city":"{}","email":"{}"}}}}"#,
        one.id % 100_000,
        one.id,
        one.name(),
        one.street,
        one.postcode,
        one.city,
        one.email
    )
}

/// What a courier needs for one parcel.
pub(crate) fn shipment(order: u64, one: &Customer) -> String {
    format!(
        r#"{{"order_id":{order},"customer_id":{},"recipient":{{"name":"{}","street":"{}","postcode":"{}","city":"{}","country":"{}","phone":"{}"}}}}"#,
        one.id,
        one.name(),
        one.street,
        one.postcode,
        one.city,
        one.country,
        one.phone
    )
}

/// One row of the CSV export.
pub(crate) fn csv_row(out: &mut String, one: &Customer) {
    let Customer { id, uuid, given, family, email, phone, street, city, postcode, country } = one;
    let _written = write!(
        out,
        "{id},{uuid},{given} {family},{email},{phone},{street},{postcode},\"{city}\",{country}\r\n"
    );
}
