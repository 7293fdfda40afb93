//! HTTP/1.1 messages read by hand, for the recording upstream and the raw client.
//!
//! It reads what the other side *wrote*, so it repairs nothing: a message that it cannot delimit by
//! RFC 9112 section 6 is an error, and everything before the body stays available as bytes.

use std::io::{Error, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt};

/// Largest head and largest body that are read.
const HEAD_BYTES: usize = 256 << 10;
const BODY_BYTES: usize = 256 << 20;

/// A request or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) head: Vec<u8>,
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"))
    }

    fn length(&self) -> std::io::Result<Option<usize>> {
        self.header("content-length")
            .map(|text| text.trim().parse().map_err(|_| broken("content-length is no number")))
            .transpose()
    }
}

/// The next request; `None` when the connection ended between two.
pub(crate) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> std::io::Result<Option<Message>> {
    let Some(mut message) = read_head(stream, buffer).await? else { return Ok(None) };
    if message.is_chunked() {
        message.body = read_chunks(stream, buffer).await?;
    } else if let Some(length) = message.length()? {
        message.body = read_exactly(stream, buffer, length).await?;
    }
    Ok(Some(message))
}

/// The next answer; without a length it ends with the connection. The flag says whether it came to
/// its proper end.
pub(crate) async fn read_answer(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    to_head: bool,
) -> std::io::Result<Option<(Message, bool)>> {
    let Some(mut message) = read_head(stream, buffer).await? else { return Ok(None) };
    let status = message.line.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()).unwrap_or(0);
    if to_head || matches!(status, 100..=199 | 204 | 304) {
        return Ok(Some((message, true)));
    }
    let read = if message.is_chunked() {
        read_chunks(stream, buffer).await
    } else if let Some(length) = message.length()? {
        read_exactly(stream, buffer, length).await
    } else {
        while more(stream, buffer).await? {}
        Ok(std::mem::take(buffer))
    };
    let whole = read.is_ok();
    // What arrived of a broken body is still in the buffer.
    message.body = read.unwrap_or_else(|_| std::mem::take(buffer));
    Ok(Some((message, whole)))
}

async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> std::io::Result<Option<Message>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > HEAD_BYTES {
            return Err(broken("the head does not end"));
        }
        if !more(stream, buffer).await? {
            return if buffer.is_empty() { Ok(None) } else { Err(broken("the head breaks off")) };
        }
    };
    let head: Vec<u8> = buffer.drain(..end).collect();
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or_default().to_owned();
    let headers = lines
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Ok(Some(Message { head, line, headers, body: Vec::new() }))
}

async fn read_exactly(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    length: usize,
) -> std::io::Result<Vec<u8>> {
    if length > BODY_BYTES {
        return Err(broken("the body is too large"));
    }
    while buffer.len() < length {
        if !more(stream, buffer).await? {
            return Err(broken("the body breaks off"));
        }
    }
    Ok(buffer.drain(..length).collect())
}

async fn read_chunks(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = match next_chunk(stream, buffer).await {
            Ok(chunk) => {
                body.extend_from_slice(&chunk);
                chunk.len()
            }
            Err(error) => {
                // Leaves what did arrive where the caller looks for it.
                body.append(buffer);
                *buffer = body;
                return Err(error);
            }
        };
        if size == 0 {
            return Ok(body);
        }
        if body.len() > BODY_BYTES {
            return Err(broken("the body is too large"));
        }
    }
}

/// One chunk without its framing; empty for the last one, whose trailers are skipped.
async fn next_chunk(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> std::io::Result<Vec<u8>> {
    let line = read_line(stream, buffer).await?;
    let size = line.split(';').next().map(str::trim).and_then(|hex| usize::from_str_radix(hex, 16).ok());
    let size = size.ok_or_else(|| broken("a chunk has no size"))?;
    if size == 0 {
        while !read_line(stream, buffer).await?.is_empty() {}
        return Ok(Vec::new());
    }
    let chunk = read_exactly(stream, buffer, size).await?;
    read_line(stream, buffer).await?;
    Ok(chunk)
}

async fn read_line(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> std::io::Result<String> {
    loop {
        if let Some(at) = buffer.windows(2).position(|bytes| bytes == b"\r\n") {
            let line: Vec<u8> = buffer.drain(..at + 2).take(at).collect();
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
        if buffer.len() > BODY_BYTES || !more(stream, buffer).await? {
            return Err(broken("the body breaks off"));
        }
    }
}

/// Reads what there is; false at the end. A reset counts as the end: what came, came.
async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    match stream.read_buf(buffer).await {
        Ok(count) => Ok(count > 0),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
        Err(error) => Err(error),
    }
}

fn broken(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
