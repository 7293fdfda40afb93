//! The dialects there are, and what is known of each.

mod combined;

/// A dialect. Its word is what `--dialect` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// NCSA combined, common, and with the virtual host before: nginx, Apache, LiteSpeed and many more.
    Combined,
}

impl Dialect {
    /// All, the most particular first: the first that reads the most lines is the one.
    pub const ALL: &[Self] = &[Self::Combined];

    /// The word for `--dialect`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Combined => "combined",
        }
    }

    /// Whether lines of the real product were read in a test; else the table says *unproven*.
    #[must_use]
    pub fn is_proven(self) -> bool {
        match self {
            Self::Combined => true,
        }
    }
}

/// What a dialect remembers between lines: names of columns, mostly. A dialect without memory has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Names of columns, from a header line.
    pub columns: Vec<Vec<u8>>,
}

/// Reads a line of `dialect` and gives its events to `each`. `Ok` without an event is a header, a
/// comment, an empty line or a line about something else than an exchange.
pub(crate) fn read<'l>(
    dialect: Dialect,
    memory: &mut Memory,
    line: &'l [u8],
    each: &mut dyn FnMut(crate::Event<'l>),
) -> Result<(), crate::Reject> {
    let _ = memory;
    match dialect {
        Dialect::Combined => combined::read(line).map(each),
    }
}
