//! Lines of logs in text, behind prefixes: any bytes are read by every dialect of text, or rejected, and no
//! event says more than its lines.
#![no_main]

use events::{Dialect, Prefix, Reader, Verdict};
use libfuzzer_sys::fuzz_target;

const PREFIXES: [[Prefix; 2]; 6] = [
    [Prefix::None, Prefix::None],
    [Prefix::Docker, Prefix::Syslog],
    [Prefix::Cri, Prefix::Syslog],
    [Prefix::JournalJson, Prefix::None],
    [Prefix::Compose, Prefix::Stamp],
    [Prefix::Syslog, Prefix::None],
];

fuzz_target!(|input: &[u8]| {
    let lines = || input.split(|byte| *byte == b'\n');
    let _ = Reader::recognise(lines());
    // The dialects of JSON stand before those of text, the one that takes any at their end.
    let text = Dialect::ALL.iter().skip_while(|dialect| **dialect != Dialect::Json).skip(1);
    for &dialect in text {
        for prefixes in PREFIXES {
            let mut reader = Verdict { dialect, prefixes, reads: 0, of: 0 }.reader();
            let mut each = |event: events::Event<'_>| {
                assert!(event.rules.len() <= events::MOST_RULES);
                for text in [&event.target, &event.agent, &event.host, &event.user, &event.forwarded] {
                    assert!(text.as_ref().is_none_or(|text| text.len() <= input.len()));
                }
            };
            for line in lines() {
                let _ = reader.read(line, &mut each);
            }
            let _ = reader.finish(&mut each);
        }
    }
});
