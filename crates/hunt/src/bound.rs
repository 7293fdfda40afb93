//! What a hunt holds at most: the arithmetic of its tables, all of them full at once.
//!
//! Correlations of Sigma rules have bounds of their own (`sigma`), and so have the detectors that a log of our
//! own is fed to: there they are the gateway's.

use crate::callers::Callers;
use crate::cases::Cases;
use crate::clients::Clients;
use crate::foreign::Memory;
use crate::hunt::Hunt;
use crate::moment::Recent;
use crate::names::Names;
use crate::routes::Routes;
use crate::weeks::Weeks;

/// Each part of a hunt in logs of others, and the bytes that it holds at most.
#[must_use]
pub fn most_bytes() -> [(&'static str, usize); 9] {
    [
        ("detectors", detect::Detectors::most_bytes(&Hunt::foreign(&detect::Settings::default()))),
        ("objects, pages and sessions", Memory::MOST_BYTES),
        ("templates and endpoints", Routes::MOST_BYTES),
        ("cases", Cases::MOST_BYTES),
        ("last moments", Recent::MOST_BYTES),
        ("clients", Clients::MOST_BYTES),
        ("names of callers", Callers::MOST_BYTES),
        ("names of programs", Names::MOST_BYTES),
        ("hours of the week", Weeks::MOST_BYTES),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tables_full_at_once_are_below_200_megabytes() {
        let parts = most_bytes();
        for (part, bytes) in parts {
            println!("{:>12} {part}", bytes);
        }
        let all: usize = parts.iter().map(|(_, bytes)| bytes).sum();
        println!("{all:>12} all");
        assert!(all < 200_000_000, "{all}");
        assert!(all > 100_000_000, "a part is missing: {all}");
    }
}
