//! Response bytes to disclosure: who leaves with this body, and what about them.
//!
//! [`meter`] reads a body once, whatever its shape, finds the records that carry personal data, and
//! says how many distinct people they are about, under which keys, with which data classes, and whose
//! they are by the plan's owner paths. It never fails on malformed bytes: broken JSON is read as far
//! as it goes, and the rest as plain text. It decides nothing, holds no state between bodies but the
//! field names it has read, and puts personal data into no error and no `Debug`.
//!
//! ```
//! use meter::{Bounds, Plan, Scratch, Shape, meter};
//! let body = br#"{"orders":[{"id":7,"customer_id":5,"email":"Ann@Example.com"},
//!                           {"id":8,"customer_id":5,"email":"ann@example.com"}]}"#;
//! let shape = Shape::of(Some("application/json"), body);
//! let mut scratch = Scratch::default();
//! let disclosure = meter(body, shape, &Plan::default(), &Bounds::default(), &mut scratch)?;
//! assert_eq!((disclosure.records.len(), disclosure.disclosed()), (2, 1));
//! assert_eq!(disclosure.subjects[0].keys[0].text, "customer/5");
//! # Ok::<(), meter::Unmeterable>(())
//! ```

mod builder;
mod contacts;
mod disclosure;
mod fact;
mod field;
mod group;
mod hash;
mod key;
mod key_table;
mod lexicon;
pub mod normalise;
mod plan;
mod scratch;
mod shape;
mod shapes;
pub mod split;
pub mod strip;
mod value;

pub use contacts::{Contacts, contacts, contacts_with};
pub use disclosure::{Dimensions, Disclosure, MOST_KEYS, OwnerValue, Record, Subject, Unmeterable};
pub use field::{Described, Fields, Naming, secret_in};
pub use key::names_owner;
pub use plan::{Bounds, Plan};
pub use scratch::Scratch;
pub use shape::Shape;

use builder::Builder;

/// Says what `body` discloses.
///
/// One pass over the bytes; memory grows with personal values only, and the scratch keeps it for the
/// next body.
///
/// # Errors
/// Why nobody can say it: then the body must not leave an endpoint that holds personal data.
pub fn meter<'b>(
    body: &'b [u8],
    shape: Shape,
    plan: &Plan,
    bounds: &Bounds,
    scratch: &mut Scratch,
) -> Result<Disclosure<'b>, Unmeterable> {
    if shape == Shape::Opaque && !body.is_empty() {
        return Err(Unmeterable::Opaque);
    }
    if body.len() > fact::MOST_BYTES {
        return Err(Unmeterable::TooLarge { most: fact::MOST_BYTES });
    }
    if body.is_empty() || shape == Shape::Script && plan.static_asset {
        return Ok(Disclosure::default());
    }
    if let Some(order) = shape::utf16(body) {
        let decoded = order.decode(body);
        let mut disclosure = read(&decoded, shape, plan, bounds, scratch)?.owned();
        for record in &mut disclosure.records {
            record.span = 0..0;
        }
        return Ok(disclosure);
    }
    if !shape::is_text(body) {
        return Err(Unmeterable::Opaque);
    }
    read(body, shape, plan, bounds, scratch)
}

fn read<'b>(
    body: &'b [u8],
    shape: Shape,
    plan: &Plan,
    bounds: &Bounds,
    scratch: &mut Scratch,
) -> Result<Disclosure<'b>, Unmeterable> {
    let mut builder = Builder::new(body, plan, bounds, scratch);
    match shape {
        Shape::Json | Shape::Ndjson => shapes::json::read(&mut builder, body, false),
        Shape::Csv => shapes::rows::read(&mut builder, body, false, false),
        Shape::Tsv => shapes::rows::read(&mut builder, body, true, false),
        Shape::Xml => shapes::xml::read(&mut builder, body),
        Shape::Html => shapes::html::read(&mut builder, body),
        Shape::Form => shapes::form::read(&mut builder, body),
        Shape::Script => shapes::script::read(&mut builder, fact::Value::of_body(body), true),
        Shape::Text | Shape::Opaque => shapes::text::read(&mut builder, body),
    }
    builder.finish(body.len())?;
    Ok(group::disclose(&mut builder, body))
}
