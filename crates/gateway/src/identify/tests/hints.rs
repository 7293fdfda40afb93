//! Tables of answers that confirm a hint, or must not.

use super::*;

const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
const OTHER: &str = "a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn a_token_that_a_log_in_gave_out_is_confirmed_and_survives_restart_and_reload() {
    let desk = Desk::plain();
    assert_eq!(desk.word(TOKEN), "unverified");
    let found = desk.log_in(TOKEN, "198.51.100.7", NOW);
    assert_eq!(found.confirmed.len(), 1);
    assert_eq!(found.confirmed[0].network.to_string(), "198.51.100.0/24");
    assert_eq!(desk.word(TOKEN), "confirmed");
    assert_eq!(desk.word(OTHER), "unverified");
    assert!(desk.log_in(TOKEN, "198.51.100.7", NOW).confirmed.is_empty(), "not newly");

    let after = Desk::plain();
    let Confirmed { digest, network, holder, at } = found.confirmed[0];
    after.identify.restore(digest, network, holder, at);
    assert_eq!(after.word(TOKEN), "confirmed");
    assert_eq!((after.identify.holder(digest), holder), (holder, ANN));
    assert_eq!(after.identify.holder(after.key.credential(OTHER)), Holder::default());

    let reloaded = desk.identify.reloaded(&Settings::default(), &[]).unwrap();
    let reloaded = Desk { identify: reloaded, key: DigestKey::new([7; 32]) };
    assert_eq!(reloaded.word(TOKEN), "confirmed");

    let none = Settings { confirmed_per_network_and_hour: 1, ..Settings::default() };
    let capped = Desk { identify: reloaded.identify.reloaded(&none, &[]).unwrap(), ..reloaded };
    assert!(capped.log_in(OTHER, "198.51.100.7", NOW).capped, "a reload sets the cap");
}

#[test]
fn only_an_answer_that_gives_out_new_values_to_a_log_in_confirms() {
    let body = format!(r#"{{"session":"{TOKEN}"}}"#);
    let query = format!("/echo?token={TOKEN}");
    for (case, method, status, request, confirms) in [
        ("log-in", Method::Post, 200, "/login", true),
        ("log-in that redirects", Method::Post, 303, "/login", true),
        ("sign-up", Method::Put, 201, "/users/ann", true),
        ("a session for every visitor", Method::Get, 200, "/", false),
        ("refused", Method::Post, 401, "/login", false),
        ("server error", Method::Post, 500, "/login", false),
        ("echo of the body", Method::Post, 200, &body, false),
        ("echo of the query", Method::Post, 200, &query, false),
        (
            "echo of an encoded query",
            Method::Post,
            200,
            "/echo?token=9f86%64081884c7d659a2feaa0c55ad015",
            false,
        ),
        ("echo of a cookie", Method::Post, 200, "session=9F86D081884C7D659A2FEAA0C55AD015", false),
    ] {
        let desk = Desk::plain();
        let found = desk.issue(&method, status, &[TOKEN], &[b"/x", request.as_bytes()], "198.51.100.7", NOW);
        assert_eq!(!found.confirmed.is_empty(), confirms, "{case}");
        assert_eq!(desk.word(TOKEN) == "confirmed", confirms, "{case}");
    }
    let desk = Desk::plain();
    let many = [TOKEN, OTHER, "0123456789abcdef0", "0123456789abcdef1", "0123456789abcdef2"];
    assert!(
        desk.issue(&Method::Post, 200, &many, &[], "198.51.100.7", NOW).confirmed.is_empty(),
        "a listing"
    );
    assert!(desk.issue(&Method::Post, 200, &["short"], &[], "198.51.100.7", NOW).confirmed.is_empty());
}

#[test]
fn a_cookie_that_a_log_in_set_is_confirmed_too() {
    let desk = Desk::plain();
    let mut headers = HeaderMap::new();
    headers.append("set-cookie", HeaderValue::from_static("sid=9f86d081884c7d659a2feaa0c55ad015; HttpOnly"));
    let cookies = desk.identify.issued_cookies(&headers);
    assert_eq!(desk.issue(&Method::Post, 200, &cookies, &[], "198.51.100.7", NOW).confirmed.len(), 1);
    let with_cookie = format!("theme=dark; sid={TOKEN}");
    let who = |lines: &[(&str, &str)]| desk.ask(lines, BadCredential::Counts, NOW).caller.word();
    assert_eq!(who(&[("cookie", &with_cookie)]), "confirmed");
    // A made-up token beside it changes nothing; an application's key does not stand for a person.
    assert_eq!(who(&[("authorization", "Bearer made-up-token"), ("cookie", &with_cookie)]), "confirmed");
    desk.log_in("application-key-01", "198.51.100.7", NOW);
    assert_eq!(who(&[("cookie", "sid=made-up-session"), ("x-api-key", "application-key-01")]), "unverified");
    assert_eq!(who(&[("x-api-key", "application-key-01")]), "confirmed");
}

#[test]
fn one_network_gets_its_share_of_confirmed_hints_per_hour_and_no_more() {
    let desk = Desk::plain();
    let value = |n: u64| format!("{n:032x}");
    let hour = NOW - NOW % 3600;
    let log_ins = |from: u64, count: u64, client: &str, secs: u64| {
        (from..from + count).filter(|n| !desk.log_in(&value(*n), client, secs).confirmed.is_empty()).count()
    };
    assert_eq!(log_ins(0, 500, "198.51.100.7", hour), 400);
    assert!(desk.log_in(&value(499), "198.51.100.200", hour + 3599).capped, "the same /24");
    assert_eq!(log_ins(1000, 10, "198.51.101.7", hour), 10, "another /24");
    assert_eq!(log_ins(2000, 500, "2001:db8:1:1::1", hour), 400);
    assert_eq!(log_ins(3000, 1, "2001:db8:1:ffff::1", hour), 0, "the same /48");
    assert_eq!(log_ins(4000, 500, "198.51.100.7", hour + 3600), 400, "the next hour");
    assert_eq!(
        log_ins(5000, 1, "198.51.100.7", hour + 3599),
        0,
        "a clock that steps back gives no second share"
    );
}

#[test]
fn a_restart_gives_no_fresh_share() {
    let desk = Desk::plain();
    for n in 0..400_u64 {
        let digest = desk.key.credential(&n.to_string());
        let then = Timestamp::from_millis(NOW * 1000 + n);
        desk.identify.restore(digest, "198.51.100.0/24".parse().unwrap(), ANN, then);
    }
    assert!(desk.log_in(TOKEN, "198.51.100.7", NOW + 1).capped);
    // Values of one answer counted once before, and do so again.
    let desk = Desk::plain();
    for n in 0..800_u64 {
        let digest = desk.key.credential(&n.to_string());
        desk.identify.restore(digest, "198.51.100.0/24".parse().unwrap(), ANN, at(NOW + n / 4));
    }
    assert!(!desk.log_in(TOKEN, "198.51.100.7", NOW + 200).capped);
}

/// What happened at an endpoint, line by line: target, token, status; and whether `TOKEN` is
/// confirmed by the last.
#[test]
fn a_refusal_without_and_with_another_value_vouches_for_the_one_that_is_answered() {
    const ME: &str = "/me/orders";
    let long = "a3bf4f1b2b0b822cd15d6c15b0f00a08ff";
    for (case, lines, confirms) in [
        ("both refused", &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)][..], true),
        (
            "forbidden counts as refused",
            &[(ME, None, 403), (ME, Some(OTHER), 403), (ME, Some(TOKEN), 200)],
            true,
        ),
        ("answers everyone", &[(ME, None, 200), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)], false),
        ("never asked without", &[(ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)], false),
        ("never asked with another", &[(ME, None, 401), (ME, Some(TOKEN), 200)], false),
        ("any token will do", &[(ME, None, 401), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)], false),
        ("another shape", &[(ME, None, 401), (ME, Some(long), 401), (ME, Some(TOKEN), 200)], false),
        (
            "answered without, before",
            &[(ME, None, 200), (ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)],
            false,
        ),
        (
            "answered without, between",
            &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, None, 200), (ME, Some(TOKEN), 200)],
            false,
        ),
        ("refused by failing", &[(ME, None, 500), (ME, Some(OTHER), 500), (ME, Some(TOKEN), 200)], false),
        ("the same value refused", &[(ME, None, 401), (ME, Some(TOKEN), 401), (ME, Some(TOKEN), 200)], false),
        (
            "the other value is answered at another time",
            &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)],
            false,
        ),
        (
            "refusals at another object",
            &[
                ("/me/orders?id=1", None, 403),
                ("/me/orders?id=1", Some(OTHER), 403),
                ("/me/orders?id=2", Some(TOKEN), 200),
            ],
            false,
        ),
    ] {
        let desk = Desk::plain();
        let mut last = false;
        for (target, token, status) in lines {
            last = desk.answer("GET /me/orders", target, *token, *status, NOW);
        }
        assert_eq!(last, confirms, "{case}");
        assert_eq!(desk.word(TOKEN) == "confirmed", confirms, "{case}");
    }
}

#[test]
fn evidence_is_of_the_same_door_of_safe_requests_and_a_day_old_at_most() {
    let run = |door: &str, refused: &str, later: u64| {
        let desk = Desk::plain();
        desk.answer(refused, "/x", None, 401, NOW);
        desk.answer(refused, "/x", Some(OTHER), 401, NOW);
        desk.answer(door, "/x", Some(TOKEN), 200, NOW + later)
    };
    assert!(run("GET /x", "GET /x", 86_400));
    assert!(!run("GET /x", "GET /x", 86_401));
    assert!(!run("GET /x", "HEAD /x", 0));
    // A log-in refuses wrong passwords whatever cookie comes with them.
    assert!(!run("POST /login", "POST /login", 0));
}

proptest! {
    /// Fresh tokens for every request never confirm anything at an endpoint that answers everyone,
    /// whatever order the requests come in.
    #[test]
    fn a_made_up_token_is_never_confirmed_where_everyone_is_answered(
        tokens in prop::collection::vec(prop::option::of("[0-9a-f]{32}"), 1..60),
    ) {
        let desk = Desk::plain();
        for token in &tokens {
            prop_assert!(!desk.answer("GET /customers", "/customers", token.as_deref(), 200, NOW));
        }
    }
}
