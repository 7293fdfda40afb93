//! Everything that stands outside of the gateway when it is shown or tested.
//!
//! Two shops with holes ([`shop`], [`second_shop`]), attackers that count what they really received
//! ([`attacker`]), honest people at the same time ([`people`]), the table of scenarios and their
//! expected figures ([`scenario`]), days of whole towns in virtual time ([`days`]), and tools for full-stack tests: a recording [`upstream`], a
//! [`raw`] socket, a started [`process`].
//!
//! It shares no code with the gateway, for an attacker that trusts our own HTTP and counting code
//! would be no witness. All servers listen on loopback; all people are synthetic; the keys are
//! public and worth nothing.

pub mod attacker;
pub mod client;
pub mod days;
pub mod dice;
pub mod directory;
pub mod logs;
mod names;
pub mod people;
pub mod places;
pub mod ports;
pub mod process;
pub mod raw;
pub mod scenario;
pub mod second_shop;
mod server;
pub mod shop;
pub mod truth;
pub mod upstream;
mod wire;
