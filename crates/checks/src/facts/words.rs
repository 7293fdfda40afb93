//! What names say: words of paths, ids and tags, and the few lists of words that checks go by.
//!
//! Whole words only, never parts of words: `authors` is no `auth`, `admins` no `admin`.

use std::sync::Arc;

use domain::Segment;
use serde::Serialize;
use spec::inventory::Operation;

/// Why something counts as a function for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sign {
    /// The word, as written.
    pub word: Arc<str>,
    /// Where it stands: `path`, `tag` or `id`.
    pub from: &'static str,
}

/// Words that say so wherever they stand.
const ADMIN: &[&str] = &[
    "admin",
    "administrator",
    "administration",
    "backoffice",
    "superuser",
    "sudo",
    "impersonate",
    "impersonation",
    "actuator",
    "jolokia",
    "phpmyadmin",
];
/// Whole segments that say so.
const ADMIN_SEGMENT: &[&str] = &[
    "internal",
    "_internal",
    "adm",
    "staff",
    "back-office",
    "debug",
    "_debug",
    "heapdump",
    "pprof",
    "server-status",
    "nginx_status",
    "stub_status",
];
/// First segments that say so (after `api` and a version): further in they are words of a trade.
const ADMIN_FIRST: &[&str] = &["manage", "management", "metrics", "root", "backup", "db"];
/// Whole tags that say so.
const ADMIN_TAG: &[&str] =
    &["admin", "administration", "administrator", "internal", "backoffice", "back-office", "staff", "debug"];
/// Words of the ways by which one gets a credential or proves an address.
const SIGN_IN: &[&str] = &[
    "login",
    "logon",
    "signin",
    "logout",
    "signout",
    "auth",
    "authenticate",
    "authorize",
    "oauth",
    "oauth2",
    "token",
    "tokens",
    "session",
    "sessions",
    "register",
    "registration",
    "signup",
    "refresh",
    "password",
    "sso",
    "saml",
    "otp",
    "mfa",
    "verify",
    "activate",
    "forgot",
    "recover",
    "jwks",
    "openid",
    "captcha",
];
/// Of these, the log-in and the sign-up themselves.
const LOG_IN: &[&str] = &[
    "login",
    "logon",
    "signin",
    "auth",
    "authenticate",
    "authorize",
    "oauth",
    "oauth2",
    "token",
    "tokens",
    "session",
    "sessions",
    "sso",
    "saml",
    "register",
    "registration",
    "signup",
];
/// Words of calls that other systems make and sign.
const WEBHOOK: &[&str] = &["webhook", "webhooks", "callback", "callbacks", "hook", "hooks", "ipn"];
/// Words of what stands open by its nature.
pub(super) const OPEN_BY_NATURE: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "live",
    "livez",
    "ready",
    "readyz",
    "ping",
    "status",
    "static",
    "assets",
    "public",
    "docs",
    "swagger",
    "favicon",
    "robots",
    "openapi",
    "images",
    "img",
    "css",
    "js",
    "fonts",
    "well",
    "acme",
];
/// Words of a POST that reads.
const READING: &[&str] = &[
    "search", "query", "find", "lookup", "list", "filter", "get", "fetch", "read", "export", "report",
    "retrieve", "graphql", "view", "download", "browse", "show",
];
/// First words of the name of an operation that changes something.
const WRITING: &[&str] = &[
    "create", "add", "update", "delete", "remove", "set", "register", "sign", "log", "login", "send",
    "submit", "upload", "post", "put", "patch", "place", "cancel", "insert", "save", "store", "import",
    "invite", "start", "make", "new",
];
/// Inputs that carry a credential, as lower-case letters without separators.
const CREDENTIAL: &[&str] = &[
    "accesstoken",
    "apikey",
    "token",
    "authtoken",
    "authtokens",
    "password",
    "passwd",
    "pwd",
    "secret",
    "clientsecret",
    "sessionid",
    "sessiontoken",
    "jwt",
    "idtoken",
    "refreshtoken",
    "bearertoken",
    "authorization",
    "privatekey",
    "apitoken",
    "usertoken",
    "securitytoken",
    "xapikey",
    "apikeyid",
    "subscriptionkey",
    "ocpapimsubscriptionkey",
    "accesskey",
    "secretkey",
    "apisecret",
    "appsecret",
    "sessionkey",
    "jsessionid",
    "phpsessid",
    "credentials",
    "passphrase",
];
/// Further inputs by which a caller proves who they are, written as those of [`CREDENTIAL`].
const PROOF: &[&str] = &[
    "code",
    "otp",
    "totp",
    "mfacode",
    "pin",
    "verificationcode",
    "confirmationcode",
    "activationcode",
    "resettoken",
    "assertion",
    "clientassertion",
    "samlresponse",
    "signature",
    "credential",
    "newpassword",
    "currentpassword",
    "oldpassword",
    "passcode",
];
/// Words of links that are good once, whose token is made for the URL.
const ONCE: &[&str] = &[
    "verify",
    "verification",
    "confirm",
    "confirmation",
    "reset",
    "activate",
    "activation",
    "invite",
    "invites",
    "invitation",
    "invitations",
    "unsubscribe",
    "share",
    "shared",
    "download",
    "optout",
];
/// Segments that say nothing of what they hold.
const GENERIC: &[&str] = &["api", "apis", "rest", "public", "svc", "service", "services"];

/// The words of a name, in small letters: `listAllOrders`, `list-all_orders` are three words.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            after_small = false;
            continue;
        }
        if letter.is_uppercase() && after_small {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        after_small = letter.is_lowercase() || letter.is_numeric();
        word.extend(letter.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

pub(super) fn any_of(text: &str, list: &[&str]) -> bool {
    words(text).iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a segment says nothing of what it holds.
pub(crate) fn is_generic(segment: &str) -> bool {
    GENERIC.contains(&segment.to_ascii_lowercase().as_str())
}

/// Why a path (its literal segments, versions and generic ones left out) is for administrators.
pub(crate) fn admin_path<'s>(literals: impl Iterator<Item = &'s str>) -> Option<Sign> {
    for (nth, segment) in literals.enumerate() {
        let small = segment.to_ascii_lowercase();
        let whole = ADMIN_SEGMENT.contains(&small.as_str());
        let first = nth == 0 && ADMIN_FIRST.contains(&small.as_str());
        if whole || first || any_of(segment, ADMIN) {
            return Some(Sign { word: segment.into(), from: "path" });
        }
    }
    None
}

/// Why an operation is for administrators.
pub(crate) fn admin(operation: &Operation) -> Option<Sign> {
    let literals: Vec<Arc<str>> = literals(operation).collect();
    let telling = literals
        .iter()
        .map(AsRef::as_ref)
        .filter(|segment| !is_generic(segment) && super::path::version_of(segment).is_none());
    if let Some(sign) = admin_path(telling) {
        return Some(sign);
    }
    let tag = operation.tags.iter().find(|tag| ADMIN_TAG.contains(&tag.trim().to_lowercase().as_str()));
    if let Some(tag) = tag {
        return Some(Sign { word: tag.clone(), from: "tag" });
    }
    let id = operation.id.as_str();
    let named = !id.contains('/') && any_of(id, ADMIN);
    if named {
        return Some(Sign { word: id.into(), from: "id" });
    }
    let exports = |segment: &Arc<str>| matches!(&**segment, "export" | "exports" | "dump");
    let own = literals.iter().any(|segment| &**segment == "me");
    let export = literals.iter().find(|segment| exports(segment)).filter(|_| operation.answer.many && !own);
    export.map(|segment| Sign { word: segment.clone(), from: "path" })
}

/// The literal segments of an operation's path.
pub(crate) fn literals(operation: &Operation) -> impl Iterator<Item = Arc<str>> + '_ {
    operation.endpoint.template().segments().filter_map(|segment| match segment {
        Segment::Literal(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// The name of an operation; empty where it is only its endpoint.
pub(super) fn name(operation: &Operation) -> &str {
    Some(operation.id.as_str()).filter(|id| !id.contains('/')).unwrap_or_default()
}

/// Whether it is a way to get a credential or to prove an address.
pub(crate) fn is_sign_in(operation: &Operation) -> bool {
    let doing = !matches!(operation.endpoint.method(), domain::Method::Get);
    let keys = literals(operation).any(|text| text.contains("jwks") || text.contains("openid-configuration"));
    keys || doing && literals(operation).any(|text| any_of(&text, SIGN_IN))
}

/// Whether another system calls it, with a signature of its own.
pub(crate) fn is_webhook(operation: &Operation) -> bool {
    literals(operation).any(|text| any_of(&text, WEBHOOK))
}

/// Whether a path stands open by its nature: health, assets, documentation, log-in, web hooks.
pub(crate) fn opens_by_nature(path: &str) -> bool {
    any_of(path, OPEN_BY_NATURE) || any_of(path, SIGN_IN) || any_of(path, WEBHOOK)
}

/// Whether an operation stands open by its nature.
pub(crate) fn is_open_by_nature(operation: &Operation) -> bool {
    let probe =
        |text: Arc<str>| matches!(&*text, "health" | "healthz" | "livez" | "readyz" | "ping" | "docs");
    is_sign_in(operation) || is_webhook(operation) || literals(operation).any(probe)
}

/// Whether it is a POST that reads: a search, a list, a look-up.
pub(crate) fn is_reading_post(operation: &Operation) -> bool {
    if *operation.endpoint.method() != domain::Method::Post || is_sign_in(operation) {
        return false;
    }
    let id = words(name(operation));
    if id.first().is_some_and(|first| WRITING.contains(&first.as_str())) {
        return false;
    }
    let says = |status: &str| operation.statuses.iter().any(|known| &**known == status);
    let last = literals(operation).last();
    operation.answer.many && !says("201")
        || id.first().is_some_and(|first| READING.contains(&first.as_str()))
        || last.is_some_and(|last| any_of(&last, READING))
        || says("200") && !says("201") && !operation.object_refs.is_empty()
}

/// Whether an input carries a credential, by its name.
pub(crate) fn is_credential(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    CREDENTIAL.contains(&plain.to_ascii_lowercase().as_str())
}

/// Whether a caller of a way to sign in shows who they are: by an input, or where nothing at all is said of
/// the request to what is the log-in itself.
pub(crate) fn proves_who_asks(operation: &Operation) -> bool {
    let proof = |name: &str| {
        let leaf = name.rsplit('.').next().unwrap_or(name);
        let plain: String = leaf.chars().filter(char::is_ascii_alphanumeric).collect();
        is_credential(leaf) || PROOF.contains(&plain.to_ascii_lowercase().as_str())
    };
    let inputs = &operation.parameters;
    let undescribed = || {
        let last = literals(operation).last();
        inputs.is_empty() && last.is_some_and(|last| any_of(&last, LOG_IN))
    };
    inputs.iter().any(|input| proof(&input.name)) || undescribed()
}

/// Whether the operation is reached by a link that is good once.
pub(crate) fn is_once(operation: &Operation) -> bool {
    literals(operation).any(|text| any_of(&text, ONCE)) || any_of(name(operation), ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (text, expected) in [
            ("listAllOrders", "list all orders"),
            ("list-all_orders", "list all orders"),
            ("getV2Order", "get v2 order"),
            ("authors", "authors"),
            ("", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn only_whole_words_make_an_administrator() {
        for (path, admin) in [
            (&["admin", "users"][..], true),
            (&["admin-panel"], true),
            (&["users", "internal"], true),
            (&["metrics"], true),
            (&["projects", "metrics"], false),
            (&["authors"], false),
            (&["internal-notes"], false),
            (&["projects", "admins"], false),
        ] {
            assert_eq!(admin_path(path.iter().copied()).is_some(), admin, "{path:?}");
        }
    }
}
