//! What tells a finding from others across runs, as 32 hexadecimal digits.
//!
//! Made of check, subject and file, and of no line: text that moves keeps its fingerprint. Findings that
//! share all three (two servers of one file with the same location) are told apart by their order in
//! the file, for a reader such as GitLab shows of equal fingerprints only the first.

use std::collections::HashMap;

use checks::Finding;

use super::Checked;

/// The fingerprints of one run. As many entries as the run has findings.
pub(super) struct Fingerprints<'c> {
    /// The findings of each identity, in the order of the file.
    alike: HashMap<String, Vec<(u32, &'c str)>>,
}

impl<'c> Fingerprints<'c> {
    /// Of everything that was found, told or answered for: a suppression changes no fingerprint.
    pub(super) fn new(checked: &Checked<'c>) -> Self {
        let verdict = checked.verdict;
        let mut alike: HashMap<String, Vec<(u32, &'c str)>> = HashMap::new();
        for finding in verdict.told.iter().chain(verdict.suppressed.iter().map(|(finding, _)| finding)) {
            alike.entry(finding.identity(&checked.file(finding.at))).or_default().push(place(finding));
        }
        for places in alike.values_mut() {
            places.sort_unstable();
            places.dedup();
        }
        Self { alike }
    }

    pub(super) fn of(&self, checked: &Checked<'_>, finding: &Finding) -> String {
        let identity = finding.identity(&checked.file(finding.at));
        let places = self.alike.get(&identity).map(Vec::as_slice).unwrap_or_default();
        match places.iter().position(|other| *other == place(finding)) {
            None | Some(0) => digest(&identity),
            Some(nth) => digest(&format!("{identity}|{nth}")),
        }
    }
}

/// A finding's rank among those alike: where it stands, then what it says.
fn place(finding: &Finding) -> (u32, &str) {
    (finding.at.span.start, &finding.message)
}

/// 32 hexadecimal digits of `key`.
pub(super) fn digest(key: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(key.as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
