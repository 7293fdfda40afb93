//! `tidegate intel push`: a bundle to a TAXII 2.1 server.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::taxii::{Purpose, Server, block_on, is_segment, plain};
use crate::cli::TaxiiPush;
use crate::exit::{Ending, Failure, Outcome, say};

/// The most objects of one message, and of one bundle.
const MOST_OF_A_MESSAGE: usize = 500;
const MOST_OBJECTS: usize = 100_000;
/// The largest bundle.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How often a message that is being worked on is asked for, one second apart.
const MOST_QUESTIONS: usize = 60;

/// Runs the command.
///
/// # Errors
/// When there is no bundle, or the server does not do its part.
pub(super) fn run(args: &TaxiiPush) -> Outcome {
    let objects = objects(args)?;
    block_on(&args.server, async {
        let server = Server::open(&args.server, Purpose::Write).await?;
        let (mut taken, mut there, mut refused) = (0_u64, 0_usize, 0_usize);
        for message in messages(&objects, server.most_bytes)? {
            let status = finished(&server, server.post(&server.objects(), message).await?).await?;
            let count = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or(0);
            taken += count("success_count");
            let failures = status.get("failures").and_then(Value::as_array).cloned().unwrap_or_default();
            // A server that counts failures and names none has failed as often as it counts.
            let mut unnamed = usize::try_from(count("failure_count")).unwrap_or(usize::MAX);
            for failure in &failures {
                unnamed = unnamed.saturating_sub(1);
                let text = |name: &str| failure.get(name).and_then(Value::as_str).unwrap_or_default();
                if is_there(&server, &objects, text("id")).await {
                    there += 1;
                } else {
                    refused += 1;
                    say(&format!(
                        "tidegate: the server refused {}: {}",
                        plain(text("id")),
                        plain(text("message"))
                    ));
                }
            }
            refused = refused.saturating_add(unnamed);
        }
        let collection = &server.collection;
        say(&format!(
            "tidegate: collection {collection} took {taken} objects, had {there} already, refused {refused}"
        ));
        Ok(if refused == 0 { Ending::Clean } else { Ending::Findings })
    })
}

/// The objects of the bundle, which must be one of STIX.
fn objects(args: &TaxiiPush) -> Result<Vec<Value>, Failure> {
    let path = if args.dir.is_dir() { args.dir.join("bundle.json") } else { args.dir.clone() };
    let wrong = |why: &str| Failure::Input(format!("error: `{}` cannot be sent: {why}", path.display()));
    let mut text = String::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| wrong(&error.to_string()))?;
    let bundle: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let is_bundle = bundle.get("type").and_then(Value::as_str) == Some("bundle");
    let objects = bundle.get("objects").and_then(Value::as_array).filter(|_| is_bundle);
    let objects =
        objects.filter(|objects| !objects.is_empty()).ok_or_else(|| wrong("it is no STIX bundle"))?;
    if objects.len() > MOST_OBJECTS {
        return Err(wrong("it has more than 100,000 objects"));
    }
    Ok(objects.clone())
}

/// Envelopes of TAXII (section 3.7), each no larger than the server takes.
fn messages(objects: &[Value], most_bytes: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let mut messages = Vec::new();
    let mut rest = objects;
    while !rest.is_empty() {
        let mut count = rest.len().min(MOST_OF_A_MESSAGE);
        let message = loop {
            let (now, _) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let message = serde_json::to_vec(&json!({ "objects": now })).context("write the message")?;
            if message.len() <= most_bytes {
                break message;
            }
            if count == 1 {
                return Err(anyhow!("an object is larger than the server's {most_bytes} bytes").into());
            }
            count = count.div_ceil(2);
        };
        messages.push(message);
        rest = rest.get(count..).unwrap_or_default();
    }
    Ok(messages)
}

/// Whether the collection has this very version of one of `objects`: some servers refuse what they have.
async fn is_there(server: &Server, objects: &[Value], id: &str) -> bool {
    let version = |object: &Value| -> Option<String> {
        let version = object.get("modified").or_else(|| object.get("created"));
        version.map(Value::to_string)
    };
    let sent = objects.iter().find(|object| object.get("id").and_then(Value::as_str) == Some(id));
    let (Some(sent), true) = (sent, is_segment(id)) else { return false };
    let Ok(held) = server.get(&format!("{}{id}/", server.objects()), "").await else { return false };
    let held = held.get("objects").and_then(Value::as_array).cloned().unwrap_or_default();
    held.iter().any(|held| held.get("id") == sent.get("id") && version(held) == version(sent))
}

/// The status of a message once the server is done with it.
async fn finished(server: &Server, mut status: Value) -> Result<Value, Failure> {
    for _ in 0..MOST_QUESTIONS {
        if status.get("status").and_then(Value::as_str) != Some("pending") {
            return Ok(status);
        }
        let id = status.get("id").and_then(Value::as_str).filter(|id| is_segment(id));
        let id = id.ok_or_else(|| anyhow!("the server's status has no id"))?.to_owned();
        tokio::time::sleep(Duration::from_secs(1)).await;
        status = server.get(&server.status(&id), "").await?;
    }
    Err(anyhow!("the server is still working on it after {MOST_QUESTIONS} s").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_every_object_once_in_order_and_fit() {
        let objects: Vec<Value> =
            (0..1200).map(|n| json!({ "id": format!("note--{n}"), "type": "note" })).collect();
        for most in [200, 4_000, usize::MAX] {
            let messages = messages(&objects, most).unwrap();
            assert!(messages.iter().all(|message| message.len() <= most));
            let sent: Vec<Value> = messages
                .iter()
                .flat_map(|message| {
                    let value: Value = serde_json::from_slice(message).unwrap();
                    value.get("objects").unwrap().as_array().unwrap().clone()
                })
                .collect();
            assert_eq!(sent, objects, "{most}");
        }
        assert!(messages(&objects, 20).is_err());
    }
}
