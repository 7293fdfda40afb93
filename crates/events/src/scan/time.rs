//! Times as logs write them. A time without a zone is read as UTC: nothing in the line says another.

use domain::Timestamp;

/// `08/Jun/2020:06:49:01 +0000`, with or without a fraction after the seconds and the zone after it
/// (NCSA, HAProxy).
pub(crate) fn clf(text: &[u8]) -> Option<Timestamp> {
    let &[d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':', ref clock @ ..] = text else { return None };
    let day = days(four(y1, y2, y3, y4)?, month([m1, m2, m3])?, two(d1, d2)?)?;
    rest(day, clock, false)
}

/// `2020-06-08T06:49:01.123Z`, `2020-06-08 06:49:01`, `2020/06/08 06:49:01`, with or without a fraction
/// and a zone.
pub(crate) fn civil(text: &[u8]) -> Option<Timestamp> {
    let &[y1, y2, y3, y4, dash, m1, m2, again, d1, d2, between, ref clock @ ..] = text else { return None };
    if dash != again || !matches!(dash, b'-' | b'/') || !matches!(between, b'T' | b't' | b' ') {
        return None;
    }
    let day = days(four(y1, y2, y3, y4)?, two(m1, m2)?, two(d1, d2)?)?;
    rest(day, clock, true)
}

/// `Thu Sep 30 13:27:06.009964 2021` (Apache's error log).
pub(crate) fn error_log(text: &[u8]) -> Option<Timestamp> {
    let &[_, _, _, b' ', m1, m2, m3, b' ', d1, d2, b' ', ref clock @ ..] = text else { return None };
    let (clock, &[y1, y2, y3, y4]) = super::cut_last(clock, b' ')? else { return None };
    let day = days(four(y1, y2, y3, y4)?, month([m1, m2, m3])?, two(d1, d2)?)?;
    rest(day, clock, false)
}

/// Seconds since 1970 with or without a fraction: `1693840791.7564995`.
pub(crate) fn epoch(text: &[u8]) -> Option<Timestamp> {
    super::number::scaled(text, 3).map(Timestamp::from_millis)
}

/// Whether a time that was read has no zone behind its clock.
pub(crate) fn lacks_zone(text: &[u8]) -> bool {
    match text {
        // `08/Jun/2020:06:49:01`, `2020-06-08 06:49:01`: day and clock have 19 or 20 bytes.
        [_, _, b'/', ..] | [_, _, _, _, b'-' | b'/', ..] => {
            !text.iter().skip(19).any(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'))
        }
        // `Thu Sep 30 13:27:06.009964 2021`
        [_, _, _, b' ', ..] => true,
        _ => false,
    }
}

/// The clock of `day` and its zone.
fn rest(day: u64, clock: &[u8], zone_may_touch: bool) -> Option<Timestamp> {
    let &[h1, h2, b':', i1, i2, b':', s1, s2, ref after @ ..] = clock else { return None };
    let (hour, minute, second) = (two(h1, h2)?, two(i1, i2)?, two(s1, s2)?);
    // A leap second is read as the first of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, after) = fraction(after)?;
    let secs = day * 86_400 + hour * 3600 + minute * 60 + second;
    let (ahead, offset) = match after {
        [b' ', zone @ ..] => zone_of(zone)?,
        [] => (true, 0),
        zone if zone_may_touch => zone_of(zone)?,
        _ => return None,
    };
    let secs = if ahead { secs.checked_sub(offset)? } else { secs + offset };
    Some(Timestamp::from_millis(secs * 1000 + millis))
}

/// The milliseconds of `.123456` or `,123`, and what follows.
fn fraction(text: &[u8]) -> Option<(u64, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = digits.split_at_checked(count)?;
    if digits.is_empty() {
        return None;
    }
    let millis = digits.iter().chain(b"000").take(3).fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some((millis, after))
}

/// Whether a zone is ahead of UTC, and by how many seconds.
fn zone_of(text: &[u8]) -> Option<(bool, u64)> {
    let (sign, hours, minutes) = match *text {
        [b'Z' | b'z'] => return Some((true, 0)),
        [sign, h1, h2, i1, i2] | [sign, h1, h2, b':', i1, i2] => (sign, two(h1, h2)?, two(i1, i2)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 || !matches!(sign, b'+' | b'-') {
        return None;
    }
    Some((sign == b'+', hours * 3600 + minutes * 60))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` before 1970 and for days there are not.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(leap),
        _ => return None,
    };
    if year < 1970 || day == 0 || day > longest {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    // Days from March of the year 0 to 1970-01-01.
    (of_years + of_year).checked_sub(719_468)
}

/// The number of an English month in three letters.
pub(crate) fn month(name: [u8; 3]) -> Option<u64> {
    Some(match &name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

fn two(tens: u8, ones: u8) -> Option<u64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u64::from(tens * 10 + ones))
}

fn four(a: u8, b: u8, c: u8, d: u8) -> Option<u64> {
    Some(two(a, b)? * 100 + two(c, d)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = fn(&[u8]) -> Option<Timestamp>;

    #[test]
    fn times_are_read_to_the_millisecond_and_into_utc() {
        let table: [(Read, &str, Option<&str>); 20] = [
            (clf, "08/Jun/2020:06:49:01 +0000", Some("2020-06-08T06:49:01Z")),
            (clf, "08/Jun/2020:06:49:01 +0230", Some("2020-06-08T04:19:01Z")),
            (clf, "31/Dec/2020:23:49:01 -0100", Some("2021-01-01T00:49:01Z")),
            (clf, "14/Jan/2015:12:48:57.127", Some("2015-01-14T12:48:57.127Z")),
            (clf, "29/Feb/2021:06:49:01 +0000", None),
            (clf, "00/Jun/2020:06:49:01 +0000", None),
            (clf, "08/Jun/2020:24:49:01 +0000", None),
            (clf, "08/jun/2020:06:49:01 +0000", None),
            (clf, "08/Jun/2020:06:49:01+0000", None),
            (clf, "01/Jan/1970:00:49:01 +0100", None),
            (clf, "08/Jun/2020:06:49:01 ", None),
            (civil, "2020-06-08T06:49:01.1234567Z", Some("2020-06-08T06:49:01.123Z")),
            (civil, "2020-06-08 06:49:01", Some("2020-06-08T06:49:01Z")),
            (civil, "2020/06/08 06:49:01", Some("2020-06-08T06:49:01Z")),
            (civil, "2020-06-08T06:49:01,5+02:00", Some("2020-06-08T04:49:01.5Z")),
            (civil, "2020-06/08 06:49:01", None),
            (error_log, "Thu Sep 30 13:27:06.009964 2021", Some("2021-09-30T13:27:06.009Z")),
            (error_log, "Thu Sep 31 13:27:06 2021", None),
            (epoch, "1693840791.7564995", Some("2023-09-04T15:19:51.756Z")),
            (epoch, "-1.5", None),
        ];
        for (read, text, expected) in table {
            let shown = read(text.as_bytes()).map(|at| at.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_time_tells_its_zone_or_lacks_one() {
        for (text, lacks) in [
            ("08/Jun/2020:06:49:01 +0000", false),
            ("08/Jun/2020:06:49:01.127 -0200", false),
            ("14/Jan/2015:12:48:57.127", true),
            ("2020-06-08T06:49:01.1234567Z", false),
            ("2020-06-08T06:49:01+02:00", false),
            ("2020-06-08 06:49:01", true),
            ("2020/06/08 06:49:01,5", true),
            ("Thu Sep 30 13:27:06.009964 2021", true),
            ("Thu, 26 Nov 2026 11:46:42 GMT", false),
            ("1693840791.7564995", false),
        ] {
            assert_eq!(lacks_zone(text.as_bytes()), lacks, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_read_as_the_calendar_library_writes_it(secs in 100_000_i64..253_000_000_000, offset in -86_000_i32..86_000) {
            let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(offset / 60 * 60).unwrap());
            let zoned = jiff::Timestamp::from_second(secs).unwrap().to_zoned(zone);
            let expected = u64::try_from(secs).ok().map(Timestamp::from_secs);
            let table: [(Read, &str); 2] = [(clf, "%d/%b/%Y:%H:%M:%S %z"), (civil, "%Y-%m-%dT%H:%M:%S%:z")];
            for (read, form) in table {
                let text = zoned.strftime(form).to_string();
                prop_assert_eq!(read(text.as_bytes()), expected, "{}", text);
            }
        }
    }
}
