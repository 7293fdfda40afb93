//! Who is there, and what each came for.

use std::net::{IpAddr, Ipv4Addr};

use super::Crowd;
use super::Kind;
use super::visit::{Papers, Person, Step};
use crate::client::Ask;
use crate::dice::Dice;
use crate::directory::{CUSTOMERS, Customer};
use crate::places::{ATTACKER, EDGE, OFFICE, home, neighbour};
use crate::shop::keys;

/// How many of each kind there are, the staff and the partner not counted.
pub const IDENTITIES: [(Kind, usize); 11] = [
    (Kind::Visitor, 100),
    (Kind::Customer, 90),
    (Kind::CookieCustomer, 30),
    (Kind::NameCustomer, 20),
    (Kind::OrderPager, 20),
    (Kind::Guest, 40),
    (Kind::OwnMail, 20),
    (Kind::SignUp, 30),
    (Kind::Office, 40),
    (Kind::Neighbour, 20),
    (Kind::Shared, 10),
];

/// Staff members who work where staff work.
const STAFF: usize = 3;

/// Everybody, in the order in which they come.
pub(super) fn people(crowd: &Crowd) -> Vec<Person> {
    let mut dice = Dice::new(crowd.seed ^ 0x009e_091e);
    let is_somebody = |at: &usize| !crowd.nobody.contains(at);
    let mut everyone: Vec<usize> = (0..CUSTOMERS).collect();
    dice.shuffle(&mut everyone);
    // Pagers need pages: every tenth customer has a dozen orders.
    let mut busy: Vec<usize> = (0..CUSTOMERS).step_by(10).collect();
    dice.shuffle(&mut busy);
    let mut everyone = everyone.into_iter().filter(|at| at % 10 != 0).filter(is_somebody);
    let mut busy = busy.into_iter().filter(is_somebody);

    let mut people = Vec::new();
    for (kind, many) in IDENTITIES {
        for nth in 0..many {
            let role = match kind {
                Kind::Office | Kind::Neighbour => mixed(nth),
                Kind::Shared => Kind::Guest,
                alone => alone,
            };
            let at = if role == Kind::OrderPager { busy.next() } else { everyone.next() };
            let Some((at, one)) = at.and_then(|at| Some((at, crowd.directory.customers().get(at)?))) else {
                continue;
            };
            let source = match kind {
                Kind::Office => OFFICE,
                Kind::Neighbour => neighbour(nth),
                Kind::Shared => ATTACKER,
                _ => home(people.len()),
            };
            let steps = steps(role, one, crowd, &mut dice);
            let own = (role != Kind::SignUp).then_some(at);
            let person = Person { kind, source, behind: None, own, packs: dice.below(2) == 0, steps };
            people.push(if people.len().is_multiple_of(3) {
                beside(person, crowd, people.len() / 3)
            } else {
                person
            });
        }
    }
    if crowd.with_staff {
        let first = people.len();
        people.extend((0..STAFF).map(|nth| staff(nth, home(first + nth))));
        people.push(partner(home(first + STAFF)));
    }
    dice.shuffle(&mut people);
    people
}

/// Somebody of those who live somewhere of their own moves to an address of the attacker, if it has more
/// than one. What is read there without a session is counted apart.
fn beside(person: Person, crowd: &Crowd, nth: usize) -> Person {
    let place = crowd.beside.get(nth.checked_rem(crowd.beside.len()).unwrap_or(0));
    let kind = match person.kind {
        Kind::Customer | Kind::CookieCustomer | Kind::NameCustomer | Kind::OrderPager => person.kind,
        Kind::Visitor | Kind::Guest | Kind::OwnMail | Kind::SignUp => Kind::Shared,
        _ => return person,
    };
    match place {
        Some(IpAddr::V4(source)) => Person { kind, source: *source, ..person },
        Some(IpAddr::V6(behind)) => Person { kind, source: EDGE, behind: Some(*behind), ..person },
        None => person,
    }
}

/// The kinds that meet in an office or a street.
fn mixed(nth: usize) -> Kind {
    match nth % 6 {
        5 => Kind::NameCustomer,
        0 => Kind::Visitor,
        1 => Kind::Customer,
        2 => Kind::Guest,
        3 => Kind::SignUp,
        _ => Kind::OrderPager,
    }
}

fn steps(role: Kind, one: &Customer, crowd: &Crowd, dice: &mut Dice) -> Vec<Step> {
    match role {
        Kind::Visitor => visitor(dice),
        Kind::CookieCustomer if !crowd.identified => customer(one, crowd, Papers::Cookie, dice),
        Kind::Customer | Kind::CookieCustomer => customer(one, crowd, Papers::Token, dice),
        Kind::OrderPager => pager(one, crowd),
        Kind::NameCustomer => by_name(one, crowd),
        Kind::OwnMail if !crowd.identified => own_mail(one),
        Kind::Guest | Kind::OwnMail => guest(one, dice),
        Kind::SignUp => sign_up(one, dice),
        Kind::Office | Kind::Neighbour | Kind::Shared | Kind::Staff | Kind::Partner => Vec::new(),
    }
}

/// A step that anybody may take and that must bring `holds`.
fn open(ask: Ask, holds: impl Into<String>) -> Step {
    Step { ask, papers: Papers::None, status: 200, holds: vec![holds.into()], of_many: false }
}

fn visitor(dice: &mut Dice) -> Vec<Step> {
    let mut steps = vec![
        open(Ask::get("/"), "Harbour shop"),
        open(Ask::get("/assets/app.js"), "widget-60"),
        open(Ask::get("/assets/shop.css"), "font-family"),
    ];
    for _ in 0..7 {
        let page = dice.below(20) + 1;
        steps.push(open(Ask::get(format!("/catalogue/sellers?page={page}")), format!("\"page\":{page}")));
        let page = dice.below(40) + 1;
        steps.push(open(Ask::get(format!("/catalogue/products?page={page}")), format!("\"page\":{page}")));
        let sku = 1000 + dice.below(400);
        steps.push(open(Ask::get(format!("/catalogue/products/TG-{sku}")), format!("TG-{sku}")));
    }
    steps
}

fn log_in(one: &Customer) -> Step {
    let body = serde_json::json!({ "email": one.email, "password": one.password() });
    Step { papers: Papers::Earns, ..open(Ask::post("/api/login", body.to_string()), one.email.clone()) }
}

/// Own data at every door that has some, most of which are being emptied meanwhile.
fn customer(one: &Customer, crowd: &Crowd, papers: Papers, dice: &mut Dice) -> Vec<Step> {
    let Customer { id, uuid, email, phone, street, .. } = one;
    let json = |value: serde_json::Value| value.to_string();
    let mut asks = vec![
        (Ask::get("/api/me"), email),
        (Ask::post("/api/customers", json(serde_json::json!({ "email": email }))), email),
        (Ask::get(format!("/api/customers?id={id}")), email),
        (Ask::get(format!("/api/customers/{id}")), email),
        (Ask::post("/api/customers/bulk", json(serde_json::json!({ "ids": [id] }))), email),
        (Ask::get(format!("/api/profiles/{uuid}")), email),
        (Ask::get(format!("/api/v1/users/{id}")), email),
        (Ask::get(format!("/api/v2/users?id={id}")), email),
        (Ask::get(format!("/api/contacts/{id}")), phone),
        (Ask::get(format!("/api/addresses/{id}")), street),
        (Ask::get(format!("/api/invoices/{id}")), email),
        (Ask::get(format!("/api/search?q={email}")), email),
        (Ask::get(format!("/api/export.csv?id={id}")), email),
        (Ask::get("/api/orders?page=1"), email),
    ];
    for order in crowd.directory.orders_of(*id).iter().take(2) {
        asks.push((Ask::get(format!("/api/orders/{order}")), email));
    }
    asks.push((Ask::get("/api/me"), email));
    dice.shuffle(&mut asks);
    let mut steps = vec![open(Ask::get("/"), "Harbour shop"), log_in(one)];
    steps.extend(asks.into_iter().map(|(ask, holds)| Step { papers, ..open(ask, holds.clone()) }));
    steps.push(open(Ask::get("/catalogue/products?page=1"), "TG-1000"));
    steps
}

fn pager(one: &Customer, crowd: &Crowd) -> Vec<Step> {
    let mut steps = vec![log_in(one)];
    let own = |ask| Step { papers: Papers::Token, ..open(ask, one.email.clone()) };
    let orders = crowd.directory.orders_of(one.id);
    steps
        .extend((1..=orders.len().div_ceil(5)).map(|page| own(Ask::get(format!("/api/orders?page={page}")))));
    steps.extend(orders.iter().map(|order| own(Ask::get(format!("/api/orders/{order}")))));
    steps
}

/// The own order first: nothing says whose it is. Then doors that show numbers or contacts only.
fn by_name(one: &Customer, crowd: &Crowd) -> Vec<Step> {
    let body =
        serde_json::json!({ "user": format!("customer-{}", one.id), "password": one.password() }).to_string();
    let mut steps =
        vec![Step { papers: Papers::Earns, ..open(Ask::post("/api/login", body), "access_token") }];
    let own = |ask, holds: &str| Step { papers: Papers::Token, ..open(ask, holds) };
    for order in crowd.directory.orders_of(one.id).iter().take(2) {
        steps.push(own(Ask::get(format!("/api/orders/{order}")), &one.email));
    }
    steps.push(own(Ask::get(format!("/api/contacts/{}", one.id)), &one.phone));
    steps.push(own(Ask::get(format!("/api/addresses/{}", one.id)), &one.street));
    steps.push(own(Ask::get("/api/me"), &one.email));
    steps.push(own(Ask::get(format!("/api/profiles/{}", one.uuid)), &one.email));
    steps
}

fn guest_ask(email: &str) -> Ask {
    Ask::post("/api/guest/orders", serde_json::json!({ "email": email }).to_string())
}

fn guest(one: &Customer, dice: &mut Dice) -> Vec<Step> {
    let mut steps = vec![open(Ask::get("/"), "Harbour shop")];
    if dice.below(5) == 0 {
        // A slip of the finger, as it happens to one in five.
        let mistyped = one.email.replace("@example", "@exmaple");
        steps.push(Step { status: 404, ..open(guest_ask(&mistyped), "nothing here") });
    }
    for _ in 0..3 {
        steps.push(open(guest_ask(&one.email), one.email.clone()));
    }
    steps.push(open(Ask::get("/catalogue/products?page=2"), "TG-1010"));
    steps
}

fn own_mail(one: &Customer) -> Vec<Step> {
    let body = serde_json::json!({ "email": one.email }).to_string();
    let mut steps = vec![open(Ask::get("/"), "Harbour shop")];
    for _ in 0..3 {
        steps.push(open(Ask::post("/api/customers", body.clone()), one.email.clone()));
        let encoded = one.email.replace('@', "%40");
        steps.push(open(Ask::get(format!("/api/search?q={encoded}")), one.email.clone()));
    }
    steps
}

/// A person unknown so far, under the name of a customer with another e-mail.
fn sign_up(one: &Customer, dice: &mut Dice) -> Vec<Step> {
    let email = one.email.replace('@', &format!(".new{}@", dice.below(1_000_000)));
    let name = one.name();
    let body = serde_json::json!({ "name": name, "email": email, "password": "long enough" });
    let own = |ask| Step { papers: Papers::Token, ..open(ask, email.clone()) };
    vec![
        open(Ask::get("/"), "Harbour shop"),
        Step {
            papers: Papers::Earns,
            status: 201,
            ..open(Ask::post("/api/signup", body.to_string()), email.clone())
        },
        own(Ask::get("/api/me")),
        Step { holds: vec!["\"orders\":[]".into()], ..own(Ask::get("/api/orders?page=1")) },
        open(Ask::get("/catalogue/sellers?page=3"), "\"page\":3"),
        own(Ask::get("/api/me")),
        own(Ask::post("/api/customers", serde_json::json!({ "email": email }).to_string())),
    ]
}

/// Four pages of 25 customers.
fn staff(nth: usize, source: Ipv4Addr) -> Person {
    let token = keys::token(&format!("staff-{nth}"), "staff").unwrap_or_default();
    let pages = (1..=4).map(|page| {
        let page = nth * 4 + page;
        let ask = Ask::get(format!("/api/staff/customers?size=25&page={page}")).bearer(&token);
        Step { of_many: true, ..open(ask, format!("\"page\":{page}")) }
    });
    Person { kind: Kind::Staff, source, behind: None, own: None, packs: false, steps: pages.collect() }
}

/// Twenty pages of 100 parcels: the nightly batch.
fn partner(source: Ipv4Addr) -> Person {
    let (_, key) = keys::PARTNERS[0];
    let pages = (1..=20).map(|page| {
        let ask = Ask::get(format!("/api/partner/shipments?size=100&page={page}")).with("x-api-key", key);
        Step { of_many: true, ..open(ask, format!("\"page\":{page}")) }
    });
    Person { kind: Kind::Partner, source, behind: None, own: None, packs: true, steps: pages.collect() }
}
