//! The OWASP API Security Top 10: the edition of 2023, and the ids of 2019 for recognition.
//!
//! The weaknesses of a risk are those that OWASP's own page of it names under its references
//! (2023 only). The table is small and changes every few years, so it stands here by hand.

use crate::cwe::{self, Weakness};

/// A risk.
#[derive(Debug)]
pub struct Risk {
    /// `API1:2023`.
    pub id: &'static str,
    /// Its name without the id.
    pub name: &'static str,
    /// 2023 or 2019.
    pub edition: u16,
    /// 1 to 10.
    pub rank: u8,
    weaknesses: &'static [u16],
    successors: &'static [&'static str],
}

impl Risk {
    /// The weaknesses that OWASP's page of the risk refers to.
    pub fn weaknesses(&self) -> impl Iterator<Item = &'static Weakness> + use<> {
        self.weaknesses.iter().copied().filter_map(cwe::weakness)
    }

    /// Where the edition of 2023 has it: itself for a risk of 2023, else what OWASP's release notes
    /// name; empty where the risk was dropped.
    #[must_use]
    pub fn successors(&self) -> &'static [&'static str] {
        self.successors
    }
}

const fn of_2023(
    id: &'static str,
    rank: u8,
    name: &'static str,
    weaknesses: &'static [u16],
    itself: &'static [&'static str],
) -> Risk {
    Risk { id, name, edition: 2023, rank, weaknesses, successors: itself }
}

const fn of_2019(
    id: &'static str,
    rank: u8,
    name: &'static str,
    successors: &'static [&'static str],
) -> Risk {
    Risk { id, name, edition: 2019, rank, weaknesses: &[], successors }
}

/// All risks: 2023 by rank, then 2019 by rank.
pub static RISKS: [Risk; 20] = [
    of_2023("API1:2023", 1, "Broken Object Level Authorization", &[285, 639], &["API1:2023"]),
    of_2023("API2:2023", 2, "Broken Authentication", &[204, 307], &["API2:2023"]),
    of_2023("API3:2023", 3, "Broken Object Property Level Authorization", &[213, 915], &["API3:2023"]),
    of_2023("API4:2023", 4, "Unrestricted Resource Consumption", &[400, 770, 799], &["API4:2023"]),
    of_2023("API5:2023", 5, "Broken Function Level Authorization", &[285], &["API5:2023"]),
    of_2023("API6:2023", 6, "Unrestricted Access to Sensitive Business Flows", &[], &["API6:2023"]),
    of_2023("API7:2023", 7, "Server Side Request Forgery", &[918], &["API7:2023"]),
    of_2023("API8:2023", 8, "Security Misconfiguration", &[2, 16, 209, 319, 388, 444, 942], &["API8:2023"]),
    of_2023("API9:2023", 9, "Improper Inventory Management", &[1059], &["API9:2023"]),
    of_2023("API10:2023", 10, "Unsafe Consumption of APIs", &[20, 200, 319], &["API10:2023"]),
    of_2019("API1:2019", 1, "Broken Object Level Authorization", &["API1:2023"]),
    of_2019("API2:2019", 2, "Broken User Authentication", &["API2:2023"]),
    of_2019("API3:2019", 3, "Excessive Data Exposure", &["API3:2023"]),
    of_2019("API4:2019", 4, "Lack of Resources & Rate Limiting", &["API4:2023"]),
    of_2019("API5:2019", 5, "Broken Function Level Authorization", &["API5:2023"]),
    of_2019("API6:2019", 6, "Mass Assignment", &["API3:2023"]),
    of_2019("API7:2019", 7, "Security Misconfiguration", &["API8:2023"]),
    of_2019("API8:2019", 8, "Injection", &[]),
    of_2019("API9:2019", 9, "Improper Assets Management", &["API9:2023"]),
    of_2019("API10:2019", 10, "Insufficient Logging & Monitoring", &[]),
];

/// The risk with this id.
#[must_use]
pub fn risk(id: &str) -> Option<&'static Risk> {
    RISKS.iter().find(|risk| risk.id == id)
}

/// The risk with this name, whatever the case, in the newest edition that has the name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Risk> {
    RISKS.iter().find(|risk| risk.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_says_its_rank_and_edition_and_every_link_leads_somewhere() {
        for risk in &RISKS {
            assert_eq!(risk.id, format!("API{}:{}", risk.rank, risk.edition));
            assert_eq!(risk.weaknesses().count(), risk.weaknesses.len(), "{}", risk.id);
            for successor in risk.successors() {
                assert_eq!(super::risk(successor).map(|next| next.edition), Some(2023), "{}", risk.id);
            }
        }
    }

    #[test]
    fn a_name_that_both_editions_have_is_the_newer_risk() {
        for (name, id) in [
            ("broken object level authorization", Some("API1:2023")),
            ("Mass Assignment", Some("API6:2019")),
            ("Security Misconfiguration", Some("API8:2023")),
            ("Nothing of the kind", None),
        ] {
            assert_eq!(by_name(name).map(|risk| risk.id), id, "{name}");
        }
    }
}
