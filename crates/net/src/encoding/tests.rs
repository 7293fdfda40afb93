use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;

fn encode(coding: &str, plain: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut out = GzEncoder::new(Vec::new(), Compression::fast());
            out.write_all(plain).unwrap();
            out.finish().unwrap()
        }
        "zlib" => {
            let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
            out.write_all(plain).unwrap();
            out.finish().unwrap()
        }
        "raw" => {
            let mut out = DeflateEncoder::new(Vec::new(), Compression::fast());
            out.write_all(plain).unwrap();
            out.finish().unwrap()
        }
        "br" => {
            let mut out = Vec::new();
            let parameters = brotli::enc::BrotliEncoderParams { quality: 3, ..Default::default() };
            brotli::BrotliCompress(&mut &*plain, &mut out, &parameters).unwrap();
            out
        }
        "zstd" => ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest),
        other => panic!("{other}"),
    }
}

const KINDS: [(&str, Coding); 5] = [
    ("gzip", Coding::Gzip),
    ("zlib", Coding::Deflate),
    ("raw", Coding::Deflate),
    ("br", Coding::Brotli),
    ("zstd", Coding::Zstd),
];

fn text(bytes: usize) -> Vec<u8> {
    (0..)
        .flat_map(|n| format!("{{\"id\":{n},\"email\":\"p{}@example.com\"}}\n", n * 7919 % 1000).into_bytes())
        .take(bytes)
        .collect()
}

#[test]
fn every_coding_reads_back_whole_and_byte_by_byte() {
    for (name, coding) in KINDS {
        for size in [0, 1, 700, 300_000] {
            let plain = text(size);
            let body = encode(name, &plain);
            let whole = decode_all(&Bytes::from(body.clone()), &[coding], size).unwrap();
            assert!(whole == plain, "{name} {size}");
            let mut decoder = Decoder::new(&[coding], size).unwrap();
            let mut out = Vec::new();
            for piece in body.chunks(if size > 1000 { 37 } else { 1 }) {
                decoder.push(piece).unwrap();
                out.extend(decoder.take());
            }
            out.extend(decoder.finish().unwrap());
            assert!(out == plain, "{name} {size} in pieces");
        }
    }
}

#[test]
fn two_codings_are_taken_off_in_reverse() {
    let plain = text(5000);
    let body = Bytes::from(encode("br", &encode("gzip", &plain)));
    let both = decode_all(&body, &[Coding::Gzip, Coding::Brotli], 5000).unwrap();
    assert!(both == plain);
    assert!(matches!(decode_all(&body, &[Coding::Brotli, Coding::Gzip], 5000), Err(DecodeError::Malformed)));
    assert!(matches!(Decoder::new(&[Coding::Gzip; 3], 1), Err(DecodeError::TooManyCodings)));
}

#[test]
fn a_bomb_stops_at_the_bound() {
    let zeros = vec![0; 16 << 20];
    for (name, coding) in KINDS {
        let body = encode(name, &zeros);
        let limit = 64 * 1024;
        let stopped = decode_all(&Bytes::from(body.clone()), &[coding], limit);
        assert!(matches!(stopped, Err(DecodeError::TooLarge { limit: 65536 })), "{name}: {stopped:?}");
        // Also when what comes out is taken away in between.
        let mut decoder = Decoder::new(&[coding], limit).unwrap();
        let stopped = body.chunks(1000).find_map(|piece| {
            let pushed = decoder.push(piece);
            let _ = decoder.take();
            pushed.err()
        });
        assert!(matches!(stopped, Some(DecodeError::TooLarge { .. })), "{name} in pieces: {stopped:?}");
    }
    let twice = Bytes::from(encode("gzip", &encode("gzip", &zeros)));
    assert!(matches!(decode_all(&twice, &[Coding::Gzip; 2], 65536), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn a_zstd_frame_may_not_ask_for_a_wide_window() {
    // Window descriptor 0x70: 16 MiB.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x70, 0x01, 0x00, 0x00];
    let refused = decode_all(&Bytes::copy_from_slice(&frame), &[Coding::Zstd], 1000);
    assert!(matches!(refused, Err(DecodeError::TooLarge { .. })), "{refused:?}");
}

#[test]
fn zstd_frames_follow_each_other_and_skippable_ones_are_skipped() {
    let (first, second) = (text(200), text(150_000));
    let mut body = encode("zstd", &first);
    body.extend([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, b'x', b'y', b'z']);
    body.extend(encode("zstd", &second));
    let both = decode_all(&Bytes::from(body), &[Coding::Zstd], 200_000).unwrap();
    assert!(both == [first, second].concat());
}

#[test]
fn gzip_members_follow_each_other() {
    let body = [encode("gzip", b"one "), encode("gzip", b"two")].concat();
    assert_eq!(decode_all(&Bytes::from(body), &[Coding::Gzip], 100).unwrap().as_ref(), b"one two");
}

#[test]
fn what_breaks_off_or_goes_on_is_malformed() {
    let plain = text(3000);
    for (name, coding) in KINDS {
        let body = encode(name, &plain);
        for cut in [1, body.len() / 2, body.len() - 1] {
            let broken = decode_all(&Bytes::copy_from_slice(&body[..cut]), &[coding], 3000);
            assert!(matches!(broken, Err(DecodeError::Malformed)), "{name} cut at {cut}: {broken:?}");
        }
        let longer = [body.as_slice(), b"trailing bytes"].concat();
        let broken = decode_all(&Bytes::from(longer), &[coding], 3000);
        assert!(matches!(broken, Err(DecodeError::Malformed)), "{name} with more behind: {broken:?}");
    }
    for (name, coding) in KINDS {
        let broken = decode_all(&Bytes::from_static(b"{\"plain\":true}"), &[coding], 3000);
        assert!(
            matches!(broken, Err(DecodeError::Malformed | DecodeError::TooLarge { .. })),
            "{name}: {broken:?}"
        );
    }
}

#[test]
fn codings_are_read_from_all_lines() {
    let named = |lines: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, http::HeaderValue::from_str(line).unwrap());
        }
        codings(&headers)
    };
    assert_eq!(named(&[]).unwrap().as_slice(), []);
    assert_eq!(named(&["identity"]).unwrap().as_slice(), []);
    assert_eq!(named(&["X-GZIP, br"]).unwrap().as_slice(), [Coding::Gzip, Coding::Brotli]);
    assert_eq!(named(&["deflate", "zstd"]).unwrap().as_slice(), [Coding::Deflate, Coding::Zstd]);
    assert!(matches!(named(&["gzip, gzip, gzip"]), Err(DecodeError::TooManyCodings)));
    assert!(matches!(named(&["compress"]), Err(DecodeError::UnknownCoding)));
}

#[test]
fn a_body_without_coding_is_not_copied_and_still_bounded() {
    let body = Bytes::from_static(b"abc");
    let same = decode_all(&body, &[], 3).unwrap();
    assert!(std::ptr::eq(same.as_ptr(), body.as_ptr()));
    assert!(matches!(decode_all(&body, &[], 2), Err(DecodeError::TooLarge { limit: 2 })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn pieces_of_any_size_give_what_the_whole_gives(
        plain in proptest::collection::vec(0_u8..4, 0..2000),
        sizes in proptest::collection::vec(1_usize..50, 1..8),
        kind in 0_usize..5,
    ) {
        let (name, coding) = KINDS[kind];
        let body = encode(name, &plain);
        let mut decoder = Decoder::new(&[coding], 2000).unwrap();
        let mut out = Vec::new();
        let mut rest = body.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at((*size).min(rest.len()));
            decoder.push(piece).unwrap();
            out.extend(decoder.take());
            rest = tail;
        }
        out.extend(decoder.finish().unwrap());
        prop_assert_eq!(out, plain);
    }

    #[test]
    fn no_bytes_make_it_panic_or_grow(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        words in proptest::collection::vec(0_usize..20, 0..300),
        damages in proptest::collection::vec((any::<usize>(), 1..=u8::MAX), 1..4),
        kind in 0_usize..5,
    ) {
        let (name, coding) = KINDS[kind];
        let _ = decode_all(&Bytes::from(body), &[coding], 1000);
        // Valid up to a few damaged bytes.
        let plain: String = words.iter().map(|word| format!("word{} ", word * word)).collect();
        let mut damaged = encode(name, plain.as_bytes());
        for (at, damage) in damages {
            let at = at % damaged.len().max(1);
            if let Some(byte) = damaged.get_mut(at) {
                *byte ^= damage;
            }
        }
        if let Ok(out) = decode_all(&Bytes::from(damaged), &[coding], 1000) {
            prop_assert!(out.len() <= 1000);
        }
    }
}
