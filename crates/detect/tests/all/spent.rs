//! Whose budget is spent is told of, without a word too much.

use detect::{Allowance, CallerKind, DetectorId as Id, Detectors, Observed, Settings, Severity};

use crate::world::{quiet, scatter, signed_in};

/// The second of each signal, of so many refusals a second apart, and how grave.
fn said(caller: CallerKind, role: Option<&'static str>, refusals: u64) -> Vec<(u64, Severity)> {
    let roles = [(domain::RoleName::new("staff"), Allowance { per_hour: 200, per_day: 500 })];
    let mut detectors =
        Detectors::new(Settings { roles: roles.into_iter().collect(), ..Settings::default() }, 42);
    let mut said = Vec::new();
    for second in 0..refusals {
        let asked =
            Observed { spent: true, status: 429, object: Some(scatter(second)), role, ..quiet(second) };
        for signal in detectors.observe(&signed_in(1, caller, asked)) {
            assert_eq!((signal.detector, signal.evidence.people), (Id::SpentBudget, 0));
            said.push((second, signal.severity));
        }
    }
    said
}

#[test]
fn a_budget_that_is_spent_is_told_of_at_once_and_less_and_less_often() {
    let seconds: Vec<u64> =
        said(CallerKind::Verified, Some("staff"), 300).iter().map(|(at, _)| *at).collect();
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 63, 127, 191, 255]);
}

#[test]
fn a_role_or_partner_is_graver_than_an_account_and_nobody_in_particular_is_not_told_of() {
    // A partner counts as such where its operation declares a budget, or `detect.partner` does.
    for (caller, role, expected) in [
        (CallerKind::Verified, Some("staff"), Some(Severity::High)),
        (CallerKind::Partner, None, Some(Severity::Medium)),
        (CallerKind::Verified, Some("unnamed"), Some(Severity::Medium)),
        (CallerKind::Verified, None, Some(Severity::Medium)),
        (CallerKind::Confirmed, None, Some(Severity::Medium)),
        (CallerKind::Anonymous, None, None),
        (CallerKind::Unverified, None, None),
    ] {
        assert_eq!(
            said(caller, role, 1).first().map(|(_, severity)| *severity),
            expected,
            "{caller:?} {role:?}"
        );
    }
}
