//! What a field name says about the value under it.
//!
//! A name is cut into words (`customerID`, `customer-id`, `Customer_Id`, `kundennummer`), each word is
//! looked up in the [`crate::lexicon`], and a few rules put the terms together. Names that say
//! nothing leave the decision to the value itself. This runs once per distinct name
//! ([`crate::key_table`]), not once per field.

// long: a third is the table of names that its tests hold against the lexicon.

use crate::lexicon::{Term, term};

mod word;

use word::{fold, singular, split};

/// What a scalar under a key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The name says nothing: the value decides.
    #[default]
    Unknown,
    /// `value`, `number`, `text`: as what stands around it.
    Generic,
    /// Nothing personal, unless it contains an e-mail address.
    Plain,
    /// A number or code of a thing: digits in it are no telephone number.
    Code,
    Email,
    Phone,
    First,
    Last,
    Full,
    /// `name` alone: a person's only where the object is one.
    Name,
    /// `first`, `given`: a name only inside of `name`.
    FirstPart,
    LastPart,
    Street,
    Address,
    PostCode,
    City,
    Birth,
    Government,
    Payment,
    Account,
    Credential,
    Token,
    /// The object's own id.
    Id,
    /// `customer_id`: a person's id.
    Reference,
    /// `customer`: as a scalar a reference, as an object a person.
    Person,
    /// The object's type: `type`, `__typename`.
    Type,
}

/// What a container under a key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u16);

impl Flags {
    /// Holds a person, or persons.
    pub(crate) const PERSON: Self = Self(1);
    /// Holds a thing: an order, an invoice.
    pub(crate) const THING: Self = Self(1 << 1);
    /// Holds a company, a shop, a service.
    pub(crate) const BUSINESS: Self = Self(1 << 2);
    /// Says nothing of what it holds: `data`, `items`.
    pub(crate) const WRAPPER: Self = Self(1 << 3);
    /// A part of what is around it: `address`, `contact`.
    pub(crate) const FACET: Self = Self(1 << 4);
    /// The key itself is an id: a number, a UUID.
    pub(crate) const ID: Self = Self(1 << 5);
    /// The key itself is an e-mail address or a telephone number.
    pub(crate) const CONTACT: Self = Self(1 << 6);
    /// Only things have such a field: `price`.
    pub(crate) const SIGNAL: Self = Self(1 << 7);
    /// Names the columns of rows.
    pub(crate) const COLUMNS: Self = Self(1 << 8);
    /// A contact value under it is a business's own.
    pub(crate) const OFFICIAL: Self = Self(1 << 9);
    /// A reference to an owner: weaker than one to a customer.
    pub(crate) const OWNER: Self = Self(1 << 10);
    /// A reference to an account or user: weaker than one to a customer.
    pub(crate) const LOGIN: Self = Self(1 << 11);

    /// `number`: the number of whatever it stands in.
    pub(crate) const NUMBER: Self = Self(1 << 12);
    /// The name ends in `id` or `number`.
    pub(crate) const KEYED: Self = Self(1 << 13);

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Everything a key says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) meaning: Meaning,
    pub(crate) flags: Flags,
    /// The singular of the noun: of the person a reference names, or of what a container holds.
    pub(crate) word: String,
}

/// Longest key that is read word by word.
const MOST_BYTES: usize = 64;
const MOST_TERMS: usize = 8;

/// Reads `key`.
pub(crate) fn read(key: &str) -> Reading {
    let plain = Reading::default();
    if key.is_empty() || key.len() > MOST_BYTES {
        return plain;
    }
    let folded = fold(key);
    let words: Vec<&str> = folded.text.split(' ').filter(|word| !word.is_empty()).collect();
    let mut terms: Vec<(Term, &'static str)> = Vec::with_capacity(MOST_TERMS);
    for word in words.iter().copied().take(MOST_TERMS) {
        match term(word) {
            Some(found) => terms.push(found),
            None => match split(word) {
                Some((left, right)) => terms.extend([left, right]),
                None => terms.push((Term::Unlisted, "")),
            },
        }
    }
    let facts = Words {
        terms: &terms,
        numbered: folded.numbered,
        short: key.len() <= 2,
        plural: matches!((words.as_slice(), terms.as_slice()), ([word], [(Term::Person | Term::Account, noun)]) if word != noun),
    };
    let (meaning, word) = facts.meaning();
    let (flags, noun) = facts.flags(meaning);
    let word = match (word, noun) {
        (Some(word), _) | (None, Some(word)) => word.to_owned(),
        (None, None) if flags.has(Flags::WRAPPER.with(Flags::FACET)) => String::new(),
        (None, None) => words.last().map(|last| singular(last)).unwrap_or_default(),
    };
    Reading { meaning, flags, word }
}

/// Whether a field of this name may say whose an object is: an id, a reference to a person, a contact.
/// Names that the lexicon does not know say nothing.
#[must_use]
pub fn names_owner(key: &str) -> bool {
    let Reading { meaning, flags, .. } = read(key);
    matches!(meaning, Meaning::Id | Meaning::Reference | Meaning::Person | Meaning::Email | Meaning::Account)
        || flags.has(Flags::KEYED)
}

/// The noun that a path segment names, in singular; `None` for versions, verbs and wrappers.
pub(crate) fn resource_word(segment: &str) -> Option<String> {
    const VERBS: [&str; 32] = [
        "api", "search", "lookup", "export", "all", "query", "find", "filter", "batch", "bulk", "by", "get",
        "index", "rest", "graphql", "rpc", "ajax", "public", "internal", "admin", "json", "csv", "xml",
        "html", "download", "suche", "liste", "latest", "recent", "page", "php", "aspx",
    ];
    let folded = fold(segment);
    let words: Vec<&str> = folded.text.split(' ').filter(|word| !word.is_empty()).collect();
    words.iter().rev().find_map(|word| {
        let version = word.len() == 1 && folded.numbered;
        if version || VERBS.contains(word) {
            return None;
        }
        match term(word).or_else(|| split(word).map(|(_, last)| last)) {
            Some((Term::Wrapper | Term::Id | Term::About | Term::Generic | Term::Number | Term::Code, _)) => {
                None
            }
            Some((Term::Person | Term::Thing | Term::Business | Term::Account, noun)) => {
                Some(if noun == "accounts" { "account".into() } else { noun.to_owned() })
            }
            _ => Some(singular(word)),
        }
    })
}

struct Words<'t> {
    terms: &'t [(Term, &'static str)],
    numbered: bool,
    /// Whether the whole key has at most two bytes: an alias, not a noun.
    short: bool,
    /// Whether it is one noun for persons in the plural: as a scalar it counts them.
    plural: bool,
}

impl Words<'_> {
    fn has(&self, wanted: Term) -> bool {
        self.terms.iter().any(|(term, _)| *term == wanted)
    }

    fn any(&self, wanted: &[Term]) -> bool {
        self.terms.iter().any(|(term, _)| wanted.contains(term))
    }

    fn only(&self, wanted: Term) -> bool {
        matches!(self.terms, [(term, _)] if *term == wanted)
    }

    fn last(&self) -> Option<Term> {
        self.terms.last().map(|(term, _)| *term)
    }

    fn noun(&self, wanted: Term) -> Option<&'static str> {
        self.terms.iter().rev().find(|(term, _)| *term == wanted).map(|(_, noun)| *noun)
    }

    fn person(&self) -> Option<&'static str> {
        self.noun(Term::Person).or_else(|| self.has(Term::Account).then_some("account"))
    }

    /// What a scalar is, and the person's noun where it names one.
    fn meaning(&self) -> (Meaning, Option<&'static str>) {
        use Meaning as M;
        use Term as T;
        let about = self.any(&[T::About, T::Time]) || self.has(T::Type) && !self.only(T::Type);
        let last = self.last();
        let code = matches!(last, Some(T::Id | T::Number | T::Key | T::Code));
        let found = if about && !self.has(T::Birth) && !self.has(T::Birthday) {
            M::Plain
        } else if self.any(&[T::Password, T::Secret])
            || self.only(T::Pin)
            || self.has(T::Recovery) && self.any(&[T::Code, T::Key])
            || self.any(&[T::Api, T::Private]) && self.has(T::Key)
            || self.has(T::Security) && self.has(T::Answer)
        {
            M::Credential
        } else if matches!(last, Some(T::Token | T::Session)) || self.has(T::Session) && code {
            if self.any(&[T::Harmless, T::Wrapper, T::Technical]) { M::Plain } else { M::Token }
        } else if self.is_government_id() {
            M::Government
        } else if self.any(&[T::Birthday, T::Birth]) {
            if self.any(&[T::Place, T::City]) {
                M::Plain
            } else if self.any(&[T::Name, T::LastName]) {
                M::Last
            } else {
                M::Birth
            }
        } else if self.has(T::Iban)
            || self.has(T::Card) && self.is_about_number()
            || self.has(T::Bank) && code
        {
            M::Payment
        } else if self.has(T::Account) && last == Some(T::Number) {
            M::Account
        } else if self.has(T::Email) && !code {
            M::Email
        } else if self.any(&[T::Phone, T::Fax])
            && last != Some(T::Id)
            && last != Some(T::Code)
            && last != Some(T::Key)
        {
            M::Phone
        } else if self.has(T::FullName) {
            M::Full
        } else if self.has(T::FirstName) || self.has(T::First) && self.has(T::Name) {
            M::First
        } else if self.has(T::LastName) || self.has(T::Last) && self.has(T::Name) {
            M::Last
        } else if last == Some(T::Name) || self.has(T::Name) && self.has(T::Whole) {
            self.name()
        } else if let Some(place) = self.place() {
            place
        } else if code || self.has(T::Id) {
            return self.id();
        } else {
            return self.rest();
        };
        (found, None)
    }

    fn is_about_number(&self) -> bool {
        self.any(&[Term::Number, Term::Credit]) || self.only(Term::Card)
    }

    fn is_government_id(&self) -> bool {
        use Term as T;
        let code = matches!(self.last(), Some(T::Id | T::Number | T::Code | T::Key));
        self.has(T::Government) && !self.any(&[T::Place, T::City, T::Name])
            || self.has(T::Social) && self.has(T::Security)
            || self.has(T::Insurance) && self.last() == Some(T::Number)
            || self.any(&[T::Tax, T::National]) && (code || self.has(T::Code))
            || self.has(T::License) && (self.has(T::Driver) || self.noun(T::Person) == Some("driver"))
            || self.has(T::License) && self.last() == Some(T::Number)
            || matches!(self.terms, [(T::Id, _), (T::Card, _), ..])
    }

    /// A key that ends in `name`.
    fn name(&self) -> Meaning {
        use Term as T;
        if self.any(&[
            T::Thing,
            T::Business,
            T::Technical,
            T::Signal,
            T::City,
            T::Place,
            T::Actor,
            T::Street,
            T::Type,
            T::Bank,
            T::Card,
            T::Plain,
        ]) {
            if self.has(T::Card) {
                Meaning::Full
            } else if self.has(T::Street) {
                Meaning::Street
            } else {
                Meaning::Plain
            }
        } else if self.has(T::Whole) || self.person().is_some() || self.has(T::Facet) {
            Meaning::Full
        } else if self.has(T::Unlisted) {
            Meaning::Plain
        } else {
            Meaning::Name
        }
    }

    fn place(&self) -> Option<Meaning> {
        use Term as T;
        if self.has(T::Technical) || self.has(T::Key) {
            return None;
        }
        let last = self.last();
        if self.has(T::PostCode) || self.has(T::Post) && self.any(&[T::Code, T::Number]) {
            Some(Meaning::PostCode)
        } else if self.has(T::Street) {
            (last != Some(T::Number)).then_some(Meaning::Street)
        } else if self.has(T::Address) {
            match last {
                Some(T::Id | T::Code) => None,
                Some(T::Number) if !self.numbered => None,
                _ if self.has(T::Line) || self.numbered => Some(Meaning::Street),
                _ => Some(Meaning::Address),
            }
        } else if self.only(T::Line) && self.numbered {
            Some(Meaning::Street)
        } else if self.has(T::City) && last != Some(T::Id) {
            Some(Meaning::City)
        } else {
            None
        }
    }

    /// A key that ends in `id`, `number`, `code`.
    fn id(&self) -> (Meaning, Option<&'static str>) {
        use Term as T;
        if !self.terms.is_empty() && self.terms.iter().all(|(term, _)| matches!(term, T::Id)) {
            return (Meaning::Id, None);
        }
        if self.only(T::Number) {
            return (Meaning::Id, None);
        }
        let of_person = match self.terms {
            [rest @ .., (T::Id | T::Number | T::Key | T::Code, _)] => {
                matches!(rest.last(), Some((T::Person | T::Account | T::Id | T::Number, _)))
            }
            _ => false,
        };
        match self.person() {
            Some(noun) if of_person && !self.has(T::Actor) && !self.has(T::Email) => {
                (Meaning::Reference, Some(noun))
            }
            _ => (Meaning::Code, None),
        }
    }

    fn rest(&self) -> (Meaning, Option<&'static str>) {
        use Term as T;
        let found = match self.terms {
            _ if self.has(T::Signal) => Meaning::Code,
            [(T::Person | T::Account, _)] if self.plural => Meaning::Plain,
            [(T::Person | T::Account, _)] => return (Meaning::Person, self.person()),
            [(T::First, _)] => Meaning::FirstPart,
            [(T::Last, _)] => Meaning::LastPart,
            [(T::Generic | T::Wrapper | T::Whole | T::Line | T::Facet, _)] => Meaning::Generic,
            [(T::Type, _)] => Meaning::Type,
            [(T::Tax, _)] | [(T::Card, _)] => Meaning::Code,
            _ if self.any(&[T::Plain, T::Technical]) => Meaning::Plain,
            [(T::Thing, _)] => Meaning::Code,
            _ => Meaning::Unknown,
        };
        (found, None)
    }

    /// What a container is, and the noun of what it holds.
    fn flags(&self, meaning: Meaning) -> (Flags, Option<&'static str>) {
        use Term as T;
        let mut flags = Flags::default();
        let add = |flags: &mut Flags, yes: bool, flag: Flags| {
            if yes {
                *flags = flags.with(flag);
            }
        };
        add(&mut flags, self.has(T::Signal) || self.only(T::Tax), Flags::SIGNAL);
        add(&mut flags, self.only(T::Columns), Flags::COLUMNS);
        add(&mut flags, self.only(T::Number), Flags::NUMBER);
        add(&mut flags, matches!(self.last(), Some(T::Id | T::Number)), Flags::KEYED);
        add(&mut flags, self.any(&[T::Business]) && !matches!(meaning, Meaning::Reference), Flags::OFFICIAL);
        if let Some(noun) = self.person() {
            add(&mut flags, matches!(noun, "owner" | "holder" | "proprietario" | "inhaber"), Flags::OWNER);
            add(
                &mut flags,
                matches!(noun, "user" | "account" | "benutzer" | "usuario" | "gebruiker"),
                Flags::LOGIN,
            );
        }
        let facet_meaning = matches!(
            meaning,
            Meaning::Email
                | Meaning::Phone
                | Meaning::Full
                | Meaning::Name
                | Meaning::First
                | Meaning::Last
                | Meaning::Street
                | Meaning::Address
                | Meaning::City
                | Meaning::PostCode
                | Meaning::Birth
                | Meaning::Government
                | Meaning::Payment
                | Meaning::Account
                | Meaning::Credential
        );
        let last = self.last();
        let holds = |term: Term| matches!(last, Some(found) if found == term);
        let beside = |term: Term| self.has(term) && matches!(last, Some(T::Facet | T::Wrapper | T::Type));
        let noun = if facet_meaning {
            flags = flags.with(Flags::FACET);
            None
        } else if holds(T::Person) || holds(T::Account) || beside(T::Person) {
            flags = flags.with(Flags::PERSON);
            self.person()
        } else if holds(T::Actor) {
            None
        } else if holds(T::Business) || beside(T::Business) {
            flags = flags.with(Flags::BUSINESS);
            self.noun(T::Business)
        } else if holds(T::Thing) || beside(T::Thing) {
            flags = flags.with(Flags::THING);
            self.noun(T::Thing)
        } else if holds(T::Facet) || beside(T::Facet) {
            flags = flags.with(Flags::FACET);
            None
        } else if matches!(last, Some(T::Wrapper | T::Generic | T::Columns))
            || self.terms.iter().all(|(term, _)| *term == T::Unlisted) && (self.numbered || self.short)
        {
            flags = flags.with(Flags::WRAPPER);
            None
        } else {
            None
        };
        (flags, noun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_the_same_in_every_case_style_and_language() {
        use Meaning as M;
        let table: &[(M, &str)] = &[
            (
                M::Email,
                "email Email e-mail eMail E_MAIL emailAddress email_address contactEmail mail correo_electronico courriel EMailAdresse correo mail_adr",
            ),
            (
                M::Phone,
                "phone phoneNumber phone_number tel Telefon telefonnummer mobile mobile_phone handynummer téléphone teléfono telefone telefoonnummer rufnummer phone1 fax",
            ),
            (M::First, "first_name firstName FIRSTNAME given-name vorname prénom voornaam fname"),
            (
                M::Last,
                "last_name lastName surname nachname apellidos cognome sobrenome achternaam family_name birth_name geburtsname",
            ),
            (
                M::Full,
                "full_name fullName customer_name customerName recipient_name nombre_completo kundenname nom_complet contact_name cardholder_name billing_name",
            ),
            (M::Name, "name Name nom nome nombre naam"),
            (
                M::Plain,
                "product_name file_name hostname company_name companyName customers guests client_ip customer_since email_verified phone_verified password_reset_at created_at url username author_name birth_place phone_type city_name seller_name brand_name",
            ),
            (
                M::Street,
                "street street_address address_line_1 addressLine1 strasse straße rue address1 line1 street_name",
            ),
            (
                M::Address,
                "address anschrift adresse shipping_address billingAddress dirección indirizzo endereço postal_address",
            ),
            (M::PostCode, "zip zip_code zipCode postal_code plz postleitzahl code_postal codigo_postal cep"),
            (M::City, "city ort wohnort ville ciudad città stad"),
            (
                M::Birth,
                "dob birthday birth_date dateOfBirth date_of_birth geburtsdatum date_naissance fecha_nacimiento data_di_nascita geboortedatum",
            ),
            (
                M::Government,
                "ssn social_security_number passport_number passportNo tax_id steuer_id steuernummer codice_fiscale cpf dni nationalId driver_license driverLicenseNumber personalausweisnummer numero_securite_sociale",
            ),
            (
                M::Payment,
                "iban card_number cardNumber credit_card kreditkartennummer pan cvv bank_account_number kontonummer",
            ),
            (
                M::Credential,
                "password passwordHash password_hash passwort mot_de_passe contraseña senha api_key apiKey client_secret private_key recovery_codes totp_secret security_answer",
            ),
            (
                M::Token,
                "token access_token accessToken refresh_token idToken session session_id sessionId jwt auth_token x-auth-token",
            ),
            (M::Id, "id _id ID uuid guid nr nummer"),
            (
                M::Reference,
                "customer_id customerId CustomerID kundennummer kunden_nr user_uuid owner_id account_id cliente_id klantnummer member_number billing_customer_id userid",
            ),
            (M::Person, "customer owner user kunde account"),
            (
                M::Code,
                "customer_group_id external_id order_id order_number product_id sku price total bestellnummer tracking_number ean_code invoice_no",
            ),
            (M::Unknown, "foo k3 xyz customer_group user_agent"),
            (M::Generic, "value text data"),
        ];
        let wrong: Vec<_> = table
            .iter()
            .flat_map(|(meaning, keys)| keys.split(' ').map(move |key| (key, read(key).meaning, *meaning)))
            .filter(|(_, found, expected)| found != expected)
            .collect();
        assert_eq!(wrong, [], "(key, found, expected)");
        for key in
            ["csrf_token", "next_page_token", "device_token", "ip_address", "mac_address", "email_address_id"]
        {
            let meaning = read(key).meaning;
            assert!(matches!(meaning, Meaning::Plain | Meaning::Code), "{key}: {meaning:?}");
        }
    }

    #[test]
    fn a_container_is_told_by_its_noun() {
        let table: &[(Flags, &str, &str)] = &[
            (Flags::PERSON, "customers", "customer"),
            (Flags::PERSON, "kunden", "kunde"),
            (Flags::PERSON, "customerInfo", "customer"),
            (Flags::PERSON, "customer17", "customer"),
            (Flags::THING, "orders", "order"),
            (Flags::BUSINESS, "sellers", "seller"),
            (Flags::WRAPPER, "data", ""),
            (Flags::WRAPPER, "items", ""),
            (Flags::WRAPPER, "_embedded", ""),
            (Flags::FACET, "billing_address", ""),
            (Flags::FACET, "contact", ""),
            (Flags::FACET, "payment_methods", ""),
            (Flags::FACET, "stammdaten", ""),
        ];
        for (flag, key, word) in table {
            let reading = read(key);
            assert!(reading.flags.has(*flag), "{key}: {reading:?}");
            assert_eq!(reading.word, *word, "{key}");
        }
        assert_eq!(read("vehicles").word, "vehicle");
        assert_eq!(read("policies").word, "policy");
    }

    #[test]
    fn a_path_segment_gives_its_noun() {
        for (segment, word) in [
            ("customers", Some("customer")),
            ("customer-accounts", Some("account")),
            ("me", Some("user")),
            ("v2", None),
            ("search", None),
            ("kunden", Some("kunde")),
            ("pre-orders", Some("order")),
            ("widgets", Some("widget")),
            ("customers.csv", Some("customer")),
        ] {
            assert_eq!(resource_word(segment).as_deref(), word, "{segment}");
        }
    }
}
