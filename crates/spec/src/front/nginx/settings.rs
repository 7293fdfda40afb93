//! What guards a location: directives of the access phase, with nginx's inheritance.
//!
//! A level that has a directive (or, for `allow`, `deny` and `limit_req`, any of them) replaces what
//! the level around it says; a level without one inherits it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::IpPrefix;

use super::super::guard::{both, both_rates, either, reach_of, shown, skipped};
use super::super::values::with_burst;
use super::tables::{Class, Tables};
use super::tree::Directive;
use crate::inventory::{Auth, Place, Rate, Reach};

/// The guards in force at a place.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// By the directive's family: `auth_basic`, `auth_request`, `access_by_lua`.
    handlers: BTreeMap<Arc<str>, Auth>,
    /// The realm of `auth_basic`, where it stands in a variable.
    realm: Option<Arc<str>>,
    /// The location that `auth_request` asks.
    subrequest: Option<Arc<str>>,
    satisfy_any: bool,
    access: Arc<[(bool, IpPrefix)]>,
    limits: Arc<[Limit]>,
    dry_run: bool,
    certificate: Option<(bool, Place)>,
    trusts_header: bool,
    trusts_everyone: bool,
    /// Where answers with these statuses are sent on to: `error_page 401 = @open`.
    pages: Arc<[Page]>,
    /// Whether they are for what an upstream answers too.
    pub(super) intercepts: bool,
    /// Only reached from within the server. Locations within have it too.
    pub(super) internal: bool,
}

/// A `limit_req`.
#[derive(Clone)]
struct Limit {
    zone: Arc<str>,
    /// How many calls pass at once beyond the rate, without waiting for it.
    burst: f64,
    at: Place,
}

/// An `error_page`, for one status.
struct Page {
    code: u16,
    to: Arc<str>,
    /// Whether the answer has another status: `= @page`, `=200 /page`.
    hides: bool,
}

/// What the guards of a server depend on beside themselves.
pub(super) struct Surroundings<'t> {
    pub(super) tables: &'t Tables,
    /// Whether some listener has no TLS: there no certificate is asked for.
    pub(super) plain: bool,
    /// Where an `auth_request` can lead.
    pub(super) asked: Vec<Asked>,
}

/// A location that an `auth_request` can lead to.
pub(super) struct Asked {
    pub(super) path: Arc<str>,
    /// `location = PATH`.
    pub(super) exact: bool,
    /// Whether it always answers 2xx: an `auth_request` to it guards nothing.
    pub(super) hollow: bool,
}

impl Surroundings<'_> {
    /// Whether what answers `uri` inside the server always says yes.
    fn is_hollow(&self, uri: &str) -> bool {
        let path = uri.split('?').next().unwrap_or_default();
        let fits = |one: &&Asked| if one.exact { *one.path == *path } else { path.starts_with(&*one.path) };
        let chosen = self.asked.iter().filter(fits).max_by_key(|one| (one.exact, one.path.len()));
        chosen.is_some_and(|chosen| chosen.hollow)
    }
}

/// What a location's guards come to.
pub(super) struct Guards {
    pub(super) auth: Auth,
    pub(super) rate: Rate,
    pub(super) reach: Reach,
    /// The reach for requests that go on to here, which `internal` does not keep out.
    pub(super) inside: Reach,
}

impl Settings {
    /// The settings of a level with these `directives` inside a level with `self`.
    pub(super) fn within(&self, directives: &[Directive]) -> Self {
        let mut inner = self.clone();
        let mut access: Option<Vec<(bool, IpPrefix)>> = None;
        let mut limits: Option<Vec<Limit>> = None;
        let mut real_ip: Option<bool> = None;
        let mut pages: Option<Vec<Page>> = None;
        for directive in directives {
            let (name, value) = (&*directive.name.text, directive.arg(0));
            match name {
                "satisfy" => inner.satisfy_any = value == "any",
                "allow" | "deny" => {
                    let list = access.get_or_insert_with(Vec::new);
                    list.extend(networks(value).into_iter().map(|network| (name == "allow", network)));
                }
                "limit_req" => {
                    let value = |key| directive.args.iter().find_map(|word| word.text.strip_prefix(key));
                    // Without either of the two, calls beyond the rate wait for it.
                    let at_once = directive.args.iter().any(|word| &*word.text == "nodelay")
                        || value("delay=").is_some();
                    let burst =
                        value("burst=").filter(|_| at_once).and_then(|burst| burst.parse::<u32>().ok());
                    limits.get_or_insert_with(Vec::new).push(Limit {
                        zone: value("zone=").unwrap_or_default().into(),
                        burst: burst.unwrap_or(0).into(),
                        at: directive.at(),
                    });
                }
                "proxy_intercept_errors"
                | "fastcgi_intercept_errors"
                | "grpc_intercept_errors"
                | "uwsgi_intercept_errors"
                | "scgi_intercept_errors" => inner.intercepts = value == "on",
                "internal" => inner.internal = true,
                "limit_req_dry_run" => inner.dry_run = value == "on",
                "ssl_verify_client" => {
                    inner.certificate = match value {
                        "on" => Some((true, directive.at())),
                        "optional" | "optional_no_ca" => Some((false, directive.at())),
                        _ => None,
                    };
                }
                "real_ip_header" => inner.trusts_header = value != "proxy_protocol",
                "set_real_ip_from" => {
                    let all = networks(value).iter().any(|network| network.length() == 0);
                    real_ip = Some(real_ip.unwrap_or(false) || all);
                }
                "error_page" => {
                    let to: Arc<str> = directive.args.last().map_or("", |word| &word.text).into();
                    let status = directive.args.iter().find_map(|word| word.text.strip_prefix('='));
                    let hides = status.is_some_and(|status| !status.starts_with(['4', '5']));
                    let codes = directive.args.iter().filter_map(|word| word.text.parse::<u16>().ok());
                    let codes = codes.map(|code| Page { code, to: to.clone(), hides });
                    pages.get_or_insert_with(Vec::new).extend(codes);
                }
                _ => inner.handler(directive),
            }
        }
        if let Some(list) = access {
            inner.access = list.into();
        }
        if let Some(list) = limits {
            inner.limits = list.into();
        }
        if let Some(list) = pages {
            inner.pages = list.into();
        }
        inner.trusts_everyone = real_ip.unwrap_or(inner.trusts_everyone);
        inner
    }

    fn handler(&mut self, directive: &Directive) {
        let (name, value) = (&*directive.name.text, directive.arg(0));
        let Some(family) = family(name) else { return };
        let by = if value.is_empty() || directive.block.is_some() {
            shown(name)
        } else if name.contains("_by_lua") {
            shown(if name.ends_with("_file") { "access_by_lua_file" } else { name })
        } else {
            shown(&format!("{name} {value}"))
        };
        let at = directive.at();
        let auth = match family {
            "auth_request" | "auth_basic" | "auth_jwt" if value == "off" => Auth::Open,
            "auth_basic" | "auth_jwt" if value.contains('$') && family == "auth_basic" => {
                Auth::Optional { by, at }
            }
            "auth_request" => Auth::External { by, at },
            "auth_basic" | "auth_jwt" => Auth::Required { by, at },
            _ if matches!(value, "off" | "none") => Auth::Open,
            _ => Auth::Unknown { by, at },
        };
        if family == "auth_basic" {
            self.realm = value.contains('$').then(|| value.into());
        }
        if family == "auth_request" {
            self.subrequest = (auth != Auth::Open).then(|| value.into());
        }
        self.handlers.insert(family.into(), auth);
    }

    /// What the guards come to, with those of the rewrite phase (`extra`).
    pub(super) fn guards(&self, extra: Auth, around: &Surroundings<'_>) -> Guards {
        let spoofed = self.trusts_header && self.trusts_everyone;
        let mut reach = if spoofed { Reach::World } else { self.reach() };
        let hollow = self.subrequest.as_ref().is_some_and(|asked| around.is_hollow(asked));
        let realm = self.realm.as_deref().is_some_and(|realm| around.tables.is_never(realm, "off"));
        let handlers = self.handlers.iter().filter(|(_, auth)| **auth != Auth::Open);
        let mut handlers = handlers.map(|(family, auth)| match auth {
            auth if hollow && &**family == "auth_request" => skipped(auth.clone(), "which always says yes"),
            // A realm in a variable asks for a password where the variable is never `off`.
            Auth::Optional { by, at } if realm && &**family == "auth_basic" => {
                Auth::Required { by: by.clone(), at: *at }
            }
            auth => auth.clone(),
        });
        let first = handlers.next();
        let guarded = first.is_some();
        let first = first.unwrap_or(Auth::Open);
        let mut auth = handlers.fold(first, |so_far, auth| match self.satisfy_any {
            true => either(so_far, auth),
            false => both(so_far, auth),
        });
        if self.satisfy_any && guarded && !self.access.is_empty() {
            // Only an `allow` that names the caller is enough; whom no line names must pass the others.
            match if spoofed { Reach::World } else { reach_of(self.allowed()) } {
                Reach::World => auth = Auth::Open,
                Reach::Nobody => {}
                _ => {
                    if let Auth::Required { at, .. } | Auth::External { at, .. } | Auth::Unknown { at, .. } =
                        auth
                    {
                        auth = Auth::Optional { by: "satisfy any".into(), at };
                    }
                }
            }
            reach = Reach::World;
        }
        let inside = reach.clone();
        if self.internal {
            reach = Reach::Nobody;
        }
        auth = both(auth, extra);
        if let Some((required, at)) = self.certificate {
            auth = both(
                auth,
                match (required, around.plain) {
                    (true, false) => Auth::Required { by: "ssl_verify_client on".into(), at },
                    (true, true) => {
                        Auth::Optional { by: "ssl_verify_client, but not on every listener".into(), at }
                    }
                    (false, _) => Auth::Optional { by: "ssl_verify_client optional".into(), at },
                },
            );
        }
        let rate = self.rate(around.tables, spoofed, auth.asks());
        Guards { auth, rate, reach, inside }
    }

    /// Where an answer with one of these statuses goes on with the path that was asked for: at a named
    /// location, or at a path made from variables. A fixed path is a page of its own and shows nothing
    /// else.
    pub(super) fn page(&self, codes: &[u16]) -> Option<Arc<str>> {
        let page = codes.iter().find_map(|code| self.pages.iter().find(|page| page.code == *code))?;
        let keeps_path = page.to.starts_with('@') || page.to.starts_with('/') && page.to.contains('$');
        keeps_path.then(|| page.to.clone())
    }

    /// Whether an answer with one of these statuses may get another one.
    pub(super) fn hides(&self, codes: &[u16]) -> bool {
        codes
            .iter()
            .any(|code| self.pages.iter().find(|page| page.code == *code).is_some_and(|page| page.hides))
    }

    /// A guard that is in force here, whatever locations within make of it.
    pub(super) fn written(&self) -> Option<Auth> {
        self.handlers.values().find(|auth| auth.asks()).cloned()
    }

    /// Whether a client certificate is asked for, so that `$ssl_client_verify` says something.
    pub(super) fn asks_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// The networks that an `allow` names before everybody is denied.
    fn allowed(&self) -> Vec<IpPrefix> {
        let before = self
            .access
            .iter()
            .take_while(|(allow, network)| *allow || network.length() > 0 || !network.base().is_ipv4());
        before.filter(|(allow, _)| *allow).map(|(_, network)| *network).collect()
    }

    fn reach(&self) -> Reach {
        let mut allowed = Vec::new();
        for (allow, network) in self.access.iter() {
            match (allow, network.length()) {
                (true, 0) => return Reach::World,
                (true, _) => allowed.push(*network),
                (false, 0) if network.base().is_ipv4() => return reach_of(allowed),
                (false, _) => {}
            }
        }
        // Whom no line names passes.
        Reach::World
    }

    fn rate(&self, tables: &Tables, spoofed: bool, guarded: bool) -> Rate {
        if self.dry_run {
            return Rate::Unlimited;
        }
        let rate = |Limit { zone, burst, at }: &Limit| {
            let Some(zone) = tables.zones.get(zone) else { return Rate::Unknown { at: *at } };
            let Some(per_hour) = zone.per_hour else { return Rate::Unknown { at: zone.at } };
            if tables.is_empty_by_default(&zone.key) {
                return Rate::Unlimited;
            }
            let limit = match tables.class(&zone.key) {
                // One bucket for all callers bounds each of them too.
                Class::Constant => Rate::Limited { per_hour, at: *at },
                Class::Caller if !spoofed => Rate::Limited { per_hour, at: *at },
                Class::Identity if guarded => Rate::Limited { per_hour, at: *at },
                // A fresh value is a fresh bucket, and an empty one is not counted.
                Class::Caller | Class::Identity | Class::Chosen => Rate::Unlimited,
                Class::SomeMethods | Class::Unknown => Rate::Unknown { at: *at },
            };
            with_burst(limit, *burst)
        };
        self.limits.iter().map(rate).fold(Rate::Unlimited, both_rates)
    }
}

/// The family of a directive that decides access in its phase; `None` for what only helps one.
fn family(name: &str) -> Option<&str> {
    match name {
        "auth_basic" | "auth_request" | "auth_jwt" => Some(name),
        "auth_delay" | "auth_http" => None,
        "js_access" => Some(name),
        _ if name.starts_with("access_by_lua") && name != "access_by_lua_no_postpone" => {
            Some("access_by_lua")
        }
        _ if name.starts_with("rewrite_by_lua") && name != "rewrite_by_lua_no_postpone" => {
            Some("rewrite_by_lua")
        }
        // Of other modules `auth_pam` decides and `auth_pam_service_name` helps.
        _ => name.strip_prefix("auth_").filter(|rest| !rest.is_empty() && !rest.contains('_')).map(|_| name),
    }
}

/// `all`, `192.0.2.0/24`, `192.0.2.1`; `unix:` is this machine. A host name is left out: of an `allow`
/// fewer callers, of a `deny` none more, are then known.
fn networks(value: &str) -> Vec<IpPrefix> {
    let texts: &[&str] = match value {
        "all" => &["0.0.0.0/0", "::/0"],
        "unix:" => &["127.0.0.1/32"],
        value => &[value],
    };
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}
