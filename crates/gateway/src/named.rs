//! Whether the caller's verified token names a person of the answer.
//!
//! Where nobody declared whose a record is, budgets count everybody, the caller too: what an upstream
//! calls `id: 17` may be another 17 than the issuer's. Detectors and actions ask something else: whether
//! a *stranger* was told of. Whoever the issuer itself calls by that id or e-mail is none, or an office
//! of people who each read what is their own would look like as many stolen tokens.
//!
//! An issuer gives an account one subject, and nobody chooses it; an e-mail anybody chooses who is not made to
//! prove it. So an attacker gains one person for each account, and not one of his choice.

use domain::{Caller, KeyKind, Principal, PrincipalKind, SubjectKey};

/// Whether a verified token of `caller` names the person with these `keys`: its subject is the person's id,
/// or its `email`, which the issuer says it checked (`email_verified`; OpenID Connect Core 1.0, section 5.1),
/// the person's only one.
pub(crate) fn is_callers(caller: &Caller, keys: &[SubjectKey<'_>]) -> bool {
    let Caller::Verified(principal) = caller else { return false };
    if principal.kind != PrincipalKind::Token {
        return false;
    }
    let by_id = |key: &SubjectKey<'_>| {
        let is_id = matches!(key.kind, KeyKind::Declared | KeyKind::Reference | KeyKind::OwnId);
        // `customer/17`; an id that has parts of its own (`customer/acme/17`) is more than a subject.
        let id = key.text.split_once('/').map_or(&*key.text, |(_, id)| id);
        is_id && subject(principal) == Some(id)
    };
    if keys.first().is_some_and(by_id) {
        return true;
    }
    let mut emails = keys.iter().filter(|key| key.kind == KeyKind::Email);
    let (Some(only), None) = (emails.next(), emails.next()) else { return false };
    let claims = &principal.claims;
    let is_checked = claims.single("email_verified") == Some("true");
    is_checked && claims.single("email").is_some_and(|email| email.eq_ignore_ascii_case(&only.text))
}

/// The text by which the issuer calls the principal, of whichever claim the configuration says.
fn subject(principal: &Principal) -> Option<&str> {
    let issuer = principal.claims.single("iss")?;
    principal.id.as_str().strip_prefix(issuer)?.strip_prefix('|').filter(|subject| !subject.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Claims, Principal, PrincipalId};

    use super::*;

    const ISSUER: &str = "https://idp.example";

    /// A caller whom `ISSUER` calls `subject`.
    fn caller(kind: PrincipalKind, subject: &str, claims: &[(&str, &str)]) -> Caller {
        let mut all = Claims::default();
        all.push("iss", ISSUER);
        claims.iter().for_each(|(name, text)| all.push(name, text));
        let id = PrincipalId::new(&format!("{ISSUER}|{subject}"));
        Caller::Verified(Arc::new(Principal { id, kind, roles: Default::default(), claims: all }))
    }

    #[test]
    fn a_token_names_one_person_by_its_subject_or_an_e_mail_that_was_checked() {
        use KeyKind::{Email, OwnId, Phone, Reference, Values};
        let token = |subject: &str, claims: &[(&str, &str)]| caller(PrincipalKind::Token, subject, claims);
        let sub = token("17", &[]);
        let mail =
            |checked: &str| token("u-9", &[("email", "Ada@mail.example"), ("email_verified", checked)]);
        for (who, keys, expected) in [
            (&sub, &[(OwnId, "customer/17")][..], true),
            (&sub, &[(Reference, "customer/17"), (Email, "bob@mail.example")], true),
            (&sub, &[(OwnId, "customer/117")], false),
            (&sub, &[(OwnId, "customer/acme/17")], false),
            (&sub, &[(Phone, "17")], false),
            (&sub, &[(Values, "17")], false),
            // The preferred key decides: a record of another that refers to the caller is another's.
            (&sub, &[(OwnId, "customer/18"), (Reference, "seller/17")], false),
            (&token("idp|17", &[]), &[(OwnId, "customer/17")], false),
            (&token("", &[]), &[(OwnId, "customer/")], false),
            // The claim `sub` is not the subject where the configuration says another.
            (&token("o-1", &[("sub", "17")]), &[(OwnId, "customer/17")], false),
            (&mail("true"), &[(OwnId, "customer/17"), (Email, "ada@mail.example")], true),
            (&mail("true"), &[(Email, "bob@mail.example")], false),
            (&mail("true"), &[(Email, "ada@mail.example"), (Email, "bob@mail.example")], false),
            (&mail("true"), &[], false),
            (&mail("false"), &[(Email, "ada@mail.example")], false),
            (&mail("False"), &[(Email, "ada@mail.example")], false),
            (&token("u-9", &[("email", "ada@mail.example")]), &[(Email, "ada@mail.example")], false),
            (&caller(PrincipalKind::ApiKey, "17", &[]), &[(OwnId, "customer/17")], false),
            (&Caller::Anonymous, &[(OwnId, "customer/17")], false),
        ] {
            let keys: Vec<_> = keys.iter().map(|(kind, text)| SubjectKey::new(*kind, *text)).collect();
            assert_eq!(is_callers(who, &keys), expected, "{who:?} {keys:?}");
        }
    }
}
