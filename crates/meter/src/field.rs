//! What a field that is only described would disclose: its name, where it stands, its form.
//!
//! The meter proper ([`crate::meter`]) reads values. This reads descriptions of them, such as the
//! schemas of a specification, with the same words and the same forms. It is more careful with
//! names, for there is no value that could confirm them, and it knows no subjects: whose a field is
//! only a value can say.
//!
//! ```
//! use domain::DataClass;
//! use meter::{Described, Fields};
//! let mut fields = Fields::default();
//! let class = |fields: &mut Fields, path: &str| fields.class(&Described::new(path));
//! assert_eq!(class(&mut fields, "data[].customer.email"), Some(DataClass::Email));
//! assert_eq!(class(&mut fields, "data[].store.email"), None);
//! ```

// long: half is the tables of its tests.

use std::collections::HashMap;

use domain::DataClass;

use crate::builder::{in_context, is_context};
use crate::key::{self, Flags, Meaning, Reading};
use crate::key_table::Key;
use crate::value::{Kinds, email, government, is_masked, payment, phone, place, secret};

/// A scalar field as a document describes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Described<'d> {
    /// Dotted path, `[]` after a list, `*` for a free key.
    pub path: &'d str,
    /// The name of the schema of the object that it stands in.
    pub object: &'d str,
    /// What the outermost object is, dotted from outside to inside: the resource of its URL, the name
    /// of its schema.
    pub within: &'d str,
    /// `string`, `integer`, `number`, `boolean`.
    pub kind: Option<&'d str>,
    /// Its `format`.
    pub format: Option<&'d str>,
    /// A value of it.
    pub example: Option<&'d str>,
    /// Whether it can only be one of a few listed values: then it is nobody's.
    pub listed: bool,
}

impl<'d> Described<'d> {
    /// A field of which only the path is known.
    #[must_use]
    pub fn new(path: &'d str) -> Self {
        Self { path, ..Self::default() }
    }
}

/// How an input names a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `id`, `uuid`: whatever the path or the body is about.
    Own,
    /// `customer_id`, `account`: a person or an account.
    Person,
    /// `order_number`, `widget_id`: a thing.
    Thing,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The name under which somebody signs in.
    UserName,
}

/// Field names that were read before.
///
/// Bound: 20,000 names. Eviction: all of them when it is full. Names are read word by word, which
/// costs about a microsecond; a document repeats them thousands of times.
#[derive(Debug, Default)]
pub struct Fields {
    names: HashMap<Box<str>, Reading>,
}

/// Most names that are remembered.
const MOST_NAMES: usize = 20_000;

/// What the containers around a field say.
#[derive(Default)]
struct Around {
    /// What scalars with general names mean in them.
    context: Meaning,
    official: bool,
    person: bool,
    /// Whether nothing but wrappers and facets stands between the field and that person.
    near: bool,
    technical: bool,
}

impl Fields {
    /// The class of data that a field would disclose; `None`: nothing personal, as far as one can see.
    ///
    /// A token that a log-in returns is the caller's own and has no class.
    pub fn class(&mut self, field: &Described<'_>) -> Option<DataClass> {
        if field.listed || matches!(field.kind, Some("boolean" | "object" | "null")) {
            return None;
        }
        let (containers, leaf) = field.path.rsplit_once('.').unwrap_or(("", field.path));
        let around = self.around(field, containers);
        let name = self.read(leaf.trim_end_matches("[]").trim_end_matches('.'));
        let official = name.flags.has(Flags::OFFICIAL.with(Flags::BUSINESS));
        let key = Key { meaning: name.meaning, flags: name.flags, named: leaf != "*", ..Key::default() };
        let meaning = match in_context(key, around.context) {
            // `name.raw` is as much a person's as `name`.
            Meaning::Full if around.context == Meaning::Name && name.meaning != Meaning::Full => {
                Meaning::Name
            }
            meaning => meaning,
        };
        if (official || around.official) && !around.person {
            return match meaning {
                Meaning::Credential => self.by_meaning(meaning, field, &around),
                _ => None,
            };
        }
        match meaning {
            Meaning::Unknown | Meaning::Generic | Meaning::Plain | Meaning::Person => of_format(field.format)
                .or_else(|| match meaning {
                    Meaning::Plain => None,
                    _ => field.example.and_then(of_value),
                }),
            meaning => self.by_meaning(meaning, field, &around).or_else(|| of_format(field.format)),
        }
    }

    fn by_meaning(&self, meaning: Meaning, field: &Described<'_>, around: &Around) -> Option<DataClass> {
        let number = matches!(field.kind, Some("integer" | "number"));
        let text = !number;
        let dated = matches!(field.format, Some("date-time" | "date" | "time" | "duration"));
        let technical = around.technical || field.example.is_some_and(is_technical);
        // An address in the web under any name is one.
        if field.example.is_some_and(|example| example.contains("://")) {
            return None;
        }
        let found = match meaning {
            Meaning::Email if text && !dated => DataClass::Email,
            Meaning::Phone if !dated && field.kind != Some("number") => DataClass::Phone,
            Meaning::First | Meaning::Last | Meaning::Full if text && !dated => DataClass::Name,
            Meaning::Name if text && around.person && around.near => DataClass::Name,
            Meaning::Street if text && !dated => DataClass::PostalAddress,
            Meaning::Address if text && !dated && !technical => {
                if field.example.is_some_and(|example| of_value(example) == Some(DataClass::Email)) {
                    DataClass::Email
                } else {
                    DataClass::PostalAddress
                }
            }
            Meaning::Birth => DataClass::BirthDate,
            Meaning::Government if !dated => DataClass::GovernmentId,
            Meaning::Payment if !dated => DataClass::Payment,
            Meaning::Account if !dated => DataClass::Payment,
            Meaning::Credential if !dated => DataClass::Credential,
            _ => return None,
        };
        Some(found)
    }

    /// How an input called `name` names a record; `None` where it does not.
    ///
    /// `name` may be a dotted path, of which the last part counts.
    pub fn naming(&mut self, name: &str) -> Option<Naming> {
        let leaf = name.trim_end_matches("[]");
        let leaf = leaf.rsplit_once('.').map_or(leaf, |(_, leaf)| leaf).trim_end_matches("[]");
        let reading = self.read(leaf);
        let ends_in_id = reading.flags.has(Flags::KEYED);
        match reading.meaning {
            Meaning::Plain | Meaning::Full | Meaning::Unknown if is_login(leaf) => Some(Naming::UserName),
            Meaning::Id => Some(Naming::Own),
            Meaning::Reference | Meaning::Account => Some(Naming::Person),
            Meaning::Person => Some(Naming::Person),
            Meaning::Email => Some(Naming::Email),
            Meaning::Phone => Some(Naming::Phone),
            Meaning::Code | Meaning::Government | Meaning::Payment if ends_in_id => Some(Naming::Thing),
            _ => None,
        }
    }

    /// Whether `name`, of a container or in a path, stands for persons: `customers`.
    pub fn holds_persons(&mut self, name: &str) -> bool {
        self.read(name).flags.has(Flags::PERSON)
    }

    /// Whether a value under `name` would be a password, a key or the like.
    pub fn is_credential(&mut self, name: &str) -> bool {
        self.read(name).meaning == Meaning::Credential
    }

    /// What the containers of a dotted path say; the innermost telling one counts.
    fn around(&mut self, field: &Described<'_>, containers: &str) -> Around {
        let mut around = Around::default();
        let mut open = true;
        let object = self.read(field.object).flags;
        around.person = object.has(Flags::PERSON);
        around.official = object.has(Flags::BUSINESS);
        around.near = true;
        let decided = around.person || around.official;
        let inner = containers.rsplit('.').map(|part| (part, true));
        let parts = inner.chain(field.within.rsplit('.').map(|part| (part, false)));
        for (part, inner) in parts.filter(|(part, _)| !matches!(*part, "" | "[]" | "[][]")) {
            let reading = self.read(part.trim_end_matches("[]"));
            let (meaning, flags) = (reading.meaning, reading.flags);
            if open && !matches!(meaning, Meaning::Generic | Meaning::Id) {
                around.context = if is_context(meaning) { meaning } else { Meaning::Unknown };
                open = false;
            }
            if decided {
                return around;
            }
            if flags.has(Flags::PERSON) {
                around.person = true;
                return around;
            }
            around.near &= !inner || flags.has(Flags::WRAPPER.with(Flags::FACET));
            around.official = flags.has(Flags::BUSINESS.with(Flags::OFFICIAL));
            around.technical |= meaning == Meaning::Plain;
            if around.official || flags.has(Flags::THING) {
                return around;
            }
        }
        around
    }

    fn read(&mut self, name: &str) -> Reading {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let reading = key::read(name);
        if self.names.len() >= MOST_NAMES {
            self.names.clear();
        }
        self.names.insert(name.into(), reading.clone());
        reading
    }
}

fn is_login(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    ["username", "login", "loginname", "userlogin", "handle", "benutzername"]
        .iter()
        .any(|login| plain.eq_ignore_ascii_case(login))
}

fn of_format(format: Option<&str>) -> Option<DataClass> {
    Some(match format?.to_ascii_lowercase().as_str() {
        "email" | "idn-email" | "e-mail" => DataClass::Email,
        "phone" | "phone-number" | "phonenumber" | "telephone" | "tel" | "e164" | "e.164" | "msisdn" => {
            DataClass::Phone
        }
        "iban" | "credit-card" | "creditcard" | "card-number" | "pan" => DataClass::Payment,
        "ssn" | "us-ssn" | "tax-id" | "cpf" | "nino" => DataClass::GovernmentId,
        _ => return None,
    })
}

/// The class of a value that is told by its own form, under a name that says nothing.
fn of_value(value: &str) -> Option<DataClass> {
    let bytes = value.trim().as_bytes();
    if bytes.len() < 6 || bytes.len() > 200 || is_masked(bytes) {
        return None;
    }
    let kinds = Kinds::of(bytes);
    if kinds.any(Kinds::AT) {
        let whole = email::find(bytes).any(|found| found == (0..bytes.len()));
        return whole.then_some(DataClass::Email);
    }
    if bytes.starts_with(b"+") && phone::is_unmistakable(bytes) {
        Some(DataClass::Phone)
    } else if payment::is_iban(bytes) {
        Some(DataClass::Payment)
    } else if secret::is_unmistakable(bytes) {
        Some(DataClass::Credential)
    } else if kinds.any(Kinds::SPACE) && place::is_address(bytes) {
        Some(DataClass::PostalAddress)
    } else if bytes.first().is_some_and(u8::is_ascii_uppercase) && government::is_unmistakable(bytes) {
        Some(DataClass::GovernmentId)
    } else {
        None
    }
}

/// An address of a machine or an account in a ledger, not of a house.
fn is_technical(example: &str) -> bool {
    let octets = example.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'/'));
    example.contains("://")
        || example.starts_with("0x")
        || example.len() >= 7 && octets && example.contains(['.', ':'])
        || example.len() >= 26 && example.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What is secret in `value`, in words: `a JSON Web Token`, `a private key`; `None` for placeholders.
///
/// `credential` says that its name is a password's or a key's ([`Fields::is_credential`]).
#[must_use]
pub fn secret_in(value: &str, credential: bool) -> Option<&'static str> {
    let bytes = value.trim().as_bytes();
    if bytes.len() < 8 || bytes.len() > 1 << 16 {
        return None;
    }
    // Asked last: hardly any value looks like a secret, and there are many words to look for.
    looks_secret(bytes, credential).filter(|_| !is_placeholder(value))
}

fn looks_secret(bytes: &[u8], credential: bool) -> Option<&'static str> {
    if let Some(found) = secret::named_key(bytes) {
        return Some(found);
    }
    let bearer = bytes.strip_prefix(b"Bearer ").unwrap_or(bytes);
    if secret::is_jwt(bearer) {
        // The sample that the tool at jwt.io shows is nobody's.
        const SAMPLE: &[u8] = b".eyJzdWIiOiIxMjM0NTY3ODkw";
        return memchr::memmem::find(bearer, SAMPLE).is_none().then_some("a JSON Web Token");
    }
    if bytes.starts_with(b"-----BEGIN ") && secret::is_unmistakable(bytes) {
        // The body of a key, not `...`.
        let body = bytes.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).count();
        return (body > 120).then_some("a private key");
    }
    if secret::is_unmistakable(bytes) {
        return Some("the hash of a password");
    }
    (credential && is_strong(bytes) && secret::is_plausible(bytes)).then_some("a password or key")
}

/// Three of four kinds of characters, and eight of them different: not made up to be read.
fn is_strong(bytes: &[u8]) -> bool {
    let has = |wanted: fn(&u8) -> bool| u8::from(bytes.iter().any(wanted));
    let kinds = has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation);
    let mut seen = [false; 128];
    for byte in bytes {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    kinds >= 3 && seen.iter().filter(|seen| **seen).count() >= 8
}

fn is_placeholder(value: &str) -> bool {
    const PARTS: [&str; 26] = [
        "example",
        "sample",
        "dummy",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "your",
        "string",
        "pass",
        "p@ss",
        "secret",
        "test",
        "demo",
        "qwerty",
        "1234",
        "abcd",
        "xxxx",
        "redacted",
        "...",
        "…",
        "${",
        "{{",
        "todo",
        "fake",
        "0000",
    ];
    let small = value.to_ascii_lowercase();
    let bracketed =
        value.starts_with(['<', '{', '[', '$', '%']) && !value.starts_with("$2") && !value.starts_with("$a");
    // A long value is not made up; within a key or a token any four letters may stand.
    let parts = if value.len() > 60 { PARTS.get(..1).unwrap_or_default() } else { &PARTS };
    bracketed || is_masked(value.as_bytes()) || parts.iter().any(|part| small.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(path: &str, within: &str) -> Option<DataClass> {
        Fields::default().class(&Described { path, within, ..Described::default() })
    }

    #[test]
    fn a_field_is_told_by_its_name_and_by_what_it_stands_in() {
        use DataClass as C;
        for (path, within, expected) in [
            ("email", "", Some(C::Email)),
            ("data[].customer.email", "", Some(C::Email)),
            ("data[].store.email", "", None),
            ("store.address.street", "", None),
            ("supportEmail", "", None),
            ("company.contact.phone", "", None),
            ("email", "stores", None),
            ("owner.email", "stores", Some(C::Email)),
            ("kunde.telefonnummer", "", Some(C::Phone)),
            ("phones[].number", "", Some(C::Phone)),
            ("emails[]", "", Some(C::Email)),
            ("email.value", "", Some(C::Email)),
            ("direccion.calle", "", Some(C::PostalAddress)),
            ("name", "customer", Some(C::Name)),
            ("[].name", "customer", Some(C::Name)),
            ("[].name", "product", None),
            ("name", "product", None),
            ("name", "", None),
            ("products[].name", "customer", None),
            ("name.first", "", Some(C::Name)),
            ("name.raw", "", None),
            ("name.raw", "customer", Some(C::Name)),
            ("user.plan.name", "", None),
            ("data.user.profile.name", "", Some(C::Name)),
            ("vorname", "", Some(C::Name)),
            ("product_name", "", None),
            ("hostname", "", None),
            ("filename", "", None),
            ("username", "", None),
            ("geburtsdatum", "", Some(C::BirthDate)),
            ("氏名", "", Some(C::Name)),
            ("顧客名", "", Some(C::Name)),
            ("商品名", "", None),
            ("名前", "顧客", Some(C::Name)),
            ("メールアドレス", "", Some(C::Email)),
            ("電話番号", "", Some(C::Phone)),
            ("住所", "", Some(C::PostalAddress)),
            ("生年月日", "", Some(C::BirthDate)),
            ("個人番号", "", Some(C::GovernmentId)),
            ("soyadı", "", Some(C::Name)),
            ("isim", "müşteriler", Some(C::Name)),
            ("müşteri_adı", "", Some(C::Name)),
            ("ePosta", "", Some(C::Email)),
            ("posta_kodu", "", None),
            ("cep_telefonu", "", Some(C::Phone)),
            ("DOĞUM_TARİHİ", "", Some(C::BirthDate)),
            ("tc_kimlik_no", "", Some(C::GovernmentId)),
            ("ad", "", None),
            ("insuranceNo", "", Some(C::GovernmentId)),
            ("healthInsuranceNumber", "", Some(C::GovernmentId)),
            ("versichertennummer", "", Some(C::GovernmentId)),
            ("insurance_id", "", None),
            ("insurance", "", None),
            ("ssn", "", Some(C::GovernmentId)),
            ("iban", "", Some(C::Payment)),
            ("password", "", Some(C::Credential)),
            ("store.api_key", "", Some(C::Credential)),
            ("access_token", "", None),
            ("next_page_token", "", None),
            ("ip_address", "", None),
            ("wallet.address", "", None),
            ("email_verified", "", None),
            ("zip", "", None),
            ("orders[].shipping_address.street", "", Some(C::PostalAddress)),
            ("error.message", "", None),
            ("*", "", None),
            ("[]", "", None),
            ("", "", None),
        ] {
            assert_eq!(class(path, within), expected, "{path} in `{within}`");
        }
        let of = |object| Described { path: "seller.name", object, ..Described::default() };
        assert_eq!(Fields::default().class(&of("UserInfo")), Some(C::Name), "the schema says whose it is");
        assert_eq!(Fields::default().class(&of("Seller")), None);
    }

    #[test]
    fn form_and_example_tell_what_a_name_does_not() {
        use DataClass as C;
        for (name, kind, format, example, listed, expected) in [
            ("login", "string", Some("email"), None, false, Some(C::Email)),
            ("x1", "string", None, Some("ann@example.com"), false, Some(C::Email)),
            ("description", "string", None, Some("ann@example.com"), false, None),
            ("x1", "string", None, Some("write to ann@example.com"), false, None),
            ("x1", "string", None, Some("+4915123456789"), false, Some(C::Phone)),
            ("x1", "string", None, Some("GB82WEST12345698765432"), false, Some(C::Payment)),
            ("mobile", "boolean", None, None, false, None),
            ("email", "string", None, Some("https://example.com/email.png"), false, None),
            ("phone", "string", None, None, true, None),
            ("address", "integer", None, None, false, None),
            ("address", "string", None, Some("0x52908400098527886E0F7030069857D2E4169EE7"), false, None),
            ("address", "string", None, Some("192.0.2.7"), false, None),
            ("address", "string", None, Some("ann@example.com"), false, Some(C::Email)),
            ("birthday", "string", Some("date"), None, false, Some(C::BirthDate)),
            ("email", "string", Some("date-time"), None, false, None),
        ] {
            let described =
                Described { path: name, object: "", within: "", kind: Some(kind), format, example, listed };
            assert_eq!(Fields::default().class(&described), expected, "{described:?}");
        }
    }

    #[test]
    fn an_input_names_a_record_by_its_last_words() {
        use Naming as N;
        for (name, expected) in [
            ("id", Some(N::Own)),
            ("uuid", Some(N::Own)),
            ("ids[]", Some(N::Own)),
            ("filter.customer_id", Some(N::Person)),
            ("customerIds", Some(N::Person)),
            ("X-Customer-Id", Some(N::Person)),
            ("kundennummer", Some(N::Person)),
            ("account", Some(N::Person)),
            ("accountNumber", Some(N::Person)),
            ("orderId", Some(N::Thing)),
            ("bestellnummer", Some(N::Thing)),
            ("widget_uuid", Some(N::Thing)),
            ("email", Some(N::Email)),
            ("phone_number", Some(N::Phone)),
            ("username", Some(N::UserName)),
            ("country_code", None),
            ("status", None),
            ("email_verified", None),
            ("valid", None),
            ("query", None),
        ] {
            assert_eq!(Fields::default().naming(name), expected, "{name}");
        }
    }

    #[test]
    fn a_secret_is_told_from_what_stands_for_one() {
        let key =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "MIIEvQ7b".repeat(30));
        for (value, credential, expected) in [
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NyJ9.c2lnbmF0dXJl", false, Some("a JSON Web Token")),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NyJ9.c2lnbmF0dXJl", false, Some("a JSON Web Token")),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", false, None),
            ("eyJhbGciOi...", false, None),
            (&key, false, Some("a private key")),
            ("-----BEGIN PRIVATE KEY-----\nMIIEvQ...\n-----END PRIVATE KEY-----", false, None),
            ("AKIAI44QH8DHBQVWXZ3J", false, Some("an AWS access key")),
            ("AKIAIOSFODNN7EXAMPLE", false, None),
            ("hX9!vk2#Lq", true, Some("a password or key")),
            ("hX9!vk2#Lq", false, None),
            ("string", true, None),
            ("********", true, None),
            ("<password>", true, None),
            ("changeme", true, None),
            ("MyP@ssw0rd!", true, None),
            ("correct horse", true, None),
            (
                "$2b$12$uuuuuuuuuuuuuuuuuuuuuuZ0kcHVbBqQyyyyyyyyyyyyyyyyyyyyyy",
                false,
                Some("the hash of a password"),
            ),
        ] {
            assert_eq!(secret_in(value, credential), expected, "{value}");
        }
    }
}
