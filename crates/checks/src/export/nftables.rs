//! The declared audiences as nftables.
//!
//! A packet filter sees addresses and ports and no paths or hosts. It can keep a service for its networks
//! where every operation of it is internal and no other service with other networks has its port; the rest
//! is listed as left out.

use domain::IpPrefix;

use super::{Document, Made, comment, services};
use crate::facts::Facts;

/// One table that keeps services whose every operation is internal for their networks.
#[must_use]
pub fn nftables(facts: &Facts<'_>) -> Vec<Made> {
    let mut rules = String::new();
    let mut left_out = String::new();
    let all = services(facts);
    for service in &all {
        // What stands behind the same port would be shut, or opened, with it.
        let own = ports(service);
        let other = all.iter().find(|other| {
            other.internal != service.internal && ports(other).iter().any(|port| own.contains(port))
        });
        if let (Some(_), Some(other)) = (&service.internal, other) {
            left_out.push_str(&format!(
                "# left out: {}: {} has its port, and other callers\n",
                service.slug, other.slug
            ));
            continue;
        }
        match (&service.internal, own) {
            (Some(networks), ports) if !ports.is_empty() => {
                rules.push_str(&rule(&service.slug, networks, &ports))
            }
            (Some(_), _) => {
                left_out.push_str(&format!("# left out: {}: its servers name no port\n", service.slug));
            }
            (None, _) => {
                for operation in &service.operations {
                    if super::internal_networks(operation).is_some() {
                        let subject = comment(&operation.subject);
                        left_out.push_str(&format!(
                            "# left out: {subject}: others of its service are not internal\n"
                        ));
                    }
                }
            }
        }
    }
    let text = format!(
        "# What the declared audiences imply for a packet filter. Load it with `nft -f tidegate.nft`.\n{left_out}\
         table inet tidegate {{\n\tchain input {{\n\t\ttype filter hook input priority filter; policy accept;\n{rules}\t}}\n}}\n"
    );
    vec![("tidegate.nft".to_owned(), text)]
}

fn rule(slug: &str, networks: &[IpPrefix], ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let ports = ports.join(", ");
    let mut rule = format!("\t\t# {slug}: every operation is internal\n");
    for (family, of_family) in [("ip", true), ("ip6", false)] {
        let list: Vec<String> = networks
            .iter()
            .filter(|network| network.base().is_ipv4() == of_family)
            .map(ToString::to_string)
            .collect();
        if !list.is_empty() {
            rule.push_str(&format!(
                "\t\ttcp dport {{ {ports} }} {family} saddr {{ {} }} accept\n",
                list.join(", ")
            ));
        }
    }
    rule.push_str(&format!("\t\ttcp dport {{ {ports} }} drop\n"));
    rule
}

/// The ports that the servers name, else the ones of their schemes; sorted, each once.
fn ports(service: &Document<'_, '_>) -> Vec<u16> {
    let servers = service.operations.iter().flat_map(|operation| &operation.operation.servers);
    let mut ports: Vec<u16> = servers
        .filter_map(|server| {
            let (scheme, rest) = server.url.split_once("://")?;
            let authority = rest.split(['/', '?']).next()?;
            let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            port.or(match scheme {
                "https" => Some(443),
                "http" => Some(80),
                _ => None,
            })
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}
