//! What people ask of a shop in a day, as data and in virtual time: for benches over millions of days.
//!
//! A [`Town`] rolls one day after the other from a seed. A day is a list of [`Moment`]s in the order of
//! time; nothing is sent anywhere, and nothing is known of a gateway: whoever plays the day decides what
//! an [`Ask`] means to it. It is no model of a single shop but of habits, stated in [`habits`].

mod habits;
mod town;

use std::net::IpAddr;

pub use town::{Client, Town};

/// What somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// Signs in at home and reads own orders.
    SignedIn,
    /// The same behind an address that a thousand people share.
    SignedInOffice,
    /// An application that pages through own orders all day, from a carrier's shared addresses.
    Mobile,
    /// Signs in within the ten minutes of a flash sale.
    FlashSignedIn,
    /// Has no account and asks by the own e-mail.
    OwnMail,
    /// The same behind an address that a thousand people share.
    OwnMailOffice,
    /// The same within the ten minutes of a flash sale.
    FlashOwnMail,
    /// Staff in a declared role: pages of customers, and single ones.
    Staff,
    /// A partner's batch at night, under a declared budget.
    Partner,
    /// A partner that polls all day, under a declared budget.
    Poller,
    /// Announced crawlers on public pages.
    Crawler,
    /// Reads other people's profiles without any identity, a burst now and then.
    Browser,
    /// The same, one profile a day, behind an address that a thousand people share.
    BrowserOffice,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SignedIn,
        Self::SignedInOffice,
        Self::Mobile,
        Self::FlashSignedIn,
        Self::OwnMail,
        Self::OwnMailOffice,
        Self::FlashOwnMail,
        Self::Staff,
        Self::Partner,
        Self::Poller,
        Self::Crawler,
        Self::Browser,
        Self::BrowserOffice,
    ];

    /// The word for tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignedInOffice => "signed-in-office",
            Self::Mobile => "mobile",
            Self::FlashSignedIn => "flash-signed-in",
            Self::OwnMail => "own-mail",
            Self::OwnMailOffice => "own-mail-office",
            Self::FlashOwnMail => "flash-own-mail",
            Self::Staff => "staff",
            Self::Partner => "partner",
            Self::Poller => "poller",
            Self::Crawler => "crawler",
            Self::Browser => "browser",
            Self::BrowserOffice => "browser-office",
        }
    }
}

/// Who asks, as the request shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// No credential.
    Nobody,
    /// A session token, by number.
    Session(u64),
    /// An account at an issuer, verified, by the number of the person whom its token names.
    Account {
        /// The person.
        person: u64,
        /// Whether the token tells the person's e-mail, checked.
        has_email: bool,
    },
    /// A verified member of the staff.
    Staff(u64),
    /// A verified partner.
    Partner(u64),
}

/// The doors of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Products. Declared public; tells of nobody.
    Catalogue,
    /// Sellers with their contact. Declared public, with a budget.
    Seller,
    /// Log-in and sign-up: brings an e-mail, gives out a session.
    LogIn,
    /// Own orders, page by page.
    Orders,
    /// One order; its recipient may be somebody else.
    Order,
    /// The colleagues of a small firm.
    Team,
    /// Own orders by e-mail.
    Guest,
    /// The public-facing profile of a person; not declared.
    Profile,
    /// Customers by number; not declared, and the hole that attackers use.
    Customer,
    /// Customers in batches of ten; the same hole.
    Batch,
    /// Pages of customers, for staff.
    Desk,
    /// Parcels, for partners, with a budget.
    Shipments,
    /// A path that is no door; the object tells which.
    Nowhere,
}

impl Door {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Catalogue,
        Self::Seller,
        Self::LogIn,
        Self::Orders,
        Self::Order,
        Self::Team,
        Self::Guest,
        Self::Profile,
        Self::Customer,
        Self::Batch,
        Self::Desk,
        Self::Shipments,
        Self::Nowhere,
    ];

    /// Method and template.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Catalogue => "GET /catalogue/{sku}",
            Self::Seller => "GET /sellers/{id}",
            Self::LogIn => "POST /login",
            Self::Orders => "GET /orders",
            Self::Order => "GET /orders/{id}",
            Self::Team => "GET /team",
            Self::Guest => "POST /guest/orders",
            Self::Profile => "GET /profiles/{id}",
            Self::Customer => "GET /customers/{id}",
            Self::Batch => "POST /preorders",
            Self::Desk => "GET /desk/customers",
            Self::Shipments => "GET /partner/shipments",
            Self::Nowhere => "GET /{path}",
        }
    }
}

/// The people of an answer, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// None.
    Nobody,
    /// One.
    One(u64),
    /// Two.
    Two(u64, u64),
    /// So many from the first on.
    Row(u64, u32),
}

impl Tells {
    /// Their numbers.
    pub fn people(self) -> impl Iterator<Item = u64> {
        let (first, count, other) = match self {
            Self::Nobody => (0, 0, None),
            Self::One(one) => (one, 1, None),
            Self::Two(one, other) => (one, 1, Some(other)),
            Self::Row(first, count) => (first, u64::from(count), None),
        };
        (first..first.saturating_add(count)).chain(other)
    }
}

/// One request, and what the shop alone would answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// From where.
    pub from: IpAddr,
    /// By whom.
    pub who: Who,
    /// Which door.
    pub door: Door,
    /// The number of the object that it names.
    pub object: Option<u64>,
    /// The page that it asks for.
    pub page: Option<u64>,
    /// The person whose e-mail stands in it.
    pub brings: Option<u64>,
    /// The shop's status.
    pub status: u16,
    /// The records of the answer are others', and are withheld for it.
    pub foreign: bool,
    /// The people of the answer.
    pub tells: Tells,
    /// The session that the answer gives out.
    pub issues: Option<u64>,
}

impl Ask {
    /// A request that names nothing and is answered with nobody.
    #[must_use]
    pub const fn of(from: IpAddr, who: Who, door: Door) -> Self {
        Self {
            from,
            who,
            door,
            object: None,
            page: None,
            brings: None,
            status: 200,
            foreign: false,
            tells: Tells::Nobody,
            issues: None,
        }
    }
}

/// A request of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since midnight.
    pub at: u32,
    /// Whose, as a place in [`Town::clients`].
    pub client: u32,
    /// What.
    pub ask: Ask,
}

/// Numbers of people that are no customers begin here.
pub mod people {
    /// Recipients of gifts.
    pub const RECIPIENTS: u64 = 1 << 40;
    /// Sellers.
    pub const SELLERS: u64 = 2 << 40;
    /// Profiles.
    pub const PROFILES: u64 = 3 << 40;
    /// Colleagues.
    pub const COLLEAGUES: u64 = 4 << 40;
    /// Addressees of parcels.
    pub const ADDRESSEES: u64 = 5 << 40;
    /// E-mails that nobody has.
    pub const MISTYPED: u64 = 6 << 40;
}

#[cfg(test)]
mod tests;
