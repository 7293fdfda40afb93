//! How the people of an answer stand to the caller's verified token.
//!
//! Where nobody declared whose a record is, the caller's own budget counts everybody, the caller too: what
//! an upstream calls `id: 17` may be another 17 than the issuer's. Detectors, actions and the budgets around
//! an account ask something else: whether a *stranger* was told of. Whoever the issuer itself calls by that
//! id or e-mail is none, or an office of people who each read what is their own would look like as many
//! stolen tokens.
//!
//! An issuer gives an account one subject, and nobody chooses it; an e-mail anybody chooses who is not made to
//! prove it. So an attacker gains one person for each account, and not one of his choice. An e-mail that was
//! not checked only ever says who somebody else is.

use domain::{Caller, Claim, KeyKind, Principal, PrincipalKind, SubjectKey};

/// How the person with these `keys` stands to a verified token of `caller`.
///
/// Own: the token's subject is the person's id, and no e-mail says otherwise; or its `email`, which the
/// issuer says it checked (`email_verified`; OpenID Connect Core 1.0, section 5.1), is the person's only one.
/// Foreign: the token has an `email`, and the person has others; one that was not checked beside others makes
/// nobody the person, or a support address in every record would. Else nothing can be compared: also where
/// the id is the subject and the e-mail another, for then one of the two numberings is not the issuer's.
pub(crate) fn claim(caller: &Caller, keys: &[SubjectKey<'_>]) -> Claim {
    let Caller::Verified(principal) = caller else { return Claim::Unknown };
    if principal.kind != PrincipalKind::Token {
        return Claim::Unknown;
    }
    let by_id = |key: &SubjectKey<'_>| {
        let is_id = matches!(key.kind, KeyKind::Declared | KeyKind::Reference | KeyKind::OwnId);
        // `customer/17`; an id that has parts of its own (`customer/acme/17`) is more than a subject.
        let id = key.text.split_once('/').map_or(&*key.text, |(_, id)| id);
        is_id && subject(principal) == Some(id)
    };
    let is_id = keys.first().is_some_and(by_id);
    let claims = &principal.claims;
    let Some(mine) = claims.single("email") else {
        return if is_id { Claim::Own } else { Claim::Unknown };
    };
    let (mut equal, mut others) = (0usize, 0usize);
    for email in keys.iter().filter(|key| key.kind == KeyKind::Email) {
        let sum = if mine.eq_ignore_ascii_case(&email.text) { &mut equal } else { &mut others };
        *sum = sum.saturating_add(1);
    }
    let is_checked = claims.single("email_verified") == Some("true");
    match (equal, others) {
        (0, 0) | (1, 0) if is_id => Claim::Own,
        (1, 0) if is_checked => Claim::Own,
        (0, 1..) if is_id => Claim::Unknown,
        (0, 1..) => Claim::Foreign,
        (_, 1..) if !is_checked && !is_id => Claim::Foreign,
        _ => Claim::Unknown,
    }
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
        use Claim::{Foreign, Own, Unknown};
        use KeyKind::{Email, OwnId, Phone, Reference, Values};
        let token = |subject: &str, claims: &[(&str, &str)]| caller(PrincipalKind::Token, subject, claims);
        let sub = token("17", &[]);
        let mail =
            |checked: &str| token("u-9", &[("email", "Ada@mail.example"), ("email_verified", checked)]);
        let both = token("17", &[("email", "ada@mail.example")]);
        for (who, keys, expected) in [
            (&sub, &[(OwnId, "customer/17")][..], Own),
            (&sub, &[(Reference, "customer/17"), (Email, "bob@mail.example")], Own),
            (&sub, &[(OwnId, "customer/117")], Unknown),
            (&sub, &[(OwnId, "customer/acme/17")], Unknown),
            (&sub, &[(Phone, "17")], Unknown),
            (&sub, &[(Values, "17")], Unknown),
            // The preferred key decides: a record of another that refers to the caller is another's.
            (&sub, &[(OwnId, "customer/18"), (Reference, "seller/17")], Unknown),
            (&token("idp|17", &[]), &[(OwnId, "customer/17")], Unknown),
            (&token("", &[]), &[(OwnId, "customer/")], Unknown),
            // The claim `sub` is not the subject where the configuration says another.
            (&token("o-1", &[("sub", "17")]), &[(OwnId, "customer/17")], Unknown),
            (&mail("true"), &[(OwnId, "customer/17"), (Email, "ada@mail.example")], Own),
            (&mail("true"), &[(Email, "bob@mail.example")], Foreign),
            (&mail("true"), &[(Email, "ada@mail.example"), (Email, "bob@mail.example")], Unknown),
            (&mail("true"), &[(Email, "bob@mail.example"), (Email, "eve@mail.example")], Foreign),
            (&mail("true"), &[(OwnId, "customer/17")], Unknown),
            (&mail("true"), &[], Unknown),
            (&mail("false"), &[(Email, "ada@mail.example")], Unknown),
            (&mail("False"), &[(Email, "ada@mail.example")], Unknown),
            (&mail("false"), &[(Email, "bob@mail.example")], Foreign),
            (&token("u-9", &[("email", "ada@mail.example")]), &[(Email, "ada@mail.example")], Unknown),
            (&both, &[(OwnId, "customer/17"), (Email, "ada@mail.example")], Own),
            (&both, &[(OwnId, "customer/17")], Own),
            // Another numbering than the issuer's, or another e-mail at the shop.
            (&both, &[(OwnId, "customer/17"), (Email, "bob@mail.example")], Unknown),
            // A support address in every record, given as one's own.
            (&mail("false"), &[(Email, "ada@mail.example"), (Email, "bob@mail.example")], Foreign),
            (&both, &[(OwnId, "customer/18"), (Email, "bob@mail.example")], Foreign),
            (&caller(PrincipalKind::ApiKey, "17", &[]), &[(OwnId, "customer/17")], Unknown),
            (&Caller::Anonymous, &[(OwnId, "customer/17")], Unknown),
        ] {
            let keys: Vec<_> = keys.iter().map(|(kind, text)| SubjectKey::new(*kind, *text)).collect();
            assert_eq!(claim(who, &keys), expected, "{who:?} {keys:?}");
        }
    }
}
