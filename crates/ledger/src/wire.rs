//! Numbers and bytes as they stand in a ledger frame: little to read, nothing to trust.

/// Why bytes are no ledger data. Names what was expected, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// The rest of a payload that is being read.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(Malformed("the bytes end too early"))?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed("the bytes end too early"))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array::<1>()?;
        Ok(byte)
    }

    /// LEB128, at most 64 bits.
    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed("a number is longer than 64 bits"))
    }

    pub(crate) fn count(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed("a count is out of range"))
    }

    pub(crate) fn small(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed("a count is out of range"))
    }
}

pub(crate) fn put_number(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(crate) fn put_count(value: usize, out: &mut Vec<u8>) {
    // A `usize` has at most 64 bits on every machine that Rust knows.
    put_number(u64::try_from(value).unwrap_or(u64::MAX), out);
}

/// Small differences of either sign as small numbers: 0, -1, 1, -2 become 0, 1, 2, 3.
pub(crate) fn zigzag(from: u64, to: u64) -> u64 {
    let difference = to.wrapping_sub(from);
    (difference << 1) ^ (difference >> 63).wrapping_neg()
}

/// The other end of [`zigzag`]: `unzigzag(from, zigzag(from, to)) == to` for all values.
pub(crate) fn unzigzag(from: u64, coded: u64) -> u64 {
    from.wrapping_add((coded >> 1) ^ (coded & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back(value: u64) {
            let mut out = Vec::new();
            put_number(value, &mut out);
            let mut input = Input(&out);
            prop_assert_eq!(input.number(), Ok(value));
            prop_assert!(input.0.is_empty());
        }

        #[test]
        fn differences_read_back(from: u64, to: u64) {
            prop_assert_eq!(unzigzag(from, zigzag(from, to)), to);
        }
    }

    #[test]
    fn near_times_take_one_byte() {
        for to in [1000, 999, 1063, 937] {
            assert!(zigzag(1000, to) < 128, "{to}");
        }
    }

    #[test]
    fn a_number_of_65_bits_is_refused() {
        let mut bytes = vec![0xff; 9];
        bytes.push(0x02);
        assert!(Input(&bytes).number().is_err());
        assert!(Input(&[0xff; 20]).number().is_err());
        assert!(Input(&[0x80]).number().is_err());
    }
}
