//! The `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-11): lists
//! of strings with parameters in the syntax of structured fields (RFC 9651).
//!
//! Policies are announced for limits on requests only. A limit on distinct objects has no unit (`qu`)
//! in the registry of quota units, and without one the draft reads it as requests: a client that obeyed
//! would stop at the first few. The answer that such a limit refuses names it in `RateLimit` with nothing
//! left, which is true in any unit. Budgets are never announced: a field that says how many people are
//! left would be a manual for the attacker.

use super::{Applied, Unit};

/// The greatest integer of a structured field (RFC 9651 section 3.3.1).
const GREATEST: u64 = 999_999_999_999_999;

/// The value of `RateLimit-Policy`: `"client";q=2000;w=1`. `None` where no limit applied.
#[must_use]
pub fn rate_limit_policy(applied: &[Applied]) -> Option<String> {
    list(applied.iter().filter(|one| one.unit == Unit::Requests), |text, one| {
        parameter(text, ";q=", u64::from(one.quota.requests()));
        parameter(text, ";w=", one.quota.per().secs_ceil().max(1));
    })
}

/// The value of `RateLimit`: `"client";r=1999;t=1`. `None` where no limit applied.
///
/// Never more than the quota that `RateLimit-Policy` states: a burst above it is leniency, which
/// nobody is told to count on.
#[must_use]
pub fn rate_limit(applied: &[Applied]) -> Option<String> {
    list(applied.iter(), |text, one| {
        parameter(text, ";r=", u64::from(one.standing.remaining.min(one.quota.requests())));
        parameter(text, ";t=", one.standing.more_in.secs_ceil());
    })
}

/// The value of `Retry-After` (RFC 9110 section 10.2.3): whole seconds, at least one.
#[must_use]
pub fn retry_after(wait: domain::Window) -> String {
    wait.secs_ceil().max(1).to_string()
}

fn list<'a>(
    applied: impl Iterator<Item = &'a Applied>,
    parameters: impl Fn(&mut String, &Applied),
) -> Option<String> {
    // Room for two names with two numbers each, at once: these fields are written for every answer.
    let mut text = String::with_capacity(96);
    for one in applied {
        if !text.is_empty() {
            text.push_str(", ");
        }
        string(&mut text, one.name);
        parameters(&mut text, one);
    }
    (!text.is_empty()).then_some(text)
}

/// A name with its `;` and `=`, and a number. By hand, for `write!` costs several times as much.
fn parameter(text: &mut String, name: &str, number: u64) {
    text.push_str(name);
    decimal(text, number.min(GREATEST));
}

/// The digits of `number`, the first one first: at most twenty deep.
fn decimal(text: &mut String, number: u64) {
    if number >= 10 {
        decimal(text, number / 10);
    }
    text.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or(0)));
}

/// A string as RFC 9651 section 4.1.6 serialises it; characters outside of visible ASCII and space
/// become `?`, for a name must never break a header.
fn string(text: &mut String, value: &str) {
    text.push('"');
    if value.bytes().all(|byte| byte.is_ascii_lowercase()) {
        text.push_str(value);
        text.push('"');
        return;
    }
    for symbol in value.chars() {
        match symbol {
            '"' | '\\' => text.extend(['\\', symbol]),
            ' '..='~' => text.push(symbol),
            _ => text.push('?'),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use domain::Window;
    use proptest::prelude::*;

    use super::*;
    use crate::limit::{Quota, Standing};

    fn applied(name: &'static str, requests: u32, per: Window, remaining: u32, more_in: Window) -> Applied {
        Applied {
            name,
            unit: Unit::Requests,
            quota: Quota::new(requests, per, requests),
            standing: Standing { remaining, more_in },
        }
    }

    #[test]
    fn objects_are_no_requests_and_are_announced_as_none() {
        let spent = Applied {
            unit: Unit::Objects,
            ..applied("objects", 3, Window::MINUTE, 0, Window::from_secs(60))
        };
        let both = [applied("operation", 5, Window::MINUTE, 2, Window::from_secs(12)), spent];
        assert_eq!(rate_limit_policy(&both).unwrap(), r#""operation";q=5;w=60"#);
        assert_eq!(rate_limit(&both).unwrap(), r#""operation";r=2;t=12, "objects";r=0;t=60"#);
        assert_eq!(rate_limit_policy(&[spent]), None);
    }

    #[test]
    fn the_fields_read_as_in_the_draft() {
        let two = [
            applied("client", 100, Window::MINUTE, 50, Window::from_secs(30)),
            applied("operation", 1000, Window::DAY, 999, Window::from_millis(86_001)),
        ];
        assert_eq!(rate_limit_policy(&two).unwrap(), r#""client";q=100;w=60, "operation";q=1000;w=86400"#);
        assert_eq!(rate_limit(&two).unwrap(), r#""client";r=50;t=30, "operation";r=999;t=87"#);
        let burst = Applied {
            quota: Quota::new(2000, Window::from_secs(1), 4000),
            ..applied("client", 1, Window::DAY, 4000, Window::from_secs(1))
        };
        assert_eq!(rate_limit(&[burst]).unwrap(), r#""client";r=2000;t=1"#);
        assert_eq!(rate_limit(&[]), None);
        assert_eq!(retry_after(Window::from_millis(1)), "1");
    }

    /// A member of a list: its name and its parameters.
    type Item = (String, Vec<(String, u64)>);

    /// A slow reader of RFC 9651 lists of strings with integer parameters.
    fn read(text: &str) -> Option<Vec<Item>> {
        let mut rest = text.chars().peekable();
        let mut items = Vec::new();
        loop {
            rest.next_if_eq(&'"')?;
            let mut name = String::new();
            loop {
                match rest.next()? {
                    '"' => break,
                    '\\' => name.push(rest.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
                    symbol @ ' '..='~' => name.push(symbol),
                    _ => return None,
                }
            }
            let mut parameters = Vec::new();
            while rest.next_if_eq(&';').is_some() {
                let key: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_lowercase)).collect();
                rest.next_if_eq(&'=')?;
                let digits: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_digit)).collect();
                parameters.push((key, digits.parse().ok().filter(|n| *n <= GREATEST)?));
            }
            items.push((name, parameters));
            if rest.peek().is_none() {
                return Some(items);
            }
            rest.next_if_eq(&',').and_then(|_| rest.next_if_eq(&' '))?;
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(
            limits in prop::collection::vec(
                (prop::sample::select(vec!["client", "a\"b\\c", "über", "", "tab\tnul\0"]),
                 1u32.., 0u64.., 0u32.., 0u64..), 1..4),
        ) {
            let all: Vec<Applied> = limits.iter().map(|&(name, requests, per, remaining, more)|
                applied(name, requests, Window::from_millis(per), remaining, Window::from_millis(more))).collect();
            let policy = read(&rate_limit_policy(&all).unwrap()).unwrap();
            let state = read(&rate_limit(&all).unwrap()).unwrap();
            prop_assert_eq!(policy.len(), all.len());
            for ((one, policy), state) in all.iter().zip(&policy).zip(&state) {
                prop_assert_eq!(&policy.0, &state.0);
                prop_assert_eq!(policy.0.chars().count(), one.name.chars().count());
                prop_assert_eq!(&policy.1[0], &("q".to_owned(), u64::from(one.quota.requests())));
                prop_assert!(policy.1[1].0 == "w" && policy.1[1].1 >= 1);
                let remaining = one.standing.remaining.min(one.quota.requests());
                prop_assert_eq!(&state.1[0], &("r".to_owned(), u64::from(remaining)));
                prop_assert_eq!(&state.1[1].0, "t");
            }
        }
    }
}
