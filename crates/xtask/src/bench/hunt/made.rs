//! The log that is read: a shop's day of people who read what is theirs, and one who walks through orders.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, Result};
use testkit::logs::shop::{asset, browser, mixed};
use testkit::logs::{Logged, Renderer};

/// People.
const PEOPLE: u64 = 20_000;
/// 2026-11-24T00:00:00Z.
const START: u64 = 1_795_478_400;
/// Days that the log spans.
const DAYS: u64 = 3;
/// Who walks; the address stands nowhere else.
pub(super) const THIEF: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
/// Orders that are walked through.
const WALK: u64 = 300;
/// One request of the walk in so many lines.
const EVERY: u64 = 7;

/// The shares of a hundred lines, and what each is.
const SHARES: [(u64, Kind); 5] =
    [(35, Kind::Asset), (15, Kind::Page), (41, Kind::Object), (5, Kind::List), (4, Kind::Miss)];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Asset,
    Page,
    Object,
    List,
    Miss,
}

/// Writes `lines` lines as `renderer` does.
pub(super) fn write(lines: u64, renderer: &Renderer, out: &mut impl Write) -> Result<()> {
    let mut line = String::new();
    for nth in 0..lines {
        line.clear();
        (renderer.line)(&request(nth, lines), &mut line);
        line.push('\n');
        out.write_all(line.as_bytes()).context("write the log")?;
    }
    Ok(())
}

fn request(nth: u64, lines: u64) -> Logged {
    let at = START * 1000 + nth * (DAYS * 86_400_000) / lines.max(1);
    let begun = lines / 2;
    if let Some(step) = nth.checked_sub(begun).filter(|step| step.is_multiple_of(EVERY)) {
        let step = step / EVERY;
        if step < WALK {
            return Logged::get(
                at,
                THIEF,
                format!("/api/orders/{}", 700_000 + step),
                200,
                640 + mixed(step, 4) % 90,
                "curl/8.5.0",
            );
        }
        if step == WALK {
            // What one of the shipped rules speaks of.
            return Logged::get(at, THIEF, "/app/.env".into(), 200, 512, "curl/8.5.0");
        }
    }
    let person = mixed(nth, 2) % PEOPLE;
    let offset = u32::try_from(person * 6).unwrap_or(0);
    let from = IpAddr::V4(Ipv4Addr::from_bits(0xc612_0000 + offset));
    let agent = browser(person);
    let some = mixed(nth, 3);
    match kind(mixed(nth, 1) % 100) {
        Kind::Asset => asset(from, at, some % 3, agent),
        Kind::Page => {
            let target = ["/", "/about", "/cart", "/search?q=lamps&sort=price", "/offers/autumn"];
            let target = target.get(usize::try_from(some % 5).unwrap_or(0)).copied().unwrap_or("/");
            Logged::get(at, from, target.into(), 200, 6120, agent)
        }
        // Two of one's own orders, or one of the catalogue's products.
        Kind::Object if some.is_multiple_of(2) => {
            let order = mixed(person * 2 + some / 2 % 2, 8) % 500_000;
            Logged::get(at, from, format!("/api/orders/{order}"), 200, 640 + order % 90, agent)
        }
        Kind::Object => {
            Logged::get(at, from, format!("/api/products/{}", some % 5000), 200, 900 + some % 700, agent)
        }
        Kind::List => Logged::get(
            at,
            from,
            format!("/api/products?page={}", 1 + some % 4),
            200,
            9000 + some % 900,
            agent,
        ),
        Kind::Miss => Logged::get(at, from, format!("/old/{}.php", some % 400), 404, 153, agent),
    }
}

fn kind(dice: u64) -> Kind {
    let mut rest = dice;
    for (share, kind) in SHARES {
        match rest.checked_sub(share) {
            Some(after) => rest = after,
            None => return kind,
        }
    }
    Kind::Page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_a_hundred_and_the_walk_is_whole() {
        assert_eq!(SHARES.iter().map(|(share, _)| share).sum::<u64>(), 100);
        let lines = 20_000;
        let walked: Vec<String> = (0..lines)
            .map(|nth| request(nth, lines))
            .filter(|one| one.from == THIEF)
            .map(|one| one.target)
            .collect();
        assert_eq!(walked.len(), 301, "{:?}", walked.last());
        assert_eq!(
            (walked.first().map(String::as_str), walked.last().map(String::as_str)),
            (Some("/api/orders/700000"), Some("/app/.env"))
        );
    }
}
