//! One exchange as a line of the exchange log: OCSF API Activity (class 6003, schema 1.3), and back.
//!
//! What OCSF has a field for stands there, so that any SIEM reads it; the rest of
//! [`domain::Exchange`] stands under `unmapped.tidegate`, so that detectors read back exactly what
//! the gateway saw (DESIGN.md section 7.4). A line holds the client's address and keyed digests, but
//! never a raw path, a query, a token or a name. What is printed is inert: control characters are
//! escaped. A line is read back by crate `events`, where lines of logs become exchanges.
//!
//! ```
//! # let exchange = report::exchange::parse(report::exchange::EXAMPLE).unwrap();
//! let line = report::exchange::line(&exchange);
//! assert_eq!(report::exchange::parse(&line).unwrap(), exchange);
//! ```

// long: line and parse are one mapping, held against each other by the tests below.

use std::fmt::Write as _;

use domain::{
    Exchange, Method, ObjectRef, ObjectRefPlace, Outcome, OwnerSeen, PageRef, SignalMark, SubjectDigest,
};

pub use events::exchange_line::{EXAMPLE, ExchangeLineError, parse};

/// Writes `exchange` as one line, without line end.
#[must_use]
pub fn line(exchange: &Exchange) -> String {
    let mut out = String::with_capacity(1024 + 36 * exchange.subjects.len() + 112 * exchange.objects.len());
    write(exchange, &mut out);
    out
}

/// Appends `exchange` to `out` as one line, without line end. About a microsecond.
pub fn write(exchange: &Exchange, out: &mut String) {
    // Every field is named, so that a new one stops the build.
    let Exchange {
        id,
        continues,
        order,
        at,
        duration_millis,
        client,
        caller,
        principal,
        role,
        roles,
        partner,
        endpoint,
        declared,
        public,
        allowed,
        objects,
        page,
        failed_path,
        bait,
        agent,
        status,
        upstream_status,
        request_bytes,
        response_bytes,
        records,
        disclosed,
        new_subjects,
        strangers,
        own_subjects,
        looked_up,
        cut,
        issued,
        subjects,
        classes,
        owned,
        outcome,
        spent,
        action,
        mode,
        signals,
    } = exchange;
    let activity = activity(endpoint.method());
    let refused = matches!(outcome, Outcome::Refused(_) | Outcome::WouldRefuse(_));
    // OCSF severity: 1 informational, 2 low. Status: 1 success, 2 failure.
    let severity = if refused { 2 } else { 1 };
    let success = if *outcome == Outcome::Served && *status < 400 { 1 } else { 2 };

    out.push_str(concat!(
        r#"{"metadata":{"version":"1.3.0","product":{"name":"Tidegate","vendor_name":"Tidegate","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""},"uid":""#
    ));
    hex(out, &id.number().to_be_bytes());
    // Writing to a `String` cannot fail, here and below.
    let _ = write!(
        out,
        r#""}},"time":{},"duration":{duration_millis},"category_uid":6,"class_uid":6003,"activity_id":{activity},"type_uid":{},"severity_id":{severity},"status_id":{success},"api":{{"operation":"#,
        at.millis(),
        600_300 + activity,
    );
    out.push('"');
    escape(out, endpoint.method().as_str());
    out.push(' ');
    escape(out, endpoint.template().as_str());
    out.push_str(r#""},"actor":{"user":{"#);
    match principal {
        Some(digest) => {
            out.push_str(r#""uid":""#);
            hex(out, digest.bytes());
        }
        None => {
            out.push_str(r#""name":""#);
            escape(out, caller);
        }
    }
    let _ = write!(out, r#""}}}},"src_endpoint":{{"ip":"{client}"}},"http_request":{{"http_method":"#);
    text(out, endpoint.method().as_str());
    out.push_str(r#","url":{"path":"#);
    text(out, endpoint.template().as_str());
    let _ = write!(
        out,
        r#"}},"length":{request_bytes}}},"http_response":{{"code":{status},"length":{response_bytes}}},"unmapped":{{"tidegate":{{"order":{order}"#
    );
    if let Some(first) = continues {
        out.push_str(r#","continues":""#);
        hex(out, &first.number().to_be_bytes());
        out.push('"');
    }
    out.push_str(r#","caller":"#);
    text(out, caller);
    if let Some(role) = role {
        out.push_str(r#","role":"#);
        text(out, role);
    }
    if !roles.is_empty() {
        out.push_str(r#","roles":["#);
        separated(out, roles, |out, role| text(out, role));
        out.push(']');
    }
    if let Some(partner) = partner {
        out.push_str(r#","partner":"#);
        text(out, partner);
    }
    let _ = write!(out, r#","declared":{declared},"public":{public}"#);
    if let Some([hour, day]) = allowed {
        let _ = write!(out, r#","allowed":[{hour},{day}]"#);
    }
    out.push_str(r#","objects":["#);
    separated(out, objects, object);
    out.push(']');
    match page {
        Some(PageRef::Number(number)) => {
            let _ = write!(out, r#","page":{{"number":{number}}}"#);
        }
        Some(PageRef::Cursor(cursor)) => {
            out.push_str(r#","page":{"cursor":"#);
            digest(out, cursor);
            out.push('}');
        }
        None => {}
    }
    if let Some(path) = failed_path {
        out.push_str(r#","failed_path":"#);
        digest(out, path);
    }
    let _ = write!(out, r#","bait":{bait}"#);
    if let Some(agent) = agent {
        out.push_str(r#","agent":"#);
        digest(out, agent);
    }
    if let Some(status) = upstream_status {
        let _ = write!(out, r#","upstream_status":{status}"#);
    }
    let _ = write!(
        out,
        r#","records":{records},"disclosed":{disclosed},"new_subjects":{new_subjects},"strangers":{strangers},"own_subjects":{own_subjects},"looked_up":{looked_up},"cut":{cut},"issued":{issued},"subjects":["#
    );
    separated(out, subjects, digest);
    out.push_str(r#"],"classes":["#);
    separated(out, classes.iter(), |out, class| text(out, class.word()));
    out.push(']');
    if !owned.is_empty() {
        out.push_str(r#","owned":["#);
        separated(out, owned, |out, OwnerSeen { field, claim, equal, of }| {
            out.push_str(r#"{"field":"#);
            text(out, field);
            out.push_str(r#","claim":"#);
            text(out, claim);
            let _ = write!(out, r#","equal":{equal},"of":{of}}}"#);
        });
        out.push(']');
    }
    out.push_str(r#","outcome":"#);
    match outcome {
        Outcome::Served => out.push_str(r#""served""#),
        Outcome::ClientGone => out.push_str(r#""client-gone""#),
        Outcome::Refused(kind) => {
            let _ = write!(out, r#"{{"refused":"{}"}}"#, kind.word());
        }
        Outcome::WouldRefuse(kind) => {
            let _ = write!(out, r#"{{"would-refuse":"{}"}}"#, kind.word());
        }
    }
    if *spent {
        out.push_str(r#","spent":true"#);
    }
    if let Some(action) = action {
        out.push_str(r#","action":"#);
        text(out, action);
    }
    let _ = write!(out, r#","mode":"{}""#, mode.word());
    if !signals.is_empty() {
        out.push_str(r#","signals":["#);
        separated(out, signals, |out, SignalMark { detector, severity, group }| {
            let _ = write!(out, r#"{{"detector":"{detector}","severity":"{severity}","group":{group}}}"#);
        });
        out.push(']');
    }
    out.push_str("}}}");
}

/// OCSF `activity_id` of class 6003: create, read, update, delete, other.
const fn activity(method: &Method) -> u32 {
    match method {
        Method::Post => 1,
        Method::Get | Method::Head => 2,
        Method::Put | Method::Patch => 3,
        Method::Delete => 4,
        Method::Options | Method::Trace | Method::Other(_) => 99,
    }
}

fn object(out: &mut String, object: &ObjectRef) {
    let ObjectRef { name, place, number, digest: value } = object;
    out.push_str(r#"{"name":"#);
    text(out, name);
    let place = match place {
        ObjectRefPlace::Path => "path",
        ObjectRefPlace::Query => "query",
        ObjectRefPlace::Header => "header",
        ObjectRefPlace::Body => "body",
        ObjectRefPlace::Form => "form",
        ObjectRefPlace::Graphql => "graphql",
    };
    let _ = write!(out, r#","place":"{place}""#);
    if let Some(number) = number {
        let _ = write!(out, r#","number":{number}"#);
    }
    out.push_str(r#","digest":"#);
    digest(out, value);
    out.push('}');
}

fn separated<T>(out: &mut String, items: impl IntoIterator<Item = T>, write: impl Fn(&mut String, T)) {
    for (nth, item) in items.into_iter().enumerate() {
        if nth > 0 {
            out.push(',');
        }
        write(out, item);
    }
}

fn digest(out: &mut String, digest: &SubjectDigest) {
    out.push('"');
    hex(out, digest.bytes());
    out.push('"');
}

fn hex(out: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
}

/// Writes a JSON string.
fn text(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// Writes the inside of a JSON string, with everything escaped that could act on a terminal or be
/// taken for a line end.
fn escape(out: &mut String, text: &str) {
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
        out.push_str(text);
        return;
    }
    for char in text.chars() {
        match char {
            '"' => out.push_str(r#"\""#),
            '\\' => out.push_str(r"\\"),
            char if char.is_control()
                || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}') =>
            {
                // All of them lie in the basic plane: one unit each.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use domain::{
        ClassSet, DetectorId, Endpoint, ExchangeId, Mode, PathTemplate, RefusalKind, Severity, Timestamp,
    };
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn digests() -> impl Strategy<Value = SubjectDigest> {
        any::<[u8; 16]>().prop_map(SubjectDigest::new)
    }

    fn endpoints() -> impl Strategy<Value = Endpoint> {
        let method = prop_oneof![
            Just("GET"),
            Just("HEAD"),
            Just("POST"),
            Just("PUT"),
            Just("PATCH"),
            Just("DELETE"),
            Just("OPTIONS"),
            Just("TRACE"),
            Just("P'U|RGE"),
        ];
        // Any text that a template can hold: quotes, escapes, controls, other scripts.
        let part = prop_oneof![Just("{id}".to_owned()), "[^{}/]{0,12}"];
        (method, prop::collection::vec(part, 1..5)).prop_filter_map("a template", |(method, parts)| {
            let template = PathTemplate::parse(&format!("/{}", parts.join("/"))).ok()?;
            Some(Endpoint::new(method.parse().ok()?, template))
        })
    }

    fn outcomes() -> impl Strategy<Value = Outcome> {
        let kind = prop::sample::select(RefusalKind::ALL.to_vec());
        prop_oneof![
            Just(Outcome::Served),
            Just(Outcome::ClientGone),
            kind.clone().prop_map(Outcome::Refused),
            kind.prop_map(Outcome::WouldRefuse),
        ]
    }

    fn objects() -> impl Strategy<Value = ObjectRef> {
        let place = prop::sample::select(vec![
            ObjectRefPlace::Path,
            ObjectRefPlace::Query,
            ObjectRefPlace::Header,
            ObjectRefPlace::Body,
            ObjectRefPlace::Form,
            ObjectRefPlace::Graphql,
        ]);
        (any::<String>(), place, any::<Option<u64>>(), digests())
            .prop_map(|(name, place, number, digest)| ObjectRef { name: name.into(), place, number, digest })
    }

    #[test]
    fn a_line_of_version_0_1_that_has_no_word_of_strangers_is_read_with_none() {
        let mut line = EXAMPLE.replace('\n', "");
        for later in [
            r#""public":false,"#,
            r#","page":{"number":3},"failed_path":"0123456789abcdef0123456789abcdef","bait":false"#,
            r#""strangers":0,"#,
            r#","looked_up":0,"cut":0,"issued":0"#,
        ] {
            assert!(line.contains(later), "{later}");
            line = line.replace(later, "");
        }
        let read = parse(&line).unwrap();
        assert_eq!((read.public, read.bait, read.page, read.strangers), (false, false, None, 0));
        assert_eq!((read.looked_up, read.cut, read.issued, read.new_subjects), (0, 0, 0, 10));
    }

    fn exchanges() -> impl Strategy<Value = Exchange> {
        let who = (
            any::<IpAddr>(),
            prop::sample::select(vec!["anonymous", "unverified", "confirmed", "verified", "partner"]),
            prop::option::of(digests()),
            prop::option::of(digests()),
        );
        let page = prop_oneof![any::<u64>().prop_map(PageRef::Number), digests().prop_map(PageRef::Cursor)];
        let more = (prop::option::of(".{0,9}"), prop::option::of(page), prop::option::of(digests()));
        let owned = (".{0,9}", ".{0,9}", any::<[u32; 2]>()).prop_map(|(field, claim, [equal, of])| {
            OwnerSeen { field: field.into(), claim: claim.into(), equal, of }
        });
        let named = (
            prop::collection::vec(".{0,9}", 0..3),
            prop::option::of(".{0,9}"),
            prop::collection::vec(owned, 0..3),
        );
        let what =
            (endpoints(), prop::collection::vec(objects(), 0..4), any::<[bool; 3]>(), outcomes(), more);
        let mark = (0..13_usize, 0..4_usize, any::<u64>()).prop_map(|(detector, severity, group)| {
            SignalMark { detector: DetectorId::ALL[detector], severity: Severity::ALL[severity], group }
        });
        let signals = prop::collection::vec(mark, 0..3);
        let counts = (any::<[u32; 8]>(), prop::collection::vec(digests(), 0..4), any::<u8>(), signals);
        let numbers = (any::<u128>(), any::<[u64; 5]>(), any::<u16>(), any::<Option<u16>>(), 0_u8..3);
        (who, what, counts, numbers, named).prop_map(|(who, what, counts, numbers, named)| {
            let (roles, partner, owned) = named;
            let (client, caller, principal, agent) = who;
            let (endpoint, objects, [declared, public, bait], outcome, (role, page, failed_path)) = what;
            let (
                [records, disclosed, new_subjects, strangers, own_subjects, looked_up, cut, issued],
                subjects,
                classes,
                signals,
            ) = counts;
            let (
                id,
                [order, at, duration_millis, request_bytes, response_bytes],
                status,
                upstream_status,
                mode,
            ) = numbers;
            Exchange {
                id: ExchangeId::new(id),
                continues: declared.then(|| ExchangeId::new(id / 3)),
                order,
                at: Timestamp::from_millis(at),
                duration_millis,
                client,
                caller: caller.into(),
                principal,
                role: role.map(Into::into),
                roles: roles.into_iter().map(Into::into).collect(),
                partner: partner.map(Into::into),
                endpoint,
                declared,
                public,
                allowed: public.then_some([records, disclosed]),
                objects: objects.into(),
                page,
                failed_path,
                bait,
                agent,
                status,
                upstream_status,
                request_bytes,
                response_bytes,
                records,
                disclosed,
                new_subjects,
                strangers,
                own_subjects,
                looked_up,
                cut,
                issued,
                subjects,
                classes: ClassSet::from_bits(classes),
                owned: owned.into(),
                outcome,
                spent: public,
                action: public.then(|| Arc::from(format!("ACT-{records}"))),
                mode: [Mode::Observe, Mode::Guard, Mode::Enforce][usize::from(mode)],
                signals: signals.into(),
            }
        })
    }

    proptest! {
        #[test]
        fn an_exchange_reads_back_what_was_written(exchange in exchanges()) {
            let line = line(&exchange);
            prop_assert_eq!(parse(&line).unwrap(), exchange);
        }

        #[test]
        fn a_line_is_one_inert_json_object(exchange in exchanges()) {
            let line = line(&exchange);
            prop_assert!(!line.contains(char::is_control));
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            let number = |name: &str| value[name].as_u64().unwrap();
            prop_assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
            prop_assert_eq!(value["http_request"]["url"]["path"].as_str().unwrap(), exchange.endpoint.template().as_str());
            prop_assert!(!value["actor"]["user"].as_object().unwrap().is_empty());
        }

        #[test]
        fn no_line_makes_the_reader_panic(text in ".{0,200}", at in any::<prop::sample::Index>()) {
            let _ = parse(&text);
            let cut = at.index(EXAMPLE.len());
            let damaged: String = EXAMPLE.chars().take(cut).chain(text.chars()).collect();
            let _ = parse(&damaged);
        }
    }

    #[test]
    fn a_line_has_the_fields_that_a_siem_knows() {
        let example = parse(EXAMPLE).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line(&example)).unwrap();
        let before: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
        assert_eq!(value, before);
        expect![[r#"{"metadata":{"version":"1.3.0","product":{"name":"Tidegate","vendor_name":"Tidegate","version":"0.1.0"},"uid":"000000000000000700000000000000c8"},"time":1795000000000,"duration":4,"category_uid":6,"class_uid":6003,"activity_id":1,"type_uid":600301,"severity_id":2,"status_id":2,"api":{"operation":"POST /api/customers"},"actor":{"user":{"name":"anonymous"}},"src_endpoint":{"ip":"198.51.100.7"},"http_request":{"http_method":"POST","url":{"path":"/api/customers"},"length":20},"http_response":{"code":429,"length":180},"unmapped":{"tidegate":{"order":200,"caller":"anonymous","declared":false,"public":false,"objects":[],"page":{"number":3},"failed_path":"0123456789abcdef0123456789abcdef","bait":false,"upstream_status":200,"records":10,"disclosed":10,"new_subjects":10,"strangers":0,"own_subjects":0,"looked_up":0,"cut":0,"issued":0,"subjects":[],"classes":["name","email"],"outcome":{"refused":"budget-spent"},"mode":"guard"}}}"#]]
        .assert_eq(&line(&example));
    }

    #[test]
    fn other_events_and_broken_lines_say_so() {
        let error = |line: &str| parse(line).unwrap_err().to_string();
        assert_eq!(
            error(r#"{"class_uid":4002}"#),
            "OCSF class 4002 is not read here; exchanges are class 6003"
        );
        assert_eq!(error("GET / 200"), "this is no line of a Tidegate exchange log");
        assert_eq!(error(r#"{"class_uid":6003}"#), "this is no line of a Tidegate exchange log");
    }
}
