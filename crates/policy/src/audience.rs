//! Who may call at all: the base rule of every declared operation.
//!
//! Policies can narrow what an audience admits, and forbid; they never widen it.
//!
//! ```
//! use domain::{Audience, Caller, RefusalKind, Timestamp};
//! let client = "192.0.2.1".parse().unwrap();
//! let refusal =
//!     policy::audience::admit(&Audience::Authenticated, &Caller::Anonymous, client, false, Timestamp::default())
//!         .unwrap_err();
//! assert_eq!(refusal.kind, RefusalKind::Unauthenticated);
//! ```

use std::net::IpAddr;

use domain::{Audience, Caller, PrincipalKind, Refusal, RefusalKind, Timestamp};

/// Whether `audience` admits `caller`, who asks from `client` at `now`.
///
/// Only a verified principal satisfies `authenticated` and `partner`: a hint, confirmed or not,
/// does not. `internal` asks where a request comes from, not who sends it.
///
/// # Errors
/// - [`RefusalKind::Unauthenticated`]: identity is needed and there is none.
/// - [`RefusalKind::Forbidden`]: it is the wrong one, or the wrong network.
/// - [`RefusalKind::ClosedEndpoint`]: the public declaration has expired.
pub fn admit(
    audience: &Audience,
    caller: &Caller,
    client: IpAddr,
    internal_listener: bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    match audience {
        Audience::Public(public) if now <= public.expires => Ok(()),
        Audience::Public(public) => Err(Refusal::new(
            RefusalKind::ClosedEndpoint,
            format!("audience public: expired {}", public.expires),
        )),
        Audience::Authenticated => match caller {
            Caller::Verified(_) => Ok(()),
            Caller::Anonymous | Caller::Hinted(_) => Err(unauthenticated("audience authenticated")),
        },
        Audience::Partner(names) => match caller {
            Caller::Verified(principal) => match &principal.kind {
                PrincipalKind::Partner(name) if names.contains(name) => Ok(()),
                PrincipalKind::Partner(_) | PrincipalKind::Token | PrincipalKind::ApiKey => {
                    Err(Refusal::new(RefusalKind::Forbidden, "audience partner: not a named partner"))
                }
            },
            Caller::Anonymous | Caller::Hinted(_) => Err(unauthenticated("audience partner")),
        },
        Audience::Internal(_) if internal_listener => Ok(()),
        Audience::Internal(networks) if networks.iter().any(|network| network.contains(client)) => Ok(()),
        Audience::Internal(_) => {
            Err(Refusal::new(RefusalKind::Forbidden, "audience internal: not a listed network"))
        }
    }
}

/// The word of an audience in configuration and output.
pub(crate) const fn word(audience: &Audience) -> &'static str {
    match audience {
        Audience::Public(_) => "public",
        Audience::Authenticated => "authenticated",
        Audience::Partner(_) => "partner",
        Audience::Internal(_) => "internal",
    }
}

fn unauthenticated(rule: &str) -> Refusal {
    Refusal::new(RefusalKind::Unauthenticated, format!("{rule}: no verified identity"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        Claims, Hint, HintState, Principal, PrincipalId, PublicDecl, RefusalKind as Kind, SubjectDigest,
    };

    use super::*;

    fn verified(kind: PrincipalKind) -> Caller {
        Caller::Verified(Arc::new(Principal {
            id: PrincipalId::new("p"),
            kind,
            roles: Default::default(),
            claims: Claims::default(),
        }))
    }

    #[test]
    fn each_audience_admits_its_own_and_nobody_else() {
        let public = Audience::Public(PublicDecl {
            reason: "shop window".into(),
            owner: "web".into(),
            expires: Timestamp::from_secs(100),
        });
        let partner = Audience::Partner(vec!["acme".into()]);
        let internal = Audience::Internal(vec!["10.0.0.0/8".parse().unwrap()]);
        let hint = |state| Caller::Hinted(Hint { digest: SubjectDigest::default(), state });
        let unverified = hint(HintState::Unverified);
        let confirmed = hint(HintState::Confirmed);
        let token = verified(PrincipalKind::Token);
        let acme = verified(PrincipalKind::Partner("acme".into()));
        let other = verified(PrincipalKind::Partner("other".into()));
        let anonymous = Caller::Anonymous;
        let authenticated = Audience::Authenticated;

        for (audience, caller, client, listener, secs, expected) in [
            (&public, &anonymous, "192.0.2.1", false, 100, None),
            (&public, &token, "192.0.2.1", false, 101, Some(Kind::ClosedEndpoint)),
            (&authenticated, &anonymous, "10.0.0.1", true, 0, Some(Kind::Unauthenticated)),
            (&authenticated, &unverified, "10.0.0.1", false, 0, Some(Kind::Unauthenticated)),
            (&authenticated, &confirmed, "10.0.0.1", false, 0, Some(Kind::Unauthenticated)),
            (&authenticated, &token, "192.0.2.1", false, 0, None),
            (&authenticated, &other, "192.0.2.1", false, 0, None),
            (&partner, &acme, "192.0.2.1", false, 0, None),
            (&partner, &other, "192.0.2.1", false, 0, Some(Kind::Forbidden)),
            (&partner, &token, "192.0.2.1", false, 0, Some(Kind::Forbidden)),
            (&partner, &anonymous, "192.0.2.1", false, 0, Some(Kind::Unauthenticated)),
            (&internal, &anonymous, "10.9.9.9", false, 0, None),
            (&internal, &anonymous, "::ffff:10.9.9.9", false, 0, None),
            (&internal, &anonymous, "192.0.2.1", true, 0, None),
            (&internal, &token, "192.0.2.1", false, 0, Some(Kind::Forbidden)),
        ] {
            let now = Timestamp::from_secs(secs);
            let answer = admit(audience, caller, client.parse().unwrap(), listener, now);
            assert_eq!(answer.err().map(|r| r.kind), expected, "{audience:?} {} {client}", caller.word());
        }
    }
}
