//! What the people of a town ask for, as requests of an HTTP API with the answers that its shop gives.

use std::net::IpAddr;

use super::Logged;
use crate::days::{Ask, Door, Habit, Tells, Who};
use crate::dice::Dice;

/// Browsers that people have.
const BROWSERS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML; like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML; like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML; like Gecko) Mobile/15E148",
];

/// The browser of somebody.
#[must_use]
pub fn browser(person: u64) -> &'static str {
    let nth = usize::try_from(mixed(person, 7) % 5).unwrap_or(0);
    BROWSERS.get(nth).copied().unwrap_or_default()
}

/// What somebody with a habit calls their program.
#[must_use]
pub fn agent(habit: Habit, person: u64) -> &'static str {
    match habit {
        Habit::Mobile => "ShopApp/5.1 (iOS 18.6)",
        Habit::Partner => "PartnerSync/2.4",
        Habit::Poller => "ParcelPoller/1.9",
        Habit::Crawler => "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.com/)",
        _ => browser(person),
    }
}

/// A number that is the same for the same two.
#[must_use]
pub fn mixed(a: u64, b: u64) -> u64 {
    Dice::new(a.wrapping_mul(0x0100_0000_01b3) ^ b).roll()
}

/// How many bytes an answer has: a head, and a record for each of its people.
#[must_use]
pub fn size(tells: Tells) -> u64 {
    34 + tells.people().map(|person| 150 + mixed(person, 3) % 60).sum::<u64>()
}

/// `ask` at `at`, as it goes over the wire.
#[must_use]
pub fn request(ask: &Ask, at: u64, agent: &'static str) -> Logged {
    let object = ask.object.unwrap_or(0);
    let mut body = String::new();
    let (method, target) = match ask.door {
        Door::Catalogue => ("GET", format!("/api/catalogue/{object}")),
        Door::Seller => ("GET", format!("/api/sellers/{object}")),
        Door::LogIn => {
            body = format!(
                "{{\"email\":\"p{}@mail.example\",\"password\":\"secret\"}}",
                ask.brings.unwrap_or(0)
            );
            ("POST", "/api/login".to_owned())
        }
        Door::Orders => ("GET", paged("/api/orders", ask.page)),
        Door::Order => ("GET", format!("/api/orders/{object}")),
        Door::Team => ("GET", "/api/team".to_owned()),
        Door::Guest => {
            body = format!("{{\"email\":\"p{}@mail.example\"}}", ask.brings.unwrap_or(0));
            ("POST", "/api/guest/orders".to_owned())
        }
        Door::Profile => ("GET", format!("/api/profiles/{object}")),
        Door::Customer => ("GET", format!("/api/customers/{object}")),
        Door::Batch => {
            body = format!("{{\"page\":{}}}", ask.page.unwrap_or(1));
            ("POST", "/api/preorders".to_owned())
        }
        Door::Desk => match ask.object {
            Some(object) => ("GET", format!("/api/desk/customers/{object}")),
            None => ("GET", paged("/api/desk/customers", ask.page)),
        },
        Door::Shipments => ("GET", paged("/api/partner/shipments", ask.page)),
        Door::Nowhere => ("GET", format!("/old/{object}.php")),
    };
    let catalogue = if ask.door == Door::Catalogue { 900 + mixed(object, 5) % 700 } else { 0 };
    let (user, token) = match ask.who {
        Who::Nobody => (None, None),
        Who::Session(number) => (None, Some(format!("Bearer {:016x}", mixed(number, 11)))),
        Who::Account { person, .. } => (Some(format!("account-{person}")), None),
        Who::Staff(number) => (Some(format!("staff-{number}")), None),
        Who::Partner(number) => (Some(format!("partner-{number}")), None),
    };
    Logged {
        at,
        from: ask.from,
        user,
        token,
        method,
        target,
        body,
        status: ask.status,
        sent: size(ask.tells) + catalogue,
        agent,
    }
}

fn paged(path: &str, page: Option<u64>) -> String {
    page.map_or_else(|| path.to_owned(), |page| format!("{path}?page={page}"))
}

/// What a browser fetches beside a page: `nth` tells which.
#[must_use]
pub fn asset(from: IpAddr, at: u64, nth: u64, agent: &'static str) -> Logged {
    let (target, sent) = match nth % 4 {
        0 => ("/assets/shop.css".to_owned(), 18_230),
        1 => ("/assets/shop.js".to_owned(), 90_411),
        2 => (format!("/assets/pictures/{}.jpg", nth % 400), 20_000 + mixed(nth, 1) % 40_000),
        _ => ("/".to_owned(), 6120),
    };
    Logged::get(at, from, target, 200, sent, agent)
}
