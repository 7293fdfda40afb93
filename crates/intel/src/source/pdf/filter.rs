//! Streams of a PDF unpacked (ISO 32000-1, 7.4), against one budget for the whole file.

use std::io::Read as _;

use super::Fault;
use super::object::{Dictionary, Object, hexadecimal};

/// The most bytes of one stream, unpacked. Those of a page of a report have some tens of kilobytes.
const STREAM_MAX: usize = 8 * 1024 * 1024;

/// The bytes of a stream with `dictionary`; `left` is what may yet be unpacked of the file.
///
/// # Errors
/// A filter that is not read here, or more bytes than are left.
pub(super) fn unpacked(raw: &[u8], dictionary: &Dictionary, left: &mut usize) -> Result<Vec<u8>, Fault> {
    let key = |long: &[u8], short: &[u8]| dictionary.get(long).or_else(|| dictionary.get(short));
    let filters: Vec<&[u8]> = match key(b"Filter", b"F") {
        None | Some(Object::Null) => Vec::new(),
        Some(Object::Name(name)) => vec![name],
        Some(Object::List(list)) => list.iter().filter_map(Object::name).collect(),
        Some(_) => return Err(Fault::Filter("unknown".to_owned())),
    };
    let mut bytes: Option<Vec<u8>> = None;
    // More filters than any writer chains cost more than they are worth.
    for filter in filters.iter().take(4) {
        let input = bytes.as_deref().unwrap_or(raw);
        let most = STREAM_MAX.min(*left);
        let out = match *filter {
            b"FlateDecode" | b"Fl" => inflated(input, most),
            b"ASCIIHexDecode" | b"AHx" => {
                hexadecimal(input.split(|byte| *byte == b'>').next().unwrap_or_default())
            }
            b"ASCII85Decode" | b"A85" => base85(input),
            other => return Err(Fault::Filter(String::from_utf8_lossy(other).into_owned())),
        };
        if out.len() > most {
            return Err(Fault::TooMuch);
        }
        *left -= out.len();
        bytes = Some(out);
    }
    let predicts = |parms: &Object| {
        let predictor = parms.dictionary().and_then(|parms| parms.get(b"Predictor".as_slice()));
        predictor.and_then(Object::number).is_some_and(|predictor| predictor > 1.0)
    };
    let parms = key(b"DecodeParms", b"DP");
    if parms.is_some_and(|parms| predicts(parms) || parms.list().is_some_and(|all| all.iter().any(predicts)))
    {
        return Err(Fault::Filter("a predictor".to_owned()));
    }
    Ok(match bytes {
        Some(bytes) => bytes,
        None if raw.len() > *left => return Err(Fault::TooMuch),
        None => {
            *left -= raw.len();
            raw.to_owned()
        }
    })
}

/// At most one byte more than `most`. A stream that breaks off gives what it has.
fn inflated(packed: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // An error leaves in `out` what came before it.
    let _ = flate2::read::ZlibDecoder::new(packed).take(bound).read_to_end(&mut out);
    out
}

fn base85(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u32> = Vec::with_capacity(5);
    let mut flush = |group: &mut Vec<u32>| {
        let known = group.len();
        if known > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(*digit));
            out.extend(value.to_be_bytes().into_iter().take(known - 1));
        }
        group.clear();
    };
    for byte in text {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => {
                group.extend([0; 5]);
                flush(&mut group);
            }
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    flush(&mut group);
                }
            }
            _ => {}
        }
    }
    flush(&mut group);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_85_are_read() {
        for (text, bytes) in [
            (&b"87cURD]i,\"Ebo80~>"[..], &b"Hello World!"[..]),
            (b"<~z!!~>", b"\0\0\0\0\0"),
            (b"", b""),
            (b"!", b""),
        ] {
            let text = text.strip_prefix(b"<~").unwrap_or(text);
            assert_eq!(base85(text), bytes);
        }
    }
}
