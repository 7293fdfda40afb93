//! Ledger segments: raw bytes, and payloads inside frames that are sound on the outside. What reads
//! as an entry fits the format, and writing it again gives an entry that reads the same.
#![no_main]

use domain::Timestamp;
use ledger::{Frame, Header, Mark, Reader, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let header = Header { number: 1, created: Timestamp::from_secs(1), previous: Mark::GENESIS };
    let _ = Header::decode(input);
    let mut bytes = input;
    let mut reader = Reader::after(&header);
    while let Frame::Whole(_, length) = reader.next(bytes) {
        bytes = &bytes[length..];
    }

    let mut forged = Vec::new();
    let mut writer = Writer::after(&header);
    for payload in input.split(|byte| *byte == 0xfe).filter(|payload| !payload.is_empty()) {
        writer.push_payload(payload, &mut forged);
    }
    let mut reader = Reader::after(&header);
    let mut left = forged.as_slice();
    let mut again = Writer::after(&header);
    let mut written = Vec::new();
    let mut entries = Vec::new();
    while let Frame::Whole(entry, length) = reader.next(left) {
        left = &left[length..];
        if again.push(&entry, &mut written).is_ok() {
            entries.push(*entry);
        }
    }
    let mut reader = Reader::after(&header);
    let mut left = written.as_slice();
    for entry in &entries {
        let Frame::Whole(read, length) = reader.next(left) else { panic!("what was written reads") };
        assert_eq!(*read, *entry);
        left = &left[length..];
    }
});
