//! What may stand in a field of a log line.

use std::fmt::{self, Write as _};

use domain::{Endpoint, ExchangeId, Timestamp, Window};
use tracing::field::{DisplayValue, display};

use crate::{
    AlertReceiver, CallerWord, CredentialFault, DecidedWord, KeySetFault, LedgerFault, LedgerKind,
    LostBudgets, OutcomeWord, SourceWord, Success, Surface, Table, UpstreamFault, Vouched, Word,
};

/// A value that may stand in a log line.
///
/// INVARIANT (no-personal-data): sealed, and implemented for numbers, closed words, endpoint
/// templates, exchange ids, times and [`Configured`] texts only. A text or address that came from
/// a client or an upstream has no way into an occurrence.
pub trait Field: sealed::Sealed {
    /// The form that `tracing` records.
    type Shown<'s>: tracing::Value
    where
        Self: 's;

    /// The value as recorded.
    fn shown(&self) -> Self::Shown<'_>;
}

mod sealed {
    pub trait Sealed {}
}

/// A text that the operator wrote, in a file or on the command line: an issuer, a patch id, a listen
/// address, the reason why a file was not accepted.
///
/// # Security
/// Never wrap what came in a request, a response or a token. Printed inert, at most 256 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Configured<'a>(pub &'a str);

/// The hash of the newest ledger entry: the outside anchor of the chain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HeadHash(pub [u8; 32]);

impl fmt::Display for HeadHash {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text whose `Display` cannot act on a terminal: control characters, line separators and
/// characters that reverse the reading direction are escaped, and 256 characters are enough.
pub struct Inert<T>(pub T);

impl<T: fmt::Display> fmt::Display for Inert<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escaping = Escaping { out: f, left: 256 };
        write!(escaping, "{}", self.0)
    }
}

struct Escaping<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
}

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            match self.left {
                0 => return Ok(()),
                1 => self.out.write_char('…')?,
                _ if acts(char) => write!(self.out, "{}", char.escape_unicode())?,
                _ => self.out.write_char(char)?,
            }
            self.left -= 1;
        }
        Ok(())
    }
}

/// Whether a terminal, or a reader of the line, may take `char` for something else than itself:
/// C0, DEL, C1, line and paragraph separators, zero-width and directional characters (UAX 9).
fn acts(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl sealed::Sealed for Configured<'_> {}
impl Field for Configured<'_> {
    type Shown<'s>
        = DisplayValue<Inert<&'s str>>
    where
        Self: 's;

    fn shown(&self) -> Self::Shown<'_> {
        display(Inert(self.0))
    }
}

impl sealed::Sealed for &Endpoint {}
impl Field for &Endpoint {
    type Shown<'s>
        = DisplayValue<Inert<&'s Endpoint>>
    where
        Self: 's;

    fn shown(&self) -> Self::Shown<'_> {
        display(Inert(*self))
    }
}

impl<T: Field> sealed::Sealed for Option<T> {}
impl<T: Field> Field for Option<T> {
    type Shown<'s>
        = Option<T::Shown<'s>>
    where
        Self: 's;

    fn shown(&self) -> Self::Shown<'_> {
        self.as_ref().map(Field::shown)
    }
}

/// Types that `tracing` records as they are.
macro_rules! plain_fields {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Field for $type {
            type Shown<'s> = $type;

            fn shown(&self) -> $type {
                *self
            }
        }
    )*};
}

plain_fields!(u64, u32, u16, usize, bool);

/// Types of ours whose `Display` is inert by construction.
macro_rules! display_fields {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Field for $type {
            type Shown<'s> = DisplayValue<&'s $type>;

            fn shown(&self) -> Self::Shown<'_> {
                display(self)
            }
        }
    )*};
}

display_fields!(ExchangeId, Timestamp, Window, HeadHash);

/// Closed words.
macro_rules! word_fields {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Field for $type {
            type Shown<'s> = &'static str;

            fn shown(&self) -> &'static str {
                Word::word(*self)
            }
        }
    )*};
}

word_fields!(
    CallerWord,
    CredentialFault,
    DecidedWord,
    KeySetFault,
    LedgerFault,
    LedgerKind,
    LostBudgets,
    OutcomeWord,
    SourceWord,
    AlertReceiver,
    Success,
    Surface,
    Table,
    UpstreamFault,
    Vouched,
    domain::DetectorId,
    domain::Mode,
    domain::RefusalKind,
    domain::Severity
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_on_a_terminal_is_escaped() {
        for (text, shown) in [
            ("/v1/orders/{id}", "/v1/orders/{id}"),
            ("/Bücher/{id}", "/Bücher/{id}"),
            ("/a\u{1b}[2J", "/a\\u{1b}[2J"),
            ("/a\nlevel=ERROR", "/a\\u{a}level=ERROR"),
            ("/a\u{9b}31m", "/a\\u{9b}31m"),
            ("/a\u{202e}gpj", "/a\\u{202e}gpj"),
            ("/a\u{2028}b\u{7f}", "/a\\u{2028}b\\u{7f}"),
        ] {
            assert_eq!(Inert(text).to_string(), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let shown = Inert("x".repeat(2000)).to_string();
        assert_eq!(shown.chars().count(), 256);
        assert!(shown.ends_with('…'));
    }
}
