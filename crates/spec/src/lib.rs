//! Specifications and configuration text, read so that every fault points at its line.
//!
//! - [`tree`]: YAML or JSON text to an untyped tree in which every key and value knows its place;
//! - [`decode`]: that tree to a typed struct, with errors that name the line and a near match;
//! - [`diagnostic`]: a fault as text, with the source line underlined;
//! - [`openapi`]: an OpenAPI document to operations with their declared intent;
//! - [`router`]: a method and decoded path segments to an operation;
//! - [`inventory`]: operations, what stands in front of them and what was seen, as one model;
//! - [`reading`]: files to that model;
//! - [`learn`]: path templates learned from traffic, where nothing is declared.
//!
//! This crate opens no file, follows no remote reference and decides nothing about a request.
//!
//! ```
//! let text = "openapi: 3.1.0\npaths:\n  /orders/{id}:\n    get:\n      operationId: readOrder\n      \
//!             x-tidegate: { audience: authenticated, owner: '$.customer_id = claim.sub' }\n";
//! let reading = spec::openapi::read(text, "shop.yaml").unwrap();
//! let router = spec::router::Router::new(reading.operations.iter().map(|o| o.endpoint.clone()));
//! let found = router.route(&domain::Method::Head, &["orders", "7"]).unwrap();
//! assert_eq!(reading.operations[found.index].id.as_str(), "readOrder");
//! assert_eq!(found.parameters[0].value, "7");
//! ```

pub mod decode;
pub mod diagnostic;
mod front;
pub mod inventory;
pub mod learn;
pub mod openapi;
mod pattern;
pub mod reading;
pub mod router;
pub mod tree;
