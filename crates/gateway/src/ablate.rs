//! Switches single stations off, to show that each one is needed: `cargo xtask ablate`.
//!
//! Only a build with the feature `ablation` has the switch, and only the ablation makes such a build;
//! in every other build [`off`] is a constant `false` and the compiler removes it.

/// A station that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    /// One reading: what has two is not refused, and each spelling of a path is a door of its own.
    Framing,
    /// Callers are anonymous or bear unverified hints.
    Identify,
    /// Whatever is declared, everyone may.
    Authorize,
    /// Requests and objects are not counted.
    Limit,
    /// Responses pass unread.
    Meter,
    /// Records are not held against their owners.
    Own,
    /// Nothing is charged.
    Budget,
    /// Look-ups are not granted or counted.
    LookUp,
    /// No hint is confirmed.
    Confirm,
    /// Budgets start empty.
    Restore,
    /// `Range` is forwarded, and partial content passes.
    Range,
}

/// Whether `station` is switched off.
#[cfg(not(feature = "ablation"))]
pub(crate) const fn off(_: Station) -> bool {
    false
}

/// Whether `TIDEGATE_ABLATE` names `station`.
#[cfg(feature = "ablation")]
pub(crate) fn off(station: Station) -> bool {
    static NAMED: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("TIDEGATE_ABLATE").unwrap_or_default());
    *named == format!("{station:?}").to_lowercase()
}
