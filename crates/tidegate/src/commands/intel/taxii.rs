//! A TAXII 2.1 server: which collection, and one bounded exchange after the other.
//!
//! https, or http to this machine; no redirect is followed, and credentials go to the server that was
//! named and to no other. What the server says is outside text: bounded, and shown without control
//! characters.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use base64::Engine as _;
use domain::{Secret, Window};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::Uri;
use http::{HeaderValue, Method, Request};
use net::upstream::{Tls, Upstream, UpstreamSettings, is_loopback};
use net::{Body, read_all};
use serde_json::Value;
use tokio::time::Instant;

use crate::cli::Taxii;
use crate::exit::Failure;

/// The media type of TAXII 2.1 (section 1.6.8.1).
const MEDIA: &str = "application/taxii+json;version=2.1";
/// The largest answer.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The longest exchange.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Where credentials are taken from without a file.
const ENVIRONMENT: &str = "TIDEGATE_TAXII_CREDENTIALS";

/// What is to be done with a collection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// An API root and a collection of it.
pub(super) struct Server {
    upstream: Upstream,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
    /// Path of the API root, with a slash at its end.
    root: String,
    /// Id of the collection.
    pub(super) collection: String,
    /// The largest message that the server takes.
    pub(super) most_bytes: usize,
}

impl Server {
    /// Finds the API root behind the URL, and the collection.
    pub(super) async fn open(args: &Taxii, purpose: Purpose) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Usage(format!("`--taxii`: {why}"));
        let uri: Uri = args.taxii.parse().map_err(|_| wrong("it is no URL"))?;
        let authority = uri.authority().ok_or_else(|| wrong("it is no URL"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it names a user; use `--credentials` or the environment"));
        }
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") if is_loopback(authority.host()) => "http",
            Some("http") => return Err(wrong("http to another machine can be read on the way; use https")),
            _ => return Err(wrong("it is neither https nor http")),
        };
        let tls = Tls::new(args.ca.as_deref()).context("set up TLS")?;
        let timeout = Window::from_secs(30);
        let bounds = UpstreamSettings {
            connect_timeout: Window::from_secs(10),
            response_timeout: timeout,
            ..UpstreamSettings::default()
        };
        let origin = format!("{scheme}://{authority}");
        let mut server = Self {
            upstream: Upstream::new(&origin, bounds, &tls)
                .map_err(|error| Failure::Usage(error.to_string()))?,
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong("it is no URL"))?,
            authorization: authorization(args.credentials.as_deref())?,
            root: folder(uri.path()),
            collection: String::new(),
            most_bytes: MOST_BYTES,
        };
        let mut described = server.get(&server.root.clone(), "").await?;
        if let Some(roots) = described.get("api_roots").and_then(Value::as_array) {
            let named = described.get("default").and_then(Value::as_str);
            let root = named.or_else(|| roots.first().and_then(Value::as_str));
            server.root = own_path(root.unwrap_or_default(), &origin)?;
            described = server.get(&server.root.clone(), "").await?;
        }
        if let Some(most) = described.get("max_content_length").and_then(Value::as_u64) {
            server.most_bytes = usize::try_from(most).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        }
        let collections = server.get(&format!("{}collections/", server.root), "").await?;
        server.collection = chosen(&collections, args.collection.as_deref(), purpose)?;
        Ok(server)
    }

    /// Path of the collection's objects.
    pub(super) fn objects(&self) -> String {
        format!("{}collections/{}/objects/", self.root, self.collection)
    }

    /// Path of a status.
    pub(super) fn status(&self, id: &str) -> String {
        format!("{}status/{id}/", self.root)
    }

    /// The resource at a path of the server.
    pub(super) async fn get(&self, path: &str, query: &str) -> Result<Value, Failure> {
        self.exchange(Method::GET, path, query, Vec::new()).await
    }

    /// Posts a message, and gives the answer.
    pub(super) async fn post(&self, path: &str, message: Vec<u8>) -> Result<Value, Failure> {
        self.exchange(Method::POST, path, "", message).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &str,
        message: Vec<u8>,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + TIMEOUT;
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut request = Request::new(Body::full(message));
        let is_post = method == Method::POST;
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().with_context(|| format!("ask for {}", plain(&target)))?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(ACCEPT, HeaderValue::from_static(MEDIA));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tidegate/", env!("CARGO_PKG_VERSION"))));
        if is_post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA));
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let exchange = async {
            let response = self.upstream.send(request).await.context("reach the TAXII server")?;
            let status = response.status();
            let answer = read_all(response.into_body(), MOST_BYTES, deadline)
                .await
                .context("read the server's answer")?;
            anyhow::Ok((status, answer))
        };
        let (status, answer) = tokio::time::timeout_at(deadline, exchange)
            .await
            .map_err(|_| anyhow!("the TAXII server did not answer within 60 s"))??;
        let value: Option<Value> = serde_json::from_slice(&answer).ok();
        if !status.is_success() {
            let title = value.as_ref().and_then(|value| value.get("title")).and_then(Value::as_str);
            let title = title.map(|title| format!(": {}", plain(title))).unwrap_or_default();
            return Err(
                anyhow!("the TAXII server answered {} to {}{title}", status.as_u16(), plain(path)).into()
            );
        }
        value.ok_or_else(|| anyhow!("the TAXII server's answer to {} is no JSON", plain(path)).into())
    }
}

fn folder(path: &str) -> String {
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

/// The path of an API root, which is on the server that was named: credentials go nowhere else.
fn own_path(root: &str, origin: &str) -> Result<String, Failure> {
    let elsewhere = || {
        Failure::from(anyhow!(
            "the server's API root `{}` is on another server; name it with --taxii if you trust it",
            plain(root)
        ))
    };
    let path = match root.strip_prefix(origin) {
        Some(path) => path,
        None if root.starts_with('/') && !root.starts_with("//") => root,
        None => return Err(elsewhere()),
    };
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(elsewhere());
    }
    Ok(folder(path))
}

/// The collection that was named, else the only one that fits.
fn chosen(collections: &Value, wanted: Option<&str>, purpose: Purpose) -> Result<String, Failure> {
    let (right, doing) = match purpose {
        Purpose::Read => ("can_read", "read"),
        Purpose::Write => ("can_write", "written to"),
    };
    let listed = collections.get("collections").and_then(Value::as_array).cloned().unwrap_or_default();
    let id = |one: &Value| one.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let fits: Vec<&Value> =
        listed.iter().filter(|one| one.get(right).and_then(Value::as_bool) == Some(true)).collect();
    let found = match wanted {
        Some(wanted) => {
            let names =
                |one: &&&Value| id(one) == wanted || one.get("alias").and_then(Value::as_str) == Some(wanted);
            fits.iter().find(names).map(|one| id(one))
        }
        None if fits.len() == 1 => fits.first().map(|one| id(one)),
        None => {
            let ids: Vec<String> = fits.iter().take(20).map(|one| plain(&id(one))).collect();
            let text =
                format!("name one with --collection: {} can be {doing}: {}", fits.len(), ids.join(", "));
            return Err(Failure::Usage(text));
        }
    };
    let found = found.filter(|id| is_segment(id));
    found.ok_or_else(|| {
        Failure::Usage(format!("`--collection`: the server has none of this name that can be {doing}"))
    })
}

/// Whether a server's id can stand in a path.
pub(super) fn is_segment(id: &str) -> bool {
    let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    letters && (1..=100).contains(&id.len())
}

/// Credentials are never on the command line, which others on the machine can read.
fn authorization(file: Option<&Path>) -> Result<Option<HeaderValue>, Failure> {
    let held = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Input(format!("error: `{}` cannot be read: {error}", path.display()))
            })?;
            Secret::new(text)
        }
        None => match std::env::var(ENVIRONMENT) {
            Ok(text) => Secret::new(text),
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => return Err(no_credentials()),
        },
    };
    let line = held.expose().trim_end_matches(['\r', '\n']);
    let header = if line.strip_prefix("Bearer ").is_some_and(|token| !token.is_empty()) {
        line.to_owned()
    } else if line.contains(':') {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(line))
    } else {
        return Err(no_credentials());
    };
    let mut header = HeaderValue::from_str(&header).map_err(|_| no_credentials())?;
    header.set_sensitive(true);
    Ok(Some(header))
}

fn no_credentials() -> Failure {
    Failure::Input("error: the credentials are not one line `USER:PASSWORD` or `Bearer TOKEN`".to_owned())
}

/// Text of a server for a terminal: short, without control characters.
pub(super) fn plain(text: &str) -> String {
    text.chars().take(200).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Runs one command's exchanges with the server that `args` name; every error says which one it was.
pub(super) fn block_on<T>(
    args: &Taxii,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(work).map_err(|failure| match failure {
        Failure::Ours(error) => Failure::Ours(error.context(format!("TAXII server {}", plain(&args.taxii)))),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_api_root_elsewhere_gets_no_credentials() {
        let origin = "https://taxii.example";
        for (root, path) in [
            ("https://taxii.example/api1", Some("/api1/")),
            ("/api1/", Some("/api1/")),
            ("https://taxii.example.evil.example/api1/", None),
            ("https://taxii.example@evil.example/", None),
            ("https://taxii.example:8443/api1/", None),
            ("http://taxii.example/api1/", None),
            ("//evil.example/api1/", None),
            ("/api1/?a=b", None),
            ("", None),
        ] {
            assert_eq!(own_path(root, origin).ok().as_deref(), path, "{root}");
        }
    }

    #[test]
    fn the_only_collection_that_fits_is_taken_and_several_are_named() {
        let listed = json!({ "collections": [
            { "id": "a-1", "can_read": true, "can_write": false },
            { "id": "b-2", "can_read": true, "can_write": true, "alias": "ours" },
            { "id": "../../x", "can_read": true, "can_write": false },
        ] });
        assert_eq!(chosen(&listed, None, Purpose::Write).ok().as_deref(), Some("b-2"));
        assert_eq!(chosen(&listed, Some("ours"), Purpose::Read).ok().as_deref(), Some("b-2"));
        assert!(chosen(&listed, Some("a-1"), Purpose::Write).is_err());
        assert!(chosen(&listed, None, Purpose::Read).is_err());
        assert!(chosen(&listed, Some("../../x"), Purpose::Read).is_err(), "an id is no path");
        assert!(chosen(&json!([]), None, Purpose::Read).is_err());
    }

    #[test]
    fn credentials_are_one_line_and_no_error_shows_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        for (text, header) in [
            ("user:word\n", Some("Basic dXNlcjp3b3Jk")),
            ("Bearer abc\n", Some("Bearer abc")),
            ("word\n", None),
            ("user:word\nsecond", Some("")),
            ("Bearer wo\u{7f}rd", None),
        ] {
            std::fs::write(&file, text).unwrap();
            let made = authorization(Some(&file));
            assert!(!format!("{made:?}").contains("word"), "{made:?}");
            if header != Some("") {
                let made = made.ok().flatten();
                assert_eq!(made.as_ref().map(|value| value.to_str().unwrap()), header, "{text}");
            }
        }
    }
}
