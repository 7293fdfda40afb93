//! Configurations of what stands before an API, one product per file, into [`Front`]s.
//!
//! Each reader says in its head what it reads, what it does not, and which documentation it follows.
//! What a reader cannot see through (a script, a module) is [`Auth::Unknown`], never a guard and never a
//! pass; an external authorizer is [`Auth::External`], a guard where routes are compared; a refusal under a condition that cannot be
//! followed closes nothing. What cannot be read is a fault with a place, and the rest is read.
//!
//! [`Front`]: crate::inventory::Front
//! [`Auth::External`]: crate::inventory::Auth::External
//! [`Auth::Unknown`]: crate::inventory::Auth::Unknown

mod address;
mod apisix;
mod aws;
mod caddy;
mod condition;
mod envoy;
mod guard;
mod haproxy;
mod kong;
mod kubernetes;
mod lines;
mod look;
mod nginx;
mod rules;
mod services;
#[cfg(test)]
mod shown;
mod stream;
mod traefik;
mod values;

use crate::inventory::{Inventory, Kind};
use crate::reading::{File, Reading};
use crate::tree::Node;

pub(crate) use kubernetes::{is_of_streams, is_passed_port};
pub(crate) use look::recognise;

/// What can only be read when every file is known: objects that name one another across files.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    kubernetes: kubernetes::Cluster,
    traefik: traefik::Provider,
    streams: Vec<stream::Pass>,
}

/// Reads the configuration `file` of `kind`, whose tree is `root` where it has one, into the inventory
/// or, where other files may belong to it, into what is pending.
pub(crate) fn read(kind: Kind, file: &File, root: Option<&Node>, reading: &mut Reading<'_, '_>) {
    match (kind, root) {
        (Kind::Nginx, _) => nginx::read(file, reading),
        (Kind::Caddy, _) => caddy::read(file, reading),
        (Kind::HaProxy, _) => haproxy::read(file, reading),
        (Kind::Kubernetes, root) => kubernetes::read(file, root, reading),
        (Kind::Envoy, Some(root)) => envoy::read(root, reading),
        (Kind::Kong, Some(root)) => kong::read(root, reading),
        (Kind::Apisix, Some(root)) => apisix::read(root, reading),
        (Kind::Traefik, Some(root)) => traefik::read(root, reading),
        (Kind::CloudFormation, Some(root)) => aws::read_template(root, &file.name, reading),
        (Kind::Terraform, Some(root)) => aws::read_plan(root, &file.name, reading),
        _ => {}
    }
}

/// Reads what was pending, after the last file.
pub(crate) fn finish(pending: Pending, inventory: &mut Inventory) {
    let Pending { kubernetes, traefik, streams } = pending;
    kubernetes::finish(kubernetes, inventory);
    traefik::finish(traefik, inventory);
    stream::finish(streams, inventory);
}

/// Whether objects of this `apiVersion` and `kind` say that a file is a cluster's manifest.
pub(crate) fn is_manifest(version: &str, kind: &str) -> bool {
    kubernetes::is_known(version, kind)
}
