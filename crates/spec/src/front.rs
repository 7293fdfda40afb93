//! Configurations of proxies in their own languages to [`Front`](crate::inventory::Front)s: nginx,
//! HAProxy, Caddyfile.
//!
//! Each product has its file, whose doc says what is read, what is not and where that is documented.
//! What a configuration leaves to code or to another program is never taken for a guard, and a refusal
//! under a condition that cannot be followed never closes anything. A broken file gives faults with
//! their place, and what else could be read.

mod caddy;
mod condition;
mod guard;
mod haproxy;
mod lines;
mod look;
mod nginx;
mod rules;
#[cfg(test)]
mod shown;

use crate::inventory::Kind;
use crate::reading::{File, Reading};

pub(crate) use look::recognise;

/// Reads `file`, which is of `kind`, into the inventory; whether it is of a kind that is read here.
pub(crate) fn read(kind: Kind, file: &File, reading: &mut Reading<'_, '_>) -> bool {
    match kind {
        Kind::Nginx => nginx::read(file, reading),
        Kind::Caddy => caddy::read(file, reading),
        Kind::HaProxy => haproxy::read(file, reading),
        _ => return false,
    }
    true
}
