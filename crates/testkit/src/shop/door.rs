//! The doors of the shop, and which request reaches which.

use std::sync::OnceLock;

use super::path::segments;

/// An endpoint of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "DOORS names method and path of each")]
pub enum Door {
    Front,
    Script,
    Styles,
    Sellers,
    Products,
    Product,
    Wishlists,
    KeySet,
    LogIn,
    SignUp,
    Me,
    MyOrders,
    Order,
    Customers,
    CustomerQuery,
    CustomerPath,
    Bulk,
    Feed,
    Export,
    Profile,
    UserV1,
    UserV2,
    Contact,
    Address,
    Invoice,
    Search,
    GuestOrders,
    StaffCustomers,
    PartnerShipments,
    /// Everything else: 404.
    Nowhere,
}

/// What stands in the specification about each door: method and path template.
pub const DOORS: [(Door, &str, &str); 29] = [
    (Door::Front, "GET", "/"),
    (Door::Script, "GET", "/assets/app.js"),
    (Door::Styles, "GET", "/assets/shop.css"),
    (Door::Sellers, "GET", "/catalogue/sellers"),
    (Door::Products, "GET", "/catalogue/products"),
    (Door::Product, "GET", "/catalogue/products/{sku}"),
    (Door::Wishlists, "GET", "/api/wishlists"),
    (Door::KeySet, "GET", "/.well-known/jwks.json"),
    (Door::LogIn, "POST", "/api/login"),
    (Door::SignUp, "POST", "/api/signup"),
    (Door::Me, "GET", "/api/me"),
    (Door::MyOrders, "GET", "/api/orders"),
    (Door::Order, "GET", "/api/orders/{id}"),
    (Door::Customers, "POST", "/api/customers"),
    (Door::CustomerQuery, "GET", "/api/customers"),
    (Door::CustomerPath, "GET", "/api/customers/{id}"),
    (Door::Bulk, "POST", "/api/customers/bulk"),
    (Door::Feed, "GET", "/api/customers/feed"),
    (Door::Export, "GET", "/api/export.csv"),
    (Door::Profile, "GET", "/api/profiles/{uuid}"),
    (Door::UserV1, "GET", "/api/v1/users/{id}"),
    (Door::UserV2, "GET", "/api/v2/users"),
    (Door::Contact, "GET", "/api/contacts/{id}"),
    (Door::Address, "GET", "/api/addresses/{id}"),
    (Door::Invoice, "GET", "/api/invoices/{id}"),
    (Door::Search, "GET", "/api/search"),
    (Door::GuestOrders, "POST", "/api/guest/orders"),
    (Door::StaffCustomers, "GET", "/api/staff/customers"),
    (Door::PartnerShipments, "GET", "/api/partner/shipments"),
];

/// The twelve doors at which the same people stand, none of which asks who calls.
pub const OPEN_DOORS: [Door; 12] = [
    Door::Customers,
    Door::CustomerQuery,
    Door::CustomerPath,
    Door::Bulk,
    Door::Feed,
    Door::Profile,
    Door::UserV1,
    Door::UserV2,
    Door::Contact,
    Door::Address,
    Door::Invoice,
    Door::Search,
];

/// A door with its path in segments.
type Template = (Door, &'static str, Vec<&'static str>);

/// Every template, those without a parameter first: `/feed` is no `/{id}`.
fn templates() -> &'static [Template] {
    static PARSED: OnceLock<Vec<Template>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let parts = |path: &'static str| path.split('/').filter(|part| !part.is_empty()).collect();
        let mut all: Vec<Template> =
            DOORS.iter().map(|(door, verb, path)| (*door, *verb, parts(path))).collect();
        all.sort_by_key(|(_, _, parts)| parts.iter().any(|part| is_parameter(part)));
        all
    })
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

impl Door {
    /// The door that `method` and `path` reach, and the value of the path's parameter, else empty.
    pub(crate) fn reached(method: &str, path: &str) -> (Self, String) {
        let method = if method == "HEAD" { "GET" } else { method };
        let wanted = segments(path);
        let fits = |(_, verb, parts): &&Template| {
            *verb == method
                && parts.len() == wanted.len()
                && parts.iter().zip(&wanted).all(|(part, given)| is_parameter(part) || part == given)
        };
        match templates().iter().find(fits) {
            Some((door, _, parts)) => {
                let value =
                    if parts.iter().any(|part| is_parameter(part)) { wanted.last().cloned() } else { None };
                (*door, value.unwrap_or_default())
            }
            None => (Self::Nowhere, String::new()),
        }
    }

    /// Method and path template, as in `POST /api/customers`; `none` for [`Door::Nowhere`].
    #[must_use]
    pub fn name(self) -> String {
        DOORS
            .iter()
            .find(|(door, _, _)| *door == self)
            .map_or_else(|| "none".into(), |(_, method, path)| format!("{method} {path}"))
    }

    /// Its place in a table with one row per door.
    pub(crate) fn row(self) -> usize {
        DOORS.iter().position(|(door, _, _)| *door == self).unwrap_or(DOORS.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_is_reached_by_its_own_path() {
        for (door, method, template) in DOORS {
            let path = template.replace("{sku}", "tg-1").replace("{id}", "7").replace("{uuid}", "7");
            assert_eq!(Door::reached(method, &path).0, door, "{method} {path}");
        }
        assert_eq!(Door::reached("GET", "/api/customers/1000001"), (Door::CustomerPath, "1000001".into()));
        assert_eq!(Door::reached("HEAD", "/api/customers/feed").0, Door::Feed);
        assert_eq!(Door::reached("DELETE", "/api/customers").0, Door::Nowhere);
    }
}
