//! Reports to claims: any bytes are refused or read, and every place lies in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for name in ["x.txt", "x.md", "x.html"] {
        let Ok(intel) = intel::understand(input, name) else { continue };
        let places = intel.statements.iter().map(|one| one.span);
        let frames = intel.frames.iter().map(|one| one.span);
        let dropped = intel.dropped.iter().map(|one| one.span);
        let numbers = intel.numbers.iter().flat_map(|one| one.spans.iter().copied());
        let observables = intel.observables.iter().flat_map(|one| one.spans.iter().copied());
        for span in places.chain(frames).chain(dropped).chain(numbers).chain(observables) {
            assert!(span.start < span.end && span.end <= input.len(), "{span:?}");
        }
    }
});
