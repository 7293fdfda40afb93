//! Surface scan: a source looks for doors, before any record leaves.
//!
//! # Sees
//! Distinct paths that are not there, methods that are not allowed, and paths that only scanners ask
//! for: specifications, introspection, secrets left lying about, old versions.
//!
//! # Misses
//! Doors found without asking (a stolen specification); scans from many networks, a few paths each;
//! paths that five networks asked for in vain before: broken links of the site itself.
//!
//! # Evidence
//! `case` = `doors`, the paths since it began.
//!
//! # Error budget
//! Poisson CUSUM over distinct paths, 40 units at once and 100 a day; a path that only scanners ask
//! for counts 4 units. For a network five times that. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API9:2023, API8:2023. ATT&CK T1595.002, T1595.003, T1594. D3FEND D3-WSAA, D3-CAA.

use crate::event::{Event, kind};
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

const BAIT_UNITS: u32 = 4;

pub(crate) fn step(track: &mut Track, event: &Event, is_new: bool, ctx: Ctx) -> Option<Finding> {
    if !event.is(kind::LOST) || !is_new {
        return None;
    }
    let units = if event.is(kind::BAIT) { BAIT_UNITS } else { 1 };
    let spoke = ctx.standing.lost().pour(&mut track.lost, event.secs(), units, 0, ctx.purse);
    spoke.then_some(Finding::new(DetectorId::SurfaceScan, "doors", Severity::Low, &track.lost)?)
}

/// Whether only scanners ask for a path of these decoded segments: specifications, introspection,
/// secrets, leftovers of tools.
///
/// ```
/// assert!(detect::is_bait(&["v2", "api-docs"]));
/// assert!(!detect::is_bait(&["v2", "orders", "17"]));
/// ```
#[must_use]
pub fn is_bait(segments: &[&str]) -> bool {
    const WHOLE: [&str; 22] = [
        ".env",
        ".git",
        ".aws",
        ".svn",
        ".htpasswd",
        "api-docs",
        "swagger.json",
        "swagger.yaml",
        "swagger-ui.html",
        "openapi.json",
        "openapi.yaml",
        "actuator",
        "heapdump",
        "phpinfo.php",
        "phpmyadmin",
        "wp-login.php",
        "wp-admin",
        "xmlrpc.php",
        "server-status",
        "graphiql",
        "id_rsa",
        "backup.sql",
    ];
    segments.iter().take(64).any(|segment| WHOLE.iter().any(|bait| segment.eq_ignore_ascii_case(bait)))
}
