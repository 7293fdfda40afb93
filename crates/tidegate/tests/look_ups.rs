//! How many guesses reach an upstream: the real program before one that answers every path alike.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::Gate;

const GUESSES: usize = 600;

/// Knows `known-N@example.com` and nobody else, whatever stands behind the path's first part; what it
/// says of strangers depends on the path's first part.
fn guest_book(request: &Recorded) -> Act {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    if let Some(mail) = body.split('"').find(|text| text.starts_with("known-")) {
        return Act::json(200, &format!(r#"{{"orders":[{{"customer_id":"{mail}","email":"{mail}"}}]}}"#));
    }
    match request.target() {
        target if target.starts_with("/missing") => Act::json(404, r#"{"error":"nobody"}"#),
        // Tells of nobody, and names the stranger all the same.
        target if target.starts_with("/echoing") => {
            let mail = body.split('"').find(|text| text.contains('@')).unwrap_or_default();
            Act::json(404, &format!(r#"{{"error":"no account for {mail}"}}"#))
        }
        target if target.starts_with("/failing") => Act::json(500, r#"{"error":"oops"}"#),
        _ => Act::json(200, r#"{"orders":[]}"#),
    }
}

/// Sends guesses, each to the path that `path` makes up for it, after one find at `door`. Tells how many
/// reached the upstream. Every `hits`th guess exists.
async fn guesses_that_reach(door: &str, path: impl Fn(usize) -> String, hits: usize) -> usize {
    let upstream = Upstream::start(guest_book).await.unwrap();
    let gate = Gate::guard(upstream.address()).await;
    let mut client = gate.client();
    let mut ask = async |target: &str, mail: &str| {
        let body = format!(r#"{{"email":"{mail}"}}"#);
        client.send(&Ask::post(target, body)).await.unwrap().status
    };
    // The door as it is meant to be used: it is seen to answer with whom a request brought.
    assert_eq!(ask(door, "known-1@example.com").await, 200);
    let before = upstream.recorded().len();
    for nth in 0..GUESSES {
        let name = if nth % hits == hits - 1 { "known-guess" } else { "guess" };
        ask(&path(nth), &format!("{name}-{nth}@example.com")).await;
    }
    let reached = upstream.recorded().len() - before;
    // Whoever is found there goes on being served at the door itself.
    assert_eq!(ask(door, "known-1@example.com").await, 200);
    reached
}

/// The `nth` word of letters that nobody uses.
fn word(nth: usize) -> String {
    let syllables = ["ba", "do", "fi", "gu", "ke", "lo", "mu", "ni", "po", "zu"];
    [nth / 100, nth / 10, nth].map(|digit| syllables[digit % 10]).concat()
}

#[tokio::test]
async fn made_up_paths_below_a_door_give_no_more_guesses_than_one() {
    // Where all unknown paths are one door, the find before the guesses is one of its twenty.
    for (door, least, most) in
        [("/missing", 19, 21), ("/echoing", 19, 21), ("/empty", 19, 21), ("/failing", 29, 40)]
    {
        let reached = guesses_that_reach(door, |nth| format!("{door}/x{nth}y"), usize::MAX).await;
        assert!((least..=most).contains(&reached), "{reached} of {GUESSES} at {door}");
    }
}

#[tokio::test]
async fn made_up_paths_beside_a_door_give_no_more_guesses_than_one() {
    type Path = fn(usize) -> String;
    // How many reach the upstream where none exists, and where one in ten does.
    let paths: [(&str, Path, usize, usize); 5] = [
        ("/empty/{word}", |nth| format!("/empty/{}", word(nth)), 22, 44),
        ("/{number}", |nth| format!("/x{nth}y"), 22, 44),
        ("/{word}", |nth| format!("/{}", word(nth)), 22, 44),
        ("/{word}/{word}", |nth| format!("/{}/{}", word(nth), word(nth * 7)), 22, 44),
        // The deepest are one door: what it says of nobody may be a newsletter's, until it finds somebody.
        ("/api/{depth}", |nth| format!("/api{}", "/search".repeat(nth % 60)), 80, 44),
    ];
    for (shape, path, none, tenth) in paths {
        for (hits, most) in [(usize::MAX, none), (10, tenth)] {
            let reached = guesses_that_reach("/empty", path, hits).await;
            println!(
                "{shape}: {reached} of {GUESSES}, {}",
                if hits == 10 { "one in ten exists" } else { "none exists" }
            );
            assert!((18..=most).contains(&reached), "{reached} of {GUESSES} at {shape}");
        }
    }
}
