//! HTTP on the wire: listeners, framing, canonical targets, the client's address, bodies, upstream
//! pools and TLS outwards.
//!
//! The only room that names hyper and rustls. Others see the types of `http`, `http-body` and `bytes`, and
//! ours. It judges nothing: it says what is odd about a request ([`target::Fault`],
//! [`framing::HeadFault`], [`json_check::BodyFault`]) and the gateway decides.
//!
//! ```
//! use net::target::Target;
//! assert_eq!(Target::parse("/a/../b//c").unwrap().path(), "/b/c");
//! ```

pub mod address;
pub mod body;
pub mod dial;
pub mod encoding;
pub mod framing;
pub mod json_check;
pub mod listener;
pub mod upstream;

/// Targets and forms have one reading, which `hunt` shares: it lives further in.
pub use reading::{form, target};

pub use body::{Body, Feeder, Incoming, ReadError, read_all};
