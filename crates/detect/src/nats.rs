//! Evidence in millionths of a nat, by whole numbers only.
//!
//! The same exchanges must give the same signals on every machine (DESIGN.md section 7.4), and the
//! last digit of a floating-point logarithm differs between them. Hence logarithms in fixed point.

/// `ln(x)` in millionths, rounded down; 0 for 0 and 1. Right to two millionths.
pub(crate) fn ln(x: u64) -> u32 {
    let Some(whole) = x.checked_ilog2() else { return 0 };
    // The mantissa as a number between 1 and 2 with 31 binary places; each squaring gives one more
    // binary place of the logarithm.
    let mut mantissa = (x << (63 - whole)) >> 32;
    let mut log = u64::from(whole);
    for _ in 0..24 {
        mantissa = (mantissa * mantissa) >> 31;
        log <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            log |= 1;
        }
    }
    // ln 2 in thousand-millionths.
    narrow(((log * 693_147_181) >> 24) / 1000)
}

/// `ln(above / below)` in millionths, for `above >= below > 0`.
pub(crate) fn ratio(above: u64, below: u64) -> u32 {
    ln(above.saturating_mul(1000)).saturating_sub(ln(below.saturating_mul(1000)))
}

/// The number, or the greatest that there is.
pub(crate) fn narrow(wide: u64) -> u32 {
    u32::try_from(wide).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_floating_point() {
        for x in (1..200u64).chain([999, 1_000_000, 33_000_000, u64::MAX / 3, u64::MAX]) {
            #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "the oracle is a float")]
            let exact = (x as f64).ln() * 1e6;
            assert!((f64::from(ln(x)) - exact).abs() < 3.0, "ln {x}: {} {exact}", ln(x));
        }
        assert_eq!(ln(0), 0);
    }
}
