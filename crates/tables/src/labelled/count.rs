//! Hits, misses and false answers, and what follows from them.

use std::collections::BTreeMap;

/// Half hits are whole numbers here: everything is counted twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Twice the hits.
    pub hits: u32,
    /// Twice the misses.
    pub missed: u32,
    /// Twice the false answers.
    pub wrong: u32,
    /// What was missed or is wrong, for people.
    pub faults: Vec<String>,
}

impl Count {
    /// Hits of hits and false ones; 1 where nothing was answered.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.hits, self.hits + self.wrong)
    }

    /// Hits of what is expected; 1 where nothing is.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.hits, self.hits + self.missed)
    }

    /// The harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.hits, 2 * self.hits + self.missed + self.wrong)
    }

    /// Hits of what is expected and what is false.
    #[must_use]
    pub fn right(&self) -> f64 {
        share(self.hits, self.hits + self.missed + self.wrong)
    }

    /// Adds another, without its words.
    pub fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.missed += other.missed;
        self.wrong += other.wrong;
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) }
}

/// What a report, or many, scored.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// By key of the labels.
    pub keys: BTreeMap<&'static str, Count>,
    /// Claims, and those without evidence.
    pub evidence: Evidence,
    /// Reports in it.
    pub reports: usize,
}

impl Score {
    /// Adds another, without its words.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.keys {
            self.keys.entry(key).or_default().add(count);
        }
        self.evidence.claims += other.evidence.claims;
        self.evidence.without += other.evidence.without;
        self.reports += other.reports;
    }

    /// The count of a key.
    #[must_use]
    pub fn of(&self, key: &str) -> Count {
        self.keys.get(key).cloned().unwrap_or_default()
    }
}

/// Whether claims have their places.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// All statements and claims.
    pub claims: usize,
    /// Those without a place in the report, or whose words do not stand there.
    pub without: usize,
    /// Which.
    pub faults: Vec<String>,
}
