//! `tidegate intel push` and `pull` against a server that does not do its part.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// A server that answers each path with what is given for its beginning, and keeps what it was sent.
fn server(answers: Vec<(&'static str, u16, String)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (kept, own) = (Arc::clone(&seen), origin.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => request.extend_from_slice(&piece[..read]),
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            kept.lock().unwrap().push(request);
            let answer = answers.iter().find(|(beginning, ..)| path.starts_with(beginning));
            let (status, body) =
                answer.map_or((404, "{}".to_owned()), |(_, status, body)| (*status, body.clone()));
            let body = body.replace("ORIGIN", &own);
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: {own}/elsewhere\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        }
    });
    (origin, seen)
}

fn intel(arguments: &[&str], credentials: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("intel").args(arguments).env_remove("TIDEGATE_TAXII_CREDENTIALS");
    if let Some(credentials) = credentials {
        command.env("TIDEGATE_TAXII_CREDENTIALS", credentials);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const COLLECTIONS: &str = r#"{"collections":[{"id":"c1","title":"t","can_read":true,"can_write":true}]}"#;

fn pull(origin: &str, folder: &Path) -> Output {
    intel(&["pull", "--taxii", &format!("{origin}/api/"), folder.to_str().unwrap()], Some("user:hidden-word"))
}

#[test]
fn an_answer_that_is_wrong_or_without_end_ends_with_an_error_and_no_secret_is_shown() {
    let endless = format!(
        r#"{{"more":true,"next":"same","objects":[{{"type":"note","id":"note--00000000-0000-4000-8000-000000000001","abstract":"{}"}}]}}"#,
        "x".repeat(40 * 1024 * 1024)
    );
    for (objects, status) in [
        ("no json".to_owned(), 200),
        (r#"{"title":"who are you?"}"#.to_owned(), 401),
        ("{}".to_owned(), 302),
        (r#"{"objects":[{"type":"note","id":"../../etc/passwd"}]}"#.to_owned(), 200),
        (endless, 200),
    ] {
        let place = tempfile::tempdir().unwrap();
        let (origin, seen) = server(vec![
            ("/api/collections/c1/objects/", status, objects),
            ("/api/collections/", 200, COLLECTIONS.to_owned()),
            ("/api/", 200, r#"{"title":"x","versions":[],"max_content_length":1000000}"#.to_owned()),
        ]);
        let done = pull(&origin, &place.path().join("out"));
        assert_eq!(done.status.code(), Some(3), "{}", said(&done));
        assert!(!said(&done).contains("hidden-word"), "{}", said(&done));
        assert!(said(&done).contains(&format!("TAXII server {origin}/api/: ")), "{}", said(&done));
        assert!(!place.path().join("out").exists());
        let seen = seen.lock().unwrap();
        assert!(!seen.iter().any(|request| request.contains("/elsewhere")), "a redirect is not followed");
        assert!(
            seen.iter().all(
                |request| request.contains("Basic dXNlcjpoaWRkZW4td29yZA==") || request.contains("basic")
            ),
            "{seen:?}"
        );
    }
}

#[test]
fn a_discovery_that_leads_elsewhere_gets_no_credentials() {
    let place = tempfile::tempdir().unwrap();
    let (elsewhere, visited) = server(vec![]);
    let (origin, _) =
        server(vec![("/api/", 200, format!(r#"{{"title":"x","api_roots":["{elsewhere}/api/"]}}"#))]);
    let done = pull(&origin, &place.path().join("out"));
    assert_eq!(done.status.code(), Some(3), "{}", said(&done));
    assert!(said(&done).contains("another server"), "{}", said(&done));
    assert!(visited.lock().unwrap().is_empty());
}

#[test]
fn a_page_that_comes_again_and_again_is_an_error_and_nothing_is_written() {
    let place = tempfile::tempdir().unwrap();
    let page = r#"{"more":true,"next":"a&b=c","objects":[{"type":"note","id":"note--00000000-0000-4000-8000-000000000001"}]}"#;
    let (origin, seen) = server(vec![
        ("/api/collections/c1/objects/", 200, page.to_owned()),
        ("/api/collections/", 200, COLLECTIONS.to_owned()),
        ("/api/", 200, r#"{"title":"x","api_roots":["ORIGIN/api/"],"max_content_length":1}"#.to_owned()),
    ]);
    let done = pull(&origin, &place.path().join("out"));
    assert_eq!(done.status.code(), Some(3), "{}", said(&done));
    assert!(said(&done).contains("same page again"), "{}", said(&done));
    assert!(!place.path().join("out").exists());
    assert!(seen.lock().unwrap().iter().any(|request| request.contains("&next=a%26b%3Dc ")), "escaped");
}

#[test]
fn plain_http_goes_to_this_machine_only_and_nothing_secret_stands_on_the_command_line() {
    let place = tempfile::tempdir().unwrap();
    for url in ["http://192.0.2.1/taxii2/", "http://user:word@127.0.0.1/", "ftp://127.0.0.1/", "taxii"] {
        let done = intel(&["pull", "--taxii", url, place.path().to_str().unwrap()], None);
        assert_eq!(done.status.code(), Some(64), "{url}: {}", said(&done));
        assert!(!said(&done).contains("word"), "{}", said(&done));
    }
    let none = intel(&["push", "--taxii", "http://127.0.0.1:9/", place.path().to_str().unwrap()], None);
    assert_eq!(none.status.code(), Some(2), "no bundle: {}", said(&none));
}
