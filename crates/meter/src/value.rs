//! What a value is by its own form: the checks that need no field name.

pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod government;
pub(crate) mod payment;
pub(crate) mod phone;
pub(crate) mod place;
pub(crate) mod secret;
pub(crate) mod wide;

/// Which kinds of bytes occur in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const DIGIT: Self = Self(1);
    pub(crate) const LETTER: Self = Self(1 << 1);
    pub(crate) const AT: Self = Self(1 << 2);
    pub(crate) const PLUS: Self = Self(1 << 3);
    pub(crate) const SPACE: Self = Self(1 << 4);
    /// What stands between the digits of a telephone number: `-`, `.`, `/`, `(`, `)`.
    pub(crate) const JOINT: Self = Self(1 << 5);
    /// What may hide an `@` or a digit: `%40`, `&#64;`, `\u0040`, letters of full width.
    pub(crate) const ESCAPE: Self = Self(1 << 6);
    pub(crate) const OTHER: Self = Self(1 << 7);

    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0_u8;
        loop {
            set(&mut table, byte, kind_of(byte));
            if byte == u8::MAX {
                break table;
            }
            byte = byte.saturating_add(1);
        }
    };

    /// The kind of one byte.
    #[inline]
    fn of_byte(byte: u8) -> Self {
        Self(Self::TABLE.get(usize::from(byte)).copied().unwrap_or(Self::OTHER.0))
    }

    /// The kinds of all bytes.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // Eight a step, so that the steps need no counting.
        let (eights, rest) = bytes.as_chunks::<8>();
        let all = |kinds: Self, bytes: &[u8]| {
            bytes.iter().fold(kinds, |kinds, byte| kinds.with(Self::of_byte(*byte)))
        };
        all(eights.iter().fold(Self(0), |kinds, eight| all(kinds, eight)), rest)
    }

    #[inline]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of `wanted` occurs.
    #[inline]
    pub(crate) const fn any(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }

    /// Whether nothing but `allowed` occurs.
    #[inline]
    pub(crate) const fn only(self, allowed: Self) -> bool {
        self.0 & !allowed.0 == 0
    }
}

/// Sets one entry of a table by byte, at compile time.
#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "a byte is always within a table of 256")]
const fn set(table: &mut [u8; 256], byte: u8, value: u8) {
    table[byte as usize] = value;
}

const fn kind_of(byte: u8) -> u8 {
    let kind = match byte {
        // The first bytes of digits of other scripts, and of letters of full width.
        0xd9 | 0xdb | 0xe0 | 0xef => Kinds::LETTER.with(Kinds::ESCAPE),
        b'0'..=b'9' => Kinds::DIGIT,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xff => Kinds::LETTER,
        b'@' => Kinds::AT,
        b'+' => Kinds::PLUS,
        b' ' => Kinds::SPACE,
        b'-' | b'.' | b'/' | b'(' | b')' => Kinds::JOINT,
        b'%' | b'&' | b'\\' => Kinds::ESCAPE,
        _ => Kinds::OTHER,
    };
    kind.0
}

/// Whether the value was blanked out by the application: `***1234`, `xxxx`, `[redacted]`.
pub(crate) fn is_masked(bytes: &[u8]) -> bool {
    if bytes.iter().all(u8::is_ascii_alphabetic) && !matches!(bytes.first(), Some(b'x' | b'X')) {
        return is_blank_word(bytes);
    }
    // A letter other than x and no star: only a short word can be one then.
    let begins = bytes.first().is_some_and(|b| b.is_ascii_alphabetic() && !matches!(b, b'x' | b'X'));
    if begins && bytes.len() > LONGEST_WORD && bytes.is_ascii() && !bytes.contains(&b'*') {
        return false;
    }
    let (mut crossed, mut stars, mut other, mut high) = (0_usize, 0_usize, 0_usize, false);
    for byte in bytes {
        match byte {
            b'*' => stars = stars.saturating_add(1),
            b'x' | b'X' | b'#' => crossed = crossed.saturating_add(1),
            b'0'..=b'9' | b' ' | b'-' | b'.' => {}
            0x80.. => (high, other) = (true, other.saturating_add(1)),
            _ => other = other.saturating_add(1),
        }
    }
    let crossed = crossed.saturating_add(stars);
    stars > 0 && crossed >= 2
        || crossed >= 3 && other == 0
        || high && memchr::memmem::find(bytes, "•".as_bytes()).is_some()
        || is_blank_word(bytes)
}

/// The length of `[filtered]`.
const LONGEST_WORD: usize = 10;

fn is_blank_word(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"[redacted]", b"redacted", b"[filtered]", b"hidden", b"n/a", b"null"];
    matches!(bytes.first(), Some(b'[' | b'r' | b'R' | b'h' | b'H' | b'n' | b'N'))
        && WORDS.iter().any(|word| bytes.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_tell_what_occurs() {
        let phone = Kinds::of(b"+49 (151) 2345-678");
        assert!(phone.only(Kinds::DIGIT.with(Kinds::PLUS).with(Kinds::SPACE).with(Kinds::JOINT)));
        assert!(Kinds::of("jürgen@x".as_bytes()).any(Kinds::AT));
        assert!(!Kinds::of(b"abc").any(Kinds::DIGIT));
        assert_eq!(Kinds::of(b""), Kinds::default());
    }

    #[test]
    fn a_masked_value_is_nobodys() {
        for masked in ["****1234", "xxxx", "XXX-XX-1234", "[REDACTED]", "••••", "a***@example.com"] {
            assert!(is_masked(masked.as_bytes()), "{masked}");
        }
        for plain in ["4111111111111111", "max.maxx@example.com", "Alexx", "O'Brien"] {
            assert!(!is_masked(plain.as_bytes()), "{plain}");
        }
    }
}
