//! Who is logged in, and who signed up since the shop opened.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;

use super::keys;
use crate::dice::Dice;

/// The id of the first person who signs up.
pub(crate) const FIRST_SIGN_UP: u64 = 2_000_001;

/// Sessions and sign-ups kept at most; when one table is full it is emptied, and its people have to
/// log in or sign up again. The demo stays far below.
const KEPT: usize = 200_000;

/// Somebody who proved to be somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Customer(u64),
    Staff,
}

/// A person who signed up.
#[derive(Clone, Debug)]
pub(crate) struct SignedUp {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

/// Both tables. A session is known by its whole text: a token or the value of the cookie.
#[derive(Debug)]
pub(crate) struct Accounts {
    sessions: Mutex<HashMap<String, Who>>,
    people: Mutex<People>,
    cookies: Mutex<Dice>,
}

#[derive(Debug, Default)]
struct People {
    by_email: HashMap<String, SignedUp>,
    email_of: HashMap<u64, String>,
    signed_up: u64,
}

impl Accounts {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            sessions: Mutex::default(),
            people: Mutex::default(),
            cookies: Mutex::new(Dice::new(seed ^ 0x5e55_1045)),
        }
    }

    /// Opens a session for a customer: a signed token and the value of a session cookie.
    pub(crate) fn open(&self, customer: u64) -> Option<(String, String)> {
        let token = keys::token(&customer.to_string(), "customer").ok()?;
        let mut dice = held(&self.cookies);
        let cookie = format!("{:016x}{:016x}", dice.roll(), dice.roll());
        drop(dice);
        let mut sessions = held(&self.sessions);
        if sessions.len() >= KEPT {
            sessions.clear();
        }
        sessions.insert(token.clone(), Who::Customer(customer));
        sessions.insert(cookie.clone(), Who::Customer(customer));
        Some((token, cookie))
    }

    /// Who sends these headers, by bearer token or session cookie.
    pub(crate) fn who(&self, headers: &HeaderMap) -> Option<Who> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(token) = text("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
            let known = held(&self.sessions).get(token).cloned();
            return known.or_else(|| {
                let claims = keys::verified(token)?;
                let staff = claims.roles.iter().any(|role| role == "staff");
                if staff { Some(Who::Staff) } else { claims.sub.parse().ok().map(Who::Customer) }
            });
        }
        let session = text("cookie")?.split(';').find_map(|pair| pair.trim().strip_prefix("session="))?;
        held(&self.sessions).get(session).cloned()
    }

    /// Signs a person up; the same e-mail again replaces name and password and keeps the id.
    pub(crate) fn sign_up(&self, name: &str, email: &str, password: &str) -> SignedUp {
        let mut people = held(&self.people);
        if people.by_email.len() >= KEPT {
            people.by_email.clear();
            people.email_of.clear();
        }
        let id = people.by_email.get(email).map_or(FIRST_SIGN_UP + people.signed_up, |known| known.id);
        let person = SignedUp { id, name: name.into(), email: email.into(), password: password.into() };
        people.signed_up = people.signed_up.max(id + 1 - FIRST_SIGN_UP);
        people.email_of.insert(id, email.into());
        people.by_email.insert(email.into(), person.clone());
        person
    }

    /// The person who signed up with this e-mail.
    pub(crate) fn by_email(&self, email: &str) -> Option<SignedUp> {
        held(&self.people).by_email.get(email).cloned()
    }

    /// The person who got this id at sign-up.
    pub(crate) fn by_id(&self, id: u64) -> Option<SignedUp> {
        let people = held(&self.people);
        people.by_email.get(people.email_of.get(&id)?).cloned()
    }
}

/// The lock's content; a panic of another holder leaves nothing half-done here.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
