//! NCSA common and combined, with or without the virtual host before: what nginx and Apache write
//! unless told otherwise, and many more after them.
//!
//! ```text
//! [host[:port] ]address ident user [day/Mon/year:h:m:s zone] "METHOD target PROTOCOL" status bytes[ "referer" "agent"[ ...]]
//! ```
//!
//! The time is when the request ended (nginx) or began (Apache). The bytes are of the body. What a
//! custom format puts behind the agent is not read, but for a list of addresses in quotes: the
//! `X-Forwarded-For` of nginx's own `main` format. Lines of the products' error logs are no exchanges.

use memchr::memchr;

use super::{About, Memory};
use crate::scan::{self, Raw, said};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "combined",
    title: "nginx and Apache combined, common, with or without the virtual host",
    tells: &[
        Field::At,
        Field::Client,
        Field::ClientName,
        Field::Forwarded,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Agent,
        Field::Referer,
    ],
    proven: true,
    counts_headers: false,
    source: "https://httpd.apache.org/docs/2.4/logs.html#accesslog",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    match common(line, scan::quoted) {
        Ok((mut event, rest)) => {
            let tail = referer_and_agent(rest, &mut event)?;
            forwarded(tail, &mut event)?;
            each(event);
            Ok(())
        }
        Err(_) if is_of_error_log(line) => Ok(()),
        Err(reject) => Err(reject),
    }
}

/// How a product quotes: [`scan::quoted`] or [`scan::quoted_plain`].
pub(super) type Quoted = fn(&[u8]) -> Option<(Raw<'_>, &[u8])>;

/// Reads up to the bytes of the response; gives the event and what follows them.
///
/// `quoted` reads quoted text. Only the request and what stands after it have quotes of their own, so that the first quote that
/// is not escaped ends what stands before: a user may be called anything.
pub(super) fn common(line: &[u8], quoted: Quoted) -> Result<(Event<'_>, &[u8]), Reject> {
    let mut from = 0;
    let at = loop {
        let rest = line.get(from..).ok_or(Reject::Shape)?;
        let at = from + memchr(b'"', rest).ok_or(Reject::Shape)?;
        let backslashes = line.get(..at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\');
        if backslashes.count() % 2 == 0 {
            break at;
        }
        from = at + 1;
    };
    let (before, after) = line.split_at_checked(at).ok_or(Reject::Shape)?;
    let before = before.strip_suffix(b"] ").ok_or(Reject::Shape)?;
    let (who, time) = scan::cut_last(before, b'[').ok_or(Reject::Shape)?;
    let at = scan::clf(time).or_else(|| scan::civil(time)).ok_or(Reject::Field("time"))?;
    let mut event = Event { at: Some(at), is_zone_assumed: scan::lacks_zone(time), ..Event::default() };
    people(who.strip_suffix(b" ").unwrap_or(who), &mut event)?;
    let (request, rest) = quoted(after).ok_or(Reject::Shape)?;
    scan::request(request, &mut event);
    let (status, rest) = scan::word(rest.strip_prefix(b" ").ok_or(Reject::Shape)?);
    event.status = scan::status(status);
    if event.status.is_none() && !matches!(status, b"-" | b"000" | b"0") {
        return Err(Reject::Field("status"));
    }
    let (sent, _) = scan::word(rest);
    let rest = rest.get(sent.len()..).unwrap_or_default();
    event.sent = scan::number(sent);
    if event.sent.is_none() && sent != b"-" {
        return Err(Reject::Field("size"));
    }
    Ok((event, rest))
}

/// Host, address, ident and user: `[host[:port] ]address - user`. The address may be a name, or a list
/// that a proxy sent; ident or user may be missing.
fn people<'l>(who: &'l [u8], event: &mut Event<'l>) -> Result<(), Reject> {
    let (first, rest) = scan::word(who);
    let (mut client, mut rest) = (first, rest);
    if first.ends_with(b",") {
        // A list: up to the first word without a comma.
        let mut length = first.len();
        loop {
            let (word, after) = scan::word(rest);
            length += 1 + word.len();
            rest = after;
            if !word.ends_with(b",") || after.is_empty() {
                break;
            }
        }
        event.forwarded = who.get(..length).map(Text::Borrowed);
        client = first.strip_suffix(b",").unwrap_or(first);
    } else {
        let (second, after) = scan::word(rest);
        // Two addresses, or a name and an address: the first is the host that was asked for.
        if second != b"-" && scan::address(second).is_some() && scan::is_host(first) {
            event.host = said(first);
            (client, rest) = (second, after);
        }
    }
    let (_ident, user) = scan::word(rest);
    event.client = scan::address(client);
    if event.client.is_none() && client != b"-" && !client.starts_with(b"unix:") {
        // A name. With more words than ident and user behind, it is what a carrier put before a line.
        if !scan::is_host(client) || user.contains(&b' ') {
            return Err(Reject::Field("client"));
        }
        event.client_name = said(client);
    }
    event.user = said(user).map(|user| match memchr(b'\\', &user) {
        Some(_) => scan::unescape(rest.get(rest.len() - user.len()..).unwrap_or_default()),
        None => user,
    });
    Ok(())
}

/// ` "referer" "agent"`, where they are; gives what follows.
pub(super) fn referer_and_agent<'l>(rest: &'l [u8], event: &mut Event<'l>) -> Result<&'l [u8], Reject> {
    let Some((referer, rest)) = next_quoted(rest) else { return Ok(rest) };
    let (agent, rest) = next_quoted(rest).ok_or(Reject::Shape)?;
    event.referer = referer.said();
    event.agent = agent.said();
    Ok(rest)
}

pub(super) fn next_quoted(rest: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    scan::quoted(rest.strip_prefix(b" ")?)
}

/// What a custom format puts behind: a list of addresses in quotes is what was forwarded, the tail of
/// Traefik is of another dialect, and anything else is left unread.
fn forwarded<'l>(tail: &'l [u8], event: &mut Event<'l>) -> Result<(), Reject> {
    if tail.is_empty() {
        return Ok(());
    }
    if tail.ends_with(b"ms") && !tail.starts_with(b" \"") {
        return Err(Reject::Shape);
    }
    if let Some((raw, _)) = next_quoted(tail) {
        let first = raw.bytes.split(|byte| *byte == b',').next().unwrap_or_default();
        if scan::address(first.trim_ascii()).is_some() {
            event.forwarded = raw.said();
        }
    }
    Ok(())
}

/// Whether a line begins as those of the error logs of nginx (`2020/06/08 06:49:01 [error] `) and Apache
/// (`[Mon Jun 08 06:49:01.123456 2020] [core:error] `).
pub(super) fn is_of_error_log(line: &[u8]) -> bool {
    let nginx = line.split_at_checked(19).is_some_and(|(time, rest)| {
        time.contains(&b'/') && scan::civil(time).is_some() && rest.starts_with(b" [")
    });
    let apache = || {
        let inner = line.strip_prefix(b"[").and_then(|inner| scan::cut(inner, b']'));
        inner.is_some_and(|(time, rest)| scan::error_log(time).is_some() && rest.starts_with(b" ["))
    };
    nginx || apache()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Reader};

    /// The event in one line: what is said, by its word.
    fn shown(line: &str) -> String {
        let mut said = Vec::new();
        let read = Reader::new(Dialect::Combined).read(line.as_bytes(), &mut |event| {
            let text = |text: &Option<Text<'_>>| text.as_deref().map(|text| text.escape_ascii().to_string());
            said.extend(event.at.map(|at| at.to_string()));
            let client = event.client.map(|client| client.to_string());
            for (word, value) in [
                ("host", text(&event.host)),
                ("client", client),
                ("name", text(&event.client_name)),
                ("forwarded", text(&event.forwarded)),
                ("user", text(&event.user)),
                ("method", text(&event.method)),
                ("target", text(&event.target)),
                ("protocol", text(&event.protocol)),
                ("status", event.status.map(|status| status.to_string())),
                ("sent", event.sent.map(|sent| sent.to_string())),
                ("referer", text(&event.referer)),
                ("agent", text(&event.agent)),
            ] {
                said.extend(value.map(|value| format!("{word}={value}")));
            }
        });
        match read {
            Ok(()) => said.join(" "),
            Err(reject) => format!("rejected: {reject}"),
        }
    }

    #[test]
    fn lines_of_the_common_formats_are_read() {
        let time = "2020-06-08T06:49:01Z";
        for (line, expected) in [
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET /a?b=c HTTP/1.1" 200 803 "-" "curl/8""#,
                "client=192.0.2.7 method=GET target=/a?b=c protocol=HTTP/1.1 status=200 sent=803 agent=curl/8",
            ),
            (
                r#"192.0.2.7 - ann [08/Jun/2020:08:49:01 +0200] "GET / HTTP/1.0" 304 -"#,
                "client=192.0.2.7 user=ann method=GET target=/ protocol=HTTP/1.0 status=304",
            ),
            (
                r#"shop.example.com:443 2001:db8::7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/2.0" 200 1 "https://example.com/" """#,
                "host=shop.example.com:443 client=2001:db8::7 method=GET target=/ protocol=HTTP/2.0 status=200 sent=1 referer=https://example.com/ agent=",
            ),
            (
                r#"192.0.2.1 192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1"#,
                "host=192.0.2.1 client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1",
            ),
            (
                r#"192.0.2.7 - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1"#,
                "client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1",
            ),
            (
                r#"host.example.net - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.0" 200 1"#,
                "name=host.example.net method=GET target=/ protocol=HTTP/1.0 status=200 sent=1",
            ),
            (
                r#"198.51.100.9, 10.0.0.1 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1"#,
                "client=198.51.100.9 forwarded=198.51.100.9, 10.0.0.1 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1 "-" "a" "198.51.100.9, 10.0.0.1""#,
                "client=192.0.2.7 forwarded=198.51.100.9, 10.0.0.1 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1 agent=a",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1 "-" "a" "-" 0.003 [shop-80] upstream=x"#,
                "client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1 agent=a",
            ),
            (
                r#"unix: - - [2020-06-08T06:49:01+00:00] "GET / HTTP/1.1" 499 0 "-" "a""#,
                "method=GET target=/ protocol=HTTP/1.1 status=499 sent=0 agent=a",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "" 400 0 "-" "-""#,
                "client=192.0.2.7 status=400 sent=0",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "\x16\x03\x01\x22 \x5C" 400 166 "-" "-""#,
                "client=192.0.2.7 status=400 sent=166",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "-" 408 - "-" "-""#,
                "client=192.0.2.7 status=408",
            ),
        ] {
            assert_eq!(shown(line), format!("{time} {expected}"), "{line}");
        }
    }

    #[test]
    fn whatever_a_client_sends_stays_in_its_field() {
        for (line, expected) in [
            // nginx
            (
                r#"192.0.2.7 - a [b] \x22 [08/Jun/2020:06:49:01 +0000] "GET /\x22 200 1 \x5C\x22\xFF HTTP/1.1" 404 2 "\x22" "x\x22 \x22y""#,
                r#"client=192.0.2.7 user=a [b] \" method=GET target=/\" 200 1 \\\"\xff protocol=HTTP/1.1 status=404 sent=2 referer=\" agent=x\" \"y"#,
            ),
            // Apache
            (
                r#"192.0.2.7 - a\"] \"b [08/Jun/2020:06:49:01 +0000] "GET /\" 200 1 \\\"\xff\n HTTP/1.1" 404 2 "\\" "\\\\\"""#,
                r#"client=192.0.2.7 user=a\"] \"b method=GET target=/\" 200 1 \\\"\xff\n protocol=HTTP/1.1 status=404 sent=2 referer=\\ agent=\\\\\""#,
            ),
            // Products that escape nothing
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1 "-" "say "hi"!""#,
                r#"client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 sent=1 agent=say \"hi\"!"#,
            ),
        ] {
            assert_eq!(shown(line), format!("2020-06-08T06:49:01Z {expected}"), "{line}");
        }
    }

    #[test]
    fn what_is_no_exchange_is_passed_over_and_what_cannot_be_read_is_rejected() {
        for (line, expected) in [
            ("", ""),
            (" \t\r", ""),
            (r#"2021/12/01 13:53:33 [error] 31#31: *46 "/x" is not found, request: "GET / HTTP/1.1""#, ""),
            (
                r"[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 1] [client 192.0.2.7:50229] AH01618: user",
                "",
            ),
            ("nothing of the kind", "rejected: not a line of this dialect"),
            (r#"192.0.2.7 - - "GET / HTTP/1.1" 200 1"#, "rejected: not a line of this dialect"),
            (
                r#"192.0.2.7 - - [31/Feb/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1"#,
                "rejected: the time cannot be read",
            ),
            (
                r#" - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1"#,
                "rejected: the client cannot be read",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" OK 1"#,
                "rejected: the status cannot be read",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 x"#,
                "rejected: the size cannot be read",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1"#,
                "rejected: not a line of this dialect",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1 "-" "cut"#,
                "rejected: not a line of this dialect",
            ),
            (
                r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 1 "-" "-" 5 "a@docker" "http://192.0.2.1:80" 0ms"#,
                "rejected: not a line of this dialect",
            ),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn a_plain_line_is_borrowed_whole() {
        let line = br#"192.0.2.7 - ann [08/Jun/2020:06:49:01 +0000] "GET /a HTTP/1.1" 200 8 "https://example.com/" "curl/8" "192.0.2.9""#;
        let mut read = 0;
        let each = &mut |event: Event<'_>| {
            read += 1;
            assert_eq!(event.rules.capacity(), 0);
            for text in [
                event.user,
                event.method,
                event.target,
                event.protocol,
                event.agent,
                event.referer,
                event.forwarded,
            ] {
                assert!(matches!(text, Some(Text::Borrowed(_))), "{text:?}");
            }
        };
        Reader::new(Dialect::Combined).read(line, each).unwrap();
        assert_eq!(read, 1);
    }
}
