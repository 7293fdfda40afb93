//! What the detectors' findings are called in MITRE ATT&CK.
//!
//! `tests/attack.rs` holds the ids against the detectors' pages, and ids, names and tactics against ATT&CK.

use crate::finding::Technique;
use domain::DetectorId;

const COLLECTION: (&str, &str) = ("TA0009", "Collection");
const RECONNAISSANCE: (&str, &str) = ("TA0043", "Reconnaissance");
const INITIAL_ACCESS: (&str, &str) = ("TA0001", "Initial Access");
const EXFILTRATION: (&str, &str) = ("TA0010", "Exfiltration");

const fn technique(
    id: &'static str,
    name: &'static str,
    tactic: (&'static str, &'static str),
) -> Technique<'static> {
    Technique { id, name, tactic: Some(tactic) }
}

const AUTOMATED: Technique<'_> = technique("T1119", "Automated Collection", COLLECTION);
const REPOSITORIES: Technique<'_> = technique("T1213", "Data from Information Repositories", COLLECTION);
const DATABASES: Technique<'_> = technique("T1213.006", "Databases", COLLECTION);
const SCHEDULED: Technique<'_> = technique("T1029", "Scheduled Transfer", EXFILTRATION);
const EXFILTRATED: Technique<'_> = technique("T1020", "Automated Exfiltration", EXFILTRATION);
const EXPLOITED: Technique<'_> = technique("T1190", "Exploit Public-Facing Application", INITIAL_ACCESS);
const ACCOUNTS: Technique<'_> = technique("T1078", "Valid Accounts", INITIAL_ACCESS);
const SCANNED: Technique<'_> = technique("T1595.002", "Vulnerability Scanning", RECONNAISSANCE);
const WORDLIST: Technique<'_> = technique("T1595.003", "Wordlist Scanning", RECONNAISSANCE);
const WEBSITES: Technique<'_> = technique("T1594", "Search Victim-Owned Websites", RECONNAISSANCE);
const IDENTITIES: Technique<'_> = technique("T1589", "Gather Victim Identity Information", RECONNAISSANCE);
const GUESSED: Technique<'_> = technique("T1110", "Brute Force", ("TA0006", "Credential Access"));
const PROXIES: Technique<'_> = technique("T1090.003", "Multi-hop Proxy", ("TA0011", "Command and Control"));
const CREATED: Technique<'_> = technique("T1136", "Create Account", ("TA0003", "Persistence"));
const ESTABLISHED: Technique<'_> =
    technique("T1585", "Establish Accounts", ("TA0042", "Resource Development"));

/// The techniques of a detector, the chief one first.
pub const fn techniques(detector: DetectorId) -> &'static [Technique<'static>] {
    match detector {
        DetectorId::SequentialIds | DetectorId::PageWalk => &[AUTOMATED, DATABASES],
        DetectorId::NewObjects => &[AUTOMATED, REPOSITORIES, IDENTITIES],
        DetectorId::Bulk => &[AUTOMATED, DATABASES, EXFILTRATED],
        DetectorId::MissStorm => &[WORDLIST, GUESSED],
        DetectorId::AnonymousData => &[EXPLOITED, REPOSITORIES],
        DetectorId::Foreign => &[REPOSITORIES, ACCOUNTS],
        DetectorId::Volume => &[AUTOMATED, EXFILTRATED],
        DetectorId::EndpointSweep => &[AUTOMATED, PROXIES, DATABASES],
        DetectorId::SurfaceScan => &[SCANNED, WORDLIST, WEBSITES],
        DetectorId::SessionMinting => &[CREATED, ACCOUNTS, ESTABLISHED],
        DetectorId::Automation => &[AUTOMATED, SCHEDULED],
        DetectorId::Canary => &[AUTOMATED, REPOSITORIES],
        DetectorId::SpentBudget => &[ACCOUNTS, AUTOMATED],
    }
}
