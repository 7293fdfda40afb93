//! Whether the caller's verified token names a person of the answer.
//!
//! Where nobody declared whose a record is, budgets count everybody, the caller too: what an upstream
//! calls `id: 17` may be another 17 than the issuer's. Detectors and actions ask something else: whether
//! a *stranger* was told of. Whoever the issuer itself calls by that id or e-mail is none, or an office
//! of people who each read what is their own would look like as many stolen tokens.
//!
//! A token has one subject, so that an attacker gains one person for each account that an issuer gives.

use domain::{Caller, KeyKind, PrincipalKind, SubjectKey};

/// Whether a verified token of `caller` names the person with these `keys`: its `sub` is the person's id,
/// or its `email` the person's only e-mail (unless the issuer says `email_verified: false`; OpenID Connect
/// Core 1.0, section 5.1).
pub(crate) fn is_callers(caller: &Caller, keys: &[SubjectKey<'_>]) -> bool {
    let Caller::Verified(principal) = caller else { return false };
    if principal.kind != PrincipalKind::Token {
        return false;
    }
    let claims = &principal.claims;
    let by_id = |key: &SubjectKey<'_>| {
        let is_id = matches!(key.kind, KeyKind::Declared | KeyKind::Reference | KeyKind::OwnId);
        let id = key.text.rsplit_once('/').map_or(&*key.text, |(_, id)| id);
        is_id && claims.single("sub").is_some_and(|sub| !sub.is_empty() && sub == id)
    };
    if keys.first().is_some_and(by_id) {
        return true;
    }
    let mut emails = keys.iter().filter(|key| key.kind == KeyKind::Email);
    let (Some(only), None) = (emails.next(), emails.next()) else { return false };
    let is_checked = claims.single("email_verified") != Some("false");
    is_checked && claims.single("email").is_some_and(|email| email.eq_ignore_ascii_case(&only.text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Claims, Principal, PrincipalId};

    use super::*;

    fn caller(kind: PrincipalKind, claims: &[(&str, &str)]) -> Caller {
        let mut all = Claims::default();
        claims.iter().for_each(|(name, text)| all.push(name, text));
        let id = PrincipalId::new("idp 17");
        Caller::Verified(Arc::new(Principal { id, kind, roles: Default::default(), claims: all }))
    }

    #[test]
    fn a_token_names_one_person_by_its_subject_or_its_e_mail() {
        use KeyKind::{Email, OwnId, Phone, Reference, Values};
        let token = |claims: &[(&str, &str)]| caller(PrincipalKind::Token, claims);
        let sub = token(&[("sub", "17")]);
        let mail = token(&[("sub", "u-9"), ("email", "Ada@mail.example")]);
        for (who, keys, expected) in [
            (&sub, &[(OwnId, "customer/17")][..], true),
            (&sub, &[(Reference, "customer/17"), (Email, "bob@mail.example")], true),
            (&sub, &[(OwnId, "customer/117")], false),
            (&sub, &[(Phone, "17")], false),
            (&sub, &[(Values, "17")], false),
            // The preferred key decides: a record of another that refers to the caller is another's.
            (&sub, &[(OwnId, "customer/18"), (Reference, "seller/17")], false),
            (&mail, &[(OwnId, "customer/17"), (Email, "ada@mail.example")], true),
            (&mail, &[(Email, "bob@mail.example")], false),
            (&mail, &[(Email, "ada@mail.example"), (Email, "bob@mail.example")], false),
            (&mail, &[], false),
            (
                &token(&[("email", "ada@mail.example"), ("email_verified", "false")]),
                &[(Email, "ada@mail.example")],
                false,
            ),
            (&token(&[("sub", "17"), ("sub", "18")]), &[(OwnId, "customer/17")], false),
            (&token(&[("sub", "")]), &[(OwnId, "customer/")], false),
            (&caller(PrincipalKind::ApiKey, &[("sub", "17")]), &[(OwnId, "customer/17")], false),
            (&Caller::Anonymous, &[(OwnId, "customer/17")], false),
        ] {
            let keys: Vec<_> = keys.iter().map(|(kind, text)| SubjectKey::new(*kind, *text)).collect();
            assert_eq!(is_callers(who, &keys), expected, "{who:?} {keys:?}");
        }
    }
}
