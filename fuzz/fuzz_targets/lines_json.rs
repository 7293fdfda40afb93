//! Lines of logs in JSON: any bytes are read by every dialect of JSON, or rejected; no dialect tells a
//! field that it does not say it can tell.
#![no_main]

use events::{Dialect, Field, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The dialects of JSON stand before those of text, the one that takes any at their end.
    for &dialect in Dialect::ALL {
        let mut reader = Reader::new(dialect);
        for line in input.split(|byte| *byte == b'\n') {
            let _ = reader.read(line, &mut |event| {
                for field in Field::ALL {
                    assert!(!field.is_told(&event) || dialect.tells().contains(field));
                }
            });
        }
        if dialect == Dialect::Json {
            break;
        }
    }
});
