//! What cannot be seen in a log, and which line of its product's configuration would show it.
//!
//! A field that no line had is a blind spot; the remedy is in the product's own words. A remedy that would
//! put secrets or personal data into the log says so.

use events::{Dialect, Field};
use hunt::Fields;

use super::Input;

/// An attack that an input cannot show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The input.
    pub input: String,
    /// What cannot be seen.
    pub unseen: &'static str,
    /// What would show it.
    pub remedy: String,
}

/// Whether a log lacks what an attack is seen by.
type Lacks = fn(&Fields) -> bool;

/// A kind of blindness: what lacks, what that hides, and the remedy by product.
struct Blindness {
    lacks: Lacks,
    unseen: &'static str,
    nginx: &'static str,
    apache: &'static str,
    haproxy: &'static str,
    traefik: &'static str,
    caddy: &'static str,
    envoy: &'static str,
    others: &'static str,
}

const BLINDNESS: [Blindness; 7] = [
    Blindness {
        lacks: |fields| !fields.has(Field::RequestBody),
        unseen: "ids and pages that stand in the body of a request (POST searches, GraphQL): they are guessed from sizes only",
        nginx: "log_format: add \"$request_body\" (personal data goes into the log)",
        apache: "ModSecurity: SecRequestBodyAccess On, SecAuditLogParts ABCFHZ, SecAuditLogFormat JSON (personal data goes into the log)",
        haproxy: "option http-buffer-request, and in log-format: %[req.body] (personal data goes into the log)",
        traefik: "no setting logs bodies: put `tidegate serve --observe --direct --exchange-log FILE` before the service",
        caddy: "no setting logs bodies: put `tidegate serve --observe --direct --exchange-log FILE` before the service",
        envoy: "the HTTP tap filter, or `tidegate serve --observe --direct --exchange-log FILE` before the service",
        others: "`tidegate serve --observe --direct --exchange-log FILE` before the service",
    },
    Blindness {
        lacks: |fields| !fields.has(Field::Exchange) && !fields.has(Field::ResponseBody),
        unseen: "how many people an answer told of, and whether it was the caller's own record: records are bounded, not counted",
        nginx: GATEWAY,
        apache: GATEWAY,
        haproxy: GATEWAY,
        traefik: GATEWAY,
        caddy: GATEWAY,
        envoy: GATEWAY,
        others: GATEWAY,
    },
    Blindness {
        lacks: |fields| {
            !fields.has(Field::Authorization) && !fields.has(Field::Cookie) && !fields.has(Field::User)
        },
        unseen: "one session from many addresses, and many people behind one address",
        nginx: "log_format: add \"$remote_user\" \"$cookie_SESSION\", or a digest of it made by njs (the value itself is a secret)",
        apache: "LogFormat: add \"%u\" \"%{SESSION}C\" (the cookie's value is a secret)",
        haproxy: "capture cookie SESSION len 64 (the value is a secret)",
        traefik: "accessLog.fields.headers.names.Authorization: keep (the value is a secret), with accessLog.format: json",
        caddy: "log_credentials in the global servers options (values are secrets)",
        envoy: "access log: add %REQ(AUTHORIZATION)% (a secret), or %DYNAMIC_METADATA(envoy.filters.http.jwt_authn)%",
        others: "log the authenticated user, or a digest of the session",
    },
    Blindness {
        lacks: |fields| !fields.has(Field::Received),
        unseen: "requests that grow by a byte with each digit of a page number in their body; uploads",
        nginx: "log_format: add $request_length",
        apache: "LoadModule logio_module, and LogFormat: add %I",
        haproxy: "log-format: add %U",
        traefik: "accessLog.format: json (RequestContentSize)",
        caddy: "bytes_read stands in the log by default since 2.5",
        envoy: "access log: add %BYTES_RECEIVED%",
        others: "log the length of requests",
    },
    Blindness {
        lacks: |fields| !fields.has_millis(),
        unseen: "rhythms below twenty seconds: a clock that reads every two seconds looks like a person",
        nginx: "log_format: add $msec, or $time_iso8601 with it",
        apache: "LogFormat: %{%d/%b/%Y:%T}t.%{msec_frac}t",
        haproxy: "the default httplog has milliseconds",
        traefik: "accessLog.format: json (StartUTC has nanoseconds)",
        caddy: "the default has fractions of a second",
        envoy: "access log: %START_TIME%",
        others: "log times with milliseconds",
    },
    Blindness {
        lacks: Fields::is_zone_assumed,
        unseen: "the zone of its clock: times stand there without one and were read as UTC, so that hours may be off, and visits that several logs tell of may not be in one order",
        nginx: "log_format: $time_local and $time_iso8601 have the zone; an error log has none",
        apache: "LogFormat: %t has the zone; an error log has none, whatever ErrorLogFormat says",
        haproxy: "log-format: %T (UTC) or %Tl in place of %tr",
        traefik: "StartUTC in place of StartLocal",
        caddy: "time_format: the default has seconds since 1970",
        envoy: "access log: %START_TIME%",
        others: "log times with their zone, such as 2026-11-26T10:00:00Z",
    },
    Blindness {
        lacks: |fields| !fields.has(Field::Agent),
        unseen: "which program asked: scripts, scanners, announced crawlers, health checks",
        nginx: "access_log FILE combined",
        apache: "CustomLog FILE combined",
        haproxy: "capture request header User-Agent len 256",
        traefik: "accessLog.fields.headers.names.User-Agent: keep",
        caddy: "request.headers.User-Agent stands in the log by default",
        envoy: "access log: add %REQ(USER-AGENT)%",
        others: "log the header User-Agent",
    },
];

const GATEWAY: &str = "`tidegate serve --upstream URL --observe --direct --exchange-log FILE` counts them without refusing anything";

/// Blind spots of each input that was read.
pub fn spots(inputs: &[Input]) -> impl Iterator<Item = Spot> + '_ {
    inputs.iter().filter(|input| !input.fields.is_empty()).flat_map(|input| {
        let lacking = BLINDNESS.iter().filter(|one| (one.lacks)(&input.fields));
        // Our own log tells what no other can, its bodies were counted.
        lacking.filter(|_| !input.fields.has(Field::Exchange)).map(|one| Spot {
            input: input.name.clone(),
            unseen: one.unseen,
            remedy: remedy(one, input.dialect),
        })
    })
}

/// The remedy in the words of the products that write the dialect.
fn remedy(one: &Blindness, dialect: Option<Dialect>) -> String {
    let word = dialect.map_or("", Dialect::word);
    let of = |part: &str| word.contains(part);
    if one.nginx == one.others {
        return one.others.to_owned();
    }
    if of("traefik") {
        one.traefik.to_owned()
    } else if of("haproxy") {
        one.haproxy.to_owned()
    } else if of("caddy") {
        one.caddy.to_owned()
    } else if of("envoy") {
        one.envoy.to_owned()
    } else if of("nginx") {
        one.nginx.to_owned()
    } else if of("combined") || of("common") {
        format!("nginx: {}; Apache: {}", one.nginx, one.apache)
    } else {
        one.others.to_owned()
    }
}
