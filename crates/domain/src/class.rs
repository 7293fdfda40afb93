//! Kinds of personal data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A kind of personal data that a record can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// A person's name. Weight 0: accounted, not budgeted.
    Name,
    /// An e-mail address. Weight 1.
    Email,
    /// A telephone number. Weight 1.
    Phone,
    /// A postal address. Weight 1.
    PostalAddress,
    /// A date of birth. Weight 1.
    BirthDate,
    /// A number that a state gave to a person (passport, tax, social security). Weight 5.
    GovernmentId,
    /// A card or account number. Weight 5.
    Payment,
    /// A password, its hash, or a secret that lets its holder act as the person. Weight 5.
    Credential,
}

impl DataClass {
    /// Every class, in the order of their bits.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::PostalAddress,
        Self::BirthDate,
        Self::GovernmentId,
        Self::Payment,
        Self::Credential,
    ];

    /// The word used in configuration, output and ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PostalAddress => "postal-address",
            Self::BirthDate => "birth-date",
            Self::GovernmentId => "government-id",
            Self::Payment => "payment",
            Self::Credential => "credential",
        }
    }

    /// Default weight in budgets (DESIGN.md section 3).
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Name => 0,
            Self::Email | Self::Phone | Self::PostalAddress | Self::BirthDate => 1,
            Self::GovernmentId | Self::Payment | Self::Credential => 5,
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Name => 1,
            Self::Email => 1 << 1,
            Self::Phone => 1 << 2,
            Self::PostalAddress => 1 << 3,
            Self::BirthDate => 1 << 4,
            Self::GovernmentId => 1 << 5,
            Self::Payment => 1 << 6,
            Self::Credential => 1 << 7,
        }
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for DataClass {
    type Err = String;

    /// # Errors
    /// A sentence that lists the classes, when `text` is none of them.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|class| class.word() == text).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|class| class.word()).collect();
            format!(
                "`{}` is no data class; use one of {}",
                text.chars().take(40).collect::<String>(),
                words.join(", ")
            )
        })
    }
}

/// A set of data classes in one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);

    /// The set whose bits are `bits`, as [`ClassSet::bits`] gave them.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// One bit per class, in the order of [`DataClass::ALL`]: the form the ledger stores.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Adds `class`.
    pub const fn insert(&mut self, class: DataClass) {
        self.0 |= class.bit();
    }

    /// Whether `class` is in the set.
    #[must_use]
    pub const fn contains(self, class: DataClass) -> bool {
        self.0 & class.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether no class is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The heaviest class decides what a subject weighs in a budget; 0 for names alone or nothing.
    #[must_use]
    pub fn weight(self) -> u32 {
        self.iter().map(DataClass::weight).max().unwrap_or(0)
    }

    /// The classes in the set, in the order of [`DataClass::ALL`].
    pub fn iter(self) -> impl Iterator<Item = DataClass> {
        DataClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }
}

impl FromIterator<DataClass> for ClassSet {
    fn from_iter<I: IntoIterator<Item = DataClass>>(classes: I) -> Self {
        classes.into_iter().fold(Self::EMPTY, |mut set, class| {
            set.insert(class);
            set
        })
    }
}

impl fmt::Display for ClassSet {
    /// Comma-separated words; `none` for the empty set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (nth, class) in self.iter().enumerate() {
            if nth > 0 {
                f.write_str(", ")?;
            }
            f.write_str(class.word())?;
        }
        Ok(())
    }
}

impl Serialize for ClassSet {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ClassSet {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Vec::<DataClass>::deserialize(input)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_weighs_nothing_and_the_heaviest_class_decides() {
        let set = |classes: &[DataClass]| classes.iter().copied().collect::<ClassSet>().weight();
        assert_eq!(set(&[DataClass::Name]), 0);
        assert_eq!(set(&[DataClass::Name, DataClass::Email, DataClass::Phone]), 1);
        assert_eq!(set(&[DataClass::Email, DataClass::Payment]), 5);
    }

    #[test]
    fn every_class_reads_back_its_word() {
        for class in DataClass::ALL {
            assert_eq!(class.word().parse::<DataClass>().unwrap(), class);
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.word()));
        }
        assert!("mail".parse::<DataClass>().unwrap_err().contains("email"));
    }
}
