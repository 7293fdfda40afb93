//! How sure a count of rare events is.

/// The chance that a rate above [`upper`] shows so few events.
const MISS: f64 = 0.05;

/// The 95 % upper bound of a Poisson mean of which `events` were seen: the mean at which so few or fewer
/// are seen with a chance of one in twenty. Without any event it is 3.0 (the rule of three). For rare
/// events among many client-days it equals Clopper and Pearson's binomial bound, and lies above it.
pub(crate) fn upper(events: u64) -> f64 {
    let mut low = float(events);
    let mut high = float(events) + 10.0 + 10.0 * (float(events) + 1.0).sqrt();
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if at_most(events, middle) > MISS {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Events per million of `trials`, and the upper bound of it. Without any trial nothing is known.
pub(crate) fn per_million(events: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, f64::INFINITY);
    }
    let millions = float(trials) / 1e6;
    (float(events) / millions, upper(events) / millions)
}

/// The chance of at most `events` of a Poisson distribution, summed from its largest term down so that
/// nothing underflows before it is small.
fn at_most(events: u64, mean: f64) -> f64 {
    // ln of the term at `events`, by ln(n!) as a sum: events are few or the bound is loose anyway.
    let ln_factorial: f64 = (1..=events.min(10_000_000)).map(|n| float(n).ln()).sum();
    let mut term = (float(events) * mean.ln() - mean - ln_factorial).exp();
    let (mut sum, mut n) = (0.0, events);
    loop {
        sum += term;
        if n == 0 || term < sum * 1e-15 {
            return sum;
        }
        term *= float(n) / mean;
        n -= 1;
    }
}

/// A count as a number with a point; exact up to 2^53.
pub(crate) fn float(number: u64) -> f64 {
    let part = |bits: u64| f64::from(u32::try_from(bits & 0xffff_ffff).unwrap_or(u32::MAX));
    part(number >> 32) * 4_294_967_296.0 + part(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the 90 % quantile of chi-square with 2(k+1) degrees of freedom, from printed tables.
    #[test]
    fn bounds_are_those_of_the_tables() {
        for (events, expected) in
            [(0, 2.9957), (1, 4.7439), (2, 6.2958), (5, 10.5130), (10, 16.9622), (50, 63.287), (100, 118.079)]
        {
            assert!((upper(events) - expected).abs() < 2e-3, "{events}: {}", upper(events));
        }
    }

    #[test]
    fn a_bound_is_never_below_what_was_seen_and_falls_with_more_days() {
        for events in (0..2000).step_by(97) {
            assert!(upper(events) > float(events));
            let (rate, few) = per_million(events, 1_000_000);
            let (_, many) = per_million(events, 10_000_000);
            assert!(rate < few && many < few);
        }
        assert_eq!(per_million(0, 0), (0.0, f64::INFINITY));
        assert!((float(u64::from(u32::MAX) + 7) - 4_294_967_302.0).abs() < 0.5);
    }
}
