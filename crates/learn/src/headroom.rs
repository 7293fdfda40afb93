//! The rule of head-room: from what was read at most to what may be read.

/// No proposed budget allows more in an hour, whatever was read.
pub const MOST_AN_HOUR: u32 = 5000;
/// No proposed budget allows more in a day.
pub const MOST_A_DAY: u32 = 10_000;

/// What may be read where at most `seen` people were in any clock hour or day: twice as many, rounded up
/// to two digits, never above `cap`.
///
/// Twice, because a budget's window slides: it touches two clock hours at most, so that twice the busiest
/// of them covers every window that the log has.
///
/// ```
/// assert_eq!(learn::with_headroom(100, 5000), 200);
/// assert_eq!(learn::with_headroom(1234, 5000), 2500);
/// assert_eq!(learn::with_headroom(4000, 5000), 5000);
/// ```
#[must_use]
pub fn with_headroom(seen: u32, cap: u32) -> u32 {
    let twice = seen.saturating_mul(2);
    let mut unit = 1_u32;
    while twice.checked_div(unit).unwrap_or(0) >= 100 {
        unit = unit.saturating_mul(10);
    }
    twice.checked_next_multiple_of(unit).unwrap_or(u32::MAX).min(cap)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn twice_at_least_and_a_fifth_more_at_most_below_the_cap(seen in 0_u32..1_000_000) {
            let allowed = with_headroom(seen, u32::MAX);
            prop_assert!(allowed >= seen * 2 && allowed <= seen * 2 + seen * 2 / 5 + 1);
            prop_assert!(with_headroom(seen, MOST_AN_HOUR) <= MOST_AN_HOUR);
        }
    }
}
